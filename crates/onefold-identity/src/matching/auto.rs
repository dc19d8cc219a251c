//! From columns alone: what each is, how it is cleaned and compared, which pairs are worth comparing, and why.
//!
//! Invariant: columns that the caller excludes are not looked at, and the same records give the same settings.

mod column;
mod profile;
mod rules;

use onefold_event::Result;
use serde::Serialize;

use column::{DatePart, Verdict, judge};
use profile::Profile;

use super::{
    compare::FIELDS_MAX,
    field::{self, Fields},
    kind::FieldKind,
    records::Records,
    settings::{FieldPlan, FieldSetting, Settings, written},
};

/// Settings that were made from the records alone.
#[derive(Debug, Clone, Serialize)]
pub struct Proposal {
    /// The settings.
    pub settings: Settings,
    /// Why each column is compared as it is, or is left out, and what each rule is expected to bring.
    pub reasons: Vec<String>,
    /// The fields that were cleaned on the way, and by which plans.
    #[serde(skip)]
    pub(crate) cleaned: (Vec<FieldPlan>, Fields),
}

/// Proposes settings for records of any kind: fields with their kinds, and blocking rules.
///
/// The name and the values of a column decide its kind. A column that says the same of everybody, one that is
/// called `cluster`, one that names the source, and one of serial numbers (nearly every value unique, and not of a
/// kind of identifier that is known) are left out, as are those `excluded`. The blocking rules are those that bring
/// together most of a few thousand made-up matches at the least cost, counted on a part of the records; the first
/// rules cover each match, the later ones cover most of them twice and three times.
///
/// Cost: a pass over the distinct values of each column, and about two hundred counts of at most 30,000 rows.
///
/// # Errors
/// `LimitExceeded` if a column is too large.
///
/// ```
/// use onefold_identity::matching::{FieldKind, Records, propose};
/// let mut builder = Records::builder(["rec_id", "given_name", "date_of_birth"]);
/// for (id, name, born) in [("r1", "Ann", "1984-03-11"), ("r2", "Bob", "1957-09-25"), ("r3", "Ann", "")] {
///     builder.push(0, [(0, id), (1, name), (2, born)])?;
/// }
/// let proposal = propose(&builder.finish()?, &[])?;
/// let kinds: Vec<FieldKind> = proposal.settings.fields.iter().map(|field| field.kind).collect();
/// assert_eq!(kinds, [FieldKind::GivenName, FieldKind::Date]);
/// assert!(proposal.reasons[0].starts_with("`rec_id` is left out"));
/// # Ok::<(), onefold_event::Error>(())
/// ```
pub fn propose(records: &Records, excluded: &[&str]) -> Result<Proposal> {
    let (fields, mut reasons) = propose_fields(records, excluded);
    let mut settings = Settings::new(fields, Vec::new());
    let plans = match settings.fields.is_empty() {
        true => Vec::new(),
        false => settings.plan(records)?.fields,
    };
    let prepared = field::prepare(records, &plans)?;
    if !plans.is_empty() {
        let proposed = rules::propose(&prepared, budget(records.rows()));
        reasons.extend(proposed.reasons(&settings.fields));
        let rules = proposed.rules.iter();
        settings.blocking = rules
            .map(|proposed| written(&proposed.rule, &settings.fields))
            .collect();
    }
    Ok(Proposal {
        settings,
        reasons,
        cleaned: (plans, prepared),
    })
}

/// The pairs that are worth their time: all of them where they are few, and five a row where they are many.
fn budget(rows: usize) -> u64 {
    (5 * rows as u64).max(1_000_000)
}

fn propose_fields(records: &Records, excluded: &[&str]) -> (Vec<FieldSetting>, Vec<String>) {
    let mut fields = Vec::new();
    let mut reasons = Vec::new();
    let mut dates: Vec<(DatePart, String)> = Vec::new();
    for (column, name) in records.names().enumerate() {
        if excluded.contains(&name) {
            reasons.push(format!("`{name}` is left out: it was excluded"));
            continue;
        }
        let Some(profile) = Profile::of(records, column) else {
            continue;
        };
        match judge(name, &profile, records.rows()) {
            Verdict::Field(kind, why) => {
                reasons.push(format!("`{name}` is compared as {}: {why}", spoken(kind)));
                fields.push(setting(name, kind, vec![name.to_owned()]));
            }
            Verdict::Left(why) => reasons.push(format!("`{name}` is left out: {why}")),
            Verdict::DatePart(part) => dates.push((part, name.to_owned())),
        }
    }
    add_dates(dates, &mut fields, &mut reasons);
    for left in fields.iter().skip(FIELDS_MAX) {
        reasons.push(format!(
            "`{}` is left out: {FIELDS_MAX} fields are enough",
            left.name
        ));
    }
    fields.truncate(FIELDS_MAX);
    (fields, reasons)
}

/// Year, month and day in columns of their own are one date; without all three each is a number.
fn add_dates(
    parts: Vec<(DatePart, String)>,
    fields: &mut Vec<FieldSetting>,
    reasons: &mut Vec<String>,
) {
    let column = |wanted| {
        parts
            .iter()
            .find(|(part, _)| *part == wanted)
            .map(|(_, name)| name.clone())
    };
    let found = [DatePart::Year, DatePart::Month, DatePart::Day].map(column);
    if let [Some(year), Some(month), Some(day)] = found {
        reasons.push(format!(
            "`{year}`, `{month}` and `{day}` are compared as one date"
        ));
        let name = match fields.iter().any(|field| field.name == "date") {
            true => "date of parts",
            false => "date",
        };
        fields.push(setting(name, FieldKind::Date, vec![year, month, day]));
        return;
    }
    for (_, name) in parts {
        reasons.push(format!(
            "`{name}` is compared as a number: the other parts of its date are missing"
        ));
        fields.push(setting(&name, FieldKind::HouseNumber, vec![name.clone()]));
    }
}

fn setting(name: &str, kind: FieldKind, columns: Vec<String>) -> FieldSetting {
    // A colon parts the name of a field from its part in a rule.
    FieldSetting::new(name.replace(':', "_"), kind, columns)
}

fn spoken(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::GivenName => "a given name",
        FieldKind::Surname => "a surname",
        FieldKind::Date => "a date",
        FieldKind::Email => "an e-mail address",
        FieldKind::Phone => "a telephone number",
        FieldKind::Code => "a number given once",
        FieldKind::Address => "an address",
        FieldKind::Street => "a street",
        FieldKind::HouseNumber => "a short number",
        FieldKind::Place => "a place",
        FieldKind::Postcode => "a postal code",
        FieldKind::Category => "a category",
        FieldKind::Title => "a name of several words",
        FieldKind::Set => "a set",
        FieldKind::Number => "a measure",
        FieldKind::Word => "a word",
    }
}

#[cfg(test)]
mod tests;
