//! A run from its configuration to its report: what is told, and as of when.

use std::fs;

use super::*;

/// A folder with a configuration and the files that it reads.
struct Shop(tempfile::TempDir);

impl Shop {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Self(folder)
    }

    fn run(&self, as_of: Option<&str>) -> Report {
        let as_of = as_of.map(|text| text.parse().unwrap());
        let options = Options { store: None, as_of };
        run(&self.0.path().join("c.toml"), &options).unwrap_or_else(|failure| panic!("{failure:?}"))
    }
}

const EVENTS: &str = r#"
segments = """
segment buyers = did "Order Completed"
trait spend = sum(total of "Order Completed")
trait last_total = last(total of "Order Completed")
"""
[[sources]]
name = "web"
path = "web.jsonl"
format = "segment_events"
[[audiences]]
name = "all"
segment = "buyers"
purpose = "newsletter"
channel = "email"
"#;

const ORDER: &str = r#"{"type":"track","event":"Order Completed","userId":"ann","timestamp":"2026-01-01T00:00:00Z","properties":{"total":5},"context":{"traits":{"city":"Bonn"}}}"#;

fn with(parts: &[&str]) -> String {
    parts.concat()
}

#[test]
fn what_is_wrong_with_a_later_source_is_told_before_anything_is_read() {
    let later = "[[sources]]\nname = \"b\"\npath = \"b.jsonl\"\nformat = \"segment_events\"\n";
    let shop = Shop::new(&[("c.toml", &with(&[EVENTS, later])), ("web.jsonl", ORDER)]);
    let store = shop.0.path().join("store");
    let options = Options {
        store: Some(&store),
        as_of: None,
    };
    let failed = run(&shop.0.path().join("c.toml"), &options);
    assert!(matches!(failed, Err(Failure::Usage(_))), "{failed:?}");
    assert!(!store.exists());
}

#[test]
fn a_store_among_other_files_is_wrong_usage() {
    let shop = Shop::new(&[("c.toml", EVENTS), ("web.jsonl", ORDER)]);
    let options = Options {
        store: Some(shop.0.path()),
        as_of: None,
    };
    let failed = run(&shop.0.path().join("c.toml"), &options);
    let told = match failed {
        Err(Failure::Usage(told)) => told,
        other => panic!("{other:?}"),
    };
    assert!(
        told.contains("the folder holds `c.toml` and is no store"),
        "{told}"
    );
}

#[test]
fn a_column_that_is_empty_for_everybody_is_told() {
    let output = r#"
[[outputs]]
audience = "all"
path = "out.csv"
format = "csv"
fields = ["city", "ciyt", "spend"]
"#;
    let shop = Shop::new(&[("c.toml", &with(&[EVENTS, output])), ("web.jsonl", ORDER)]);
    assert_eq!(
        shop.run(None).warnings,
        [
            "output `out.csv`: nobody has a trait `ciyt`, so its column is empty: did you mean `city`?"
        ]
    );
}

#[test]
fn without_an_instant_consent_is_decided_after_its_newest_entry() {
    let consent = r#"
[[sources]]
name = "centre"
path = "consent.csv"
format = "csv"
[sources.mapping]
as = "consent"
time = "time"
identifiers = { user_id = "who" }
consent = { purpose = { value = "newsletter" }, action = "action", evidence = { method = { value = "form" } } }
"#;
    let entries = "who,time,action\nann,2025-12-01,grant\nann,2026-01-05,withdraw\n";
    let shop = Shop::new(&[
        ("c.toml", &with(&[EVENTS, consent])),
        ("web.jsonl", ORDER),
        ("consent.csv", entries),
    ]);
    let members = |report: &Report| report.audiences["all"].members;
    // Segments are as of the newest event, but a no that came after it is a no.
    let report = shop.run(None);
    assert_eq!(report.as_of.to_string(), "2026-01-01T00:00:00.000001Z");
    assert_eq!((report.segments["buyers"], members(&report)), (1, 0));
    // One stated instant is of both.
    assert_eq!(members(&shop.run(Some("2026-01-02"))), 1);
    assert_eq!(members(&shop.run(Some("2026-01-06"))), 0);
}

const CONTRACTS: &str = r#"
[[sources]]
name = "contracts"
path = "contracts.csv"
format = "csv"
[sources.mapping]
as = "record"
collection = "contracts"
time = "until"
identifiers = { user_id = "who" }
"#;

#[test]
fn a_date_without_end_does_not_move_the_instant_of_answers() {
    let shop = Shop::new(&[
        ("c.toml", &with(&[EVENTS, CONTRACTS])),
        ("web.jsonl", ORDER),
        ("contracts.csv", "who,until\nann,9999-12-31\n"),
    ]);
    let report = shop.run(None);
    assert_eq!(report.as_of.to_string(), "2026-01-01T00:00:00.000001Z");
    assert_eq!(report.segments["buyers"], 1);
}

#[test]
fn records_without_a_time_are_counted_and_did_does_not_see_them() {
    let segment = r#"segment signed = did "contracts""#;
    let segments = EVENTS.replace("segment buyers", &format!("{segment}\nsegment buyers"));
    let shop = Shop::new(&[
        ("c.toml", &with(&[&segments, CONTRACTS])),
        ("web.jsonl", ORDER),
        ("contracts.csv", "who,until\nann,2025-12-01\nbob,\ncid,\n"),
    ]);
    let report = shop.run(None);
    let timeless: Vec<u64> = report
        .sources
        .iter()
        .map(|source| source.timeless)
        .collect();
    assert_eq!(timeless, [0, 2]);
    assert_eq!(report.sources[1].fates.accepted, 3);
    assert_eq!(report.segments["signed"], 1);
    let told = report.to_string();
    assert!(told.contains("    2 records without a time: "), "{told}");
}

#[test]
fn equal_rows_of_two_files_are_one_row_of_one_source_and_two_of_two() {
    let tuesday = CONTRACTS.replace("contracts.csv", "tuesday.csv");
    let own = tuesday.replace("name = \"contracts\"", "name = \"contracts_tuesday\"");
    let rows = "who,until\nann,2025-12-01\nann,2025-12-01\n";
    for (second, accepted) in [(&tuesday, [2, 0]), (&own, [2, 2])] {
        let shop = Shop::new(&[
            ("c.toml", &with(&["segments = ''\n", CONTRACTS, second])),
            ("contracts.csv", rows),
            ("tuesday.csv", rows),
        ]);
        let report = shop.run(None);
        let found: Vec<u64> = report
            .sources
            .iter()
            .map(|source| source.fates.accepted)
            .collect();
        assert_eq!(found, accepted, "{second}");
    }
}

#[test]
fn a_total_tells_whom_it_leaves_out() {
    let totals = "[totals]\nlast = { trait = \"last_total\" }\n";
    let other = ORDER.replace("ann", "bob").replace("5}", "\"five\"}");
    let shop = Shop::new(&[
        ("c.toml", &with(&[EVENTS, totals])),
        ("web.jsonl", &with(&[ORDER, "\n", &other])),
    ]);
    let report = shop.run(None);
    assert_eq!(report.totals["last"], 5.into());
    assert_eq!(
        report.warnings,
        [
            "total `last` is without those for whom `last_total` is no number, 1 in all: there is nothing to \
             take it from, or a value in it is not what it should be"
        ]
    );
}
