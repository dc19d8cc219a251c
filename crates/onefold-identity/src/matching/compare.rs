//! On which level two rows agree in each field.
//!
//! Invariant: a level depends on the two values alone, and not on their order.

use super::{
    field::{Field, Fields},
    kind::FieldKind,
};
use crate::text::kernel;

/// Most fields of a model: a level is four bits of a [`Pattern`].
pub(crate) const FIELDS_MAX: usize = 16;

/// The levels of all fields of a pair, four bits each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Pattern(pub(crate) u64);

impl Pattern {
    pub(crate) fn level(self, field: usize) -> u8 {
        (self.0 >> (4 * field)) as u8 & 15
    }

    pub(crate) fn set(&mut self, field: usize, level: u8) {
        self.0 |= u64::from(level & 15) << (4 * field);
    }
}

pub(crate) type Pair = [u32; 2];

/// The patterns of pairs of rows, one field after the other, so that its values stay near.
pub(crate) fn patterns(fields: &Fields, pairs: &[Pair], out: &mut Vec<Pattern>) {
    out.clear();
    out.resize(pairs.len(), Pattern::default());
    for ([left, right], pattern) in pairs.iter().zip(out.iter_mut()) {
        let (left, right) = (fields.row(*left), fields.row(*right));
        for (number, field) in fields.iter().enumerate() {
            pattern.set(number, level(field, number, left, right));
        }
    }
}

fn level(field: &Field, number: usize, left: &[u32], right: &[u32]) -> u8 {
    let (a, b) = (left[number], right[number]);
    if a == 0 || b == 0 {
        return 0;
    }
    if a == b {
        return field.kind.equal();
    }
    match field.kind {
        FieldKind::GivenName | FieldKind::Surname => {
            let other = field.crossed_with.map(|other| [left[other], right[other]]);
            name(field, other, a, b)
        }
        FieldKind::Date => date(field, a, b),
        FieldKind::Email => email(field, a, b),
        FieldKind::Phone | FieldKind::Code => code(field, a, b),
        FieldKind::Address => address(field, a, b),
        FieldKind::Street | FieldKind::Word => word(field, a, b),
        FieldKind::HouseNumber | FieldKind::Postcode => short(field, a, b),
        FieldKind::Place => place(field, a, b),
        FieldKind::Category => 1,
        FieldKind::Title | FieldKind::Set => title(field, a, b),
        FieldKind::Number => number_of(field, a, b),
    }
}

fn name(field: &Field, other: Option<[u32; 2]>, a: u32, b: u32) -> u8 {
    let (x, y) = (field.bytes(a), field.bytes(b));
    // Both must be explained by the exchange, or be unknown.
    if let Some([c, d]) = other
        && (a == d || b == c)
        && (a == d || d == 0)
        && (b == c || c == 0)
    {
        return 6;
    }
    let (ra, rb) = (field.values.root(a), field.values.root(b));
    if ra != 0 && ra == rb {
        return 5;
    }
    if x.len() == 1 || y.len() == 1 {
        return if x.first() == y.first() { 2 } else { 1 };
    }
    if !field.values.may_resemble(a, b) {
        return if shares_word(x, y) { 3 } else { 1 };
    }
    if x.len().min(y.len()) >= 3 && osa_within(x, y, 1) {
        return 4;
    }
    let similarity = kernel::jaro_winkler(x, y);
    if similarity >= 0.92 {
        4
    } else if similarity >= 0.80 || shares_word(x, y) {
        3
    } else {
        1
    }
}

fn shares_word(x: &[u8], y: &[u8]) -> bool {
    let is_gap = |byte: &u8| matches!(byte, b' ' | b'-');
    if !x.iter().any(is_gap) && !y.iter().any(is_gap) {
        return false;
    }
    let mut words = x.split(|byte| is_gap(byte)).filter(|word| word.len() > 2);
    words.any(|word| y.split(|byte| is_gap(byte)).any(|other| other == word))
}

fn date(field: &Field, a: u32, b: u32) -> u8 {
    let (x, y) = (field.bytes(a), field.bytes(b));
    if x.len() != 8 || y.len() != 8 {
        return if osa_within(x, y, 1) { 4 } else { 1 };
    }
    let differing = x.iter().zip(y).filter(|(p, q)| p != q).count();
    let parts = |text: &[u8]| -> [Vec<u8>; 3] { [text[..4].to_vec(), text[4..6].to_vec(), text[6..].to_vec()] };
    if differing == 1 || (differing <= 4 && osa_within(x, y, 1)) {
        return 4;
    }
    let ([xy, xm, xd], [yy, ym, yd]) = (parts(x), parts(y));
    if xy == yy && xm == yd && xd == ym {
        return 4;
    }
    let same = usize::from(xy == yy) + usize::from(xm == ym) + usize::from(xd == yd);
    match same {
        2 => 3,
        _ if xy == yy => 2,
        _ => 1,
    }
}

fn email(field: &Field, a: u32, b: u32) -> u8 {
    if field.values.root(a) != 0 && field.values.root(a) == field.values.root(b) {
        return 3;
    }
    if !field.values.may_resemble(a, b) {
        return 1;
    }
    let (x, y) = (field.bytes(a), field.bytes(b));
    if osa_within(x, y, 2) {
        return 4;
    }
    let user = |text: &'_ [u8]| text.iter().position(|byte| *byte == b'@').unwrap_or(text.len());
    let (u, v) = (&x[..user(x)], &y[..user(y)]);
    if kernel::jaro_winkler_at_least(u, v, 0.88) { 2 } else { 1 }
}

fn code(field: &Field, a: u32, b: u32) -> u8 {
    if !field.values.may_resemble(a, b) {
        return 1;
    }
    let (x, y) = (field.bytes(a), field.bytes(b));
    match kernel::osa_within(x, y, 2) {
        Some(1) => 3,
        Some(2) => 2,
        _ => 1,
    }
}

fn address(field: &Field, a: u32, b: u32) -> u8 {
    let (x, y) = (field.bytes(a), field.bytes(b));
    let same_street = field.values.root(a) != 0 && field.values.root(a) == field.values.root(b);
    if osa_within(x, y, 2) {
        return if same_street && first_word(x) != first_word(y) && !osa_within(first_word(x), first_word(y), 1) { 2 } else { 4 };
    }
    if same_street {
        return 2;
    }
    if !field.values.may_resemble(a, b) {
        return 1;
    }
    if first_word(x) == first_word(y) && kernel::jaro_winkler_at_least(x, y, 0.9) { 3 } else { 1 }
}

fn first_word(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == b' ').next().unwrap_or_default()
}

fn word(field: &Field, a: u32, b: u32) -> u8 {
    let (x, y) = (field.bytes(a), field.bytes(b));
    if !field.values.may_resemble(a, b) {
        return if shares_word(x, y) { 2 } else { 1 };
    }
    if x.len().min(y.len()) >= 4 && osa_within(x, y, 2) {
        return 3;
    }
    if kernel::jaro_winkler_at_least(x, y, 0.86) || shares_word(x, y) { 2 } else { 1 }
}

fn short(field: &Field, a: u32, b: u32) -> u8 {
    let (x, y) = (field.bytes(a), field.bytes(b));
    if x.len().min(y.len()) >= 2 && osa_within(x, y, 1) { 2 } else { 1 }
}

fn place(field: &Field, a: u32, b: u32) -> u8 {
    if !field.values.may_resemble(a, b) {
        return 1;
    }
    let (x, y) = (field.bytes(a), field.bytes(b));
    if osa_within(x, y, 2) || kernel::jaro_winkler_at_least(x, y, 0.9) || x.starts_with(y) || y.starts_with(x) { 2 } else { 1 }
}

fn title(field: &Field, a: u32, b: u32) -> u8 {
    let cosine = field.values.cosine(a, b);
    if cosine >= 0.999 {
        return 6;
    }
    let (x, y) = (field.bytes(a), field.bytes(b));
    if cosine >= 0.85 || (x.len().min(y.len()) > 5 && osa_within(x, y, 2)) {
        return 5;
    }
    match cosine {
        c if c >= 0.65 => 4,
        c if c >= 0.45 => 3,
        c if c >= 0.25 => 2,
        _ => 1,
    }
}

fn number_of(field: &Field, a: u32, b: u32) -> u8 {
    let parse = |code| field.text(code).parse::<f64>().ok();
    match (parse(a), parse(b)) {
        (Some(x), Some(y)) if (x - y).abs() <= 0.02 * x.abs().max(y.abs()) => 2,
        _ => 1,
    }
}

fn osa_within(x: &[u8], y: &[u8], limit: usize) -> bool {
    kernel::osa_within(x, y, limit).is_some()
}
