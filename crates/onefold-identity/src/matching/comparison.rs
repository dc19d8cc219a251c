//! A level of agreement that settings declare: its grammar, and what it asks of two values.
//!
//! Invariant: a printed level reads back as itself, and its numbers are within their limits.

mod cover;
mod fit;
mod read;

use std::{fmt, str::FromStr};

use onefold_event::{Diagnostic, Error};

pub(crate) use cover::{days_most, unreachable};
pub(crate) use fit::{Holder, misfit};
pub(crate) use read::{Mistake, read};

use crate::text::Phonetic;

/// A level of a declared comparison: what two values must have in common to be on it.
///
/// A field of [`Settings`](super::Settings) that has `levels` is compared by them, best first, and no longer by those of
/// its kind: two values are on the first level that holds. What holds for none is *different*, and a pair in which one
/// value is not there is *missing*; neither is declared. How likely matches and strangers are on each level is learned.
///
/// ```json
/// { "name": "surname", "kind": "surname", "columns": ["last_name"],
///   "levels": ["exact", "jaro_winkler >= 0.92", "damerau_levenshtein <= 1", "phonetic", "jaro_winkler >= 0.8"] }
/// ```
///
/// # The levels
///
/// Values are compared as their kind cleans them: folded to plain lower case, telephone numbers to their last ten
/// digits, dates to year, month and day. `x` is a number, `n` a whole one. The measures are those of
/// [`kernel`](crate::text::kernel), by byte for ASCII and by character for the rest.
///
/// | written | holds for two values that | kinds |
/// | --- | --- | --- |
/// | `exact` | are equal once cleaned; the rarer the value, the more it counts | all |
/// | `jaro_winkler >= x`, `jaro >= x` | are at least so similar, `x` between 0 and 1 | all |
/// | `levenshtein <= n` | are at most `n` insertions, deletions and replacements apart, `n` from 1 to 16 | all |
/// | `damerau_levenshtein <= n` | the same, and two neighbours that changed places are one edit | all |
/// | `phonetic`, `phonetic:cologne` | sound alike: Soundex, or Kölner Phonetik for German names | words |
/// | `nickname` | are forms of one given name: `bill` and `william` | `given_name` |
/// | `crossed` | stand in each other's place: given name and surname exchanged | `given_name`, `surname` |
/// | `number_distance <= x` | are at most `x` apart | `number`, `house_number` |
/// | `number_percent <= x` | differ by at most `x` per cent of the larger one, `x` below 100 | `number`, `house_number` |
/// | `days <= n`, `months <= n`, `years <= n` | are whole dates at most so far apart; a month is 30.4375 days, a year 365.25 | `date` |
/// | `same_year` | have the same year, whatever is known of the rest | `date` |
/// | `day_month_swapped` | have day and month the other way round | `date` |
/// | `email_mailbox` | are one mailbox by the rules of its provider: dots, tags, other domains | `email` |
/// | `email_user`, `email_domain` | are equal before the `@`, or behind it | `email` |
/// | `email_user jaro_winkler >= x` | are so similar before the `@`; any of the four measures | `email` |
/// | `last_digits >= n` | have the same last `n` digits | `phone`, `code` |
/// | `jaccard >= x` | share this part of all their words, `x` between 0 and 1 | words, lists |
/// | `tokens_shared >= n` | share at least `n` words | words |
/// | `contains` | have all words of one among those of the other | words, lists |
/// | `any_shared`, `shared >= n` | share a member, or at least `n` members | lists |
/// | `any jaro_winkler >= x` | have two members so similar; any of the four measures | lists |
///
/// *Words* are the kinds `given_name`, `surname`, `address`, `street`, `place`, `category`, `title`, `set` and `word`.
/// *Lists* are fields with a `separator`, of any kind: a cell then holds several values, each cleaned by itself, in
/// no order, each once. On lists no other level may stand but `exact`, which holds for equal sets.
///
/// Two equal values are on every level that asks for likeness, and of those that count (`last_digits`,
/// `tokens_shared`, `shared`) on the ones they have enough for. A level that an earlier one contains is a mistake.
///
/// # What is absent
///
/// There is no level for equality before cleaning, as what is compared is kept cleaned only; none that looks at two
/// fields, but `crossed`; and no distance on the globe.
///
/// ```
/// use onefold_identity::matching::{ComparisonLevel, Distance};
/// let level: ComparisonLevel = "jaro_winkler>=0.92".parse()?;
/// assert_eq!(level, ComparisonLevel::Near(Distance::JaroWinkler(0.92)));
/// assert_eq!(level.to_string(), "jaro_winkler >= 0.92");
/// assert_eq!(level.in_words(), "Jaro-Winkler at least 0.92");
/// let wrong = "jaro_winkler <= 0.92".parse::<ComparisonLevel>().unwrap_err();
/// assert!(wrong.to_string().contains("write `jaro_winkler >= 0.92`"), "{wrong}");
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum ComparisonLevel {
    /// `exact`
    Exact,
    /// `jaro_winkler >= x` and the other measures of strings.
    Near(Distance),
    /// `phonetic`, or `phonetic:cologne`
    Sound(Phonetic),
    /// `nickname`
    Nickname,
    /// `crossed`
    Crossed,
    /// `number_distance <= x`
    NumberDistance(f64),
    /// `number_percent <= x`
    NumberPercent(f64),
    /// `days <= n`
    Days(u32),
    /// `months <= n`
    Months(u32),
    /// `years <= n`
    Years(u32),
    /// `same_year`
    SameYear,
    /// `day_month_swapped`
    DayMonthSwapped,
    /// `email_mailbox`
    EmailMailbox,
    /// `email_user`
    EmailUser,
    /// `email_user jaro_winkler >= x` and the other measures of strings.
    EmailUserNear(Distance),
    /// `email_domain`
    EmailDomain,
    /// `last_digits >= n`
    LastDigits(u32),
    /// `jaccard >= x`
    Jaccard(f64),
    /// `tokens_shared >= n`
    TokensShared(u32),
    /// `contains`
    Contains,
    /// `any_shared`
    AnyShared,
    /// `shared >= n`
    Shared(u32),
    /// `any jaro_winkler >= x` and the other measures of strings.
    AnyNear(Distance),
}

/// How alike two strings are at least, or how far apart at most: a part of a [`ComparisonLevel`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Distance {
    /// `jaro >= x`, between 0 and 1.
    Jaro(f64),
    /// `jaro_winkler >= x`, between 0 and 1.
    JaroWinkler(f64),
    /// `levenshtein <= n`, from 1 to 16.
    Levenshtein(u32),
    /// `damerau_levenshtein <= n`, from 1 to 16.
    DamerauLevenshtein(u32),
}

impl ComparisonLevel {
    /// The level as explanations name it: `at most 1 edit or swap`.
    pub fn in_words(self) -> String {
        let days = |count: u32, unit: &str| format!("at most {} apart", counted(count, unit));
        match self {
            Self::Exact => "equal".to_owned(),
            Self::Near(distance) => distance.in_words(),
            Self::Sound(Phonetic::Soundex) => "sounds alike (Soundex)".to_owned(),
            Self::Sound(Phonetic::Cologne) => "sounds alike (Cologne)".to_owned(),
            Self::Nickname => "nickname".to_owned(),
            Self::Crossed => "crossed".to_owned(),
            Self::NumberDistance(most) => format!("at most {most} apart"),
            Self::NumberPercent(most) => format!("within {most} %"),
            Self::Days(most) => days(most, "day"),
            Self::Months(most) => days(most, "month"),
            Self::Years(most) => days(most, "year"),
            Self::SameYear => "same year".to_owned(),
            Self::DayMonthSwapped => "day and month swapped".to_owned(),
            Self::EmailMailbox => "same mailbox".to_owned(),
            Self::EmailUser => "same user".to_owned(),
            Self::EmailUserNear(distance) => format!("user: {}", distance.in_words()),
            Self::EmailDomain => "same domain".to_owned(),
            Self::LastDigits(least) => format!("same last {}", counted(least, "digit")),
            Self::Jaccard(least) => format!("Jaccard at least {least}"),
            Self::TokensShared(least) => format!("at least {} shared", counted(least, "word")),
            Self::Contains => "one contains the other".to_owned(),
            Self::AnyShared => "a member shared".to_owned(),
            Self::Shared(least) => format!("at least {} shared", counted(least, "member")),
            Self::AnyNear(distance) => format!("a member: {}", distance.in_words()),
        }
    }

    /// Whether it holds for any two equal values. The others count what a value may have too little of, or ask for a
    /// difference.
    pub(crate) fn holds_for_equal(self) -> bool {
        match self {
            Self::TokensShared(least) | Self::Shared(least) => least <= 1,
            Self::LastDigits(_) | Self::DayMonthSwapped | Self::Crossed => false,
            _ => true,
        }
    }
}

impl Distance {
    fn in_words(self) -> String {
        match self {
            Self::Jaro(least) => format!("Jaro at least {least}"),
            Self::JaroWinkler(least) => format!("Jaro-Winkler at least {least}"),
            Self::Levenshtein(most) => format!("at most {}", counted(most, "edit")),
            Self::DamerauLevenshtein(most) => format!("at most {} or swap", counted(most, "edit")),
        }
    }
}

fn counted(count: u32, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

impl fmt::Display for ComparisonLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact => f.write_str("exact"),
            Self::Near(distance) => write!(f, "{distance}"),
            Self::Sound(Phonetic::Soundex) => f.write_str("phonetic"),
            Self::Sound(Phonetic::Cologne) => f.write_str("phonetic:cologne"),
            Self::Nickname => f.write_str("nickname"),
            Self::Crossed => f.write_str("crossed"),
            Self::NumberDistance(most) => write!(f, "number_distance <= {most}"),
            Self::NumberPercent(most) => write!(f, "number_percent <= {most}"),
            Self::Days(most) => write!(f, "days <= {most}"),
            Self::Months(most) => write!(f, "months <= {most}"),
            Self::Years(most) => write!(f, "years <= {most}"),
            Self::SameYear => f.write_str("same_year"),
            Self::DayMonthSwapped => f.write_str("day_month_swapped"),
            Self::EmailMailbox => f.write_str("email_mailbox"),
            Self::EmailUser => f.write_str("email_user"),
            Self::EmailUserNear(distance) => write!(f, "email_user {distance}"),
            Self::EmailDomain => f.write_str("email_domain"),
            Self::LastDigits(least) => write!(f, "last_digits >= {least}"),
            Self::Jaccard(least) => write!(f, "jaccard >= {least}"),
            Self::TokensShared(least) => write!(f, "tokens_shared >= {least}"),
            Self::Contains => f.write_str("contains"),
            Self::AnyShared => f.write_str("any_shared"),
            Self::Shared(least) => write!(f, "shared >= {least}"),
            Self::AnyNear(distance) => write!(f, "any {distance}"),
        }
    }
}

impl fmt::Display for Distance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jaro(least) => write!(f, "jaro >= {least}"),
            Self::JaroWinkler(least) => write!(f, "jaro_winkler >= {least}"),
            Self::Levenshtein(most) => write!(f, "levenshtein <= {most}"),
            Self::DamerauLevenshtein(most) => write!(f, "damerau_levenshtein <= {most}"),
        }
    }
}

/// Reads what [`Display`](fmt::Display) writes; blanks around the operator may be left out.
///
/// # Errors
/// `InvalidInput` with what is wrong and what could be written instead.
impl FromStr for ComparisonLevel {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        read(text).map_err(|Mistake { message, help }| {
            let mistake = Diagnostic::new(message).help(help);
            Error::invalid("this is no level of a comparison", vec![mistake])
        })
    }
}

#[cfg(test)]
mod tests;
