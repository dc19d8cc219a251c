//! The trained mixture: what a match, a relative and a stranger look like.
//!
//! Invariant: every table of a class sums to one over the levels of its field, for each level of the parent.

use super::{
    compare::{Pair, Pattern},
    field::Fields,
};

pub(crate) const LEVELS: usize = 9;

/// How probable each level of a field is in one class, given the level of the field it depends on.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) parent: Option<usize>,
    /// By parent level; row 0 is used where the parent is missing, or where there is none.
    pub(crate) rows: [[f64; LEVELS]; LEVELS],
}

#[derive(Debug, Clone)]
pub(crate) struct Class {
    /// How many pairs of all there are.
    pub(crate) count: f64,
    pub(crate) tables: Vec<Table>,
}

#[derive(Debug, Clone)]
pub(crate) struct Model {
    /// Matches first, then relatives.
    pub(crate) classes: Vec<Class>,
    /// Of pairs drawn by chance, by field and level.
    pub(crate) chance: Vec<[f64; LEVELS]>,
    /// How many pairs there are in all.
    pub(crate) pairs: f64,
    /// Whether a class is one of matches.
    pub(crate) is_match: Vec<bool>,
}

/// Values agree on this level because they are the same text: how rare it is matters.
pub(crate) fn is_term(fields: &Fields, field: usize, level: u8) -> bool {
    let kind = fields[field].kind;
    level == kind.equal() || (kind.is_name() && level == 6)
}

/// How rare a value is, in eighths of a bit; 0 where a pair does not agree on a value.
pub(crate) type Term = u8;

pub(crate) fn term_of(frequency: f64) -> Term {
    (-frequency.log2() * 8.0).round().clamp(1.0, 255.0) as Term
}

fn frequency_of(term: usize) -> f64 {
    (-(term as f64) / 8.0).exp2()
}

/// The terms of a pair, a byte a field.
pub(crate) fn terms(fields: &Fields, [left, _]: Pair, pattern: Pattern) -> u128 {
    let mut out = 0;
    let codes = fields.row(left);
    for ((number, field), code) in fields.iter().enumerate().zip(codes) {
        if is_term(fields, number, pattern.level(number)) {
            let term = field.terms[*code as usize];
            out |= u128::from(term) << (8 * number);
        }
    }
    out
}

/// The logarithms of a model, ready to be added up.
pub(crate) struct Scorer {
    /// Matches, relatives and strangers.
    classes: Vec<ClassScorer>,
    is_match: Vec<bool>,
}

struct ClassScorer {
    start: f32,
    fields: Vec<FieldScorer>,
}

struct FieldScorer {
    parent: Option<usize>,
    crosses: bool,
    plain: [[f32; LEVELS]; LEVELS],
    /// By parent level, for the equal level and the one of crossed names.
    terms: Vec<[[f32; 256]; 2]>,
}

impl Model {
    pub(crate) fn scorer(&self, fields: &Fields) -> Scorer {
        let mut classes: Vec<ClassScorer> = self
            .classes
            .iter()
            .map(|class| ClassScorer {
                start: class.count.ln() as f32,
                fields: class.tables.iter().enumerate().map(|(field, table)| self.field_scorer(fields, field, table)).collect(),
            })
            .collect();
        let strangers = (0..fields.len())
            .map(|field| {
                let mut row = [0.0; LEVELS];
                for (level, out) in row.iter_mut().enumerate().skip(1) {
                    *out = self.chance[field][level].max(1e-30).ln() as f32;
                }
                let mut terms = [[0.0; 256]; 2];
                for of in &mut terms {
                    for (term, out) in of.iter_mut().enumerate() {
                        *out = frequency_of(term).ln() as f32;
                    }
                }
                FieldScorer { parent: None, crosses: false, plain: [row; LEVELS], terms: vec![terms] }
            })
            .collect();
        classes.push(ClassScorer { start: self.pairs.ln() as f32, fields: strangers });
        Scorer { classes, is_match: self.is_match.clone() }
    }

    fn field_scorer(&self, fields: &Fields, field: usize, table: &Table) -> FieldScorer {
        let equal = usize::from(fields[field].kind.equal());
        let mut plain = [[0.0; LEVELS]; LEVELS];
        let mut terms = Vec::new();
        let parent_levels = table.parent.map_or(0, |parent| fields[parent].kind.levels().len());
        for parent in 0..=parent_levels {
            let mut of = [[0.0; 256]; 2];
            for level in 1..LEVELS {
                plain[parent][level] = table.rows[parent][level].max(1e-30).ln() as f32;
            }
            for (level, of) in [equal, 6].into_iter().zip(of.iter_mut()) {
                let (learned, by_chance) = (table.rows[parent][level], self.chance[field][level]);
                let shared = ((learned - by_chance) / (1.0 - by_chance)).max(0.0);
                for (term, out) in of.iter_mut().enumerate() {
                    *out = (shared + (1.0 - shared) * frequency_of(term)).max(1e-12).ln() as f32;
                }
            }
            terms.push(of);
        }
        FieldScorer { parent: table.parent, crosses: fields[field].kind.is_name(), plain, terms }
    }
}

impl Scorer {
    pub(crate) fn classes(&self) -> usize {
        self.classes.len()
    }

    /// The natural logarithm of the weight of each class for a pair: matches, relatives, then strangers.
    pub(crate) fn weights(&self, pattern: Pattern, terms: u128, out: &mut [f32]) {
        for (class, out) in self.classes.iter().zip(out) {
            *out = class.weight(pattern, terms);
        }
    }

    /// As [`weights`](Self::weights) and [`bits`](Self::bits), but `None` as soon as they are known to be fewer than `least`.
    pub(crate) fn bits_at_least(&self, pattern: Pattern, terms: u128, least: f64, out: &mut [f32]) -> Option<f64> {
        let strangers = self.classes.last()?.weight(pattern, terms);
        let floor = strangers + ((least - 2.0) * std::f64::consts::LN_2) as f32;
        let mut possible = false;
        for ((class, is_match), out) in self.classes.iter().zip(&self.is_match).zip(out.iter_mut()) {
            if *is_match {
                *out = class.weight(pattern, terms);
                possible |= *out >= floor;
            }
        }
        if !possible {
            return None;
        }
        for ((class, is_match), out) in self.classes.iter().zip(&self.is_match).zip(out.iter_mut()) {
            if !is_match {
                *out = class.weight(pattern, terms);
            }
        }
        *out.last_mut()? = strangers;
        Some(self.bits(out)).filter(|bits| *bits >= least)
    }

    /// log2 of the odds that a pair is a match.
    pub(crate) fn bits(&self, weights: &[f32]) -> f64 {
        let most = weights.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let (mut matched, mut others) = (0.0_f64, 0.0_f64);
        for (number, weight) in weights.iter().enumerate() {
            let share = f64::from(weight - most).exp();
            match self.is_match.get(number) {
                Some(true) => matched += share,
                _ => others += share,
            }
        }
        (matched.max(1e-300) / others.max(1e-300)).log2()
    }
}

impl ClassScorer {
    fn weight(&self, pattern: Pattern, terms: u128) -> f32 {
        let mut sum = self.start;
        for (number, field) in self.fields.iter().enumerate() {
            let level = usize::from(pattern.level(number));
            if level == 0 {
                continue;
            }
            let parent = field.parent.map_or(0, |parent| usize::from(pattern.level(parent)));
            let term = (terms >> (8 * number)) as u8;
            sum += match term {
                0 => field.plain[parent][level],
                term => field.terms[parent][usize::from(level == 6 && field.crosses)][usize::from(term)],
            };
        }
        sum
    }
}
