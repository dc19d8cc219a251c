//! What goes into the stream and what comes out of it.
//!
//! Invariant: a transition carries the first instant at which the membership is the new one.

use onefold_event::{Occurrence, PersonIndex, Position, Timestamp};

use super::reading::Reads;

/// The number of an event's name: see [`Stream::name`](super::Stream::name).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameCode(pub(super) u32);

/// The number of a segment: its place in [`Plan::segments`](crate::Plan::segments).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentNumber(pub u32);

/// Something that happened to a person.
#[derive(Clone, Copy)]
pub struct Event<'a> {
    /// To whom.
    pub person: PersonIndex,
    /// When.
    pub time: Timestamp,
    /// Its place in the log; unique.
    pub position: Position,
    /// What.
    pub name: NameCode,
    /// Its properties.
    pub properties: &'a dyn Reads,
}

impl std::fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (person, time, place) = (self.person.0, self.time, self.position.0);
        write!(f, "person {person} at {time}, place {place}")
    }
}

/// A person entered or left a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// Who.
    pub person: PersonIndex,
    /// Which segment.
    pub segment: SegmentNumber,
    /// Whether the person is a member from now on.
    pub entered: bool,
    /// The first instant at which the answer is the new one.
    pub time: Timestamp,
    /// What brought it about.
    pub cause: Cause,
}

/// What brought a transition about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// Something happened: the event at this place in the log.
    Event(Position),
    /// Time alone.
    Timer,
    /// Another trait, organisation or identifier.
    Trait,
    /// Another consent.
    Consent,
    /// Another standing answer about other people.
    Standing,
    /// Two people are one, or one is two.
    Merge,
    /// Something was deleted.
    Deletion,
    /// Another definition.
    Definition,
}

/// What the host took in of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observed {
    /// It counts now.
    Counted,
    /// Its time has not come: it counts when it is past.
    Waiting,
    /// It came late, and the person was evaluated again from history.
    FromHistory,
}

/// Everything that happened, as the host keeps it.
pub trait History {
    /// Calls `visit` with everything that happened to a person, in any order: what the stream was told of,
    /// the event that it is being told of included, and nothing twice.
    fn occurrences(&self, person: PersonIndex, visit: &mut dyn FnMut(&dyn Occurrence));
}
