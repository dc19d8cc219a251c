//! Real input that lies beside the repository and is not part of it.

use std::{env, io::Read, path::PathBuf};

use flate2::read::GzDecoder;

/// The JSON lines of a gzip file; `None`, with a word about it, where the shared data is not there.
pub(crate) fn lines(name: &str) -> Option<Vec<String>> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let root = env::var_os("ONEFOLD_SHARED").map_or(beside, PathBuf::from);
    let path = root.join("data/events").join(name);
    let Ok(file) = std::fs::File::open(&path) else {
        println!("skipped: {} is not there", path.display());
        return None;
    };
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).unwrap();
    Some(text.lines().map(str::to_owned).collect())
}
