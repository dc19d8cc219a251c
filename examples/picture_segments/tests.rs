//! Pictures of a few rows.

use std::{fs, path::Path};

use onefold::connect::{ParquetCells, ParquetTable};

use super::*;

const DEFINITIONS: &str = "\
segment buyers = did purchase in last 2 d
segment lookers = did view
segment bought = sequence view then purchase within 1 d
";

/// Ann looked and bought, Bob only looked.
fn write(folder: &Path) {
    let day = |day: i64| 1_767_225_600_000_000 + day * DAY;
    let people = [1, 1, 2];
    let times = [day(0), day(1), day(1)].map(|time| Timestamp::from_micros(time).to_string());
    let times: Vec<&str> = times.iter().map(String::as_str).collect();
    let columns = [
        ("user_id", ParquetCells::Whole(&people)),
        ("ts", ParquetCells::Text(&times)),
        ("event", ParquetCells::Text(&["view", "purchase", "view"])),
    ];
    let mut file = ParquetTable::create(folder.join("events.parquet"), &columns).unwrap();
    file.write(&columns.map(|(_, cells)| cells)).unwrap();
    file.commit().unwrap();
    fs::write(folder.join("d.segments"), DEFINITIONS).unwrap();
}

fn numbers(folder: &Path, words: &[&str]) -> Result<String, Failure> {
    let path = |name: &str| folder.join(name).display().to_string();
    let (events, define, out) = (path("events.parquet"), path("d.segments"), path("out.svg"));
    let files = [
        "--events", &events, "--define", &define, "--out", &out, "--json",
    ];
    let arguments = words.iter().chain(&files).map(ToString::to_string);
    let mut told = Vec::new();
    work(lexopt::Parser::from_args(arguments), &mut told)?;
    let svg = fs::read_to_string(folder.join("out.svg")).unwrap();
    assert!(
        svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"),
        "{svg}"
    );
    Ok(String::from_utf8(told).unwrap().trim_end().to_owned())
}

pub(super) fn check_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder);
    let curve = [
        "curve",
        "buyers",
        "--from",
        "2026-01-02",
        "--to",
        "2026-01-06",
        "--every-days",
        "2",
    ];
    assert_eq!(
        numbers(folder, &curve).unwrap(),
        r#"[{"as_of":"2026-01-02T00:00:00Z","members":0,"entered":0,"left":0},{"as_of":"2026-01-04T00:00:00Z","members":1,"entered":1,"left":0},{"as_of":"2026-01-06T00:00:00Z","members":0,"entered":0,"left":1}]"#
    );
    let overlap = ["overlap", "buyers", "lookers", "--as-of", "2026-01-03"];
    assert_eq!(
        numbers(folder, &overlap).unwrap(),
        r#"{"sets":[["buyers",1],["lookers",2]],"reach":2,"parts":[{"sets":[0,1],"people":1},{"sets":[1],"people":1}]}"#
    );
    let funnel = ["funnel", "bought", "--as-of", "2026-01-03"];
    assert_eq!(
        numbers(folder, &funnel).unwrap(),
        r#"[["view",2],["purchase",1]]"#
    );
}

#[test]
fn wrong_usage_is_told() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let check = |words: &[&str], expected: &str| match numbers(folder.path(), words) {
        Err(Failure::Usage(told)) => assert_eq!(told, expected),
        other => panic!("{other:?}"),
    };
    check(&[], "name a picture: `curve`, `overlap` or `funnel`");
    check(
        &["funnel", "buyers", "--as-of", "2026-01-03"],
        "segment `buyers` has no sequence, so there are no steps to count",
    );
    check(&["overlap"], "`--as-of TIME` is missing");
    check(
        &[
            "curve",
            "nobody",
            "--from",
            "2026-01-01",
            "--to",
            "2026-01-02",
        ],
        "no segment `nobody` is defined",
    );
    check(
        &[
            "curve",
            "buyers",
            "--from",
            "2026-01-02",
            "--to",
            "2026-01-01",
        ],
        "`--every-days` is at least 1, and `--from` is not after `--to`",
    );
}
