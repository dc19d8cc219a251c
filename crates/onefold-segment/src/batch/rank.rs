//! Ranks: which values lie in a part of the order of all.
//!
//! Invariant: a ranked value is one of the ordered ones, so it never lies between two neighbours; where an
//! interpolated quantile does, it is enough to know on which side of both the value is. Nothing is rounded.

use std::cmp::Ordering;

use onefold_event::{Decimal, Value};

use super::{
    aggregate::{Held, MISSING, Quantities},
    bits::Bits,
};
use crate::ast::Band;

/// Who of the universe lies in a band; `values` are of everybody.
pub(crate) fn members(
    band: Band,
    values: &Quantities,
    universe: Option<&Bits>,
    len: usize,
) -> Bits {
    let is_ranked = |person: usize| {
        universe.is_none_or(|universe| universe.get(person))
            && values.seen.as_ref().is_none_or(|seen| seen.get(person))
    };
    match &values.held {
        Held::Fixed { mantissas, .. } => {
            let ranked = |person: usize| {
                let mantissa = mantissas.get(person).copied();
                mantissa.filter(|mantissa| *mantissa != MISSING && is_ranked(person))
            };
            banded(band, ranked, len)
        }
        Held::Found(found) => {
            let ranked = |person: usize| match found.get(person) {
                Some(Ok(Some(Value::Number(number)))) if is_ranked(person) => Some(*number),
                _ => None,
            };
            banded(band, ranked, len)
        }
    }
}

fn banded<N: Ord + Copy>(band: Band, ranked: impl Fn(usize) -> Option<N>, len: usize) -> Bits {
    let mut values: Vec<N> = (0..len).filter_map(&ranked).collect();
    let count = values.len();
    let Some(last) = count.checked_sub(1) else {
        return Bits::none(len);
    };
    // The value at a place of the ascending order.
    let mut at = |place: usize| {
        let (_, value, _) = values.select_nth_unstable(place.min(last));
        *value
    };
    let (low, high) = match band {
        Band::Top(0) | Band::Bottom(0) => return Bits::none(len),
        Band::Top(number) => (Some(at(count.saturating_sub(number as usize))), None),
        Band::Bottom(number) => (None, Some((at(number as usize - 1), Ordering::Equal))),
        Band::TopPercent(percent) => {
            let place = place(Decimal::ONE_HUNDRED - percent, last);
            (Some(at(place.ceiling)), None)
        }
        Band::BottomPercent(percent) => {
            let place = place(percent, last);
            (None, Some((at(place.floor), Ordering::Equal)))
        }
        Band::Percentile { from, to } => {
            let low = at(place(from, last).ceiling);
            let high =
                (to < Decimal::ONE_HUNDRED).then(|| (at(place(to, last).ceiling), Ordering::Less));
            (Some(low), high)
        }
    };
    Bits::from_fn(len, |person| {
        ranked(person).is_some_and(|value| {
            low.is_none_or(|low| value >= low)
                && high.is_none_or(|(high, most)| value.cmp(&high) <= most)
        })
    })
}

/// The place of a quantile in the order, rounded down and up.
struct Place {
    floor: usize,
    ceiling: usize,
}

/// `percent / 100 * last`, exactly.
fn place(percent: Decimal, last: usize) -> Place {
    let percent = percent.normalize();
    let whole = 100 * 10_u128.pow(percent.scale());
    // At most 2^94 times 2^32.
    let product = percent.mantissa().unsigned_abs() * last as u128;
    let floor = usize::try_from(product / whole).unwrap_or(usize::MAX);
    Place {
        floor,
        ceiling: floor.saturating_add(usize::from(!product.is_multiple_of(whole))),
    }
}
