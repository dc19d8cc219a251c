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

const EVENTS_SOURCE: &str =
    "[[sources]]\nname = \"NAME\"\npath = \"NAME.jsonl\"\nformat = \"segment_events\"\n";

const OUTPUT: &str =
    "[[outputs]]\naudience = \"all\"\npath = \"PATH\"\nformat = \"csv\"\nfields = [\"spend\"]\n";

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

#[test]
fn a_no_in_a_word_that_is_not_declared_is_heard() {
    let consent = r#"
[consent]
purposes = ["newsletter"]
channels = ["email"]
[[sources]]
name = "centre"
path = "consent.csv"
format = "csv"
[sources.mapping]
as = "consent"
time = "time"
identifiers = { user_id = "who" }
consent = { purpose = "purpose", channel = "channel", action = "action", evidence = { method = { value = "form" } } }
"#;
    let config = with(&[EVENTS, consent]);
    for (purpose, channel, members) in [
        ("newsletter", "email", 0),
        ("newsletter", "all", 0),
        ("newsletter", "e-mail", 0),
        ("everything", "email", 0),
        ("*", "", 0),
    ] {
        let entries = format!(
            "who,time,purpose,channel,action\nann,2025-12-01,newsletter,email,grant\n\
             ann,2025-12-02,{purpose},{channel},withdraw\n"
        );
        let shop = Shop::new(&[
            ("c.toml", &config),
            ("web.jsonl", ORDER),
            ("consent.csv", &entries),
        ]);
        let report = shop.run(None);
        assert_eq!(
            report.audiences["all"].members, members,
            "{purpose} {channel}"
        );
        assert_eq!(report.audiences["all"].withheld, 1);
    }
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

#[test]
fn a_total_beyond_all_digits_is_left_out_and_the_rest_is_told() {
    let totals = "[totals]\nspent = { trait = \"spend\" }\nlast = { trait = \"last_total\", of = \"few\" }\n";
    let few = "segment few = last_total < 10\nsegment buyers";
    let config = with(&[&EVENTS.replace("segment buyers", few), totals]);
    // One passes by its size, one only by the digits behind the point.
    for absurd in [
        "79228162514264337593543950335",
        "7922816251426433759354395033.5",
    ] {
        let other = ORDER
            .replace("ann", "bob")
            .replace("5}", &format!("{absurd}}}"));
        let ann = ORDER.replace("5}", "5.25}");
        let shop = Shop::new(&[
            ("c.toml", &config),
            ("web.jsonl", &with(&[&ann, "\n", &other])),
        ]);
        let report = shop.run(None);
        assert_eq!(report.segments["buyers"], 2);
        assert_eq!(report.totals.keys().collect::<Vec<_>>(), ["last"]);
        let told = format!(
            "total `spent` is left out: the sum of `spend` passes 28 digits; the value furthest from zero is {absurd}, of `"
        );
        assert!(
            report.warnings[0].starts_with(&told),
            "{:?}",
            report.warnings
        );
    }
}

#[test]
fn a_sum_is_exact_or_none() {
    let check = |a: &str, b: &str, sum: Option<&str>| {
        let number = |text: &str| text.parse::<Decimal>().unwrap();
        assert_eq!(plus(number(a), number(b)), sum.map(number), "{a} + {b}");
    };
    check("0.5", "-0.5", Some("0"));
    check("0.55", "0.45", Some("1"));
    check("0", "0.001", Some("0.001"));
    check("-10.50", "0", Some("-10.5"));
    check("79228162514264337593543950335", "-0.1", None);
    check("79228162514264337593543950335", "1", None);
}

/// A gzip file that breaks off behind the text.
fn torn_gzip(text: &str) -> Vec<u8> {
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    for block in text.as_bytes().chunks(60_000) {
        // A block that is stored as it is, and not the last one.
        let length = u16::try_from(block.len()).unwrap();
        file.push(0);
        file.extend(length.to_le_bytes());
        file.extend((!length).to_le_bytes());
        file.extend(block);
    }
    file
}

#[test]
fn a_source_that_fails_midway_ends_the_run_after_what_was_read_is_reported() {
    let later = EVENTS_SOURCE.replace("NAME", "broken");
    let output = OUTPUT.replace("PATH", "out.csv");
    let orders: String = (0..3_000)
        .map(|number| format!("{}\n", ORDER.replace("\"ann\"", &format!("\"u{number}\""))))
        .collect();
    let shop = Shop::new(&[
        ("c.toml", &with(&[EVENTS, &later, &output])),
        ("web.jsonl", ORDER),
    ]);
    fs::write(shop.0.path().join("broken.jsonl"), torn_gzip(&orders)).unwrap();
    let report = shop.run(None);
    assert_eq!(report.sources.len(), 2);
    assert_eq!(report.sources[0].fates.accepted, 1);
    let read = report.sources[1].fates.accepted;
    assert!((1..=3_000).contains(&read), "{read}");
    assert_eq!(report.segments["buyers"] as u64, 1 + read);
    // Half the data makes no audience.
    assert!(!shop.0.path().join("out.csv").exists());
    let ended = report.ended();
    assert!(matches!(ended, Err(Failure::Run(_))), "{ended:?}");
}

#[test]
fn an_output_that_cannot_be_written_fails_the_run_after_its_report() {
    let output = OUTPUT.replace("PATH", "web.jsonl/out.csv");
    let shop = Shop::new(&[("c.toml", &with(&[EVENTS, &output])), ("web.jsonl", ORDER)]);
    let report = shop.run(None);
    assert_eq!(report.segments["buyers"], 1);
    let ended = report.ended();
    assert!(matches!(ended, Err(Failure::Run(_))), "{ended:?}");
}

#[test]
fn the_report_says_what_belongs_to_no_person_and_gives_no_reasons_where_there_are_none() {
    let shop = Shop::new(&[
        (
            "c.toml",
            &with(&[EVENTS, &CONTRACTS.replace("time = \"until\"\n", "")]),
        ),
        ("web.jsonl", ""),
        (
            "contracts.csv",
            "who,until\n,2025-12-01\n,2025-12-02\nann,2025-12-03\n",
        ),
    ]);
    let report = shop.run(Some("2026-01-01"));
    let told = report.to_string();
    let line = "people 1, merges 0, without a person 2, as of 2026-01-01T00:00:00Z\n";
    assert!(told.contains(line), "{told}");
    assert!(told.contains(" 0 may be contacted, 0 withheld\n"), "{told}");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json.get("without_person"), None);
}
