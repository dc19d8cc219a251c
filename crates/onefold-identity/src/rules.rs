//! The rules of stitching: how strong a kind of identifier is, how many of it one person may have, and
//! which values say nothing about anybody.
//!
//! Invariant: every pattern compiles, every limit is at least 1, and equal rules have equal fingerprints.

mod blocking;
mod form;

use std::collections::BTreeMap;

use onefold_event::{Error, Identifier, IdentifierKind};

pub use blocking::BlockedBy;
use blocking::Blocking;

use crate::{
    hash::{Hasher, Key},
    window::Period,
};

/// How identifiers of all kinds are stitched into people.
///
/// [`Rules::standard`] is a careful beginning; each declared kind changes what it names and leaves the
/// rest. As configuration (TOML or JSON) every field may be left out, and unknown fields are errors:
///
/// ```toml
/// people_identifiers_max = 200          # or "none"
/// other_kinds_limit = 20                # per person, of each kind that is not declared; or "none"
/// blocked = ["n.n."]                    # for every kind
/// blocked_patterns = ["^0+$"]           # for every kind, in place of the standard ones
///
/// [[kinds]]
/// kind = "email"
/// priority = 2                          # lower is stronger
/// limit = 5                             # per person; or "none"
/// blocked = ["noreply@example.com"]
/// blocked_patterns = ["^test.*@"]
///
/// [[kinds]]
/// kind = "anonymous_id"
/// limit = 50
/// limit_per = { day = 3, month = 10 }   # first seen in one day, week, month or year, in UTC
///
/// [[kinds]]
/// kind = "landline"
/// shared = true                         # never merges people
/// ```
///
/// ```
/// use onefold_event::IdentifierKind;
/// use onefold_identity::{KindRule, Rules};
/// let rules = Rules::standard()
///     .kind(KindRule::new(IdentifierKind::email()).limit(3).block("noreply@example.com"));
/// assert_eq!(rules.limit(&IdentifierKind::email()), Some(3));
/// assert_eq!(rules.limit(&IdentifierKind::user_id()), Some(1));
/// assert_ne!(rules.fingerprint(), Rules::standard().fingerprint());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    kinds: BTreeMap<IdentifierKind, KindRule>,
    other_kinds_limit: Option<u32>,
    people_identifiers_max: Option<u32>,
    everywhere: Blocking,
}

impl Rules {
    /// The rules a host starts from.
    ///
    /// | kind | priority | limit per person |
    /// | --- | --- | --- |
    /// | `user_id` | 1 | 1 |
    /// | `email` | 2 | 5 |
    /// | `phone` | 3 | 5 |
    /// | any other | 100 | 20 |
    /// | `anonymous_id` | 1000 | 100 |
    ///
    /// One person has at most 200 identifiers. Blocked for every kind: `null`, `nil`, `none`, `undefined`,
    /// `nan`, `n/a`, `anonymous`, `unknown` in any case, `-1`, and whatever has only `0` and `-` in it.
    pub fn standard() -> Self {
        let rules = Self {
            kinds: BTreeMap::new(),
            other_kinds_limit: Some(OTHER_KINDS_LIMIT),
            people_identifiers_max: Some(200),
            everywhere: Blocking::standard(),
        };
        standard_kinds()
            .into_iter()
            .fold(rules, |rules, kind| rules.kind(KindRule::new(kind)))
    }

    /// No limit and no blocked value: whatever is seen together is one person. Priorities are the
    /// standard ones.
    pub fn unlimited() -> Self {
        let rules = Self {
            kinds: BTreeMap::new(),
            other_kinds_limit: None,
            people_identifiers_max: None,
            everywhere: Blocking::default(),
        };
        standard_kinds().into_iter().fold(rules, |rules, kind| {
            rules.kind(KindRule::new(kind).unlimited())
        })
    }

    /// Declares a kind, in place of an earlier rule for it.
    #[must_use]
    pub fn kind(mut self, rule: KindRule) -> Self {
        self.kinds.insert(rule.kind.clone(), rule);
        self
    }

    /// How many identifiers of each kind that is not declared one person may have; `None` for any
    /// number. Default: 20. 0 counts as 1.
    #[must_use]
    pub fn other_kinds_limit(mut self, limit: Option<u32>) -> Self {
        self.other_kinds_limit = limit.map(at_least_one);
        self
    }

    /// How many identifiers one person may have in all; `None` for any number. Default: 200. 0 counts
    /// as 1.
    #[must_use]
    pub fn people_identifiers_max(mut self, max: Option<u32>) -> Self {
        self.people_identifiers_max = max.map(at_least_one);
        self
    }

    /// Blocks a value whatever its kind.
    #[must_use]
    pub fn block(mut self, value: &str) -> Self {
        self.everywhere.add_value(value);
        self
    }

    /// Blocks every value in which the pattern is found, whatever its kind; see
    /// [`KindRule::block_pattern`].
    ///
    /// # Errors
    /// [`InvalidInput`](onefold_event::ErrorKind::InvalidInput) if it is not a regular expression.
    pub fn block_pattern(mut self, pattern: &str) -> Result<Self, Error> {
        self.everywhere.add_pattern(pattern, "every kind")?;
        Ok(self)
    }

    /// The strength of a kind: lower is stronger.
    pub fn priority(&self, kind: &IdentifierKind) -> u32 {
        self.kinds
            .get(kind)
            .map_or(OTHER_KINDS_PRIORITY, |rule| rule.priority)
    }

    /// How many identifiers of this kind one person may have; `None` for any number.
    pub fn limit(&self, kind: &IdentifierKind) -> Option<u32> {
        match self.kinds.get(kind) {
            Some(rule) => rule.limit,
            None => self.other_kinds_limit,
        }
    }

    /// How many identifiers of this kind that were first seen in one day, week, month or year one person may have,
    /// the shortest window first.
    pub fn limits_per(&self, kind: &IdentifierKind) -> impl Iterator<Item = (Period, u32)> + '_ {
        let rule = self.kinds.get(kind);
        let limits = rule.into_iter().flat_map(|rule| &rule.limit_per);
        limits.map(|(period, limit)| (*period, *limit))
    }

    /// Whether identifiers of this kind are shared by people, and never merge them.
    pub fn is_shared(&self, kind: &IdentifierKind) -> bool {
        self.kinds.get(kind).is_some_and(|rule| rule.shared)
    }

    pub(crate) fn has_limits(&self) -> bool {
        let mut rules = self.kinds.values();
        self.other_kinds_limit.is_some()
            || self.people_identifiers_max.is_some()
            || rules.any(|rule| rule.limit.is_some() || !rule.limit_per.is_empty())
    }

    pub(crate) fn has_windows(&self) -> bool {
        let mut rules = self.kinds.values();
        rules.any(|rule| !rule.limit_per.is_empty())
    }

    pub(crate) fn has_shared(&self) -> bool {
        self.kinds.values().any(|rule| rule.shared)
    }

    /// The source that an identifier is counted for, if the limit of its kind counts for each source apart and
    /// its value names one.
    pub(crate) fn source_of<'a>(&self, identifier: &'a Identifier) -> Option<&'a str> {
        let rule = self.kinds.get(identifier.kind())?;
        let named = rule.per_source.then(|| identifier.value().split_once('/'));
        named.flatten().map(|(source, _)| source)
    }

    /// How many identifiers one person may have in all; `None` for any number.
    pub fn identifiers_max(&self) -> Option<u32> {
        self.people_identifiers_max
    }

    /// The rule that blocks this identifier, if one does. Cost: up to one search a pattern.
    pub fn blocked_by(&self, identifier: &Identifier) -> Option<BlockedBy> {
        let rule = self.kinds.get(identifier.kind());
        let own = rule.and_then(|rule| rule.blocking.verdict(identifier.value()));
        own.or_else(|| self.everywhere.verdict(identifier.value()))
    }

    /// A number that is equal for equal rules, on every machine and in every run, so that stored
    /// state can be known to be of other rules.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = Hasher::new(Key::ZERO);
        let limit = |limit: Option<u32>| limit.map_or(0, u64::from).to_le_bytes();
        hasher.write_text(MEANING);
        hasher.write(&limit(self.other_kinds_limit));
        hasher.write(&limit(self.people_identifiers_max));
        self.everywhere.write_to(&mut hasher);
        for rule in self.kinds.values() {
            hasher.write_text(rule.kind.as_str());
            hasher.write(&u64::from(rule.priority).to_le_bytes());
            hasher.write(&limit(rule.limit));
            // What came later is told by a bit of its own, so that rules without it keep their number.
            let windows = !rule.limit_per.is_empty();
            let bits = [rule.per_source, rule.shared, windows].map(u8::from);
            hasher.write(&[bits[0] | bits[1] << 1 | bits[2] << 2]);
            if windows {
                hasher.write(&(rule.limit_per.len() as u64).to_le_bytes());
            }
            for (period, most) in &rule.limit_per {
                hasher.write_text(period.as_str());
                hasher.write(&u64::from(*most).to_le_bytes());
            }
            rule.blocking.write_to(&mut hasher);
        }
        hasher.finish()
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self::standard()
    }
}

/// The rule of one kind of identifier. It starts as [`Rules::standard`] has that kind.
#[derive(Debug, Clone, PartialEq)]
pub struct KindRule {
    kind: IdentifierKind,
    priority: u32,
    limit: Option<u32>,
    limit_per: BTreeMap<Period, u32>,
    per_source: bool,
    shared: bool,
    blocking: Blocking,
}

impl KindRule {
    /// The standard rule of this kind.
    pub fn new(kind: IdentifierKind) -> Self {
        let (priority, limit) = match kind.as_str() {
            "user_id" => (1, 1),
            "email" => (2, 5),
            "phone" => (3, 5),
            "anonymous_id" => (1000, 100),
            _ => (OTHER_KINDS_PRIORITY, OTHER_KINDS_LIMIT),
        };
        Self {
            kind,
            priority,
            limit: Some(limit),
            limit_per: BTreeMap::new(),
            per_source: false,
            shared: false,
            blocking: Blocking::default(),
        }
    }

    /// How strong the kind is: the identifier with the lowest number is the anchor of a sighting.
    #[must_use]
    pub fn priority(mut self, priority: u32) -> Self {
        self.priority = priority;
        self
    }

    /// How many identifiers of this kind one person may have. 0 counts as 1.
    #[must_use]
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = Some(at_least_one(limit));
        self.shared = false;
        self
    }

    /// How many identifiers of this kind one person may have that were first seen in one and the same day, week,
    /// month or year, beside the limit for ever and those of other windows. 0 counts as 1.
    ///
    /// An identifier counts where the earliest event time lies at which it was seen with another, whenever that came
    /// to be known: one that comes late may put it in an earlier window, where it releases or displaces links.
    /// Windows are those of the calendar in UTC, weeks those of ISO 8601.
    ///
    /// ```
    /// use onefold_event::IdentifierKind;
    /// use onefold_identity::{KindRule, Period, Rules};
    /// let visitor = KindRule::new(IdentifierKind::anonymous_id());
    /// let rules = Rules::standard().kind(visitor.limit(50).limit_per(Period::Day, 3));
    /// let limits: Vec<_> = rules.limits_per(&IdentifierKind::anonymous_id()).collect();
    /// assert_eq!(limits, [(Period::Day, 3)]);
    /// ```
    #[must_use]
    pub fn limit_per(mut self, period: Period, most: u32) -> Self {
        self.limit_per.insert(period, at_least_one(most));
        self.shared = false;
        self
    }

    /// One person may have any number of identifiers of this kind, of any source, in any time.
    #[must_use]
    pub fn unlimited(mut self) -> Self {
        self.limit = None;
        self.limit_per.clear();
        self.per_source = false;
        self
    }

    /// Identifiers of this kind are shared by people, as the telephone of a household, the address of an office or
    /// a device in a shop is: they never merge anybody.
    ///
    /// - A link with one is kept as evidence beside the person of the identifier that it was seen with:
    ///   [`Identities::sharers`](crate::Identities::sharers) tells who shares it and
    ///   [`Identities::shared_with`](crate::Identities::shared_with) what a person shares. It is counted and
    ///   taken back as any link is, and it is never held, as it asks for nothing.
    /// - It is the anchor of a sighting only where there is no identifier of another kind. Then it is a person of
    ///   its own, so that what happened has a place, and stays one; else it belongs to nobody.
    /// - It is counted by no limit, not even by that of all identifiers; a limit that is declared afterwards makes
    ///   the kind unique again.
    #[must_use]
    pub fn shared(mut self) -> Self {
        self = self.unlimited();
        self.shared = true;
        self
    }

    /// The limits count for each source apart: values of the kind are `source/key`, as the keys of records are,
    /// and a limit of 1 says that two records of one source are never one person. A kind without any limit
    /// gets that one.
    #[must_use]
    pub fn per_source(mut self) -> Self {
        self.per_source = true;
        self.shared = false;
        if self.limit_per.is_empty() {
            self.limit.get_or_insert(1);
        }
        self
    }

    /// Blocks this value, as it is after normalisation (an e-mail address in lower case).
    #[must_use]
    pub fn block(mut self, value: &str) -> Self {
        self.blocking.add_value(&normal(&self.kind, value));
        self
    }

    /// Blocks every value in which this regular expression is found. It is found anywhere in the value:
    /// write `^` and `$` to mean the whole.
    ///
    /// # Errors
    /// [`InvalidInput`](onefold_event::ErrorKind::InvalidInput) if it is not a regular expression.
    pub fn block_pattern(mut self, pattern: &str) -> Result<Self, Error> {
        self.blocking
            .add_pattern(pattern, &format!("kind `{}`", self.kind))?;
        Ok(self)
    }
}

/// Raised when the same rules begin to mean another partition.
const MEANING: &str = "onefold identity rules 2";
const OTHER_KINDS_PRIORITY: u32 = 100;
const OTHER_KINDS_LIMIT: u32 = 20;

fn standard_kinds() -> [IdentifierKind; 4] {
    [
        IdentifierKind::user_id(),
        IdentifierKind::email(),
        IdentifierKind::phone(),
        IdentifierKind::anonymous_id(),
    ]
}

/// A limit of 0 could not be kept: every identifier belongs to somebody.
fn at_least_one(limit: u32) -> u32 {
    limit.max(1)
}

fn normal(kind: &IdentifierKind, value: &str) -> String {
    match kind.as_str() {
        "email" => value.trim().to_lowercase(),
        _ => value.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests;
