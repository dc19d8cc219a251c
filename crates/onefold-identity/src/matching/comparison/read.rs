//! From the text of a level to the level.
//!
//! Invariant: each mistake says what could be written instead.

use super::{ComparisonLevel, Distance};
use crate::text::Phonetic;

/// What is wrong with a text, and what to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) message: String,
    pub(crate) help: String,
}

/// Edits beyond which two strings have nothing in common.
const EDITS_MAX: u32 = 16;
/// Days, months, years, words, members and digits at most: more is surely a slip.
const COUNT_MAX: u32 = 100_000;

/// What stands behind a name.
#[derive(Clone, Copy)]
enum Operand {
    Nothing(ComparisonLevel),
    /// `>= x` with `x` between 0 and 1, and a value that is often taken.
    Similarity(fn(f64) -> ComparisonLevel, f64),
    /// `<= x` with `x` more than 0 and less than the bound.
    Most(fn(f64) -> ComparisonLevel, f64),
    /// `<= n` with `n` from 1 up to the bound.
    CountMost(fn(u32) -> ComparisonLevel, u32),
    /// `>= n` with `n` from 1.
    CountLeast(fn(u32) -> ComparisonLevel),
}

use Operand::{CountLeast, CountMost, Most, Nothing, Similarity};

const NAMES: [(&str, Operand); 26] = [
    ("exact", Nothing(ComparisonLevel::Exact)),
    (
        "jaro_winkler",
        Similarity(|x| ComparisonLevel::Near(Distance::JaroWinkler(x)), 0.92),
    ),
    (
        "jaro",
        Similarity(|x| ComparisonLevel::Near(Distance::Jaro(x)), 0.9),
    ),
    (
        "levenshtein",
        CountMost(
            |n| ComparisonLevel::Near(Distance::Levenshtein(n)),
            EDITS_MAX,
        ),
    ),
    (
        "damerau_levenshtein",
        CountMost(
            |n| ComparisonLevel::Near(Distance::DamerauLevenshtein(n)),
            EDITS_MAX,
        ),
    ),
    (
        "phonetic",
        Nothing(ComparisonLevel::Sound(Phonetic::Soundex)),
    ),
    (
        "phonetic:soundex",
        Nothing(ComparisonLevel::Sound(Phonetic::Soundex)),
    ),
    (
        "phonetic:cologne",
        Nothing(ComparisonLevel::Sound(Phonetic::Cologne)),
    ),
    ("nickname", Nothing(ComparisonLevel::Nickname)),
    ("crossed", Nothing(ComparisonLevel::Crossed)),
    (
        "number_distance",
        Most(ComparisonLevel::NumberDistance, f64::MAX),
    ),
    (
        "number_percent",
        Most(ComparisonLevel::NumberPercent, 100.0),
    ),
    ("days", CountMost(ComparisonLevel::Days, COUNT_MAX)),
    ("months", CountMost(ComparisonLevel::Months, COUNT_MAX)),
    ("years", CountMost(ComparisonLevel::Years, COUNT_MAX)),
    ("same_year", Nothing(ComparisonLevel::SameYear)),
    (
        "day_month_swapped",
        Nothing(ComparisonLevel::DayMonthSwapped),
    ),
    ("email_mailbox", Nothing(ComparisonLevel::EmailMailbox)),
    ("email_user", Nothing(ComparisonLevel::EmailUser)),
    ("email_domain", Nothing(ComparisonLevel::EmailDomain)),
    ("last_digits", CountLeast(ComparisonLevel::LastDigits)),
    ("jaccard", Similarity(ComparisonLevel::Jaccard, 0.5)),
    ("tokens_shared", CountLeast(ComparisonLevel::TokensShared)),
    ("contains", Nothing(ComparisonLevel::Contains)),
    ("any_shared", Nothing(ComparisonLevel::AnyShared)),
    ("shared", CountLeast(ComparisonLevel::Shared)),
];

/// Reads a level.
pub(crate) fn read(text: &str) -> Result<ComparisonLevel, Mistake> {
    let (name, rest) = match text.find(['<', '>', '=']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let words: Vec<&str> = name.split_whitespace().collect();
    match words.as_slice() {
        ["email_user", measure] => {
            near("email_user", measure, rest, ComparisonLevel::EmailUserNear)
        }
        ["any", measure] => near("any", measure, rest, ComparisonLevel::AnyNear),
        [name] => operand(name).map_or_else(
            || Err(unknown(name)),
            |(name, operand)| level(name, operand, rest),
        ),
        _ => Err(unknown(text.trim())),
    }
}

/// A measure of strings that is applied to a part of the value.
fn near(
    part: &str,
    measure: &str,
    rest: &str,
    wrap: fn(Distance) -> ComparisonLevel,
) -> Result<ComparisonLevel, Mistake> {
    let found = operand(measure).filter(|(_, operand)| is_distance(*operand));
    let Some((name, operand)) = found else {
        return Err(Mistake {
            message: format!("`{measure}` cannot be asked of `{part}`"),
            help: format!(
                "write `{part} jaro_winkler >= 0.9`, or with `jaro`, `levenshtein` or `damerau_levenshtein`"
            ),
        });
    };
    match level(&format!("{part} {name}"), operand, rest)? {
        ComparisonLevel::Near(distance) => Ok(wrap(distance)),
        other => Ok(other),
    }
}

fn is_distance(operand: Operand) -> bool {
    let sample = match operand {
        Similarity(make, usual) => make(usual),
        CountMost(make, _) => make(1),
        _ => return false,
    };
    matches!(sample, ComparisonLevel::Near(_))
}

fn operand(name: &str) -> Option<(&'static str, Operand)> {
    NAMES.into_iter().find(|(known, _)| *known == name)
}

fn level(name: &str, operand: Operand, rest: &str) -> Result<ComparisonLevel, Mistake> {
    let value = rest.trim_start_matches(['<', '>', '=']).trim();
    let operator = rest
        .trim_end()
        .strip_suffix(value)
        .unwrap_or_default()
        .trim();
    let number = value
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite());
    let wrong = |message: String, instead: String| Mistake {
        message,
        help: format!("write {instead}"),
    };
    if let Nothing(level) = operand {
        if rest.is_empty() {
            return Ok(level);
        }
        let message = format!("`{name}` has no threshold");
        return Err(wrong(message, format!("`{name}`")));
    }
    let (wanted, made, limits) = threshold(operand, number, value.parse().ok());
    let example = example(name, operand, number);
    match made {
        Some(made) if operator == wanted => Ok(made),
        Some(_) => Err(wrong(
            format!("`{name}` is compared with `{wanted}`"),
            format!("`{name} {wanted} {value}`"),
        )),
        None if value.is_empty() => Err(wrong(format!("`{name}` has no threshold"), example)),
        None if matches!(operand, Similarity(..)) && number == Some(1.0)
            || matches!(operand, CountMost(..) | Most(..)) && number == Some(0.0) =>
        {
            Err(wrong(
                format!("`{name} {operator} {value}` asks for equality"),
                format!("`exact`; a threshold here is {limits}"),
            ))
        }
        None => Err(wrong(
            format!("the threshold of `{name}` is {limits}, not `{value}`"),
            example,
        )),
    }
}

/// The operator of a level, the level with this threshold if it may have it, and which ones it may have.
fn threshold(
    operand: Operand,
    number: Option<f64>,
    count: Option<u32>,
) -> (&'static str, Option<ComparisonLevel>, String) {
    match operand {
        Nothing(level) => ("", Some(level), String::new()),
        Similarity(make, _) => {
            let inside = number.filter(|number| *number > 0.0 && *number < 1.0);
            (">=", inside.map(make), "between 0 and 1".to_owned())
        }
        Most(make, bound) => {
            let inside = number.filter(|number| *number > 0.0 && *number < bound);
            let limits = match bound {
                f64::MAX => "more than 0".to_owned(),
                _ => format!("between 0 and {bound}"),
            };
            ("<=", inside.map(make), limits)
        }
        CountMost(make, bound) => {
            let inside = count.filter(|count| (1..=bound).contains(count));
            (
                "<=",
                inside.map(make),
                format!("a whole number from 1 to {bound}"),
            )
        }
        CountLeast(make) => {
            let inside = count.filter(|count| (1..=COUNT_MAX).contains(count));
            (
                ">=",
                inside.map(make),
                format!("a whole number from 1 to {COUNT_MAX}"),
            )
        }
    }
}

/// What could be meant: the number itself if it was given as a percentage, else one that is often taken.
fn example(name: &str, operand: Operand, number: Option<f64>) -> String {
    let percent = number.filter(|number| *number > 1.0 && *number < 100.0);
    match (operand, percent) {
        (Similarity(..), Some(percent)) => format!("`{name} >= {}`", percent / 100.0),
        (Similarity(_, usual), None) => format!("`{name} >= {usual}`"),
        (Most(..), _) => format!("`{name} <= 5`"),
        (CountMost(..), _) => format!("`{name} <= 1`"),
        (CountLeast(_) | Nothing(_), _) => format!("`{name} >= 2`"),
    }
}

fn unknown(name: &str) -> Mistake {
    let names = NAMES.iter().map(|(known, _)| *known);
    let alike = |known: &str| strsim::jaro_winkler(known, name);
    let nearest = names
        .clone()
        .max_by(|a, b| alike(a).total_cmp(&alike(b)))
        .filter(|nearest| alike(nearest) > 0.7);
    let help = match nearest {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => {
            let all: Vec<String> = names.map(|name| format!("`{name}`")).collect();
            format!("there are: {}", all.join(", "))
        }
    };
    Mistake {
        message: format!("there is no level `{name}`"),
        help,
    }
}
