//! The trained model: what matches, relatives and strangers look like.
//!
//! Invariant: in every class the probabilities of the levels of a field sum to one, for each level of the field it
//! depends on; the first class is one of matches.

mod form;
mod scorer;

use serde::{Deserialize, Serialize};

pub(crate) use scorer::{Scorer, Terms, term_of};

use super::{field::Fields, kind::LEVELS_MAX, settings::Settings};

/// What a pair of records looks like if it is a match, a pair of relatives, or two strangers.
///
/// The model is that of Fellegi and Sunter (1969, *A theory for record linkage*) with two additions. Fields depend
/// on each other: each class has a tree of fields (Chow and Liu, 1968), in which a field's levels are counted for
/// each level of its parent. And there is more than one class beside the strangers: pairs who share a household, a
/// name or an area, and matches of another kind, such as people who moved, have classes of their own, so that what
/// relatives share is not taken for what one person shares.
///
/// Equal values count by how rare they are: two `Zbigniew`s say more than two `James`es.
///
/// It is a value: [`Model::to_json`] and [`Model::from_json`] write and read it.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub(crate) settings: Settings,
    /// Matches first.
    pub(crate) classes: Vec<Class>,
    /// Of pairs drawn by chance: by field and level.
    pub(crate) chance: Vec<[f64; LEVELS_MAX]>,
    /// The rows it was trained on.
    pub(crate) rows: u64,
    /// The pairs of them.
    pub(crate) pairs: f64,
    pub(crate) training: Training,
}

/// One kind of pair.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Class {
    pub(crate) role: Role,
    /// How many pairs are of it.
    pub(crate) count: f64,
    /// A table a field.
    pub(crate) tables: Vec<Table>,
}

/// What the pairs of a class are to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The same entity.
    Match,
    /// Two entities that have more in common than chance gives: a household, a family, namesakes, neighbours.
    Related,
}

/// How probable each level of a field is in a class.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Table {
    /// The field on which this one depends.
    pub(crate) parent: Option<usize>,
    /// By the level of the parent; row 0 holds where the parent is missing or there is none.
    pub(crate) rows: [[f64; LEVELS_MAX]; LEVELS_MAX],
}

/// How the training went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[non_exhaustive]
pub struct Training {
    /// Rounds of expectation and maximisation.
    pub rounds: u32,
    /// Whether the number of matches had stopped to change.
    pub converged: bool,
    /// The starting points that were tried.
    pub starts: u32,
    /// Pairs that were learned from: chosen by the rules, and drawn by chance.
    pub pairs: [u64; 2],
    /// What is wrong or doubtful, in words.
    pub warnings: Vec<String>,
    /// How probable a match was before anything was learned, where the settings have a
    /// [`Prior`](super::Prior) that could be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior: Option<f64>,
}

impl Model {
    /// The settings it was trained with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How the training went.
    pub fn training(&self) -> &Training {
        &self.training
    }

    /// How many pairs are matches, as it was estimated from the pairs that the rules brought together.
    pub fn matches_expected(&self) -> f64 {
        self.expected(Role::Match)
    }

    /// How many pairs are related and no match.
    pub fn related_expected(&self) -> f64 {
        self.expected(Role::Related)
    }

    fn expected(&self, role: Role) -> f64 {
        let of_role = self.classes.iter().filter(|class| class.role == role);
        of_role.map(|class| class.count).sum()
    }

    pub(crate) fn scorer(&self, fields: &Fields) -> Scorer {
        let levels: Vec<_> = fields.iter().map(|field| field.levels.clone()).collect();
        Scorer::new(self, &levels)
    }
}
