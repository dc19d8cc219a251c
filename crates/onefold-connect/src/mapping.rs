//! Mappings: which column of a file is which part of an event, a record or a consent entry.
//!
//! Invariant: a [`Mapping`] is what was written; whether it makes sense is checked, with all mistakes
//! at once, when a source is opened with it.

mod build;
mod column;
mod compile;
mod condition;
mod field;
mod json_text;
mod parts;
mod plan;
mod row;
mod value;
mod words;

use std::collections::BTreeMap;

use onefold_event::CollectionBasis;
use serde::Deserialize;

pub use column::{Column, ColumnType, OnInvalid, OneOrMany};
pub use condition::{Condition, EventName};
pub use parts::{ConsentMapping, EvidenceMapping, MembershipMapping, NumberFormat, RegionMapping};
pub(crate) use plan::{Given, Plan};
pub(crate) use row::{Cell, Row};
pub use words::{Ambiguous, Kind, Rest};

/// What the rows of a file are, column by column. A table `[sources.mapping]` of a configuration, or
/// a TOML or JSON file of its own.
///
/// Wherever a key takes a [`Column`], a text is the name of a column (CSV, Parquet) or the path of a
/// field (JSON Lines, Parquet: `address.city`), and a table says more about it. Unknown keys are errors.
///
/// ```
/// use onefold_connect::Mapping;
///
/// let mapping = Mapping::from_toml(r#"
///     as = "event"
///     event_name = "Order Completed"
///     key = "order"
///     time = { column = "placed", zone = "Europe/Berlin" }
///     number = { decimal = ",", grouping = "." }
///
///     [identifiers]
///     email = "mail"
///
///     [properties]
///     total = { column = "sum", type = "amount" }
/// "#)?;
/// assert_eq!(mapping.identifiers.len(), 1);
///
/// let error = Mapping::from_toml("as = \"event\"\nevnt_name = \"Order\"").unwrap_err();
/// assert!(error.to_string().contains("did you mean `event_name`?"));
/// # Ok::<(), onefold_connect::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Mapping {
    /// What a row becomes: `event`, `identify`, `record` or `consent`.
    #[serde(rename = "as")]
    pub kind: Kind,

    /// The legal ground on which these rows are collected: `contract` (default), `consent`,
    /// `legal_obligation` or `legitimate_interest`. A `basis` of the source itself wins.
    #[serde(default)]
    pub basis: Option<CollectionBasis>,

    /// The column, or the columns together, that name a row for ever: an order number, a line number.
    /// It becomes the message id, so a row that comes again is a duplicate even if it has changed.
    /// Without it a row is known by its content and its occurrence in the file (see
    /// [`Item::id`](crate::Item::id)), so equal rows of two files of one source are duplicates of each
    /// other: give such files names of their own, or their rows a key.
    #[serde(default)]
    pub key: OneOrMany<Column>,

    /// When it happened. Needed for `event`, `identify` and `consent`. A record without it is accepted, and
    /// what it tells of the person counts; segments do not see that it happened. See [`Column::format`].
    #[serde(default)]
    pub time: Option<Column>,

    /// Which columns identify the person: a table from kind (`user_id`, `anonymous_id`, `email`,
    /// `phone`, or a kind of your own) to a column, or a list of columns. An empty cell is no
    /// identifier; a row without any is accepted and belongs to no person.
    #[serde(default)]
    pub identifiers: BTreeMap<Box<str>, OneOrMany<Column>>,

    /// The country whose way of writing telephone numbers is used for numbers without a country
    /// code: two letters (`"DE"`), or the column that holds them (`{ column = "country" }`). Default,
    /// and where the column has no such letters: none, and such numbers are not identifiers.
    #[serde(default)]
    pub region: Option<RegionMapping>,

    /// `event`: the name of the event where no rule of `event_names` holds.
    #[serde(default)]
    pub event_name: Option<Box<str>>,

    /// `event`: the column with the name of the event, where no rule of `event_names` holds.
    #[serde(default)]
    pub event_name_column: Option<Column>,

    /// `event`: rules that give the name; the first whose conditions all hold decides.
    #[serde(default)]
    pub event_names: Vec<EventName>,

    /// `event`: properties of the event. A dotted name stays one name.
    #[serde(default)]
    pub properties: BTreeMap<Box<str>, Column>,

    /// Traits of the person. In an `event` they go into `context.traits`.
    #[serde(default)]
    pub traits: BTreeMap<Box<str>, Column>,

    /// `record`: which kind of row this is, such as `contacts` or `tickets`.
    #[serde(default)]
    pub collection: Option<Box<str>>,

    /// `record`: fields of the record by name, where they need a type or another name.
    #[serde(default)]
    pub fields: BTreeMap<Box<str>, Column>,

    /// `record`: the organisations that the person belongs to.
    #[serde(default)]
    pub memberships: Vec<MembershipMapping>,

    /// `consent`: what was granted or withdrawn.
    #[serde(default)]
    pub consent: Option<ConsentMapping>,

    /// What becomes of columns that nothing here names: `keep` (default) makes them properties of the
    /// event, traits of an `identify` or fields of the record under their own names; `drop` leaves
    /// them out, which is what data protection asks for where they serve no purpose.
    #[serde(default)]
    pub rest: Rest,

    /// The currency of every column of type `amount`: a column, or `{ value = "EUR" }`. It becomes the
    /// property, trait or field `currency`.
    #[serde(default)]
    pub currency: Option<Column>,

    /// The IANA time zone of times that are written without an offset, such as `Europe/London`.
    /// Default: `UTC`.
    #[serde(default)]
    pub zone: Option<Box<str>>,

    /// A local time that exists twice, when clocks go back: `earliest` (default) or `latest` of the
    /// two instants, or `reject`, which quarantines the row.
    #[serde(default = "Ambiguous::earliest")]
    pub fold: Ambiguous,

    /// A local time that does not exist, when clocks go forward: `latest` (default) reads it by the
    /// offset before the gap, so 01:30 becomes 02:30; `earliest` by the offset after it; `reject`
    /// quarantines the row.
    #[serde(default = "Ambiguous::latest")]
    pub gap: Ambiguous,

    /// How numbers are written. Default: `.` before the decimals and no grouping.
    #[serde(default)]
    pub number: NumberFormat,

    /// The encoding of a text file by its name in the Encoding Standard, such as `windows-1252`.
    /// Default: what a byte order mark says, else `utf-8`. A row with bytes that mean nothing in it is
    /// quarantined.
    #[serde(default)]
    pub encoding: Option<Box<str>>,

    /// CSV: the sign between fields. Default: `,` for `csv` and a tab for `tsv`.
    #[serde(default)]
    pub delimiter: Option<char>,

    /// CSV: the sign around fields, `""` for none. Default: `"`.
    #[serde(default)]
    pub quote: Option<Box<str>>,

    /// CSV: lines before the header that are no part of the table. Default: 0.
    #[serde(default)]
    pub skip_lines: u32,

    /// CSV: the names of the columns of a file that has no header line.
    #[serde(default)]
    pub columns: Vec<Box<str>>,

    /// Words that mean "no value", compared after trimming. Default: none but the empty text in CSV,
    /// and none in JSON Lines and Parquet, which have a `null` of their own. Empty text is then a value of a
    /// property or field; as a trait it never wins the golden record.
    #[serde(default)]
    pub null_words: Vec<Box<str>>,
}

impl Mapping {
    /// Reads a mapping file in TOML.
    ///
    /// # Errors
    /// `InvalidInput` with the place of the mistake and a suggestion.
    pub fn from_toml(text: &str) -> Result<Self, crate::Error> {
        crate::config::parse_toml(text)
    }

    /// Reads a mapping file in JSON.
    ///
    /// # Errors
    /// `InvalidInput` with the place of the mistake and a suggestion.
    pub fn from_json(text: &str) -> Result<Self, crate::Error> {
        crate::config::parse_json(text)
    }
}
