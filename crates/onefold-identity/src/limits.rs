//! Whether two groups of identifiers may be one person's.
//!
//! Invariant: every rule is closed downwards: what two groups may not do, no larger two may. The partition is
//! free of the log's order because of it, and a union that breaks no rule needs no other link to be asked.

use onefold_event::{AnchorId, PersonIndex};

use crate::{
    identities::Identities,
    people::{KindCounts, add},
    refusal::BrokenLimit,
};

/// Identifiers that are one person's, or would be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Group<'a> {
    Person(PersonIndex),
    Anchors(&'a [AnchorId]),
}

impl Identities {
    /// The rule that the two would break as one person: that they are kept apart, else the limit of the strongest
    /// kind.
    pub(crate) fn broken_limit(&self, left: Group<'_>, right: Group<'_>) -> Option<BrokenLimit> {
        if let (Group::Person(left), Group::Person(right)) = (left, right)
            && left == right
        {
            return None;
        }
        if let Some(two) = self.kept_apart(left, right) {
            return Some(BrokenLimit::Apart(two));
        }
        let mut counts = KindCounts::new();
        self.count_kinds(left, &mut counts);
        self.count_kinds(right, &mut counts);
        self.broken_count(&counts)
    }

    /// The limit that a person with so many of each kind breaks.
    pub(crate) fn broken_count(&self, counts: &KindCounts) -> Option<BrokenLimit> {
        let broken_kinds = counts.iter().filter_map(|(number, count)| {
            let kind = self.kinds.get(*number)?;
            let broken = kind.limit.is_some_and(|limit| *count > limit);
            broken.then_some((kind.priority, &kind.name, &kind.of_source, *number))
        });
        if let Some((_, _, _, kind)) = broken_kinds.min() {
            return Some(BrokenLimit::Kind(kind));
        }
        let total: u32 = counts.iter().map(|(_, count)| count).sum();
        let max = self.rules().identifiers_max();
        max.is_some_and(|max| total > max)
            .then_some(BrokenLimit::Identifiers)
    }

    fn count_kinds(&self, group: Group<'_>, counts: &mut KindCounts) {
        match group {
            Group::Person(person) => {
                if let Some(members) = self.people.members(person) {
                    members.count_kinds(counts, |anchor| self.people.kind(anchor));
                }
            }
            Group::Anchors(anchors) => {
                let kinds = anchors
                    .iter()
                    .filter_map(|anchor| self.people.kind(*anchor));
                kinds.for_each(|kind| add(counts, kind, 1));
            }
        }
    }
}
