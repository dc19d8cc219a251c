//! The people as a population, with whose row is whose.
//!
//! Invariant: a person has at most one row that is found, the newest.

use onefold_event::PersonIndex;
use onefold_identity::{Bits, matching::Population};
use rustc_hash::FxHashMap;

/// Everybody who stands.
#[derive(Debug)]
pub(super) struct Standing {
    population: Population,
    row_of: FxHashMap<PersonIndex, u32>,
    /// By row.
    person_of: Vec<PersonIndex>,
}

/// So few rows may be left behind by changes, however few people there are.
const LEFT_MAX: usize = 1_024;

impl Standing {
    /// The rows of a population, and whose each is.
    pub(super) fn new(population: Population, people: Vec<PersonIndex>) -> Self {
        Self {
            population,
            row_of: people.iter().copied().zip(0..).collect(),
            person_of: people,
        }
    }

    pub(super) fn rows(&self) -> usize {
        self.population.rows()
    }

    /// Whether changes have left more rows behind than there are people, by [`LEFT_MAX`].
    pub(super) fn is_worn(&self) -> bool {
        self.rows() > 2 * self.row_of.len() + LEFT_MAX
    }

    /// Gives a person a row of these cells; `false` if it has one that says the same.
    pub(super) fn put(&mut self, person: PersonIndex, cells: &[(&str, &str)]) -> bool {
        let row = self.row_of.get(&person);
        if row.is_some_and(|row| self.population.says(*row, cells)) {
            return false;
        }
        self.remove(person);
        let (row, _) = self.population.add(cells, f64::INFINITY);
        self.row_of.insert(person, row);
        self.person_of.push(person);
        true
    }

    pub(super) fn remove(&mut self, person: PersonIndex) {
        if let Some(row) = self.row_of.remove(&person) {
            self.population.remove(row);
        }
    }

    /// The others whom a person of these cells matches, best first.
    pub(super) fn find(
        &self,
        person: PersonIndex,
        cells: &[(&str, &str)],
        at_least: Bits,
    ) -> impl Iterator<Item = (PersonIndex, Bits)> {
        let pairs = self.population.find(cells, at_least.into()).into_iter();
        let people = pairs.filter_map(|pair| {
            let other = self.person_of.get(pair.left as usize)?;
            Some((*other, Bits::new(pair.bits)))
        });
        people.filter(move |(other, _)| *other != person)
    }
}
