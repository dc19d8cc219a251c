//! What every source and every destination must do, as suites that a test calls.
//!
//! ```
//! use onefold_connect::{FileFormat, FileSource, SourceConfig, conformance};
//! use onefold_event::{SourceName, Timestamp};
//!
//! let config = SourceConfig::segment_events(SourceName::new("web")?, "events.jsonl");
//! let lines = b"{\"type\":\"page\",\"messageId\":\"m1\",\"anonymousId\":\"a\"}\nnot JSON\n";
//! conformance::source(|| {
//!     FileSource::from_reader(&config, Box::new(&lines[..]), Timestamp::default()).expect("opens")
//! });
//! # Ok::<(), onefold_connect::Error>(())
//! ```

mod destination;

use crate::{Content, Item, Source};

pub use destination::destination;

/// Reads a source again and again, in batches of several sizes, and demands what [`Source`] promises:
/// batches are neither empty nor too long; the end is for ever; items, their ids and their places are
/// the same at every reading; what is quarantined has bytes and reasons.
///
/// `make` opens the same source anew.
///
/// # Panics
/// If a promise is broken.
pub fn source<S: Source>(make: impl Fn() -> S) {
    let expected = read(&make, 1_000);
    for item in &expected {
        check_item(&make(), item);
    }
    for items_max in [0, 1, 2, 7, 1_000_000] {
        let found = read(&make, items_max);
        assert_eq!(
            found.len(),
            expected.len(),
            "items in batches of {items_max}"
        );
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found, expected, "an item in batches of {items_max}");
        }
    }
}

fn read<S: Source>(make: &impl Fn() -> S, items_max: usize) -> Vec<Item> {
    let mut source = make();
    let (name, basis) = (source.name().clone(), source.basis());
    let mut all = Vec::new();
    loop {
        let batch = source.next_batch(items_max);
        assert!(
            batch.is_ok(),
            "a source that can be read gives no error: {batch:?}"
        );
        let Ok(Some(items)) = batch else { break };
        assert!(!items.is_empty(), "a batch holds at least one item");
        assert!(
            items.len() <= items_max.max(1),
            "a batch holds at most what was asked for"
        );
        all.extend(items);
    }
    for _ in 0..2 {
        let after = source.next_batch(items_max);
        assert!(
            matches!(after, Ok(None)),
            "the end is for ever, not {after:?}"
        );
    }
    assert_eq!(source.name(), &name, "the name stays");
    assert_eq!(source.basis(), basis, "the basis stays");
    all
}

fn check_item(source: &impl Source, item: &Item) {
    assert!(!item.id.is_empty(), "an item has an id: {item:?}");
    assert!(!item.place.is_empty(), "an item has a place: {item:?}");
    if let Content::Quarantined(kept) = &item.content {
        assert!(
            !kept.bytes.is_empty(),
            "the original bytes are kept: {item:?}"
        );
        assert!(!kept.reasons.is_empty(), "there is a reason: {item:?}");
        assert_eq!(kept.place, item.place, "quarantine names the place");
        assert_eq!(&kept.source, source.name(), "quarantine names the source");
    }
}
