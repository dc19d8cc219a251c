//! The fewest links between two rows.
//!
//! Invariant: no fewer links part the two, and none as few have fewer bits: the greatest flow is the least
//! cut (Ford and Fulkerson, 1956), with a link's capacity one large unit and its bits.

use std::collections::VecDeque;

use super::{Component, micro_bits};

/// One link more outweighs the bits of all others: up to 2^20 links of 1000 bits in millionths.
const LINK: u64 = 1 << 51;

/// Which rows, by place, stay on the side of `from` when the fewest links are cut that part it from `to`.
///
/// Cost: shortest augmenting paths (Edmonds and Karp, 1972): O(links) each, few where few links part them.
#[expect(
    clippy::indexing_slicing,
    reason = "places are those of the component's own rows"
)]
pub(super) fn side_of(component: &Component, from: usize, to: usize) -> Vec<bool> {
    // Of each link, what may still flow from its left to its right row, and back.
    let capacity = |link| u128::from(LINK + micro_bits(component.bits(link)));
    let links = 0..component.links().len();
    let mut free: Vec<[u128; 2]> = links.map(|link| [capacity(link); 2]).collect();
    loop {
        let before = search(component, from, &free);
        if before[to].is_none() || from == to {
            return before.iter().map(Option::is_some).collect();
        }
        let mut way = Vec::new();
        let mut here = to;
        while let (true, Some((place, link))) = (here != from, before[here]) {
            way.push((link, direction(place, here)));
            here = place;
        }
        let most = way
            .iter()
            .map(|(link, way)| free[*link][*way])
            .min()
            .unwrap_or_default();
        for (link, way) in way {
            free[link][way] -= most;
            free[link][1 - way] += most;
        }
    }
}

/// A link's left row has the lower place.
fn direction(from: usize, to: usize) -> usize {
    usize::from(from > to)
}

/// For each place reached, the place and the link before it.
#[expect(
    clippy::indexing_slicing,
    reason = "places are those of the component's own rows"
)]
fn search(component: &Component, from: usize, free: &[[u128; 2]]) -> Vec<Option<(usize, usize)>> {
    let mut before = vec![None; component.rows().len()];
    before[from] = Some((from, usize::MAX));
    let mut waiting = VecDeque::from([from]);
    while let Some(place) = waiting.pop_front() {
        for neighbour in component.neighbours(place) {
            let is_free = free[neighbour.link][direction(place, neighbour.place)] > 0;
            if is_free && before[neighbour.place].is_none() {
                before[neighbour.place] = Some((place, neighbour.link));
                waiting.push_back(neighbour.place);
            }
        }
    }
    before
}
