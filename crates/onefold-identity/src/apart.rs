//! Pairs of identifiers that somebody said are not one person's.
//!
//! Invariant: the relation is symmetrical, and no identifier is apart from itself.

use imbl::OrdSet;
use onefold_event::{AnchorId, PersonIndex};

use crate::{identities::Identities, index::row_number, limits::Group};

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

    /// The places of those that are kept apart from another, of anchors that ascend. Cost: O(log n) for each that is,
    /// and for each of others that lie between two of the list.
    pub(crate) fn among(&self, ascending: &[AnchorId]) -> Vec<u32> {
        let (mut found, mut place) = (Vec::new(), 0);
        while let Some(anchor) = ascending.get(place) {
            let mut rows = self.rows.range((*anchor, AnchorId(0))..);
            let Some((next, _)) = rows.next() else {
                break;
            };
            let rest = ascending.get(place..).unwrap_or_default();
            place += rest.partition_point(|anchor| anchor < next);
            if ascending.get(place) == Some(next) {
                found.push(row_number(place));
                place += 1;
            }
        }
        found
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn among_many_those_with_others_are_found(
            pairs in prop::collection::vec((0..60_u32, 0..60_u32), 0..20),
            list in prop::collection::btree_set(0..60_u32, 0..40),
        ) {
            let mut apart = Apart::default();
            for (a, b) in pairs.into_iter().filter(|(a, b)| a != b) {
                apart.insert([AnchorId(a), AnchorId(b)]);
            }
            let list: Vec<_> = list.into_iter().map(AnchorId).collect();
            let numbered = (0..).zip(&list);
            let expected = numbered.filter(|(_, anchor)| apart.of(**anchor).next().is_some());
            let expected: Vec<u32> = expected.map(|(place, _)| place).collect();
            prop_assert_eq!(apart.among(&list), expected);
        }
    }
}
