//! What was counted of one class: levels of fields, alone and two by two.
//!
//! Invariant: a missing level is counted in the total alone.

#![expect(
    clippy::indexing_slicing,
    reason = "levels are below LEVELS_MAX, and tables have an entry for every two fields"
)]

use crate::matching::{compare::Pattern, kind::LEVELS_MAX};

/// Levels of one field by the levels of another.
pub(super) type Joint = [[f64; LEVELS_MAX]; LEVELS_MAX];

#[derive(Debug, Clone)]
pub(super) struct Counts {
    fields: usize,
    total: f64,
    single: Vec<[f64; LEVELS_MAX]>,
    /// By field and a field before it: by the level of the first, then of the second.
    joint: Vec<Joint>,
}

impl Counts {
    pub(super) fn new(fields: usize) -> Self {
        Self {
            fields,
            total: 0.0,
            single: vec![[0.0; LEVELS_MAX]; fields],
            joint: vec![[[0.0; LEVELS_MAX]; LEVELS_MAX]; fields * fields],
        }
    }

    /// Counts pairs of this pattern: each field with its parent, or with every other one.
    pub(super) fn add(
        &mut self,
        pattern: Pattern,
        pairs: f64,
        parents: &[Option<usize>],
        all_joint: bool,
    ) {
        self.total += pairs;
        for field in 0..self.fields {
            let level = usize::from(pattern.level(field));
            self.single[field][level] += pairs;
            if level == 0 {
                continue;
            }
            if all_joint {
                for other in 0..field {
                    self.joint[field * self.fields + other][level]
                        [usize::from(pattern.level(other))] += pairs;
                }
            } else if let Some(Some(parent)) = parents.get(field) {
                let (high, low) = (field.max(*parent), field.min(*parent));
                let [high_level, low_level] = [high, low].map(|it| usize::from(pattern.level(it)));
                self.joint[high * self.fields + low][high_level][low_level] += pairs;
            }
        }
    }

    pub(super) fn total(&self) -> f64 {
        self.total
    }

    /// The levels of two fields, the higher one first.
    pub(super) fn joint(&self, high: usize, low: usize) -> &Joint {
        &self.joint[high * self.fields + low]
    }

    /// How probable the levels of a field are, with so many pairs seen beforehand that look like `prior`.
    pub(super) fn levels(
        &self,
        field: usize,
        levels: usize,
        prior: &[f64; LEVELS_MAX],
        prior_pairs: f64,
    ) -> [f64; LEVELS_MAX] {
        smoothed(levels, prior, prior_pairs, |level| {
            self.single[field][level]
        })
    }

    /// The same where another field is on a given level.
    pub(super) fn levels_given(
        &self,
        field: usize,
        levels: usize,
        (parent, parent_level): (usize, usize),
        prior: &[f64; LEVELS_MAX],
        prior_pairs: f64,
    ) -> [f64; LEVELS_MAX] {
        smoothed(levels, prior, prior_pairs, |level| match parent < field {
            true => self.joint(field, parent)[level][parent_level],
            false => self.joint(parent, field)[parent_level][level],
        })
    }
}

fn smoothed(
    levels: usize,
    prior: &[f64; LEVELS_MAX],
    prior_pairs: f64,
    count: impl Fn(usize) -> f64,
) -> [f64; LEVELS_MAX] {
    let total: f64 = (1..=levels).map(&count).sum();
    std::array::from_fn(|level| match (1..=levels).contains(&level) {
        true => (count(level) + prior_pairs * prior[level]) / (total + prior_pairs),
        false => 0.0,
    })
}
