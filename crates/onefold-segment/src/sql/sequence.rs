//! Sequences whose steps do not speak of each other: one pass over each person's occurrences.
//!
//! Invariant: of all ways to match the steps up to an occurrence, the one that begins latest is known. It is
//! never worse than another, so that no other is looked at.

use onefold_event::Result;

use super::{
    select::{Select, all, any},
    writer::{PAST, Source, Writer},
};
use crate::plan::{PlannedSequence, PlannedStep};

impl Writer<'_> {
    pub(super) fn sequence(&mut self, sequence: &PlannedSequence) -> Result<String> {
        if is_correlated(sequence) {
            return self.correlated(sequence);
        }
        let mut rows = self.rows(sequence)?;
        rows.columns.insert(0, "p.person".to_owned());
        let first = [
            "r.*",
            "CASE WHEN r.step_1 = 1 THEN r.happened END AS start_1",
        ];
        let mut select = Select::of(first, rows.named("r"));
        for (number, step) in (1..).zip(&sequence.steps).skip(1) {
            select = self.stage(number, step, &select);
        }
        let number = sequence.steps.len();
        if sequence.then_no.is_some() {
            let next = "MIN(CASE WHEN s.absent = 1 THEN s.happened END) OVER (PARTITION BY s.person \
                        ORDER BY s.place ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)";
            let columns = ["s.*".to_owned(), format!("{next} AS next_absent")];
            select = Select::of(columns, select.named("s"));
        }
        let mut conditions = vec![format!("q.start_{number} IS NOT NULL")];
        if let Some(within) = sequence.within {
            let latest = self.seconds_later(&format!("q.start_{number}"), within);
            conditions.push(format!("q.happened <= {latest}"));
        }
        if let Some(absence) = &sequence.then_no {
            let matured = self.dialect.time(self.as_of.saturating_sub(absence.micros));
            let until = self.seconds_later("q.happened", absence.micros);
            conditions.push(format!("q.happened <= {matured}"));
            conditions.push(format!(
                "(q.next_absent IS NULL OR q.next_absent > {until})"
            ));
        }
        let found = Select::of(["q.person"], select.named("q")).distinct();
        Ok(found.only(conditions).to_string())
    }

    /// One step further: the latest start of a match that ends before a row, and whether it goes on here.
    fn stage(&self, number: usize, step: &PlannedStep, before: &Select) -> Select {
        let last = number - 1;
        let over = |aggregate: String| self.before(&aggregate, "s.person", "s.place");
        let at_match =
            |what: &str| format!("MAX(CASE WHEN s.start_{last} IS NOT NULL THEN s.{what} END)");
        let mut columns = vec![
            "s.*".to_owned(),
            format!(
                "{} AS before_{number}",
                over(format!("MAX(s.start_{last})"))
            ),
        ];
        let mut conditions = vec![format!("q.step_{number} = 1")];
        if let Some(within) = step.within {
            columns.push(format!("{} AS time_{number}", over(at_match("happened"))));
            let until = self.seconds_later(&format!("q.time_{number}"), within);
            conditions.push(format!("q.happened <= {until}"));
        }
        if step.directly || step.without.is_some() {
            columns.push(format!("{} AS place_{number}", over(at_match("place"))));
        }
        if step.directly {
            conditions.push(format!("q.place_{number} = q.place - 1"));
        }
        if step.without.is_some() {
            let broken = format!("MAX(CASE WHEN s.without_{number} = 1 THEN s.place END)");
            columns.push(format!("{} AS broken_{number}", over(broken)));
            conditions.push(format!(
                "(q.broken_{number} IS NULL OR q.broken_{number} <= q.place_{number})"
            ));
        }
        let goes_on = conditions.join(" AND ");
        let columns_after = [
            "q.*".to_owned(),
            format!("CASE WHEN {goes_on} THEN q.before_{number} END AS start_{number}"),
        ];
        Select::of(
            columns_after,
            Select::of(columns, before.named("s")).named("q"),
        )
    }

    /// Every occurrence that a sequence looks at, with flags that say as what; without the person.
    pub(super) fn rows(&mut self, sequence: &PlannedSequence) -> Result<Select> {
        self.reads.insert(Source::Past);
        let inside = self.inside(sequence.span, "p");
        let mut looked_at: Vec<String> = Vec::new();
        let mut flags = Vec::new();
        let mut flag = |writer: &Self, feature: u32, name: String, and: &[String]| -> Result<()> {
            let mut conditions = writer.passing(feature, "p")?;
            let whole = all(&conditions);
            if !looked_at.contains(&whole) {
                looked_at.push(whole);
            }
            conditions.extend_from_slice(and);
            let condition = conditions.join(" AND ");
            let condition = if condition.is_empty() {
                "TRUE".to_owned()
            } else {
                condition
            };
            flags.push(format!("CASE WHEN {condition} THEN 1 ELSE 0 END AS {name}"));
            Ok(())
        };
        // What must not follow the last step is looked for behind the window, too.
        let (in_steps, in_rows) = match sequence.then_no {
            Some(_) => (inside.conditions, Vec::new()),
            None => (Vec::new(), inside.conditions),
        };
        for (number, step) in (1..).zip(&sequence.steps) {
            flag(self, step.feature, format!("step_{number}"), &in_steps)?;
            if let Some((feature, _)) = step.without {
                flag(self, feature, format!("without_{number}"), &[])?;
            }
        }
        if let Some(absence) = &sequence.then_no {
            flag(self, absence.feature, "absent".to_owned(), &[])?;
        }
        let order = self.order("p", "");
        let mut columns = vec![
            "p.happened".to_owned(),
            format!("ROW_NUMBER() OVER (PARTITION BY p.person ORDER BY {order}) AS place"),
        ];
        columns.append(&mut flags);
        let select = Select::of(columns, format!("{PAST} AS p")).join_all(inside.join);
        // Where one step follows another directly, every occurrence between them matters.
        let looked_at = sequence.every.is_none().then(|| any(&looked_at));
        Ok(select.only(looked_at).only(in_rows))
    }

    pub(super) fn seconds_later(&self, time: &str, micros: i64) -> String {
        self.dialect.later(time, micros / 1_000_000)
    }
}

fn is_correlated(sequence: &PlannedSequence) -> bool {
    let is_step = |step: &PlannedStep| {
        let without = step
            .without
            .as_ref()
            .and_then(|(_, filter)| filter.as_ref());
        step.correlated.is_some() || without.is_some()
    };
    let absent = sequence
        .then_no
        .as_ref()
        .and_then(|absence| absence.correlated.as_ref());
    sequence.steps.iter().any(is_step) || absent.is_some()
}
