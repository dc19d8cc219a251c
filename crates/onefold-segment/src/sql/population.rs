//! Ranks: parts of an order of everybody.
//!
//! Invariant: quantiles are compared exactly, by whole numbers of rows and without any division.

use onefold_event::{Decimal, Error, ErrorKind, Result};

use super::{
    number::{Digits, Number},
    select::{Select, any},
    writer::{Joins, Writer, key},
};
use crate::{
    ast::{Band, Entity},
    plan::PlannedQuantity,
};

impl Writer<'_> {
    pub(super) fn rank(
        &mut self,
        band: Band,
        by: &PlannedQuantity,
        universe: Option<usize>,
        entity: Entity,
    ) -> Result<String> {
        let (ranked, digits) = self.ranked(by, universe, entity)?;
        let key = key(entity);
        let (lowest, highest) = match band {
            Band::Top(count) => return Ok(ends(&ranked, key, count, " DESC")),
            Band::Bottom(count) => return Ok(ends(&ranked, key, count, "")),
            Band::TopPercent(share) => (Some(Decimal::from(100) - share), None),
            Band::BottomPercent(share) => (None, Some((share, "<="))),
            Band::Percentile { from, to } if to == Decimal::from(100) => {
                (Some(from), Some((to, "<=")))
            }
            Band::Percentile { from, to } => (Some(from), Some((to, "<"))),
        };
        let mut select = Select::of([format!("r.{key}")], format!("{ranked} AS r"));
        let low = lowest.map(|share| (share, ">="));
        for (name, (share, sign)) in [("low", low), ("high", highest)]
            .into_iter()
            .filter_map(|(name, bound)| Some((name, bound?)))
        {
            let share = Share::of(share)?;
            let bound = self.quantile(&ranked, digits, share)?;
            select = select.join(format!("CROSS JOIN {}", bound.named(name)));
            let result = self
                .dialect
                .product(&result("r.result", digits), &share.whole())?;
            select = select.only([format!("{} {sign} {name}.bound", result.text)]);
        }
        Ok(select.to_string())
    }

    /// The part of all who are ranked, in order.
    fn ranked(
        &mut self,
        by: &PlannedQuantity,
        universe: Option<usize>,
        entity: Entity,
    ) -> Result<(String, Digits)> {
        let mut joins = Joins::default();
        let value = self.quantity(by, entity, &mut joins)?;
        let (number, _) = self.dialect.to_number(&value);
        let seen = self.seen(by, entity, &mut joins)?;
        let digits = number.digits;
        let key = key(entity);
        let mut conditions = vec![format!("{} IS NOT NULL", number.text)];
        if !seen.is_empty() {
            conditions.push(any(&seen));
        }
        if let Some(universe) = universe {
            let part = self.segment(universe)?;
            joins.add(&part);
            conditions.push(format!("{part}.{key} IS NOT NULL"));
        }
        let part = format!("ranked {by:?} {universe:?} {entity:?}");
        let part = self.part(
            part,
            "ranked",
            "everybody who is ranked, in order",
            |writer| {
                let columns = [format!("u.{key}"), format!("{} AS result", number.text)];
                let rows = writer.everybody(columns, entity, &joins).only(conditions);
                let following = writer.dialect.nullable("r.result");
                let columns = [
                    format!("r.{key}"),
                    "r.result".to_owned(),
                    format!(
                        "{} AS next_result",
                        writer.dialect.next(&following, "ORDER BY r.result")
                    ),
                    format!("{} AS place", writer.dialect.place("ORDER BY r.result")),
                    "COUNT(*) OVER () AS ranked".to_owned(),
                ];
                Ok(Select::of(columns, rows.named("r")).to_string())
            },
        )?;
        Ok((part, digits))
    }

    /// The interpolated quantile, times the whole that its share is of.
    fn quantile(&self, ranked: &str, digits: Digits, share: Share) -> Result<Select> {
        let Share { part, whole } = share;
        let behind = Number {
            text: format!("((q.ranked - 1) * {part} - (q.place - 1) * {whole})"),
            digits: share.whole().digits,
        };
        let at = self
            .dialect
            .product(&result("q.result", digits), &share.whole())?;
        let step = result("COALESCE(q.next_result - q.result, 0)", digits);
        let step = self.dialect.product(&step, &behind)?;
        let bound = self.dialect.sum(&at, '+', &step).text;
        let select = Select::of([format!("{bound} AS bound")], format!("{ranked} AS q"));
        Ok(select.only([
            format!("(q.place - 1) * {whole} <= (q.ranked - 1) * {part}"),
            format!("(q.ranked - 1) * {part} < q.place * {whole}"),
        ]))
    }
}

/// The so many highest or lowest; equal values stand or fall together.
fn ends(ranked: &str, key: &str, count: u32, direction: &str) -> String {
    let place = format!("RANK() OVER (ORDER BY r.result{direction}) AS place_from_end");
    let placed = Select::of([format!("r.{key}"), place], format!("{ranked} AS r"));
    let select = Select::of([format!("q.{key}")], placed.named("q"));
    select
        .only([format!("q.place_from_end <= {count}")])
        .to_string()
}

fn result(text: &str, digits: Digits) -> Number {
    Number {
        text: text.to_owned(),
        digits,
    }
}

/// A share as a fraction of whole numbers.
#[derive(Debug, Clone, Copy)]
struct Share {
    part: i64,
    whole: i64,
}

impl Share {
    /// # Errors
    /// `Unsupported` for more than seven decimal places: rows times the whole must be a 64-bit number.
    fn of(percent: Decimal) -> Result<Self> {
        let percent = percent.normalize();
        let (part, whole) = (percent.mantissa(), 100 * 10_i128.pow(percent.scale()));
        let common = divisor(part, whole);
        let small = |number: i128| {
            i64::try_from(number / common)
                .ok()
                .filter(|n| *n <= 1_000_000_000)
        };
        match (small(part), small(whole)) {
            (Some(part), Some(whole)) => Ok(Self { part, whole }),
            _ => {
                let message =
                    format!("`{percent} %`: a share in SQL has up to seven decimal places");
                Err(Error::new(ErrorKind::Unsupported, message))
            }
        }
    }

    fn whole(self) -> Number {
        let digits = Digits {
            whole: self.whole.ilog10() + 1,
            places: 0,
        };
        result(&self.whole.to_string(), digits)
    }
}

fn divisor(a: i128, b: i128) -> i128 {
    if b == 0 { a.max(1) } else { divisor(b, a % b) }
}
