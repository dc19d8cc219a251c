//! Levels as texts: what reads, what is refused with which advice, what contains what.

use proptest::prelude::*;

use super::*;
use crate::matching::kind::FieldKind;

/// Every example of the reference, as it is written and as explanations say it.
const REFERENCE: [(&str, &str); 38] = [
    ("exact", "equal"),
    ("jaro_winkler >= 0.92", "Jaro-Winkler at least 0.92"),
    ("jaro >= 0.9", "Jaro at least 0.9"),
    ("levenshtein <= 2", "at most 2 edits"),
    ("damerau_levenshtein <= 1", "at most 1 edit or swap"),
    ("phonetic", "sounds alike (Soundex)"),
    ("phonetic:cologne", "sounds alike (Cologne)"),
    ("nickname", "nickname"),
    ("crossed", "crossed"),
    ("number_distance <= 0.5", "at most 0.5 apart"),
    ("number_percent <= 2", "within 2 %"),
    ("days <= 1", "at most 1 day apart"),
    ("days <= 31", "at most 31 days apart"),
    ("months <= 1", "at most 1 month apart"),
    ("years <= 10", "at most 10 years apart"),
    ("same_year", "same year"),
    ("day_month_swapped", "day and month swapped"),
    ("email_mailbox", "same mailbox"),
    ("email_user", "same user"),
    (
        "email_user jaro_winkler >= 0.9",
        "user: Jaro-Winkler at least 0.9",
    ),
    ("email_user jaro >= 0.9", "user: Jaro at least 0.9"),
    ("email_user levenshtein <= 1", "user: at most 1 edit"),
    (
        "email_user damerau_levenshtein <= 1",
        "user: at most 1 edit or swap",
    ),
    ("email_domain", "same domain"),
    ("last_digits >= 7", "same last 7 digits"),
    ("jaccard >= 0.5", "Jaccard at least 0.5"),
    ("tokens_shared >= 1", "at least 1 word shared"),
    ("tokens_shared >= 2", "at least 2 words shared"),
    ("contains", "one contains the other"),
    ("any_shared", "a member shared"),
    ("shared >= 1", "at least 1 member shared"),
    ("shared >= 2", "at least 2 members shared"),
    (
        "any jaro_winkler >= 0.9",
        "a member: Jaro-Winkler at least 0.9",
    ),
    ("any jaro >= 0.85", "a member: Jaro at least 0.85"),
    ("any levenshtein <= 2", "a member: at most 2 edits"),
    (
        "any damerau_levenshtein <= 1",
        "a member: at most 1 edit or swap",
    ),
    ("years <= 1", "at most 1 year apart"),
    ("months <= 6", "at most 6 months apart"),
];

#[test]
fn the_reference_reads_and_prints_as_itself() {
    for (text, words) in REFERENCE {
        let level = read(text).unwrap();
        assert_eq!(level.to_string(), text);
        assert_eq!(level.in_words(), words, "{text}");
        let squeezed = text.replace(" >= ", ">=").replace(" <= ", "<=");
        assert_eq!(read(&format!("  {squeezed} ")), Ok(level));
    }
    assert_eq!(read("phonetic:soundex"), read("phonetic"));
}

#[test]
fn the_reference_names_every_level() {
    let docs = include_str!("../comparison.rs");
    let table: Vec<&str> = docs
        .lines()
        .filter(|line| line.starts_with("/// | `"))
        .collect();
    for (text, _) in REFERENCE {
        let name = text.split([' ', '>', '<']).next().unwrap();
        let is_there = table.iter().any(|line| line.contains(&format!("`{name}")));
        assert!(is_there, "`{text}` is not in the table");
    }
}

/// What is written, what is told, and what to write instead.
const MISTAKES: &str = "\
exakt
    there is no level `exakt`
    did you mean `exact`?

jaro_winker >= 0.9
    there is no level `jaro_winker`
    did you mean `jaro_winkler`?

jaro_winkler
    `jaro_winkler` has no threshold
    write `jaro_winkler >= 0.92`

jaro_winkler <= 0.9
    `jaro_winkler` is compared with `>=`
    write `jaro_winkler >= 0.9`

jaro_winkler > 0.9
    `jaro_winkler` is compared with `>=`
    write `jaro_winkler >= 0.9`

jaro_winkler >= 92
    the threshold of `jaro_winkler` is between 0 and 1, not `92`
    write `jaro_winkler >= 0.92`

jaro_winkler >= 1
    `jaro_winkler >= 1` asks for equality
    write `exact`; a threshold here is between 0 and 1

levenshtein <= 0
    `levenshtein <= 0` asks for equality
    write `exact`; a threshold here is a whole number from 1 to 16

levenshtein <= 1.5
    the threshold of `levenshtein` is a whole number from 1 to 16, not `1.5`
    write `levenshtein <= 1`

levenshtein >= 2
    `levenshtein` is compared with `<=`
    write `levenshtein <= 2`

exact >= 1
    `exact` has no threshold
    write `exact`

any phonetic
    `phonetic` cannot be asked of `any`
    write `any jaro_winkler >= 0.9`, or with `jaro`, `levenshtein` or `damerau_levenshtein`

any jaro <= 0.9
    `any jaro` is compared with `>=`
    write `any jaro >= 0.9`

number_percent <= 200
    the threshold of `number_percent` is between 0 and 100, not `200`
    write `number_percent <= 5`

shared >= some
    the threshold of `shared` is a whole number from 1 to 100000, not `some`
    write `shared >= 2`";

#[test]
fn what_cannot_be_read_says_what_to_write() {
    let check = |text: &str, message: &str, help: &str| {
        let expected = Mistake {
            message: message.to_owned(),
            help: help.to_owned(),
        };
        assert_eq!(read(text), Err(expected), "{text}");
    };
    for mistake in MISTAKES.split("\n\n") {
        let lines: Vec<&str> = mistake.lines().map(str::trim).collect();
        check(lines[0], lines[1], lines[2]);
    }
    let all = read("#").unwrap_err().help;
    assert!(
        all.starts_with("there are: `exact`, `jaro_winkler`,"),
        "{all}"
    );
}

#[test]
fn levels_fit_their_kinds() {
    let check = |text: &str, kind, holder, expected: &str| {
        let found = misfit(read(text).unwrap(), kind, holder);
        let found = found.map_or(String::new(), |it| format!("{}; {}", it.message, it.help));
        assert!(
            found.starts_with(expected) && found.is_empty() == expected.is_empty(),
            "{text}: {found}"
        );
    };
    use FieldKind::{Date, Email, GivenName, Number, Phone, Surname, Title};
    check("exact", Date, Holder::List, "");
    check("levenshtein <= 1", Date, Holder::One, "");
    check("nickname", GivenName, Holder::One, "");
    check(
        "nickname",
        Surname,
        Holder::One,
        "`nickname` says nothing about a field of kind `surname`",
    );
    check("days <= 3", Date, Holder::One, "");
    check(
        "days <= 3",
        Email,
        Holder::One,
        "`days <= 3` says nothing about a field of kind `email`; beside `exact` and the distances of strings it has: \
         `email_mailbox`,",
    );
    check("email_user", Email, Holder::One, "");
    check(
        "email_user",
        Email,
        Holder::List,
        "`email_user` compares one value, and this field is a list; lists have:",
    );
    check("any_shared", Email, Holder::List, "");
    check(
        "any_shared",
        Email,
        Holder::One,
        "`any_shared` compares lists, and this field has no `separator`;",
    );
    check("tokens_shared >= 2", Title, Holder::One, "");
    check(
        "tokens_shared >= 2",
        Title,
        Holder::List,
        "`tokens_shared >= 2` compares one value",
    );
    check("jaccard >= 0.5", Title, Holder::List, "");
    check(
        "jaccard >= 0.5",
        Phone,
        Holder::One,
        "`jaccard >= 0.5` says nothing",
    );
    check("last_digits >= 7", Phone, Holder::One, "");
    check("number_distance <= 2", Number, Holder::One, "");
    check("phonetic", Number, Holder::One, "`phonetic` says nothing");
    check("crossed", Surname, Holder::One, "");
    check("crossed", Title, Holder::One, "`crossed` says nothing");
}

#[test]
fn contained_levels_are_found() {
    let check = |earlier: &[&str], text: &str, expected: Option<&str>| {
        let earlier: Vec<ComparisonLevel> = earlier.iter().map(|it| read(it).unwrap()).collect();
        let found = unreachable(&earlier, read(text).unwrap()).map(|level| level.to_string());
        assert_eq!(found.as_deref(), expected, "{earlier:?} before {text}");
    };
    check(&["exact"], "jaro >= 0.9", None);
    check(&["jaro >= 0.9"], "exact", Some("jaro >= 0.9"));
    check(&["last_digits >= 7"], "exact", None);
    check(&["shared >= 2"], "exact", None);
    check(&["shared >= 1"], "exact", Some("shared >= 1"));
    check(
        &["exact", "jaro >= 0.8"],
        "jaro >= 0.9",
        Some("jaro >= 0.8"),
    );
    check(&["jaro >= 0.9"], "jaro_winkler >= 0.9", None);
    check(
        &["jaro_winkler >= 0.9"],
        "jaro >= 0.9",
        Some("jaro_winkler >= 0.9"),
    );
    check(&["levenshtein <= 1"], "damerau_levenshtein <= 1", None);
    check(
        &["levenshtein <= 2"],
        "damerau_levenshtein <= 1",
        Some("levenshtein <= 2"),
    );
    check(
        &["damerau_levenshtein <= 1"],
        "levenshtein <= 1",
        Some("damerau_levenshtein <= 1"),
    );
    check(&["years <= 1"], "months <= 12", Some("years <= 1"));
    check(&["months <= 1"], "days <= 31", None);
    check(&["months <= 1"], "days <= 30", Some("months <= 1"));
    check(
        &["email_user jaro >= 0.8"],
        "email_user",
        Some("email_user jaro >= 0.8"),
    );
    check(&["any_shared"], "shared >= 2", Some("any_shared"));
    check(&["any_shared"], "jaccard >= 0.5", Some("any_shared"));
    check(&["any jaro >= 0.8"], "any_shared", Some("any jaro >= 0.8"));
    check(&["any_shared"], "any jaro >= 0.8", None);
    check(
        &["tokens_shared >= 1"],
        "contains",
        Some("tokens_shared >= 1"),
    );
    check(&["phonetic"], "phonetic:cologne", None);
    check(
        &["number_percent <= 5"],
        "number_percent <= 2",
        Some("number_percent <= 5"),
    );
}

proptest! {
    #[test]
    fn any_text_is_a_level_or_a_mistake_with_advice(text in "[a-z_:]{0,9} ?[<>=]{0,2} ?[0-9.-]{0,5}|\\PC{0,30}") {
        match read(&text) {
            Ok(level) => prop_assert_eq!(read(&level.to_string()), Ok(level)),
            Err(mistake) => prop_assert!(!mistake.help.is_empty() && !mistake.message.is_empty()),
        }
    }
}
