//! Probabilistic matching: sets of people and organisations, a million made people, lookups, and models of Splink.
//!
//! Every set is matched by what `propose` makes of its columns alone, in a process of its own, so that its memory is its
//! own too. `-- sets`, `people`, `lookups` and `models` run a part, and a word of its name one set.
//! `ONEFOLD_BENCH_PEOPLE` names another file of people, and `ONEFOLD_BENCH_WRONG` says how many wrong pairs of each cause
//! are told.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench talks to its terminal and may fail"
)]

use std::{
    env,
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use onefold_benches::{measure::Size, people::write_people};

#[path = "matching/figures.rs"]
mod figures;
#[path = "matching/lookups.rs"]
mod lookups;
#[path = "matching/sets.rs"]
mod sets;
#[path = "matching/splink_pairs.rs"]
mod splink_pairs;
#[path = "matching/table.rs"]
mod table;

use figures::{Figures, HEAD, row};
use sets::{SETS, Splink, folder, splink_on_people};
use table::Lines;

/// What the process of one set is called with, before the file, the column of the truth and the excluded columns.
const ONE: &str = "--one";

/// What the process of lookups is called with, before the file and how many rows of it are the new ones.
const LOOKUPS: &str = "--lookups";

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [ONE, file, truth, excluded @ ..] => one(Path::new(file), truth, excluded),
        [LOOKUPS, file, rows, new] => {
            lookups::run(Path::new(file), rows.parse().unwrap(), new.parse().unwrap());
        }
        _ => all(&arguments),
    }
}

fn all(arguments: &[&str]) {
    let parts = ["sets", "people", "lookups", "models"];
    let is_any = parts.iter().any(|part| arguments.contains(part));
    let is_asked = |part: &str| !is_any || arguments.contains(&part);
    let size = Size::of_run();
    if is_asked("sets") {
        of_sets(size, arguments);
    }
    if is_asked("people") {
        of_people(size);
    }
    if is_asked("lookups") {
        of_lookups(size);
    }
    if is_asked("models") {
        splink_pairs::run(size.pick(1, 20));
    }
}

/// The sets whose names have one of the words that were asked for, or all of them; of a smoke run one small set.
fn of_sets(size: Size, arguments: &[&str]) {
    let folder = folder();
    if !folder.is_dir() {
        println!(
            "sets are skipped: {} is not there; ONEFOLD_SHARED names another folder",
            folder.display()
        );
        return;
    }
    println!("{}", HEAD.join("\n"));
    let is_asked = |name: &str| arguments.iter().any(|word| name.contains(word));
    let is_any = SETS.iter().any(|set| is_asked(set.name));
    for set in SETS.iter().filter(|set| !is_any || is_asked(set.name)) {
        if size == Size::Full || set.name == "restaurants" {
            let figures = in_own_process(&folder.join(set.file), set.truth, set.excluded);
            println!("{}", row(set.name, &figures, set.splink));
        }
    }
}

fn of_people(size: Size) {
    println!("{}", HEAD.join("\n"));
    let told = |name: &str, file: &Path, splink: fn(f64) -> Option<Splink>| {
        let figures = in_own_process(file, "cluster", &[]);
        println!("{}", row(name, &figures, splink(figures.rows)));
    };
    if let Some(file) = other_people() {
        return told("people of a file", &file, splink_on_people);
    }
    let folder = tempfile::tempdir().unwrap();
    for rows in size.pick(vec![2_000], vec![100_000, 1_000_000]) {
        let file = made_people(folder.path(), rows, 42);
        told("made people", &file, |_| None);
    }
}

fn of_lookups(size: Size) {
    let folder = tempfile::tempdir().unwrap();
    let (file, rows, new) = match other_people() {
        Some(file) => {
            let rows = Lines::open(&file).records(usize::MAX).rows();
            let new = (rows / 100).min(10_000);
            (file, rows - new, new)
        }
        None => {
            let (rows, new) = size.pick((2_000, 200), (1_000_000, 10_000));
            (made_people(folder.path(), rows + new, 43), rows, new)
        }
    };
    let mut command = Command::new(env::current_exe().unwrap());
    let command = command.arg(LOOKUPS).arg(file);
    let status = command
        .args([rows, new].map(|number| number.to_string()))
        .status();
    assert!(status.unwrap().success());
}

/// Another file of people, with the truth in `cluster`.
fn other_people() -> Option<PathBuf> {
    env::var_os("ONEFOLD_BENCH_PEOPLE").map(PathBuf::from)
}

fn made_people(folder: &Path, rows: usize, seed: u64) -> PathBuf {
    let file = folder.join(format!("people-{rows}.csv"));
    let mut out = BufWriter::new(File::create(&file).unwrap());
    write_people(rows, seed, &mut out).unwrap();
    out.flush().unwrap();
    file
}

fn in_own_process(file: &Path, truth: &str, excluded: &[&str]) -> Figures {
    let mut command = Command::new(env::current_exe().unwrap());
    let command = command.arg(ONE).arg(file).arg(truth).args(excluded);
    let output = command.stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{}", file.display());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn one(file: &Path, truth: &str, excluded: &[&str]) {
    let wrong_max = env::var("ONEFOLD_BENCH_WRONG").map_or(0, |number| number.parse().unwrap());
    let figures = Figures::of(file, truth, excluded, wrong_max);
    println!("{}", serde_json::to_string(&figures).unwrap());
}
