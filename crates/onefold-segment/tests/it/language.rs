//! Text and JSON: the same tree, printed text parses back, every mistake told.

use expect_test::{Expect, expect};
use onefold_segment::{Library, render};
use proptest::prelude::*;

use crate::random::definitions;

proptest! {
    #[test]
    fn printed_text_and_json_read_back(definitions in definitions()) {
        let library = Library::new(definitions).unwrap();
        let text = library.to_string();
        let read = Library::parse(&text).map_err(|error| TestCaseError::fail(format!("{text}{error}")))?;
        prop_assert_eq!(&read, &library, "{}", text);
        prop_assert_eq!(Library::from_json(&library.to_json()).unwrap(), library);
    }

    #[test]
    fn any_text_is_read_without_panic(text in any::<String>()) {
        let _ = Library::parse(&text).map_err(|error| render(&text, error.diagnostics()));
    }

    #[test]
    fn mutated_text_is_read_without_panic(
        definitions in definitions(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), "[a-z()\\[\\]\"=<.,0-9#\\-]{0,3}"), 1..4),
    ) {
        let mut text = Library::new(definitions).unwrap().to_string();
        for (at, new) in cuts {
            let mut at = at.index(text.len());
            while !text.is_char_boundary(at) { at -= 1; }
            let end = text[at..].chars().next().map_or(at, |c| at + c.len_utf8());
            text.replace_range(at..end, &new);
        }
        match Library::parse(&text) {
            Ok(library) => prop_assert_eq!(Library::parse(&library.to_string()).unwrap(), library),
            Err(error) => {
                prop_assert!(!error.diagnostics().is_empty());
                for mistake in error.diagnostics() {
                    let span = mistake.span.clone().unwrap();
                    prop_assert!(span.start <= span.end && span.end <= text.len());
                }
            }
        }
    }
}

fn check_printed(text: &str, expected: Expect) {
    let library = Library::parse(text).unwrap_or_else(|error| panic!("{error}"));
    expected.assert_eq(&library.to_string());
}

fn check_mistakes(text: &str, expected: Expect) {
    let error = Library::parse(text).unwrap_err();
    expected.assert_eq(&(render(text, error.diagnostics()) + "\n"));
}

#[test]
fn prints_in_one_way() {
    check_printed(
        r#"
        onefold segments 1
        segment a = not did x and (did not "y" where b=1.50 and c is set) # why
        segment "b c" = ((p in ["a","b"])) or q between 1 and 2 and not in a
        segment d = did x at least 2 times in last 30d where_is_a_word = "x"
        "#
        .replace("in last 30d where_is_a_word = \"x\"", "in last 30d")
        .as_str(),
        expect![[r#"
            onefold segments 1
            segment a = did not x and (did not y where b = 1.50 and c is set)
            segment "b c" = p in ["a", "b"] or q between 1 and 2 and not in a
            segment d = did x in last 30 d at least 2 times
        "#]],
    );
}

#[test]
fn sums_and_recency_print_as_written() {
    check_printed(
        r#"trait spend = sum(quantity * price of "Order Line" where quantity > 0 and price > 0)
segment big = sum(a - (b - c) * -2 of x since 2011-01-01) >= 500.00 and spend > 3
segment gone = recency("Order Completed") > 90 d or count(x) = 0 and count(y of x) = 0"#,
        expect![[r#"
            onefold segments 1
            trait spend = sum(quantity * price of "Order Line" where quantity > 0 and price > 0)
            segment big = sum(a - (b - c) * -2 of x since 2011-01-01) >= 500.00 and spend > 3
            segment gone = recency("Order Completed") > 90 d or count(x) = 0 and count(y of x) = 0
        "#]],
    );
}

#[test]
fn all_mistakes_at_once() {
    check_mistakes(
        "segment vip = plan = pro and did order in last 30 days\n\
         segmnt best = in vip\n\
         segment good = in vpi or in bad\n\
         segment bad = sum(price of order) > \"x\" and (a = 1 b) and c\n\
         trait t = summ(x of y)\n\
         segment vip = did",
        expect![[r#"
            line 1: SEG0009 `pro` where a value was expected
              segment vip = plan = pro and did order in last 30 days
                                   ^^^ text stands in quotes: `"pro"`
            line 1: SEG0010 `days` where a unit of time was expected
              segment vip = plan = pro and did order in last 30 days
                                                                ^^^^ write `in last 30 d` for a fixed length, `in last 30 whole days` for the calendar
            line 2: SEG0005 `segmnt` where the end of the definition was expected
              segmnt best = in vip
              ^^^^^^ did you mean `segment`?
            line 3: SEG0015 unknown segment `vpi`
              segment good = in vpi or in bad
                                ^^^ did you mean `vip`?
            line 4: SEG0020 a number is compared with `"x"`
              segment bad = sum(price of order) > "x" and (a = 1 b) and c
                                                ^^^^^ compare it with a number
            line 4: SEG0005 `b` where the end of the parentheses was expected
              segment bad = sum(price of order) > "x" and (a = 1 b) and c
                                                                 ^ write `)`
            line 5: SEG0005 `trait` where a comparison was expected
              trait t = summ(x of y)
              ^^^^^ write `is`, `in`, `between`, `contains`, `starts` or `ends`
            line 5: SEG0005 `summ` where an aggregate was expected
              trait t = summ(x of y)
                        ^^^^ did you mean `sum`?
            line 6: SEG0005 the end of the text where the name of an event was expected
              segment vip = did
                               ^ write a name
        "#]],
    );
}

#[test]
fn a_wrong_length_of_time_is_told_once() {
    check_mistakes(
        "segment a = did x in last 0 d or did x in last 999 w at least 2 times in last 99999 w",
        expect![[r#"
            line 1: SEG0024 a length of time of zero
              segment a = did x in last 0 d or did x in last 999 w at least 2 times in last 99999 w
                                        ^^^ write at least 1
            line 1: SEG0008 a second window
              segment a = did x in last 0 d or did x in last 999 w at least 2 times in last 99999 w
                                                                                    ^^^^^^^^^^^^^^^ one window is enough
            line 1: SEG0024 `99999 w` is longer than 200 years
              segment a = did x in last 0 d or did x in last 999 w at least 2 times in last 99999 w
                                                                                            ^^^^^^^ leave the window out to mean all of the past
        "#]],
    );
}

#[test]
fn cycles_are_told_once() {
    check_mistakes(
        "segment a = in b\nsegment b = not in c\nsegment c = x = 1 or in a\nsegment d = in a",
        expect![[r#"
            line 1: SEG0017 segment `a` is defined by itself: `a` → `b` → `c` → `a`
              segment a = in b
                             ^ one of them must do without the other
        "#]],
    );
}

#[test]
fn limits_and_types() {
    check_mistakes(
        "segment a = x in [] and y in [1, \"a\"] and z between 5 and 1 and w > true\n\
         segment b = did x between 2012-01-01 and 2011-01-01 in last 0 d\n\
         segment c = did x where a + 1 contains \"1\" and b = 99999999999999999999999999999999\n\
         segment d = x = 2011-13-01 or x = \"open\n\
         segment e = x == 1 && y = 1\n\
         segment f = did x where a = 1 and did y\n\
         segment g = x not in [1]",
        expect![[r#"
            line 1: SEG0021 an empty list, which nothing can be in
              segment a = x in [] and y in [1, "a"] and z between 5 and 1 and w > true
                            ^^^^^ name at least one value
            line 1: SEG0021 `1` and `"a"` are of different types
              segment a = x in [] and y in [1, "a"] and z between 5 and 1 and w > true
                                        ^^^^^^^^^^^ a list holds values of one type
            line 1: SEG0022 nothing lies between `5` and `1`
              segment a = x in [] and y in [1, "a"] and z between 5 and 1 and w > true
                                                          ^^^^^^^^^^^^^^^ write the smaller value first
            line 1: SEG0020 `true` has no order
              segment a = x in [] and y in [1, "a"] and z between 5 and 1 and w > true
                                                                                ^^^^^^ compare it by `=` or `!=`
            line 2: SEG0023 the window ends before it begins, or holds nothing
              segment b = did x between 2012-01-01 and 2011-01-01 in last 0 d
                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ write the earlier date first
            line 2: SEG0008 a second window
              segment b = did x between 2012-01-01 and 2011-01-01 in last 0 d
                                                                  ^^^^^^^^^^^ one window is enough
            line 2: SEG0024 a length of time of zero
              segment b = did x between 2012-01-01 and 2011-01-01 in last 0 d
                                                                          ^^^ write at least 1
            line 3: SEG0020 a number is searched for text
              segment c = did x where a + 1 contains "1" and b = 99999999999999999999999999999999
                                            ^^^^^^^^^^^^ compare it with a number
            line 3: SEG0003 `99999999999999999999999999999999` is too long
              segment c = did x where a + 1 contains "1" and b = 99999999999999999999999999999999
                                                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ a number has up to 28 digits
            line 4: SEG0004 `2011-13-01` is not a time
              segment d = x = 2011-13-01 or x = "open
                              ^^^^^^^^^^ write a date such as `2011-01-31`, or `2011-01-31T12:00:00Z`
            line 4: SEG0002 this text has no end
              segment d = x = 2011-13-01 or x = "open
                                                ^^^^^ close it with `"` on the same line
            line 5: SEG0001 `==` has no meaning here
              segment e = x == 1 && y = 1
                            ^^ write `=`
            line 5: SEG0001 `&` has no meaning here
              segment e = x == 1 && y = 1
                                 ^ write `and`
            line 5: SEG0001 `&` has no meaning here
              segment e = x == 1 && y = 1
                                  ^ write `and`
            line 6: SEG0025 this condition is about the person, but it stands in the filter of an event
              segment f = did x where a = 1 and did y
                                                ^^^ put parentheses around the whole `(did ... where ...)` before it
            line 7: SEG0030 `not` stands before the whole condition
              segment g = x not in [1]
                            ^^^ write `not name in [...]`
        "#]],
    );
}

#[test]
fn json_mistakes_are_told() {
    let check = |json: &str, expected: Expect| {
        expected.assert_eq(&Library::from_json(json).unwrap_err().to_string());
    };
    check(
        r#"{"version":1,"definitions":[{"segment":{"name":"a","when":{"in":"b"}}},{"segment":{"name":"","when":{"all":[]}}}]}"#,
        expect![[r#"
            2 mistakes in the definitions
            /definitions/1/segment/name: SEG0019 `` is no name for a definition (a name has 1 to 128 bytes and no control characters)
            /definitions/1/segment/when: SEG0026 `and` and `or` join two or more conditions (add one, or leave it out)"#]],
    );
    check(
        r#"{"version":1,"definitions":[{"segment":{"name":"a","when":{"in":"b"},"zone":1}}]}"#,
        expect![[r#"
            1 mistake in the definitions
            /definitions/0: SEG0038 unknown field `zone`, expected one of `name`, `scope`, `when`"#]],
    );
    check(
        r#"{"version":2,"definitions":[]}"#,
        expect![[r#"
            1 mistake in the definitions
            /version: SEG0011 version 2 of the language is not known here (write 1)"#]],
    );
}

#[test]
fn deep_nesting_is_refused() {
    for (before, open, close) in [
        ("", "(", ")"),
        ("", "not ", ""),
        ("did x where ", "(", ")"),
        ("did x where ", "not ", ""),
        ("did x where ", "-(", ")"),
        ("did x where ", "-", ""),
    ] {
        let (opened, closed) = (open.repeat(10_000), close.repeat(10_000));
        let text = format!("segment a = {before}{opened}b{closed} = 1");
        let error = Library::parse(&text).unwrap_err();
        assert!(error.to_string().contains("deep"), "{open}: {error}");
    }
    let text = format!("segment a = sum(x{} of y) > 1", " + x".repeat(10_000));
    assert!(
        Library::parse(&text)
            .unwrap_err()
            .to_string()
            .contains("in a row")
    );
    let json = format!(
        "{}{}",
        r#"{"version":1,"definitions":[{"segment":{"name":"a","when":"#,
        r#"{"not":"#.repeat(10_000)
    );
    assert!(Library::from_json(&json).is_err());
}

#[test]
fn every_example_of_the_reference_reads_and_prints() {
    let text = include_str!("../../src/docs/reference.md");
    let mut examples = 0;
    for block in text.split("```segments\n").skip(1) {
        let example = block.split("```").next().unwrap();
        let library = Library::parse(example)
            .unwrap_or_else(|error| panic!("{}", render(example, error.diagnostics())));
        assert_eq!(Library::parse(&library.to_string()).unwrap(), library);
        assert_eq!(Library::from_json(&library.to_json()).unwrap(), library);
        examples += library.definitions().len();
    }
    assert_eq!(examples, 64);
    let json = text.split("```json\n").nth(1).unwrap();
    let library = Library::from_json(json.split("```").next().unwrap()).unwrap();
    let expected = "segment regular zone \"Europe/Berlin\" = did \"Order Completed\" in last 90 d at least 3 times\n\
                    trait spend = sum(quantity * price of \"Order Line\" where quantity > 0)";
    assert_eq!(Library::parse(expected).unwrap(), library);
}
