//! A mapping made ready: columns by number, formats checked, and how a row becomes its item.
//!
//! Invariant: a plan exists only if every key of its mapping makes sense.

use std::borrow::Cow;

use onefold_event::{Currency, Diagnostic, Diagnostics, Identifier, Region, Timestamp};

use super::{
    Cell, ColumnType, Kind, NumberFormat, OnInvalid, Row,
    field::{
        ConsentFields, Field, IdentifierField, Input, MembershipField, NameRule, RegionField, Test,
    },
    value::{parse_amount, parse_bool, parse_number},
};
use crate::Content;

/// What a mapping does to every row.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(super) kind: Kind,
    /// The names of the columns that are used, each once; a [`Row`] is asked by their numbers.
    pub(super) columns: Vec<Box<str>>,
    /// Where each of them is, as a JSON pointer.
    pub(super) pointers: Vec<Box<str>>,
    pub(super) key: Vec<Field>,
    pub(super) time: Option<Field>,
    pub(super) identifiers: Vec<IdentifierField>,
    pub(super) region: Option<RegionField>,
    pub(super) event_names: Vec<NameRule>,
    pub(super) event_name: Option<Field>,
    pub(super) properties: Vec<(Box<str>, Field)>,
    pub(super) traits: Vec<(Box<str>, Field)>,
    pub(super) fields: Vec<(Box<str>, Field)>,
    pub(super) collection: Box<str>,
    pub(super) memberships: Vec<MembershipField>,
    pub(super) consent: Option<ConsentFields>,
    pub(super) currency: Option<Field>,
    pub(super) keeps_rest: bool,
    pub(super) number: NumberFormat,
    pub(super) null_words: Vec<Box<str>>,
    pub(super) empty_is_null: bool,
}

/// What the row is given from outside.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Given<'a> {
    /// The id of the item.
    pub(crate) id: &'a str,
    /// When the file is read.
    pub(crate) received_at: Timestamp,
}

/// The identifiers of a row, and the texts that are none and are to be kept.
#[derive(Debug, Default)]
pub(super) struct Identities {
    pub(super) valid: Vec<Identifier>,
    pub(super) kept: Vec<(Box<str>, String)>,
}

impl Plan {
    /// The columns that a row is asked for.
    pub(crate) fn columns(&self) -> &[Box<str>] {
        &self.columns
    }

    /// Whether a row is asked for the columns that are not named.
    pub(crate) fn keeps_rest(&self) -> bool {
        self.keeps_rest
    }

    /// Whether a value of this name is written beside the columns that are kept as they are.
    pub(crate) fn writes(&self, name: &str) -> bool {
        let beside = match self.kind {
            Kind::Event => &self.properties,
            Kind::Record => &self.fields,
            Kind::Identify | Kind::Consent => &self.traits,
        };
        let currency = self.currency.is_some() && name == "currency";
        currency || beside.iter().any(|(known, _)| **known == *name)
    }

    /// The key of a row, if it has one: the parts with `|` between them.
    pub(crate) fn key(&self, row: &impl Row) -> Option<String> {
        let mut key = String::new();
        let mut empty = true;
        for (at, field) in self.key.iter().enumerate() {
            if at > 0 {
                key.push('|');
            }
            if let Some(part) = self.text(field, row) {
                key.push_str(part.trim());
                empty = false;
            }
        }
        (!empty).then_some(key)
    }

    /// What a row is.
    ///
    /// # Errors
    /// Every mistake of the row, each with its column.
    pub(crate) fn content(&self, row: &impl Row, given: Given<'_>) -> Result<Content, Diagnostics> {
        let mut mistakes = Diagnostics::new();
        let content = match self.kind {
            Kind::Event | Kind::Identify => self.event(row, given, &mut mistakes),
            Kind::Record => self.record(row, given, &mut mistakes),
            Kind::Consent => self.consent(row, &mut mistakes).map(Content::Consent),
        };
        match content {
            Some(content) if mistakes.is_empty() => Ok(content),
            _ => {
                // A column that is used twice is wrong once.
                let mut once = Diagnostics::new();
                for mistake in mistakes {
                    if !once.contains(&mistake) {
                        once.push(mistake);
                    }
                }
                Err(once)
            }
        }
    }

    /// The value of a field by its type; `Absent` where the row has none.
    pub(super) fn value<'r>(
        &'r self,
        field: &'r Field,
        row: &'r impl Row,
        mistakes: &mut Diagnostics,
    ) -> Cell<'r> {
        let cell = self.raw(field, row);
        if matches!(cell, Cell::Absent | Cell::Null) {
            return cell;
        }
        self.typed(field, cell, row).unwrap_or_else(|mistake| {
            mistakes.push(mistake.at(self.pointer(field)));
            Cell::Absent
        })
    }

    /// The text of a field; `None` where the row has none.
    pub(super) fn text<'r>(&'r self, field: &'r Field, row: &'r impl Row) -> Option<Cow<'r, str>> {
        let cell = self.raw(field, row);
        match cell {
            Cell::Text(text) => (!text.trim().is_empty()).then_some(text),
            other => other.as_text().map(|text| Cow::Owned(text.into_owned())),
        }
    }

    /// The instant of a field; `None` where the row has none, or a mistake.
    pub(super) fn instant(
        &self,
        field: &Field,
        row: &impl Row,
        mistakes: &mut Diagnostics,
    ) -> Option<Timestamp> {
        match self.value(field, row, mistakes) {
            Cell::Time(time) => Some(time),
            _ => None,
        }
    }

    /// The identifiers of the row, in the order of the mapping.
    pub(super) fn identities(&self, row: &impl Row, mistakes: &mut Diagnostics) -> Identities {
        let mut found = Identities::default();
        let region = self.region_of(row);
        for identifier in &self.identifiers {
            if matches!(
                self.raw(&identifier.field, row),
                Cell::Bool(_) | Cell::Json(_)
            ) {
                let message = format!("the `{}` is neither a text nor a number", identifier.kind);
                mistakes.push(Diagnostic::new(message).at(self.pointer(&identifier.field)));
                continue;
            }
            let Some(text) = self.text(&identifier.field, row) else {
                continue;
            };
            match Identifier::new(identifier.kind.clone(), &text, region) {
                Ok(one) => found.valid.push(one),
                Err(_) if identifier.invalid == OnInvalid::Skip => {
                    let name = self.name(&identifier.field, identifier.kind.as_str());
                    found.kept.push((name.into(), text.into_owned()));
                }
                Err(error) => {
                    let pointer = self.pointer(&identifier.field);
                    mistakes.push(Diagnostic::new(error.to_string()).at(pointer));
                }
            }
        }
        found
    }

    /// The country of the row's telephone numbers.
    pub(super) fn region_of(&self, row: &impl Row) -> Option<Region> {
        match self.region.as_ref()? {
            RegionField::Fixed(region) => Some(*region),
            RegionField::Field(field) => Region::new(self.text(field, row)?.trim()).ok(),
        }
    }

    /// The name of the row's event.
    pub(super) fn name_of<'r>(
        &'r self,
        row: &'r impl Row,
        mistakes: &mut Diagnostics,
    ) -> Option<Cow<'r, str>> {
        for rule in &self.event_names {
            let mut holds = true;
            for (column, test) in &rule.tests {
                holds = holds && self.holds(*column, test, row, mistakes);
            }
            if holds {
                return Some(Cow::Borrowed(&rule.name));
            }
        }
        let field = self.event_name.as_ref()?;
        let name = self.text(field, row);
        if name.is_none() {
            mistakes.push(Diagnostic::new("the event has no name").at(self.pointer(field)));
        }
        name
    }

    fn holds(
        &self,
        column: usize,
        test: &Test,
        row: &impl Row,
        mistakes: &mut Diagnostics,
    ) -> bool {
        let cell = self.without_nulls(row.cell(column));
        let text = cell.as_text();
        let Some(text) = text else {
            return matches!(test, Test::IsEmpty(true));
        };
        let mut number = || {
            let number = parse_number(&text, self.number);
            if number.is_none() {
                let pointer = self.pointers.get(column).map(|p| &**p).unwrap_or_default();
                mistakes.push(not_a("number", &text).at(pointer));
            }
            number
        };
        match test {
            Test::OneOf(words) => words.iter().any(|word| **word == *text),
            Test::StartsWith(head) => text.starts_with(&**head),
            Test::EndsWith(tail) => text.ends_with(&**tail),
            Test::Contains(part) => text.contains(&**part),
            Test::MoreThan(limit) => number().is_some_and(|number| number > *limit),
            Test::LessThan(limit) => number().is_some_and(|number| number < *limit),
            Test::IsEmpty(empty) => !empty,
        }
    }

    /// The cell, with null words and replaced words taken care of.
    fn raw<'r>(&'r self, field: &'r Field, row: &'r impl Row) -> Cell<'r> {
        let cell = match &field.input {
            Input::Column(column) => self.without_nulls(row.cell(*column)),
            Input::Constant(text) => Cell::Text(Cow::Borrowed(text)),
        };
        if field.values.is_empty() {
            return cell;
        }
        let replaced = cell.as_text().and_then(|text| {
            let found = field.values.iter().find(|(word, _)| **word == *text.trim());
            found.map(|(_, by)| by)
        });
        match replaced {
            Some(by) => Cell::Text(Cow::Borrowed(by)),
            None => cell,
        }
    }

    pub(super) fn without_nulls<'r>(&self, cell: Cell<'r>) -> Cell<'r> {
        let Cell::Text(text) = &cell else {
            return cell;
        };
        if self.empty_is_null && text.is_empty() {
            return Cell::Absent;
        }
        if self.null_words.is_empty() {
            return cell;
        }
        let word = text.trim();
        match self.null_words.iter().any(|null| **null == *word) {
            true => Cell::Absent,
            false => cell,
        }
    }

    fn typed<'r>(
        &self,
        field: &Field,
        cell: Cell<'r>,
        row: &impl Row,
    ) -> Result<Cell<'r>, Diagnostic> {
        let blank = matches!(&cell, Cell::Text(text) if text.trim().is_empty());
        let needs_value = !matches!(field.kind, ColumnType::AsGiven | ColumnType::Text);
        if blank && needs_value {
            return Ok(Cell::Absent);
        }
        let is_typed = match &cell {
            _ if field.kind == ColumnType::AsGiven => true,
            Cell::Text(_) => field.kind == ColumnType::Text,
            Cell::Bool(_) => field.kind == ColumnType::Bool,
            Cell::Time(_) => field.kind == ColumnType::Time,
            Cell::Number(_) => is_number(field.kind),
            _ => false,
        };
        if is_typed {
            return Ok(cell);
        }
        // The text of nearly every number is JSON as it stands, and need not be written anew.
        if is_number(field.kind)
            && self.number == NumberFormat::default()
            && let Cell::Text(text) | Cell::Digits(text) = &cell
            && is_plain_number(text)
        {
            return Ok(match cell {
                Cell::Text(text) => Cell::Digits(text),
                other => other,
            });
        }
        let text = cell.as_text().unwrap_or_default();
        match field.kind {
            ColumnType::AsGiven | ColumnType::Text => Ok(Cell::Text(text.into_owned().into())),
            ColumnType::Number => self.number_of(&cell, &text),
            ColumnType::Amount => self.amount_of(&cell, &text, row),
            ColumnType::Bool => parse_bool(&text)
                .map(Cell::Bool)
                .ok_or_else(|| not_a("truth value", &text)),
            ColumnType::Time => match &field.time {
                Some(rule) => rule.parse(&text).map(Cell::Time).map_err(Diagnostic::new),
                None => Err(not_a("time", &text)),
            },
            ColumnType::Json => match onefold_event::Json::parse(&text) {
                Ok(_) => Ok(Cell::Json(text.trim().to_owned().into())),
                Err(_) => Err(not_a("JSON value", &text)),
            },
        }
    }

    fn number_of<'r>(&self, cell: &Cell<'_>, text: &str) -> Result<Cell<'r>, Diagnostic> {
        // JSON has its own way of writing numbers, whatever the locale of the texts.
        let format = match cell {
            Cell::Digits(_) => NumberFormat::default(),
            _ => self.number,
        };
        parse_number(text, format)
            .map(Cell::Number)
            .ok_or_else(|| not_a("number", text))
    }

    fn amount_of<'r>(
        &self,
        cell: &Cell<'_>,
        text: &str,
        row: &impl Row,
    ) -> Result<Cell<'r>, Diagnostic> {
        if matches!(cell, Cell::Digits(_)) {
            return self.number_of(cell, text);
        }
        // A currency that is none is told where it is written.
        let code = self.currency.as_ref();
        let code = code.and_then(|field| self.text(field, row));
        let currency = code.and_then(|code| code.parse::<Currency>().ok());
        parse_amount(text, self.number, currency)
            .map(Cell::Number)
            .ok_or_else(|| not_a("amount", text))
    }

    pub(super) fn pointer(&self, field: &Field) -> &str {
        match &field.input {
            Input::Column(column) => self.pointers.get(*column).map(|p| &**p).unwrap_or_default(),
            Input::Constant(_) => "",
        }
    }

    /// The name of the column of a field, or another where it has none.
    pub(super) fn name<'r>(&'r self, field: &Field, otherwise: &'r str) -> &'r str {
        match &field.input {
            Input::Column(column) => self.columns.get(*column).map_or(otherwise, |name| name),
            Input::Constant(_) => otherwise,
        }
    }
}

fn is_number(kind: ColumnType) -> bool {
    matches!(kind, ColumnType::Number | ColumnType::Amount)
}

/// Whether the text is an exact number of at most 18 digits in the way JSON writes one.
fn is_plain_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    if digits.is_empty() || digits.len() > 18 {
        return false;
    }
    let (whole, decimals) = match digits.iter().position(|byte| *byte == b'.') {
        Some(at) => (digits.get(..at), digits.get(at + 1..)),
        None => (Some(digits), Some(b"0".as_slice())),
    };
    let all_digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let leading_zero = digits.starts_with(b"0") && whole.is_some_and(|whole| whole.len() > 1);
    !leading_zero && whole.is_some_and(all_digits) && decimals.is_some_and(all_digits)
}

pub(super) fn not_a(noun: &str, text: &str) -> Diagnostic {
    // A cell may be as long as its line; a message is not.
    let short: String = text.chars().take(100).collect();
    let more = if short.len() < text.len() { "..." } else { "" };
    let article = if noun.starts_with('a') { "an" } else { "a" };
    Diagnostic::new(format!("`{short}{more}` is not {article} {noun}"))
}
