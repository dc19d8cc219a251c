//! Parts of a mapping that are tables of their own: numbers, memberships, consent.

use std::{collections::BTreeMap, fmt};

use onefold_consent::{Channel, Purpose};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::Column;

/// How numbers are written.
///
/// ```toml
/// number = { decimal = ",", grouping = "." }    # 1.234.567,89
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct NumberFormat {
    /// The sign before the decimals. Default: `.`.
    pub decimal: char,
    /// The sign between groups of digits. Default: none, and a number with one is no number. A space
    /// stands for all spaces that typesetters use, and `'` for `’`.
    pub grouping: Option<char>,
}

impl Default for NumberFormat {
    fn default() -> Self {
        Self {
            decimal: '.',
            grouping: None,
        }
    }
}

/// The country of telephone numbers: one for the file, or one in each row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegionMapping {
    /// Two letters (ISO 3166-1 alpha-2) for every row.
    Code(Box<str>),
    /// The column with the two letters.
    Column(Column),
}

impl<'de> Deserialize<'de> for RegionMapping {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CodeOrTable;
        impl<'de> Visitor<'de> for CodeOrTable {
            type Value = RegionMapping;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("two letters, or a table such as `{ column = \"country\" }`")
            }

            fn visit_str<E>(self, code: &str) -> Result<RegionMapping, E> {
                Ok(RegionMapping::Code(code.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RegionMapping, A::Error> {
                let column = Column::deserialize(MapAccessDeserializer::new(map))?;
                Ok(RegionMapping::Column(column))
            }
        }
        deserializer.deserialize_any(CodeOrTable)
    }
}

/// A membership: the person's role in an organisation, with a beginning and an end.
///
/// ```toml
/// [[memberships]]
/// organisation = { domain = "Company Domain" }
/// role = "Job Title"
/// from = "Since"
/// to = "Until"
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MembershipMapping {
    /// What identifies the organisation: one kind and its column. A row where it is empty has no such
    /// membership.
    pub organisation: BTreeMap<Box<str>, Column>,
    /// The role.
    #[serde(default)]
    pub role: Option<Column>,
    /// When the membership began. Default: always.
    #[serde(default)]
    pub from: Option<Column>,
    /// When it ended; it does not hold at this instant any more. Default: never.
    #[serde(default)]
    pub to: Option<Column>,
}

/// What a row of consent says. The subject is the strongest identifier of the row: `user_id`, then
/// `email`, `phone`, other kinds in the order of the alphabet, and `anonymous_id`.
///
/// A table with one column for each channel is mapped once for each, by several sources with one path.
///
/// ```toml
/// [consent]
/// purpose = { value = "marketing" }
/// channel = "Channel"
/// action = { column = "Opt-in", values = { Y = "grant", N = "withdraw" } }
/// evidence = { method = { value = "web form" }, notice = "Form", reference = "Ticket" }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ConsentMapping {
    /// What for: a purpose such as `marketing`; `all`, `any` or `*` for every purpose.
    pub purpose: Column,
    /// By which way, such as `email`. Default, and where empty, `all`, `any` or `*`: every channel.
    #[serde(default)]
    pub channel: Option<Column>,
    /// What the person said: `grant`, `refuse`, `withdraw` or `object`, or a common word for one of
    /// them, such as `opt_in` and `unsubscribed`. Other words are translated by `values`.
    pub action: Column,
    /// When a grant ends by itself. Default, and where empty: never.
    #[serde(default)]
    pub expires: Option<Column>,
    /// What shows it. A grant without notice, wording, method or reference is kept and permits
    /// nothing.
    #[serde(default)]
    pub evidence: EvidenceMapping,
    /// The purposes there are. A grant for another word is quarantined; a no for another word holds for
    /// every purpose, and its evidence says so. Default: any word is a purpose.
    #[serde(default)]
    pub purposes: Vec<Purpose>,
    /// The channels there are, likewise.
    #[serde(default)]
    pub channels: Vec<Channel>,
}

/// What shows that a person said so; see [`Evidence`](onefold_consent::Evidence).
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct EvidenceMapping {
    /// The notice or form that was shown.
    pub notice: Option<Column>,
    /// The words that the person agreed to.
    pub wording: Option<Column>,
    /// The version of the notice.
    pub version: Option<Column>,
    /// The language of the notice.
    pub language: Option<Column>,
    /// How the answer was given.
    pub method: Option<Column>,
    /// Who entered it, or from which address it came.
    pub actor: Option<Column>,
    /// Where the original is kept.
    pub reference: Option<Column>,
}
