//! Every form of the language: how it is read, printed and laid out, and what is said where it is wrong.

use expect_test::{Expect, expect};
use onefold_segment::{
    Code, Library,
    ast::{Definition, Predicate, Scope},
    render,
};

fn check_printed(text: &str, expected: Expect) {
    let library = Library::parse(text)
        .unwrap_or_else(|error| panic!("{}", render(text, error.diagnostics())));
    expected.assert_eq(&library.to_string());
    assert_eq!(Library::parse(&library.to_string()).unwrap(), library);
    assert_eq!(Library::from_json(&library.to_json()).unwrap(), library);
}

fn check_mistakes(text: &str, expected: Expect) {
    let error = Library::parse(text).unwrap_err();
    expected.assert_eq(&(render(text, error.diagnostics()) + "\n"));
}

#[test]
fn other_spellings_mean_the_same() {
    check_printed(
        "segment a of user zone profile = did x 2 distinct days and did y for the first time this_is_a_trait = 1"
            .replace(" this_is_a_trait = 1", "")
            .as_str(),
        expect![[r#"
            onefold segments 1
            segment a zone of person by timezone else "UTC" =
                did x at least 2 distinct days
                and did y for the 1st time
        "#]],
    );
    check_printed(
        "segment a = did x in this day or did x in last day or did x in last 1 whole month
         segment b = sequence x then y within 2 d then no z within 1 h all within 3 d
         segment c of organisation = 50 % member (plan = \"pro\") or any members (x is set)",
        expect![[r#"
            onefold segments 1
            segment a = did x today or did x yesterday or did x in last month
            segment b = sequence x then within 2 d y then no z within 1 h all within 3 d
            segment c of organisation = at least 50 % members (plan = "pro") or any member (x is set)
        "#]],
    );
    check_printed(
        "segment a = (did x where price >= 20.00 EUR and not b = 1 EUR) and sum(p of x where q = 1) > 5 EUR
         segment b = (did x where price between 5 EUR and 6 EUR in last 1 d) and sum(p of x) > 5.00 USD",
        expect![[r#"
            onefold segments 1
            segment a =
                (did x where (price >= 20.00 and currency = "EUR") and not (b = 1 and currency = "EUR"))
                and sum(p of x where q = 1 and currency = "EUR") > 5

            segment b =
                did x where price between 5 and 6 and currency = "EUR" in last 1 d
                and sum(p of x where currency = "USD") > 5.00
        "#]],
    );
}

#[test]
fn words_are_names_where_they_cannot_be_words() {
    check_printed(
        "segment a = top = 3 and lapsed is set and did any and sequence + 1 > 2 and consent in [1] and sample starts with \"a\"
         segment b = sequence \"then\" then \"no\" then without (\"any\") event then any event and percentile / 2 < bottom * 3
         segment c = did x at least 2 distinct \"days\" or did x at least 2 distinct days * 1 or did property where a > property property
         segment d = did today | any today and not any * 2 > 4 and exactly = 1 and all between 1 and 2",
        expect![[r#"
            onefold segments 1
            segment a =
                top = 3
                and lapsed is set
                and did any
                and sequence + 1 > 2
                and consent in [1]
                and sample starts with "a"

            segment b =
                sequence "then" then "no" then without "any" event then any event
                and percentile / 2 < bottom * 3

            segment c =
                did x at least 2 distinct "days"
                or did x at least 2 distinct days * 1
                or (did property where a > property property)

            segment d = did any | today today and not any * 2 > 4 and exactly = 1 and all between 1 and 2
        "#]],
    );
}

#[test]
fn long_definitions_have_a_line_for_each_clause() {
    check_printed(
        r#"segment cart_abandoners v1 for newsletter zone of person by timezone else "Europe/Berlin" among customers = sequence add_to_cart where price >= 20.00 then without (refund where total > 100 and reason = "a long reason") purchase then no purchase within 24 h all within 7 d in last 30 d and plan in ["pro", "enterprise"] and not in employees and (did view in last 7 d at least 3 times or did search in last 7 d at least 3 times or country is unset) or any organisation with role "admin" (plan = "enterprise" and any member (did login in last 30 d at least 10 distinct days) and country in ["DE", "AT", "CH"])
           segment customers = did purchase
           segment employees = email ends with "@example.com""#,
        expect![[r#"
            onefold segments 1
            segment cart_abandoners v1 for newsletter zone of person by timezone else "Europe/Berlin" among customers =
                (
                    sequence add_to_cart where price >= 20.00
                        then without (refund where total > 100 and reason = "a long reason") purchase
                        then no purchase within 24 h
                        all within 7 d in last 30 d
                    and plan in ["pro", "enterprise"]
                    and not in employees
                    and (
                        did view in last 7 d at least 3 times
                        or did search in last 7 d at least 3 times
                        or country is unset
                    )
                )
                or any organisation with role "admin" (
                    plan = "enterprise"
                    and any member (did login in last 30 d at least 10 distinct days)
                    and country in ["DE", "AT", "CH"]
                )

            segment customers = did purchase
            segment employees = email ends with "@example.com"
        "#]],
    );
}

#[test]
fn comments_stay_where_they_belong() {
    let text = "# the file\n\n# who wrote it\nonefold segments 1\n# first\nsegment a = b = 1 # behind\n\n\n# apart\n\n\
                # near\nsegment c = # inside\n d = 2\nsegment e = f = 3\n\n# the end";
    let laid_out = Library::format(text).unwrap();
    expect![[r#"
        # the file

        # who wrote it
        onefold segments 1
        # first
        # behind
        segment a = b = 1

        # apart

        # near
        # inside
        segment c = d = 2
        segment e = f = 3

        # the end
    "#]]
    .assert_eq(&laid_out);
    assert_eq!(Library::format(&laid_out).unwrap(), laid_out);
}

#[test]
fn mistakes_of_form() {
    check_mistakes(
        "segment a = did x in last 3 months and did x 2 times and did x for the 3 time
segment b = top 10 & by x or sample 5 % or consent a is given or any member plan = 1
segment c zone \"Europe/Berlim\" zone \"UTC\" = lapsed x for 3 months or stopped x for 3 d
segment d = a > 5 EUR and b in [1 EUR] and did x where p between 1 EUR and 2 USD
trait e among a = sum(x of y",
        expect![[r#"
            line 1: SEG0010 `months` where a unit of time was expected
              segment a = did x in last 3 months and did x 2 times and did x for the 3 time
                                          ^^^^^^ write `in last 90 d` for a fixed length, `in last 3 whole months` for the calendar
            line 1: SEG0030 `2 times` may be that or more, or exactly that
              segment a = did x in last 3 months and did x 2 times and did x for the 3 time
                                                           ^ write `at least 2 times` or `exactly 2 times`
            line 1: SEG0005 `time` where the ending of the number was expected
              segment a = did x in last 3 months and did x 2 times and did x for the 3 time
                                                                                       ^^^^ write `st`, `nd`, `rd` or `th`
            line 2: SEG0001 `&` has no meaning here
              segment b = top 10 & by x or sample 5 % or consent a is given or any member plan = 1
                                 ^ write `and`
            line 2: SEG0005 `or` where the salt was expected
              segment b = top 10 & by x or sample 5 % or consent a is given or any member plan = 1
                                                      ^^ write `salt` and any text: another gives another sample
            line 2: SEG0005 `given` where the state of consent was expected
              segment b = top 10 & by x or sample 5 % or consent a is given or any member plan = 1
                                                                      ^^^^^ write `granted`, `denied` or `unknown`
            line 2: SEG0005 `plan` where what must hold for them was expected
              segment b = top 10 & by x or sample 5 % or consent a is given or any member plan = 1
                                                                                          ^^^^ write `(`
            line 3: SEG0031 `Europe/Berlim` is no time zone
              segment c zone "Europe/Berlim" zone "UTC" = lapsed x for 3 months or stopped x for 3 d
                             ^^^^^^^^^^^^^^^ did you mean `Europe/Berlin`?
            line 3: SEG0008 a second `zone`
              segment c zone "Europe/Berlim" zone "UTC" = lapsed x for 3 months or stopped x for 3 d
                                             ^^^^ one is enough
            line 3: SEG0010 `months` where a unit of time was expected
              segment c zone "Europe/Berlim" zone "UTC" = lapsed x for 3 months or stopped x for 3 d
                                                                         ^^^^^^ months differ in length: write `30 d`
            line 4: SEG0005 `segment` where how often it was before was expected
              segment d = a > 5 EUR and b in [1 EUR] and did x where p between 1 EUR and 2 USD
              ^^^^^^^ write `after at least 3 times in 60 d`
            line 4: SEG0035 an amount with a currency is compared with a value that has none beside it
              segment d = a > 5 EUR and b in [1 EUR] and did x where p between 1 EUR and 2 USD
                            ^^^^^^^ leave the currency out, or compare an aggregate such as `sum(price of purchase)`
            line 4: SEG0035 a currency in a list
              segment d = a > 5 EUR and b in [1 EUR] and did x where p between 1 EUR and 2 USD
                                                ^^^ compare with one amount, or add `currency = "EUR"` yourself
            line 4: SEG0035 `EUR` and `USD` in one comparison
              segment d = a > 5 EUR and b in [1 EUR] and did x where p between 1 EUR and 2 USD
                                                                                           ^^^ both amounts are in one currency
            line 5: SEG0005 the end of the text where the end of the parentheses was expected
              trait e among a = sum(x of y
                                          ^ write `)`
        "#]],
    );
}

#[test]
fn mistakes_of_sequences() {
    check_mistakes(
        "segment a = sequence x as a then y as a where b.c = 1 then z where a.b = p.q
segment b = sequence x as v then y where v.a = w.a then no z as n within 1 d then q
segment c = sequence x as i then x as j then x as k then y where a = i.a and a = j.a and a = k.a
segment d = sequence x where v.a = 1 then y as v where v.a = 1
segment e = sequence x then x then x then x then x then x then x then x then x then x then x then x then x then x then x then x then x",
        expect![[r#"
            line 1: SEG0027 two steps are called `a`
              segment a = sequence x as a then y as a where b.c = 1 then z where a.b = p.q
                                                    ^ give one another name
            line 1: SEG0009 `p.q` where a value was expected
              segment a = sequence x as a then y as a where b.c = 1 then z where a.b = p.q
                                                                                       ^^^ text stands in quotes: `"p.q"`; no earlier step is called `p`
            line 2: SEG0009 `w.a` where a value was expected
              segment b = sequence x as v then y where v.a = w.a then no z as n within 1 d then q
                                                             ^^^ text stands in quotes: `"w.a"`; no earlier step is called `w`
            line 2: SEG0027 `n` names what must not happen
              segment b = sequence x as v then y where v.a = w.a then no z as n within 1 d then q
                                                                              ^ leave `as` out: nothing can speak of it
            line 2: SEG0028 a step behind `then no`
              segment b = sequence x as v then y where v.a = w.a then no z as n within 1 d then q
                                                                                           ^^^^^^ what must not follow stands at the end; `without` keeps events out between steps
            line 3: SEG0028 filters speak of 3 earlier steps
              segment c = sequence x as i then x as j then x as k then y where a = i.a and a = j.a and a = k.a
                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ they may speak of up to 2 in one sequence
            line 4: SEG0027 `v.a` reads like a property of the step `v`, and is none
              segment d = sequence x where v.a = 1 then y as v where v.a = 1
                                                                     ^^^ for the step's own property write `a`, else give the step another name
            line 5: SEG0028 a sequence of 17 steps
              segment e = sequence x then x then x then x then x then x then x then x then x then x then x then x then x then x then x then x then x
                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ a sequence has up to 16
        "#]],
    );
}

#[test]
fn mistakes_of_numbers_and_kinds() {
    check_mistakes(
        "segment a = top 0 by x or top 101 % by x or percentile 9 to 3 by x or sample 0.1234567 % salt \"a\"
segment b = any member (x = 1) or did x for the 0th time or stopped x for 1 d after at least 0 times in 1 d
segment c of organisation = did x or any organisation (x = 1) or consent a is granted or sum(x of y) > 3 or any member (top 1 by x)
segment d of organisation among a = in a or first over members (x) = 1 or any member (in d)
trait t of organisation = count over members (x)
trait u zone of person by u else \"UTC\" = t + w
trait w = u * 2",
        expect![[r#"
            line 1: SEG0036 the first 0 of an order
              segment a = top 0 by x or top 101 % by x or percentile 9 to 3 by x or sample 0.1234567 % salt "a"
                          ^^^^^^^^^^ write at least 1
            line 1: SEG0029 `101` is no percentage
              segment a = top 0 by x or top 101 % by x or percentile 9 to 3 by x or sample 0.1234567 % salt "a"
                                        ^^^^^^^^^^^^^^ write a number from 0 to 100 with up to 6 decimals
            line 1: SEG0022 nothing lies between 9 % and 3 %
              segment a = top 0 by x or top 101 % by x or percentile 9 to 3 by x or sample 0.1234567 % salt "a"
                                                          ^^^^^^^^^^^^^^^^^^^^^^ write the smaller percentage first
            line 1: SEG0029 `0.1234567` is no percentage
              segment a = top 0 by x or top 101 % by x or percentile 9 to 3 by x or sample 0.1234567 % salt "a"
                                                                                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^ write a number from 0 to 100 with up to 6 decimals
            line 2: SEG0032 a person has no members
              segment b = any member (x = 1) or did x for the 0th time or stopped x for 1 d after at least 0 times in 1 d
                          ^^^^^^^^^^^^^^^^^^ write `of organisation` behind the name, or ask `any organisation (...)`
            line 2: SEG0036 the time with the number 0
              segment b = any member (x = 1) or did x for the 0th time or stopped x for 1 d after at least 0 times in 1 d
                                                ^^^^^^^^^^^^^^^^^^^^^^ write at least 1
            line 2: SEG0036 after at least 0 times
              segment b = any member (x = 1) or did x for the 0th time or stopped x for 1 d after at least 0 times in 1 d
                                                                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ write at least 1
            line 3: SEG0032 what happened is asked of an organisation
              segment c of organisation = did x or any organisation (x = 1) or consent a is granted or sum(x of y) > 3 or any member (top 1 by x)
                                          ^^^^^ ask its members: `any member (...)`, or `sum over members (...)`
            line 3: SEG0032 an organisation belongs to no organisations
              segment c of organisation = did x or any organisation (x = 1) or consent a is granted or sum(x of y) > 3 or any member (top 1 by x)
                                                   ^^^^^^^^^^^^^^^^^^^^^^^^ ask its members: `any member (...)`
            line 3: SEG0032 consent of an organisation
              segment c of organisation = did x or any organisation (x = 1) or consent a is granted or sum(x of y) > 3 or any member (top 1 by x)
                                                                               ^^^^^^^^^^^^^^^^^^^^ ask its members: `any member (...)`, or `sum over members (...)`
            line 3: SEG0032 an aggregate of events of an organisation
              segment c of organisation = did x or any organisation (x = 1) or consent a is granted or sum(x of y) > 3 or any member (top 1 by x)
                                                                                                       ^^^^^^^^^^^^^^^ ask its members: `any member (...)`, or `sum over members (...)`
            line 3: SEG0032 a rank among members or organisations
              ...ation = did x or any organisation (x = 1) or consent a is granted or sum(x of y) > 3 or any member (top 1 by x)
                                                                                                                     ^^^^^^^^^^ name the rank as a segment of its own and use it by `in`
            line 4: SEG0033 segment `a` is of people, and organisations are asked about
              segment d of organisation among a = in a or first over members (x) = 1 or any member (in d)
                                              ^ the universe is a segment of organisations
            line 4: SEG0032 segment `a` is of people, and organisations are asked about
              segment d of organisation among a = in a or first over members (x) = 1 or any member (in d)
                                                     ^ ask it inside `any member (...)`
            line 4: SEG0034 `first` over members, who have no order in time
              segment d of organisation among a = in a or first over members (x) = 1 or any member (in d)
                                                          ^^^^^ take `count`, `sum`, `avg`, `min`, `max`, `distinct` or a percentile such as `p50`
            line 4: SEG0032 segment `d` is of organisations, and people are asked about
              segment d of organisation among a = in a or first over members (x) = 1 or any member (in d)
                                                                                                       ^ ask it inside `any organisation (...)`
            line 6: SEG0031 the zone is read from the computed trait `u`
              trait u zone of person by u else "UTC" = t + w
                    ^ name a trait that comes from outside
            line 6: SEG0032 the computed trait `t` is of organisations, and people are asked about
              trait u zone of person by u else "UTC" = t + w
                                                       ^ give one of the two another name, or ask it where its owners are asked about
        "#]],
    );
}

#[test]
fn a_percentile_beyond_100_is_told() {
    check_mistakes(
        "segment e = p101(x of y) = 1",
        expect![[r#"
            line 1: SEG0005 `p101` where an aggregate was expected
              segment e = p101(x of y) = 1
                          ^^^^ write `count`, `sum`, `avg`, `min`, `max`, `first`, `last`, `distinct`, `mode`, `p90` or `recency`
        "#]],
    );
}

#[test]
fn a_trait_that_is_defined_by_itself_is_told() {
    check_mistakes(
        "trait u = w + 1\ntrait w = u * 2",
        expect![[r#"
        line 1: SEG0017 trait `u` is defined by itself: `u` → `w` → `u`
          trait u = w + 1
                    ^ one of them must do without the other
    "#]],
    );
}

#[test]
fn a_mistake_in_one_definition_hides_none_in_another() {
    check_mistakes(
        "segment a = b =\nsegment c = sequence x then y where v.a = 1 and (d = or e = 1)\nsegment f = sequence x then y where v.a = 1 and in a",
        expect![[r#"
            line 2: SEG0005 `segment` where a value was expected
              segment c = sequence x then y where v.a = 1 and (d = or e = 1)
              ^^^^^^^ write text in quotes, a number, a date, `true` or `false`
            line 2: SEG0005 `or` where a value was expected
              segment c = sequence x then y where v.a = 1 and (d = or e = 1)
                                                                   ^^ write text in quotes, a number, a date, `true` or `false`
            line 3: SEG0025 this condition is about the person, but it stands in the filter of an event
              segment f = sequence x then y where v.a = 1 and in a
                                                              ^^ put parentheses around the whole `(did ... where ...)` before it
        "#]],
    );
}

#[test]
fn json_of_trees_is_checked_with_pointers() {
    let check = |json: &str, expected: Expect| {
        expected.assert_eq(&Library::from_json(json).unwrap_err().to_string());
    };
    check(
        r#"{"version":1,"definitions":[
            {"segment":{"name":"a","scope":{"zone":{"named":"Nowhere"}},"when":{"all":[{"quantity":{"value":{"trait":"x"},"test":"set"}},
              {"compare":{"left":{"trait":"x"},"operator":"=","right":{"number":"1"}}},
              {"did":{"selection":{"event":["b","a"],"where":{"compare":{"left":{"property":"p"},"operator":"<","right":{"number":"2"}}},"window":{"ago":{"from":{"count":1,"unit":"d"},"to":{"count":2,"unit":"d"}}}},"count":{"at_least":1}}},
              {"did":{"selection":{"event":"a","where":{"property":{"value":{"earlier":{"step":"s","path":"p"}},"test":"set"}}},"count":{"at_least":1}}},
              {"sample":{"to":"200","salt":""}}]}}},
            {"trait":{"name":"b","value":{"function":"sum","of":{"event":"x"}}}},
            {"trait":{"name":"c","value":{"add":[{"trait":"b"},{"members":{"function":"first","of":{"number":"1"}}}]}}}]}"#,
        expect![[r#"
            10 mistakes in the definitions
            /definitions/0/segment/scope/zone: SEG0031 `Nowhere` is no time zone (a zone is named as in the IANA database, such as `Europe/Berlin`)
            /definitions/0/segment/when/all/0/quantity: SEG0030 a lone trait is tested as a calculation (write it as `trait`)
            /definitions/0/segment/when/all/1/compare: SEG0030 a comparison whose right side is only a number (write it as a test of a `trait`)
            /definitions/0/segment/when/all/2/did/selection/where/compare: SEG0030 a comparison whose right side is only a number (write it as a test of a `property`)
            /definitions/0/segment/when/all/2/did/selection/window: SEG0023 the window ends before it begins, or holds nothing (write `from 2 d ago to 1 d ago`)
            /definitions/0/segment/when/all/3/did/selection/where/property: SEG0027 `s` is no step here (only the filters of a sequence speak of earlier steps)
            /definitions/0/segment/when/all/4/sample: SEG0029 `200` is no percentage (write a number from 0 to 100 with up to 6 decimals)
            /definitions/1/trait/value: SEG0026 `sum` of nothing (name a value: `sum(value of event)`)
            /definitions/2/trait/value: SEG0032 a person has no members (write `of organisation` behind the name)
            /definitions/2/trait/value: SEG0034 `first` over members, who have no order in time (take `count`, `sum`, `avg`, `min`, `max`, `distinct` or a percentile such as `p50`)"#]],
    );
    check(
        r#"{"version":1,"definitions":[{"segment":{"name":"a","when":{"im":"b"}}},{"trait":{"name":"a","value":{"function":"sum","off":1}}},{"trait":{"name":"b","value":{"trait":"c","number":"1"}}}]}"#,
        expect![[r#"
            3 mistakes in the definitions
            /definitions/0: SEG0038 unknown variant `im`, expected one of `all`, `any`, `not`, `trait`, `did`, `aggregate`, `quantity`, `compare`, `recency`, `lapsed`, `stopped`, `restarted`, `nth`, `sequence`, `rank`, `sample`, `members`, `organisations`, `consent`, `in`
            /definitions/1: SEG0038 unknown field `off`, expected one of `function`, `value`, `of`
            /definitions/2: SEG0038 `number` beside the one field of a quantity"#]],
    );
}

#[test]
fn an_unknown_field_of_an_event_is_a_mistake() {
    for event in [r#"{"any":true,"where":"typo"}"#, r#"{"any":false}"#, "[]"] {
        let json = format!(
            r#"{{"version":1,"definitions":[{{"segment":{{"name":"a","when":{{"did":{{"selection":{{"event":{event}}},"count":{{"at_least":1}}}}}}}}}}]}}"#
        );
        let error = Library::from_json(&json).unwrap_err();
        assert_eq!(
            Code::of(&error.diagnostics()[0]),
            Some(Code::Json),
            "{event}"
        );
    }
}

#[test]
fn trees_that_are_deep_are_refused_and_dropped() {
    let mut when = Predicate::Member("a".into());
    for _ in 0..100_000 {
        when = Predicate::Not(Box::new(when));
    }
    let (name, scope) = ("b".into(), Scope::default());
    let error = Library::new(vec![Definition::Segment { name, scope, when }]).unwrap_err();
    assert_eq!(Code::of(&error.diagnostics()[0]), Some(Code::TooDeep));
    for open in [
        "any member (",
        "sum over members (",
        "did x at least 1 distinct -(",
        "sequence x then without (",
        "1 + (",
        "top 1 by -",
        "x > (",
        "sum(x of y where (",
    ] {
        let text = format!("segment a = {}", open.repeat(10_000));
        assert!(Library::parse(&text).is_err(), "{open}");
        let text = format!("trait a = {}", open.repeat(10_000));
        assert!(Library::parse(&text).is_err(), "{open}");
    }
    for open in [
        r#"{"members":{"quantifier":"all","that":"#,
        r#"{"any":["#,
        r#"{"quantity":{"value":{"negative":"#,
        r#"{"rank":{"by":{"add":["#,
    ] {
        let json = format!(
            r#"{{"version":1,"definitions":[{{"segment":{{"name":"a","when":{}"#,
            open.repeat(10_000)
        );
        assert!(Library::from_json(&json).is_err(), "{open}");
    }
}

#[test]
fn long_cycles_and_many_mistakes_are_told_in_time() {
    let cycle: Vec<String> = (0..9_999)
        .map(|n| format!("segment s{n} = in s{}", (n + 1) % 9_999))
        .collect();
    let error = Library::parse(&cycle.join("\n")).unwrap_err();
    assert_eq!(error.diagnostics().len(), 1);
    assert!(
        error.diagnostics()[0].message.contains("9989 more"),
        "{error}"
    );
    let unknown: Vec<String> = (0..9_999)
        .map(|n| format!("segment s{n} = in t{n}"))
        .collect();
    let error = Library::parse(&unknown.join("\n")).unwrap_err();
    assert_eq!(error.diagnostics().len(), 100);
    let many: Vec<String> = (0..10_001)
        .map(|n| format!("segment s{n} = a = 1"))
        .collect();
    let error = Library::parse(&many.join("\n")).unwrap_err();
    assert_eq!(Code::of(&error.diagnostics()[0]), Some(Code::Size));
}

#[test]
fn the_reference_lists_every_code() {
    let reference = include_str!("../../src/docs/reference.md");
    for code in Code::ALL {
        let row = format!("| `{code}` | {} |", code.about());
        assert!(reference.contains(&row), "{row}");
    }
}
