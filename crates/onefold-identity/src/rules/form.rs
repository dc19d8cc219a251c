//! Rules as they are written in a configuration.
//!
//! Invariant: reading finds all mistakes at once; what is written reads back as equal rules.

use std::{collections::BTreeMap, fmt};

use onefold_event::{Diagnostic, Error, IdentifierKind};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Blocking, KindRule, Period, Rules};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesForm {
    #[serde(default)]
    people_identifiers_max: Option<LimitForm>,
    #[serde(default)]
    other_kinds_limit: Option<LimitForm>,
    #[serde(default)]
    blocked: Option<Vec<String>>,
    #[serde(default)]
    blocked_patterns: Option<Vec<String>>,
    #[serde(default)]
    kinds: Vec<KindForm>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KindForm {
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    priority: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit: Option<LimitForm>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    limit_per: BTreeMap<String, LimitForm>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    per_source: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    shared: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    blocked: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    blocked_patterns: Vec<String>,
}

impl Serialize for Rules {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RulesForm::from(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Rules {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let form = RulesForm::deserialize(deserializer)?;
        form.check().map_err(de::Error::custom)
    }
}

impl RulesForm {
    fn check(self) -> Result<Rules, Error> {
        let mut mistakes = Vec::new();
        let mut rules = Rules::standard();
        if let Some(limit) = self.people_identifiers_max {
            rules.people_identifiers_max = limit.check("people_identifiers_max", &mut mistakes);
        }
        if let Some(limit) = self.other_kinds_limit {
            rules.other_kinds_limit = limit.check("other_kinds_limit", &mut mistakes);
        }
        if self.blocked_patterns.is_some() {
            rules.everywhere = Blocking::default();
        }
        for value in self.blocked.iter().flatten() {
            rules.everywhere.add_value(value);
        }
        for pattern in self.blocked_patterns.iter().flatten() {
            let added = rules.everywhere.add_pattern(pattern, "every kind");
            mistakes.extend(
                added
                    .err()
                    .map(|e| Diagnostic::new(e.to_string()).at("/blocked_patterns")),
            );
        }
        let mut declared: Vec<IdentifierKind> = Vec::new();
        for (number, form) in self.kinds.into_iter().enumerate() {
            let Some(rule) = form.check(number, &mut mistakes) else {
                continue;
            };
            if declared.contains(&rule.kind) {
                let message = format!("the kind `{}` is declared twice", rule.kind);
                let mistake = Diagnostic::new(message).at(format!("/kinds/{number}/kind"));
                mistakes.push(mistake.help("write one entry with all that holds for it"));
            }
            declared.push(rule.kind.clone());
            rule.find_contradictions(number, &mut mistakes);
            rules = rules.kind(rule);
        }
        match mistakes.is_empty() {
            true => Ok(rules),
            false => Err(Error::invalid("the identity rules have mistakes", mistakes)),
        }
    }
}

impl KindForm {
    fn check(self, number: usize, mistakes: &mut Vec<Diagnostic>) -> Option<KindRule> {
        let at = |field: &str| format!("/kinds/{number}/{field}");
        let kind = match IdentifierKind::new(&self.kind) {
            Ok(kind) => kind,
            Err(error) => {
                mistakes.push(Diagnostic::new(error.to_string()).at(at("kind")));
                return None;
            }
        };
        let mut rule = KindRule::new(kind);
        rule.priority = self.priority.unwrap_or(rule.priority);
        if self.shared {
            self.find_limits_of_shared(number, mistakes);
            rule = rule.shared();
        }
        if let Some(limit) = self.limit {
            let mut found = Vec::new();
            rule.limit = limit.check(&format!("limit of kind `{}`", rule.kind), &mut found);
            mistakes.extend(found.into_iter().map(|mistake| mistake.at(at("limit"))));
        }
        for (name, limit) in self.limit_per {
            let mut found = Vec::new();
            rule.add_limit_per(&name, limit, &mut found);
            let place = at(&format!("limit_per/{name}"));
            mistakes.extend(found.into_iter().map(|mistake| mistake.at(place.clone())));
        }
        rule.per_source = self.per_source;
        for value in &self.blocked {
            rule = rule.block(value);
        }
        let place = format!("kind `{}`", rule.kind);
        for pattern in &self.blocked_patterns {
            let added = rule.blocking.add_pattern(pattern, &place);
            mistakes.extend(
                added
                    .err()
                    .map(|error| Diagnostic::new(error.to_string()).at(at("blocked_patterns"))),
            );
        }
        Some(rule)
    }
}

impl KindForm {
    /// What a shared kind cannot have.
    fn find_limits_of_shared(&self, number: usize, mistakes: &mut Vec<Diagnostic>) {
        let has = [
            ("limit", matches!(self.limit, Some(LimitForm::Number(_)))),
            ("limit_per", !self.limit_per.is_empty()),
            ("per_source", self.per_source),
        ];
        for (field, _) in has.into_iter().filter(|(_, has)| *has) {
            let kind = &self.kind;
            let message = format!("the kind `{kind}` is shared, and no limit counts it");
            let mistake = Diagnostic::new(message).at(format!("/kinds/{number}/{field}"));
            mistakes.push(mistake.help(format!("leave `{field}` out, or `shared`")));
        }
    }
}

impl KindRule {
    fn add_limit_per(&mut self, name: &str, limit: LimitForm, mistakes: &mut Vec<Diagnostic>) {
        let period = Period::ALL.into_iter().find(|it| it.as_str() == name);
        let Some(period) = period else {
            let mistake = Diagnostic::new(format!("`{name}` is not a window that limits count in"));
            mistakes.push(mistake.help("write `day`, `week`, `month` or `year`"));
            return;
        };
        let what = format!("limit per {name} of kind `{}`", self.kind);
        if let Some(most) = limit.check(&what, mistakes) {
            self.limit_per.insert(period, most);
        }
    }

    /// What the rule says and can never do.
    fn find_contradictions(&self, number: usize, mistakes: &mut Vec<Diagnostic>) {
        let kind = &self.kind;
        let has_limit = self.limit.is_some() || !self.limit_per.is_empty();
        if self.per_source && !self.shared && !has_limit {
            let message = format!("the kind `{kind}` counts each source apart, and has no limit");
            let mistake = Diagnostic::new(message).at(format!("/kinds/{number}/per_source"));
            mistakes.push(mistake.help("write a `limit`, or leave `per_source` out"));
        }
    }
}

impl From<&Rules> for RulesForm {
    fn from(rules: &Rules) -> Self {
        let texts = |texts: &mut dyn Iterator<Item = &str>| texts.map(str::to_owned).collect();
        let limits_per = |rule: &KindRule| {
            let limits = rule.limit_per.iter();
            let limits = limits.map(|(period, most)| (period.to_string(), Some(*most).into()));
            limits.collect()
        };
        let kind = |rule: &KindRule| KindForm {
            kind: rule.kind.to_string(),
            priority: Some(rule.priority),
            limit: Some(LimitForm::from(rule.limit)),
            limit_per: limits_per(rule),
            per_source: rule.per_source,
            shared: rule.shared,
            blocked: texts(&mut rule.blocking.values()),
            blocked_patterns: texts(&mut rule.blocking.patterns()),
        };
        Self {
            people_identifiers_max: Some(rules.people_identifiers_max.into()),
            other_kinds_limit: Some(rules.other_kinds_limit.into()),
            blocked: Some(texts(&mut rules.everywhere.values())),
            blocked_patterns: Some(texts(&mut rules.everywhere.patterns())),
            kinds: rules.kinds.values().map(kind).collect(),
        }
    }
}

/// A number from 1, or the word `none`.
enum LimitForm {
    Number(i64),
    Word(String),
}

impl LimitForm {
    fn check(self, name: &str, mistakes: &mut Vec<Diagnostic>) -> Option<u32> {
        let written = match self {
            Self::Word(word) if word == "none" => return None,
            Self::Word(word) => word,
            Self::Number(number) => match u32::try_from(number) {
                Ok(limit) if limit > 0 => return Some(limit),
                _ => number.to_string(),
            },
        };
        let mistake = Diagnostic::new(format!("`{written}` cannot be the {name}"));
        mistakes.push(mistake.help("write a number from 1 to 4294967295, or \"none\""));
        None
    }
}

impl From<Option<u32>> for LimitForm {
    fn from(limit: Option<u32>) -> Self {
        match limit {
            Some(limit) => Self::Number(limit.into()),
            None => Self::Word("none".into()),
        }
    }
}

impl Serialize for LimitForm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_i64(*number),
            Self::Word(word) => serializer.serialize_str(word),
        }
    }
}

impl<'de> Deserialize<'de> for LimitForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LimitVisitor)
    }
}

struct LimitVisitor;

impl de::Visitor<'_> for LimitVisitor {
    type Value = LimitForm;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number from 1, or \"none\"")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<LimitForm, E> {
        Ok(LimitForm::Number(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<LimitForm, E> {
        Ok(LimitForm::Number(i64::try_from(number).unwrap_or(i64::MAX)))
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<LimitForm, E> {
        Ok(LimitForm::Word(word.to_owned()))
    }
}
