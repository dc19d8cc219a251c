//! Stitching in bulk: many edges between identifiers in, their connected components out.
//!
//! This is the plain job beside [`Identities`](crate::Identities): no rules, no evidence, no undo, every edge counts, and
//! identifiers are texts of the form `kind:value`. A [`Stitcher`] takes pairs, or chunks of lines with two tab-separated
//! columns, or a whole text of them, on one thread or two.
//!
//! ```
//! use onefold_identity::stitch::Stitcher;
//!
//! let mut stitcher = Stitcher::new(1);
//! stitcher.add(b"anon:phone", b"user:ann")?;
//! stitcher.add(b"anon:laptop", b"user:ann")?;
//! stitcher.add(b"anon:tablet", b"user:bob")?;
//! let components = stitcher.finish();
//! assert_eq!((components.edges(), components.ids()), (3, 5));
//! assert_eq!((components.components(), components.largest()), (2, 3));
//! assert_eq!(components.component_of(b"anon:phone"), components.component_of(b"anon:laptop"));
//! # Ok::<(), onefold_event::Error>(())
//! ```
//!
//! # What always holds
//!
//! - **Exact.** Two identifiers are the same only where all their bytes are; the hash leads to a place and decides nothing.
//! - **Same edges, same answer**, whatever the key, the chunks and the number of threads.
//! - **Safe against chosen input.** The hash is SipHash-1-3 under the caller's key: who does not know the key cannot aim many
//!   identifiers at one place of the table. Draw it at random where the input comes from outside.
//! - **Bounded.** Memory is that of the different identifiers, about 55 bytes each at a text of 22 bytes, and one chunk.
//!
//! # What it costs
//!
//! Nearly all time goes into finding texts in a table that is larger than the cache. So the edges of a chunk are looked up in
//! groups, in passes whose accesses to memory overlap. Union-find links the later root under the earlier one and halves the
//! paths it goes (Tarjan and van Leeuwen, "Worst-case analysis of set union algorithms", 1984).

mod components;
mod joins;
mod lines;
mod malformed;
mod run;
mod texts;

pub use components::Components;
pub use lines::{EdgeLines, Edges, LINE_BYTES_MAX};
pub use malformed::{Malformed, MalformedLine, MalformedReason};

use onefold_event::Error;

use crate::hash::Key;
use joins::Joins;
use texts::{GROUP, Group, Texts, short_hash};

/// Joins identifiers that share an edge, until all edges are in.
///
/// Memory grows with the different identifiers, not with the edges.
#[derive(Debug)]
pub struct Stitcher {
    texts: Texts,
    joins: Joins,
    group: Box<Group>,
    edges: u64,
}

impl Stitcher {
    /// Without edges. The key is that of the hash, and changes no answer; draw it at random where identifiers come from
    /// outside, so that nobody can choose ones that slow the search.
    pub fn new(key: u128) -> Self {
        Self {
            texts: Texts::new(Key::new(key)),
            joins: Joins::default(),
            group: Box::new(Group::new()),
            edges: 0,
        }
    }

    /// Adds one edge. Any bytes are an identifier; one that has an edge to itself is there, and alone.
    ///
    /// Many edges are faster as lines: see [`add_lines`](Self::add_lines).
    ///
    /// # Errors
    /// `LimitExceeded` where the identifiers pass 16 GiB of text.
    pub fn add(&mut self, left: &[u8], right: &[u8]) -> Result<(), Error> {
        let key = self.texts.key();
        let left = self.texts.intern(short_hash(key, left), left)?;
        let right = self.texts.intern(short_hash(key, right), right)?;
        self.joins.grow(self.texts.len());
        self.joins.join(left, right);
        self.edges += 1;
        Ok(())
    }

    /// What splits lines into edges for this stitcher, where chunks come at times of their own; else see
    /// [`add_lines`](Self::add_lines).
    pub fn lines(&self) -> EdgeLines {
        EdgeLines::new(self.texts.key())
    }

    /// Adds the edges of a chunk of lines.
    ///
    /// # Errors
    /// `LimitExceeded` where the identifiers pass 16 GiB of text.
    pub fn add_edges(&mut self, edges: &Edges) -> Result<(), Error> {
        // Split for a stitcher with another key, whose hashes say nothing here.
        if edges.key != self.texts.key() {
            return edges
                .iter()
                .try_for_each(|(left, right)| self.add(left, right));
        }
        let mut fields = edges.hashed_fields();
        let mut group = Vec::with_capacity(GROUP);
        loop {
            group.clear();
            group.extend(fields.by_ref().take(GROUP));
            if group.is_empty() {
                return Ok(());
            }
            let numbers = self.texts.intern_all(&group, &mut self.group)?;
            self.joins.grow(self.texts.len());
            // A group has an even number of fields, as a chunk has.
            let (pairs, _) = numbers.as_chunks::<2>();
            self.joins.join_all(pairs);
            self.edges += pairs.len() as u64;
        }
    }

    /// The components of all edges that were added.
    pub fn finish(self) -> Components {
        let (component_of, sizes) = self.joins.components();
        Components {
            edges: self.edges,
            texts: self.texts,
            component_of,
            sizes,
        }
    }
}

#[cfg(test)]
mod tests;
