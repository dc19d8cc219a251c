//! What is allowed and probably not meant.

use expect_test::{Expect, expect};
use onefold_segment::{Catalogue, EventFacts, Library, ValueFacts, ValueKind, render};

fn facts(kind: ValueKind, seen: u64) -> ValueFacts {
    ValueFacts {
        kind,
        seen,
        personal: false,
    }
}

fn catalogue() -> Catalogue {
    let properties = [
        ("price".into(), facts(ValueKind::Number, 30_000)),
        ("category".into(), facts(ValueKind::Text, 1_200)),
    ];
    let event = |seen| EventFacts {
        seen,
        last_seen: None,
        properties: properties.clone().into(),
    };
    let personal = ValueFacts {
        personal: true,
        ..facts(ValueKind::Text, 900)
    };
    Catalogue {
        events: [
            ("add_to_cart".into(), event(30_472)),
            ("purchase".into(), event(1_000_000)),
        ]
        .into(),
        traits: [
            ("plan".into(), facts(ValueKind::Text, 1_000)),
            ("birthday".into(), facts(ValueKind::Time, 7)),
            ("vip".into(), facts(ValueKind::Bool, 3)),
            ("income".into(), personal),
        ]
        .into(),
        organisation_traits: [("size".into(), facts(ValueKind::Number, 5))].into(),
        retention_days: Some(90),
        as_of: Some("2026-04-01".parse().unwrap()),
    }
}

fn check(text: &str, expected: Expect) {
    let lints = Library::parse(text).unwrap().lint(&catalogue());
    let told = lints
        .iter()
        .map(|lint| format!("{}: {}\n", lint.severity.word(), lint.diagnostic));
    expected.assert_eq(&told.collect::<String>());
}

#[test]
fn what_was_never_seen() {
    check(
        "segment a = did add_to_carts or plna = \"pro\" or sum(prise of purchase) > 1 or did nothing_like_it
         segment b of organisation = sizes > 3 or plan = \"x\" or any member (plan = \"x\")
         segment c = spend > 3 or (did purchase where a.b = 1) or sequence purchase as p then purchase where price > p.pric
         trait spend = sum(price of purchase)",
        expect![[r#"
            error: /definitions/0/segment/when/any/0/did/selection: SEG0012 unknown event `add_to_carts` (did you mean `add_to_cart`? seen 30,472 times)
            error: /definitions/0/segment/when/any/1/trait: SEG0014 unknown trait `plna` (did you mean `plan`? seen 1,000 times)
            error: /definitions/0/segment/when/any/2/aggregate: SEG0013 unknown property `prise` (did you mean `price`? seen 30,000 times)
            error: /definitions/0/segment/when/any/3/did/selection: SEG0012 unknown event `nothing_like_it` (no event with a name like it was seen)
            error: /definitions/1/segment/when/any/0/trait: SEG0014 unknown trait `sizes` (did you mean `size`? seen 5 times)
            error: /definitions/1/segment/when/any/1/trait: SEG0014 unknown trait `plan` (no trait with a name like it was seen)
            error: /definitions/2/segment/when/any/1/did/selection: SEG0013 unknown property `a.b` (no property with a name like it was seen)
            error: /definitions/2/segment/when/any/2/sequence: SEG0013 unknown property `pric` (did you mean `price`? seen 30,000 times)
        "#]],
    );
}

#[test]
fn values_of_another_type() {
    check(
        "segment a = plan = 3 or birthday > \"2020\" or birthday > 2020-01-01 or vip contains \"x\" or vip = true
         segment b = did purchase where price = \"5\" and category in [1, 2] and price is set
         segment c = first(category of purchase) > 5 or max(price of purchase) > 5",
        expect![[r#"
            error: /definitions/0/segment/when/any/0/trait: SEG0051 `plan` is text, which `= 3` never holds for (compare it with text in quotes)
            error: /definitions/0/segment/when/any/3/trait: SEG0051 `vip` is true or false, which `contains "x"` never holds for (compare it with `true` or `false`)
            error: /definitions/1/segment/when/did/selection: SEG0051 `price` is a number, which `= "5"` never holds for (compare it with a number, without quotes)
            error: /definitions/1/segment/when/did/selection: SEG0051 `category` is text, which `in [1, 2]` never holds for (compare it with text in quotes)
            error: /definitions/2/segment/when/any/0/aggregate: SEG0051 `category` is text, which `> 5` never holds for (compare it with text in quotes)
        "#]],
    );
}

#[test]
fn what_can_never_hold() {
    check(
        "segment a = plan = \"a\" and plan = \"b\" and did purchase
         segment b = did purchase and not did purchase
         segment c = did purchase where price > 5 and price < 3
         segment d = did purchase in last 1 d at most 0 times and did purchase in last 1 d
         segment e = sequence add_to_cart then no purchase within 31 d in last 30 d
         segment f = count(purchase) < 0 or plan is unset and plan = \"x\"
         segment g = did purchase where price in [1, 2] and price > 2
         segment h = did purchase since 2027-01-01",
        expect![[r#"
            error: /definitions/0/segment/when: SEG0052 no `plan` is `= "a"` and `= "b"` at once (nobody can be in by this clause)
            error: /definitions/1/segment/when: SEG0052 `did purchase` and its opposite never hold together (nobody can be in by this clause)
            error: /definitions/2/segment/when/did/selection: SEG0052 no `price` is `> 5` and `< 3` at once (nobody can be in by this clause)
            error: /definitions/3/segment/when: SEG0052 `did purchase in last 1 d` cannot be at least 1 and at most 0 times (nobody can be in by this clause)
            error: /definitions/4/segment/when/sequence: SEG0052 `then no` needs 31 d to pass, and the steps lie in the last 30 d: nobody can be in (make the window longer)
            error: /definitions/5/segment/when/any/0: SEG0052 `count(purchase)` is never `< 0` (nobody can be in by this clause)
            error: /definitions/5/segment/when/any/1: SEG0052 no `plan` is `is unset` and `= "x"` at once (nobody can be in by this clause)
            error: /definitions/6/segment/when/did/selection: SEG0052 no `price` is `in [1, 2]` and `> 2` at once (nobody can be in by this clause)
            warning: /definitions/7/segment/when/did/selection: SEG0052 the window begins at `2027-01-01`, in the future (nothing can have happened there yet)
        "#]],
    );
    check(
        "segment a = plan != \"a\" and plan != \"b\" and plan > \"a\" and plan <= \"b\" and plan in [\"b\", \"c\"]
         segment b = did purchase where price >= 5 and price <= 5 and price between 1 and 9
         segment c = sequence add_to_cart then no purchase within 30 d in last 30 d
         segment d = did purchase at least 2 times and did purchase at most 2 times and did purchase in last 1 d",
        expect![[r#"
            error: /definitions/0/segment/when: SEG0052 no `plan` is `!= "a"` and `!= "b"` and `> "a"` and `<= "b"` and `in ["b", "c"]` at once (nobody can be in by this clause)
        "#]],
    );
}

#[test]
fn what_always_holds_or_changes_nothing() {
    check(
        "segment a = did purchase in last 30 d at least 0 times
         segment b = vip = true or not vip = true
         segment c = vip = true and vip = true or count(purchase) >= 0 or sample 100 % salt \"a\"
         segment d = sequence add_to_cart then within 3 d without purchase purchase then directly without purchase purchase all within 2 d in last 1 d",
        expect![[r#"
            warning: /definitions/0/segment/when: SEG0053 `did purchase in last 30 d at least 0 times` holds for everybody (leave it out, or write another number)
            warning: /definitions/1/segment/when: SEG0053 `vip = true` and its opposite: one of them always holds (leave both out)
            note: /definitions/2/segment/when/any/0: SEG0056 `vip = true` stands twice (leave it out)
            warning: /definitions/2/segment/when/any/1: SEG0053 `count(purchase) >= 0` holds for everybody (leave it out, or write another number)
            warning: /definitions/2/segment/when/any/2: SEG0053 `sample 100 % salt "a"` holds for everybody (leave it out, or write another number)
            note: /definitions/3/segment/when/sequence: SEG0056 `all within 2 d` is not shorter than the window of 1 d (leave it out)
            note: /definitions/3/segment/when/sequence: SEG0056 `within 3 d` is not shorter than `all within 2 d` (leave it out)
            note: /definitions/3/segment/when/sequence: SEG0056 `without` beside `directly`, which lets nothing between (leave it out)
        "#]],
    );
}

#[test]
fn retention_and_purpose() {
    check(
        "segment a = did purchase in last 91 d or did purchase in last 90 d or lapsed purchase for 100 d
         segment b = did purchase in last 4 whole months or did purchase since 2025-01-01 or did purchase in last quarter
         segment c = income > \"a\" or spend > 1
         segment d for offers = income > \"a\"
         trait spend = sum(price of purchase from 100 d ago to 1 d ago)",
        expect![[r#"
            warning: /definitions/0/segment/when/any/0/did/selection: SEG0054 the window reaches back 91 days, and events are kept for 90 (shorten the window, or keep events longer)
            warning: /definitions/0/segment/when/any/2/lapsed/selection: SEG0054 it asks for what happened more than 100 days ago, and events are kept for 90 (shorten the length of time, or keep events longer)
            warning: /definitions/1/segment/when/any/0/did/selection: SEG0054 the window reaches back 112 days, and events are kept for 90 (shorten the window, or keep events longer)
            warning: /definitions/1/segment/when/any/1/did/selection: SEG0054 the window reaches back 455 days, and events are kept for 90 (shorten the window, or keep events longer)
            warning: /definitions/2/segment/when/any/0/trait: SEG0055 the trait `income` is personal, and the definition names no purpose (write `for` and the purpose behind the name that is defined)
            warning: /definitions/4/trait/value: SEG0054 the window reaches back 100 days, and events are kept for 90 (shorten the window, or keep events longer)
        "#]],
    );
}

#[test]
fn lints_of_a_text_have_their_places() {
    let text = "segment a = did purchase and (plan = 3 or did add_to_carts in last 99 d)\ntrait b = max(prise of purchase)\nsegment c = income > \"a\" and in a and in a";
    let lints = Library::lint_text(text, &catalogue()).unwrap();
    let diagnostics: Vec<_> = lints.into_iter().map(|lint| lint.diagnostic).collect();
    expect![[r#"
        line 1: SEG0051 `plan` is text, which `= 3` never holds for
          segment a = did purchase and (plan = 3 or did add_to_carts in last 99 d)
                                        ^^^^^^^^ compare it with text in quotes
        line 1: SEG0012 unknown event `add_to_carts`
          segment a = did purchase and (plan = 3 or did add_to_carts in last 99 d)
                                                        ^^^^^^^^^^^^ did you mean `add_to_cart`? seen 30,472 times
        line 1: SEG0054 the window reaches back 99 days, and events are kept for 90
          segment a = did purchase and (plan = 3 or did add_to_carts in last 99 d)
                                                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ shorten the window, or keep events longer
        line 2: SEG0013 unknown property `prise`
          trait b = max(prise of purchase)
                        ^^^^^ did you mean `price`? seen 30,000 times
        line 3: SEG0056 `in a` stands twice
          segment c = income > "a" and in a and in a
                  ^ leave it out
        line 3: SEG0055 the trait `income` is personal, and the definition names no purpose
          segment c = income > "a" and in a and in a
                      ^^^^^^ write `for` and the purpose behind the name that is defined
    "#]].assert_eq(&(render(text, &diagnostics) + "\n"));
}

#[test]
fn what_was_not_done_for_longer_than_events_are_kept() {
    check(
        "segment a = recency(purchase) > 100 d or recency(purchase) >= 90 d or recency(purchase) > 89 d
         segment b = recency(purchase) <= 100 d or recency(purchase) <= 90 d or recency(purchase in last 30 d) > 100 d
         segment c = restarted purchase after 100 d in last 7 d or restarted purchase after 80 d in last 7 d or restarted purchase after 85 d in last 7 d
         segment d = lapsed purchase for 90 d or lapsed purchase for 89 d
         segment e = did purchase in this year or stopped purchase for 30 d after at least 1 times in 60 d",
        expect![[r#"
            warning: /definitions/0/segment/when/any/0/recency/selection: SEG0054 it asks for what happened more than 100 days ago, and events are kept for 90 (shorten the length of time, or keep events longer)
            warning: /definitions/0/segment/when/any/1/recency/selection: SEG0054 it asks for what happened more than 90 days ago, and events are kept for 90 (shorten the length of time, or keep events longer)
            warning: /definitions/1/segment/when/any/0/recency/selection: SEG0054 the window reaches back 100 days, and events are kept for 90 (shorten the window, or keep events longer)
            warning: /definitions/2/segment/when/any/0/restarted/selection: SEG0054 it asks for what happened more than 100 days ago, and events are kept for 90 (shorten the length of time, or keep events longer)
            warning: /definitions/2/segment/when/any/2/restarted/selection: SEG0054 the window reaches back 92 days, and events are kept for 90 (shorten the window, or keep events longer)
            warning: /definitions/3/segment/when/any/0/lapsed/selection: SEG0054 it asks for what happened more than 90 days ago, and events are kept for 90 (shorten the length of time, or keep events longer)
        "#]],
    );
}

#[test]
fn what_asks_nothing_of_anybody() {
    check(
        "segment a = 1 + 2 > 3 or 1 + 2 >= 3 or 2 * 3 < 10 - 3 or 1 / 0 > 0 or 1 + spend > 3
         trait spend = sum(price of purchase)",
        expect![[r#"
            error: /definitions/0/segment/when/any/0: SEG0052 `1 + 2 > 3` holds for nobody (nobody can be in by this clause)
            warning: /definitions/0/segment/when/any/1: SEG0053 `1 + 2 >= 3` holds for everybody (leave it out, or write another number)
            warning: /definitions/0/segment/when/any/2: SEG0053 `2 * 3 < 10 - 3` holds for everybody (leave it out, or write another number)
            error: /definitions/0/segment/when/any/3: SEG0052 `1 / 0 > 0` holds for nobody (nobody can be in by this clause)
        "#]],
    );
}

#[test]
fn a_suggestion_says_when_it_was_seen_last() {
    let mut catalogue = catalogue();
    let known = catalogue.events.get_mut("add_to_cart").unwrap();
    known.last_seen = Some("2026-03-30T12:00:00Z".parse().unwrap());
    let library = Library::parse("segment a = did add_to_carts").unwrap();
    let told = library.lint(&catalogue)[0].diagnostic.to_string();
    assert!(
        told.ends_with(
            "(did you mean `add_to_cart`? seen 30,472 times, last at 2026-03-30T12:00:00Z)"
        ),
        "{told}"
    );
}
