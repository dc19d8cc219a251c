//! Unrestricted Damerau-Levenshtein distance of bytes: edits between two transposed bytes are allowed.
//!
//! After Lowrance and Wagner, "An extension of the string-to-string correction problem" (1975), with one
//! row for each line of the table.

use smallvec::SmallVec;

use super::levenshtein;

/// Edits from one text to the other, a swap of two neighbours being one.
#[expect(
    clippy::indexing_slicing,
    reason = "places run to the lengths of the two texts, and the table has a row and a column more"
)]
pub(super) fn distance(left: &[u8], right: &[u8]) -> usize {
    let (left, right) = levenshtein::trimmed(left, right);
    if left.is_empty() || right.is_empty() {
        return left.len().max(right.len());
    }
    let width = right.len() + 1;
    let mut table: SmallVec<[u32; 512]> = SmallVec::from_elem(0, (left.len() + 1) * width);
    for (place, cell) in table.iter_mut().take(width).enumerate() {
        *cell = place as u32;
    }
    // The last line, counted from 1, in which each byte stood on the left.
    let mut last_line = [0_u32; 256];
    for (line, byte) in left.iter().enumerate() {
        let (above, here) = (line * width, (line + 1) * width);
        table[here] = line as u32 + 1;
        let mut last_match = 0;
        for (place, other) in right.iter().enumerate() {
            let replaced = table[above + place] + u32::from(byte != other);
            let edited = table[above + place + 1].min(table[here + place]) + 1;
            let mut best = replaced.min(edited);
            let swapped_line = last_line[usize::from(*other)] as usize;
            if swapped_line > 0 && last_match > 0 {
                let between = (line - swapped_line) + (place - last_match);
                // Both are counted from 1, and one is left of it: the cell before the two swapped bytes.
                let before = table[(swapped_line - 1) * width + last_match - 1];
                best = best.min(before + between as u32 + 1);
            }
            if byte == other {
                last_match = place + 1;
            }
            table[here + place + 1] = best;
        }
        last_line[usize::from(*byte)] = line as u32 + 1;
    }
    table[left.len() * width + right.len()] as usize
}
