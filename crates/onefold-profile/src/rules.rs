//! Which observation of a trait wins.
//!
//! Invariant: the fingerprint depends on the meaning of the rules only: not on the order in which
//! they were written, not on the machine.

use std::{collections::BTreeMap, fmt};

use onefold_event::{
    SourceName,
    parts::{put_number, put_text},
};
use serde::{Deserialize, Serialize};

/// Which observation of one trait wins. Where it leaves two equal, the newer wins, then the preferred
/// source of [`Rules::prefer_sources`], then the smaller value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rule {
    /// The newest.
    #[default]
    MostRecent,
    /// The first source of the list that has a value; sources not in the list come last.
    SourcePriority(Vec<SourceName>),
    /// The value that was observed most often.
    MostFrequent,
    /// The oldest: what was known first stays.
    First,
}

impl Rule {
    /// The stable word for it: `most_recent`, `source_priority`, `most_frequent`, `first`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MostRecent => "most_recent",
            Self::SourcePriority(_) => "source_priority",
            Self::MostFrequent => "most_frequent",
            Self::First => "first",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())?;
        if let Self::SourcePriority(sources) = self {
            let names: Vec<&str> = sources.iter().map(SourceName::as_str).collect();
            write!(f, " ({})", names.join(", "))?;
        }
        Ok(())
    }
}

/// A default rule, and rules for single traits.
///
/// As TOML: `default = "most_recent"`, `prefer_sources = ["crm", "shop"]`, and under `[traits]`
/// lines such as `city = "first"` or `name = { source_priority = ["crm", "shop"] }`.
///
/// ```
/// use onefold_profile::{Rule, Rules};
/// let rules = Rules::standard().trait_rule("city", Rule::First);
/// assert_eq!(rules.rule("city"), &Rule::First);
/// assert_eq!(rules.rule("name"), &Rule::MostRecent);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    #[serde(default)]
    default: Rule,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    prefer_sources: Vec<SourceName>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    traits: BTreeMap<Box<str>, Rule>,
}

impl Rules {
    /// The most recent value of every trait.
    pub fn standard() -> Self {
        Self::default()
    }

    /// The rule of every trait that has none of its own. Default: [`Rule::MostRecent`].
    #[must_use]
    pub fn default_rule(mut self, rule: Rule) -> Self {
        self.default = rule;
        self
    }

    /// The rule of one trait.
    #[must_use]
    pub fn trait_rule(mut self, name: impl Into<Box<str>>, rule: Rule) -> Self {
        self.traits.insert(name.into(), rule);
        self
    }

    /// Which source wins between observations that the rule and the time leave equal, the preferred
    /// first. Default: none.
    #[must_use]
    pub fn prefer_sources(mut self, sources: impl IntoIterator<Item = SourceName>) -> Self {
        self.prefer_sources = sources.into_iter().collect();
        self
    }

    /// The rule of this trait.
    pub fn rule(&self, name: &str) -> &Rule {
        self.traits.get(name).unwrap_or(&self.default)
    }

    /// The sources that win ties, the preferred first.
    pub fn preferred_sources(&self) -> &[SourceName] {
        &self.prefer_sources
    }

    /// A number that is the same for rules of the same meaning, on every machine and in every run.
    pub fn fingerprint(&self) -> u64 {
        let mut text = Vec::new();
        put_rule(&mut text, &self.default);
        put_sources(&mut text, &self.prefer_sources);
        for (name, rule) in self
            .traits
            .iter()
            .filter(|(_, rule)| **rule != self.default)
        {
            put_text(&mut text, name);
            put_rule(&mut text, rule);
        }
        // FNV-1a: stable, and nobody gains from a collision in their own rules.
        text.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    }
}

fn put_rule(out: &mut Vec<u8>, rule: &Rule) {
    put_text(out, rule.code());
    if let Rule::SourcePriority(sources) = rule {
        put_sources(out, sources);
    }
}

fn put_sources(out: &mut Vec<u8>, sources: &[SourceName]) {
    put_number(out, sources.len() as u64);
    sources
        .iter()
        .for_each(|source| put_text(out, source.as_str()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_follows_the_meaning() {
        let a = Rules::standard()
            .trait_rule("a", Rule::First)
            .trait_rule("b", Rule::MostFrequent);
        let b = Rules::standard()
            .trait_rule("b", Rule::MostFrequent)
            .trait_rule("a", Rule::First);
        assert_eq!(a.fingerprint(), b.fingerprint());
        assert_eq!(Rules::standard().fingerprint(), 11_931_711_499_926_909_563);
        let said_again = Rules::standard().trait_rule("a", Rule::MostRecent);
        assert_eq!(said_again.fingerprint(), Rules::standard().fingerprint());
        assert_ne!(a.fingerprint(), Rules::standard().fingerprint());
    }

    #[test]
    fn rules_are_read_from_json() {
        let text = r#"{"default":"first","traits":{"name":{"source_priority":["crm","shop"]}}}"#;
        let rules: Rules = serde_json::from_str(text).unwrap();
        assert_eq!(rules.rule("city"), &Rule::First);
        assert_eq!(
            rules.rule("name").to_string(),
            "source_priority (crm, shop)"
        );
        let unknown = serde_json::from_str::<Rules>(r#"{"defualt":"first"}"#).unwrap_err();
        assert!(unknown.to_string().contains("defualt"));
        // Near to `latest` in its letters and the opposite in its meaning: no word of a rule, so none to suggest.
        let opposite = serde_json::from_str::<Rules>(r#"{"default":"latest"}"#).unwrap_err();
        assert!(!opposite.to_string().contains("oldest"), "{opposite}");
    }
}
