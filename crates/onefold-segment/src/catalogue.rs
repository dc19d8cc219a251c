//! What a host knows of its data: events, properties and traits with how often they were seen.
//!
//! Invariant: a catalogue changes no answer. It only makes [`Library::lint`](crate::Library::lint) see more.

use std::collections::BTreeMap;

use onefold_event::Timestamp;

/// What a host knows of its data, for [`Library::lint`](crate::Library::lint).
///
/// Whatever is left empty is not asked about: a catalogue without events tells no unknown event.
///
/// ```
/// use onefold_segment::{Catalogue, EventFacts, Library, Severity};
/// let mut catalogue = Catalogue::default();
/// catalogue.events.insert("add_to_cart".into(), EventFacts { seen: 30_472, ..EventFacts::default() });
/// let library = Library::parse("segment cart = did add_to_basket in last 7 d")?;
/// let lints = library.lint(&catalogue);
/// assert_eq!(lints[0].severity, Severity::Error);
/// assert_eq!(
///     lints[0].diagnostic.to_string(),
///     "/definitions/0/segment/when/did/selection: SEG0012 unknown event `add_to_basket` \
///      (did you mean `add_to_cart`? seen 30,472 times)",
/// );
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Catalogue {
    /// Events and collections of records, by name.
    pub events: BTreeMap<Box<str>, EventFacts>,
    /// Traits of people, by name.
    pub traits: BTreeMap<Box<str>, ValueFacts>,
    /// Traits of organisations, by name.
    pub organisation_traits: BTreeMap<Box<str>, ValueFacts>,
    /// How long events are kept, in days.
    pub retention_days: Option<u32>,
    /// The instant of the lint, if windows by dates shall be compared with it.
    pub as_of: Option<Timestamp>,
}

/// What is known of one event.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EventFacts {
    /// How many times it was seen.
    pub seen: u64,
    /// When it was seen last; told beside how many times, where a name is taken for this one.
    pub last_seen: Option<Timestamp>,
    /// Its properties by dotted path; empty where they are not known.
    pub properties: BTreeMap<Box<str>, ValueFacts>,
}

/// What is known of one property or trait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ValueFacts {
    /// The type of its values.
    pub kind: ValueKind,
    /// How many times it was seen.
    pub seen: u64,
    /// Whether it says something about a person that needs a purpose, such as an address or an income.
    pub personal: bool,
}

/// The type of the values of a property or trait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ValueKind {
    /// Not known, or of several types: every test may pass.
    #[default]
    Any,
    /// Numbers.
    Number,
    /// Text that is no time.
    Text,
    /// Text that is a time.
    Time,
    /// `true` and `false`.
    Bool,
}

impl ValueKind {
    /// The word that stands for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Any => "of any type",
            Self::Number => "a number",
            Self::Text => "text",
            Self::Time => "a time",
            Self::Bool => "true or false",
        }
    }
}
