//! The logarithms of a model, ready to be added up for a pair.
//!
//! Invariant: the bits of a pair are the sum of its prior and of what each field adds, in any order of asking.

#![expect(
    clippy::indexing_slicing,
    reason = "tables have an entry for every level and term, which are four and eight bits"
)]

mod alike;

use super::{Class, Model, Role, Table};
use crate::{
    cluster::BITS_MAX,
    matching::{compare::Pattern, field::Fields, kind::LEVELS_MAX, levels::Levels},
};

/// How rare a value is, in eighths of a bit; 0 where a pair does not agree on a value.
pub(crate) type Term = u8;

/// The term of a value that another row has with this probability.
pub(crate) fn term_of(frequency: f64) -> Term {
    (-frequency.log2() * 8.0).round().clamp(1.0, 255.0) as Term
}

fn frequency_of(term: usize) -> f64 {
    (-(term as f64) / 8.0).exp2()
}

/// The terms of the fields of a pair, a byte each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Terms(u128);

impl Terms {
    /// The terms of a pair, of the codes of its rows. Codes of the right row that are not those of these fields may be
    /// left out: then a crossed name counts by the left one alone.
    pub(crate) fn of(fields: &Fields, left: &[u32], right: &[u32], pattern: Pattern) -> Self {
        let mut out = 0;
        for ((number, field), code) in fields.iter().enumerate().zip(left) {
            let level = pattern.level(number);
            if !field.levels.is_term(level) {
                continue;
            }
            let term = match field.crossed_with {
                Some(other) if field.levels.crossed() == Some(level) => {
                    let opposite = right.get(other).copied().unwrap_or(*code);
                    crossed_term(fields, [number, other], [*code, opposite])
                }
                _ => field.terms.get(*code as usize).copied().unwrap_or_default(),
            };
            out |= u128::from(term) << (8 * number);
        }
        Self(out)
    }

    fn of_field(self, number: usize) -> Term {
        (self.0 >> (8 * number)) as Term
    }
}

/// A name in the wrong place is rare there and says nothing by that: it counts as where it is most frequent, and a
/// misspelt one as the one it is taken for.
fn crossed_term(fields: &Fields, places: [usize; 2], codes: [u32; 2]) -> Term {
    let terms = places
        .into_iter()
        .filter_map(|place| fields.get(place))
        .flat_map(|field| {
            let term = |code: u32| field.terms.get(code as usize).copied();
            codes.into_iter().filter_map(term)
        });
    terms.filter(|term| *term > 0).min().unwrap_or_default()
}

/// Adds up what the fields of a pair say.
#[derive(Debug, Clone)]
pub(crate) struct Scorer {
    /// The classes of the model, and strangers at the end.
    classes: Vec<ClassScorer>,
}

#[derive(Debug, Clone)]
struct ClassScorer {
    is_match: bool,
    start: f32,
    fields: Vec<FieldScorer>,
}

#[derive(Debug, Clone)]
struct FieldScorer {
    parent: Option<usize>,
    /// The level of equal values; 0 if there is none.
    exact: u8,
    /// The level of names in each other's place; 0 if there is none.
    crossed: u8,
    /// By the level of the parent, and the own one.
    levels: [[f32; LEVELS_MAX]; LEVELS_MAX],
    /// By the level of the parent: for equal values, and for crossed ones.
    terms: Vec<[[f32; 256]; 2]>,
}

/// Room for the weights of all classes.
pub(crate) type Weights = Vec<f32>;

impl Scorer {
    pub(crate) fn new(model: &Model, about: &[Levels]) -> Self {
        let mut classes: Vec<ClassScorer> = model
            .classes
            .iter()
            .map(|class| of_class(model, class, about))
            .collect();
        classes.push(strangers(model, about));
        Self { classes }
    }

    /// Room for the weights of a pair.
    pub(crate) fn weights(&self) -> Weights {
        vec![0.0; self.classes.len()]
    }

    /// The natural logarithm of how many pairs of each class look like this one; strangers come last.
    pub(crate) fn weigh(&self, pattern: Pattern, terms: Terms, out: &mut Weights) {
        for (class, out) in self.classes.iter().zip(out) {
            *out = class.weight(pattern, terms, usize::MAX);
        }
    }

    /// log2 of the odds that a pair is a match.
    pub(crate) fn bits(&self, pattern: Pattern, terms: Terms) -> f64 {
        let mut weights = self.weights();
        self.weigh(pattern, terms, &mut weights);
        self.odds(&weights)
    }

    /// The same, but `None` as soon as it is known to be less than `least`.
    pub(crate) fn bits_at_least(
        &self,
        pattern: Pattern,
        terms: Terms,
        least: f64,
        out: &mut Weights,
    ) -> Option<f64> {
        let strangers = self.classes.last()?.weight(pattern, terms, usize::MAX);
        // Several classes of matches may add up: they are fewer than sixteen, four bits.
        let floor = strangers + ((least - 4.0) * std::f64::consts::LN_2) as f32;
        let mut is_possible = false;
        for (class, out) in self.classes.iter().zip(out.iter_mut()) {
            if class.is_match {
                *out = class.weight(pattern, terms, usize::MAX);
                is_possible |= *out >= floor;
            }
        }
        if !is_possible {
            return None;
        }
        for (class, out) in self.classes.iter().zip(out.iter_mut()) {
            if !class.is_match {
                *out = class.weight(pattern, terms, usize::MAX);
            }
        }
        Some(self.odds(out)).filter(|bits| *bits >= least)
    }

    /// The bits after the prior alone, after the first field, after the second, and so on to all fields.
    pub(crate) fn partial_bits(&self, pattern: Pattern, terms: Terms, fields: usize) -> Vec<f64> {
        let after = |count| {
            let weights: Weights = self
                .classes
                .iter()
                .map(|class| class.weight(pattern, terms, count))
                .collect();
            self.odds(&weights)
        };
        (0..=fields).map(after).collect()
    }

    /// The share of pairs like this one that are related and no match, from 0 to 1.
    pub(crate) fn related_share(&self, pattern: Pattern, terms: Terms) -> f64 {
        let mut weights = self.weights();
        self.weigh(pattern, terms, &mut weights);
        let (others, of) = self.sums(&weights, |class, at| {
            !class.is_match && at + 1 < self.classes.len()
        });
        of / (others + of)
    }

    fn odds(&self, weights: &Weights) -> f64 {
        let (others, matches) = self.sums(weights, |class, _| class.is_match);
        (matches / others).log2().clamp(-BITS_MAX, BITS_MAX)
    }

    /// The sums of the other weights and of those asked for, both divided by the largest weight: a difference of the two
    /// would lose the smaller one.
    fn sums(
        &self,
        weights: &Weights,
        is_asked: impl Fn(&ClassScorer, usize) -> bool,
    ) -> (f64, f64) {
        let most = weights.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let (mut asked, mut others) = (0.0, 0.0);
        for (at, (class, weight)) in self.classes.iter().zip(weights).enumerate() {
            let share = f64::from(weight - most).exp();
            if is_asked(class, at) {
                asked += share
            } else {
                others += share
            }
        }
        (others, asked)
    }
}

impl ClassScorer {
    /// The weight of a pair by the first `count` fields.
    fn weight(&self, pattern: Pattern, terms: Terms, count: usize) -> f32 {
        let mut sum = self.start;
        for (number, field) in self.fields.iter().enumerate().take(count) {
            let level = usize::from(pattern.level(number));
            if level == 0 {
                continue;
            }
            let parent = field.parent_level(pattern);
            sum += match terms.of_field(number) {
                0 => field.levels[parent][level],
                term => {
                    let is_crossed = level == usize::from(field.crossed);
                    field.terms[parent][usize::from(is_crossed)][usize::from(term)]
                }
            };
        }
        sum
    }
}

impl FieldScorer {
    fn parent_level(&self, pattern: Pattern) -> usize {
        let level = |parent| usize::from(pattern.level(parent));
        self.parent.map_or(0, level)
    }

    /// Whether the value on which a pair agrees counts by how rare it is.
    fn is_term(&self, level: usize) -> bool {
        level != 0 && (level == usize::from(self.exact) || level == usize::from(self.crossed))
    }
}

fn of_class(model: &Model, class: &Class, about: &[Levels]) -> ClassScorer {
    let fields = class.tables.iter().enumerate();
    ClassScorer {
        is_match: class.role == Role::Match,
        start: logarithm(class.count),
        fields: fields
            .map(|(number, table)| of_table(model, number, table, about))
            .collect(),
    }
}

fn of_table(model: &Model, number: usize, table: &Table, about: &[Levels]) -> FieldScorer {
    let own = &about[number];
    let chance = &model.chance[number];
    let parent_levels = table.parent.map_or(0, |parent| about[parent].count());
    let mut levels = [[0.0; LEVELS_MAX]; LEVELS_MAX];
    let mut terms = Vec::new();
    for (learned, out) in table.rows.iter().zip(&mut levels).take(parent_levels + 1) {
        for (learned, out) in learned.iter().zip(out) {
            *out = logarithm(*learned);
        }
        // A level that there is not is never asked for.
        let of = |level: Option<u8>| {
            let level = level.map(usize::from);
            level.map_or([0.0; 256], |it| term_scores(learned[it], chance[it]))
        };
        terms.push([of(own.exact()), of(own.crossed())]);
    }
    FieldScorer {
        parent: table.parent,
        exact: own.exact().unwrap_or_default(),
        crossed: own.crossed().unwrap_or_default(),
        levels,
        terms,
    }
}

/// How probable it is to agree on a value of each rarity, beside having it. The class shares the value in some of its
/// pairs, whatever it is, and agrees by chance in the others, the oftener the more frequent the value is.
fn term_scores(learned: f64, by_chance: f64) -> [f32; 256] {
    let shared = ((learned - by_chance) / (1.0 - by_chance)).max(0.0);
    std::array::from_fn(|term| logarithm(shared + (1.0 - shared) * frequency_of(term)))
}

fn strangers(model: &Model, about: &[Levels]) -> ClassScorer {
    let field = |chance: &[f64; LEVELS_MAX], own: &Levels| {
        let terms = std::array::from_fn(|term| logarithm(frequency_of(term)));
        FieldScorer {
            parent: None,
            exact: own.exact().unwrap_or_default(),
            crossed: own.crossed().unwrap_or_default(),
            levels: [chance.map(logarithm); LEVELS_MAX],
            terms: vec![[terms; 2]],
        }
    };
    ClassScorer {
        is_match: false,
        start: logarithm(model.pairs),
        fields: model
            .chance
            .iter()
            .zip(about)
            .map(|(chance, own)| field(chance, own))
            .collect(),
    }
}

/// The natural logarithm; that of nothing is finite, so that one impossible level does not make the rest unspeakable.
fn logarithm(value: f64) -> f32 {
    value.max(1e-12).ln() as f32
}
