//! Values of people: aggregated over their entries, or read.
//!
//! Invariant: fixed-point sums, extremes and percentiles are exact; what they cannot say exactly goes
//! through decimals and may be a fault, as it is for one person alone.
#![expect(
    clippy::indexing_slicing,
    reason = "ranges of entries are places of the values that lie beside them"
)]

use std::ops::Range;

use onefold_event::{Decimal, Value};
use rustc_hash::FxHashSet;

use super::{
    bits::Bits,
    bounds::Bounds,
    column::Cell,
    entries::{Entries, Values},
};
use crate::{
    ast::Function,
    sum::Sum,
    summary::Stored,
    value::{Fault, add, average, multiply},
};

/// A value of one person; `Ok(None)` where it is missing.
pub(crate) type Found = Result<Option<Value>, Fault>;

/// What stands for a missing number.
pub(crate) const MISSING: i128 = i128::MIN;

/// A value of each person of a chunk, or of a table.
#[derive(Debug, Clone)]
pub(crate) struct Quantities {
    pub(crate) held: Held,
    /// Of whom an aggregate in it saw an occurrence; `None` if there is no aggregate in it.
    pub(crate) seen: Option<Bits>,
}

#[derive(Debug, Clone)]
pub(crate) enum Held {
    Fixed { scale: u32, mantissas: Vec<i128> },
    Found(Vec<Found>),
}

impl Quantities {
    pub(crate) fn found(&self, person: usize) -> Found {
        match &self.held {
            Held::Found(found) => found.get(person).cloned().unwrap_or(Ok(None)),
            Held::Fixed { scale, mantissas } => match mantissas.get(person) {
                None | Some(&MISSING) => Ok(None),
                Some(mantissa) => Decimal::try_from_i128_with_scale(*mantissa, *scale)
                    .map(|number| Some(Value::Number(number)))
                    .map_err(|_| Fault::Overflow),
            },
        }
    }

    /// The same number for everybody.
    pub(crate) fn constant(number: Decimal, people: usize) -> Self {
        let held = match Cell::number(number) {
            Cell::Number { mantissa, scale } => Held::Fixed {
                scale,
                mantissas: vec![i128::from(mantissa); people],
            },
            _ => Held::Found(vec![Ok(Some(Value::Number(number))); people]),
        };
        Self { held, seen: None }
    }
}

/// An aggregate of each of so many people over the entries inside their bounds.
pub(crate) fn aggregate(
    function: Function,
    entries: &Entries<'_>,
    bounds: &Bounds,
    people: usize,
) -> Quantities {
    let mut seen = Bits::none(people);
    let mut each = |mut visit: Box<dyn FnMut(usize, Range<usize>) + '_>| {
        for group in &entries.groups {
            let person = group.person as usize;
            let inside = entries.inside(*group, bounds.of(person));
            if !inside.is_empty() {
                seen.put(person, true);
                visit(person, inside);
            }
        }
    };
    let held = match (&entries.values, fixed_scale(function, &entries.values)) {
        (Values::Fixed { mantissas, .. }, Some(scale)) => {
            let mut held = vec![none_of(function); people];
            match function {
                Function::Sum => each(Box::new(|person, inside| {
                    held[person] = mantissas[inside].iter().map(|m| i128::from(*m)).sum();
                })),
                _ => each(Box::new(|person, inside| {
                    held[person] = fixed(function, &mantissas[inside]);
                })),
            }
            Held::Fixed {
                scale,
                mantissas: held,
            }
        }
        (Values::None, _) => {
            let mut held = vec![0; people];
            each(Box::new(|person, inside| {
                held[person] = inside.len() as i128
            }));
            Held::Fixed {
                scale: 0,
                mantissas: held,
            }
        }
        (values, _) => {
            let empty = over(function, &[]);
            let mut held = vec![empty; people];
            each(Box::new(|person, inside| {
                held[person] = match values {
                    Values::Stored(stored) => over(function, &stored[inside]),
                    Values::Fixed { scale, mantissas } => {
                        let values = mantissas[inside].iter();
                        let decimal = |m: &i64| Ok(Value::Number(Decimal::new(*m, *scale)));
                        over(function, &values.map(decimal).collect::<Vec<_>>())
                    }
                    Values::None => Ok(None),
                };
            }));
            Held::Found(held)
        }
    };
    Quantities {
        held,
        seen: Some(seen),
    }
}

/// The places of the result, if fixed-point numbers can say it.
fn fixed_scale(function: Function, values: &Values) -> Option<u32> {
    let Values::Fixed { scale, .. } = values else {
        return None;
    };
    match function {
        Function::Count | Function::Distinct => Some(0),
        Function::Sum
        | Function::Min
        | Function::Max
        | Function::First
        | Function::Last
        | Function::Mode => Some(*scale),
        Function::Percentile(_) => Some(scale + 2).filter(|scale| *scale <= 28),
        Function::Avg => None,
    }
}

fn none_of(function: Function) -> i128 {
    match function {
        Function::Count | Function::Sum | Function::Distinct => 0,
        _ => MISSING,
    }
}

/// Of one value or more.
fn fixed(function: Function, values: &[i64]) -> i128 {
    let wide = |value: Option<&i64>| value.map_or(MISSING, |value| i128::from(*value));
    match function {
        Function::Count => values.len() as i128,
        Function::Min => wide(values.iter().min()),
        Function::Max => wide(values.iter().max()),
        Function::First => wide(values.first()),
        Function::Last => wide(values.last()),
        Function::Distinct => match values.len() {
            1 => 1,
            _ => values.iter().collect::<FxHashSet<_>>().len() as i128,
        },
        Function::Mode => {
            let sorted = sorted(values);
            let runs = sorted.chunk_by(|a, b| a == b);
            let longest = runs.reduce(|best, run| if run.len() > best.len() { run } else { best });
            wide(longest.and_then(<[i64]>::first))
        }
        Function::Percentile(number) => {
            let sorted = sorted(values);
            let rank = usize::from(number) * (sorted.len() - 1);
            let (below, part) = (rank / 100, (rank % 100) as i128);
            let low = i128::from(sorted[below]);
            let high = i128::from(sorted[(below + 1).min(sorted.len() - 1)]);
            low * 100 + (high - low) * part
        }
        Function::Sum | Function::Avg => values.iter().map(|value| i128::from(*value)).sum(),
    }
}

fn sorted(values: &[i64]) -> Vec<i64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted
}

/// Any values of one person as one, in order of time.
pub(crate) fn over(function: Function, stored: &[Stored]) -> Found {
    match function {
        Function::First => return stored.first().cloned().transpose(),
        Function::Last => return stored.last().cloned().transpose(),
        _ => {}
    }
    if let Some(fault) = stored
        .iter()
        .filter_map(|stored| stored.as_ref().err())
        .min()
    {
        return Err(*fault);
    }
    let values: Vec<&Value> = stored.iter().flatten().collect();
    match function {
        Function::Count => Ok(Some(Value::Number(values.len().into()))),
        Function::Distinct => {
            let values = in_order(values);
            let runs = values.chunk_by(|a, b| a.total_cmp(b).is_eq()).count();
            Ok(Some(Value::Number(runs.into())))
        }
        Function::Mode => {
            let values = in_order(values);
            let runs = values.chunk_by(|a, b| a.total_cmp(b).is_eq());
            let longest = runs.reduce(|best, run| if run.len() > best.len() { run } else { best });
            Ok(longest
                .and_then(|run| run.first())
                .map(|value| (*value).clone()))
        }
        Function::Min | Function::Max => {
            let values = in_order(values);
            let (least, greatest) = (values.first(), values.last());
            let kind = |value: Option<&&Value>| value.map(|value| std::mem::discriminant(*value));
            if kind(least) != kind(greatest) {
                return Err(Fault::TypeMismatch);
            }
            let end = if function == Function::Min {
                least
            } else {
                greatest
            };
            Ok(end.map(|value| (*value).clone()))
        }
        _ => {
            let numbers: Option<Vec<Decimal>> = values.iter().map(|v| v.as_number()).collect();
            over_numbers(function, numbers.ok_or(Fault::TypeMismatch)?)
        }
    }
}

fn in_order(mut values: Vec<&Value>) -> Vec<&Value> {
    let places = |value: &Value| value.as_number().map_or(0, |number| number.scale());
    values.sort_by(|a, b| a.total_cmp(b).then_with(|| places(a).cmp(&places(b))));
    values
}

fn over_numbers(function: Function, mut numbers: Vec<Decimal>) -> Found {
    let number = match function {
        Function::Percentile(number) => {
            if numbers.is_empty() {
                return Ok(None);
            }
            numbers.sort_unstable();
            let rank = usize::from(number) * (numbers.len() - 1);
            let (below, part) = (rank / 100, rank % 100);
            let (low, high) = (numbers[below], numbers[(below + 1).min(numbers.len() - 1)]);
            if part == 0 || low == high {
                low
            } else {
                let between = multiply(add(high, -low)?, Decimal::new(part as i64, 2))?;
                add(low, between)?
            }
        }
        Function::Avg if numbers.is_empty() => return Ok(None),
        _ => {
            let mut sum = Sum::default();
            numbers.iter().for_each(|number| sum.add(*number));
            match function {
                Function::Avg => average(&sum, numbers.len())?,
                _ => sum.to_decimal().ok_or(Fault::Overflow)?,
            }
        }
    };
    Ok(Some(Value::Number(number)))
}
