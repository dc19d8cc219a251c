//! Telephone numbers by country: with the feature `phone`, and what is said without it.

use onefold_identity::matching::{FieldKind, FieldSetting, Matcher, Settings};

use crate::matching::{options, records};

fn settings(field: FieldSetting) -> Settings {
    Settings::new(vec![field], Vec::new())
}

fn phone() -> FieldSetting {
    FieldSetting::new("phone", FieldKind::Phone, ["phone"])
        .compared_by(["exact", "last_digits >= 7"])
}

/// How the two numbers are shown and on which level they agree.
fn compared(field: FieldSetting, left: &str, right: &str) -> String {
    let rows = [[left.to_owned()], [right.to_owned()]];
    let records = records(&["phone"], &rows);
    let matcher = Matcher::new(&records, &settings(field), options(1)).unwrap();
    let why = matcher.waterfall(&matcher.train(), 0, 1).unwrap();
    let bar = &why.bars()[0];
    format!("{} {}: {}", bar.left, bar.right, bar.level)
}

#[test]
fn without_a_country_the_last_ten_digits_count() {
    let found = compared(phone(), "+49 30 1234567", "030 1234567");
    assert_eq!(found, "9301234567 0301234567: same last 7 digits");
}

#[cfg(feature = "phone")]
#[test]
fn with_a_country_numbers_are_international() {
    let german = || phone().of_country("DE");
    let found = compared(german(), "+49 30 1234567", "030/1234567");
    assert_eq!(found, "+49301234567 +49301234567: equal");
    let found = compared(german(), "0033 6 12 34 56 78", "030/12345699");
    assert_eq!(found, "+33612345678 +493012345699: different");
    // What the country does not have is compared as without one.
    let found = compared(german(), "12", "030/1234567");
    assert_eq!(found, "12 +49301234567: different");
    let list = || {
        german()
            .separated_by(";")
            .compared_by(["exact", "any_shared"])
    };
    let found = compared(list(), "0171 1234567; 030/1234567", "+49301234567");
    assert_eq!(
        found,
        "+491711234567; +49301234567 +49301234567: a member shared"
    );
}

#[test]
fn a_country_that_cannot_be_is_told() {
    let records = records(&["phone"], &[[String::new()]]);
    let check = |field: FieldSetting, expected: &str| {
        let error = settings(field).check(&records).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    let city = FieldSetting::new("city", FieldKind::Place, ["phone"]).of_country("DE");
    check(
        city,
        "/fields/0/country: a field of kind `place` has no country",
    );
    match cfg!(feature = "phone") {
        true => check(
            phone().of_country("Germany"),
            "there is no country `Germany`",
        ),
        false => check(phone().of_country("DE"), "build with the feature `phone`"),
    }
}
