//! Windows as plain ends, for everybody or for each person by his own clock.
//!
//! Invariant: an end is never behind the instant.

use chrono_tz::Tz;
use onefold_event::Value;
use rustc_hash::FxHashMap;

use super::table::TraitColumn;
use crate::{
    ast::{Moment, Zone},
    plan::{Span, Stretch},
    zone,
};

/// `[from, to)` of each person.
#[derive(Debug)]
pub(crate) enum Bounds {
    Same((i64, i64)),
    Each(Vec<(i64, i64)>),
}

impl Bounds {
    #[inline]
    pub(crate) fn of(&self, person: usize) -> (i64, i64) {
        match self {
            Self::Same(bounds) => *bounds,
            Self::Each(bounds) => bounds.get(person).copied().unwrap_or((0, 0)),
        }
    }
}

/// The zone of each of some people.
#[derive(Debug)]
pub(crate) enum Zones {
    Same(Tz),
    Each(Vec<Tz>),
}

impl Zones {
    /// The zones of people, who begin at a place of the trait's column.
    pub(crate) fn of(zone: &Zone, traits: &[TraitColumn], first: usize, people: usize) -> Self {
        let Zone::Person { by, .. } = zone else {
            return Self::Same(zone::of_person(zone, |_| None));
        };
        let Some(named) = traits.iter().find(|known| known.name == *by) else {
            return Self::Same(zone::of_person(zone, |_| None));
        };
        let mut known: FxHashMap<Box<str>, Tz> = FxHashMap::default();
        let missing = zone::of_person(zone, |_| None);
        let mut one = |person| match named.column.value(person, &named.texts) {
            Some(Value::Text(name)) => *known
                .entry(name)
                .or_insert_with_key(|name| zone::of_person(zone, |_| Some(name.clone()))),
            _ => missing,
        };
        Self::Each((first..first + people).map(&mut one).collect())
    }

    pub(crate) fn get(&self, person: usize) -> Tz {
        match self {
            Self::Same(zone) => *zone,
            Self::Each(zones) => zones.get(person).copied().unwrap_or(Tz::UTC),
        }
    }

    /// The ends of a span as of an instant.
    pub(crate) fn bounds(&self, span: Span, as_of: i64) -> Bounds {
        match self {
            Self::Each(zones) if goes_by_calendar(span.stretch) => {
                let mut known: Vec<(Tz, (i64, i64))> = Vec::new();
                let mut one = |zone: &Tz| {
                    if let Some((_, bounds)) = known.iter().find(|(other, _)| other == zone) {
                        return *bounds;
                    }
                    let bounds = zone::bounds(span.stretch, *zone, as_of);
                    known.push((*zone, bounds));
                    bounds
                };
                Bounds::Each(zones.iter().map(&mut one).collect())
            }
            _ => Bounds::Same(zone::bounds(span.stretch, self.get(0), as_of)),
        }
    }
}

fn goes_by_calendar(stretch: Stretch) -> bool {
    match stretch {
        Stretch::Ever | Stretch::Rolling { .. } => false,
        Stretch::Fixed { from, to } => [from, to].into_iter().flatten().any(Moment::is_date),
        Stretch::This(_) | Stretch::Whole { .. } => true,
    }
}

/// On how many dates of a zone these instants lie; they are in order.
pub(crate) fn dates(times: &[i64], zone: Tz) -> usize {
    const DAY: i64 = 86_400_000_000;
    let mut count = 0;
    if zone == Tz::UTC {
        let mut last = None;
        for time in times {
            let date = Some(time.div_euclid(DAY));
            count += usize::from(date != last);
            last = date;
        }
        return count;
    }
    let (mut from, mut to) = (0, 0);
    for time in times {
        if *time < from || *time >= to {
            (from, to) = day_of(*time, zone);
            count += 1;
        }
    }
    count
}

/// The ends of the latest date that has begun by an instant.
fn day_of(time: i64, zone: Tz) -> (i64, i64) {
    let mut date = zone::date_at(time, zone);
    let mut from = zone::first_instant(date, zone);
    while let Some(next) = date.succ_opt() {
        let to = zone::first_instant(next, zone);
        // A clock that goes back over midnight shows a date again that is over.
        if time < to {
            return (from, to);
        }
        (date, from) = (next, to);
    }
    (from, i64::MAX)
}
