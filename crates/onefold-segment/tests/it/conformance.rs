//! The conformance corpus: definitions, a world and an instant, and who the members are.
//!
//! Invariant: the reference evaluator gives every answer of the corpus, and every dialect has a statement for
//! it unless the case says why not.

mod corpus;
mod drawn;
mod export;

use std::{env, fs, io::Write as _};

use onefold_segment::{
    Library, Plan,
    sql::{self, Dialect},
};

#[test]
fn reference_gives_the_answers_of_the_corpus() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for (title, file) in corpus::files() {
        for told in file.cases.iter().filter(|told| told.error.is_none()) {
            let case = file.case(&title, told);
            let expected = told.members.iter().flat_map(|(segment, people)| {
                people
                    .iter()
                    .map(|person| (segment.clone(), person.clone()))
            });
            let expected: Vec<(String, String)> = expected.collect();
            let found = case.members();
            if found != expected {
                wrong.push(format!("{}: {expected:?} but {found:?}", case.name));
            }
            count += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 150, "{count} cases");
}

#[test]
fn wrong_definitions_are_refused() {
    for (title, file) in corpus::files() {
        for told in &file.cases {
            let Some(said) = &told.error else { continue };
            let error = Library::parse(&told.define).expect_err(&told.name);
            let mistakes = onefold_segment::render(&told.define, error.diagnostics());
            assert!(
                mistakes.contains(said),
                "{title}: {}: {mistakes}",
                told.name
            );
        }
    }
}

#[test]
fn every_dialect_has_a_statement_for_the_corpus() {
    let mut wrong = Vec::new();
    for (title, file) in corpus::files() {
        for told in file.cases.iter().filter(|told| told.error.is_none()) {
            let case = file.case(&title, told);
            let plan = Plan::compile(case.library.clone()).unwrap();
            for dialect in Dialect::ALL {
                let written = sql::statement(&plan, dialect, &case.layout(), case.as_of);
                let is_refused = told.refused.iter().any(|name| name == dialect.name());
                if written.is_err() != is_refused {
                    let error = written.err();
                    wrong.push(format!("{} in {dialect}: {error:?}", case.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Writes all cases with their statements for `conformance/run.py`:
///
/// ```text
/// ONEFOLD_CONFORMANCE_OUT=cases.jsonl ONEFOLD_CONFORMANCE_RANDOM=500 \
///     cargo test -p onefold-segment --test it -- --ignored export_conformance
/// ```
#[test]
#[ignore = "writes a file for the runner of engines"]
fn export_conformance() {
    let out = env::var("ONEFOLD_CONFORMANCE_OUT").expect("name a file to write");
    let number = |name: &str| {
        env::var(name)
            .ok()
            .map(|text| text.parse::<usize>().unwrap())
    };
    let count = number("ONEFOLD_CONFORMANCE_RANDOM").unwrap_or(0);
    let seed = number("ONEFOLD_CONFORMANCE_SEED").unwrap_or(1);
    let mut file = fs::File::create(&out).unwrap();
    for (title, read) in corpus::files() {
        for told in read.cases.iter().filter(|told| told.error.is_none()) {
            writeln!(file, "{}", read.case(&title, told).to_json()).unwrap();
        }
    }
    for case in drawn::cases(count, u8::try_from(seed).unwrap()) {
        writeln!(file, "{}", case.to_json()).unwrap();
    }
}
