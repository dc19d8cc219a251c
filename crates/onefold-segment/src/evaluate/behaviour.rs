//! How often, on how many days, how long ago, after what pause.
//!
//! Invariant: counts and lengths of time turn exactly at their `next` instants; the others may be asked
//! again sooner, and never too late.

use chrono::NaiveDate;

use super::{Context, Outcome, join};
use crate::{
    ast::{Count, Operator},
    history::Key,
    instant::{NEVER, or_never},
    plan::{Question, Span, Stretch},
    window::Selected,
    zone,
};

/// All of the past, whatever the zone.
pub(crate) const EVER: Span = Span {
    stretch: Stretch::Ever,
    zone: 0,
};

impl Context<'_> {
    pub(super) fn behaviour(&self, question: &Question) -> Outcome {
        match question {
            Question::Count {
                feature,
                span,
                count,
            } => counted(&self.selected(*feature, *span), *count),
            Question::Days {
                feature,
                span,
                count,
            } => {
                let selected = self.selected(*feature, *span);
                Outcome {
                    held: count.accepts(self.days(&selected, *span).len()),
                    next: selected.entry(1).min(selected.exit(1)),
                }
            }
            Question::Recency {
                feature,
                span,
                operator,
                micros,
            } => self.recency(&self.selected(*feature, *span), *operator, *micros),
            Question::Restarted {
                feature,
                span,
                micros,
            } => {
                let selected = self.selected(*feature, *span);
                Outcome {
                    held: self.restart(*feature, &selected, *micros).is_some(),
                    next: selected.entry(1).min(selected.exit(1)),
                }
            }
            Question::Nth {
                feature,
                span,
                number,
            } => self.nth(*feature, *span, *number as usize),
            _ => Outcome::FALSE_FOR_EVER,
        }
    }

    /// The dates of the selected occurrences, sorted.
    pub(crate) fn days(&self, selected: &Selected<'_>, span: Span) -> Vec<NaiveDate> {
        let zone = self.zone(span.zone);
        let entries = selected.entries();
        let mut dates: Vec<_> = entries
            .map(|(key, _)| zone::date_at(key.time, zone))
            .collect();
        dates.sort_unstable();
        dates.dedup();
        dates
    }

    fn recency(&self, selected: &Selected<'_>, operator: Operator, micros: i64) -> Outcome {
        let Some((last, _)) = selected.last() else {
            return Outcome {
                held: false,
                next: selected.entry(1),
            };
        };
        let since = self.as_of - last.time;
        let reached = last.time + micros;
        let turns = match operator {
            Operator::Less | Operator::GreaterOrEqual => [reached, reached],
            Operator::LessOrEqual | Operator::Greater => [reached + 1, reached + 1],
            Operator::Equal | Operator::NotEqual => [reached, reached + 1],
        };
        let turn = turns.into_iter().find(|turn| *turn > self.as_of);
        Outcome {
            held: operator.accepts(since.cmp(&micros)),
            next: or_never(turn).min(selected.entry(1)).min(selected.exit(1)),
        }
    }

    /// Everything of a feature before the instant, in order.
    pub(crate) fn past(&self, feature: u32) -> Vec<Key> {
        let all = self.selected(feature, EVER);
        let mut keys: Vec<Key> = all.entries().map(|(key, _)| key).collect();
        keys.sort_unstable();
        keys
    }

    /// The latest of the selected occurrences with a longer pause before it, and the one before that pause.
    pub(crate) fn restart(
        &self,
        feature: u32,
        selected: &Selected<'_>,
        micros: i64,
    ) -> Option<[Key; 2]> {
        let first = selected.first()?.0;
        let last = selected.last()?.0;
        let past = self.past(feature);
        let pairs = past.iter().zip(past.iter().skip(1));
        // A window is one stretch of time, so what lies between its first and last is inside.
        let inside = pairs.filter(|(_, now)| first <= **now && **now <= last);
        let mut after_pause = inside.filter(|(before, now)| now.time - before.time > micros);
        after_pause.next_back().map(|(before, now)| [*before, *now])
    }

    fn nth(&self, feature: u32, span: Span, number: usize) -> Outcome {
        let all = self.selected(feature, EVER);
        let Some(missing) = (number + 1).checked_sub(all.count()).filter(|m| *m > 1) else {
            return self.nth_known(feature, span, number);
        };
        Outcome {
            held: false,
            next: all.entry(missing - 1),
        }
    }

    /// It has happened; what remains is when its window comes and goes.
    fn nth_known(&self, feature: u32, span: Span, number: usize) -> Outcome {
        let Some(nth) = number
            .checked_sub(1)
            .and_then(|at| self.past(feature).get(at).copied())
        else {
            return Outcome::FALSE_FOR_EVER;
        };
        let zone = self.zone(span.zone);
        let (from, to) = zone::bounds(span.stretch, zone, self.as_of);
        let turns = match span.stretch {
            Stretch::Rolling { from, to } => [nth.time + to + 1, nth.time + from + 1],
            // The calendar only moves on: what lies before the window never comes back.
            _ if nth.time < from => [NEVER, NEVER],
            stretch => [zone::next_step(stretch, zone, self.as_of), NEVER],
        };
        let turn = turns.into_iter().find(|turn| *turn > self.as_of);
        Outcome {
            held: from <= nth.time && nth.time < to,
            next: or_never(turn),
        }
    }
}

fn counted(selected: &Selected<'_>, count: Count) -> Outcome {
    match count {
        Count::AtLeast(times) => at_least(selected, times as usize),
        Count::AtMost(times) => at_least(selected, times as usize + 1).not(),
        Count::Exactly(times) => {
            let enough = at_least(selected, times as usize);
            let not_more = at_least(selected, times as usize + 1).not();
            join([enough, not_more].into_iter(), false)
        }
    }
}

fn at_least(selected: &Selected<'_>, times: usize) -> Outcome {
    let count = selected.count();
    if count >= times {
        Outcome {
            held: true,
            // Below `times` only when the `times`-th from the end has left.
            next: if times == 0 {
                NEVER
            } else {
                selected.exit(count - times + 1)
            },
        }
    } else {
        Outcome {
            held: false,
            next: selected.entry(times - count),
        }
    }
}
