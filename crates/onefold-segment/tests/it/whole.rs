//! What the whole language means, by example: definitions as JSON, a past, and who is a member.

use expect_test::{Expect, expect};
use onefold_event::{Occurrence, Value};
use onefold_segment::{
    Library, Traits,
    reference::{Membership, Subject, World},
};

use crate::{
    meaning::{check_library, day, read},
    random::Known,
};

fn library(definitions: &str) -> Library {
    let json = format!(r#"{{"version":1,"definitions":[{definitions}]}}"#);
    Library::from_json(&json).unwrap_or_else(|error| panic!("{error}"))
}

/// The members of a segment of people at each of the instants, by both evaluators.
fn check(when: &str, past: &str, instants: &str, expected: Expect) {
    check_in("utc", when, past, instants, expected);
}

fn check_in(zone: &str, when: &str, past: &str, instants: &str, expected: Expect) {
    let zone = match zone {
        "utc" => "\"utc\"".to_owned(),
        named => format!(r#"{{"named":"{named}"}}"#),
    };
    let segment =
        format!(r#"{{"segment":{{"name":"s","scope":{{"zone":{zone}}},"when":{when}}}}}"#);
    check_library(&library(&segment), past, instants, expected);
}

const BOUGHT_WITHIN_A_DAY: &str = r#"{"sequence":{"first":{"event":"cart"},
    "then":[{"step":{"event":"order"},"within":{"count":1,"unit":"d"}}]}}"#;

#[test]
fn lengths_between_steps_are_closed() {
    let past = "ann 1 cart\nann 2 order\nbob 1 cart\nbob 2+1 order\ncid 1 order\ncid 1 cart";
    check(
        BOUGHT_WITHIN_A_DAY,
        past,
        "2 2+1 9",
        expect![[r#"
        2:
        2+1: ann
        9: ann"#]],
    );
}

#[test]
fn what_must_not_follow_is_true_once_its_time_has_passed() {
    // At the very end an occurrence of that same instant does not count yet.
    check(
        r#"{"sequence":{"first":{"event":"cart"},
            "then_no":{"step":{"event":"order"},"within":{"count":24,"unit":"h"}}}}"#,
        "ann 1 cart\nbob 1 cart\nbob 2 order\ncid 1 cart\ncid 2+1 order",
        "2-1 2 2+1 3",
        expect![[r#"
            2-1:
            2: ann bob cid
            2+1: ann cid
            3: ann cid"#]],
    );
}

#[test]
fn one_occurrence_fills_one_step_in_the_order_of_the_log() {
    check(
        r#"{"sequence":{"first":{"event":"view"},"then":[{"step":{"event":"view"}}]}}"#,
        "ann 1 view\nbob 1 view\nbob 1 view",
        "2",
        expect!["2: bob"],
    );
    check(
        r#"{"sequence":{"first":{"event":"view"},"then":[{"step":{"event":"cart"},"directly":true}]}}"#,
        "ann 1 view\nann 1 other\nann 1 cart\nbob 1 view\nbob 1 cart\nbob 1 other\ncid 1 cart\ncid 1 view",
        "2",
        expect!["2: bob"],
    );
    check(
        r#"{"sequence":{"first":{"event":"view"},
            "then":[{"step":{"event":"order"},"without":{"event":"refund"}}]}}"#,
        "ann 1 view\nann 2 refund\nann 3 order\nbob 1 view\nbob 2 refund\nbob 3 view\nbob 4 order\ncid 1 refund\ncid 2 view\ncid 3 order\ncid 3 refund",
        "3 4 5",
        expect![[r#"
            3:
            4: cid
            5: bob cid"#]],
    );
}

#[test]
fn filters_speak_of_earlier_steps() {
    check(
        r#"{"sequence":{"first":{"event":"view","as":"v"},"then":[{"step":{"event":"order","where":
            {"compare":{"left":{"property":"product"},"operator":"=","right":{"earlier":{"step":"v","path":"product"}}}}}}]}}"#,
        "ann 1 view product=a\nann 2 view product=b\nann 3 order product=a\nbob 1 view product=a\nbob 2 order product=b\nbob 3 view product=b\ncid 1 view\ncid 2 order",
        "9",
        expect!["9: ann"],
    );
}

#[test]
fn steps_lie_in_the_window_and_what_follows_behind_it() {
    check(
        r#"{"sequence":{"first":{"event":"cart"},
            "then_no":{"step":{"event":"order"},"within":{"count":2,"unit":"d"}},
            "window":{"between":{"from":"2026-01-01","to":"2026-01-02"}}}}"#,
        "ann 1 cart\nbob 1 cart\nbob 2 order\ncid 2 cart",
        "3+1 9",
        expect![[r#"
            3+1: ann
            9: ann"#]],
    );
}

#[test]
fn habits() {
    check(
        r#"{"stopped":{"selection":{"event":"visit"},"quiet":{"count":2,"unit":"d"},"at_least":2,"during":{"count":3,"unit":"d"}}}"#,
        "ann 1 visit\nann 2 visit\nbob 2 visit\ncid 1 visit\ncid 2 visit\ncid 4 visit",
        "4 4+1 5 6 6+1",
        expect![[r#"
            4:
            4+1: ann
            5: ann
            6: ann
            6+1: cid"#]],
    );
    check(
        r#"{"restarted":{"selection":{"event":"visit","window":{"last":{"count":2,"unit":"d"}}},"quiet":{"count":3,"unit":"d"}}}"#,
        "ann 1 visit\nann 4+1 visit\nbob 1 visit\nbob 4 visit\ncid 9 visit",
        "4+1 4+2 6+1 6+2 10",
        expect![[r#"
            4+1:
            4+2: ann
            6+1: ann
            6+2:
            10:"#]],
    );
    check(
        r#"{"nth":{"selection":{"event":"visit","window":{"ago":{"from":{"count":3,"unit":"d"},"to":{"count":1,"unit":"d"}}}},"number":2}}"#,
        "ann 1 visit\nann 1 visit\nbob 1 visit\nbob 3 visit\nbob 3 visit",
        "2 2+1 4 4+1 6 6+1",
        expect![[r#"
            2:
            2+1: ann
            4: ann
            4+1: bob
            6: bob
            6+1:"#]],
    );
}

#[test]
fn days_are_those_of_the_zone() {
    let twice =
        r#"{"did":{"selection":{"event":"visit"},"count":{"at_least":2},"counted":"days"}}"#;
    // An hour before and after midnight in Berlin, and in London.
    let past = "ann 5-3600000001 visit\nann 5-1 visit\nbob 5-1 visit\nbob 5+1 visit";
    check_in("Europe/Berlin", twice, past, "6", expect!["6: ann"]);
    check(twice, past, "6", expect!["6: bob"]);
    let yesterday = r#"{"did":{"selection":{"event":"visit","window":{"whole":{"count":1,"period":"day"}}},"count":{"at_least":1}}}"#;
    check_in(
        "Europe/Berlin",
        yesterday,
        past,
        "5 6-3600000001 6-3600000000 6",
        expect![[r#"
            5: ann
            6-3600000001: ann
            6-3600000000: ann bob
            6: ann bob"#]],
    );
    let week = r#"{"did":{"selection":{"event":"visit","window":{"this":"week"}},"count":{"at_least":1}}}"#;
    // 2026-01-05 is a Monday.
    check(
        week,
        "ann 5-1 visit\nbob 5 visit",
        "5 5+1 12-1 12",
        expect![[r#"
            5:
            5+1: bob
            12-1: bob
            12:"#]],
    );
}

#[test]
fn a_date_and_an_instant_are_compared_by_the_clock_of_the_zone() {
    // In Tokyo the first of March begins at 15:00 UTC of the day before.
    let zone = "segment s zone \"Asia/Tokyo\" = did view between";
    let holds = format!("{zone} 2026-01-05 and 2026-01-04T20:00:00Z");
    let holds = Library::parse(&holds).unwrap();
    check_library(
        &holds,
        "ann 4+0 view\nbob 4+57600000000 view\ncid 5 view",
        "6",
        expect!["6: bob"],
    );
    // Not known before the zone of the person is: it may hold nothing.
    let empty = format!("{zone} 2026-01-05T10:00:00Z and 2026-01-05");
    let empty = Library::parse(&empty).unwrap();
    check_library(
        &empty,
        "ann 4 view\nbob 5 view\ncid 6 view",
        "6 7",
        expect!["6:\n7:"],
    );
    for wrong in [
        "2026-03-02 and 2026-02-28T20:00:00Z",
        "2026-03-01T00:00:00Z and 2026-02-28",
        "2026-03-01 and 2026-02-28",
        "2026-03-01T00:00:00Z and 2026-02-28T23:59:59Z",
    ] {
        assert!(
            Library::parse(&format!("{zone} {wrong}")).is_err(),
            "{wrong}"
        );
    }
}

#[test]
fn mode_and_percentiles() {
    let test = |function: &str, number: &str| {
        format!(
            r#"{{"aggregate":{{"aggregate":{{"function":{function},"value":{{"property":"n"}},"of":{{"event":"x"}}}},
                "test":{{"compare":{{"operator":"=","value":{{"number":"{number}"}}}}}}}}}}"#
        )
    };
    let past = "ann 1 x n=2\nann 1 x n=1\nbob 1 x n=1\nbob 1 x n=4\nbob 1 x n=4.0\ncid 1 x";
    check(&test(r#""mode""#, "1"), past, "2", expect!["2: ann"]);
    check(&test(r#""mode""#, "4"), past, "2", expect!["2: bob"]);
    check(
        &test(r#"{"percentile":50}"#, "1.5"),
        past,
        "2",
        expect!["2: ann"],
    );
    check(
        &test(r#"{"percentile":25}"#, "2.5"),
        past,
        "2",
        expect!["2: bob"],
    );
}

/// The members of segment `s` of a world of eight: person n has so many orders of one euro as the list says,
/// the first three belong to the first of two organisations, the first as its admin.
fn check_world(definitions: &str, orders: [usize; 8], expected: Expect) {
    let library = library(definitions);
    let past: Vec<_> = orders
        .iter()
        .map(|count| read(&"ann 1 order total=1\n".repeat(*count)))
        .collect();
    let occurrences: Vec<Vec<&dyn Occurrence>> = past
        .iter()
        .map(|past| past.iter().map(|(_, happened)| happened as _).collect())
        .collect();
    let known: Vec<Known> = (0..8)
        .map(|number| Known {
            id: number.to_string(),
            ..Known::default()
        })
        .collect();
    let admin = [
        Membership {
            organisation: 0,
            role: Some("admin"),
        },
        Membership {
            organisation: 0,
            role: None,
        },
    ];
    let subjects: Vec<Subject<'_>> = (0..8)
        .map(|at| Subject {
            occurrences: &occurrences[at],
            traits: &known[at],
            memberships: match at {
                0 => &admin,
                1 | 2 => &admin[1..],
                _ => &[],
            },
        })
        .collect();
    let team = Known {
        traits: [("plan".to_owned(), Value::from("team"))].into(),
        ..Known::default()
    };
    let organisations: [&dyn Traits; 2] = [&team, &()];
    let world = World::new(&library, &subjects, &organisations, day("2"));
    expected.assert_eq(&format!("{:?}", world.members("s").unwrap()));
}

fn rank(band: &str, scope: &str) -> String {
    format!(
        r#"{{"segment":{{"name":"s","scope":{{{scope}}},"when":{{"rank":{{"band":{band},
            "by":{{"aggregate":{{"function":"sum","value":{{"property":"total"}},"of":{{"event":"order"}}}}}}}}}}}}}},
        {{"segment":{{"name":"few","when":{{"did":{{"selection":{{"event":"order"}},"count":{{"at_most":3}}}}}}}}}}"#
    )
}

#[test]
fn ranks_are_among_those_of_whom_something_is_seen() {
    let orders = [0, 1, 2, 3, 4, 4, 0, 10];
    check_world(&rank(r#"{"top":2}"#, ""), orders, expect!["[4, 5, 7]"]);
    check_world(&rank(r#"{"bottom":2}"#, ""), orders, expect!["[1, 2]"]);
    // Of 1 2 3 4 4 10, the 0.9 quantile is 7 and the median 3.5.
    check_world(&rank(r#"{"top_percent":"10"}"#, ""), orders, expect!["[7]"]);
    check_world(
        &rank(r#"{"percentile":{"from":"50","to":"100"}}"#, ""),
        orders,
        expect!["[4, 5, 7]"],
    );
    check_world(
        &rank(r#"{"percentile":{"from":"0","to":"50"}}"#, ""),
        orders,
        expect!["[1, 2, 3]"],
    );
    check_world(
        &rank(r#"{"top_percent":"50"}"#, r#""among":"few""#),
        orders,
        expect!["[2, 3]"],
    );
}

fn members(quantifier: &str, role: &str) -> String {
    format!(
        r#"{{"segment":{{"name":"s","scope":{{"of":"organisation"}},"when":{{"members":{{"quantifier":{quantifier},{role}
            "that":{{"did":{{"selection":{{"event":"order"}},"count":{{"at_least":1}}}}}}}}}}}}}}"#
    )
}

#[test]
fn members_count_once_and_all_need_one() {
    let orders = [0, 1, 2, 0, 0, 0, 0, 0];
    check_world(&members(r#""all""#, ""), orders, expect!["[]"]);
    check_world(&members(r#""all""#, ""), [1; 8], expect!["[0]"]);
    check_world(
        &members(r#"{"count":{"exactly":2}}"#, ""),
        orders,
        expect!["[0]"],
    );
    check_world(
        &members(r#"{"count":{"at_most":0}}"#, r#""role":"admin","#),
        orders,
        expect!["[0, 1]"],
    );
    check_world(
        &members(r#"{"at_least_percent":"66.6"}"#, ""),
        orders,
        expect!["[0]"],
    );
    check_world(
        &members(r#"{"at_least_percent":"66.7"}"#, ""),
        orders,
        expect!["[]"],
    );
    check_world(
        r#"{"segment":{"name":"s","when":{"organisations":{"quantifier":{"count":{"at_least":1}},"role":"admin",
            "that":{"trait":{"name":"plan","test":"set"}}}}}}"#,
        orders,
        expect!["[0]"],
    );
    check_world(
        r#"{"segment":{"name":"s","scope":{"of":"organisation"},"when":{"quantity":{
            "value":{"members":{"function":"sum","of":{"aggregate":{"function":"count","of":{"event":"order"}}}}},
            "test":{"compare":{"operator":"=","value":{"number":"3"}}}}}}}"#,
        orders,
        expect!["[0]"],
    );
}
