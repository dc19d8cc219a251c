//! Every level beside the obvious way to decide it, and columns compared by declared levels.

mod slow;

use proptest::prelude::*;

use slow::slow_list;

use super::*;
use crate::{
    matching::{
        BlockingRule, FieldKind, FieldSetting, Records, Settings,
        compare::{pattern, pattern_across},
        field, forms,
    },
    text::Phonetic,
};

/// The declared level by name on which two cells agree, the same both ways round and for dictionaries of their own.
fn level_of(setting: &FieldSetting, left: &str, right: &str) -> String {
    let mut builder = Records::builder(["c"]);
    for cell in [left, right] {
        builder.push(0, [(0, cell)]).unwrap();
    }
    let records = builder.finish().unwrap();
    let settings = Settings::new(vec![setting.clone()], Vec::new());
    let plan = settings.plan(&records).unwrap();
    let fields = field::prepare(&records, &plan.fields).unwrap();
    let shared = pattern(&fields, [0, 1]);
    let back = pattern(&fields, [1, 0]);
    let alone = fields.clean_row(&plan.fields, |_| right.trim());
    let across = pattern_across(&fields, fields.side(0), alone.only_side());
    assert_eq!((shared, shared), (back, across), "{left} and {right}");
    fields[0].levels.name(shared.level(0)).into_owned()
}

fn setting(kind: FieldKind, levels: &[&str]) -> FieldSetting {
    FieldSetting::new("f", kind, ["c"]).compared_by(levels)
}

fn check(setting: &FieldSetting, left: &str, right: &str, expected: &str) {
    assert_eq!(
        level_of(setting, left, right),
        expected,
        "{left} and {right}"
    );
}

#[test]
fn names_and_words() {
    let surname = setting(
        FieldKind::Surname,
        &[
            "exact",
            "damerau_levenshtein <= 1",
            "jaro_winkler >= 0.92",
            "phonetic",
            "jaro_winkler >= 0.8",
        ],
    );
    check(&surname, "Smith", "SMITH", "equal");
    check(&surname, "Smith", "Simth", "at most 1 edit or swap");
    check(
        &surname,
        "Fernandez",
        "Fernandezgil",
        "Jaro-Winkler at least 0.92",
    );
    check(&surname, "Robert", "Rupert", "sounds alike (Soundex)");
    check(
        &surname,
        "Smithfield",
        "Smithers",
        "Jaro-Winkler at least 0.8",
    );
    check(&surname, "Smith", "Jones", "different");
    check(&surname, "Smith", "", "missing");
    let given = setting(
        FieldKind::GivenName,
        &["exact", "nickname", "phonetic:cologne", "contains"],
    );
    check(&given, "Bill", "William", "nickname");
    check(&given, "Maier", "Meyer", "sounds alike (Cologne)");
    check(&given, "Anna", "Anna Maria", "one contains the other");
    let title = setting(
        FieldKind::Title,
        &[
            "exact",
            "jaccard >= 0.6",
            "tokens_shared >= 2",
            "levenshtein <= 3",
        ],
    );
    check(&title, "Blue Nile Ltd", "blue nile", "Jaccard at least 0.6");
    check(
        &title,
        "The Blue Nile Group",
        "blue nile",
        "at least 2 words shared",
    );
    check(&title, "abcd", "axyz", "at most 3 edits");
    check(&title, "abcdef", "uvwxyz", "different");
}

#[test]
fn letters_of_all_scripts_count_once() {
    // A code keeps its letters: two bytes that differ are one edit.
    let code = setting(
        FieldKind::Code,
        &[
            "exact",
            "levenshtein <= 1",
            "jaro >= 0.7",
            "last_digits >= 3",
        ],
    );
    check(&code, "дом1", "том1", "at most 1 edit");
    check(&code, "дома11", "томи11", "Jaro at least 0.7");
    check(&code, "abcdefg-123", "uvwxyz/123", "same last 3 digits");
    check(&code, "12", "12", "equal");
}

#[test]
fn dates_numbers_and_contacts() {
    let born = setting(
        FieldKind::Date,
        &[
            "exact",
            "day_month_swapped",
            "days <= 1",
            "damerau_levenshtein <= 1",
            "months <= 1",
            "years <= 1",
            "same_year",
        ],
    );
    check(&born, "1984-03-11", "1984-11-03", "day and month swapped");
    check(&born, "1984-02-28", "1984-02-29", "at most 1 day apart");
    check(&born, "2000-02-28", "2000-03-01", "at most 1 month apart");
    check(&born, "1999-12-31", "2000-01-01", "at most 1 day apart");
    check(&born, "1984-03-11", "1994-03-11", "at most 1 edit or swap");
    check(&born, "1984-03-11", "1984-12-25", "at most 1 year apart");
    check(&born, "1984", "1984-12-25", "same year");
    check(&born, "1984-03-11", "1957-09-25", "different");
    check(&born, "1984", "1984", "equal");
    let price = setting(
        FieldKind::Number,
        &["exact", "number_percent <= 2", "number_distance <= 20"],
    );
    check(&price, "100", "101.5", "within 2 %");
    check(&price, "-100", "-120", "at most 20 apart");
    check(&price, "100", "140", "different");
    check(&price, "100", "nan", "different");
    let mail = setting(
        FieldKind::Email,
        &[
            "exact",
            "email_mailbox",
            "email_user",
            "email_user jaro_winkler >= 0.88",
            "email_domain",
        ],
    );
    check(
        &mail,
        "Ann.Lee+x@gmail.com",
        "annlee@googlemail.com",
        "same mailbox",
    );
    check(&mail, "ann.lee@x.org", "ann.lee@y.net", "same user");
    check(
        &mail,
        "ann.lee@x.org",
        "ann.leee@y.net",
        "user: Jaro-Winkler at least 0.88",
    );
    check(&mail, "ann.lee@x.org", "bob@x.org", "same domain");
    check(&mail, "ann.lee", "ann.leee", "different");
    check(&mail, "ann.lee", "ann.lee", "equal");
    let phone = setting(
        FieldKind::Phone,
        &["exact", "last_digits >= 7", "levenshtein <= 1"],
    );
    check(&phone, "+44 20 7946 0018", "020 7946 0018", "equal");
    check(
        &phone,
        "+49 30 1234567",
        "030 1234567",
        "same last 7 digits",
    );
    check(&phone, "2079460018", "2079460028", "at most 1 edit");
    check(&phone, "2079460018", "1999999999", "different");
}

#[test]
fn lists_are_sets_of_cleaned_members() {
    let mails = setting(
        FieldKind::Email,
        &[
            "exact",
            "shared >= 2",
            "any_shared",
            "any damerau_levenshtein <= 1",
        ],
    )
    .separated_by(";");
    check(
        &mails,
        "b@x.org; A@x.org",
        "a@x.org;b@x.org;;a@x.org",
        "equal",
    );
    check(
        &mails,
        "a@x.org;b@x.org;c@x.org",
        "c@x.org;a@x.org",
        "at least 2 members shared",
    );
    check(
        &mails,
        "a@x.org;b@x.org",
        "c@x.org;a@x.org",
        "a member shared",
    );
    check(
        &mails,
        "ann@x.org;b@x.org",
        "c@x.org;nan@x.org;an@x.org",
        "a member: at most 1 edit or swap",
    );
    check(&mails, "ann@x.org", "bob@y.net", "different");
    check(&mails, ";; ;", "bob@y.net", "missing");
    let names = setting(
        FieldKind::Surname,
        &["exact", "contains", "jaccard >= 0.3", "any jaro >= 0.9"],
    )
    .separated_by(",");
    check(
        &names,
        "de la Cruz, Smith",
        "Smith",
        "one contains the other",
    );
    check(
        &names,
        "Smith, Jones",
        "Smith, Brown",
        "Jaccard at least 0.3",
    );
    check(
        &names,
        "Smithson, Jones",
        "Smithsen, Brown",
        "a member: Jaro at least 0.9",
    );
    check(&names, "de la Cruz", "de la Rosa", "different");
}

/// Levels that fit a kind, beside those of any text.
struct Case {
    kind: FieldKind,
    separator: Option<&'static str>,
    /// What its cells look like.
    cells: &'static str,
    levels: Vec<&'static str>,
}

const OF_TEXTS: &str =
    "jaro_winkler >= 0.8, jaro >= 0.7, levenshtein <= 2, damerau_levenshtein <= 1";
const OF_WORDS: &str =
    "phonetic, phonetic:cologne, jaccard >= 0.5, tokens_shared >= 1, tokens_shared >= 2, contains";
const OF_DATES: &str =
    "days <= 3, days <= 400, months <= 2, years <= 3, same_year, day_month_swapped";
const OF_EMAILS: &str =
    "email_mailbox, email_user, email_user jaro >= 0.7, email_user levenshtein <= 1, email_domain";
const OF_LISTS: &str = "shared >= 1, shared >= 2, any_shared, jaccard >= 0.5, contains, any jaro_winkler >= 0.8, \
     any jaro >= 0.8, any levenshtein <= 1, any damerau_levenshtein <= 1";
const OF_NUMBERS: &str = "number_distance <= 5, number_percent <= 10";

fn cases() -> Vec<Case> {
    use FieldKind::{Code, Date, Email, GivenName, Number, Phone, Surname, Title};
    let dates = "(19[89][0-9]|2000|0000)-?(0[0-9]|1[0-3])-?([0-2][0-9]|3[0-2])|[0-9]{4,8}";
    let emails = "[ab.+]{1,4}@(gmail.com|googlemail.com|x.org)|[ab@д]{0,5}";
    let given = "bill|william|will|bob|robert|[ab]{1,3}";
    let values = [
        (Surname, "[ab]{0,3} ?[a-cé]{0,4}", OF_WORDS),
        (GivenName, given, "nickname"),
        (Title, "([ab]{1,2} ){0,4}", OF_WORDS),
        (Date, dates, OF_DATES),
        (Email, emails, OF_EMAILS),
        (Phone, "[0-2]{1,11}", "last_digits >= 2, last_digits >= 7"),
        (Code, "[ab1д-]{0,6}", "last_digits >= 2"),
        (Number, "-?[0-9]{1,3}(\\.[05])?|x|1e2", OF_NUMBERS),
    ];
    let values = values.map(|(kind, cells, own)| Case {
        kind,
        separator: None,
        cells,
        levels: OF_TEXTS.split(", ").chain(own.split(", ")).collect(),
    });
    let lists = [
        (Email, ";", "([ab]{1,2}@x;){0,3}[a]?"),
        (Surname, ",", "([ab]{1,3},){1,3}[a ]{0,2}"),
    ];
    let lists = lists.map(|(kind, separator, cells)| Case {
        kind,
        separator: Some(separator),
        cells,
        levels: OF_LISTS.split(", ").collect(),
    });
    values.into_iter().chain(lists).collect()
}

proptest! {
    /// Against the plainest means, each level alone, through the whole path from cells to levels.
    #[test]
    fn each_level_agrees_with_the_slow_one(
        (case, left, right) in (0..cases().len()).prop_flat_map(|case| {
            let pattern = cases()[case].cells;
            (Just(case), prop::string::string_regex(pattern).unwrap(), prop::string::string_regex(pattern).unwrap())
        }),
        is_same in prop::bool::weighted(0.1),
    ) {
        let right = if is_same { left.clone() } else { right };
        let Case { kind, separator, levels, .. } = &cases()[case];
        for text in levels {
            let mut setting = setting(*kind, &[text]);
            setting.separator = separator.map(str::to_owned);
            let found = level_of(&setting, &left, &right);
            let (x, y) = (cleaned(&setting, &left), cleaned(&setting, &right));
            let level = crate::matching::comparison::read(text).unwrap();
            let expected = match (x.is_empty() || y.is_empty(), slow_list(&setting, level, &x, &y)) {
                (true, _) => "missing".to_owned(),
                (_, true) => level.in_words(),
                _ => "different".to_owned(),
            };
            prop_assert_eq!(found, expected, "{} of {:?} and {:?}", text, x, y);
        }
    }

    /// What is called contained holds nowhere else.
    #[test]
    fn what_is_never_reached_is_not_reached(
        (case, left, right) in (0..cases().len()).prop_flat_map(|case| {
            let pattern = cases()[case].cells;
            (Just(case), prop::string::string_regex(pattern).unwrap(), prop::string::string_regex(pattern).unwrap())
        }),
    ) {
        use crate::matching::comparison::{read, unreachable};
        let Case { kind, separator, levels, .. } = &cases()[case];
        let mut all: Vec<ComparisonLevel> = levels.iter().map(|text| read(text).unwrap()).collect();
        all.push(ComparisonLevel::Exact);
        let mut plain = setting(*kind, &["exact"]);
        plain.separator = separator.map(str::to_owned);
        let (x, y) = (cleaned(&plain, &left), cleaned(&plain, &right));
        prop_assume!(!x.is_empty() && !y.is_empty());
        for wide in &all {
            for narrow in &all {
                let is_covered = unreachable(&[*wide], *narrow).is_some();
                let only_narrow = slow_list(&plain, *narrow, &x, &y) && !slow_list(&plain, *wide, &x, &y);
                prop_assert!(!(is_covered && only_narrow), "{} is not in {} for {:?} and {:?}", narrow, wide, x, y);
            }
        }
    }
}

fn cleaned(setting: &FieldSetting, cell: &str) -> String {
    let mut builder = Records::builder(["c"]);
    builder.push(0, [(0, cell)]).unwrap();
    let records = builder.finish().unwrap();
    let plan = Settings::new(vec![setting.clone()], Vec::new())
        .plan(&records)
        .unwrap();
    field::prepare(&records, &plan.fields)
        .unwrap()
        .text(0, 0)
        .to_owned()
}

#[test]
fn exchanged_names_are_a_level() {
    let levels = ["exact", "crossed", "jaro_winkler >= 0.9"];
    let fields = vec![
        FieldSetting::new("given", FieldKind::GivenName, ["g"]).compared_by(levels),
        FieldSetting::new("surname", FieldKind::Surname, ["s"]).compared_by(levels),
    ];
    let mut builder = Records::builder(["g", "s"]);
    for row in [["Ann", "Smith"], ["Smith", "Ann"], ["Anne", "Smith"]] {
        builder.push(0, row.into_iter().enumerate()).unwrap();
    }
    let records = builder.finish().unwrap();
    let rules = vec![BlockingRule(vec!["surname".into()])];
    let plan = Settings::new(fields, rules).plan(&records).unwrap();
    let fields = field::prepare(&records, &plan.fields).unwrap();
    let named = |pair| {
        let pattern = pattern(&fields, pair);
        [0, 1].map(|at| fields[at].levels.name(pattern.level(at)).into_owned())
    };
    assert_eq!(named([0, 1]), ["crossed", "crossed"]);
    assert_eq!(named([0, 2]), ["Jaro-Winkler at least 0.9", "equal"]);
}

#[test]
fn forms_are_empty_where_there_is_nothing() {
    use forms::Form;
    assert_eq!(Form::Sound(Phonetic::Soundex).of("123"), 0);
    assert_eq!(Form::EmailUser.of("ann"), 0);
    assert_eq!(Form::EmailUser.of("@x.org"), 0);
    assert_eq!(Form::EmailMailbox.of("ann"), 0);
    assert_ne!(Form::EmailDomain.of("ann@x.org"), 0);
    assert_eq!(Form::Day.of("19840230"), 0);
    assert_eq!(Form::Day.of("19840000"), 0);
    assert_eq!(Form::Day.of("20000301") - Form::Day.of("20000228"), 2);
    assert_eq!(Form::NicknameLists.of("xanthippe"), 0);
    assert_ne!(Form::NicknameLists.of("bill"), 0);
}
