//! What a plan shares and what it costs.

use expect_test::{Expect, expect};
use onefold_event::{Timestamp, Value};
use onefold_segment::{
    Library, Live, Plan,
    batch::{self, Needs, Options, Table},
};

use crate::random::Known;

#[test]
fn a_rank_of_people_and_one_of_organisations_are_two_parts() {
    let text = "segment a = top 10 by score
                segment b of organisation = top 10 by score
                segment c = any organisation (in b)";
    let plan = Plan::compile(Library::parse(text).unwrap()).unwrap();
    let parts = plan.population_parts();
    let told: Vec<String> = parts
        .iter()
        .map(|part| format!("{} {part}", part.of.word()))
        .collect();
    assert_eq!(
        told,
        [
            "person `top 10 by score` in segment `a`",
            "organisation `top 10 by score` in segment `b`"
        ]
    );

    let score = |name: &str| (name == "score").then(|| Value::from(7));
    let mut builder = Table::builder(&Needs::of(&plan));
    builder.person("ann".into(), score).unwrap();
    builder.organisation("acme".into(), score).unwrap();
    builder.membership("ann".into(), "acme".into(), None, Timestamp::MIN, None);
    let table = builder.finish().unwrap();
    let as_of = "2026-03-01".parse().unwrap();
    let answers = batch::evaluate(&plan, &table, as_of, Options::default()).unwrap();
    assert!(answers.members("c").unwrap().contains(0));

    let standing = answers.standing(&plan, &table);
    let live = Live::standing(plan, standing).unwrap();
    let traits = [("score".to_owned(), Value::from(7))];
    let acme = Known {
        id: "acme".into(),
        traits: traits.clone().into(),
        ..Known::default()
    };
    let ann = Known {
        id: "ann".into(),
        traits: traits.into(),
        organisations: vec![(Vec::new(), acme)],
        ..Known::default()
    };
    for segment in ["a", "c"] {
        assert_eq!(
            live.evaluate(segment, &[], &ann, as_of),
            Some(true),
            "{segment}"
        );
    }
}

/// The class of each segment.
fn check_classes(text: &str, expected: Expect) {
    let plan = Plan::compile(Library::parse(text).unwrap()).unwrap();
    let costs = plan.costs();
    let told = costs
        .iter()
        .map(|cost| format!("{}: {}\n", cost.segment, cost.class));
    expected.assert_eq(&told.collect::<String>());
}

#[test]
fn a_segment_has_the_class_of_what_it_refers_to() {
    check_classes(
        "segment deep = not in in_g
         segment in_g = in g and plan = \"pro\"
         segment g = top 10 % by score
         segment among_g among g = plan = \"pro\"
         segment in_timed = in timed or plan = \"pro\"
         segment timed = did login in last 30 d
         segment plain = plan = \"pro\"",
        expect![[r#"
            deep: population
            in_g: population
            g: population
            among_g: population
            in_timed: keyed+timer
            timed: keyed+timer
            plain: local
        "#]],
    );
    // A stream has no organisations, but what is asked of those of a person may be local all the same.
    check_classes(
        "segment c of organisation = sample 10 % salt \"x\"
         segment in_c = any organisation (in c)
         segment d of organisation = any member (in p)
         segment in_d = any organisation (in d)
         segment p = plan = \"pro\"",
        expect![[r#"
            c: population
            in_c: local
            d: population
            in_d: population
            p: local
        "#]],
    );
}

#[test]
fn utc_by_its_name_is_no_zone_of_its_own() {
    let plan = |text: &str| Plan::compile(Library::parse(text).unwrap()).unwrap();
    let (named, plain) = (
        plan("segment a zone \"UTC\" = did x today"),
        plan("segment a = did x today"),
    );
    assert_eq!(named.library(), plain.library());
    assert_eq!(named.fingerprint(), plain.fingerprint());
    let json = r#"{"version":1,"definitions":[{"segment":{"name":"a","scope":{"zone":{"named":"UTC"}},
        "when":{"did":{"selection":{"event":"x","window":{"this":"day"}},"count":{"at_least":1}}}}}]}"#;
    assert_eq!(&Library::from_json(json).unwrap(), plain.library());
}
