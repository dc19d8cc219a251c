//! Runs of `link_people` on made-up tables, and what it refuses.

use std::{fs, path::Path};

use serde_json::Value;

use super::*;

/// People with made-up names, of whom every third is there twice, the second time with a mistake.
fn people() -> String {
    let mut text = String::from("rec_id,given_name,surname,date_of_birth,email,cluster\n");
    let mut state = 1_u64;
    let mut draw = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut line = 0;
    for number in 0..300 {
        let mut word = |syllables: u64| -> String {
            let syllables = (0..syllables).map(|_| {
                ["ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "wu"][draw(10) as usize]
            });
            syllables.collect()
        };
        let (given, surname, host) = (word(2), word(3), word(2));
        let born = format!(
            "{}-{:02}-{:02}",
            1930 + draw(70),
            1 + draw(12),
            1 + draw(28)
        );
        let email = format!("{given}.{surname}@{host}.com");
        for surname in [surname.clone(), format!("{surname}n")]
            .iter()
            .take(1 + usize::from(number % 3 == 0))
        {
            line += 1;
            text.push_str(&format!(
                "r{line},{given},{surname},{born},{email},p{number}\n"
            ));
        }
    }
    text
}

/// Runs in a folder, with the names of files there.
fn run_in(folder: &Path, arguments: &[&str]) -> Result<String, Failure> {
    let is_path = |text: &&str| {
        text.ends_with(".csv") || text.ends_with("json") || text.ends_with(".parquet")
    };
    let arguments = arguments
        .iter()
        .map(|text| match is_path(text) && !text.starts_with('-') {
            true => folder.join(text).into_os_string(),
            false => (*text).into(),
        });
    let mut out = Vec::new();
    work(lexopt::Parser::from_args(arguments), &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn read(folder: &tempfile::TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

/// The run that the house wants of each example.
pub(crate) fn check_a_run() {
    let folder = folder(&[("people.csv", &people())]);
    let arguments = [
        "people.csv",
        "--auto",
        "--id",
        "rec_id",
        "--truth",
        "cluster",
        "--json",
        "--out",
        "c.csv",
    ];
    let more = [&arguments[..], &["--pairs", "p.parquet"]].concat();
    let report = json(&run_in(folder.path(), &more).unwrap());
    let keys: Vec<&str> = report
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let expected = [
        "rows",
        "pairs_predicted",
        "pairs_scored",
        "clusters",
        "threshold",
        "metrics",
        "best",
        "seconds",
        "peak_mib",
    ];
    assert_eq!(keys[..9], expected);
    assert_eq!(
        (&report["rows"], &report["threshold"]),
        (&400.into(), &0.95.into())
    );
    assert!(report["metrics"]["f1"].as_f64().unwrap() > 0.95, "{report}");
    for stage in ["load", "train", "predict", "cluster"] {
        assert!(report["seconds"][stage]["wall"].is_number(), "{report}");
    }
    let clusters = read(&folder, "c.csv");
    let lines: Vec<&str> = clusters.lines().collect();
    let file = folder.path().join("people.csv").display().to_string();
    assert_eq!((lines.len(), lines[0]), (401, "file,row,id,cluster"));
    assert_eq!(
        lines[1..4],
        [
            format!("{file},0,r1,0"),
            format!("{file},1,r2,0"),
            format!("{file},2,r3,1")
        ]
    );
    let model = json(&read(&folder, "c.model.json"));
    assert_eq!(model["inputs"][0]["rows"], 400);
    assert!(!model["model"].to_string().contains("cluster\""), "{model}");
    check_again(&folder, &clusters);
}

/// The model that was trained gives the same clusters, on more threads too.
fn check_again(folder: &tempfile::TempDir, clusters: &str) {
    let again = [
        "people.csv",
        "--settings",
        "c.model.json",
        "--id",
        "rec_id",
        "--out",
        "d.csv",
        "--threads",
        "2",
    ];
    run_in(folder.path(), &again).unwrap();
    assert_eq!(read(folder, "d.csv"), clusters);
}

#[test]
fn pairs_across_files_only() {
    let text = people();
    let (header, rows) = text.split_once('\n').unwrap();
    let (one, other): (Vec<_>, Vec<_>) = rows.lines().enumerate().partition(|(at, _)| at % 2 == 0);
    let table = |rows: &[(usize, &str)]| {
        rows.iter()
            .fold(header.to_owned(), |text, (_, row)| format!("{text}\n{row}"))
    };
    // The columns of the second file are in another order.
    let turned = table(&other)
        .lines()
        .map(|line| line.split(',').rev().collect::<Vec<_>>().join(",") + "\n")
        .collect::<String>();
    let folder = folder(&[("a,b.csv", &table(&one)), ("b.csv", &turned)]);
    let arguments = [
        "a,b.csv",
        "b.csv",
        "--auto",
        "--link-only",
        "--truth",
        "cluster",
        "--out",
        "c.csv",
        "--json",
    ];
    let report = json(&run_in(folder.path(), &arguments).unwrap());
    assert!(report["metrics"]["f1"].as_f64().unwrap() > 0.7, "{report}");
    let clusters = read(&folder, "c.csv");
    let quoted = format!("\"{}\",0,,0", folder.path().join("a,b.csv").display());
    assert_eq!(clusters.lines().nth(1), Some(&*quoted));
}

#[test]
fn a_model_of_splink_is_used_as_it_is() {
    let level = |sql: &str, m: f64, u: f64| {
        format!(r#"{{"sql_condition": "{sql}", "m_probability": {m}, "u_probability": {u}}}"#)
    };
    let comparison = |column: &str, levels: [String; 2]| {
        let missing = format!(
            r#"{{"sql_condition": "{column}_l IS NULL OR {column}_r IS NULL", "is_null_level": true}}"#
        );
        let levels = levels.join(", ");
        format!(
            r#"{{"output_column_name": "{column}", "comparison_levels": [{missing}, {levels}]}}"#
        )
    };
    let equal = |column: &str, u| level(&format!("{column}_l = {column}_r"), 0.9, u);
    let comparisons = [
        comparison(
            "email",
            [equal("email", 0.0001), level("ELSE", 0.1, 0.9999)],
        ),
        comparison(
            "given_name",
            [equal("given_name", 0.01), level("ELSE", 0.1, 0.99)],
        ),
    ];
    let model = format!(
        r#"{{"link_type": "dedupe_only", "sql_dialect": "duckdb", "probability_two_random_records_match": 0.001,
            "comparisons": [{}], "blocking_rules_to_generate_predictions": ["l.email = r.email"]}}"#,
        comparisons.join(", ")
    );
    let folder = folder(&[("people.csv", &people()), ("m.json", &model)]);
    let arguments = [
        "people.csv",
        "--splink",
        "m.json",
        "--truth",
        "cluster",
        "--out",
        "c.csv",
        "--json",
    ];
    let report = json(&run_in(folder.path(), &arguments).unwrap());
    assert_eq!(
        (&report["pairs_scored"], &report["clusters"]),
        (&100.into(), &300.into()),
        "{report}"
    );
    assert_eq!(report["metrics"]["f1"], 1.0);
    assert!(json(&read(&folder, "c.model.json"))["splink"].is_object());
    let uses_truth = [
        "people.csv",
        "--splink",
        "m.json",
        "--truth",
        "email",
        "--out",
        "c.csv",
    ];
    assert!(matches!(
        run_in(folder.path(), &uses_truth),
        Err(Failure::Usage(_))
    ));
}

#[test]
fn what_says_nothing_ends_with_every_row_alone() {
    for (text, clusters) in [
        ("a\n", 0),
        ("a\nx\n", 1),
        ("a\nx\ny\n", 2),
        ("a,b\n,\n,\n,\n", 3),
        ("name,city\nann,leeds\nann,leeds\nann,leeds\n", 3),
    ] {
        let folder = folder(&[("a.csv", text)]);
        let report = run_in(
            folder.path(),
            &["a.csv", "--auto", "--out", "c.csv", "--json"],
        );
        let report = json(&report.unwrap_or_else(|failure| panic!("{text:?}: {failure:?}")));
        assert_eq!(report["clusters"], clusters, "{text:?}: {report}");
        assert!(
            !report["warnings"].as_array().unwrap().is_empty(),
            "{text:?}: {report}"
        );
        assert_eq!(read(&folder, "c.csv").lines().count(), clusters + 1);
    }
}

#[test]
fn rows_that_no_column_parts_are_not_compared_without_end() {
    let rows: String = (0..20_000)
        .map(|row| format!("same,v{}\n", row % 3))
        .collect();
    let folder = folder(&[("a.csv", &format!("name,x\n{rows}"))]);
    let report = json(
        &run_in(
            folder.path(),
            &["a.csv", "--auto", "--out", "c.csv", "--json"],
        )
        .unwrap(),
    );
    assert_eq!(report["clusters"], 20_000, "{report}");
    assert!(
        !report["warnings"].as_array().unwrap().is_empty(),
        "{report}"
    );
}

#[test]
fn wrong_usage_is_told_apart() {
    let settings = r#"{"fields": [{"name": "truth", "kind": "code", "columns": ["cluster"]}], "blocking": []}"#;
    let folder = folder(&[
        ("a.csv", &people()),
        ("s.json", settings),
        ("w.json", "{\"feilds\": []}"),
    ]);
    for (arguments, told) in [
        (&["--nonsense"][..], "--nonsense"),
        (&[], "no FILE.csv is given\ngive one of `--auto`"),
        (&["a.csv", "--auto", "--threshold", "1"], "`--threshold 1`"),
        (
            &["a.csv", "--auto", "--out", "c.csv", "--threads", "0"],
            "`--threads 0`",
        ),
        (
            &["a.csv", "--auto", "--out", "c.csv", "--link-only"],
            "give a second one",
        ),
        (
            &["a.csv", "--auto", "--out", "a.csv"],
            "is read, so it is not written",
        ),
        (
            &["a.csv", "--auto", "--out", "c.csv", "--pairs", "c.csv"],
            "would be written twice",
        ),
        (
            &["a.csv", "--auto", "--out", "c.csv", "--id", "rce_id"],
            "did you mean `rec_id`?",
        ),
        (
            &[
                "a.csv",
                "--settings",
                "s.json",
                "--truth",
                "cluster",
                "--out",
                "c.csv",
            ],
            "compare this column",
        ),
        (
            &["a.csv", "--settings", "w.json", "--out", "c.csv"],
            "`fields`",
        ),
    ] {
        match run_in(folder.path(), arguments) {
            Err(Failure::Usage(message)) => {
                assert!(message.contains(told), "{arguments:?}: {message}")
            }
            other => panic!("{arguments:?}: {other:?}"),
        }
    }
    assert!(
        run_in(folder.path(), &["--help"])
            .unwrap()
            .starts_with("Finds the rows")
    );
}

#[test]
fn what_cannot_be_read_fails_the_run() {
    let folder = folder(&[("empty.csv", "")]);
    for arguments in [
        ["empty.csv", "--auto", "--out", "c.csv"],
        ["none.csv", "--auto", "--out", "c.csv"],
    ] {
        let ended = run_in(folder.path(), &arguments);
        assert!(
            matches!(&ended, Err(Failure::Run(message)) if message.contains(arguments[0])),
            "{ended:?}"
        );
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
