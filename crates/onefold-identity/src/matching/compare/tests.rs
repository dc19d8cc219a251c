//! Pairs of rows, and the levels on which they agree.

use proptest::prelude::*;

use super::*;
use crate::matching::{Records, field, levels::Levels, settings::FieldPlan};

/// The levels by name on which two rows agree: columns are separated by `|`.
fn check(kinds: &[FieldKind], left: &str, right: &str, expected: &str) {
    let (there, back) = (levels(kinds, left, right), levels(kinds, right, left));
    assert_eq!(there, expected, "{left} and {right}");
    assert_eq!(there, back, "{right} and {left}");
}

fn levels(kinds: &[FieldKind], left: &str, right: &str) -> String {
    let names = kinds.iter().enumerate().map(|(at, _)| format!("c{at}"));
    let mut builder = Records::builder(names);
    for row in [left, right] {
        let cells = row.split('|').enumerate();
        builder.push(0, cells).unwrap();
    }
    let records = builder.finish().unwrap();
    let fields = prepared(kinds, &records);
    let shared = pattern(&fields, [0, 1]);
    let across = pattern_across(&fields, fields.side(0), fields.side(1));
    assert_eq!(shared, across);
    assert_eq!(
        patterns(&fields, &[[0, 1], [1, 0]]),
        [shared, pattern(&fields, [1, 0])]
    );
    let named = kinds
        .iter()
        .enumerate()
        .map(|(at, kind)| kind.level_name(shared.level(at)));
    named.collect::<Vec<_>>().join("|")
}

/// Each column as a field of its kind.
fn prepared(kinds: &[FieldKind], records: &Records) -> Fields {
    let plans: Vec<FieldPlan> = kinds
        .iter()
        .enumerate()
        .map(|(at, kind)| FieldPlan {
            name: format!("f{at}").into(),
            kind: *kind,
            columns: vec![at],
            order: crate::text::DateOrder::DayFirst,
            separator: None,
            country: None,
            levels: Levels::of_kind(*kind),
        })
        .collect();
    field::prepare(records, &plans).unwrap()
}

#[test]
fn names() {
    let kinds = &[FieldKind::GivenName, FieldKind::Surname];
    check(kinds, "Ann|Smith", "ANN|smith", "equal|equal");
    check(kinds, "Ann|Smith", "|Smyth", "missing|close");
    check(kinds, "A|Smith", "Ann|Smithe", "initial|close");
    check(kinds, "A|Smith", "Bob|Jones", "different|different");
    check(kinds, "Elizabeth|Stone", "Liz|Stones", "nickname|close");
    check(kinds, "Smith|Ann", "Ann|Smith", "crossed|crossed");
    check(kinds, "Smith|Annabel", "Annabell|Smith", "crossed|crossed");
    check(
        kinds,
        "Ann|Fernandez-Villafan",
        "Ann|Fernandez",
        "equal|similar",
    );
    check(
        kinds,
        "Ann|Garcia Lopez",
        "Ann|Castro Garcia",
        "equal|similar",
    );
}

#[test]
fn dates() {
    let kinds = &[FieldKind::Date];
    check(kinds, "1984-03-11", "11/03/1984", "equal");
    check(kinds, "1984-03-11", "1984-11-03", "one digit or swapped");
    check(kinds, "1984-03-11", "1994-03-11", "one digit or swapped");
    check(kinds, "1984-03-11", "1984-03-29", "two parts");
    check(kinds, "1984-03-11", "1984-09-25", "same year");
    check(kinds, "1984-03-11", "1957-09-25", "different");
    check(kinds, "19081340", "19081304", "one digit or swapped");
}

#[test]
fn contacts_and_codes() {
    let kinds = &[FieldKind::Email, FieldKind::Phone, FieldKind::Code];
    check(
        kinds,
        "ann.lee@x.org|+44 20 7946 0018|123-45-6789",
        "Ann.Lee@x.org|02079460018|123456789",
        "equal|equal|equal",
    );
    check(
        kinds,
        "ann.lee@x.org|2079460018|123456789",
        "ann.lee@y.net|2079460081|123456780",
        "same user|one digit|one digit",
    );
    check(
        kinds,
        "ann.lee@x.org|2079460018|123456789",
        "ann.leee@x.org|2079460999|987001234",
        "close|different|different",
    );
}

#[test]
fn places() {
    let kinds = &[
        FieldKind::Address,
        FieldKind::Place,
        FieldKind::Postcode,
        FieldKind::Category,
    ];
    check(
        kinds,
        "12 High Street|Leeds|LS1 4AB|uk",
        "12 high st.|leeds|ls14ab|UK",
        "equal|equal|equal|equal",
    );
    check(
        kinds,
        "12 High Street|Leeds|LS1 4AB|uk",
        "97 High Street|Leds|LS1 4AC|fr",
        "same street|close|close|different",
    );
    check(
        kinds,
        "12 High Street|Leeds|LS1 4AB|uk",
        "12 Hihg St|York|YO1 7HH|",
        "close|different|different|missing",
    );
}

#[test]
fn titles_and_measures() {
    let kinds = &[FieldKind::Title, FieldKind::Number];
    check(
        kinds,
        "Palace of the Moon|100",
        "of the Moon Palace|101.5",
        "equal|close",
    );
    check(
        kinds,
        "Palace of the Moon|100",
        "Blue Nile|140",
        "different|different",
    );
}

proptest! {
    #[test]
    fn levels_do_not_depend_on_the_order(left in "[a-c1 @]{0,8}", right in "[a-c1 @]{0,8}") {
        use FieldKind::*;
        for kind in [GivenName, Date, Email, Phone, Address, Street, HouseNumber, Place, Title, Set, Number, Word] {
            prop_assert_eq!(levels(&[kind], &left, &right), levels(&[kind], &right, &left));
        }
    }
}

proptest! {
    /// More pairs than are looked at together, with missing, equal, similar and exchanged values.
    #[test]
    fn many_pairs_are_compared_as_one_is(rows in prop::collection::vec(
        ("(ann|anna|smith|)", "(smith|smyth|ann|)", "(1980-01-02|1980-02-01|1981-01-02|)"), 40..50)) {
        let kinds = [FieldKind::GivenName, FieldKind::Surname, FieldKind::Date];
        let mut builder = Records::builder(["given", "surname", "born"]);
        for (given, surname, born) in &rows {
            builder.push(0, [given, surname, born].map(String::as_str).into_iter().enumerate()).unwrap();
        }
        let fields = prepared(&kinds, &builder.finish().unwrap());
        let count = rows.len() as u32;
        let pairs: Vec<Pair> = (0..count).flat_map(|a| (0..a).map(move |b| [b, a])).collect();
        let alone: Vec<Pattern> = pairs.iter().map(|pair| pattern(&fields, *pair)).collect();
        prop_assert_eq!(patterns(&fields, &pairs), alone);
    }
}
