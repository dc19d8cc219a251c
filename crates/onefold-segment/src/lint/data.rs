//! What the catalogue says: unknown names, types that never fit, retention, personal data.

use onefold_event::Timestamp;

use super::{Severity, walk::Walk};
use crate::{
    ast::{Entity, Events, Literal, Moment, Period, Test, Window},
    catalogue::{Catalogue, EventFacts, ValueFacts, ValueKind},
    check::Mistake,
    code::Code,
    suggest,
};

const DAY_MICROS: i64 = 86_400 * 1_000_000;

type Told = Option<(Severity, Mistake)>;

impl<'a> Walk<'a> {
    pub(super) fn events(&mut self, events: &'a Events) {
        let known = &self.catalogue.events;
        if known.is_empty() {
            return;
        }
        for name in events
            .names()
            .iter()
            .filter(|name| !known.contains_key(*name))
        {
            let near = suggest::nearest(name, known.keys().map(|name| &**name));
            let facts = near.and_then(|near| known.get(near));
            let seen = facts.map_or_else(Seen::default, |facts| Seen {
                times: facts.seen,
                last: facts.last_seen,
            });
            let mistake = unknown(Code::UnknownEvent, "event", name, near, seen);
            self.tell(Severity::Error, mistake);
        }
    }

    /// The facts of those of the events that are known.
    fn known_events(&self, events: &Events) -> Vec<&'a EventFacts> {
        let known = &self.catalogue.events;
        let names = events.names().iter();
        names.filter_map(|name| known.get(name)).collect()
    }

    /// Whether all properties of all of these events are known.
    fn is_told(events: &Events, known: &[&EventFacts]) -> bool {
        let is_empty = |event: &&EventFacts| event.properties.is_empty();
        !known.is_empty() && known.len() == events.names().len() && !known.iter().any(is_empty)
    }

    /// The facts of a property, of any type where an event may have it that is not known.
    fn property(&self, path: &str, events: &Events) -> Option<ValueFacts> {
        let known = self.known_events(events);
        let mut facts = known.iter().filter_map(|event| event.properties.get(path));
        let first = *facts.next()?;
        let all = facts.fold(first, |all, one| ValueFacts {
            kind: if all.kind == one.kind {
                all.kind
            } else {
                ValueKind::Any
            },
            seen: all.seen + one.seen,
            personal: all.personal || one.personal,
        });
        let is_told = Self::is_told(events, &known);
        let kind = if is_told { all.kind } else { ValueKind::Any };
        Some(ValueFacts { kind, ..all })
    }

    pub(super) fn read_property(&mut self, path: &str, events: &Events) {
        if let Some(facts) = self.property(path, events) {
            return self.personal("property", path, facts);
        }
        let known = self.known_events(events);
        if !Self::is_told(events, &known) {
            return;
        }
        let names = known.iter().flat_map(|event| event.properties.keys());
        let near = suggest::nearest(path, names.map(|name| &**name));
        let facts = known.iter().filter_map(|event| event.properties.get(near?));
        let seen = Seen {
            times: facts.map(|facts| facts.seen).sum(),
            last: None,
        };
        let mistake = unknown(Code::UnknownProperty, "property", path, near, seen);
        self.tell(Severity::Error, mistake);
    }

    pub(super) fn tested_property(&mut self, path: &str, events: &Events, test: &Test) {
        if let Some(facts) = self.property(path, events) {
            self.fits(path, facts, test);
        }
    }

    pub(super) fn read_trait(&mut self, name: &str, test: Option<&Test>) {
        if self.computed.contains(name) {
            return;
        }
        let known = match self.entity {
            Entity::Person => &self.catalogue.traits,
            Entity::Organisation => &self.catalogue.organisation_traits,
        };
        if let Some(facts) = known.get(name).copied() {
            self.personal("trait", name, facts);
            if let Some(test) = test {
                self.fits(name, facts, test);
            }
            return;
        }
        if known.is_empty() {
            return;
        }
        let computed = self.computed.iter().copied();
        let names = known.keys().map(|name| &**name).chain(computed);
        let near = suggest::nearest(name, names);
        let facts = near.and_then(|near| known.get(near));
        let seen = Seen {
            times: facts.map_or(0, |facts| facts.seen),
            last: None,
        };
        let mistake = unknown(Code::UnknownTrait, "trait", name, near, seen);
        self.tell(Severity::Error, mistake);
    }

    fn personal(&mut self, what: &str, name: &str, facts: ValueFacts) {
        if facts.personal && !self.has_purpose {
            let mistake = Mistake::new(
                Code::Purpose,
                format!("the {what} `{name}` is personal, and the definition names no purpose"),
                "write `for` and the purpose behind the name that is defined",
            );
            self.tell(Severity::Warning, mistake.about(name));
        }
    }

    fn fits(&mut self, name: &str, facts: ValueFacts, test: &Test) {
        let fits = match test {
            Test::Set | Test::Unset => true,
            Test::Compare { value, .. } => is_comparable(facts.kind, value),
            Test::In(values) => values.iter().any(|value| is_comparable(facts.kind, value)),
            Test::Between { low, .. } => is_comparable(facts.kind, low),
            Test::Contains(_) | Test::StartsWith(_) | Test::EndsWith(_) => {
                matches!(
                    facts.kind,
                    ValueKind::Any | ValueKind::Text | ValueKind::Time
                )
            }
        };
        if !fits {
            let kind = facts.kind.word();
            let test = test.to_string();
            let message = format!("`{name}` is {kind}, which`{test}` never holds for");
            let message = message.replacen("which` ", "which `", 1);
            let mistake = Mistake::new(Code::NeverFits, message, help_for(facts.kind));
            self.tell(Severity::Error, mistake);
        }
    }
}

fn help_for(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::Any | ValueKind::Text => "compare it with text in quotes",
        ValueKind::Number => "compare it with a number, without quotes",
        ValueKind::Time => "compare it with a date such as `2026-01-31`, without quotes",
        ValueKind::Bool => "compare it with `true` or `false`",
    }
}

fn is_comparable(kind: ValueKind, literal: &Literal) -> bool {
    match kind {
        ValueKind::Any => true,
        ValueKind::Number => matches!(literal, Literal::Number(_)),
        ValueKind::Text => matches!(literal, Literal::Text(_)),
        ValueKind::Time => matches!(literal, Literal::Text(_) | Literal::Time(_)),
        ValueKind::Bool => matches!(literal, Literal::Bool(_)),
    }
}

/// How many times something was seen, and when last.
#[derive(Default)]
struct Seen {
    times: u64,
    last: Option<Timestamp>,
}

fn unknown(code: Code, what: &str, name: &str, near: Option<&str>, seen: Seen) -> Mistake {
    let help = match near {
        Some(near) if seen.times > 0 => {
            let times = grouped(seen.times);
            let last = seen.last.map(|last| format!(", last at {last}"));
            let last = last.unwrap_or_default();
            format!("did you mean `{near}`? seen {times} times{last}")
        }
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("no {what} with a name like it was seen"),
    };
    Mistake::new(code, format!("unknown {what} `{name}`"), help).about(name)
}

/// `30,472`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A window that reaches back further than events are kept, or lies in the future.
pub(super) fn of_window(window: &Window, catalogue: &Catalogue) -> Vec<(Severity, Mistake)> {
    let mut told = Vec::new();
    match *window {
        // The present period may have just begun.
        Window::Ever | Window::This(_) => {}
        Window::Last(length) => told.extend(of_reach(length.micros(), catalogue)),
        Window::Ago { from, .. } => told.extend(of_reach(from.micros(), catalogue)),
        Window::Whole { count, period } => told.extend(periods(count, period, catalogue)),
        Window::Since(from) | Window::Between { from, .. } => {
            told.extend(dated(from, catalogue));
        }
    }
    told
}

/// So many whole periods, of which none is shorter than this.
fn periods(count: u32, period: Period, catalogue: &Catalogue) -> Told {
    let days = match period {
        Period::Day => 1,
        Period::Week => 7,
        Period::Month => 28,
        Period::Quarter => 90,
        Period::Year => 365,
    };
    of_reach(i64::from(count) * days * DAY_MICROS, catalogue)
}

fn dated(from: Moment, catalogue: &Catalogue) -> Told {
    let as_of: Timestamp = catalogue.as_of?;
    let ago = as_of.as_micros().saturating_sub(from.utc().as_micros());
    // A date begins up to 14 hours earlier or later than midnight UTC.
    if ago < -DAY_MICROS {
        let mistake = Mistake::new(
            Code::NeverTrue,
            format!("the window begins at `{from}`, in the future"),
            "nothing can have happened there yet",
        );
        return Some((Severity::Warning, mistake));
    }
    of_reach(ago, catalogue)
}

/// What is longer ago than this: nothing of it is left if that is as long as events are kept.
pub(super) fn of_quiet(micros: i64, catalogue: &Catalogue) -> Told {
    let days = catalogue.retention_days?;
    let is_gone = micros >= i64::from(days).saturating_mul(DAY_MICROS);
    is_gone.then(|| {
        let mistake = Mistake::new(
            Code::Retention,
            format!(
                "it asks for what happened more than {} days ago, and events are kept for {days}",
                micros / DAY_MICROS
            ),
            "shorten the length of time, or keep events longer",
        );
        (Severity::Warning, mistake)
    })
}

/// A window that begins longer ago than events are kept.
pub(super) fn of_reach(micros: i64, catalogue: &Catalogue) -> Told {
    let days = catalogue.retention_days?;
    let reaches = micros > i64::from(days).saturating_mul(DAY_MICROS);
    reaches.then(|| {
        let mistake = Mistake::new(
            Code::Retention,
            format!(
                "the window reaches back {} days, and events are kept for {days}",
                micros / DAY_MICROS
            ),
            "shorten the window, or keep events longer",
        );
        (Severity::Warning, mistake)
    })
}
