//! Pairs built at once, from a stored state.
//!
//! Invariant: what is finished is what adding the same pairs one by one gives.

use onefold_event::{AnchorId, Position, SourceName};

use super::{Dense, Ends, First, Firsts, MergeRow, Pair, PairNumber, Pairs, Standing};
use crate::{
    column::Column,
    evidence::Strength,
    index::{NONE, row_number},
    supports::Run,
    tally::{Seen, Tally},
};

/// Plain columns: filling them is several times faster than filling persistent ones.
pub(crate) struct Builder {
    rows: Vec<Pair>,
    seen: Vec<Seen>,
    ends: Vec<Ends>,
    gone_count: usize,
    shared_count: usize,
    held: Vec<PairNumber>,
    merges: Vec<MergeRow>,
}

impl Pairs {
    /// For so many anchors and pairs.
    pub(crate) fn builder(anchors: usize, pairs: usize) -> Builder {
        Builder {
            rows: Vec::with_capacity(pairs),
            seen: Vec::with_capacity(pairs),
            ends: vec![Ends::NONE; anchors],
            gone_count: 0,
            shared_count: 0,
            held: Vec::new(),
            merges: Vec::new(),
        }
    }
}

impl Builder {
    /// Adds the next pair, with what is known of it.
    pub(crate) fn add(
        &mut self,
        anchors: [AnchorId; 2],
        (standing, strength): (Standing, Strength),
        (first_position, source): (Position, u32),
        seen: Seen,
    ) {
        let number = row_number(self.rows.len());
        let next = anchors.map(|anchor| {
            self.ends.get_mut(anchor.index()).map_or(NONE, |ends| {
                ends.count += 1;
                std::mem::replace(ends.head_mut(standing), number)
            })
        });
        let pair = Pair {
            anchors,
            next,
            first_position,
            source,
            standing,
            strength,
            first: First::Kept,
        };
        self.rows.push(pair);
        self.seen.push(seen);
        match standing {
            Standing::Linked => {}
            Standing::Held => self.held.push(number),
            Standing::Gone => self.gone_count += 1,
            Standing::Shared => self.shared_count += 1,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn record_merge(&mut self, merge: MergeRow) {
        self.merges.push(merge);
    }

    pub(crate) fn finish(self, sources: &[SourceName], supports: Run) -> Pairs {
        let has_many = |it: &AnchorId| self.ends.get(it.index()).is_some_and(|it| it.has_many());
        let numbered = (0..)
            .zip(&self.rows)
            .map(|(number, pair)| (number, pair.anchors));
        let dense = numbered.filter(|(_, anchors)| anchors.iter().all(has_many));
        let mut pairs = Pairs {
            dense: Dense::from_pairs(dense),
            firsts: Firsts::after(self.rows.len()),
            rows: self.rows.into_iter().collect(),
            seen: Tally::from_settled(self.seen.into_iter().collect(), supports),
            ends: self.ends.into_iter().collect(),
            gone_count: self.gone_count,
            shared_count: self.shared_count,
            held: self.held.into_iter().collect(),
            merges: self.merges.into_iter().collect::<Column<_>>(),
            ..Pairs::new()
        };
        for source in sources {
            pairs.source_number(source);
        }
        pairs
    }
}
