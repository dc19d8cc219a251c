//! `truth.json`: the answers, so that a test can hold what was found against what is true.

use std::collections::BTreeMap;

use crate::book::{Book, NO_REPLY, RECEPTION, TABLET};
use crate::calendar::{AS_OF, seconds};
use crate::people::{COUPLES, COUPLES_WITH_DEVICE, Person};
use crate::text::{Object, decimal, texts};

/// The file.
pub(crate) fn truth(seed: u64, people: &[Person], book: &Book) -> Vec<u8> {
    let pieces = book.people();
    let found: usize = pieces.values().map(Vec::len).sum();
    let line = |person: &Person| {
        let pieces = pieces
            .get(&person.number)
            .map(Vec::as_slice)
            .unwrap_or_default();
        format!("    {}", describe(person, pieces))
    };
    let persons: Vec<String> = people.iter().map(line).collect();
    let couples = |count: usize| {
        let pairs: Vec<String> = (0..count)
            .map(|couple| format!("[{},{}]", 2 * couple + 1, 2 * couple + 2))
            .collect();
        format!("[{}]", pairs.join(","))
    };
    let members = [
        ("seed", seed.to_string()),
        ("as_of", format!("\"{}\"", seconds(AS_OF))),
        ("people", people.len().to_string()),
        ("people_seen", pieces.len().to_string()),
        ("people_joinable_by_identifiers", found.to_string()),
        ("blocked_addresses", texts(&[RECEPTION, NO_REPLY])),
        ("shared_device_of_the_shop", format!("\"{TABLET}\"")),
        ("couples_with_one_telephone", couples(COUPLES)),
        ("couples_with_one_device", couples(COUPLES_WITH_DEVICE)),
        (
            "web_revenue",
            format!("\"{}\"", decimal(book.count("web_events.revenue_cents"))),
        ),
        (
            "pos_gross",
            format!("\"{}\"", decimal(book.count("pos_orders.gross_cents"))),
        ),
        (
            "pos_returned",
            format!("\"{}\"", decimal(book.count("pos_orders.returned_cents"))),
        ),
        (
            "pos_gross_of_people",
            format!(
                "\"{}\"",
                decimal(book.count("pos_orders.gross_of_people_cents"))
            ),
        ),
        (
            "pos_returned_of_people",
            format!(
                "\"{}\"",
                decimal(book.count("pos_orders.returned_of_people_cents"))
            ),
        ),
        ("counts", counts(book)),
        ("groups", groups(book)),
        ("persons", format!("[\n{}\n  ]", persons.join(",\n"))),
    ];
    let members: Vec<String> = members
        .iter()
        .map(|(key, value)| format!("  \"{key}\": {value}"))
        .collect();
    format!("{{\n{}\n}}\n", members.join(",\n")).into_bytes()
}

fn counts(book: &Book) -> String {
    let lines: Vec<String> = book
        .counts()
        .map(|(what, count)| format!("    \"{what}\": {count}"))
        .collect();
    format!("{{\n{}\n  }}", lines.join(",\n"))
}

fn groups(book: &Book) -> String {
    let line = |(what, people): (&str, &[usize])| {
        let people: Vec<String> = people.iter().map(usize::to_string).collect();
        format!("    \"{what}\": [{}]", people.join(","))
    };
    let lines: Vec<String> = book.groups().map(line).collect();
    format!("{{\n{}\n  }}", lines.join(",\n"))
}

/// One person: the number, the name, and for each joinable piece its identifiers by kind.
fn describe(person: &Person, pieces: &[Vec<String>]) -> String {
    let piece = |identifiers: &Vec<String>| {
        let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (kind, value) in identifiers
            .iter()
            .filter_map(|identifier| identifier.split_once(':'))
        {
            kinds.entry(kind).or_default().push(value);
        }
        kinds
            .iter()
            .fold(Object::new(), |object, (kind, values)| {
                object.json(kind, &texts(values))
            })
            .finish()
    };
    let pieces: Vec<String> = pieces.iter().map(piece).collect();
    let number = i64::try_from(person.number).unwrap_or_default();
    Object::new()
        .number("person", number)
        .text("name", &format!("{} {}", person.first, person.last))
        .json("pieces", &format!("[{}]", pieces.join(",")))
        .finish()
}
