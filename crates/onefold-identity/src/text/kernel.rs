//! How alike two strings are: the measures that matching calls hundreds of millions of times.
//!
//! The functions here read bytes, best of [folded](crate::text) ASCII, one byte a character; strings of up to
//! 64 bytes are compared bit-parallel, without an allocation. [`chars`] has the same measures for any
//! text, character by character. Invariant: each measure gives what the obvious slow algorithm gives
//! (property tests compare them with `strsim`), and the bounded forms decide as the unbounded would.
//!
//! ```
//! use onefold_identity::text::kernel;
//!
//! assert!((kernel::jaro_winkler(b"martha", b"marhta") - 0.9611).abs() < 1e-4);
//! assert!(kernel::jaro_winkler_at_least(b"martha", b"marhta", 0.96));
//! assert_eq!(kernel::osa(b"smith", b"simth"), 1);
//! assert_eq!(kernel::osa_within(b"smith", b"jones", 2), None);
//! assert_eq!(kernel::jaccard(&[1, 2, 3], &[2, 3, 4]), 0.5);
//! ```

mod bag;
pub mod chars;
mod damerau;
mod edit;
mod jaro;
mod positions;
mod sets;
mod slow;

pub use bag::ByteBag;
pub use damerau::{damerau_levenshtein, damerau_levenshtein_within};
pub use edit::{levenshtein, levenshtein_within, osa, osa_within};
pub use jaro::{jaro, jaro_at_least, jaro_winkler, jaro_winkler_at_least};
pub use sets::{cosine, dice_bigrams, jaccard, monge_elkan, overlap, shared_count};

#[cfg(test)]
mod tests;
