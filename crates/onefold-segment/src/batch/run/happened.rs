//! Questions about occurrences alone.
//!
//! Invariant: whoever has no entry of a feature gets the answer for none, without being looked at.

mod automaton;
mod sequence;

use std::cmp::Ordering;

use super::Run;
use crate::{
    ast::Count,
    batch::{
        bits::Bits,
        bounds::{Bounds, dates},
        column::ABSENT,
        entries::{Entries, Group},
    },
    plan::{Question, Span},
};

impl<'a> Run<'a> {
    pub(super) fn happened(&self, question: &Question) -> Bits {
        let as_of = self.program.as_of;
        match question {
            Question::Count {
                feature,
                span,
                count,
            } => self.counted(*feature, *span, *count),
            Question::Days {
                feature,
                span,
                count,
            } => {
                let Some(zones) = self.zones(span.zone) else {
                    return Bits::none(self.people);
                };
                let none = count.accepts(0);
                self.each(*feature, *span, none, |entries, group, bounds| {
                    let times = entries.times.get(entries.inside(group, bounds));
                    let zone = zones.get(group.person as usize);
                    count.accepts(dates(times.unwrap_or_default(), zone))
                })
            }
            Question::Recency {
                feature,
                span,
                operator,
                micros,
            } => {
                let accepted = [Ordering::Less, Ordering::Equal, Ordering::Greater]
                    .map(|order| operator.accepts(order));
                self.last(*feature, *span, |time| match (as_of - time).cmp(micros) {
                    Ordering::Less => accepted[0],
                    Ordering::Equal => accepted[1],
                    Ordering::Greater => accepted[2],
                })
            }
            Question::Restarted {
                feature,
                span,
                micros,
            } => self.each(*feature, *span, false, |entries, group, bounds| {
                let inside = entries.inside(group, bounds);
                let first = inside.start.max(group.range().start + 1);
                let mut ends = first..inside.end.max(first);
                ends.any(|at| match entries.times.get(at - 1..=at) {
                    Some([before, now]) => now - before > *micros,
                    _ => false,
                })
            }),
            Question::Nth {
                feature,
                span,
                number,
            } => self.each(*feature, *span, false, |entries, group, bounds| {
                let Some(before) = (*number as usize).checked_sub(1) else {
                    return false;
                };
                let at = group.range().start + before;
                entries.inside(group, bounds).contains(&at)
            }),
            Question::Sequence(sequence) => self.sequence(sequence),
            _ => Bits::none(self.people),
        }
    }

    fn counted(&self, feature: u32, span: Span, count: Count) -> Bits {
        let none = count.accepts(0);
        let bounds = self.bounds(span);
        if let (Count::AtLeast(least @ 1..), Bounds::Same((from, to))) = (count, &bounds)
            && *to >= self.program.as_of
            && let Some(entries) = self.entries(feature)
        {
            return self.at_least(entries, least as usize, *from);
        }
        self.each(feature, span, none, |entries, group, bounds| {
            count.accepts(entries.inside(group, bounds).len())
        })
    }

    /// Asks when the last one in a window was; whoever has none is not a member.
    fn last(&self, feature: u32, span: Span, ask: impl Fn(i64) -> bool) -> Bits {
        let ready = self.program.features.get(feature as usize);
        let bounds = self.bounds(span);
        match (ready, &bounds) {
            (Some(ready), Bounds::Same((from, to)))
                if ready.is_whole && *to >= self.program.as_of =>
            {
                // Every row is one: no need to give them to people.
                if self.chunk.latest < self.program.as_of {
                    let mut last = self.chunk.last.iter();
                    return Bits::from_fn(self.people, |_| {
                        let last = last.next().filter(|time| **time != ABSENT);
                        last.is_some_and(|time| (time >= from) & ask(*time))
                    });
                }
                let times = &self.chunk.times;
                let mut rows = self.chunk.offsets.iter().zip(&*self.ends);
                Bits::from_fn(self.people, |_| {
                    let last = rows.next().filter(|(start, end)| start < end);
                    let last = last.and_then(|(_, end)| times.get(*end as usize - 1));
                    last.is_some_and(|time| (time >= from) & ask(*time))
                })
            }
            _ => self.each(feature, span, false, |entries, group, bounds| {
                let last = entries.inside(group, bounds).next_back();
                let time = last.and_then(|last| entries.times.get(last));
                time.is_some_and(|time| ask(*time))
            }),
        }
    }

    /// So many since an instant: the one with that number from the end is not older.
    fn at_least(&self, entries: &Entries<'_>, least: usize, from: i64) -> Bits {
        let mut bits = Bits::none(self.people);
        for group in &entries.groups {
            let range = group.range();
            if range.len() < least {
                continue;
            }
            let time = entries.times.get(range.end - least);
            if time.is_some_and(|time| *time >= from) {
                bits.put(group.person as usize, true);
            }
        }
        bits
    }

    /// Asks about everybody with an entry; the others have the answer for none.
    fn each(
        &self,
        feature: u32,
        span: Span,
        none: bool,
        ask: impl Fn(&Entries<'a>, Group, (i64, i64)) -> bool,
    ) -> Bits {
        let mut bits = Bits::filled(self.people, none);
        let bounds = self.bounds(span);
        let Some(entries) = self.entries(feature) else {
            return bits;
        };
        for group in &entries.groups {
            let person = group.person as usize;
            bits.put(person, ask(entries, *group, bounds.of(person)));
        }
        bits
    }
}
