//! Values that say nothing about anybody: exact ones and patterns.
//!
//! Invariant: every pattern compiles; values and patterns are kept sorted, so that the order in which
//! they were declared means nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use onefold_event::{Error, ErrorKind};
use regex::Regex;
use serde::Serialize;

use crate::hash::Hasher;

/// Which rule blocks a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockedBy {
    /// The value itself is listed.
    Value,
    /// This pattern is found in it.
    Pattern(Box<str>),
    /// Somebody decided it.
    Decision,
}

impl fmt::Display for BlockedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value => f.write_str("listed value"),
            Self::Decision => f.write_str("decision"),
            Self::Pattern(pattern) => write!(f, "pattern `{pattern}`"),
        }
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct Blocking {
    values: BTreeSet<Box<str>>,
    patterns: BTreeMap<Box<str>, Regex>,
}

impl Blocking {
    /// What sources write where they know nothing.
    pub(super) fn standard() -> Self {
        let mut blocking = Self::default();
        for pattern in [
            "^[0-]+$",
            "^(?i:null|nil|none|undefined|nan|n/a|anonymous|unknown|-1)$",
        ] {
            let added = blocking.add_pattern(pattern, "every kind");
            debug_assert!(added.is_ok(), "the standard patterns compile");
        }
        blocking
    }

    pub(super) fn add_value(&mut self, value: &str) {
        self.values.insert(value.trim().into());
    }

    pub(super) fn add_pattern(&mut self, pattern: &str, place: &str) -> Result<(), Error> {
        let compiled = Regex::new(pattern).map_err(|error| {
            // The last line of the parser's text says what is wrong; those before it draw where.
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or_default().trim();
            let reason = reason.strip_prefix("error: ").unwrap_or(reason);
            let message = format!(
                "the blocked pattern `{pattern}` of {place} is not a regular expression: {reason}"
            );
            Error::new(ErrorKind::InvalidInput, message).because(error)
        })?;
        self.patterns.insert(pattern.into(), compiled);
        Ok(())
    }

    pub(super) fn verdict(&self, value: &str) -> Option<BlockedBy> {
        if self.values.contains(value) {
            return Some(BlockedBy::Value);
        }
        let mut found = self
            .patterns
            .iter()
            .filter(|(_, regex)| regex.is_match(value));
        found
            .next()
            .map(|(pattern, _)| BlockedBy::Pattern(pattern.clone()))
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(|value| &**value)
    }

    pub(super) fn patterns(&self) -> impl Iterator<Item = &str> {
        self.patterns.keys().map(|pattern| &**pattern)
    }

    pub(super) fn write_to(&self, hasher: &mut Hasher) {
        for texts in [self.values().collect::<Vec<_>>(), self.patterns().collect()] {
            hasher.write(&(texts.len() as u64).to_le_bytes());
            for text in texts {
                hasher.write_text(text);
            }
        }
    }
}

impl PartialEq for Blocking {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values && self.patterns().eq(other.patterns())
    }
}
