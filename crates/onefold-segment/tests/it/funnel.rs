//! The steps of a funnel, whatever the library is called.

use onefold_segment::{Library, funnel};

/// The names of the segments of the steps of `segment`.
fn check(text: &str, segment: &str, expected: &[&str]) {
    let library = Library::parse(text).unwrap();
    let (steps, extended) = funnel::steps(&library, segment).unwrap();
    let names: Vec<&str> = steps.iter().map(|step| &*step.segment).collect();
    assert_eq!(names, expected);
    let added = &extended.definitions()[library.definitions().len()..];
    let added: Vec<&str> = added.iter().map(|definition| definition.name()).collect();
    assert_eq!(added, expected);
}

#[test]
fn steps_have_names_of_their_own() {
    check(
        "segment a = sequence x then y\nsegment \"a: step 2\" = sequence y then z\ntrait \"a: step 1\" = count(x)",
        "a",
        &["a: step 1", "a: step 2 (2)"],
    );
    check(
        "segment a = sequence x then y\nsegment \"a: step 2\" = b is set\nsegment \"a: step 2 (2)\" = b is set",
        "a",
        &["a: step 1", "a: step 2 (3)"],
    );
}

#[test]
fn steps_of_a_long_name_have_shorter_ones() {
    let name = "ä".repeat(64);
    let text = format!("segment {name} = sequence x then y");
    let stem = "ä".repeat(60);
    check(
        &text,
        &name,
        &[&format!("{stem}: step 1"), &format!("{stem}: step 2")],
    );
    let taken = format!("{text}\nsegment \"{stem}: step 1\" = b is set");
    let stem_of_second = "ä".repeat(58);
    check(
        &taken,
        &name,
        &[
            &format!("{stem_of_second}: step 1 (2)"),
            &format!("{stem}: step 2"),
        ],
    );
}
