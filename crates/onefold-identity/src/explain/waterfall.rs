//! How the bits of a pair come about, field by field.
//!
//! Invariant: the prior and all bars add up to the total within 1e-9, and all of them are numbers.

use std::fmt;

use onefold_event::{Diagnostic, Error, Result};
use serde::{Deserialize, Serialize};

use super::percent;
use crate::cluster::probability;

/// What sums may differ by: rounding of at most some hundred additions.
const ADDITIVE_WITHIN: f64 = 1e-9;

/// One pair's bits, from the prior over each field to the total; [`Display`](fmt::Display) draws it in text.
///
/// ```
/// use onefold_identity::explain::{Bar, Waterfall};
/// let bar = |field: &str, level: &str, bits| Bar {
///     field: field.into(), level: level.into(), left: "Ann".into(), right: "Anne".into(), bits,
/// };
/// let bars = vec![bar("name", "similar", 4.5), bar("city", "differs", -1.5)];
/// let waterfall = Waterfall::new(-10.0, bars, -7.0)?;
/// assert_eq!(waterfall.total_bits(), -7.0);
/// assert!(Waterfall::new(0.0, Vec::new(), 1.0).is_err());
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Form")]
pub struct Waterfall {
    prior_bits: f64,
    bars: Vec<Bar>,
    total_bits: f64,
    probability: f64,
}

/// What one field adds or takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// The field, or fields, compared.
    pub field: String,
    /// The level of agreement that was found.
    pub level: String,
    /// The value of the left row.
    pub left: String,
    /// The value of the right row.
    pub right: String,
    /// What it adds to the total; negative where it speaks against.
    pub bits: f64,
}

/// What is written, before it is checked.
#[derive(Deserialize)]
struct Form {
    prior_bits: f64,
    bars: Vec<Bar>,
    total_bits: f64,
}

impl TryFrom<Form> for Waterfall {
    type Error = Error;

    fn try_from(form: Form) -> Result<Self> {
        Self::new(form.prior_bits, form.bars, form.total_bits)
    }
}

impl Waterfall {
    /// Checks that prior and bars add up to the total.
    ///
    /// # Errors
    /// `InvalidInput` with every part that is not a finite number, or with the sum if it is not the total.
    pub fn new(prior_bits: f64, bars: Vec<Bar>, total_bits: f64) -> Result<Self> {
        let mut mistakes = Vec::new();
        let named = [("/prior_bits", prior_bits), ("/total_bits", total_bits)];
        for (pointer, bits) in named.into_iter().filter(|(_, bits)| !bits.is_finite()) {
            mistakes.push(Diagnostic::new(format!("`{bits}` is not a number of bits")).at(pointer));
        }
        for (number, bar) in bars
            .iter()
            .enumerate()
            .filter(|(_, bar)| !bar.bits.is_finite())
        {
            let message = format!("`{}` bits of field `{}` are no number", bar.bits, bar.field);
            mistakes.push(Diagnostic::new(message).at(format!("/bars/{number}/bits")));
        }
        let sum = prior_bits + bars.iter().map(|bar| bar.bits).sum::<f64>();
        if mistakes.is_empty() && (sum - total_bits).abs() > ADDITIVE_WITHIN {
            let message =
                format!("the prior and all fields add up to `{sum}`, not to `{total_bits}`");
            mistakes.push(Diagnostic::new(message).at("/total_bits"));
        }
        if !mistakes.is_empty() {
            return Err(Error::invalid("this does not explain a pair", mistakes));
        }
        let probability = probability(total_bits);
        Ok(Self {
            prior_bits,
            bars,
            total_bits,
            probability,
        })
    }

    /// The bits before any field is looked at: how likely two rows are one at all.
    pub fn prior_bits(&self) -> f64 {
        self.prior_bits
    }

    /// What each field adds, in the order of the model.
    pub fn bars(&self) -> &[Bar] {
        &self.bars
    }

    /// The bits of the pair.
    pub fn total_bits(&self) -> f64 {
        self.total_bits
    }

    /// The probability of the total.
    pub fn probability(&self) -> f64 {
        self.probability
    }
}

impl fmt::Display for Waterfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = self.bars.iter().map(|bar| bar.field.chars().count());
        let width = named.max().unwrap_or(0).max(5);
        writeln!(f, "{:<width$} {:>+8.2}", "prior", self.prior_bits)?;
        for bar in &self.bars {
            let Bar {
                field,
                level,
                left,
                right,
                bits,
            } = bar;
            let length = bits.abs().min(20.0).ceil() as usize;
            let drawn = if *bits < 0.0 { "-" } else { "+" }.repeat(length);
            writeln!(
                f,
                "{field:<width$} {bits:>+8.2}  {drawn} {level}: `{left}` and `{right}`"
            )?;
        }
        let likely = percent(self.total_bits);
        write!(f, "{:<width$} {:>+8.2}  {likely}", "total", self.total_bits)
    }
}
