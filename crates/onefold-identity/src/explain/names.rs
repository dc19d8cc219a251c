//! What rows are called in texts and pictures.
//!
//! Invariant: every row has a name: the one given, or its number.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Names of rows, for example their ids.
///
/// ```
/// use onefold_identity::explain::Names;
/// let names: Names = [(7, "crm-41".to_owned())].into_iter().collect();
/// assert_eq!((names.of(7), names.of(8)), ("crm-41".to_owned(), "row 8".to_owned()));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Names(BTreeMap<u32, String>);

impl Names {
    /// The name of a row, or `row` and its number.
    pub fn of(&self, row: u32) -> String {
        let given = self.0.get(&row).filter(|name| !name.is_empty());
        given.cloned().unwrap_or_else(|| format!("row {row}"))
    }
}

impl FromIterator<(u32, String)> for Names {
    fn from_iter<I: IntoIterator<Item = (u32, String)>>(names: I) -> Self {
        Self(names.into_iter().collect())
    }
}
