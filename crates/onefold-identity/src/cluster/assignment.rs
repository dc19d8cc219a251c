//! The assignment of greatest gain: which row of one side goes with which of the other.
//!
//! Invariant: no assignment has a greater sum. Kuhn's method with potentials, one shortest augmenting path
//! a row (Jonker and Volgenant, 1987).

/// For each of `rows`, its column; `gain(row, column)` is at least 0, and 0 is no gain.
///
/// `rows` may not exceed `columns`. Cost: O(rows² · columns).
#[expect(
    clippy::indexing_slicing,
    reason = "rows and columns come from the ranges the arrays are made for"
)]
pub(crate) fn assign(
    rows: usize,
    columns: usize,
    gain: impl Fn(usize, usize) -> f64,
) -> Vec<usize> {
    debug_assert!(rows <= columns);
    // Column `columns` is the root of every search: the row that has no column yet stands there.
    let mut row_potential = vec![0.0; rows];
    let mut column_potential = vec![0.0; columns + 1];
    let mut row_of = vec![usize::MAX; columns + 1];
    for row in 0..rows {
        row_of[columns] = row;
        let mut distance = vec![f64::INFINITY; columns];
        let mut before = vec![columns; columns];
        let mut is_done = vec![false; columns + 1];
        let mut here = columns;
        while row_of[here] != usize::MAX {
            is_done[here] = true;
            let from = row_of[here];
            let (mut nearest, mut step) = (columns, f64::INFINITY);
            for column in (0..columns).filter(|column| !is_done[*column]) {
                let reduced = -gain(from, column) - row_potential[from] - column_potential[column];
                if reduced < distance[column] {
                    (distance[column], before[column]) = (reduced, here);
                }
                if distance[column] < step {
                    (nearest, step) = (column, distance[column]);
                }
            }
            for column in 0..columns {
                if is_done[column] {
                    row_potential[row_of[column]] += step;
                    column_potential[column] -= step;
                } else {
                    distance[column] -= step;
                }
            }
            row_potential[row] += step;
            here = nearest;
        }
        while here != columns {
            row_of[here] = row_of[before[here]];
            here = before[here];
        }
    }
    let mut column_of = vec![usize::MAX; rows];
    for (column, row) in row_of.iter().take(columns).enumerate() {
        if let Some(place) = column_of.get_mut(*row) {
            *place = column;
        }
    }
    column_of
}
