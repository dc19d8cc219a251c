//! What happened: events, selections, counts and sequences.
//!
//! Invariant: occurrences are in order of time, and at equal times in order of their place in the log.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Duration, Expression, Filter, Window};

/// Which events, by their names.
///
/// In JSON: a name, a list of two or more names, or `{"any": true}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Events {
    /// `view | search`: of one of these names, which are names of events or collections of records,
    /// compared exactly; sorted, without repetition.
    Named(Vec<Box<str>>),
    /// `any event`: whatever its name.
    Any,
}

impl Events {
    /// The event of this name.
    pub fn named(name: impl Into<Box<str>>) -> Self {
        Self::Named(vec![name.into()])
    }

    /// Events of any of these names.
    pub fn one_of(names: impl IntoIterator<Item = Box<str>>) -> Self {
        let mut names: Vec<Box<str>> = names.into_iter().collect();
        names.sort_unstable();
        names.dedup();
        Self::Named(names)
    }

    /// The names, none for any event.
    pub fn names(&self) -> &[Box<str>] {
        match self {
            Self::Named(names) => names,
            Self::Any => &[],
        }
    }

    /// Whether an event of this name is one of them.
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::Named(names) => names.iter().any(|known| **known == *name),
            Self::Any => true,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum EventsJson {
    One(Box<str>),
    Several(Vec<Box<str>>),
    Any(AnyJson),
}

/// A struct of its own, as an untagged variant would take fields that it does not know.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnyJson {
    any: bool,
}

impl Serialize for Events {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = match self {
            Self::Any => EventsJson::Any(AnyJson { any: true }),
            Self::Named(names) => match &**names {
                [name] => EventsJson::One(name.clone()),
                names => EventsJson::Several(names.to_vec()),
            },
        };
        json.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Events {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let wanted = "an event is a name, a list of names, or {\"any\": true}";
        match EventsJson::deserialize(deserializer) {
            Ok(EventsJson::One(name)) => Ok(Self::named(name)),
            Ok(EventsJson::Several(names)) if !names.is_empty() => Ok(Self::one_of(names)),
            Ok(EventsJson::Any(AnyJson { any: true })) => Ok(Self::Any),
            _ => Err(D::Error::custom(wanted)),
        }
    }
}

/// Which occurrences: of which event, with which properties, from which time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// Of which names.
    pub event: Events,
    /// What must hold for the occurrence's properties.
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
    /// The stretch of time it must lie in.
    #[serde(default, skip_serializing_if = "Window::is_ever")]
    pub window: Window,
}

/// How often something must have happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Count {
    /// So often or more.
    AtLeast(u32),
    /// So often or less, which includes never.
    AtMost(u32),
    /// Exactly so often.
    Exactly(u32),
}

impl Count {
    /// Whether so many are right.
    pub(crate) fn accepts(self, found: usize) -> bool {
        match self {
            Self::AtLeast(times) => found >= times as usize,
            Self::AtMost(times) => found <= times as usize,
            Self::Exactly(times) => found == times as usize,
        }
    }
}

/// What `did` counts.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Counted {
    /// Occurrences.
    #[default]
    Times,
    /// `distinct days`: calendar days of the definition's zone on which there was one.
    Days,
    /// `distinct category`: different values; an occurrence without one is left out.
    Values(Expression),
}

impl Counted {
    pub(crate) fn is_times(&self) -> bool {
        *self == Self::Times
    }
}

/// One step of a sequence: an occurrence to be found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Happening {
    /// Of which names.
    pub event: Events,
    /// `as cart`: a name by which filters of later steps speak of its properties.
    #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Box<str>>,
    /// What must hold for its properties.
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
}

/// Occurrences in this order, one after the other, and perhaps none of another kind after the last.
///
/// It holds where some choice of occurrences fulfils everything. All steps lie inside the window; what
/// must not follow is looked for up to its own end, or up to the instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sequence {
    /// The first step.
    pub first: Happening,
    /// The steps after it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<Then>,
    /// `then no purchase within 24 h`: what must not follow the last step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then_no: Option<Absence>,
    /// `all within 7 d`: the longest time from the first step to the last, both ends included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Duration>,
    /// The stretch of time in which all steps lie.
    #[serde(default, skip_serializing_if = "Window::is_ever")]
    pub window: Window,
}

/// A later step of a sequence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Then {
    /// `then directly`: nothing else of the person, of any name, lies between the step before and this one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub directly: bool,
    /// `within 1 d`: the longest time since the step before, both ends included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Duration>,
    /// `without refund`: no such occurrence lies between the step before and this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without: Option<Happening>,
    /// The step.
    pub step: Happening,
}

/// What must not follow a sequence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Absence {
    /// What must not happen.
    pub step: Happening,
    /// For how long after the last step, both ends included; true only once it has passed.
    pub within: Duration,
}
