//! A row made ready to be compared with many others.
//!
//! Invariant: it holds the cells of its model in their order, and a frequency for each column that the
//! model adjusts for.

use super::value::Value;

/// A row made ready by [`SplinkModel::prepare`](super::SplinkModel::prepare).
///
/// Borrows the texts of its row. About 24 bytes for each [cell](super::SplinkModel::cells_count).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Prepared<'v> {
    pub(super) cells: Box<[Value<'v>]>,
    /// How often the value of each adjusted column occurs, as a share; not a number where it is missing.
    pub(super) frequencies: Box<[f64]>,
}

impl<'v> Prepared<'v> {
    pub(super) fn cells(&self) -> &[Value<'v>] {
        &self.cells
    }

    /// The same row with its texts copied, for those who keep it longer than its source.
    #[must_use]
    pub fn into_owned(self) -> Prepared<'static> {
        let cells = self.cells.into_iter().map(Value::into_owned).collect();
        Prepared {
            cells,
            frequencies: self.frequencies,
        }
    }
}
