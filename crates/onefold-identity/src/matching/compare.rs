//! On which level two rows agree in each field.
//!
//! Invariant: a level depends on the two values alone, and not on their order.

mod many;

use super::{
    declared::{self, Coded},
    field::{Field, Fields},
    kind::{CROSSED, FieldKind},
    values::{Value, Values},
    words::cosine,
};
use crate::text::kernel;

pub(crate) use many::patterns;

/// Most fields of a model: a level is four bits of a [`Pattern`].
pub(crate) const FIELDS_MAX: usize = 16;

/// The levels of all fields of a pair, four bits each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Pattern(u64);

impl Pattern {
    pub(crate) fn level(self, field: usize) -> u8 {
        (self.0 >> (4 * field)) as u8 & 15
    }

    pub(crate) fn set(&mut self, field: usize, level: u8) {
        self.0 |= u64::from(level & 15) << (4 * field);
    }
}

/// Two rows, the lower one first.
pub(crate) type Pair = [u32; 2];

/// One row of a pair: its codes, and the values they stand for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Side<'a> {
    pub(crate) codes: &'a [u32],
    pub(crate) values: &'a [Values],
}

impl<'a> Side<'a> {
    fn code(self, number: usize) -> u32 {
        self.codes.get(number).copied().unwrap_or_default()
    }

    fn value(self, field: &Field, number: usize) -> Option<Value<'a>> {
        let values = self.values.get(field.values)?;
        Some(values.value(self.code(number)))
    }

    fn coded(self, field: &Field, number: usize) -> Option<Coded<'a>> {
        let values = self.values.get(field.values)?;
        let code = self.code(number);
        Some(Coded { values, code })
    }

    fn bytes(self, field: &Field, number: usize) -> &'a [u8] {
        let values = self.values.get(field.values);
        values.map_or(&[], |values| values.bytes(self.code(number)))
    }
}

/// The pattern of two rows of the same records.
pub(crate) fn pattern(fields: &Fields, [left, right]: Pair) -> Pattern {
    between::<true>(fields, fields.side(left), fields.side(right))
}

/// The pattern of two rows whose values have dictionaries of their own.
pub(crate) fn pattern_across(fields: &Fields, left: Side<'_>, right: Side<'_>) -> Pattern {
    between::<false>(fields, left, right)
}

fn between<const SHARED: bool>(fields: &Fields, left: Side<'_>, right: Side<'_>) -> Pattern {
    let mut pattern = Pattern::default();
    for (number, field) in fields.iter().enumerate() {
        pattern.set(number, level::<SHARED>(fields, number, field, left, right));
    }
    pattern
}

fn level<const SHARED: bool>(
    fields: &Fields,
    number: usize,
    field: &Field,
    left: Side<'_>,
    right: Side<'_>,
) -> u8 {
    let (a, b) = (left.code(number), right.code(number));
    if a == 0 || b == 0 {
        return 0;
    }
    // Where the dictionary is shared, equal codes are equal texts, and nothing else need be read.
    let is_equal = match SHARED {
        true => a == b,
        false => left.bytes(field, number) == right.bytes(field, number),
    };
    let crossed = || crossed::<SHARED>(fields, (number, field), left, right);
    if let Some(levels) = field.levels.declared() {
        let both = left.coded(field, number).zip(right.coded(field, number));
        return both.map_or(0, |both| declared::level(levels, is_equal, both, crossed));
    }
    if is_equal {
        return field.kind.equal();
    }
    if crossed() {
        return CROSSED;
    }
    match (left.value(field, number), right.value(field, number)) {
        (Some(x), Some(y)) => differing(field.kind, x, y),
        _ => 0,
    }
}

/// Whether the names of one row are those of the other, exchanged.
fn crossed<const SHARED: bool>(
    fields: &Fields,
    (number, field): (usize, &Field),
    left: Side<'_>,
    right: Side<'_>,
) -> bool {
    let other = field.crossed_with;
    let other = other.and_then(|other| Some((other, fields.get(other)?)));
    other.is_some_and(|(other, other_field)| {
        may_be_crossed::<SHARED>(left, right, number, other)
            && is_crossed(left, right, (field, number), (other_field, other))
    })
}

/// Whether a name of one row stands in the other place of the other row, as far as codes can tell.
fn may_be_crossed<const SHARED: bool>(
    left: Side<'_>,
    right: Side<'_>,
    number: usize,
    other: usize,
) -> bool {
    !SHARED || left.code(number) == right.code(other) || right.code(number) == left.code(other)
}

/// Whether the names of one row are those of the other, exchanged: one exactly, the other nearly, or unknown.
fn is_crossed(
    left: Side<'_>,
    right: Side<'_>,
    (field, number): (&Field, usize),
    (other_field, other): (&Field, usize),
) -> bool {
    let (a, b) = (left.bytes(field, number), right.bytes(field, number));
    let (c, d) = (
        left.bytes(other_field, other),
        right.bytes(other_field, other),
    );
    let near = |x: &[u8], y: &[u8]| x.is_empty() || y.is_empty() || similar(x, y, 0.92);
    (a == d && near(b, c)) || (b == c && near(a, d))
}

/// Longer texts are no names or words, and their similarity, whose cost is the product of their lengths, says nothing.
const SIMILAR_BYTES_MAX: usize = 512;

/// Whether two short texts have so much Jaro-Winkler similarity.
fn similar(a: &[u8], b: &[u8], least: f64) -> bool {
    a.len().max(b.len()) <= SIMILAR_BYTES_MAX && kernel::jaro_winkler_at_least(a, b, least)
}

/// The level of two values that are not equal.
fn differing(kind: FieldKind, x: Value<'_>, y: Value<'_>) -> u8 {
    match kind {
        FieldKind::GivenName | FieldKind::Surname => name(x, y),
        FieldKind::Date => date(x, y),
        FieldKind::Email => email(x, y),
        FieldKind::Phone | FieldKind::Code => code(x, y),
        FieldKind::Address => address(x, y),
        FieldKind::Street | FieldKind::Word => word(x, y),
        FieldKind::HouseNumber | FieldKind::Postcode => short(x.bytes, y.bytes),
        FieldKind::Place => place(x, y),
        FieldKind::Category => 1,
        FieldKind::Title | FieldKind::Set => title(x, y),
        FieldKind::Number => measure(x.bytes, y.bytes),
    }
}

fn name(x: Value<'_>, y: Value<'_>) -> u8 {
    if x.root != 0 && x.root == y.root {
        return 5;
    }
    let (a, b) = (x.bytes, y.bytes);
    if a.len() == 1 || b.len() == 1 {
        return if a.first() == b.first() { 2 } else { 1 };
    }
    let has_common_word = || if shares_word(x, y) { 3 } else { 1 };
    if !x.may_resemble(y) {
        return has_common_word();
    }
    if a.len().min(b.len()) >= 3 && kernel::osa_within(a, b, 1).is_some() {
        return 4;
    }
    if a.len().max(b.len()) > SIMILAR_BYTES_MAX {
        return has_common_word();
    }
    match kernel::jaro_winkler(a, b) {
        similarity if similarity >= 0.92 => 4,
        similarity if similarity >= 0.80 => 3,
        _ => has_common_word(),
    }
}

/// Whether two names of several words have one in common.
fn shares_word(x: Value<'_>, y: Value<'_>) -> bool {
    if !x.has_gap() && !y.has_gap() {
        return false;
    }
    let is_gap = |byte: &u8| *byte == b' ';
    let mut words = x.bytes.split(is_gap).filter(|word| word.len() > 2);
    words.any(|word| y.bytes.split(is_gap).any(|other| other == word))
}

/// The root of a date of eight digits is its number, so that two dates are mostly told apart without their texts.
fn date(x: Value<'_>, y: Value<'_>) -> u8 {
    if x.root == 0 || y.root == 0 {
        return if kernel::osa_within(x.bytes, y.bytes, 1).is_some() {
            4
        } else {
            1
        };
    }
    let parts = |date: u32| [date / 10_000, date / 100 % 100, date % 100];
    let ([year_a, month_a, day_a], [year_b, month_b, day_b]) = (parts(x.root), parts(y.root));
    let is_swapped = year_a == year_b && month_a == day_b && day_a == month_b;
    if is_swapped || one_digit_apart(x.root, y.root) {
        return 4;
    }
    let same = [year_a == year_b, month_a == month_b, day_a == day_b];
    match same.iter().filter(|same| **same).count() {
        2 => 3,
        _ if year_a == year_b => 2,
        _ => 1,
    }
}

/// Whether two numbers of eight digits differ in one digit, or in two neighbours that changed places.
fn one_digit_apart(x: u32, y: u32) -> bool {
    let (mut x, mut y) = (x, y);
    while x % 10 == y % 10 && x != y {
        (x, y) = (x / 10, y / 10);
    }
    let is_exchanged = x % 10 == y / 10 % 10 && x / 10 % 10 == y % 10 && x / 100 == y / 100;
    x / 10 == y / 10 || is_exchanged
}

fn email(x: Value<'_>, y: Value<'_>) -> u8 {
    if x.root != 0 && x.root == y.root {
        return 3;
    }
    if !x.may_resemble(y) {
        return 1;
    }
    if kernel::osa_within(x.bytes, y.bytes, 2).is_some() {
        return 4;
    }
    let is_similar = similar(user(x.bytes), user(y.bytes), 0.88);
    if is_similar { 2 } else { 1 }
}

/// What stands before the `@`.
fn user(address: &[u8]) -> &[u8] {
    address
        .split(|byte| *byte == b'@')
        .next()
        .unwrap_or_default()
}

fn code(x: Value<'_>, y: Value<'_>) -> u8 {
    if !x.may_resemble(y) {
        return 1;
    }
    match kernel::osa_within(x.bytes, y.bytes, 2) {
        Some(1) => 3,
        Some(_) => 2,
        None => 1,
    }
}

fn address(x: Value<'_>, y: Value<'_>) -> u8 {
    let (a, b) = (first_word(x.bytes), first_word(y.bytes));
    let is_same_street = x.root != 0 && x.root == y.root;
    if is_same_street && kernel::osa_within(a, b, 1).is_none() {
        return 2;
    }
    if kernel::osa_within(x.bytes, y.bytes, 2).is_some() {
        return 4;
    }
    if is_same_street {
        return 2;
    }
    let is_similar = x.may_resemble(y) && a == b && similar(x.bytes, y.bytes, 0.90);
    if is_similar { 3 } else { 1 }
}

fn first_word(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == b' ').next().unwrap_or_default()
}

fn word(x: Value<'_>, y: Value<'_>) -> u8 {
    let (a, b) = (x.bytes, y.bytes);
    let resemble = x.may_resemble(y);
    if resemble && a.len().min(b.len()) >= 4 && kernel::osa_within(a, b, 2).is_some() {
        return 3;
    }
    let is_similar = resemble && similar(a, b, 0.86);
    if is_similar || shares_word(x, y) {
        2
    } else {
        1
    }
}

fn short(a: &[u8], b: &[u8]) -> u8 {
    let is_close = a.len().min(b.len()) >= 2 && kernel::osa_within(a, b, 1).is_some();
    if is_close { 2 } else { 1 }
}

fn place(x: Value<'_>, y: Value<'_>) -> u8 {
    if !x.may_resemble(y) {
        return 1;
    }
    let (a, b) = (x.bytes, y.bytes);
    let is_close = kernel::osa_within(a, b, 2).is_some()
        || a.starts_with(b)
        || b.starts_with(a)
        || similar(a, b, 0.90);
    if is_close { 2 } else { 1 }
}

fn title(x: Value<'_>, y: Value<'_>) -> u8 {
    let cosine = cosine(x.words, y.words);
    let is_long = x.bytes.len().min(y.bytes.len()) > 5;
    match cosine {
        cosine if cosine >= 0.999 => 6,
        cosine if cosine >= 0.85 => 5,
        _ if is_long && kernel::osa_within(x.bytes, y.bytes, 2).is_some() => 5,
        cosine if cosine >= 0.65 => 4,
        cosine if cosine >= 0.45 => 3,
        cosine if cosine >= 0.25 => 2,
        _ => 1,
    }
}

/// Close means within two per cent.
fn measure(a: &[u8], b: &[u8]) -> u8 {
    let parse = |bytes| std::str::from_utf8(bytes).ok()?.parse::<f64>().ok();
    match (parse(a), parse(b)) {
        (Some(x), Some(y)) if (x - y).abs() <= 0.02 * x.abs().max(y.abs()) => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests;
