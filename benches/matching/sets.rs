//! The sets on which matching is measured, and how Splink does on them.

use std::{env, path::PathBuf};

/// A set of records with the truth about them.
#[derive(Debug)]
pub(super) struct Set {
    pub(super) name: &'static str,
    /// In the folder of the sets.
    pub(super) file: &'static str,
    pub(super) truth: &'static str,
    /// Columns that matching may not look at, beside that of the truth.
    pub(super) excluded: &'static [&'static str],
    pub(super) splink: Option<Splink>,
}

/// What Splink reached on the same file with settings tuned by hand for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Splink {
    /// F1 of pairs at 0.95, and at the best threshold.
    pub(super) f1: f64,
    pub(super) f1_best: f64,
    /// Load, train, predict and cluster.
    pub(super) cpu: f64,
    pub(super) peak_mib: f64,
}

const fn splink(f1: f64, f1_best: f64, cpu: f64, peak_mib: f64) -> Option<Splink> {
    Some(Splink {
        f1,
        f1_best,
        cpu,
        peak_mib,
    })
}

const fn set(name: &'static str, file: &'static str, splink: Option<Splink>) -> Set {
    Set {
        name,
        file,
        truth: "cluster",
        excluded: &[],
        splink,
    }
}

/// What a person and not an employer is known by.
const OF_PERSONS: &[&str] = &[
    "unique_id",
    "cluster",
    "tax_year",
    "ssn",
    "first_name",
    "middle_initial",
    "last_name",
    "mailing_zipcode",
    "mailing_street_name",
];

/// Splink's figures are from section 6 of the knowledge page on identity, `shared/knowledge/identity.md`: Splink 5.0.0,
/// DuckDB 2.0.0, two threads, 2026-11; they were not taken in one run with ours.
pub(super) const SETS: [Set; 14] = [
    set(
        "febrl1",
        "febrl1/dataset1.csv",
        splink(1.0000, 1.0000, 3.1, 225.0),
    ),
    set(
        "febrl2",
        "febrl2/dataset2.csv.gz",
        splink(0.9997, 1.0000, 4.3, 235.0),
    ),
    set(
        "febrl3",
        "febrl3/dataset3.csv.gz",
        splink(0.9995, 1.0000, 4.9, 237.0),
    ),
    set(
        "splink_fake_1000",
        "splink_fake_1000/fake_1000.csv",
        splink(0.8168, 0.9253, 2.5, 246.0),
    ),
    set(
        "splink_fake_20000",
        "splink_fake_20000/fake_20000.csv.gz",
        splink(0.7963, 0.8212, 4.8, 249.0),
    ),
    set("rldata500", "rldata500/RLdata500.csv", None),
    set(
        "rldata10000",
        "rldata10000/RLdata10000.csv",
        splink(0.8426, 0.9610, 2.2, 227.0),
    ),
    set(
        "pseudopeople_persons",
        "pseudopeople_persons/persons.csv.gz",
        splink(0.8204, 0.8470, 9.8, 292.0),
    ),
    set(
        "restaurants",
        "restaurants/restaurants.csv",
        splink(0.9145, 0.9264, 1.6, 206.0),
    ),
    set(
        "leipzig_affiliations",
        "leipzig_affiliations/affiliations.csv",
        None,
    ),
    set(
        "chicago_early_childhood",
        "chicago_early_childhood/chicago.csv.gz",
        None,
    ),
    set(
        "patstat_applicants",
        "patstat_applicants/patstat.csv.gz",
        None,
    ),
    Set {
        excluded: &["employer_cluster"],
        ..set(
            "employment: persons",
            "pseudopeople_employment/employment.csv.gz",
            None,
        )
    },
    Set {
        truth: "employer_cluster",
        excluded: OF_PERSONS,
        ..set(
            "employment: employers",
            "pseudopeople_employment/employment.csv.gz",
            None,
        )
    },
];

/// The same section: Splink on people of another generator, `gen_people.py`, of seed 42.
pub(super) fn splink_on_people(rows: f64) -> Option<Splink> {
    match rows as u64 {
        100_000 => splink(0.8824, 0.9204, 8.3, 433.0),
        1_000_000 => splink(0.8492, 0.9090, 32.4, 1_491.0),
        _ => None,
    }
}

/// Where the sets lie: beside the repository, or where `ONEFOLD_SHARED` says.
pub(super) fn folder() -> PathBuf {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared"));
    let shared = env::var_os("ONEFOLD_SHARED").map_or(beside, PathBuf::from);
    shared.join("data/identity")
}
