//! A look ahead: who is probably meant by many sightings, before the first of them is observed.
//!
//! Invariant: a look ahead is a hint. What is observed with it, with another's, or without one, ends in
//! the same state.
//!
//! A sighting reads about a dozen places that nothing has touched for long, and each names the next.
//! Taken one sighting at a time, the processor waits for every one of them. Here each step is made for
//! all sightings before the next step, so that the waits overlap, and what was read is near when it is
//! read again.

use std::hint::black_box;

use onefold_event::{AnchorId, Identifier};

use crate::{identities::Identities, index::NONE};

/// What [`Identities::look_ahead`] saw.
#[derive(Debug, Clone, Default)]
pub struct LookAhead {
    /// For each identifier its anchor, probably; [`NONE`] if it has none yet.
    candidates: Vec<u32>,
    /// Where each sighting ends in `candidates`.
    ends: Vec<usize>,
    anchors: Vec<AnchorId>,
}

impl LookAhead {
    /// The anchors of the people who are probably meant; one may come several times.
    pub fn anchors(&self) -> &[AnchorId] {
        &self.anchors
    }

    /// For each identifier of the sighting with this number its anchor, probably.
    pub(crate) fn candidates(&self, number: usize) -> &[u32] {
        let end = |number: usize| self.ends.get(number).copied();
        let start = number.checked_sub(1).and_then(end).unwrap_or_default();
        let range = start..end(number).unwrap_or(start);
        self.candidates.get(range).unwrap_or_default()
    }

    fn known(&self, number: usize) -> impl Iterator<Item = AnchorId> + Clone + '_ {
        let known = self.candidates(number).iter().filter(|it| **it != NONE);
        known.map(|number| AnchorId(*number))
    }
}

impl Identities {
    /// Looks up the identifiers of many sightings together, for [`Identities::observe_ahead`].
    ///
    /// Changes nothing. A few hundred sightings at once are best: what they read is then still near when
    /// they are observed. Cost: O(identifiers), less than looking each up alone.
    pub fn look_ahead<'a>(
        &self,
        sightings: impl IntoIterator<Item = &'a [Identifier]>,
    ) -> LookAhead {
        let (mut hashes, mut ends) = (Vec::new(), Vec::new());
        for sighting in sightings {
            hashes.extend(sighting.iter().map(|it| self.anchors.hash(it)));
            ends.push(hashes.len());
        }
        let mut ahead = LookAhead {
            candidates: self.anchors.candidates(&hashes),
            ends,
            anchors: Vec::with_capacity(2 * hashes.len()),
        };
        self.look_at_people(&mut ahead);
        self.look_at_pairs(&ahead);
        ahead
    }

    fn look_at_people(&self, ahead: &mut LookAhead) {
        let candidates = ahead.candidates.iter().map(|number| AnchorId(*number));
        let slots: Vec<u32> = candidates
            .filter_map(|it| self.people.slot_of(it))
            .collect();
        for slot in slots {
            ahead.anchors.extend_from_slice(self.people.of_slot(slot));
        }
    }

    /// The pairs of each sighting's strongest identifier with the others.
    fn look_at_pairs(&self, ahead: &LookAhead) {
        let mut pairs = Vec::with_capacity(ahead.candidates.len());
        for number in 0..ahead.ends.len() {
            let known = ahead.known(number);
            let strongest = known.clone().min_by_key(|anchor| self.priority_of(*anchor));
            if let Some(strongest) = strongest {
                let others = known.filter(|other| *other != strongest);
                pairs.extend(others.map(|other| [strongest, other]));
            }
        }
        black_box(self.pairs.candidates(&pairs));
    }

    fn priority_of(&self, anchor: AnchorId) -> u32 {
        let kind = self.people.kind(anchor);
        let kind = kind.and_then(|kind| self.kinds.get(kind));
        kind.map_or(u32::MAX, |kind| kind.priority)
    }
}
