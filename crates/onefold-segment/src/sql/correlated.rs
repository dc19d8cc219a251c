//! Sequences whose steps speak of each other: every way to match them, step by step.
//!
//! Invariant: a row of the part of a step is one choice of occurrences for all steps up to it.

use std::collections::BTreeSet;

use onefold_event::Result;

use super::{select::Select, value::Val, writer::Writer};
use crate::plan::{Correlated, PlannedSequence, PlannedStep};

impl Writer<'_> {
    pub(super) fn correlated(&mut self, sequence: &PlannedSequence) -> Result<String> {
        let read = reads(sequence);
        let told = format!("{sequence:?}");
        let rows = self.part(
            format!("rows {told}"),
            "rows",
            "what the sequence looks at",
            |writer| {
                let mut rows = writer.rows(sequence)?;
                rows.columns.insert(0, "p.person".to_owned());
                for path in &read {
                    rows.columns.push(writer.property(path, "p")?.text);
                }
                Ok(rows.to_string())
            },
        )?;
        let mut found = self.first_step(sequence, &rows, &told)?;
        for number in 2..=sequence.steps.len() {
            found = self.next_step(sequence, number, &rows, &found, &told)?;
        }
        let number = sequence.steps.len();
        let mut conditions = Vec::new();
        if let Some(within) = sequence.within {
            let until = self.seconds_later("m.time_1", within);
            conditions.push(format!("m.time_{number} <= {until}"));
        }
        if let Some(absence) = &sequence.then_no {
            let matured = self.dialect.time(self.as_of.saturating_sub(absence.micros));
            conditions.push(format!("m.time_{number} <= {matured}"));
            let until = self.seconds_later(&format!("m.time_{number}"), absence.micros);
            let between = vec![
                "r.absent = 1".to_owned(),
                format!("r.place > m.place_{number}"),
                format!("r.happened <= {until}"),
            ];
            found = self.excluded(&rows, &found, number, absence.correlated.as_ref(), between)?;
        }
        let select = Select::of(["m.person"], format!("{found} AS m")).distinct();
        Ok(select.only(conditions).to_string())
    }

    fn first_step(&mut self, sequence: &PlannedSequence, rows: &str, told: &str) -> Result<String> {
        let kept = self.kept(sequence, 1)?;
        self.part(format!("step 1 {told}"), "step", "each first step", |_| {
            let columns = ["r.person", "r.place AS place_1", "r.happened AS time_1"];
            let columns = columns.map(str::to_owned).into_iter().chain(kept);
            let select = Select::of(columns, format!("{rows} AS r"));
            Ok(select.only(["r.step_1 = 1".to_owned()]).to_string())
        })
    }

    fn next_step(
        &mut self,
        sequence: &PlannedSequence,
        number: usize,
        rows: &str,
        before: &str,
        told: &str,
    ) -> Result<String> {
        let Some(step) = sequence.steps.get(number - 1) else {
            return Ok(before.to_owned());
        };
        let kept = self.kept(sequence, number)?;
        let conditions = self.goes_on(number, step)?;
        let about = format!("each choice of {number} steps");
        let found = self.part(format!("step {number} {told}"), "step", &about, |_| {
            let columns = [
                "m.*".to_owned(),
                format!("r.place AS place_{number}"),
                format!("r.happened AS time_{number}"),
            ];
            let select = Select::of(columns.into_iter().chain(kept), format!("{before} AS m"))
                .join(format!("JOIN {rows} AS r ON r.person = m.person"));
            Ok(select.only(conditions).to_string())
        })?;
        match &step.without {
            None => Ok(found),
            Some((_, filter)) => {
                let between = vec![
                    format!("r.without_{number} = 1"),
                    format!("r.place > m.place_{}", number - 1),
                    format!("r.place < m.place_{number}"),
                ];
                self.excluded(rows, &found, number, filter.as_ref(), between)
            }
        }
    }

    /// The conditions for a row `r` to be the next step of a choice `m`.
    fn goes_on(&self, number: usize, step: &PlannedStep) -> Result<Vec<String>> {
        let last = number - 1;
        let mut conditions = vec![format!("r.step_{number} = 1")];
        conditions.push(if step.directly {
            format!("r.place = m.place_{last} + 1")
        } else {
            format!("r.place > m.place_{last}")
        });
        if let Some(within) = step.within {
            let until = self.seconds_later(&format!("m.time_{last}"), within);
            conditions.push(format!("r.happened <= {until}"));
        }
        if let Some(correlated) = &step.correlated {
            conditions.push(self.together(correlated)?);
        }
        Ok(conditions)
    }

    /// The choices for which no row is found that must not be there.
    fn excluded(
        &mut self,
        rows: &str,
        found: &str,
        number: usize,
        filter: Option<&Correlated>,
        mut between: Vec<String>,
    ) -> Result<String> {
        if let Some(filter) = filter {
            between.push(self.together(filter)?);
        }
        let places: Vec<String> = (1..=number).map(|step| format!("place_{step}")).collect();
        let broken = self.part(
            format!("broken {found}"),
            "broken",
            "choices that do not count",
            |_| {
                let columns = places.iter().map(|place| format!("m.{place}"));
                let columns = ["m.person".to_owned()].into_iter().chain(columns);
                let select = Select::of(columns, format!("{found} AS m"))
                    .join(format!("JOIN {rows} AS r ON r.person = m.person"));
                Ok(select.distinct().only(between).to_string())
            },
        )?;
        self.part(
            format!("unbroken {found}"),
            "step",
            "choices that count",
            |_| {
                let same = places
                    .iter()
                    .map(|place| format!(" AND b.{place} = m.{place}"));
                let same: String = same.collect();
                let select = Select::of(["m.*"], format!("{found} AS m")).join(format!(
                    "LEFT JOIN {broken} AS b ON b.person = m.person{same}"
                ));
                Ok(select.only(["b.person IS NULL".to_owned()]).to_string())
            },
        )
    }

    /// The properties of a step that later ones speak of.
    fn kept(&self, sequence: &PlannedSequence, number: usize) -> Result<Vec<String>> {
        let mut kept = BTreeSet::new();
        for correlated in sequence.correlated() {
            for read in &correlated.reads {
                if read.step.is_some() && read.place + 1 == number {
                    let column = self.property(&read.path, "r")?.text;
                    kept.insert(format!("{column} AS {}", earlier(&column, number)));
                }
            }
        }
        Ok(kept.into_iter().collect())
    }

    /// A filter over a row `r` and a choice `m`.
    fn together(&self, correlated: &Correlated) -> Result<String> {
        let read = |step: Option<&str>, path: &str| -> Result<Val> {
            let value = self.property(path, "r")?;
            let is_it = |read: &&crate::plan::Read| {
                step.is_some() && read.step.as_deref() == step && *read.path == *path
            };
            match correlated.reads.iter().find(is_it) {
                None => Ok(value),
                Some(read) => Ok(Val {
                    text: format!("m.{}", earlier(&value.text, read.place + 1)),
                    ..value
                }),
            }
        };
        self.dialect.filter(&correlated.filter, &read)
    }
}

/// What a column `r.x` of a step is called later.
fn earlier(column: &str, number: usize) -> String {
    format!("s{number}_{}", column.strip_prefix("r.").unwrap_or(column))
}

fn reads(sequence: &PlannedSequence) -> BTreeSet<Box<str>> {
    let reads = sequence
        .correlated()
        .flat_map(|correlated| &correlated.reads);
    reads.map(|read| read.path.clone()).collect()
}
