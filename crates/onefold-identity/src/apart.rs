//! Pairs of identifiers that somebody said are not one person's.
//!
//! Invariant: the relation is symmetrical, and no identifier is apart from itself.

use imbl::OrdSet;
use onefold_event::{AnchorId, PersonIndex};

use crate::{identities::Identities, limits::Group};

/// Who is kept apart from whom.
#[derive(Debug, Clone, Default)]
pub(crate) struct Apart {
    /// Each pair both ways.
    rows: OrdSet<(AnchorId, AnchorId)>,
}

impl Apart {
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// `true` if it was not so before.
    pub(crate) fn insert(&mut self, [a, b]: [AnchorId; 2]) -> bool {
        self.rows.insert((b, a));
        self.rows.insert((a, b)).is_none()
    }

    /// `true` if it was so before.
    pub(crate) fn remove(&mut self, [a, b]: [AnchorId; 2]) -> bool {
        self.rows.remove(&(b, a));
        self.rows.remove(&(a, b)).is_some()
    }

    pub(crate) fn has_pair(&self, [a, b]: [AnchorId; 2]) -> bool {
        self.rows.contains(&(a, b))
    }

    /// Whether the anchor is kept apart from another.
    pub(crate) fn has(&self, anchor: AnchorId) -> bool {
        self.of(anchor).next().is_some()
    }

    /// The anchors that this one is kept apart from, ascending.
    pub(crate) fn of(&self, anchor: AnchorId) -> impl Iterator<Item = AnchorId> + '_ {
        let all = (anchor, AnchorId(0))..=(anchor, AnchorId(u32::MAX));
        self.rows.range(all).map(|(_, other)| *other)
    }

    /// Each pair once.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = [AnchorId; 2]> + '_ {
        let rows = self.rows.iter().filter(|(a, b)| a < b);
        rows.map(|(a, b)| [*a, *b])
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.rows.len() * 2 * size_of::<(AnchorId, AnchorId)>()
    }
}

impl Identities {
    /// Two anchors, one of each group, that are kept apart: of several those that come first in order of text.
    /// Cost: O(1) for nearly everybody, O(identifiers · log n) for people with one that is kept apart.
    pub(crate) fn kept_apart(&self, left: Group<'_>, right: Group<'_>) -> Option<[AnchorId; 2]> {
        if self.apart.is_empty() {
            return None;
        }
        let may_be = |group: &Group<'_>| match group {
            Group::Person(person) => self.people.is_apart(*person),
            Group::Anchors(_) => true,
        };
        if !may_be(&left) || !may_be(&right) {
            return None;
        }
        let pairs = self.anchors_of(left).iter().flat_map(|anchor| {
            let others = self.apart.of(*anchor);
            let found = others.filter(|other| self.belongs(*other, right));
            found.map(|other| self.in_order_of_text([*anchor, other]))
        });
        pairs.min_by_key(|pair| pair.map(|anchor| self.identifier(anchor)))
    }

    fn in_order_of_text(&self, [a, b]: [AnchorId; 2]) -> [AnchorId; 2] {
        match self.identifier(a) <= self.identifier(b) {
            true => [a, b],
            false => [b, a],
        }
    }

    pub(crate) fn anchors_of<'a>(&'a self, group: Group<'a>) -> &'a [AnchorId] {
        match group {
            Group::Person(person) => self.anchors(person),
            Group::Anchors(anchors) => anchors,
        }
    }

    fn belongs(&self, anchor: AnchorId, group: Group<'_>) -> bool {
        let is = |person: PersonIndex| self.person_of(anchor) == Some(person);
        match group {
            Group::Person(person) => is(person),
            Group::Anchors(anchors) => anchors.contains(&anchor),
        }
    }
}
