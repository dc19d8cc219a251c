//! How often each value of a column occurs: the ground of term-frequency adjustments.
//!
//! Invariant: a share is the count of a value over the count of all values that are not missing, over
//! every row that was counted, as Splink defines it over all its inputs together.

use std::collections::HashMap;

use super::{SplinkModel, value::Value};

/// Counts values of the columns that a model adjusts for. Feed it every row of every input.
#[derive(Debug, Clone)]
pub struct FrequencyCounter<'m> {
    model: &'m SplinkModel,
    frequencies: Frequencies,
    key: Vec<u8>,
}

/// How often values occur; made by a [`FrequencyCounter`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Frequencies(Vec<Table>);

#[derive(Debug, Clone, Default, PartialEq)]
struct Table {
    counts: HashMap<Box<[u8]>, u64>,
    total: u64,
}

impl<'m> FrequencyCounter<'m> {
    pub(super) fn new(model: &'m SplinkModel) -> Self {
        let tables = model.frequency_cells().len();
        let frequencies = Frequencies(vec![Table::default(); tables]);
        Self {
            model,
            frequencies,
            key: Vec::new(),
        }
    }

    /// Counts the values of a row, its texts in the order of [`SplinkModel::columns`].
    pub fn count(&mut self, row: &[Option<&str>]) {
        for (place, table) in self.frequencies.0.iter_mut().enumerate() {
            let value = self.model.frequency_value(place, row);
            self.key.clear();
            if value.write_key(&mut self.key) {
                table.add(&self.key, 1);
            }
        }
    }

    /// Adds what another counter of the same model counted, so that threads can share the work.
    pub fn merge(&mut self, other: Self) {
        for (table, other) in self.frequencies.0.iter_mut().zip(other.frequencies.0) {
            for (key, count) in other.counts {
                table.add(&key, count);
            }
        }
    }

    /// What was counted.
    #[must_use]
    pub fn finish(self) -> Frequencies {
        self.frequencies
    }
}

impl Table {
    fn add(&mut self, key: &[u8], count: u64) {
        self.total += count;
        match self.counts.get_mut(key) {
            Some(known) => *known += count,
            None => {
                self.counts.insert(key.into(), count);
            }
        }
    }
}

impl Frequencies {
    /// The share of a value of the column in this place among the adjusted ones.
    pub(super) fn share(&self, place: usize, value: &Value<'_>) -> Option<f64> {
        let table = self.0.get(place)?;
        let mut key = Vec::with_capacity(32);
        if !value.write_key(&mut key) {
            return None;
        }
        let count = table.counts.get(&key[..])?;
        Some(*count as f64 / table.total as f64)
    }
}
