//! What the language means, by example: each case is a definition, a past, and who is a member.

use expect_test::{Expect, expect};
use onefold_event::{AnchorId, Decimal, Occurrence, PersonIndex, Timestamp, Value};
use onefold_segment::{
    Cause, Library, Live, Plan,
    reference::{self, Person},
};

use crate::random::Happened;

/// Lines of `person time event property=value ...`; times are days of January 2026 with
/// microseconds beside them: `5`, `5+1`, `5-1`.
fn read(past: &str) -> Vec<(u32, Happened)> {
    let lines = past.lines().map(str::trim).filter(|line| !line.is_empty());
    let happened = lines.zip(1..).map(|(line, position)| {
        let mut words = line.split_whitespace();
        let person = match words.next().unwrap() {
            "ann" => 0,
            "bob" => 1,
            _ => 2,
        };
        let time = day(words.next().unwrap());
        let name = words.next().unwrap().to_owned().leak();
        let properties = words.map(|word| {
            let (name, value) = word.split_once('=').unwrap();
            let number = Decimal::from_str_exact(value).map(Value::Number);
            (
                &*name.to_owned().leak(),
                number.unwrap_or_else(|_| value.into()),
            )
        });
        let properties = properties.collect();
        (
            person,
            Happened {
                name,
                time,
                position,
                properties,
            },
        )
    });
    happened.collect()
}

fn day(text: &str) -> Timestamp {
    let (day, beside) = match text.split_once(['+', '-']) {
        Some((day, beside)) if text.contains('+') => (day, beside.parse().unwrap()),
        Some((day, beside)) => (day, -beside.parse::<i64>().unwrap()),
        None => (text, 0),
    };
    let start: Timestamp = "2026-01-01".parse().unwrap();
    let days: i64 = day.parse().unwrap();
    start.plus_micros((days - 1) * 86_400_000_000 + beside)
}

/// The members at each of the instants, by both evaluators.
fn check(predicate: &str, past: &str, instants: &str, expected: Expect) {
    let library = Library::parse(&format!("segment s = {predicate}")).unwrap();
    let mut live = Live::new(Plan::compile(library.clone()).unwrap()).unwrap();
    let past = read(past);
    for (person, happened) in &past {
        live.observe(AnchorId(*person), happened);
    }
    let mut found = Vec::new();
    for instant in instants.split_whitespace() {
        let as_of = day(instant);
        let mut members = Vec::new();
        for (person, name) in (0..).zip(["ann", "bob", "cid"]) {
            let own = past.iter().filter(|(owner, _)| *owner == person);
            let own: Vec<&dyn Occurrence> = own.map(|(_, happened)| happened as _).collect();
            let asked = Person {
                occurrences: &own,
                traits: &(),
                as_of,
            };
            let held = reference::contains(&library, "s", asked).unwrap();
            live.refresh(
                PersonIndex(person),
                &[AnchorId(person)],
                &(),
                as_of,
                Cause::Event,
                &mut Vec::new(),
            );
            assert_eq!(
                live.contains("s", PersonIndex(person)),
                held,
                "{name} at {instant}"
            );
            members.extend(held.then_some(name));
        }
        found.push(
            format!("{instant}: {}", members.join(" "))
                .trim_end()
                .to_owned(),
        );
    }
    expected.assert_eq(&found.join("\n"));
}

#[test]
fn windows_are_half_open() {
    check(
        "did login in last 2 d",
        "ann 5 login",
        "5 5+1 7 7+1",
        expect![[r#"
            5:
            5+1: ann
            7: ann
            7+1:"#]],
    );
    check(
        "did login between 2026-01-05 and 2026-01-06",
        "ann 5-1 login\nbob 5 login\ncid 6 login",
        "5 5+1 9",
        expect![[r#"
            5:
            5+1: bob
            9: bob"#]],
    );
}

#[test]
fn absence_matures() {
    check(
        "did not login in last 2 d",
        "ann 5 login",
        "5 5+1 7 7+1",
        expect![[r#"
            5: ann bob cid
            5+1: bob cid
            7: bob cid
            7+1: ann bob cid"#]],
    );
}

#[test]
fn recency_turns_after_its_length() {
    check(
        "recency(login) > 2 d",
        "ann 5 login",
        "5 6 7 7+1 9",
        expect![[r#"
            5:
            6:
            7:
            7+1: ann
            9: ann"#]],
    );
    check(
        "recency(login) >= 2 d",
        "ann 5 login\nbob 6 login",
        "7-1 7 8",
        expect![[r#"
            7-1:
            7: ann
            8: ann bob"#]],
    );
}

#[test]
fn money_is_exact() {
    let twelve = "ann 1 order total=41.67\n".repeat(11)
        + "ann 1 order total=41.63\nbob 1 order total=499.99";
    check(
        "sum(total of order) >= 500.00",
        &twelve,
        "2",
        expect!["2: ann"],
    );
    check(
        "sum(total of order) = 0",
        "ann 1 order total=0.1\nann 2 order total=-0.1",
        "2 3",
        expect![[r#"
            2: bob cid
            3: ann bob cid"#]],
    );
}

#[test]
fn faults_make_a_comparison_false() {
    let past = "ann 1 order total=1\nann 2 order total=free\nbob 1 order total=1\ncid 1 order";
    check(
        "sum(total of order) >= 0",
        past,
        "2 3",
        expect![[r#"
        2: ann bob cid
        3: bob cid"#]],
    );
    check(
        "sum(total of order where total >= 0) >= 0",
        past,
        "3",
        expect!["3: ann bob cid"],
    );
    check(
        "last(total of order) = 1 or last(total of order) is unset",
        past,
        "2 3",
        expect![[r#"
            2: ann bob cid
            3: bob cid"#]],
    );
    check(
        "not did order where 1 / total > 0",
        past,
        "3",
        expect!["3: cid"],
    );
}

#[test]
fn ties_go_by_place_in_the_log() {
    let past = "ann 1 visit page=a\nann 1 visit page=b\nbob 1 visit page=b\nbob 1 visit page=a";
    check("last(page of visit) = \"b\"", past, "2", expect!["2: ann"]);
}

#[test]
fn someone_whose_answer_cannot_change_has_no_timer() {
    let library = Library::parse(
        "segment a = did login\n\
         segment b = did login in last 30 d or did login\n\
         segment c = did login in last 30 d at least 2 times",
    );
    let mut live = Live::new(Plan::compile(library.unwrap()).unwrap()).unwrap();
    let (ann, anchor) = (PersonIndex(0), [AnchorId(0)]);
    for (_, happened) in read("ann 1 login") {
        live.observe(anchor[0], &happened);
    }
    live.refresh(ann, &anchor, &(), day("2"), Cause::Event, &mut Vec::new());
    assert_eq!(live.timer_of(ann), None);
    for (_, happened) in read("ann 1 other\nann 2 login") {
        live.observe(anchor[0], &happened);
    }
    live.refresh(ann, &anchor, &(), day("3"), Cause::Event, &mut Vec::new());
    assert_eq!(live.timer_of(ann), Some(day("31+1")));
}

#[test]
fn every_example_of_the_reference_reads_and_prints() {
    let text = include_str!("../../src/docs/reference.md");
    let mut examples = 0;
    for block in text.split("```segments\n").skip(1) {
        let example = block.split("```").next().unwrap();
        let library = Library::parse(example).unwrap_or_else(|error| panic!("{example}{error}"));
        assert_eq!(Library::parse(&library.to_string()).unwrap(), library);
        examples += library.definitions().len();
    }
    assert_eq!(examples, 23);
    let json = text
        .split("```json\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let library = Library::from_json(json).unwrap();
    let expected = "segment regular = did \"Order Completed\" in last 90 d at least 3 times\n\
                    trait spend = sum(quantity * price of \"Order Line\" where quantity > 0)";
    assert_eq!(Library::parse(expected).unwrap(), library);
}
