//! Tables from Arrow batches: what each type of column says, and what is told of rows that say nothing.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, Decimal128Array, DictionaryArray, Float64Array, Int32Array, Int64Array, RecordBatch,
    StringArray, StructArray, TimestampMicrosecondArray, UInt64Array, types::Int32Type,
};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field};
use onefold_event::Result;
use onefold_segment::{
    Library, Plan,
    batch::{self, ColumnNames, Needs, Options, Skipped, Table},
};

const NOON: i64 = 1_772_366_400_000_000;

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .unwrap()
}

fn ids(ids: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(ids.to_vec()))
}

fn texts(texts: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(texts.to_vec()))
}

fn times(len: usize) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from(vec![NOON; len]))
}

fn read(
    definitions: &str,
    people: Option<&RecordBatch>,
    events: &RecordBatch,
    names: &ColumnNames,
) -> Result<(Arc<Plan>, Table)> {
    let plan = Plan::compile(Library::parse(definitions)?)?;
    let mut builder = Table::builder(&Needs::of(&plan));
    if let Some(people) = people {
        builder.people_batch(people, &names.person)?;
    }
    builder.events_batch(events, names)?;
    Ok((plan, builder.finish()?))
}

/// The ids of the members of `s`, and the rows that were left out.
fn members(
    definitions: &str,
    people: Option<&RecordBatch>,
    events: &RecordBatch,
    names: &ColumnNames,
) -> Result<(Vec<String>, Skipped)> {
    let (plan, table) = read(definitions, people, events, names)?;
    let as_of = "2026-04-01".parse()?;
    let answers = batch::evaluate(&plan, &table, as_of, Options::default())?;
    let members = answers.members("s").unwrap().iter();
    let ids = members.filter_map(|person| table.id(person));
    Ok((ids.map(|id| id.to_string()).collect(), table.skipped()))
}

/// Buyers with one amount each, of the ids 0, 1, 2...
fn with_amounts(amounts: ArrayRef) -> RecordBatch {
    let len = amounts.len();
    let people = i64::try_from(len).unwrap();
    batch(vec![
        ("user_id", ids(&(0..people).collect::<Vec<_>>())),
        ("ts", times(len)),
        ("event", texts(&vec!["buy"; len])),
        ("amount", amounts),
    ])
}

#[test]
fn a_number_that_does_not_fit_is_no_missing_one() {
    let check = |amounts: ArrayRef, expected: &[&str]| {
        let definitions = "segment s = sum(amount of buy) > 10 and sum(amount of buy) < 11
            segment zero = sum(amount of buy) = 0";
        let events = with_amounts(amounts);
        let names = ColumnNames::default();
        let (found, _) = members(definitions, None, &events, &names).unwrap();
        assert_eq!(found, expected);
        let (plan, table) = read(definitions, None, &events, &names).unwrap();
        let as_of = "2026-04-01".parse().unwrap();
        let answers = batch::evaluate(&plan, &table, as_of, Options::default()).unwrap();
        assert_eq!(answers.members("zero").unwrap().count(), 0);
    };
    let tens: i128 = 10_i128.pow(28);
    let decimals = |values: Vec<i128>, scale| -> ArrayRef {
        let array = Decimal128Array::from(values);
        Arc::new(array.with_precision_and_scale(38, scale).unwrap())
    };
    // 10.5 with 28 places, and what needs more than 28 digits.
    check(
        decimals(vec![105 * tens / 10, 105 * tens / 10 + 1], 28),
        &["0"],
    );
    check(decimals(vec![10_500_000, i128::MAX / 2], 6), &["0"]);
    let floats = [10.5, f64::NAN, f64::INFINITY, 1e300, 5e-29];
    check(Arc::new(Float64Array::from(floats.to_vec())), &["0"]);
}

#[test]
fn the_fields_of_a_null_struct_are_null() {
    let inner: ArrayRef = Arc::new(Int64Array::from(vec![7, 0, 8]));
    let fields = vec![Arc::new(Field::new("id", DataType::Int64, false))];
    let nulls = NullBuffer::from(vec![true, false, true]);
    let user = StructArray::new(fields.into(), vec![inner], Some(nulls));
    let events = batch(vec![
        ("user", Arc::new(user)),
        ("ts", times(3)),
        ("event", texts(&["buy", "buy", "buy"])),
    ]);
    let names = ColumnNames {
        person: "user.id".into(),
        ..ColumnNames::default()
    };
    let (found, skipped) = members("segment s = did buy", None, &events, &names).unwrap();
    assert_eq!(found, ["7", "8"]);
    let expected = Skipped {
        without_id: 1,
        ..Skipped::default()
    };
    assert_eq!(skipped, expected);
    let (found, _) = members(
        "segment s = did buy where user.id is unset or user.id = 0",
        None,
        &batch(vec![
            ("user_id", ids(&[1, 2, 3])),
            ("ts", times(3)),
            ("event", texts(&["buy", "buy", "buy"])),
            ("user", Arc::clone(events.column(0))),
        ]),
        &ColumnNames::default(),
    )
    .unwrap();
    assert_eq!(found, ["2"]);
}

#[test]
fn columns_that_cannot_be_meant_are_refused() {
    let check = |people: Option<ArrayRef>, user: ArrayRef, event: ArrayRef, expected: &str| {
        let people = people.map(|ids| batch(vec![("user_id", ids)]));
        let len = user.len();
        let events = batch(vec![
            ("user_id", user),
            ("ts", times(len)),
            ("event", event),
        ]);
        let names = ColumnNames::default();
        let found = members("segment s = did buy", people.as_ref(), &events, &names);
        assert_eq!(found.unwrap_err().to_string(), expected);
    };
    let other = "column `user_id` holds text, and the people have whole numbers as ids: write both in one form";
    check(Some(ids(&[1])), texts(&["1"]), texts(&["buy"]), other);
    let other = "column `user_id` holds whole numbers, and the people have text as ids: write both in one form";
    check(Some(texts(&["1"])), ids(&[1]), texts(&["buy"]), other);
    let large: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX]));
    let too_large = "column `user_id` holds the id 18446744073709551615, larger than 2^63 - 1: write ids as text";
    check(None, large, texts(&["buy"]), too_large);
    let numbers = DictionaryArray::<Int32Type>::new(
        Int32Array::from(vec![0]),
        Arc::new(Int64Array::from(vec![5])),
    );
    let no_text = "column `event` is of the type Dictionary(Int32, Int64); it must hold text";
    check(None, ids(&[1]), Arc::new(numbers), no_text);
}

#[test]
fn rows_that_cannot_be_used_are_counted_once_each() {
    let none = None::<&str>;
    let user = Int64Array::from(vec![
        Some(1),
        None,
        Some(9),
        Some(1),
        Some(1),
        None,
        Some(1),
    ]);
    let time = StringArray::from(vec![
        Some("2026-03-01T10:00:00Z"),
        Some("2026-03-01T10:00:00Z"),
        Some("2026-03-01T10:00:00Z"),
        none,
        Some("2026-03-01 10:00:00"),
        none,
        none,
    ]);
    let buy = Some("buy");
    let event = StringArray::from(vec![buy, buy, buy, buy, buy, none, Some("other")]);
    let events = batch(vec![
        ("user_id", Arc::new(user)),
        ("ts", Arc::new(time)),
        ("event", Arc::new(event)),
    ]);
    let people = batch(vec![("user_id", ids(&[1, 2]))]);
    let names = ColumnNames::default();
    let (found, skipped) = members("segment s = did buy", Some(&people), &events, &names).unwrap();
    assert_eq!(found, ["1"]);
    let expected = Skipped {
        without_event: 1,
        without_id: 1,
        outside: 1,
        without_time: 1,
        with_unreadable_time: 1,
    };
    assert_eq!(skipped, expected);
    assert_eq!(skipped.rows(), 5);
}

#[test]
fn more_names_than_codes_are_refused() {
    let names: Vec<String> = (0..65_535).map(|at| format!("e{at}")).collect();
    let parts: Vec<String> = names
        .chunks(10)
        .enumerate()
        .map(|(at, names)| format!("segment s{at} = did {}", names.join(" or did ")))
        .collect();
    let plan = Plan::compile(Library::parse(&parts.join("\n")).unwrap()).unwrap();
    let error = Table::builder(&Needs::of(&plan)).finish().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the definitions look at 65535 different events; a table holds 65534: evaluate them in parts"
    );
}

#[test]
fn one_person_with_everything_is_refused_before_it_runs() {
    let rows = 100_000;
    let plan: String = (0..100)
        .map(|at| format!("segment s{at} = sum(amount of buy where amount > {at}) > 0\n"))
        .collect();
    let amounts: ArrayRef = Arc::new(Int64Array::from(vec![5; rows]));
    let events = batch(vec![
        ("user_id", ids(&vec![1; rows])),
        ("ts", times(rows)),
        ("event", texts(&vec!["buy"; rows])),
        ("amount", amounts),
    ]);
    let (plan, table) = read(&plan, None, &events, &ColumnNames::default()).unwrap();
    let options = |memory_max| Options {
        memory_max,
        // More threads than chunks take no more.
        threads: 1_000,
    };
    // 100 features of a row, an instant and a value each.
    let needed = batch::memory_needed(&plan, &table, options(0)).unwrap();
    assert!(needed > 100 * rows * 20, "{needed}");
    assert!(needed < 100 * rows * 64, "{needed}");
    let as_of = "2026-04-01".parse().unwrap();
    let error = batch::evaluate(&plan, &table, as_of, options(needed - 1)).unwrap_err();
    assert!(error.to_string().contains("KiB are allowed"), "{error}");
    let answers = batch::evaluate(&plan, &table, as_of, options(needed)).unwrap();
    assert_eq!(answers.members("s1").unwrap().count(), 1);
}
