//! Definitions as text.
//!
//! Invariant: what is printed parses back to the same tree.

mod happening;
mod value;

use std::fmt::{Display, Formatter, Result, Write as _};

use onefold_event::Timestamp;

pub(crate) use happening::Ordinal;
use happening::{Counting, What};

use crate::ast::{
    Band, Count, Definition, Duration, Entity, Period, Predicate, Quantifier, Scope, Window, Zone,
};

/// Words with a meaning where a name could stand; a name that is one of them is quoted.
pub(crate) const RESERVED: [&str; 15] = [
    "segment", "trait", "and", "or", "not", "did", "in", "is", "between", "where", "since", "at",
    "of", "true", "false",
];

impl Display for Definition {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Segment { name, scope, when } => {
                write!(f, "segment {}{scope} = {when}", Name(name))
            }
            Self::Trait { name, scope, value } => {
                write!(f, "trait {}{scope} = {value}", Name(name))
            }
        }
    }
}

impl Display for Scope {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if let Some(version) = self.version {
            write!(f, " v{version}")?;
        }
        if self.of == Entity::Organisation {
            f.write_str(" of organisation")?;
        }
        if let Some(purpose) = &self.purpose {
            write!(f, " for {}", Name(purpose))?;
        }
        write!(f, "{}", self.zone)?;
        match &self.among {
            Some(segment) => write!(f, " among {}", Name(segment)),
            None => Ok(()),
        }
    }
}

impl Display for Zone {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Utc => Ok(()),
            Self::Named(zone) => write!(f, " zone {}", Quoted(zone)),
            Self::Person { by, otherwise } => {
                let (by, otherwise) = (Name(by), Quoted(otherwise));
                write!(f, " zone of person by {by} else {otherwise}")
            }
        }
    }
}

impl Display for Predicate {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::All(parts) => separated(f, parts, " and ", |p| p.needs_parentheses_in(self)),
            Self::Any(parts) => separated(f, parts, " or ", |p| p.needs_parentheses_in(self)),
            Self::Not(inner) if inner.is_did() => {
                let did = inner.to_string();
                write!(f, "did not{}", did.strip_prefix("did").unwrap_or(&did))
            }
            Self::Not(inner) => {
                f.write_str("not ")?;
                enclosed(f, inner, inner.needs_parentheses_in(self))
            }
            Self::Trait { name, test } => write!(f, "{}{test}", Name(name)),
            Self::Aggregate { aggregate, test } => write!(f, "{aggregate}{test}"),
            Self::Quantity { value, test } => write!(f, "{value}{test}"),
            Self::Compare {
                left,
                operator,
                right,
            } => write!(f, "{left} {} {}", operator.sign(), value::RightSide(right)),
            Self::Member(name) => write!(f, "in {}", Name(name)),
            behaviour => behaviour.fmt_behaviour(f),
        }
    }
}

impl Predicate {
    /// Whether it stands in parentheses inside this other one.
    pub(crate) fn needs_parentheses_in(&self, outer: &Self) -> bool {
        match outer {
            Self::All(_) => self.binding() < 2,
            Self::Any(_) => self.binding() < 1,
            _ => self.binding() < 2 && !self.swallows(),
        }
    }

    /// Whether `not` stands behind its first word.
    pub(crate) fn is_did(&self) -> bool {
        matches!(self, Self::Did { .. } | Self::Nth { .. })
    }

    /// What stands before the parentheses of a condition on members or organisations.
    pub(crate) fn group_head(&self) -> String {
        match self {
            Self::Members {
                quantifier, role, ..
            } => format!("{}{}", Quantified(*quantifier, "member"), Role(role)),
            Self::Organisations {
                quantifier, role, ..
            } => format!("{}{}", Quantified(*quantifier, "organisation"), Role(role)),
            _ => String::new(),
        }
    }

    fn fmt_behaviour(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Did {
                selection,
                count,
                counted,
            } => write!(f, "did {selection}{}", Counting(*count, counted)),
            Self::Nth { selection, number } => {
                let (what, window) = (What(selection), selection.window);
                write!(f, "did {what} for the {} time{window}", Ordinal(*number))
            }
            Self::Recency {
                selection,
                operator,
                duration,
            } => write!(f, "recency({selection}) {} {duration}", operator.sign()),
            Self::Lapsed { selection, quiet } => {
                write!(f, "lapsed {} for {quiet}", What(selection))
            }
            Self::Stopped {
                selection,
                quiet,
                at_least,
                during,
            } => {
                let what = What(selection);
                write!(
                    f,
                    "stopped {what} for {quiet} after at least {at_least} times in {during}"
                )
            }
            Self::Restarted { selection, quiet } => {
                let (what, window) = (What(selection), selection.window);
                write!(f, "restarted {what} after {quiet}{window}")
            }
            Self::Sequence(sequence) => write!(f, "{sequence}"),
            others => others.fmt_of_many(f),
        }
    }

    fn fmt_of_many(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Rank { band, by } => write!(f, "{band} by {by}"),
            Self::Sample { from, to, salt } if from.is_zero() => {
                write!(f, "sample {to} % salt {}", Quoted(salt))
            }
            Self::Sample { from, to, salt } => {
                write!(f, "sample {from} % to {to} % salt {}", Quoted(salt))
            }
            Self::Members { that, .. } | Self::Organisations { that, .. } => {
                write!(f, "{} ({that})", self.group_head())
            }
            Self::Consent {
                purpose,
                channel,
                is,
            } => {
                write!(f, "consent {}", Name(purpose))?;
                if let Some(channel) = channel {
                    write!(f, " by {}", Name(channel))?;
                }
                write!(f, " is {}", is.word())
            }
            _ => Ok(()),
        }
    }

    /// How tightly its text holds together: 0 `or`, 1 `and`, 2 what needs no parentheses.
    fn binding(&self) -> u8 {
        match self {
            Self::Any(_) => 0,
            Self::All(_) => 1,
            other if other.swallows() => 0,
            _ => 2,
        }
    }

    /// A filter reaches as far as it can: `did X where a = 1` would take an `and` or `or` after it
    /// as a part of the filter.
    fn swallows(&self) -> bool {
        match self {
            Self::Did {
                selection,
                count,
                counted,
            } => {
                selection.filter.is_some()
                    && selection.window.is_ever()
                    && *count == Count::AtLeast(1)
                    && counted.is_times()
            }
            Self::Sequence(sequence) => sequence.swallows(),
            Self::Not(inner) => inner.swallows(),
            _ => false,
        }
    }
}

impl Display for Window {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Ever => Ok(()),
            Self::Last(duration) => write!(f, " in last {duration}"),
            Self::Ago { from, to } => write!(f, " from {from} ago to {to} ago"),
            Self::Between { from, to } => write!(f, " between {from} and {to}"),
            Self::Since(from) => write!(f, " since {from}"),
            Self::This(Period::Day) => f.write_str(" today"),
            Self::This(period) => write!(f, " in this {}", period.word()),
            Self::Whole {
                count: 1,
                period: Period::Day,
            } => f.write_str(" yesterday"),
            Self::Whole { count: 1, period } => write!(f, " in last {}", period.word()),
            Self::Whole { count, period } => {
                write!(f, " in last {count} whole {}s", period.word())
            }
        }
    }
}

impl Display for Duration {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} {}", self.count, self.unit.word())
    }
}

impl Display for Band {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Top(count) => write!(f, "top {count}"),
            Self::Bottom(count) => write!(f, "bottom {count}"),
            Self::TopPercent(share) => write!(f, "top {share} %"),
            Self::BottomPercent(share) => write!(f, "bottom {share} %"),
            Self::Percentile { from, to } => write!(f, "percentile {from} to {to}"),
        }
    }
}

/// `any member`, `all members`, `at least 3 members`, `at least 50 % members`.
struct Quantified(Quantifier, &'static str);

impl Display for Quantified {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self(quantifier, noun) = self;
        match quantifier {
            Quantifier::All => write!(f, "all {noun}s"),
            Quantifier::Count(Count::AtLeast(1)) => write!(f, "any {noun}"),
            Quantifier::Count(count) => write!(f, "{count} {noun}s"),
            Quantifier::AtLeastPercent(share) => write!(f, "at least {share} % {noun}s"),
        }
    }
}

/// `with role "admin"`.
struct Role<'a>(&'a Option<Box<str>>);

impl Display for Role<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            Some(role) => write!(f, " with role {}", Quoted(role)),
            None => Ok(()),
        }
    }
}

fn separated<T: Display>(
    f: &mut Formatter<'_>,
    parts: &[T],
    separator: &str,
    needs_parentheses: impl Fn(&T) -> bool,
) -> Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(separator)?;
        }
        enclosed(f, part, needs_parentheses(part))?;
    }
    Ok(())
}

fn enclosed(f: &mut Formatter<'_>, part: &impl Display, parentheses: bool) -> Result {
    if parentheses {
        write!(f, "({part})")
    } else {
        write!(f, "{part}")
    }
}

/// A name, quoted where it is no plain word.
pub(crate) struct Name<'a>(pub(crate) &'a str);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if is_plain_word(self.0) {
            f.write_str(self.0)
        } else {
            write!(f, "{}", Quoted(self.0))
        }
    }
}

fn is_plain_word(name: &str) -> bool {
    crate::lexer::word_length(name) == name.len() && !name.is_empty() && !RESERVED.contains(&name)
}

/// Text in double quotes, with escapes.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_char('"')?;
        for character in self.0.chars() {
            match character {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                '\t' => f.write_str("\\t")?,
                '\r' => f.write_str("\\r")?,
                other if other.is_control() => write!(f, "\\u{{{:x}}}", u32::from(other))?,
                other => f.write_char(other)?,
            }
        }
        f.write_char('"')
    }
}

/// A date where the time is midnight UTC, else RFC 3339.
pub(crate) struct Time(pub(crate) Timestamp);

impl Display for Time {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let text = self.0.to_string();
        f.write_str(text.strip_suffix("T00:00:00Z").unwrap_or(&text))
    }
}
