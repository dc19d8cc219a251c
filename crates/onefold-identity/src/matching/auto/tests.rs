//! Columns of every sort, and what `propose` says of them.

use super::*;

/// Columns as `name: value, value, ...`, repeated to a hundred rows; what is said of each column.
fn check(columns: &[(&str, &[&str])], expected: &[&str]) {
    let mut builder = Records::builder(columns.iter().map(|(name, _)| *name));
    for row in 0..100 {
        let numbered: Vec<String> = columns
            .iter()
            .map(|(_, values)| values[row % values.len()].replace('#', &row.to_string()))
            .collect();
        builder
            .push(
                0,
                numbered
                    .iter()
                    .enumerate()
                    .map(|(at, text)| (at, text.as_str())),
            )
            .unwrap();
    }
    let (_, reasons) = propose_fields(&builder.finish().unwrap(), &["hidden"]);
    assert_eq!(reasons, expected);
}

#[test]
fn columns_are_known_by_name_and_by_value() {
    check(
        &[
            ("rec_id", &["rec-#-org"]),
            ("unique_id", &["#"]),
            ("given_name", &["ann", "bob"]),
            ("lastName", &["smith", "jones"]),
            ("soc_sec_id", &["1234#"]),
            ("dob", &["1984-03-11", "1957-09-25"]),
            ("contact", &["a#@x.org"]),
            ("number", &["+44 20 7946 00#"]),
        ],
        &[
            "`rec_id` is left out: 100 % of its values are unique: a serial number",
            "`unique_id` is left out: 100 % of its values are unique: a serial number",
            "`given_name` is compared as a given name: its name is that of a given name",
            "`lastName` is compared as a surname: its name is that of a family name",
            "`soc_sec_id` is compared as a number given once: its name is that of a number given once",
            "`dob` is compared as a date: its values are dates",
            "`contact` is compared as an e-mail address: its values have `@`",
            "`number` is compared as a telephone number: its values look like telephone numbers",
        ],
    );
}

#[test]
fn places_and_parts_of_dates() {
    check(
        &[
            ("by", &["1967", "1984"]),
            ("bm", &["9", "12"]),
            ("bd", &["27", "3"]),
            ("addr", &["# high street"]),
            ("address_2", &["villa mar", "rose cottage"]),
            ("zip", &["02138", "02139"]),
            ("state", &["wa", "vic"]),
            ("city", &["leeds", "york"]),
        ],
        &[
            "`addr` is compared as an address: its values begin with a number and go on with a street",
            "`address_2` is compared as a street: its name is that of a street",
            "`zip` is compared as a postal code: its name is that of a postal code",
            "`state` is compared as a category: its name is that of a category",
            "`city` is compared as a place: its name is that of a place",
            "`by`, `bm` and `bd` are compared as one date",
        ],
    );
}

#[test]
fn what_says_nothing_is_left_out() {
    check(
        &[
            ("hidden", &["ann", "bob"]),
            ("cluster", &["1", "2"]),
            ("source", &["crm", "web"]),
            ("same", &["x"]),
            ("empty", &[""]),
            ("id", &["1", "2"]),
            ("kind", &["bar", "diner"]),
            ("title", &["the blue nile #", "palace of the moon #"]),
        ],
        &[
            "`hidden` is left out: it was excluded",
            "`cluster` is left out: its name says that it holds clusters",
            "`source` is left out: it says where a record came from, not whom it is about",
            "`same` is left out: it says the same of everybody",
            "`empty` is left out: it is empty",
            "`id` is left out: its name is that of a key",
            "`kind` is compared as a category: it has 2 different values only",
            "`title` is compared as a name of several words: its values have several words",
        ],
    );
}

#[test]
fn the_keys_of_two_sources_are_keys_though_they_are_the_same() {
    let mut builder = Records::builder(["rec_id", "surname"]);
    for source in 0..2 {
        for row in 0..50 {
            let id = format!("{row}");
            builder
                .push(source, [(0, id.as_str()), (1, "smith")])
                .unwrap();
        }
    }
    let (fields, reasons) = propose_fields(&builder.finish().unwrap(), &[]);
    assert!(fields.is_empty());
    assert_eq!(
        reasons[0],
        "`rec_id` is left out: 100 % of its values are unique: a serial number"
    );
}

/// A key may be made of letters, of words or of marks.
#[test]
fn keys_of_any_make_are_left_out() {
    let mut builder = Records::builder(["handle", "record", "account", "login", "name"]);
    for row in 0..1_000_u32 {
        let letter = |by: u32| char::from(b'A' + (row / by % 26) as u8);
        let handle: String = [17_576, 676, 26, 1].map(letter).into_iter().collect();
        let mixed = row.wrapping_mul(0x9e37_79b9) | 1 << 31;
        let login: String = format!("{mixed:032b}")[..20]
            .replace('0', "k")
            .replace('1', "q");
        let cells = [
            format!("AA{handle}"),
            format!("rec {row:06}"),
            format!("100-000-{row:04}"),
            login,
            ["ann lee", "bob", "carla van dam", "d'arcy"][row as usize % 4].to_owned()
                + &"x".repeat(row as usize % 9),
        ];
        builder
            .push(0, cells.iter().map(String::as_str).enumerate())
            .unwrap();
    }
    let (fields, reasons) = propose_fields(&builder.finish().unwrap(), &[]);
    let names: Vec<&str> = fields.iter().map(|field| &*field.name).collect();
    assert_eq!(names, ["name"], "{reasons:#?}");
}
