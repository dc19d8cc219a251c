//! The tool on a few rows.

use std::{ffi::OsString, fs, path::Path};

use onefold::connect::{ParquetCells, ParquetTable};

use super::*;

const DEFINITIONS: &str = "\
segment buyers = did purchase in last 30 d
segment big = sum(price * quantity of purchase) > 500
segment pro = plan = \"pro\" and not in buyers
";

/// Ann bought for exactly 500.00, Bob for a cent more, Eve never did anything.
pub(super) fn check_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder);
    let found = json(
        folder,
        &["--people", "people.parquet", "--out", "members.parquet"],
    );
    assert_eq!(
        found["segments"].to_string(),
        r#"{"buyers":{"members":2,"checksum":"3"},"big":{"members":1,"checksum":"2"},"pro":{"members":1,"checksum":"3"}}"#
    );
    assert!(found["seconds"]["read"]["wall"].is_number(), "{found}");
    assert!(found["seconds"]["evaluate"]["wall"].is_number(), "{found}");
    assert!(folder.join("members.parquet").exists());
    for more in [["--evaluator", "reference"], ["--threads", "3"]] {
        let other = json(folder, &["--people", "people.parquet", more[0], more[1]]);
        assert_eq!(other["segments"], found["segments"]);
    }
    // Without a people file, everybody with an event is the universe.
    let found = json(folder, &[]);
    assert_eq!(found["segments"]["pro"]["members"], 0);
}

#[test]
fn explains_compares_and_formats() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder);
    fs::write(
        folder.join("new.segments"),
        DEFINITIONS.replace("> 500", ">= 500"),
    )
    .unwrap();
    let told = tell(folder, &["diff", "old.segments", "new.segments"], &[]).unwrap();
    assert_eq!(
        told,
        "big: 1 -> 2, 1 enter, 0 leave\n  1 enter who did not fulfil: sum(price * quantity of purchase) > 500\n\
         buyers: 2 -> 2, 0 enter, 0 leave\npro: 0 -> 0, 0 enter, 0 leave\n"
    );
    let told = tell(
        folder,
        &["explain", "1", "big"],
        &["--define", "old.segments"],
    )
    .unwrap();
    assert!(
        told.starts_with("no: in big\n") && told.contains("found 500"),
        "{told}"
    );
    let told = tell(folder, &["fmt", "old.segments"], &[]).unwrap();
    assert!(
        told.contains("segment buyers = did purchase in last 30 d"),
        "{told}"
    );
    fs::write(folder.join("wrong.segments"), "segment big = did").unwrap();
    let told = tell(folder, &["check", "wrong.segments"], &[]);
    assert!(matches!(told, Err(Failure::Usage(_))), "{told:?}");
}

#[test]
fn estimates_counts_and_tests_on_the_past() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder);
    let more = ["--define", "old.segments", "--people", "people.parquet"];
    assert_eq!(
        tell(folder, &["estimate", "buyers", "big"], &more).unwrap(),
        "from 3 of 3 people, with 95 % confidence:\n         2  buyers (2 to 2)\n         1  big (1 to 1)\n         \
         1  all of them (1 to 1)\n         2  any of them (2 to 2)\n"
    );
    let told = tell(
        folder,
        &["estimate"],
        &[&more[..], &["--sample", "1", "--json"]].concat(),
    );
    let told: serde_json::Value = serde_json::from_str(&told.unwrap()).unwrap();
    assert_eq!(
        (&told["sampled"], &told["universe"]),
        (&1.into(), &3.into())
    );
    assert_eq!(told["segments"].as_array().unwrap().len(), 3);
    assert_eq!(
        tell(folder, &["cost"], &more).unwrap(),
        "big: 4 rows, 3 entries, 5 people; alone 4 rows, 3 entries, 5 people\n\
         buyers: 2 rows, 2 entries, 1 people; alone 4 rows, 3 entries, 2 people\n\
         pro: 2 rows, 1 entries, 4 people; alone 4 rows, 3 entries, 5 people\n"
    );
    // As of March both had bought within 30 days; only Bob bought within the 30 days that end in April.
    let later = [&more[..], &["--until", "2026-04-12"]].concat();
    assert_eq!(
        tell(folder, &["backtest", "big", "buyers"], &later).unwrap(),
        "in big: 1 of 1, 100.00 % (20.65 to 100.00)\nall others: 0 of 2, 0.00 % (0.00 to 65.76)\nlift 3.00\n"
    );
    let told = tell(folder, &["backtest", "big", "buyers"], &more);
    assert!(
        matches!(&told, Err(Failure::Usage(message)) if message == "`--until TIME` is missing"),
        "{told:?}"
    );
}

#[test]
fn tells_which_events_decided_and_what_would_change_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder);
    let more = ["--define", "old.segments"];
    let told = tell(folder, &["explain", "2", "buyers"], &more).unwrap();
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[0], "yes: in buyers");
    let deciding = "decided by 2026-03-11T00:00:00Z (event 1): did purchase in last 30 d";
    assert!(lines.contains(&deciding), "{told}");
    let leaves = "leaves on 2026-04-10T00:00:00.000001Z unless something happens";
    assert!(lines.contains(&leaves), "{told}");
    let told = tell(
        folder,
        &["explain", "2", "buyers"],
        &[&more[..], &["--json"]].concat(),
    );
    let told: serde_json::Value = serde_json::from_str(&told.unwrap()).unwrap();
    assert_eq!(told["held"], true);
}

#[test]
fn what_no_file_has_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder);
    let more = ["--define", "old.segments", "--person", "USER_ID"];
    let Err(Failure::Run(told)) = tell(folder, &[], &more) else {
        panic!("the column is not there");
    };
    let expected = "has no column `USER_ID`; it has `user_id`, `ts`, `event`, `price`, `quantity`";
    assert!(told.ends_with(expected), "{told}");
    fs::write(
        folder.join("odd.segments"),
        "segment s = age > 5 and age < 3",
    )
    .unwrap();
    let file = folder.join("odd.segments").into_os_string();
    let mut out = Vec::new();
    let words = [OsString::from("check"), file];
    work(lexopt::Parser::from_args(words), &mut out).unwrap();
    let told = String::from_utf8(out).unwrap();
    assert!(told.contains("SEG0052"), "{told}");
}

#[test]
fn mistakes_of_a_command_line_are_told_together() {
    let wrong = ["--evaluator", "best", "--threads", "0"].map(OsString::from);
    let parsed = arguments::parse(lexopt::Parser::from_args(wrong));
    let Err(Failure::Usage(message)) = parsed else {
        panic!("{parsed:?}");
    };
    assert_eq!(
        message,
        "`--events EVENTS.parquet` is missing\n`--define FILE.segments` is missing\n`--as-of TIME` is missing\n\
         `best` is no evaluator: `batch`, `live` or `reference`\n`--threads` is a number from 1 to 1024"
    );
}

#[test]
fn options_of_another_command_are_told() {
    let wrong = ["explain", "1", "s", "--out", "m.parquet", "--sample", "3"].map(OsString::from);
    let parsed = arguments::parse(lexopt::Parser::from_args(wrong));
    let Err(Failure::Usage(message)) = parsed else {
        panic!("{parsed:?}");
    };
    assert_eq!(
        message,
        "`--out` is of an evaluation, not of `explain`\n`--sample` is of `estimate`"
    );
}

fn json(folder: &Path, more: &[&str]) -> serde_json::Value {
    let words = [&["--define", "old.segments", "--json"], more].concat();
    let told = tell(folder, &[], &words).unwrap();
    serde_json::from_str(&told).unwrap()
}

fn tell(folder: &Path, command: &[&str], more: &[&str]) -> Result<String, Failure> {
    let common = ["--events", "events.parquet", "--as-of", "2026-03-31"];
    let path = |word: &&str| match word.contains(".parquet") || word.contains(".segments") {
        true => folder.join(word).into_os_string(),
        false => OsString::from(word),
    };
    let words: Vec<OsString> = command
        .iter()
        .chain(&common)
        .chain(more)
        .map(path)
        .collect();
    let mut out = Vec::new();
    work(lexopt::Parser::from_args(words), &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

fn write(folder: &Path) {
    fs::write(folder.join("old.segments"), DEFINITIONS).unwrap();
    let events: [(&str, ParquetCells<'_>); 5] = [
        ("user_id", ParquetCells::Whole(&[1, 2, 1, 2])),
        (
            "ts",
            ParquetCells::Text(&[
                "2026-03-10",
                "2026-03-11T00:00:00Z",
                "2026-01-01",
                "2026-04-01",
            ]),
        ),
        ("event", ParquetCells::Text(&["purchase"; 4])),
        ("price", ParquetCells::Float(&[250.0, 166.67, 0.1, 1e6])),
        ("quantity", ParquetCells::Whole(&[2, 3, 0, 1])),
    ];
    save(&folder.join("events.parquet"), &events);
    let people = [
        ("user_id", ParquetCells::Whole(&[1, 2, 3])),
        ("plan", ParquetCells::Text(&["pro", "free", "pro"])),
    ];
    save(&folder.join("people.parquet"), &people);
}

fn save(path: &Path, columns: &[(&str, ParquetCells<'_>)]) {
    let mut table = ParquetTable::create(path, columns).unwrap();
    let cells: Vec<ParquetCells<'_>> = columns.iter().map(|(_, cells)| *cells).collect();
    table.write(&cells).unwrap();
    table.commit().unwrap();
}
