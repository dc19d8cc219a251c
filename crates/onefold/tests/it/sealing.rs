//! Nothing personal can be read from the files of a store.

use std::path::Path;

use onefold::{CollectionBasis, Event, connect::Item};

use crate::support::{builder, source};

const MARKERS: [&str; 4] = [
    "marker-user-7391",
    "marker-mail-7391",
    "marker-trait-7391",
    "marker-text-7391",
];

#[test]
fn no_planted_marker_is_found_in_any_file() {
    let directory = tempfile::tempdir().unwrap();
    let hub = builder().open(directory.path()).unwrap();
    let event = Event::identify()
        .user_id(MARKERS[0])
        .trait_value("email", format!("{}@example.com", MARKERS[1]).as_str())
        .trait_value("note", MARKERS[2])
        .property("text", MARKERS[3])
        .message_id("m1")
        .timestamp(crate::support::at("2026-01-01"))
        .build()
        .unwrap();
    let _ = hub
        .ingest(
            &source("web"),
            CollectionBasis::Contract,
            vec![Item::from(event)],
        )
        .unwrap();
    hub.close().unwrap();
    let mut bytes = Vec::new();
    read_all(directory.path(), &mut bytes);
    assert!(bytes.len() > 1_000);
    for marker in MARKERS {
        let found = bytes
            .windows(marker.len())
            .any(|window| window.eq_ignore_ascii_case(marker.as_bytes()));
        assert!(!found, "`{marker}` is readable");
    }
}

fn read_all(directory: &Path, bytes: &mut Vec<u8>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => read_all(&path, bytes),
            false => bytes.extend(std::fs::read(&path).unwrap()),
        }
    }
}
