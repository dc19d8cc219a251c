//! Windows as conditions, and the clocks of people's own zones.
//!
//! Invariant: the ends of a window are calculated here, by the zones of this crate, and are constants of the
//! statement; no engine is asked what a month is.

use std::collections::BTreeMap;

use onefold_event::Result;

use super::{
    dialect::Dialect,
    select::Select,
    value::Kind,
    writer::{PEOPLE, Writer, key},
};
use crate::{
    ast::{Entity, Zone},
    instant::NEVER,
    plan::{Span, Stretch},
    zone::{self, bounds},
};

/// The conditions for a row to lie in a window, and the part to join for them.
#[derive(Debug, Default)]
pub(super) struct Inside {
    pub(super) conditions: Vec<String>,
    pub(super) join: Option<String>,
}

impl Writer<'_> {
    /// The conditions for `alias.happened` to lie in a span.
    pub(super) fn inside(&mut self, span: Span, alias: &str) -> Inside {
        let time = format!("{alias}.happened");
        if let Some(zone) = self.fixed_zone(span.zone) {
            return Inside {
                conditions: self.constant(span.stretch, zone, &time),
                join: None,
            };
        }
        if !is_of_zone(span.stretch) {
            return Inside {
                conditions: self.constant(span.stretch, chrono_tz::Tz::UTC, &time),
                join: None,
            };
        }
        let (clock, place) = self.clock(span);
        Inside {
            conditions: vec![
                format!("{time} >= {clock}.begins_{place}"),
                format!("{time} < {clock}.ends_{place}"),
            ],
            join: Some(format!("JOIN {clock} ON {clock}.person = {alias}.person")),
        }
    }

    fn constant(&self, stretch: Stretch, zone: chrono_tz::Tz, time: &str) -> Vec<String> {
        let (from, to) = bounds(stretch, zone, self.as_of);
        let mut conditions = Vec::new();
        if from > i64::MIN {
            conditions.push(format!("{time} >= {}", self.dialect.time(from)));
        }
        // Nothing later than the instant is in the past anyhow.
        if to < self.as_of {
            conditions.push(format!("{time} < {}", self.dialect.time(to)));
        }
        conditions
    }

    /// The zone of a span as SQL, and the part to join for it.
    pub(super) fn zone_name(
        &mut self,
        span: Span,
        alias: &str,
    ) -> Result<(String, Option<String>)> {
        if let Some(zone) = self.fixed_zone(span.zone) {
            return Ok((self.dialect.text(zone.name())?, None));
        }
        let clock = self.clock_of(span.zone);
        let join = format!("JOIN {clock} ON {clock}.person = {alias}.person");
        Ok((format!("{clock}.zone"), Some(join)))
    }

    /// The clock of a zone, and the place of a window on it.
    fn clock(&mut self, span: Span) -> (String, usize) {
        let clock = self.clock_of(span.zone);
        let stretches = self.clocks.entry(span.zone).or_default();
        let known = stretches.iter().position(|known| *known == span.stretch);
        let place = known.unwrap_or_else(|| {
            stretches.push(span.stretch);
            stretches.len() - 1
        });
        (clock, place + 1)
    }

    fn clock_of(&mut self, zone: u32) -> String {
        self.clocks.entry(zone).or_default();
        format!("clock_{}", zone + 1)
    }

    /// For each zone of people's own: what the clocks of all zones say, and which is whose.
    pub(super) fn clock_parts(&mut self) -> Result<Vec<(String, String, String)>> {
        let mut parts = Vec::new();
        for (zone, stretches) in &self.clocks.clone() {
            let Some(Zone::Person { by, otherwise }) = self.plan.zones.get(*zone as usize) else {
                continue;
            };
            let name = format!("zones_{}", zone + 1);
            let about = "the windows of each zone".to_owned();
            parts.push((name.clone(), about, self.zones(stretches)?));
            let own = match self.trait_value(by, Entity::Person)? {
                value if value.kind == Kind::Text => value.text,
                _ => "NULL".to_owned(),
            };
            let otherwise = self.dialect.text(otherwise)?;
            let columns = (1..=stretches.len())
                .flat_map(|place| [format!("z.begins_{place}"), format!("z.ends_{place}")]);
            let columns = ["u.person".to_owned(), "z.zone".to_owned()]
                .into_iter()
                .chain(columns);
            // Who has no zone, or none that is known, is in the other one.
            let select = Select::of(columns, format!("{PEOPLE} AS u"))
                .join(format!("LEFT JOIN {name} AS own ON own.zone = {own}"))
                .join(format!(
                    "JOIN {name} AS z ON z.zone = COALESCE(own.zone, {otherwise})"
                ));
            let about = format!("each {}'s own clock", key(Entity::Person));
            parts.push((format!("clock_{}", zone + 1), about, select.to_string()));
        }
        Ok(parts)
    }

    /// All zones with the ends of these windows.
    fn zones(&self, stretches: &[Stretch]) -> Result<String> {
        let mut rows = BTreeMap::new();
        for zone in chrono_tz::TZ_VARIANTS {
            let mut row = vec![self.dialect.text(zone.name())?];
            for stretch in stretches {
                let (from, to) = zone::ends(*stretch, zone, self.as_of);
                row.push(self.dialect.time(from));
                row.push(self.dialect.time(if to == NEVER { self.as_of } else { to }));
            }
            rows.insert(zone.name(), format!("({})", row.join(", ")));
        }
        let rows: Vec<String> = rows.into_values().collect();
        Ok(self.dialect.values(stretches.len(), &rows))
    }
}

impl Dialect {
    /// Rows of a zone and the begins and ends of so many windows, as a query.
    fn values(self, windows: usize, rows: &[String]) -> String {
        let places = 1..=windows;
        let names = places.flat_map(|place| [format!("begins_{place}"), format!("ends_{place}")]);
        let names: Vec<String> = ["zone".to_owned()].into_iter().chain(names).collect();
        let rows = rows.join(",\n  ");
        match self {
            Self::ClickHouse => {
                let types = names.iter().map(|name| match name.as_str() {
                    "zone" => "zone String".to_owned(),
                    other => format!("{other} DateTime64(6, \\'UTC\\')"),
                });
                let types: Vec<String> = types.collect();
                format!("SELECT *\nFROM values('{}',\n  {rows}\n)", types.join(", "))
            }
            Self::BigQuery => {
                let types = names.iter().map(|name| match name.as_str() {
                    "zone" => "zone STRING".to_owned(),
                    other => format!("{other} TIMESTAMP"),
                });
                let types: Vec<String> = types.collect();
                format!(
                    "SELECT *\nFROM UNNEST(ARRAY<STRUCT<{}>>[\n  {rows}\n])",
                    types.join(", ")
                )
            }
            _ => {
                let names = names.join(", ");
                format!("SELECT *\nFROM (VALUES\n  {rows}\n) AS z({names})")
            }
        }
    }
}

/// Whether its ends depend on the zone.
pub(super) fn is_of_zone(stretch: Stretch) -> bool {
    match stretch {
        Stretch::Ever | Stretch::Rolling { .. } => false,
        Stretch::Fixed { from, to } => [from, to]
            .into_iter()
            .flatten()
            .any(|moment| moment.is_date()),
        Stretch::This(_) | Stretch::Whole { .. } => true,
    }
}
