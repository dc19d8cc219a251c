//! The names of the columns that a model needs.
//!
//! Invariant: a name stands once, in the order of first mention; case does not tell two names apart.

use std::sync::Arc;

/// Names, each with its place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Columns(Vec<Arc<str>>);

impl Columns {
    /// The place of a name, which is added if it is new, and the name as it was first written.
    pub(super) fn place(&mut self, name: &str) -> (usize, Arc<str>) {
        let known = self
            .0
            .iter()
            .enumerate()
            .find(|(_, known)| known.eq_ignore_ascii_case(name));
        if let Some((place, known)) = known {
            return (place, known.clone());
        }
        let name: Arc<str> = name.into();
        self.0.push(name.clone());
        (self.0.len() - 1, name)
    }

    pub(super) fn names(&self) -> &[Arc<str>] {
        &self.0
    }
}
