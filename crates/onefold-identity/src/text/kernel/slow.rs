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

/// Levenshtein or optimal string alignment distance by rows; `None` when over the limit.
pub(super) fn edit<T: PartialEq>(a: &[T], b: &[T], swap: Swap, limit: usize) -> Option<usize> {
    let mut above: Row = (0..=b.len()).collect();
    let mut above_that: Row = smallvec![0; b.len() + 1];
    let mut row: Row = smallvec![0; b.len() + 1];
    let mut before: Option<&T> = None;
    let mut lowest_before = 0;
    for (index, element) in a.iter().enumerate() {
        fill(&mut row, &above, b, element, index + 1);
        if let (Swap::One, Some(before)) = (swap, before) {
            let swapped = Swapped { before, element };
            swapped.mend(&mut row, &above_that, b);
        }
        let lowest = row.iter().copied().min().unwrap_or(0);
        // A swap reaches over one row, never two: past two rows over the limit nothing comes back.
        if lowest > limit && lowest_before > limit {
            return None;
        }
        (before, lowest_before) = (Some(element), lowest);
        std::mem::swap(&mut above_that, &mut above);
        std::mem::swap(&mut above, &mut row);
    }
    above.last().copied().filter(|distance| *distance <= limit)
}

fn fill<T: PartialEq>(row: &mut Row, above: &Row, b: &[T], element: &T, first: usize) {
    let (mut left, mut diagonal) = (first, first - 1);
    let mut cells = row.iter_mut().zip(above);
    if let Some((cell, _)) = cells.next() {
        *cell = first;
    }
    for ((cell, up), other) in cells.zip(b) {
        let kept = diagonal + usize::from(element != other);
        left = kept.min(left + 1).min(up + 1);
        diagonal = *up;
        *cell = left;
    }
}

struct Swapped<'a, T> {
    before: &'a T,
    element: &'a T,
}

impl<T: PartialEq> Swapped<'_, T> {
    /// Lowers the cells of a row where the last two elements stand swapped in `b`.
    ///
    /// A lower cell lowers those to its right too, so the row is gone through once more from there.
    fn mend(&self, row: &mut Row, above_that: &Row, b: &[T]) {
        let cells = row.iter_mut().skip(2).zip(above_that);
        let mut left = usize::MAX - 1;
        for ((cell, swapped), pair) in cells.zip(b.windows(2)) {
            let here =
                matches!(pair, [first, second] if first == self.element && second == self.before);
            *cell = (*cell).min(left + 1);
            if here {
                *cell = (*cell).min(swapped + 1);
            }
            left = *cell;
        }
    }
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
