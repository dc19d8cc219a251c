//! The fields of settings: what each holds, from which columns, and on which levels it is compared.
//!
//! Invariant: the levels of a checked field fit its kind, and each can be reached.

use onefold_event::{Diagnostic, Diagnostics};
use serde::{Deserialize, Serialize};

use super::{Settings, unknown};
use crate::{
    matching::{
        clean,
        compare::FIELDS_MAX,
        comparison::{ComparisonLevel, Holder, Mistake, misfit, read, unreachable},
        forms::Asked,
        kind::FieldKind,
        levels::{DECLARED_MAX, Levels},
        records::Records,
    },
    text::DateOrder,
};

/// One field of [`Settings`].
///
/// ```
/// use onefold_identity::matching::{ComparisonLevel, Distance, FieldKind, FieldSetting};
/// let surname = FieldSetting::new("surname", FieldKind::Surname, ["last_name"]).compared_by([
///     ComparisonLevel::Exact,
///     ComparisonLevel::Near(Distance::JaroWinkler(0.92)),
/// ]);
/// let mails = FieldSetting::new("emails", FieldKind::Email, ["emails"])
///     .separated_by(";")
///     .compared_by(["exact", "any_shared", "any damerau_levenshtein <= 1"]);
/// assert_eq!(surname.levels, ["exact", "jaro_winkler >= 0.92"]);
/// # let json = serde_json::to_string(&[surname, mails]).unwrap();
/// # assert!(json.contains(r#""levels":["exact","jaro_winkler >= 0.92"]"#), "{json}");
/// # assert!(json.contains(r#""separator":";""#), "{json}");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldSetting {
    /// Its name in rules and explanations.
    pub name: String,
    /// How it is cleaned, and compared if it has no levels of its own.
    pub kind: FieldKind,
    /// The columns it is read from: one, or several that make one value; of a list, several that hold members.
    pub columns: Vec<String>,
    /// The levels on which it is compared, best first, as [`ComparisonLevel`] writes them; at most 7. Default: none,
    /// which means those of its kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<String>,
    /// What parts the members of a list, where a cell holds several values: the field then needs levels that compare
    /// lists. Default: none, a cell is one value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub separator: Option<String>,
    /// The country whose telephone numbers are written without calling code, two letters of ISO 3166: `DE`. Numbers
    /// are then compared in their international form. Only of kind `phone`; needs the feature `phone`. Default: none,
    /// numbers are compared by their last ten digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// A field with its columns found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FieldPlan {
    pub(crate) name: Box<str>,
    pub(crate) kind: FieldKind,
    pub(crate) columns: Vec<usize>,
    /// In which order its first column writes dates.
    pub(crate) order: DateOrder,
    /// What parts the members of a list.
    pub(crate) separator: Option<Box<str>>,
    /// The country of telephone numbers without calling code.
    pub(crate) country: Option<Box<str>>,
    pub(crate) levels: Levels,
}

impl FieldSetting {
    /// A field that is compared on the levels of its kind.
    pub fn new<C: Into<String>>(
        name: impl Into<String>,
        kind: FieldKind,
        columns: impl IntoIterator<Item = C>,
    ) -> Self {
        Self {
            name: name.into(),
            kind,
            columns: columns.into_iter().map(Into::into).collect(),
            levels: Vec::new(),
            separator: None,
            country: None,
        }
    }

    /// The field with levels of its own, best first: a [`ComparisonLevel`] each, or its text.
    #[must_use]
    pub fn compared_by<L: ToString>(mut self, levels: impl IntoIterator<Item = L>) -> Self {
        self.levels = levels.into_iter().map(|level| level.to_string()).collect();
        self
    }

    /// The field as a list: a cell holds several values with this text between them.
    #[must_use]
    pub fn separated_by(mut self, separator: impl Into<String>) -> Self {
        self.separator = Some(separator.into());
        self
    }

    /// The field with the country of telephone numbers that are written without calling code: `DE`.
    #[must_use]
    pub fn of_country(mut self, code: impl Into<String>) -> Self {
        self.country = Some(code.into());
        self
    }

    /// How many levels there are, difference among them.
    pub(crate) fn levels_count(&self) -> usize {
        match self.levels.len() {
            0 => self.kind.levels().len(),
            declared => declared + 1,
        }
    }

    /// What a model has to have in common with settings: name, kind, and levels if they are declared.
    pub(crate) fn described(&self) -> String {
        let separator = self.separator.as_ref();
        let separator = separator.map_or_else(String::new, |it| format!(", parted by `{it}`"));
        let (name, kind) = (&self.name, self.kind);
        match self.levels.as_slice() {
            [] => format!("`{name}` ({kind:?}{separator})"),
            levels => format!("`{name}` ({kind:?}{separator}: {})", levels.join(", ")),
        }
    }

    fn holder(&self) -> Holder {
        match self.separator {
            Some(_) => Holder::List,
            None => Holder::One,
        }
    }
}

impl FieldPlan {
    /// What its values are asked for.
    pub(crate) fn asked(&self) -> Asked {
        let levels = self.levels.declared().unwrap_or_default();
        Asked::new(self.kind, self.separator.is_some(), levels)
    }
}

impl Settings {
    pub(super) fn field_plans(
        &self,
        records: &Records,
        mistakes: &mut Diagnostics,
    ) -> Vec<FieldPlan> {
        if self.fields.is_empty() {
            let none = Diagnostic::new("there is no field to compare").at("/fields");
            mistakes.push(none.help("name at least one column in a field"));
        }
        if self.fields.len() > FIELDS_MAX {
            let message = format!("{} fields are more than {FIELDS_MAX}", self.fields.len());
            mistakes.push(
                Diagnostic::new(message)
                    .at("/fields")
                    .help("leave out those that say least"),
            );
        }
        let fields = self.fields.iter().enumerate();
        fields
            .map(|(at, field)| {
                let pointer = format!("/fields/{at}");
                self.check_name(at, &pointer, mistakes);
                check_column_count(field, &pointer, mistakes);
                check_country(field, &pointer, mistakes);
                let columns = columns(field, records, &pointer, mistakes);
                FieldPlan {
                    order: order(field, &columns, records),
                    name: field.name.as_str().into(),
                    kind: field.kind,
                    columns,
                    separator: field.separator.as_deref().map(Into::into),
                    country: field.country.as_deref().map(Into::into),
                    levels: Levels::new(field.kind, self.declared(at, &pointer, mistakes)),
                }
            })
            .collect()
    }

    fn check_name(&self, at: usize, pointer: &str, mistakes: &mut Diagnostics) {
        let Some(field) = self.fields.get(at) else {
            return;
        };
        let mut earlier = self.fields.iter().take(at);
        let is_repeated = earlier.any(|other| other.name == field.name);
        if is_repeated || field.name.is_empty() || field.name.contains(':') {
            let message = format!("`{}` cannot name a field", field.name);
            let mistake = Diagnostic::new(message).at(format!("{pointer}/name"));
            mistakes.push(mistake.help("give each field a name of its own, without `:`"));
        }
    }

    /// Checks the declared levels of all fields, without records.
    pub(crate) fn check_declared(&self, base: &str, mistakes: &mut Diagnostics) {
        for at in 0..self.fields.len() {
            self.declared(at, &format!("{base}/fields/{at}"), mistakes);
        }
    }

    /// The levels that a field declares, best first.
    fn declared(
        &self,
        at: usize,
        pointer: &str,
        mistakes: &mut Diagnostics,
    ) -> Vec<ComparisonLevel> {
        let Some(field) = self.fields.get(at) else {
            return Vec::new();
        };
        check_separator(field, pointer, mistakes);
        if field.levels.len() > DECLARED_MAX {
            let message = format!("{} levels are more than {DECLARED_MAX}", field.levels.len());
            let mistake = Diagnostic::new(message).at(format!("{pointer}/levels"));
            mistakes.push(mistake.help("leave out those that part hardly any pairs"));
        }
        let mut declared = Vec::new();
        for (number, text) in field.levels.iter().enumerate() {
            let found = read(text).and_then(|level| {
                let wrong = misfit(level, field.kind, field.holder())
                    .or_else(|| self.not_crossed(level, at))
                    .or_else(|| never_reached(&declared, level));
                declared.push(level);
                wrong.map_or(Ok(()), Err)
            });
            if let Err(Mistake { message, help }) = found {
                let place = format!("{pointer}/levels/{number}");
                mistakes.push(Diagnostic::new(message).at(place).help(help));
            }
        }
        declared
    }

    /// Exchanged names take two fields: the first given name and the first surname.
    fn not_crossed(&self, level: ComparisonLevel, at: usize) -> Option<Mistake> {
        let first = |kind| {
            let is_one = |field: &FieldSetting| field.kind == kind && field.separator.is_none();
            self.fields.iter().position(is_one)
        };
        let both = first(FieldKind::GivenName).zip(first(FieldKind::Surname));
        let is_of_two = both.is_some_and(|(given, surname)| at == given || at == surname);
        (level == ComparisonLevel::Crossed && !is_of_two).then(|| Mistake {
            message: "`crossed` compares the first `given_name` with the first `surname`"
                .to_owned(),
            help: "have a field of each kind, or take the level out".to_owned(),
        })
    }
}

fn check_separator(field: &FieldSetting, pointer: &str, mistakes: &mut Diagnostics) {
    let Some(separator) = &field.separator else {
        return;
    };
    let place = format!("{pointer}/separator");
    if separator.is_empty() {
        let mistake = Diagnostic::new("an empty separator parts nothing").at(&*place);
        mistakes.push(mistake.help("write what stands between the members, such as `;`"));
    }
    if field.levels.is_empty() {
        let mistake = Diagnostic::new("a list has no levels of its kind").at(place);
        mistakes.push(mistake.help(
            "declare some, such as `\"levels\": [\"exact\", \"any_shared\"]`, or leave the `separator` out",
        ));
    }
}

fn check_country(field: &FieldSetting, pointer: &str, mistakes: &mut Diagnostics) {
    let Some(country) = &field.country else {
        return;
    };
    let (message, help) = match field.kind {
        FieldKind::Phone if is_known(country) => return,
        FieldKind::Phone if cfg!(feature = "phone") => (
            format!("there is no country `{country}`"),
            "write the two capital letters of ISO 3166, such as `DE`",
        ),
        FieldKind::Phone => (
            "numbers by country are not built in".to_owned(),
            "build with the feature `phone` (of the facade: `identity-phone`), or leave `country` out",
        ),
        kind => (
            format!("a field of kind `{}` has no country", kind.written()),
            "leave `country` out: it is that of telephone numbers",
        ),
    };
    let mistake = Diagnostic::new(message).at(format!("{pointer}/country"));
    mistakes.push(mistake.help(help));
}

#[cfg(feature = "phone")]
fn is_known(country: &str) -> bool {
    crate::text::is_country(country)
}

#[cfg(not(feature = "phone"))]
fn is_known(_: &str) -> bool {
    false
}

fn never_reached(earlier: &[ComparisonLevel], level: ComparisonLevel) -> Option<Mistake> {
    unreachable(earlier, level).map(|wide| Mistake {
        message: format!("`{level}` is never reached: `{wide}` before it holds wherever it does"),
        help: "put the stricter level first, or take one of them out".to_owned(),
    })
}

fn check_column_count(field: &FieldSetting, pointer: &str, mistakes: &mut Diagnostics) {
    let is_one_date = field.kind == FieldKind::Date && field.separator.is_none();
    let is_wrong = is_one_date && !matches!(field.columns.len(), 1 | 3);
    if is_wrong || field.columns.is_empty() {
        let message = format!("field `{}` has {} columns", field.name, field.columns.len());
        let mistake = Diagnostic::new(message).at(format!("{pointer}/columns"));
        mistakes.push(
            mistake.help(
                "a date has one column, or three: year, month, day; others have at least one",
            ),
        );
    }
}

fn columns(
    field: &FieldSetting,
    records: &Records,
    pointer: &str,
    mistakes: &mut Diagnostics,
) -> Vec<usize> {
    let known: Vec<&str> = records.names().collect();
    let mut columns = Vec::new();
    for (number, name) in field.columns.iter().enumerate() {
        let place = format!("{pointer}/columns/{number}");
        match records.column(name) {
            Some(column) => columns.push(column),
            None => mistakes.push(unknown("column", name, &known, place)),
        }
    }
    columns
}

/// In which order the first column writes dates.
fn order(field: &FieldSetting, columns: &[usize], records: &Records) -> DateOrder {
    let first = columns
        .first()
        .and_then(|column| records.columns().get(*column));
    let is_date = field.kind == FieldKind::Date;
    let dates = first.filter(|_| is_date).into_iter();
    clean::date_order(dates.flat_map(|column| column.values.texts()))
}
