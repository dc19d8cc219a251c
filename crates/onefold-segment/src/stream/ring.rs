//! The latest instants of a cell, changed where they stand.
//!
//! Invariant: instants are in order, the earliest first, and never more than are kept.

use super::{
    block::{Block, Place, Shape},
    words::{TIME, set_time, time_at},
};

/// Puts an instant behind the others, in the place of the earliest if that matters no longer. `None` where
/// something came later than it, or the ring does not stand in the block: nothing has changed then.
#[inline]
pub(super) fn push(
    block: &mut Block,
    (shape, place): (Shape, Place),
    time: i64,
    keep: usize,
    oldest: i64,
) -> Option<Place> {
    let words = block.payload(place);
    let length = words.len();
    let is_last = length == 0 || time_at(words, length - TIME) <= time;
    if !is_last || !Block::fits(place, length + TIME) {
        return None;
    }
    let is_full = length >= keep * TIME || (length > 0 && time_at(words, 0) < oldest);
    let place = if is_full {
        block.payload_mut(place).copy_within(TIME.., 0);
        place
    } else {
        block.resize(shape, place, length + TIME)
    };
    let words = block.payload_mut(place);
    let last = words.len().saturating_sub(TIME);
    set_time(words, last, time);
    Some(place)
}
