//! The contest between the observations of one trait.
//!
//! Invariant: the order is total over values and depends on no place in the log: whatever the order of
//! arrival, the same value wins.

use std::cmp::Ordering;

use onefold_event::{AnchorId, SourceName, parts::Interner};

use crate::{LosingReason, Rule, Rules, row::Row};

/// One observation in the contest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entrant<'a> {
    pub(crate) anchor: AnchorId,
    pub(crate) row: Row<'a>,
}

impl Entrant<'_> {
    /// Whether both are the same statement.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let key = |e: &Self| (e.anchor, e.row.position, e.row.time, e.row.source);
        key(self) == key(other) && self.row.value.exact_cmp(other.row.value).is_eq()
    }
}

/// The contest by one rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Contest<'a> {
    rule: &'a Rule,
    prefer: &'a [SourceName],
    sources: &'a Interner<SourceName>,
}

/// What decided between two observations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ground {
    Rank,
    Time,
    Preference,
    Value,
    /// Only where they came from differs.
    Provenance,
}

/// Observations of one value, and the one among them that stands for it.
#[derive(Debug, Clone, Copy)]
struct Camp<'a> {
    best: Entrant<'a>,
    times: u64,
}

impl<'a> Contest<'a> {
    pub(crate) fn new(rules: &'a Rules, name: &str, sources: &'a Interner<SourceName>) -> Self {
        Self {
            rule: rules.rule(name),
            prefer: rules.preferred_sources(),
            sources,
        }
    }

    pub(crate) fn rule(&self) -> &'a Rule {
        self.rule
    }

    /// The winner; `None` if all are empty. O(n), for [`Rule::MostFrequent`] O(n log n).
    pub(crate) fn winner<'b>(
        &self,
        entrants: impl Iterator<Item = Entrant<'b>>,
    ) -> Option<Entrant<'b>> {
        let entrants = entrants.filter(|entrant| !entrant.row.value.is_empty());
        if *self.rule == Rule::MostFrequent {
            let camps = self.camps(entrants);
            let best = camps.into_iter().reduce(|a, b| self.stronger(a, b))?;
            return Some(best.best);
        }
        entrants.reduce(|a, b| self.better(a, b))
    }

    /// Why each of `others` lost against `winner`.
    pub(crate) fn reasons<'b>(
        &self,
        winner: Entrant<'b>,
        others: &[Entrant<'b>],
    ) -> Vec<LosingReason> {
        let all = others.iter().copied().chain([winner]);
        let camps = match self.rule {
            Rule::MostFrequent => self.camps(all.filter(|entrant| !entrant.row.value.is_empty())),
            _ => Vec::new(),
        };
        let reason = |other: &Entrant<'b>| self.reason(winner, *other, &camps);
        others.iter().map(reason).collect()
    }

    fn reason(&self, winner: Entrant<'_>, loser: Entrant<'_>, camps: &[Camp<'_>]) -> LosingReason {
        if loser.row.value.is_empty() {
            return LosingReason::Empty;
        }
        if loser.row.value.total_cmp(winner.row.value).is_eq() {
            return LosingReason::SameValue;
        }
        let camp = |value| find(camps, |camp| camp.best.row.value.total_cmp(value));
        let mut speaker = loser;
        if let (Some(lost), Some(won)) = (camp(loser.row.value), camp(winner.row.value)) {
            if lost.times < won.times {
                return LosingReason::LessFrequent {
                    times: lost.times,
                    winner_times: won.times,
                };
            }
            speaker = lost.best;
        }
        match (
            self.duel(&winner, &speaker).1,
            self.source(&winner).cloned(),
        ) {
            (Ground::Rank, Some(winner)) => LosingReason::SourceRank { winner },
            (Ground::Preference, Some(winner)) => LosingReason::SourcePreference { winner },
            (Ground::Time, _) if *self.rule == Rule::First => LosingReason::Later,
            (Ground::Time, _) => LosingReason::Older,
            _ => LosingReason::LargerValue,
        }
    }

    /// The observations by value, in ascending order of values.
    fn camps<'b>(&self, entrants: impl Iterator<Item = Entrant<'b>>) -> Vec<Camp<'b>> {
        let mut entrants: Vec<Entrant<'b>> = entrants.collect();
        entrants.sort_by(|a, b| a.row.value.total_cmp(b.row.value));
        let same = |a: &Entrant<'b>, b: &Entrant<'b>| a.row.value.total_cmp(b.row.value).is_eq();
        let camp = |camp: &[Entrant<'b>]| {
            let best = camp.iter().copied().reduce(|a, b| self.better(a, b))?;
            let times = camp.len() as u64;
            Some(Camp { best, times })
        };
        entrants.chunk_by(same).filter_map(camp).collect()
    }

    fn stronger<'b>(&self, a: Camp<'b>, b: Camp<'b>) -> Camp<'b> {
        let order = a.times.cmp(&b.times);
        match order.then_with(|| self.duel(&a.best, &b.best).0) {
            Ordering::Less => b,
            _ => a,
        }
    }

    fn better<'b>(&self, a: Entrant<'b>, b: Entrant<'b>) -> Entrant<'b> {
        match self.duel(&a, &b).0 {
            Ordering::Less => b,
            _ => a,
        }
    }

    /// `Greater` if `a` wins, and what decided.
    fn duel(&self, a: &Entrant<'_>, b: &Entrant<'_>) -> (Ordering, Ground) {
        if let Rule::SourcePriority(list) = self.rule {
            let order = self.place(list, b).cmp(&self.place(list, a));
            if order.is_ne() {
                return (order, Ground::Rank);
            }
        }
        let newer = a.row.time.cmp(&b.row.time);
        if newer.is_ne() {
            let first = *self.rule == Rule::First;
            return (if first { newer.reverse() } else { newer }, Ground::Time);
        }
        let preferred = self.place(self.prefer, b).cmp(&self.place(self.prefer, a));
        if preferred.is_ne() {
            return (preferred, Ground::Preference);
        }
        let smaller = b.row.value.exact_cmp(a.row.value);
        if smaller.is_ne() {
            return (smaller, Ground::Value);
        }
        let origin = |e: &Entrant<'_>| (e.row.position, e.anchor);
        let order = self.source(b).cmp(&self.source(a));
        (
            order.then_with(|| origin(b).cmp(&origin(a))),
            Ground::Provenance,
        )
    }

    /// The place of the entrant's source in a list; the length of the list if it is not in it.
    fn place(&self, list: &[SourceName], entrant: &Entrant<'_>) -> usize {
        if list.is_empty() {
            return 0;
        }
        let source = self.source(entrant);
        list.iter()
            .position(|known| Some(known) == source)
            .unwrap_or(list.len())
    }

    /// The source; every row has one, because numbers are checked when a row is written or read.
    fn source(&self, entrant: &Entrant<'_>) -> Option<&'a SourceName> {
        self.sources.item(entrant.row.source)
    }
}

fn find<'a, 'b>(
    camps: &'a [Camp<'b>],
    cmp: impl Fn(&Camp<'b>) -> Ordering,
) -> Option<&'a Camp<'b>> {
    let at = camps.binary_search_by(cmp).ok()?;
    camps.get(at)
}
