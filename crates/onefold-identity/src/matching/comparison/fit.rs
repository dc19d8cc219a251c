//! Which levels make sense for which values.
//!
//! Invariant: `exact` fits all.

use super::{ComparisonLevel, Mistake};
use crate::matching::kind::FieldKind;

/// What a cell of a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// One value.
    One,
    /// Several values between separators.
    List,
}

/// What is wrong with a level for a field of this kind, if anything.
pub(crate) fn misfit(level: ComparisonLevel, kind: FieldKind, holder: Holder) -> Option<Mistake> {
    use ComparisonLevel::{AnyNear, AnyShared, Contains, Exact, Jaccard, Shared};
    let is_of_lists = matches!(
        level,
        Exact | AnyNear(_) | AnyShared | Contains | Jaccard(_) | Shared(_)
    );
    let instead = match holder {
        Holder::List if is_of_lists => return None,
        Holder::List => {
            return Some(Mistake {
                message: format!("`{level}` compares one value, and this field is a list"),
                help: "lists have: `exact`, `any_shared`, `shared >= 2`, `jaccard >= 0.5`, `contains`, \
                       `any jaro_winkler >= 0.9`; or leave the `separator` out"
                    .to_owned(),
            });
        }
        Holder::One if matches!(level, AnyNear(_) | AnyShared | Shared(_)) => {
            return Some(Mistake {
                message: format!("`{level}` compares lists, and this field has no `separator`"),
                help: "name what parts the members, as in `\"separator\": \";\"`, or write `tokens_shared >= 1` \
                       for words"
                    .to_owned(),
            });
        }
        Holder::One => match fits(level, kind) {
            true => return None,
            false => others(kind),
        },
    };
    Some(Mistake {
        message: format!(
            "`{level}` says nothing about a field of kind `{}`",
            kind.written()
        ),
        help: format!(
            "beside `exact` and the distances of strings it has: {instead}; or change the kind"
        ),
    })
}

fn fits(level: ComparisonLevel, kind: FieldKind) -> bool {
    match level {
        ComparisonLevel::Sound(_)
        | ComparisonLevel::Jaccard(_)
        | ComparisonLevel::TokensShared(_)
        | ComparisonLevel::Contains => has_words(kind),
        ComparisonLevel::Nickname => kind == FieldKind::GivenName,
        ComparisonLevel::Crossed => kind.is_name(),
        ComparisonLevel::NumberDistance(_) | ComparisonLevel::NumberPercent(_) => {
            matches!(kind, FieldKind::Number | FieldKind::HouseNumber)
        }
        ComparisonLevel::Days(_)
        | ComparisonLevel::Months(_)
        | ComparisonLevel::Years(_)
        | ComparisonLevel::SameYear
        | ComparisonLevel::DayMonthSwapped => kind == FieldKind::Date,
        ComparisonLevel::EmailMailbox
        | ComparisonLevel::EmailUser
        | ComparisonLevel::EmailUserNear(_)
        | ComparisonLevel::EmailDomain => kind == FieldKind::Email,
        ComparisonLevel::LastDigits(_) => matches!(kind, FieldKind::Phone | FieldKind::Code),
        _ => true,
    }
}

fn has_words(kind: FieldKind) -> bool {
    use FieldKind::{Address, Category, Place, Set, Street, Title, Word};
    kind.is_name()
        || matches!(
            kind,
            Address | Category | Place | Set | Street | Title | Word
        )
}

/// The levels that a kind has of its own.
fn others(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::GivenName => {
            "`phonetic`, `nickname`, `crossed`, `jaccard >= 0.5`, `tokens_shared >= 1`, `contains`"
        }
        FieldKind::Surname => {
            "`phonetic`, `crossed`, `jaccard >= 0.5`, `tokens_shared >= 1`, `contains`"
        }
        FieldKind::Date => {
            "`days <= 31`, `months <= 1`, `years <= 1`, `same_year`, `day_month_swapped`"
        }
        FieldKind::Email => {
            "`email_mailbox`, `email_user`, `email_user jaro_winkler >= 0.9`, `email_domain`"
        }
        FieldKind::Phone | FieldKind::Code => "`last_digits >= 7`",
        FieldKind::Number | FieldKind::HouseNumber => {
            "`number_distance <= 1`, `number_percent <= 2`"
        }
        FieldKind::Postcode => "none",
        _ => "`phonetic`, `jaccard >= 0.5`, `tokens_shared >= 1`, `contains`",
    }
}
