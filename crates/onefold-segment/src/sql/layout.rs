//! The tables and columns that a statement reads.
//!
//! Invariant: a layout says where things are, never what a definition means.

use std::collections::BTreeMap;

/// Tables and columns. [`Layout::default`] is the documented one; each field may be changed.
///
/// | table | columns |
/// | --- | --- |
/// | `events` | `user_id`, `ts`, `event`, one of the name of each property |
/// | `people` | `user_id`, one of the name of each trait; one row a person |
/// | `memberships` | `user_id`, `organisation`, `role`, `valid_from`, `valid_to`, `[from, to)`, null for open ends |
/// | `organisations` | `organisation`, one of the name of each trait; one row an organisation |
/// | `consents` | `user_id`, `purpose`, `channel` (null: the purpose itself), `state` (`granted`, `denied`), as of the instant |
///
/// A table is named with dots between its parts: `analytics.events`. Ids of people are integers or texts.
///
/// ```
/// use onefold_segment::sql::{ColumnType, Layout};
/// let mut layout = Layout { events: "analytics.events".into(), ..Layout::default() };
/// layout.properties.insert("cart.id".into(), "cart_id".into());
/// layout.property_types.insert("quantity".into(), ColumnType::Number { places: 0 });
/// assert_eq!(layout.people.as_deref(), Some("people"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// What happened. Default: `events`.
    pub events: String,
    /// Who there is: the universe. Without one it is everybody in the events. Default: `people`.
    pub people: Option<String>,
    /// Who belongs to which organisation, and when. Default: `memberships`.
    pub memberships: Option<String>,
    /// What organisations there are; without one, those that somebody belongs to. Default:
    /// `organisations`.
    pub organisations: Option<String>,
    /// What the consent ledger says as of the instant. Default: `consents`.
    pub consents: Option<String>,
    /// The column of every table of people that holds the id. Default: `user_id`.
    pub person: String,
    /// The column of an event's time. Default: `ts`.
    pub time: String,
    /// The column of an event's name. Default: `event`.
    pub event: String,
    /// The column that breaks ties of time: a place in the log, unique. Without one (the default), an
    /// engine puts occurrences of one time in any order, and sequences, `first` and `last` over them
    /// may differ from run to run.
    pub tie: Option<String>,
    /// How times are stored; without, as the dialect's own `TIMESTAMP`.
    pub times: Option<Times>,
    /// Columns of properties that are not called like the property.
    pub properties: BTreeMap<String, String>,
    /// Columns of traits that are not called like the trait.
    pub traits: BTreeMap<String, String>,
    /// Types of properties. What is not here has the type that definitions use it as.
    pub property_types: BTreeMap<String, ColumnType>,
    /// Types of traits of people.
    pub trait_types: BTreeMap<String, ColumnType>,
    /// Types of traits of organisations.
    pub organisation_trait_types: BTreeMap<String, ColumnType>,
    /// Whether ids of people are texts, which are then sorted by code point; by default as the engine does.
    pub person_is_text: bool,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            events: "events".into(),
            people: Some("people".into()),
            memberships: Some("memberships".into()),
            organisations: Some("organisations".into()),
            consents: Some("consents".into()),
            person: "user_id".into(),
            time: "ts".into(),
            event: "event".into(),
            tie: None,
            times: None,
            properties: BTreeMap::new(),
            traits: BTreeMap::new(),
            property_types: BTreeMap::new(),
            trait_types: BTreeMap::new(),
            organisation_trait_types: BTreeMap::new(),
            person_is_text: false,
        }
    }
}

/// How times are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Times {
    /// Without a zone, and UTC is meant: `TIMESTAMP` of DuckDB and Postgres, `TIMESTAMP_NTZ` of Spark and
    /// Snowflake, `DATETIME` of BigQuery.
    Utc,
    /// With a zone: `TIMESTAMPTZ` of DuckDB and Postgres, `TIMESTAMP_TZ` of Snowflake, `TIMESTAMP` of Spark
    /// and BigQuery. ClickHouse has no others.
    Instant,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// Numbers, stored as whatever the engine makes decimals of, floats too: the value rounded to so many
    /// decimal places (at most 18), with up to 12 digits before the point.
    Number {
        /// Digits behind the point; where nothing is said, 6.
        places: u8,
    },
    /// Texts.
    Text,
    /// `true` and `false`.
    Truth,
    /// Times, stored as [`Layout::times`] says.
    Time,
}

impl ColumnType {
    /// Numbers as they are read where nothing is said.
    pub(super) const NUMBER: Self = Self::Number { places: 6 };

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Number { .. } => "a number",
            Self::Text => "text",
            Self::Truth => "true or false",
            Self::Time => "a time",
        }
    }

    pub(super) fn is_like(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }
}
