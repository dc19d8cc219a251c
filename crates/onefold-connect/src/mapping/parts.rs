//! Parts of a mapping that are tables of their own: numbers, memberships, consent.

use std::collections::BTreeMap;

use serde::Deserialize;

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
/// evidence = "Form"
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ConsentMapping {
    /// What for: a purpose such as `marketing`, or `all`.
    pub purpose: Column,
    /// By which way, such as `email`. Default, and where empty: every channel.
    #[serde(default)]
    pub channel: Option<Column>,
    /// What the person said: `grant`, `withdraw` or `object`.
    pub action: Column,
    /// When a grant ends by itself. Default, and where empty: never.
    #[serde(default)]
    pub expires: Option<Column>,
    /// What shows it: the form, the text that was seen, the ticket.
    #[serde(default)]
    pub evidence: Option<Column>,
}
