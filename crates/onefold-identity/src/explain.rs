//! Why rows are one entity, and what holds them together: as data, as text and as pictures.
//!
//! Invariant: an explanation adds up. A waterfall sums to its total, every step of a path is a link, and
//! a counterfactual parts what it says it parts. Pictures and pages are the same bytes on every machine,
//! need nothing from outside, and escape all text.
//!
//! ```
//! use onefold_identity::{cluster::ScoredPair, explain::{Component, Weakness}};
//!
//! let links = [(0, 1, 9.0), (1, 2, 8.0), (0, 2, 7.0), (2, 3, 3.5), (3, 4, 9.0)];
//! let links = links.map(|(left, right, bits)| ScoredPair::new(left, right, bits));
//! let component = Component::new(&links);
//!
//! // Of all ways the one whose weakest link is strongest, and of those the shortest.
//! let path = component.strongest_path(0, 4).expect("a path");
//! assert_eq!((path.rows(), path.bits), (vec![0, 2, 3, 4], 3.5));
//!
//! // One link holds two groups together.
//! let Weakness::Bridge(cut) = component.weakness() else { panic!("a bridge") };
//! assert_eq!((cut.links, cut.second), (vec![ScoredPair::new(2, 3, 3.5)], vec![3, 4]));
//! ```

mod bars;
mod component;
mod counterfactual;
mod escape;
mod flow;
mod layout;
mod min_cut;
mod names;
mod page;
mod path;
mod picture;
mod report;
mod waterfall;
mod weakness;

pub use bars::waterfall_svg;
pub use component::Component;
pub use counterfactual::{Counterfactual, FieldSet, LostLink};
pub use names::Names;
pub use page::page;
pub use path::{Path, Step};
pub use picture::{Marks, ROWS_DRAWN_MAX, component_svg};
pub use report::{Comparison, Record, Report};
pub use waterfall::{Bar, Waterfall};
pub use weakness::{CUT_ROWS_MAX, Cut, Weakness};

/// A probability in per cent, never rounded to certainty.
pub(crate) fn percent(bits: f64) -> String {
    let share = crate::cluster::probability(bits) * 100.0;
    match share {
        share if share > 99.99 => "over 99.99 %".into(),
        share if share < 0.01 => "under 0.01 %".into(),
        share => format!("{share:.2} %"),
    }
}

/// A count with its noun.
fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// Micro-bits, so that sums are exact and their order does not matter; no link counts for less than 0.
fn micro_bits(bits: f64) -> u64 {
    (bits.clamp(0.0, crate::cluster::BITS_MAX) * 1e6).round() as u64
}

#[cfg(test)]
mod tests;
