//! The conformance corpus: definitions, a world and an instant, and who the members are.
//!
//! Invariant: the reference evaluator gives every answer of the corpus, and every dialect has a statement for
//! it unless the case says why not.

mod drawn;
mod export;

use std::{env, fs, io::Write as _};

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
    for case in drawn::cases(count, u8::try_from(seed).unwrap()) {
        writeln!(file, "{}", case.to_json()).unwrap();
    }
}
