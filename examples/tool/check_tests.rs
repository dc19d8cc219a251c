//! Every kind of mistake that a configuration can have is told, beside all others.

use std::{fs, path::Path};

use super::*;
use crate::exit::Failure;

const CONTACTS: &str = r#"
[[sources]]
name = "crm"
path = "contacts.csv"
format = "csv"
[sources.mapping]
as = "record"
collection = "contacts"
identifiers = { email = "mail" }
traits = { first_name = "first" }
"#;

const AUDIENCE: &str = r#"
[[audiences]]
name = "all"
segment = "known"
purpose = "newsletter"
channel = "email"
"#;

const SEGMENTS: &str = "segments = 'segment known = first_name is set'\n";

/// What is told of a configuration beside `contacts.csv`, with its folder as `DIR`.
fn check_in(folder: &Path, store: Option<&Path>, text: &str, expected: &[&str]) {
    fs::write(folder.join("contacts.csv"), "mail,first\na@x.example,Ann\n").unwrap();
    let file = folder.join("c.toml");
    fs::write(&file, text).unwrap();
    let told = match Config::read(&file, store) {
        Ok(_) => String::new(),
        Err(Failure::Usage(told)) => told,
        Err(other) => panic!("{other:?}"),
    };
    let told = told.replace(&format!("{}/c.toml: ", folder.display()), "");
    let told = told.replace(&*folder.to_string_lossy(), "DIR");
    assert_eq!(told, expected.join("\n"), "{text}");
}

fn check(parts: &[&str], expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    check_in(folder.path(), None, &parts.concat(), expected);
}

#[test]
fn mistakes_of_all_sources_and_names_are_told_at_once() {
    let later = r#"
[[sources]]
name = "till"
path = "${ONEFOLD_NOT_SET}/till.csv"
format = "csv"
[sources.mapping]
as = "event"

[[sources]]
name = "web"
path = "web.jsonl"
format = "segment_events"

[totals]
sold = { trait = "revenue", of = "knwon" }

[[outputs]]
audience = "al"
path = "${ONEFOLD_NOT_SET}/a.csv"
format = "csv"
fields = ["person_id"]
"#;
    let contacts = CONTACTS.replace("first\" }", "frist\" }");
    check(
        &[
            SEGMENTS,
            &contacts,
            later,
            &AUDIENCE.replace("\"known\"", "\"unknwon\""),
        ],
        &[
            "source `crm`: DIR/contacts.csv: the columns of the file do not fit the mapping; there are `mail`, `first`",
            "there is no column `frist` (did you mean `first`?)",
            "source `till`: the variable `ONEFOLD_NOT_SET` is not set (set it, or write `${ONEFOLD_NOT_SET:-default}`)",
            "source `till`: the mapping cannot be used",
            "/time: `as = \"event\"` needs `time`",
            "/event_name: `as = \"event\"` needs `event_name`",
            "source `web`: cannot open `DIR/web.jsonl`: No such file or directory (os error 2)",
            "totals.sold: no computed trait `revenue`: none is defined",
            "totals.sold: no segment `knwon`: did you mean `known`?",
            "audience `all`: no segment `unknwon`: did you mean `known`?",
            "output `${ONEFOLD_NOT_SET}/a.csv`: no audience `al`: did you mean `all`?",
            "output `${ONEFOLD_NOT_SET}/a.csv`: there are two columns `person_id`",
            "output `${ONEFOLD_NOT_SET}/a.csv`: the variable `ONEFOLD_NOT_SET` is not set (set it, or write `${ONEFOLD_NOT_SET:-default}`)",
        ],
    );
    check(&[SEGMENTS, CONTACTS, AUDIENCE], &[]);
}

fn output(path: &str, field: &str) -> String {
    format!(
        "[[outputs]]\naudience = \"all\"\npath = \"{path}\"\nformat = \"csv\"\nfields = [\"{field}\"]\n"
    )
}

#[test]
fn nothing_that_is_read_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("out")).unwrap();
    let outputs = [
        "out/../missing/../contacts.csv",
        "c.toml",
        "out",
        "store/log/a.csv",
        "out/a.csv",
        "./out/a.csv",
    ];
    let outputs: String = outputs.map(|path| output(path, "first_name")).concat();
    let store = folder.path().join("store");
    check_in(
        folder.path(),
        Some(&store),
        &[SEGMENTS, CONTACTS, AUDIENCE, &outputs].concat(),
        &[
            "output `out/../missing/../contacts.csv`: it would overwrite the file of source `crm`; name another file",
            "output `c.toml`: it would overwrite this configuration; name another file",
            "output `out`: this is a folder; name a file in it",
            "output `store/log/a.csv`: it lies in the folder of the store; name a file elsewhere",
            "output `./out/a.csv`: another output writes this file; name another",
        ],
    );
}

#[test]
fn two_audiences_of_one_name_are_refused() {
    check(
        &[SEGMENTS, CONTACTS, AUDIENCE, AUDIENCE],
        &["audience `all`: there are two of this name; give each its own"],
    );
}

#[test]
fn fields_that_no_trait_is_declared_for_are_refused_where_all_are_declared() {
    let wrong = output("a.csv", "frist_name");
    let expected = "output `a.csv`: no trait `frist_name`: did you mean `first_name`?";
    check(&[SEGMENTS, CONTACTS, AUDIENCE, &wrong], &[expected]);
    // A store that is there may have the trait from another run, and such rows bring their own.
    let folder = tempfile::tempdir().unwrap();
    let text = [SEGMENTS, CONTACTS, AUDIENCE, &wrong].concat();
    check_in(
        folder.path(),
        Some(folder.path()),
        &text.replace("a.csv", "../a.csv"),
        &[],
    );
    let identify = CONTACTS
        .replace("record", "identify")
        .replace("collection = \"contacts\"", "time = \"first\"");
    check(&[SEGMENTS, &identify, AUDIENCE, &wrong], &[]);
}

#[test]
fn definitions_are_told_beside_the_rest() {
    let segments = "segments = 'segment known = first_name is st'\n";
    check(
        &[segments, CONTACTS, AUDIENCE, AUDIENCE],
        &[
            "1 mistake in the definitions",
            "SEG0005 `st` where the test was expected",
            "  segment known = first_name is st",
            "                                ^^ did you mean `set`?",
            "audience `all`: there are two of this name; give each its own",
        ],
    );
}

#[test]
fn no_rule_is_suggested_that_means_the_opposite() {
    check(
        &["profile.default = 'latest'\n", SEGMENTS, CONTACTS],
        &[
            "line 1: unknown word `latest`",
            "  profile.default = 'latest'",
            "                    ^^^^^^^^ there are `most_recent`, `source_priority`, `most_frequent`, `first`",
        ],
    );
}

#[test]
fn sources_that_a_rule_of_the_profile_names_are_there() {
    let profile = r#"
[profile]
default = { source_priority = ["nope"] }
prefer_sources = ["crm", "cmr"]
[profile.traits]
city = { source_priority = ["crm", "q"] }
name = "first"
"#;
    check(
        &[SEGMENTS, CONTACTS, profile],
        &[
            "profile.default: no source `nope`: there are `crm`",
            "profile.prefer_sources: no source `cmr`: did you mean `crm`?",
            "profile.traits.city: no source `q`: there are `crm`",
        ],
    );
    // A store that is there may have a source from another configuration.
    let folder = tempfile::tempdir().unwrap();
    let text = [SEGMENTS, CONTACTS, profile].concat();
    check_in(folder.path(), Some(folder.path()), &text, &[]);
}

#[test]
fn an_empty_list_of_channels_or_purposes_permits_none() {
    let empty = "[consent]\nchannels = []\npurposes = []\n";
    check(
        &[SEGMENTS, CONTACTS, AUDIENCE, empty],
        &[
            "audience `all`: no purpose `newsletter`: none is defined",
            "audience `all`: no channel `email`: none is defined",
        ],
    );
    let some = "[consent]\nchannels = ['emial', 'post']\n";
    check(
        &[SEGMENTS, CONTACTS, AUDIENCE, some],
        &["audience `all`: no channel `email`: did you mean `emial`?"],
    );
}

#[test]
fn an_output_has_a_path() {
    let unset = output("${ONEFOLD_NOT_SET:-}", "first_name");
    check(
        &[
            SEGMENTS,
            CONTACTS,
            AUDIENCE,
            &output("", "first_name"),
            &unset,
        ],
        &[
            "output ``: the path is empty; name a file",
            "output `${ONEFOLD_NOT_SET:-}`: the path is empty; name a file",
        ],
    );
}
