//! Whether two groups of identifiers may be one person's.
//!
//! Invariant: every rule is closed downwards: what two groups may not do, no larger two may. The partition is
//! free of the log's order because of it, and a union that breaks no rule needs no other link to be asked.
//! A window counts identifiers by their first times, which are the same for every group that they are in.

use std::collections::BTreeMap;

use onefold_event::{AnchorId, IdentifierKind, PersonIndex};

use crate::{
    identities::Identities,
    kinds::{Kind, KindNumber},
    people::{KindCounts, add},
    refusal::BrokenLimit,
    window::Window,
};

/// Identifiers that are one person's, or would be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Group<'a> {
    Person(PersonIndex),
    Anchors(&'a [AnchorId]),
}

/// How many identifiers of each kind were first seen in each window that their kind has a limit for.
pub(crate) type WindowCounts = BTreeMap<(KindNumber, Window), u32>;

/// Of several broken limits the first is told: the strongest kind's, and of its own that for ever.
type Place<'a> = (
    u32,
    &'a IdentifierKind,
    Option<&'a str>,
    Option<Window>,
    KindNumber,
);

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
        if !self.kinds.has_limits() {
            return None;
        }
        let mut counts = KindCounts::new();
        self.count_kinds(left, &mut counts);
        self.count_kinds(right, &mut counts);
        match self.kinds.has_windows() {
            false => self.broken_count(&counts),
            true => {
                let windows = self.count_windows([left, right], &counts);
                self.first_broken(&counts, &windows)
            }
        }
    }

    /// The limit that a person with so many of each kind breaks, whenever they were seen.
    pub(crate) fn broken_count(&self, counts: &KindCounts) -> Option<BrokenLimit> {
        match self.kinds.has_limits() {
            true => self.first_broken(counts, &WindowCounts::new()),
            false => None,
        }
    }

    fn first_broken(&self, counts: &KindCounts, windows: &WindowCounts) -> Option<BrokenLimit> {
        let ever = counts.iter().filter_map(|(number, count)| {
            let kind = self.kinds.get(*number)?;
            let broken = kind.limit.is_some_and(|limit| *count > limit);
            broken.then(|| place(kind, None, *number))
        });
        let in_window = windows.iter().filter_map(|((number, window), count)| {
            let kind = self.kinds.get(*number)?;
            let broken = kind.limit_in(*window).is_some_and(|limit| *count > limit);
            broken.then(|| place(kind, Some(*window), *number))
        });
        match ever.chain(in_window).min() {
            Some((.., Some(window), kind)) => return Some(BrokenLimit::Window(kind, window)),
            Some((.., None, kind)) => return Some(BrokenLimit::Kind(kind)),
            None => {}
        }
        let total: u32 = counts.iter().map(|(_, count)| count).sum();
        let max = self.rules().identifiers_max();
        max.is_some_and(|max| total > max)
            .then_some(BrokenLimit::Identifiers)
    }

    /// Whether a person with so many in each window would break a limit, if neither group does. Cost: O(`small`).
    pub(crate) fn breaks_window(&self, small: &WindowCounts, large: &WindowCounts) -> bool {
        small.iter().any(|(key, count)| {
            let both = count + large.get(key).copied().unwrap_or_default();
            let limit = self.kinds.get(key.0).and_then(|it| it.limit_in(key.1));
            limit.is_some_and(|limit| both > limit)
        })
    }

    /// Adds an anchor to the windows that it was first seen in.
    pub(crate) fn count_window(&self, anchor: AnchorId, windows: &mut WindowCounts) {
        if !self.kinds.has_windows() {
            return;
        }
        let (Some(number), Some(time)) = (self.people.kind(anchor), self.first_times.get(anchor))
        else {
            return;
        };
        let kind = self.kinds.get(number);
        for (period, _) in kind.map_or(&[][..], |kind| &kind.limit_per) {
            let window = Window::of(*period, time);
            *windows.entry((number, window)).or_default() += 1;
        }
    }

    /// Walks the groups only if one has more of a kind than a window may have.
    fn count_windows(&self, groups: [Group<'_>; 2], counts: &KindCounts) -> WindowCounts {
        let mut windows = WindowCounts::new();
        let may_break = counts.iter().any(|(number, count)| {
            let kind = self.kinds.get(*number);
            let mut limits = kind.map_or(&[][..], |kind| &kind.limit_per).iter();
            limits.any(|(_, limit)| count > limit)
        });
        if may_break {
            for anchor in groups.iter().flat_map(|group| self.anchors_of(*group)) {
                self.count_window(*anchor, &mut windows);
            }
        }
        windows
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

fn place(kind: &Kind, window: Option<Window>, number: KindNumber) -> Place<'_> {
    let source = kind.of_source.as_deref();
    (kind.priority, &kind.name, source, window, number)
}
