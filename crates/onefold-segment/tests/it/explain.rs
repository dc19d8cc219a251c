//! Explanations: the proof tree, what decided it, and what would change it.

use expect_test::{Expect, expect};
use onefold_event::{AnchorId, Value};
use onefold_segment::{Explanation, Gap, Library, Live, Plan, Standing};

use crate::{
    meaning::{day, read},
    random::Known,
};

fn explained(library: Library, past: &str, known: &Known, instant: &str) -> Explanation {
    let plan = Plan::compile(library).unwrap();
    let standing = plan.population_parts();
    let standing = standing.iter().fold(Standing::new(), |standing, part| {
        standing.with(part, day("9"), ["ann"])
    });
    let mut live = Live::standing(plan, standing).unwrap();
    for (person, happened) in read(past) {
        live.observe(AnchorId(person), &happened);
    }
    live.explain("s", &[AnchorId(0)], known, day(instant))
        .unwrap()
}

/// The tree of segment `s` for ann, then what would change it.
fn check(library: Library, past: &str, known: &Known, instant: &str, expected: Expect) {
    let explained = explained(library, past, known, instant);
    let outlook = explained.outlook.as_ref().unwrap();
    expected.assert_eq(&format!("{explained}\n{outlook}"));
}

fn check_text(definition: &str, past: &str, instant: &str, expected: Expect) {
    let library = Library::parse(definition).unwrap();
    check(library, past, &Known::default(), instant, expected);
}

/// A predicate as JSON, about ann, of whom something is known.
fn check_json(when: &str, past: &str, instant: &str, expected: Expect) {
    let json =
        format!(r#"{{"version":1,"definitions":[{{"segment":{{"name":"s","when":{when}}}}}]}}"#);
    let organisation = Known {
        id: "acme".into(),
        traits: [("plan".to_owned(), Value::from("team"))].into(),
        ..Known::default()
    };
    let ann = Known {
        id: "ann".into(),
        organisations: vec![(vec!["admin".into()], organisation)],
        ..Known::default()
    };
    check(
        Library::from_json(&json).unwrap(),
        past,
        &ann,
        instant,
        expected,
    );
}

#[test]
fn counts_tell_how_many_more_and_until_when() {
    check_text(
        "segment s = did order in last 30 d at least 3 times",
        "ann 1 order\nann 5 order",
        "10",
        expect![[r#"
            no: in s
              no: did order in last 30 d at least 3 times (found 2)
            does not enter unless something happens
              way in: did order in last 30 d at least 3 times: 2 of 3; 1 more before 2026-01-31T00:00:00.000001Z"#]],
    );
    check_text(
        "segment s = did order in last 30 d at least 2 times",
        "ann 1 order\nann 5 order",
        "10",
        expect![[r#"
            yes: in s
              yes: did order in last 30 d at least 2 times (found 2)
            leaves on 2026-01-31T00:00:00.000001Z unless something happens
              way out: did order in last 30 d at least 2 times: 2, not 1; 1 fewer by 2026-01-31T00:00:00.000001Z"#]],
    );
    check_text(
        "segment s = did order in last 30 d at most 1 times",
        "ann 1 order\nann 5 order\nann 6 order",
        "10",
        expect![[r#"
            no: in s
              no: did order in last 30 d at most 1 times (found 3)
            enters on 2026-02-04T00:00:00.000001Z unless something happens
              way in: did order in last 30 d at most 1 times: 3, not 1; 2 fewer by 2026-02-04T00:00:00.000001Z"#]],
    );
}

#[test]
fn sums_tell_how_much_more() {
    check_text(
        "segment s = sum(total of order) > 500.00 and (plan = \"pro\" or count(order) >= 2)",
        "ann 1 order total=480.00",
        "10",
        expect![[r#"
            no: in s
              no: all of
                no: sum(total of order) > 500.00 (found 480.00)
                no: any of
                  no: plan = "pro" (found nothing)
                  no: count(order) >= 2 (found 1)
            does not enter unless something happens
              way in: sum(total of order) > 500.00: 480.00 of 500.00: 20.01 more
              way in: count(order) >= 2: 1 of 2: 1 more"#]],
    );
}

#[test]
fn negation_and_other_segments_are_looked_through() {
    check_text(
        "segment s = not in gone and recency(order) <= 30 d\nsegment gone = did order and did not login in last 2 d",
        "ann 1 order\nann 2 login",
        "4",
        expect![[r#"
            yes: in s
              yes: all of
                yes: not
                  no: in gone
                    no: all of
                      yes: did order (found 1)
                      no: not
                        yes: did login in last 2 d (found 1)
                yes: recency(order) <= 30 d (found 3 d)
            leaves on 2026-01-04T00:00:00.000001Z unless something happens
              way out: recency(order) <= 30 d: 3 d ago; turns on 2026-01-31T00:00:00.000001Z unless it happens again"#]],
    );
    check_text(
        "segment s = recency(order) > 30 d",
        "ann 1 order",
        "10",
        expect![[r#"
            no: in s
              no: recency(order) > 30 d (found 9 d)
            enters on 2026-01-31T00:00:00.000001Z unless something happens
              way in: recency(order) > 30 d: 9 d ago; turns on 2026-01-31T00:00:00.000001Z unless it happens again"#]],
    );
}

const ABANDONED: &str = r#"{"sequence":{"first":{"event":"view"},
    "then":[{"step":{"event":"cart"},"within":{"count":1,"unit":"d"}}],
    "then_no":{"step":{"event":"order"},"within":{"count":24,"unit":"h"}}}}"#;

#[test]
fn sequences_tell_their_steps() {
    check_json(
        ABANDONED,
        "ann 1 view\nann 3 view\nann 3+9 cart",
        "5",
        expect![[r#"
            yes: in s
              yes: sequence view then within 1 d cart then no order within 24 h (found all 2 steps)
            stays unless something happens
              way out: sequence view then within 1 d cart then no order within 24 h: found all 2 steps"#]],
    );
    check_json(
        ABANDONED,
        "ann 3 view\nann 3+9 cart",
        "4",
        expect![[r#"
        no: in s
          no: sequence view then within 1 d cart then no order within 24 h (found 2 of 2 steps)
        enters on 2026-01-04T00:00:00.000009Z unless something happens
          way in: sequence view then within 1 d cart then no order within 24 h: all 2 steps; true on 2026-01-04T00:00:00.000009Z unless what must not follow does"#]],
    );
    check_json(
        ABANDONED,
        "ann 1 view\nann 3 cart",
        "5",
        expect![[r#"
        no: in s
          no: sequence view then within 1 d cart then no order within 24 h (found 1 of 2 steps)
        does not enter unless something happens
          way in: sequence view then within 1 d cart then no order within 24 h: 1 of 2 steps; 1 more"#]],
    );
}

#[test]
fn days_and_habits_tell_what_was_found() {
    check_json(
        r#"{"did":{"selection":{"event":"login"},"count":{"at_least":3},"counted":"days"}}"#,
        "ann 1 login\nann 1+5 login\nann 2 login",
        "5",
        expect![[r#"
            no: in s
              no: did login at least 3 distinct days (found 2)
            does not enter unless something happens
              way in: did login at least 3 distinct days: 2 of 3; 1 more"#]],
    );
    check_json(
        r#"{"restarted":{"selection":{"event":"login","window":{"last":{"count":7,"unit":"d"}}},
            "quiet":{"count":10,"unit":"d"}}}"#,
        "ann 1 login\nann 12 login",
        "15",
        expect![[r#"
            yes: in s
              yes: restarted login after 10 d in last 7 d (found again after 11 d)
            leaves on 2026-01-19T00:00:00.000001Z unless something happens
              way out: restarted login after 10 d in last 7 d: found again after 11 d"#]],
    );
    check_json(
        r#"{"nth":{"selection":{"event":"login"},"number":3}}"#,
        "ann 1 login\nann 12 login",
        "15",
        expect![[r#"
            no: in s
              no: did login for the 3rd time (found 2 in all)
            does not enter unless something happens
              way in: did login for the 3rd time: 2 of 3; 1 more"#]],
    );
}

#[test]
fn what_depends_on_others_tells_what_stands() {
    check_json(
        r#"{"all":[
            {"rank":{"band":{"top":1},"by":{"aggregate":{"function":"count","of":{"event":"order"}}}}},
            {"organisations":{"quantifier":{"count":{"at_least":1}},
                "that":{"trait":{"name":"plan","test":{"compare":{"operator":"=","value":{"text":"team"}}}}}}},
            {"sample":{"to":"50","salt":"spring"}},
            {"consent":{"purpose":"newsletter","is":"granted"}}]}"#,
        "",
        "15",
        expect![[r#"
            no: in s
              no: all of
                yes: top 1 by count(order) (found a standing answer as of 2026-01-09T00:00:00Z)
                yes: any organisation (plan = "team") (found 1)
                  yes: organisation acme
                    yes: plan = "team" (found "team")
                no: sample 50 % salt "spring" (found 89.91 %)
                no: consent newsletter is granted (found unknown)
            does not enter unless something happens
              way in: sample 50 % salt "spring": found 89.91 %
              way in: consent newsletter is granted: found unknown"#]],
    );
}

#[test]
fn the_same_is_there_as_data() {
    let library = Library::parse("segment s = sum(total of order) > 500.00").unwrap();
    let past = "ann 1 order total=480.00\nann 2 order";
    let explained = explained(library, past, &Known::default(), "10");
    let outlook = explained.outlook.unwrap();
    assert_eq!(
        outlook.nearest[0].gap,
        Gap::Number("20.01".parse().unwrap())
    );
    let decided = &explained.parts[0].occurrences;
    assert_eq!((decided.len(), decided[0].time), (1, day("1")));
    expect![[r#"{"held":false,"nearest":[{"clause":"sum(total of order) > 500.00","held":false,"gap":{"number":"20.01"},"text":"480.00 of 500.00: 20.01 more"}]}"#]].assert_eq(&serde_json::to_string(&outlook).unwrap());
}
