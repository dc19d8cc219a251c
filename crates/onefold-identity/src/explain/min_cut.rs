//! The weakest cut of a component as a whole.
//!
//! Invariant: no two sides have fewer bits between them (Stoer and Wagner, 1997); bits are counted in
//! whole millionths, so ties are ties.

use super::{Component, micro_bits};

/// Which rows, by place, are on the other side than the first; of a connected component of two rows or
/// more. Cost: O(rows³) time, O(rows²) memory.
#[expect(
    clippy::indexing_slicing,
    reason = "places are those of the component's own rows"
)]
pub(super) fn min_cut(component: &Component) -> Vec<bool> {
    let size = component.rows().len();
    let mut weights = vec![0_u64; size * size];
    for place in 0..size {
        for neighbour in component.neighbours(place) {
            weights[place * size + neighbour.place] = micro_bits(component.bits(neighbour.link));
        }
    }
    let mut alive: Vec<usize> = (0..size).collect();
    let mut merged: Vec<Vec<usize>> = (0..size).map(|place| vec![place]).collect();
    let mut best = (u64::MAX, Vec::new());
    while alive.len() > 1 {
        let (before_last, last, bits) = phase(&alive, &weights, size);
        if bits < best.0 {
            best = (bits, merged[last].clone());
        }
        // The last two are one from now on.
        for other in &alive {
            let more = weights[last * size + other];
            weights[before_last * size + other] += more;
            weights[other * size + before_last] += more;
        }
        let moved = std::mem::take(&mut merged[last]);
        merged[before_last].extend(moved);
        alive.retain(|place| *place != last);
    }
    let mut is_second = vec![false; size];
    best.1.into_iter().for_each(|place| is_second[place] = true);
    if is_second.first() == Some(&true) {
        is_second.iter_mut().for_each(|side| *side = !*side);
    }
    is_second
}

/// Orders what is alive by how tightly it is tied to what came before; the last two, and the bits that tie
/// the last to all others.
#[expect(
    clippy::indexing_slicing,
    reason = "places are those of the component's own rows"
)]
fn phase(alive: &[usize], weights: &[u64], size: usize) -> (usize, usize, u64) {
    let mut tied = vec![0_u64; size];
    let mut waiting = alive.to_vec();
    let (mut before_last, mut last) = (0, 0);
    while !waiting.is_empty() {
        let mut tightest = 0;
        for (number, place) in waiting.iter().enumerate() {
            if tied[*place] > tied[waiting[tightest]] {
                tightest = number;
            }
        }
        (before_last, last) = (last, waiting.remove(tightest));
        for place in &waiting {
            tied[*place] += weights[last * size + place];
        }
    }
    (before_last, last, tied[last])
}
