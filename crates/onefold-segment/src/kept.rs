//! What is kept of the past of one identifier.

use std::sync::Arc;

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
        let text_bytes = match &value {
            Some(Ok(onefold_event::Value::Text(text) | onefold_event::Value::Json(text))) => {
                text.len()
            }
            _ => 0,
        };
        let value_bytes = if value.is_some() {
            size_of::<Stored>()
        } else {
            0
        };
        Arc::make_mut(history).insert(key, value);
        let new_bytes = if found.is_err() { 96 } else { 0 };
        size_of::<Key>() + value_bytes + text_bytes + new_bytes
    }
}
