//! What is kept of the past of one identifier.

use std::sync::Arc;

use onefold_event::Value;

use crate::{
    history::{History, Key},
    summary::Stored,
};

/// The histories of one identifier, by feature.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Kept {
    /// Sorted by the feature's number.
    histories: Vec<(u32, Arc<History>)>,
}

impl Kept {
    pub(crate) fn history(&self, feature: u32) -> Option<&History> {
        let at = self
            .histories
            .binary_search_by_key(&feature, |(feature, _)| *feature)
            .ok()?;
        self.histories.get(at).map(|(_, history)| &**history)
    }

    pub(crate) fn histories(&self) -> impl ExactSizeIterator<Item = (u32, &History)> {
        self.histories
            .iter()
            .map(|(feature, history)| (*feature, &**history))
    }

    /// Adds an occurrence; how many bytes more are held.
    pub(crate) fn insert(&mut self, feature: u32, key: Key, value: Option<Stored>) -> usize {
        let found = self
            .histories
            .binary_search_by_key(&feature, |(feature, _)| *feature);
        let at = found.unwrap_or_else(|at| {
            self.histories.insert(at, (feature, Arc::default()));
            at
        });
        let Some((_, history)) = self.histories.get_mut(at) else {
            return 0;
        };
        let bytes = entry_bytes(value.as_ref()) + if found.is_err() { HISTORY_BYTES } else { 0 };
        Arc::make_mut(history).insert(key, value);
        bytes
    }

    /// Adds a whole history, if its feature stands behind those that are there.
    pub(crate) fn push(&mut self, feature: u32, history: History) -> bool {
        let is_last = self
            .histories
            .last()
            .is_none_or(|(last, _)| *last < feature);
        if is_last {
            self.histories.push((feature, Arc::new(history)));
        }
        is_last
    }

    /// What all insertions together have returned. Cost: linear.
    pub(crate) fn memory_bytes(&self) -> usize {
        let of_history = |history: &History| -> usize {
            let entries = history.entries(0..history.len());
            entries.map(|(_, value)| entry_bytes(value)).sum()
        };
        self.histories
            .iter()
            .map(|(_, history)| HISTORY_BYTES + of_history(history))
            .sum()
    }
}

/// What an empty history costs: itself, its counters, its place in the list.
const HISTORY_BYTES: usize = size_of::<History>() + 48;

fn entry_bytes(value: Option<&Stored>) -> usize {
    let value_bytes = match value {
        Some(Ok(Value::Text(text) | Value::Json(text))) => size_of::<Stored>() + text.len(),
        Some(_) => size_of::<Stored>(),
        None => 0,
    };
    size_of::<Key>() + value_bytes
}
