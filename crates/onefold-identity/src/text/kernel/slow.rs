//! The measures step by step, over any elements: for strings past 64 bytes and for characters that are no bytes.
//!
//! Invariant: nothing here is clever; a limit only stops early what could no longer end within it.

use smallvec::{SmallVec, smallvec};

/// Jaro similarity; see [`super::jaro`].
pub(super) fn jaro<T: PartialEq>(a: &[T], b: &[T]) -> f64 {
    if a.is_empty() && b.is_empty() {
        return 1.0;
    }
    let reach = (a.len().max(b.len()) / 2).saturating_sub(1);
    let mut taken: SmallVec<[bool; 128]> = smallvec![false; b.len()];
    let mut of_a: SmallVec<[&T; 64]> = SmallVec::new();
    for (index, element) in a.iter().enumerate() {
        let from = index.saturating_sub(reach);
        let window = b.iter().zip(taken.iter_mut()).skip(from);
        let mut window = window.take(index + reach + 1 - from);
        if let Some((_, free)) = window.find(|(it, taken)| *it == element && !**taken) {
            *free = true;
            of_a.push(element);
        }
    }
    let of_b = b.iter().zip(&taken).filter(|(_, taken)| **taken);
    let displaced = of_a.iter().zip(of_b).filter(|(a, (b, _))| **a != *b);
    let (matched, displaced) = (of_a.len() as f64, displaced.count());
    if of_a.is_empty() {
        return 0.0;
    }
    let in_order = (of_a.len() - displaced / 2) as f64;
    (matched / a.len() as f64 + matched / b.len() as f64 + in_order / matched) / 3.0
}

/// Whether two neighbours that changed places count as one edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Swap {
    /// Two edits: Levenshtein.
    Two,
    /// One edit, if nothing else is done to them: optimal string alignment.
    One,
}

type Row = SmallVec<[usize; 128]>;

/// More than any distance, and room to add to.
const FAR: usize = usize::MAX / 2;

/// Levenshtein or optimal string alignment distance by rows; `None` when over the limit.
///
/// Only the cells as near to the diagonal as the limit are filled: what is farther off is over it.
#[expect(
    clippy::indexing_slicing,
    reason = "rows have one cell more than `b`, and columns are at most its length"
)]
pub(super) fn edit<T: PartialEq>(a: &[T], b: &[T], swap: Swap, limit: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut above: Row = (0..=b.len()).collect();
    let mut above_that: Row = smallvec![FAR; b.len() + 1];
    let mut row: Row = smallvec![FAR; b.len() + 1];
    let mut lowest_before = 0;
    for line in 1..=a.len() {
        let first = line.saturating_sub(limit).max(1);
        let last = line.saturating_add(limit).min(b.len());
        row[first - 1] = if first == 1 { line } else { FAR };
        let mut lowest = row[first - 1];
        for column in first..=last {
            let is_other = a[line - 1] != b[column - 1];
            let kept = above[column - 1] + usize::from(is_other);
            let mut best = kept.min(row[column - 1].min(above[column]) + 1);
            let is_swapped = swap == Swap::One
                && line > 1
                && column > 1
                && a[line - 1] == b[column - 2]
                && a[line - 2] == b[column - 1];
            if is_swapped {
                best = best.min(above_that[column - 2] + 1);
            }
            row[column] = best;
            lowest = lowest.min(best);
        }
        // The next row looks at one cell more.
        if let Some(beyond) = row.get_mut(last + 1) {
            *beyond = FAR;
        }
        // A swap reaches over one row, never two: past two rows over the limit nothing comes back.
        if lowest > limit && lowest_before > limit {
            return None;
        }
        lowest_before = lowest;
        std::mem::swap(&mut above_that, &mut above);
        std::mem::swap(&mut above, &mut row);
    }
    above.last().copied().filter(|distance| *distance <= limit)
}

/// Damerau-Levenshtein distance without restriction (Lowrance and Wagner 1975), over the whole matrix.
pub(super) fn damerau<T: PartialEq>(a: &[T], b: &[T]) -> usize {
    let width = b.len() + 1;
    // All rows so far: a swap may reach back to any of them.
    let mut rows: SmallVec<[usize; 512]> = SmallVec::with_capacity(width * (a.len() + 1));
    rows.extend(0..width);
    // For each element of `b`, the last row whose element of `a` was equal to it; 0: none yet.
    let mut last_rows: SmallVec<[usize; 64]> = smallvec![0; b.len()];
    let mut row: SmallVec<[usize; 64]> = SmallVec::with_capacity(width);
    for (above, element) in a.iter().enumerate() {
        let earlier = rows.get(above * width..).unwrap_or_default().windows(2);
        let (mut left, mut last_column) = (above + 1, 0);
        row.clear();
        row.push(left);
        for (index, ((other, last_row), pair)) in
            b.iter().zip(&mut last_rows).zip(earlier).enumerate()
        {
            let [diagonal, up] = pair else {
                continue;
            };
            let equal = element == other;
            let mut best = (diagonal + usize::from(!equal)).min(left.min(*up) + 1);
            if *last_row > 0 && last_column > 0 {
                let before = rows.get((*last_row - 1) * width + last_column - 1);
                let between = (above - *last_row) + (index - last_column);
                best = best.min(before.map_or(best, |it| it + between + 1));
            }
            if equal {
                (last_column, *last_row) = (index + 1, above + 1);
            }
            row.push(best);
            left = best;
        }
        rows.extend_from_slice(&row);
    }
    rows.last().copied().unwrap_or(0)
}
