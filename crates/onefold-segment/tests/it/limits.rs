//! Everything has a limit, in text and in JSON.

use onefold_segment::{Catalogue, Code, Library};

/// How many mistakes are told of a text, and the code of the first.
fn told(text: &str) -> (usize, Option<Code>) {
    let error = Library::parse(text).unwrap_err();
    let mistakes = error.diagnostics();
    (mistakes.len(), mistakes.first().and_then(Code::of))
}

/// As [`told`], of JSON.
fn told_of_json(json: &str) -> (usize, Option<Code>) {
    let error = Library::from_json(json).unwrap_err();
    let mistakes = error.diagnostics();
    (mistakes.len(), mistakes.first().and_then(Code::of))
}

#[test]
fn the_first_hundred_mistakes_are_told() {
    let tests = vec!["\"\" = 1"; 20_000].join(" or ");
    // A name that is wrong many times in one condition has one place there, and hides nothing behind it.
    let text = format!("segment a = did e where {tests}\nsegment b = \"\" = 1");
    assert_eq!(told(&text), (2, Some(Code::Name)));
    assert_eq!(
        told(&format!("segment a = {tests}")),
        (100, Some(Code::Name))
    );
    assert_eq!(told(&"$".repeat(1 << 20)), (100, Some(Code::Sign)));
    assert_eq!(
        told(&format!("segment a = \"{}\"", "\\u{".repeat(1 << 20))),
        (100, Some(Code::OpenText))
    );
    // What is wrong before the signs is not crowded out by them.
    let (count, code) = told(&format!("segment = {}", "$".repeat(1_000)));
    assert_eq!((count, code), (100, Some(Code::Expected)));
    let zones: Vec<String> = (0..2_000)
        .map(|n| format!("segment s{n} zone \"Europe/Londan\" = b is set"))
        .collect();
    assert_eq!(told(&zones.join("\n")), (100, Some(Code::Zone)));
    assert_eq!(
        told(&vec!["segment a = b is set"; 9_000].join("\n")),
        (100, Some(Code::DefinedTwice))
    );
}

#[test]
fn the_first_hundred_mistakes_of_json_are_told() {
    let library = |when: &str| {
        format!(r#"{{"version":1,"definitions":[{{"segment":{{"name":"a","when":{when}}}}}]}}"#)
    };
    let parts = vec![r#"{"in":""}"#; 20_000].join(",");
    assert_eq!(
        told_of_json(&library(&format!(r#"{{"all":[{parts}]}}"#))),
        (100, Some(Code::Name))
    );
    let many = |one: &str, count: usize| {
        let all = vec![one; count].join(",");
        format!(r#"{{"version":1,"definitions":[{all}]}}"#)
    };
    let wrong_zone =
        r#"{"segment":{"name":"a","scope":{"zone":{"named":"Europe/Londan"}},"when":{"in":"a"}}}"#;
    assert_eq!(
        told_of_json(&many(wrong_zone, 2_000)),
        (100, Some(Code::Zone))
    );
    assert_eq!(told_of_json(&many("1", 2_000)), (100, Some(Code::Json)));
    assert_eq!(told_of_json(&many("1", 10_001)), (1, Some(Code::Size)));
    let long = format!("{}{}", many("1", 1), " ".repeat(64 << 20));
    assert_eq!(told_of_json(&long), (1, Some(Code::Size)));
}

#[test]
fn names_without_end_have_no_suggestion() {
    let text = format!(
        "segment {} = in {}",
        "a".repeat(200_000),
        "b".repeat(200_001)
    );
    let error = Library::parse(&text).unwrap_err();
    let help: Vec<_> = error.diagnostics().iter().map(|d| &d.help).collect();
    assert!(format!("{help:?}").contains("define it in the same text"));
}

/// The message and the help of the only mistake.
fn check_one(text: &str, expected: &str) {
    let error = Library::parse(text).unwrap_err();
    let all: Vec<String> = error
        .diagnostics()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(all[0].contains(expected), "{all:?}");
}

#[test]
fn operations_in_a_row_have_one_limit() {
    let sum = |parts: usize| vec!["x"; parts].join(" + ");
    assert!(Library::parse(&format!("trait t = {}", sum(33))).is_ok());
    let row = "more than 32 operations in a row (calculate this value before it comes in, or name a part as a trait";
    for parts in [34, 64, 70, 1_000] {
        check_one(&format!("trait t = {}", sum(parts)), row);
        check_one(&format!("segment s = {} > 1", sum(parts)), row);
        check_one(&format!("trait t = sum({} of y)", sum(parts)), row);
    }
    let product = vec!["x"; 34].join(" * ");
    check_one(&format!("trait t = {product}"), row);
    // Rows in rows are deep, and a segment could not help.
    let deep = format!("trait t = ({}) + {}", sum(20), sum(20));
    check_one(
        &deep,
        "nested more than 32 deep (name a part as a trait of its own",
    );
    let deep = format!("{} x = 1", "not ".repeat(40));
    check_one(
        &format!("segment s = {deep}"),
        "name a part as a segment of its own",
    );
}

#[test]
fn lints_of_a_long_text_have_their_places() {
    let tests: Vec<String> = (0..20_000).map(|n| format!("p{n} = 1")).collect();
    let text = format!("segment a = did e where {}", tests.join(" or "));
    let mut catalogue = Catalogue::default();
    let mut event = onefold_segment::EventFacts::default();
    event.properties.insert("q".into(), Default::default());
    catalogue.events.insert("e".into(), event);
    let lints = Library::lint_text(&text, &catalogue).unwrap();
    assert_eq!(lints.len(), 20_000);
    let last = lints.last().unwrap().diagnostic.span.clone().unwrap();
    assert_eq!(&text[last], "p19999");
}

#[test]
fn traits_are_calculated_so_many_operations_deep() {
    let text = |links: usize| {
        let mut text = String::from("trait t0 = score\n");
        for link in 1..=links {
            let more = " + 0".repeat(29);
            text += &format!("trait t{link} = t{}{more}\n", link - 1);
        }
        text
    };
    assert!(Library::parse(&text(8)).is_ok());
    let error = Library::parse(&text(9)).unwrap_err();
    let told = error.diagnostics()[0].to_string();
    assert!(
        told.contains("trait `t9` with those that it refers to is calculated 271 operations deep"),
        "{told}"
    );
}
