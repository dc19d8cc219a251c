//! Expressions against DuckDB's own answers, printed and read again, and made of anything.

use std::{fs, path::Path};

use proptest::prelude::*;

use super::{super::value::Value, *};
use crate::splink::{cells::TwoRows, columns::Columns};

fn parsed(sql: &str) -> Result<Expression, Vec<Mistake>> {
    read(sql, Naming::Suffix, &mut Columns::default())
}

/// `tests/data/splink/scalars.csv`: SQL, two texts (`\N` is missing) and what DuckDB 2.0 makes of them.
#[test]
fn expressions_have_the_values_of_duckdb() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/splink/scalars.csv");
    let text = fs::read_to_string(path).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut wrong = Vec::new();
    let mut count = 0;
    for record in reader.records() {
        let record = record.unwrap();
        let (sql, kind, expected) = (&record[0], &record[3], &record[4]);
        let mut columns = Columns::default();
        let _ = columns.place("a");
        let expression = read(sql, Naming::Suffix, &mut columns).unwrap();
        let side = |place: usize| Some(&record[place]).filter(|text| *text != "\\N");
        let (left, right) = ([side(1)], [side(2)]);
        let rows = TwoRows {
            left: &left,
            right: &right,
        };
        let value = evaluate(&expression, &rows);
        let is_same = match kind {
            "null" => value.is_missing(),
            "text" => value == Value::text(expected),
            "bool" => value.truth() == Some(expected == "True"),
            "time" => value.micros() == expected.parse().ok(),
            _ => same_number(value.number(), expected.parse().unwrap()),
        };
        if !is_same {
            wrong.push(format!(
                "{sql} of {left:?} and {right:?} is {value:?} and not {kind} {expected}"
            ));
        }
        count += 1;
    }
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(30)].join("\n")
    );
    assert!(count >= 200, "{count} expressions");
}

fn same_number(ours: Option<f64>, expected: f64) -> bool {
    let near = |ours: f64| (ours - expected).abs() <= 1e-12 * expected.abs().max(1.0);
    ours.is_some_and(|ours| ours == expected || near(ours) || (ours.is_nan() && expected.is_nan()))
}

#[track_caller]
fn check_mistakes(sql: &str, expected: &[(&str, Option<&str>)]) {
    let mistakes = parsed(sql).unwrap_err();
    let told: Vec<(String, Option<&str>)> = mistakes
        .iter()
        .map(|mistake| {
            let there = sql.get(mistake.span.clone()).unwrap_or_default();
            (
                format!("{} at `{there}`", mistake.message),
                mistake.help.as_deref(),
            )
        })
        .collect();
    let told: Vec<(&str, Option<&str>)> =
        told.iter().map(|(told, help)| (&**told, *help)).collect();
    assert_eq!(told, expected, "{sql}");
}

#[test]
fn what_is_not_understood_is_told_all_at_once() {
    check_mistakes(
        "jaro_winkler_sim(a_l, a_r) > 0.9 and lowr(a_l) = name and substr(a_l) = 'x'",
        &[
            (
                "the function `jaro_winkler_sim` is not understood at `jaro_winkler_sim`",
                Some("did you mean `jaro_winkler_similarity`?"),
            ),
            (
                "the function `lowr` is not understood at `lowr`",
                Some("did you mean `lower`?"),
            ),
            (
                "the column `name` is of neither row at `name`",
                Some("a name that ends with `_l` or `_r`"),
            ),
            (
                "`substr` has 1 arguments and takes 2 to 3 at `substr`",
                None,
            ),
        ],
    );
    check_mistakes(
        "a_l = ",
        &[(
            "the text ends where more is expected: a value is missing at ``",
            None,
        )],
    );
    check_mistakes(
        "a_l = 1 a_r",
        &[(
            "this is not understood after a whole expression at `a_r`",
            None,
        )],
    );
    check_mistakes(
        "'abc",
        &[(
            "the text that begins here has no closing `'` at `'abc`",
            None,
        )],
    );
    check_mistakes(
        "a_l['lat'] = a_r['lat']",
        &[
            (
                "the field `lat` of a structure is not understood at `'lat'`",
                Some("a column of its own for the field"),
            ),
            (
                "the field `lat` of a structure is not understood at `'lat'`",
                Some("a column of its own for the field"),
            ),
        ],
    );
    check_mistakes(
        "try_strptime(a_l, '%Q') is null",
        &[(
            "the format has `%Q`; understood are %Y %y %m %b %B %d %j %a %A %H %I %p %M %S %f %% at \
             `try_strptime`",
            None,
        )],
    );
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| format!("{}a_l{} = a_r", "(".repeat(depth), ")".repeat(depth));
    assert!(parsed(&nested(40)).is_ok());
    for deep in [
        nested(100_000 / 3),
        format!("{}a_l = a_r", "not ".repeat(10_000)),
        format!("a_l = {}1", "-".repeat(10_000)),
        format!("a_l{} = 1", " + 1".repeat(10_000)),
        format!("a_l{}", "::varchar".repeat(5_000)),
        format!("a_l{}", " between 1 and 2".repeat(2_000)),
        format!(
            "{}a_l{}",
            "case ".repeat(2_000),
            " when 1 then 2 end".repeat(2_000)
        ),
    ] {
        assert!(parsed(&deep).is_err(), "{}", &deep[..40]);
    }
    let wide = format!("a_l in ({}0)", "0, ".repeat(5_000));
    assert!(parsed(&wide).is_ok());
}

#[test]
fn both_ways_to_name_rows_are_read() {
    let check = |sql: &str, naming: Naming, expected: &str| {
        let expression = read(sql, naming, &mut Columns::default()).unwrap();
        assert_eq!(expression.written(naming).to_string(), expected);
    };
    check(
        r#""First Name_l" = first_r"#,
        Naming::Suffix,
        r#""First Name_l" = "first_r""#,
    );
    check(
        r#"l."a" = R.b and not l.c is null"#,
        Naming::Prefix,
        r#"(l."a" = r."b") AND (NOT (l."c" IS NULL))"#,
    );
    check(
        "NAME_L <> name_R",
        Naming::Suffix,
        r#""NAME_l" <> "NAME_r""#,
    );
}

/// The comparison of every item with every other, in the words of Splink's library.
#[test]
fn lists_are_compared_item_by_item() {
    let sql = r#"list_max(list_transform(flatten(list_transform("xs_l",
        x -> list_transform("xs_r", y -> [x, y]))),
        pair -> jaro_winkler_similarity(pair[1], pair[2]))) >= 0.9"#;
    let expression = parsed(sql).unwrap();
    for (left, right, expected) in [
        (Some("[bob, martha]"), Some("[x, marhta]"), Some(true)),
        (Some("[bob, martha]"), Some("[x, y]"), Some(false)),
        (Some("[]"), Some("[x]"), None),
        (Some("[a]"), None, None),
    ] {
        let (left, right) = ([left], [right]);
        let rows = TwoRows {
            left: &left,
            right: &right,
        };
        assert_eq!(truth(&expression, &rows), expected, "{left:?} {right:?}");
    }
    let kinds = column_kinds([&expression].into_iter(), 1);
    assert_eq!(kinds, [Some(Kind::List)]);
}

fn leaf() -> impl Strategy<Value = Expression> {
    let column = (0..3_usize, any::<bool>()).prop_map(|(index, is_left)| {
        let side = if is_left { Side::Left } else { Side::Right };
        Expression::Column(Column {
            side,
            name: ["a", "b c", "d\"e"][index].into(),
            index,
        })
    });
    prop_oneof![
        Just(Expression::Missing),
        any::<bool>().prop_map(Expression::Boolean),
        (0.0..1e9_f64).prop_map(Expression::Number),
        (0..100_u32).prop_map(|number| Expression::Number(f64::from(number))),
        "[a' \"%]{0,4}".prop_map(|text| Expression::Text(text.into())),
        column,
    ]
}

fn relation() -> impl Strategy<Value = Relation> {
    prop::sample::select(vec![
        Relation::Equal,
        Relation::Unequal,
        Relation::Less,
        Relation::AtMost,
        Relation::More,
        Relation::AtLeast,
        Relation::Distinct,
        Relation::Like,
        Relation::LikeAnyCase,
    ])
}

fn operator() -> impl Strategy<Value = Operator> {
    prop::sample::select(vec![
        Operator::Add,
        Operator::Subtract,
        Operator::Multiply,
        Operator::Divide,
        Operator::DivideWhole,
        Operator::Remainder,
        Operator::Power,
        Operator::Join,
    ])
}

fn kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(vec![
        Kind::Text,
        Kind::Integer,
        Kind::Number,
        Kind::Real,
        Kind::Boolean,
        Kind::Day,
        Kind::Instant,
        Kind::List,
    ])
}

fn expressions() -> impl Strategy<Value = Expression> {
    leaf().prop_recursive(4, 40, 4, |inner| {
        let two = (inner.clone(), inner.clone())
            .prop_map(|(a, b)| Box::new([a, b]))
            .boxed();
        let many = prop::collection::vec(inner.clone(), 2..4).boxed();
        let one = inner.clone().prop_map(Box::new).boxed();
        prop_oneof![
            many.clone().prop_map(Expression::All),
            many.clone().prop_map(Expression::Any),
            one.clone().prop_map(Expression::Not),
            (relation(), two.clone())
                .prop_map(|(relation, two)| Expression::Compare(relation, two)),
            one.clone().prop_map(Expression::IsMissing),
            (one.clone(), many.clone()).prop_map(|(of, list)| Expression::In(of, list)),
            (inner.clone(), two.clone()).prop_map(|(of, two)| {
                let [low, high] = *two;
                Expression::Within(Box::new([of, low, high]))
            }),
            (operator(), two.clone())
                .prop_map(|(operator, two)| Expression::Arithmetic(operator, two)),
            one.clone().prop_map(Expression::Negative),
            (two.clone(), prop::option::of(one.clone()))
                .prop_map(|(pair, otherwise)| Expression::Case(vec![*pair], otherwise)),
            (one.clone(), kind(), any::<bool>()).prop_map(|(of, kind, stops)| {
                Expression::Cast(
                    of,
                    kind,
                    if stops {
                        Failing::Stops
                    } else {
                        Failing::Misses
                    },
                )
            }),
            two.clone()
                .prop_map(|two| Expression::Call(Function::NullIf, two.to_vec())),
            many.prop_map(|many| Expression::Call(Function::Coalesce, many)),
            two.clone()
                .prop_map(|two| Expression::Similar(Measure::Jaro, two)),
            one.clone().prop_map(|of| {
                let pattern = Pattern::read("[^@']+", "g").unwrap();
                Expression::Match(Matching::Replace("\\1'".into()), of, Arc::new(pattern))
            }),
            one.clone().prop_map(|of| {
                let formats = [TimeFormat::read("%Y-%m").unwrap()];
                Expression::Strptime(of, Arc::new(formats), Failing::Misses)
            }),
            two.clone()
                .prop_map(|two| Expression::Between(Unit::Month, two)),
            one.prop_map(|of| Expression::Part(Unit::Year, of)),
            two.clone().prop_map(|two| Expression::List(two.to_vec())),
            two.clone().prop_map(Expression::Item),
            two.prop_map(|two| Expression::Each("x".into(), two)),
        ]
    })
}

proptest! {
    #[test]
    fn printed_expressions_read_back(expression in expressions()) {
        for naming in [Naming::Suffix, Naming::Prefix] {
            let mut columns = Columns::default();
            for name in ["a", "b c", "d\"e"] {
                let _ = columns.place(name);
            }
            let printed = expression.written(naming).to_string();
            let again = read(&printed, naming, &mut columns);
            prop_assert_eq!(again.as_ref(), Ok(&expression), "{}", printed);
        }
    }

    #[test]
    fn evaluating_never_fails(expression in expressions(), texts in prop::array::uniform6(".{0,8}")) {
        let text = |place: usize| Some(&*texts[place]).filter(|text| !text.is_empty());
        let (left, right) = ([text(0), text(1), text(2)], [text(3), text(4), text(5)]);
        let rows = TwoRows { left: &left, right: &right };
        let value = evaluate(&expression, &rows);
        prop_assert_eq!(truth(&expression, &rows).is_some(), value.truth().is_some());
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,60}") {
        let _ = parsed(&text);
    }

    /// Words of SQL in any order come further than letters do.
    #[test]
    fn any_words_are_read_or_refused(words in prop::collection::vec(prop::sample::select(vec![
        "a_l", "a_r", "'x'", "1", "0.5", "(", ")", "[", "]", ",", "and", "or", "not", "is", "null", "in",
        "between", "case", "when", "then", "else", "end", "cast", "as", "int", "::", "=", "<=", "-", "+",
        "||", "lower", "regexp_extract", "levenshtein", "list_transform", "lambda", "x", ":", "->", "like",
        "date_diff", "'day'", "try_strptime", "'%Y'", "extract", "from", "distinct", "true", "date", "\"",
    ]), 0..25)) {
        match parsed(&words.join(" ")) {
            Ok(expression) => {
                let printed = expression.written(Naming::Suffix).to_string();
                let again = parsed(&printed);
                prop_assert_eq!(again.as_ref(), Ok(&expression), "{}", printed);
            }
            Err(mistakes) => prop_assert!(!mistakes.is_empty()),
        }
    }

    #[test]
    fn any_model_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = crate::splink::SplinkModel::read(&String::from_utf8_lossy(&bytes));
    }
}
