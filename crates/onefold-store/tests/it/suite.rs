//! Both stores pass the same suite.

use std::sync::Arc;

use onefold_store::{FileStore, FileStoreOptions, MemoryStore, RealDisk, conformance};

#[test]
fn memory_store_conforms() {
    conformance::run(|| Box::new(MemoryStore::new()));
}

#[test]
fn file_store_conforms() {
    let directory = tempfile::tempdir().unwrap();
    let number = std::cell::Cell::new(0);
    conformance::run(|| {
        number.set(number.get() + 1);
        Box::new(FileStore::open(directory.path().join(number.get().to_string())).unwrap())
    });
}

#[test]
fn file_store_with_many_small_files_conforms() {
    let directory = tempfile::tempdir().unwrap();
    let number = std::cell::Cell::new(0);
    conformance::run(|| {
        number.set(number.get() + 1);
        let options = FileStoreOptions::default()
            .disk(Arc::new(RealDisk))
            .file_bytes_max(0);
        Box::new(
            options
                .open(directory.path().join(number.get().to_string()))
                .unwrap(),
        )
    });
}
