//! Why a pair has its bits.
//!
//! Invariant: the bars of a waterfall add up to the bits with which the pair was scored.

use onefold_event::{Error, ErrorKind, Result};

use super::{Matcher, check_fields};
use crate::{
    explain::{Bar, Waterfall},
    matching::{
        compare::{Pattern, pattern},
        forms::MEMBER_END,
        model::{Model, Terms},
    },
};

impl Matcher {
    /// What each field adds to the bits of a pair, whether or not the rules brought it together.
    ///
    /// The prior is how common matches are among all pairs. A field's bar is how much it changes the odds once the
    /// fields before it are known; so two fields that say the same thing are not counted twice: the later one has the
    /// smaller bar.
    ///
    /// # Errors
    /// `NotFound` if there is no such row; `InvalidInput` if the model was trained with other fields.
    pub fn waterfall(&self, model: &Model, left: u32, right: u32) -> Result<Waterfall> {
        let (pattern, terms) = self.look(model, left, right)?;
        let count = self.fields.len();
        let partial = model
            .scorer(&self.fields)
            .partial_bits(pattern, terms, count);
        let steps = partial.windows(2).map(|pair| match pair {
            [before, after] => after - before,
            _ => 0.0,
        });
        let bars = self
            .fields
            .iter()
            .enumerate()
            .zip(steps)
            .map(|((number, field), bits)| Bar {
                field: field.name.to_string(),
                level: field.levels.name(pattern.level(number)).into_owned(),
                left: shown(self.fields.text(number, left)),
                right: shown(self.fields.text(number, right)),
                bits,
            });
        let prior = partial.first().copied().unwrap_or_default();
        let total = partial.last().copied().unwrap_or_default();
        Waterfall::new(prior, bars.collect(), total)
    }

    /// The bits of a pair, whether or not the rules brought it together.
    ///
    /// # Errors
    /// As [`waterfall`](Self::waterfall).
    pub fn bits(&self, model: &Model, left: u32, right: u32) -> Result<f64> {
        self.bits_without(model, left, right, &[])
    }

    /// The bits that a pair would have if some fields, by number, were missing.
    ///
    /// # Errors
    /// As [`waterfall`](Self::waterfall).
    pub fn bits_without(
        &self,
        model: &Model,
        left: u32,
        right: u32,
        fields: &[usize],
    ) -> Result<f64> {
        let (seen, _) = self.look(model, left, right)?;
        let mut kept = Pattern::default();
        for number in (0..self.fields.len()).filter(|number| !fields.contains(number)) {
            kept.set(number, seen.level(number));
        }
        let terms = Terms::of(
            &self.fields,
            self.fields.row(left),
            self.fields.row(right),
            kept,
        );
        Ok(model.scorer(&self.fields).bits(kept, terms))
    }

    /// How likely it is that two rows are related and not the same, from 0 to 1: a household, a family, namesakes.
    ///
    /// # Errors
    /// As [`waterfall`](Self::waterfall).
    pub fn related(&self, model: &Model, left: u32, right: u32) -> Result<f64> {
        let (pattern, terms) = self.look(model, left, right)?;
        Ok(model.scorer(&self.fields).related_share(pattern, terms))
    }

    /// The names of the fields, in order.
    pub fn field_names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.fields.iter().map(|field| &*field.name)
    }

    fn look(&self, model: &Model, left: u32, right: u32) -> Result<(Pattern, Terms)> {
        check_fields(model, &self.settings)?;
        let rows = self.fields.rows();
        if let Some(missing) = [left, right].into_iter().find(|row| *row as usize >= rows) {
            let message =
                format!("there is no row {missing}: rows are counted from 0, and there are {rows}");
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        let pattern = pattern(&self.fields, [left, right]);
        Ok((
            pattern,
            Terms::of(
                &self.fields,
                self.fields.row(left),
                self.fields.row(right),
                pattern,
            ),
        ))
    }
}

/// A cleaned value as people read it: the members of a list one after the other.
fn shown(cleaned: &str) -> String {
    cleaned.replace(MEMBER_END, "; ")
}
