//! Statements as text: what stays one literal, what is refused, and what engines that are not run here get.
//!
//! Invariant: statements of BigQuery and Snowflake are read by people when they change, because no engine
//! reads them here.

use expect_test::{expect, expect_file};
use onefold_event::ErrorKind;
use onefold_segment::{
    Library, Plan,
    sql::{self, ColumnType, Dialect, Layout, Times},
};
use proptest::prelude::*;

const AS_OF: &str = "2026-04-01T00:00:00Z";

fn statement(define: &str, dialect: Dialect, layout: &Layout) -> onefold_event::Result<String> {
    let plan = Plan::compile(Library::parse(define).unwrap()).unwrap();
    sql::statement(&plan, dialect, layout, AS_OF.parse().unwrap())
}

/// The eight segments of the benchmark.
const CLICKSTREAM: &str = r#"
segment a_trait = country = "DE" and plan = "pro" and age between 25 and 40
segment b_count30 = did purchase in last 30 d at least 3 times
segment c_spend90 = sum(price * quantity of purchase in last 90 d) > 500.00
segment d_abandon = sequence add_to_cart then no purchase within 24 h in last 30 d
segment e_seq7 = sequence product_viewed then add_to_cart then purchase all within 7 d
segment f_lapsed = lapsed any event for 30 d
segment g_top_decile = top 10 % by sum(price * quantity of purchase in last 90 d)
segment h_algebra = plan = "pro" and (in c_spend90 or in e_seq7) and not in d_abandon
"#;

/// One of everything.
const EVERYTHING: [&str; 26] = [
    r#"segment s = plan != "pro" and not age >= 18.5 or email contains "it's \\ 100 %""#,
    r#"segment s = plan in ["a", "b"] and email starts with "a" and email ends with "\n" and active = true"#,
    r#"segment s = signed_up >= 2025-01-01 and phone is unset"#,
    r#"segment s = did view | search where price * quantity > 100.50 and not kind = "x" in last 30 d at most 2 times"#,
    r#"segment s zone "Europe/Berlin" = did view in last 3 whole months at least 2 distinct days"#,
    r#"segment s = did view since 2026-01-01 exactly 3 distinct product"#,
    r#"segment s = sum(price * quantity of purchase in last 90 d) > 500.00 and avg(price of purchase) <= 20"#,
    r#"segment s = sum(price / quantity of purchase) > 500.00 and count(refund) / count(purchase) < 0.1"#,
    r#"segment s = first(shop of purchase) = "a" and last(shop of purchase) != "b""#,
    r#"segment s = min(price of purchase) > 1 and max(shop of purchase) < "m" and distinct(shop of purchase) > 2"#,
    r#"segment s = mode(shop of purchase) = "a" and p90(price of purchase) > 10"#,
    r#"segment s = max(price of purchase) > sum(price of refund) * 2"#,
    r#"segment s = recency(login) > 30 d or stopped login for 30 d after at least 3 times in 60 d"#,
    r#"segment s = restarted login after 90 d in last 7 d or did login for the 3rd time in this year"#,
    r#"segment s = sequence view then within 1 h cart then without refund purchase all within 7 d in last 30 d"#,
    r#"segment s = sequence cart then directly checkout then no purchase within 24 h"#,
    r#"segment s = sequence view as v then cart where product = v.product then no purchase where product = v.product within 1 d"#,
    r#"segment s = sequence view as v then without (search where text = v.text) buy where price < v.price - 1"#,
    r#"segment s = top 100 by count(purchase) or bottom 2.5 % by sum(price of purchase)"#,
    "segment s among known = percentile 50 to 90 by score\nsegment known = score is set",
    r#"segment s = sample 10 % to 20.5 % salt "spring '26""#,
    r#"segment s = any organisation with role "admin" (tier = "gold") or exactly 0 organisations (seats > 5)"#,
    "segment s = any organisation (in large)\nsegment large of organisation = at least 50 % members (did login)",
    "segment s = any organisation (in busy)\nsegment busy of organisation = p50 over members (count(login)) > 3",
    r#"segment s = consent newsletter by email is granted and consent ads is unknown"#,
    "segment s zone of person by timezone else \"UTC\" = did login today\ntrait spend = sum(total of order)\nsegment t = spend > 5 and in s",
];

/// `(place - 1) * 1000000` passes 2^31 at 2,149 people.
#[test]
fn places_that_are_multiplied_are_64_bit_numbers_on_spark() {
    for define in [
        "segment s = top 0.0001 % by score",
        "segment s = percentile 50 to 90 by score",
        "segment s = p90(price of purchase) > 10",
    ] {
        let text = statement(define, Dialect::Spark, &Layout::default()).unwrap();
        let places: Vec<&str> = text
            .lines()
            .filter(|line| line.contains("AS place"))
            .collect();
        assert!(!places.is_empty(), "{text}");
        for place in places {
            assert!(place.contains("CAST(ROW_NUMBER() OVER ("), "{place}");
            assert!(place.contains(") AS BIGINT) AS place"), "{place}");
        }
    }
}

#[test]
fn engines_that_are_not_run_here_get_these_statements() {
    for (dialect, expected) in [
        (Dialect::BigQuery, expect_file!["../data/sql/bigquery.sql"]),
        (
            Dialect::Snowflake,
            expect_file!["../data/sql/snowflake.sql"],
        ),
    ] {
        let layout = Layout {
            tie: Some("seq".into()),
            ..Layout::default()
        };
        let texts = EVERYTHING.map(|define| {
            let text = statement(define, dialect, &layout).unwrap();
            // The windows of 597 zones are told by the first of them.
            let is_zone = |line: &&str| {
                !line.contains("('") || !line.contains('/') || line.contains("Berlin")
            };
            let lines: Vec<&str> = text.lines().filter(is_zone).collect();
            lines.join("\n")
        });
        expected.assert_eq(&(texts.join("\n;\n\n") + "\n"));
    }
}

#[test]
fn the_benchmark_is_this_statement() {
    let text = statement(CLICKSTREAM, Dialect::DuckDb, &Layout::default()).unwrap();
    expect_file!["../data/sql/clickstream.duckdb.sql"].assert_eq(&text);
}

fn refused(define: &str, dialect: Dialect, layout: &Layout) -> String {
    let error = statement(define, dialect, layout).unwrap_err();
    assert_ne!(error.kind(), ErrorKind::Io);
    let mut told = error.to_string();
    for mistake in error.diagnostics() {
        told = format!("{told}\n{mistake}");
    }
    told
}

#[test]
fn what_cannot_be_said_is_told() {
    let layout = Layout::default();
    let two_types = r#"segment s = did a where size > 5 and size = "XL""#;
    expect![[r#"
        columns are used as values of different types
        property `size` is used as a number and as text (declare the type of its column in the layout)
        property `size` is used as a number and as text (declare the type of its column in the layout)"#]]
    .assert_eq(&refused(two_types, Dialect::DuckDb, &layout));
    expect!["segment `s`: nothing tells the type of property `a`, which is compared: declare it in the layout"]
        .assert_eq(&refused("segment s = did e where a < property b", Dialect::Spark, &layout));
    let without = Layout {
        people: None,
        consents: None,
        ..Layout::default()
    };
    expect!["segment `s`: trait `plan` needs a table of people: name one in the layout"].assert_eq(
        &refused("segment s = plan is set", Dialect::DuckDb, &without),
    );
    expect!["segment `s`: a definition needs a table of consents: name one in the layout"]
        .assert_eq(&refused(
            "segment s = consent ads is granted",
            Dialect::DuckDb,
            &without,
        ));
    let own_days = "segment s zone of person by tz else \"UTC\" = did e at least 2 distinct days";
    expect![
        "segment `s`: days by each person's own zone: ClickHouse takes a zone as a constant only"
    ]
    .assert_eq(&refused(own_days, Dialect::ClickHouse, &layout));
    let product = "segment s = did e where a * b * c > 1";
    expect!["segment `s`: snowflake keeps 12 decimal places of a product, and this one has 18: declare fewer places of its columns in the layout"]
        .assert_eq(&refused(product, Dialect::Snowflake, &layout));
    let hidden = Layout {
        events: "Past".into(),
        ..Layout::default()
    };
    expect![
        "a part of the statement is called `Past`: rename the table, or name it with its schema"
    ]
    .assert_eq(&refused("segment s = did e", Dialect::DuckDb, &hidden));
}

#[test]
fn a_declared_type_settles_what_a_column_is() {
    let mut layout = Layout::default();
    let text = ColumnType::Text;
    layout.property_types.insert("size".into(), text);
    let define = r#"segment s = did a where size > 5 or size = "XL""#;
    let text = statement(define, Dialect::DuckDb, &layout).unwrap();
    assert!(text.contains("(FALSE OR p.p_size = 'XL')"), "{text}");
    let whole = ColumnType::Number { places: 0 };
    for name in ["a", "b", "c"] {
        layout.property_types.insert(name.into(), whole);
    }
    let product = "segment s = did e where a * b * c > 1";
    assert!(statement(product, Dialect::Snowflake, &layout).is_ok());
}

#[test]
fn stored_times_are_compared_as_they_are_stored() {
    let check = |dialect, times, filter: &str| {
        let layout = Layout {
            times: Some(times),
            ..Layout::default()
        };
        let text = statement("segment s = did e", dialect, &layout).unwrap();
        assert!(text.contains(filter), "{text}");
    };
    check(
        Dialect::DuckDb,
        Times::Utc,
        "e.\"ts\" < TIMESTAMP '2026-04-01 00:00:00'",
    );
    check(
        Dialect::Postgres,
        Times::Instant,
        "e.\"ts\" < TIMESTAMPTZ '2026-04-01 00:00:00+00'",
    );
    check(
        Dialect::BigQuery,
        Times::Utc,
        "e.`ts` < DATETIME '2026-04-01 00:00:00'",
    );
    check(
        Dialect::Spark,
        Times::Utc,
        "e.`ts` < TIMESTAMP_NTZ '2026-04-01 00:00:00'",
    );
}

#[test]
fn without_a_table_of_people_everybody_is_in_the_events() {
    let layout = Layout {
        people: None,
        events: "shop.log".into(),
        person: "who".into(),
        ..Layout::default()
    };
    let text = statement("segment s = did not e", Dialect::Postgres, &layout).unwrap();
    let universe = r#"universe AS (
  SELECT DISTINCT e."who" AS person
  FROM "shop"."log" AS e
  WHERE e."who" IS NOT NULL
)"#;
    assert!(text.contains(universe), "{text}");
}

/// A statement without comments, with a sign for each text, quoted name and column of a name.
fn skeleton(text: &str, dialect: Dialect) -> String {
    let has_escapes = |opening: &str| match dialect {
        Dialect::DuckDb | Dialect::Postgres => opening == "E'",
        Dialect::Spark | Dialect::Snowflake => opening == "'",
        Dialect::ClickHouse | Dialect::BigQuery => true,
    };
    let mut skeleton = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("--") {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
            continue;
        }
        let opening = ["E'", "'", "\"", "`"]
            .into_iter()
            .find(|opening| rest.starts_with(opening));
        let Some(opening) = opening else {
            skeleton.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        let quote = opening.chars().next_back().unwrap();
        let mut inside = rest[opening.len()..].char_indices().peekable();
        let end = loop {
            match inside.next().expect("a text without an end") {
                (_, '\\') if has_escapes(opening) => drop(inside.next()),
                (_, found)
                    if found == quote && inside.peek().is_some_and(|(_, next)| *next == quote) =>
                {
                    inside.next();
                }
                (at, found) if found == quote => break at,
                _ => {}
            }
        };
        skeleton.push('?');
        rest = &rest[opening.len() + end + quote.len_utf8()..];
    }
    let plain = |word: &str| match word.strip_prefix("p_").or(word.strip_prefix("t_")) {
        Some(_) => "#".to_owned(),
        None => word.to_owned(),
    };
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = skeleton.split_inclusive(|c| !is_word(c)).flat_map(|part| {
        let end = part.trim_end_matches(|c| !is_word(c)).len();
        [plain(&part[..end]), part[end..].to_owned()]
    });
    let text: String = words.collect();
    // Longer columns stand on lines of their own.
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Characters that end texts, names, comments and statements.
fn odd() -> impl Strategy<Value = String> {
    let signs = prop::sample::select(vec![
        "'", "\"", "`", "\\", "\n", "\r", "--", "/*", "*/", ";", "$", "{", "}", "${a}", "%s", ":a",
        "?", "\t", "é", "😀", "E'", "a", " ", "$$", "#",
    ]);
    prop::collection::vec(signs, 1..8).prop_map(|signs| signs.concat())
}

proptest! {
    #[test]
    fn no_text_and_no_name_leaves_its_place(text in odd(), name in odd()) {
        let name = name.replace(['\n', '\r', '\t'], "_");
        let define = |text: &str, name: &str| {
            let (text, name) = (serde_json::to_string(text).unwrap(), serde_json::to_string(name).unwrap());
            format!(
                "segment {name} = {name} = {text} and did {name} where {name} contains {text}\n\
                 segment other = sample 5 % salt {text} and in {name}"
            )
        };
        let library = Library::parse(&define(&text, &name));
        prop_assume!(library.is_ok());
        for dialect in Dialect::ALL {
            let Ok(odd) = statement(&define(&text, &name), dialect, &Layout::default()) else {
                continue;
            };
            let plain = statement(&define("plain", "plain"), dialect, &Layout::default()).unwrap();
            prop_assert_eq!(skeleton(&odd, dialect), skeleton(&plain, dialect));
            let is_replaced = dialect == Dialect::Spark && odd.contains("${");
            prop_assert!(!is_replaced, "Spark replaces a variable");
        }
    }
}
