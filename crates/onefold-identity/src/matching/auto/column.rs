//! What a column is, by its name and by what its values look like.
//!
//! Invariant: a column of serial numbers, of clusters or of sources is never a field.

use super::profile::Profile;
use crate::matching::kind::FieldKind;

/// What becomes of a column.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// It is compared, for this reason.
    Field(FieldKind, String),
    /// It is not, for this reason.
    Left(String),
    /// It is a part of a date.
    DatePart(DatePart),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DatePart {
    Year,
    Month,
    Day,
}

/// Judges a column: what says nothing first, then what its values prove, then what its name says, then the rest of
/// what its values look like.
pub(super) fn judge(name: &str, profile: &Profile, rows: usize) -> Verdict {
    let name = Name::new(name);
    let steps = [useless, certain, serial, named, shaped];
    let found = steps.iter().find_map(|step| step(&name, profile, rows));
    found.unwrap_or_else(|| field(FieldKind::Word, "its values are single words"))
}

type Step = fn(&Name, &Profile, usize) -> Option<Verdict>;
const _: [Step; 5] = [useless, certain, serial, named, shaped];

fn field(kind: FieldKind, why: &str) -> Verdict {
    Verdict::Field(kind, why.to_owned())
}

fn left(why: &str) -> Verdict {
    Verdict::Left(why.to_owned())
}

fn useless(name: &Name, profile: &Profile, _: usize) -> Option<Verdict> {
    if profile.distinct == 0 {
        return Some(left("it is empty"));
    }
    if profile.distinct == 1 {
        return Some(left("it says the same of everybody"));
    }
    if name.has(&["cluster"]) {
        return Some(left("its name says that it holds clusters"));
    }
    let is_source = name.has(&["source", "src", "dataset", "file", "filename"]);
    is_source.then(|| left("it says where a record came from, not whom it is about"))
}

/// What is known whatever else the column looks like.
fn certain(name: &Name, profile: &Profile, _: usize) -> Option<Verdict> {
    const CODES: &[&str] = &[
        "ssn",
        "socsec",
        "socialsec",
        "passport",
        "nino",
        "nationalinsurance",
        "taxid",
        "taxnumber",
        "nhs",
        "siren",
        "siret",
        "vatid",
        "vatnumber",
        "licence",
        "license",
        "nationalid",
        "registration",
        "medicare",
    ];
    let is_email =
        profile.at_signs > 0.5 || (name.like(&["email", "mail"]) && profile.at_signs > 0.1);
    let is_phone = name.like(&["phone", "mobile", "fax", "telefon"]) || name.has(&["tel", "cell"]);
    match () {
        () if is_email => Some(field(FieldKind::Email, "its values have `@`")),
        () if name.like(CODES) => Some(field(
            FieldKind::Code,
            "its name is that of a number given once",
        )),
        () if is_phone && profile.letters < 0.3 => Some(field(
            FieldKind::Phone,
            "its name is that of a telephone number",
        )),
        () if profile.dates > 0.5 => Some(field(FieldKind::Date, "its values are dates")),
        () if profile.digits > 0.9 => name.date_part().map(Verdict::DatePart),
        () => None,
    }
}

/// In fewer rows values may be unique and alike by chance.
const KEYS_MIN: usize = 50;

/// Keys: nearly every value is unique, and they are no words.
fn serial(name: &Name, profile: &Profile, _: usize) -> Option<Verdict> {
    const KEYS: &[&str] = &[
        "id", "key", "uuid", "guid", "index", "idx", "row", "rownum", "serial", "no", "nr",
    ];
    let is_named = name.ends_with(KEYS);
    let is_one_word = profile.words < 1.05;
    let uniqueness = profile.uniqueness();
    if uniqueness > 0.95
        && is_one_word
        && profile.phones < 0.5
        && (profile.letters < 0.5 || is_named)
    {
        let percent = uniqueness * 100.0;
        return Some(Verdict::Left(format!(
            "{percent:.0} % of its values are unique: a serial number"
        )));
    }
    // Whatever they are made of: counted up, or of one shape and no word of any language.
    let is_counted = profile.rising > 0.98;
    let is_handle = is_one_word && profile.length >= 5.0 && profile.phones < 0.5;
    if uniqueness > 0.999
        && profile.filled >= KEYS_MIN
        && profile.shape > 0.95
        && (is_counted || is_handle)
    {
        let how = match is_counted {
            true => "each is more than the one before",
            false => "all are built alike",
        };
        return Some(Verdict::Left(format!(
            "its values are unique, and {how}: a key"
        )));
    }
    let is_key = is_named && name.words.len() == 1;
    is_key.then(|| left("its name is that of a key"))
}

fn named(name: &Name, profile: &Profile, _: usize) -> Option<Verdict> {
    let is_short = profile.words < 2.2;
    let found = match () {
        () if profile.phones > 0.5 => (FieldKind::Phone, "its values look like telephone numbers"),
        () if profile.sets > 0.3 => (FieldKind::Set, "its cells hold several values"),
        () if name.like(&["zip", "postcode", "postal", "postleitzahl"])
            || name.has(&["plz", "cap"]) =>
        {
            (FieldKind::Postcode, "its name is that of a postal code")
        }
        () if profile.words < 1.5
            && name.like(&[
                "streetnumber",
                "housenumber",
                "unitnumber",
                "houseno",
                "streetno",
                "unit",
                "apartment",
            ]) =>
        {
            (FieldKind::HouseNumber, "its name is that of a house number")
        }
        () if name.like(&["address", "addr", "street", "road", "strasse"]) => {
            match profile.numbered > 0.4 {
                true => (
                    FieldKind::Address,
                    "its values begin with a number and go on with a street",
                ),
                false => (FieldKind::Street, "its name is that of a street"),
            }
        }
        () if name.has(&[
            "city",
            "town",
            "suburb",
            "locality",
            "village",
            "municipality",
            "place",
            "birthplace",
        ]) =>
        {
            (FieldKind::Place, "its name is that of a place")
        }
        () if name.has(&[
            "state",
            "province",
            "region",
            "country",
            "county",
            "sex",
            "gender",
            "nationality",
        ]) =>
        {
            (FieldKind::Category, "its name is that of a category")
        }
        () if is_short && name.is_given_name() => {
            (FieldKind::GivenName, "its name is that of a given name")
        }
        () if is_short && name.is_surname() => {
            (FieldKind::Surname, "its name is that of a family name")
        }
        () => return None,
    };
    Some(field(found.0, found.1))
}

fn shaped(name: &Name, profile: &Profile, rows: usize) -> Option<Verdict> {
    if profile.digits > 0.9 {
        let is_measure = name.like(&["latitude", "longitude", "price", "amount"])
            || name.has(&["lat", "lng", "lon", "age"]);
        return Some(match () {
            () if is_measure => field(FieldKind::Number, "its values are measures"),
            () if profile.uniqueness() > 0.2 && profile.length > 5.0 => field(
                FieldKind::Code,
                "its values are numbers that few rows share",
            ),
            () => field(FieldKind::HouseNumber, "its values are short numbers"),
        });
    }
    if profile.distinct <= 40.max(rows / 200) && profile.words < 2.0 {
        let why = format!("it has {} different values only", profile.distinct);
        return Some(Verdict::Field(FieldKind::Category, why));
    }
    let has_words = profile.words > 1.6;
    has_words.then(|| field(FieldKind::Title, "its values have several words"))
}

/// The name of a column in words: `dateOfBirth` and `DATE_OF_BIRTH` have the same.
#[derive(Debug)]
struct Name {
    words: Vec<String>,
    joined: String,
}

impl Name {
    fn new(name: &str) -> Self {
        let mut words = vec![String::new()];
        let mut was_lower = false;
        for letter in name.chars() {
            if !letter.is_alphanumeric() || (letter.is_uppercase() && was_lower) {
                words.push(String::new());
            }
            was_lower = letter.is_lowercase();
            if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
                word.extend(letter.to_lowercase());
            }
        }
        words.retain(|word| !word.is_empty());
        let joined = words.concat();
        Self { words, joined }
    }

    /// Whether it has one of these words.
    fn has(&self, wanted: &[&str]) -> bool {
        self.words
            .iter()
            .any(|word| wanted.contains(&word.as_str()))
    }

    /// Whether one of these stands in it, however it is cut into words.
    fn like(&self, wanted: &[&str]) -> bool {
        wanted.iter().any(|part| self.joined.contains(part))
    }

    fn ends_with(&self, wanted: &[&str]) -> bool {
        self.words
            .last()
            .is_some_and(|word| wanted.contains(&word.as_str()))
    }

    fn is_given_name(&self) -> bool {
        self.like(&[
            "firstname",
            "givenname",
            "forename",
            "vorname",
            "prenom",
            "fname",
            "middlename",
        ]) || self.has(&["first", "given", "middle"])
    }

    fn is_surname(&self) -> bool {
        self.like(&[
            "surname",
            "lastname",
            "familyname",
            "nachname",
            "lname",
            "maidenname",
        ]) || self.has(&["last", "family"])
    }

    fn date_part(&self) -> Option<DatePart> {
        let is_alone = self.words.len() == 1;
        let is = |short: &str, word: &str| {
            (is_alone && (self.has(&[short]) || self.has(&[word])))
                || (self.has(&[word]) && self.has(&["birth", "born", "dob", "of"]))
                || self.joined == format!("birth{word}")
        };
        match () {
            () if is("by", "year") => Some(DatePart::Year),
            () if is("bm", "month") => Some(DatePart::Month),
            () if is("bd", "day") => Some(DatePart::Day),
            () => None,
        }
    }
}
