//! Which levels can never be reached, because an earlier one holds wherever they do.
//!
//! Invariant: what is called covered is so for all values; what is not may still never occur.

use super::{ComparisonLevel, Distance};

/// The earlier level that holds wherever this one does.
pub(crate) fn unreachable(
    earlier: &[ComparisonLevel],
    level: ComparisonLevel,
) -> Option<ComparisonLevel> {
    earlier.iter().copied().find(|wide| covers(*wide, level))
}

/// Whether `wide` holds for every two values for which `narrow` does.
fn covers(wide: ComparisonLevel, narrow: ComparisonLevel) -> bool {
    use ComparisonLevel::{
        AnyNear, AnyShared, Contains, EmailUser, EmailUserNear, Exact, Jaccard, LastDigits, Near,
        NumberDistance, NumberPercent, Shared, TokensShared,
    };
    if wide == narrow {
        return true;
    }
    match (wide, narrow) {
        (wide, Exact) => wide.holds_for_equal(),
        (Near(wide), Near(narrow)) | (EmailUserNear(wide), EmailUserNear(narrow)) => {
            is_wider(wide, narrow)
        }
        (AnyNear(wide), AnyNear(narrow)) => is_wider(wide, narrow),
        (EmailUserNear(_), EmailUser) => true,
        (NumberDistance(wide), NumberDistance(narrow))
        | (NumberPercent(wide), NumberPercent(narrow)) => wide >= narrow,
        (LastDigits(wide), LastDigits(narrow)) => wide <= narrow,
        (Jaccard(wide), Jaccard(narrow)) => wide <= narrow,
        (TokensShared(wide), TokensShared(narrow)) | (Shared(wide), Shared(narrow)) => {
            wide <= narrow
        }
        // A part of all, whichever, is at least one.
        (TokensShared(1), Jaccard(_) | Contains) => true,
        (Shared(1) | AnyShared, Jaccard(_) | Contains | Shared(_) | AnyShared) => true,
        // Members that are equal are alike.
        (AnyNear(_), Jaccard(_) | Contains | Shared(_) | AnyShared) => true,
        _ => match (days_most(wide), days_most(narrow)) {
            (Some(wide), Some(narrow)) => wide >= narrow,
            _ => false,
        },
    }
}

fn is_wider(wide: Distance, narrow: Distance) -> bool {
    use Distance::{DamerauLevenshtein, Jaro, JaroWinkler, Levenshtein};
    match (wide, narrow) {
        // A common beginning only adds to the similarity.
        (Jaro(wide), Jaro(narrow)) | (JaroWinkler(wide), JaroWinkler(narrow) | Jaro(narrow)) => {
            wide <= narrow
        }
        (Levenshtein(wide) | DamerauLevenshtein(wide), Levenshtein(narrow))
        | (DamerauLevenshtein(wide), DamerauLevenshtein(narrow)) => wide >= narrow,
        // A swap of neighbours is two replacements.
        (Levenshtein(wide), DamerauLevenshtein(narrow)) => wide >= 2 * narrow,
        _ => false,
    }
}

/// The days that a level of dates allows.
pub(crate) fn days_most(level: ComparisonLevel) -> Option<u32> {
    let whole = |count: u32, each: f64| (f64::from(count) * each) as u32;
    match level {
        ComparisonLevel::Days(most) => Some(most),
        ComparisonLevel::Months(most) => Some(whole(most, 30.4375)),
        ComparisonLevel::Years(most) => Some(whole(most, 365.25)),
        _ => None,
    }
}
