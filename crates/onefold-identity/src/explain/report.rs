//! Everything that is to be said about two rows and the component they are in.
//!
//! Invariant: the report holds data alone; text, pictures and page are made of it and add nothing.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Component, Counterfactual, Names, Path, Waterfall, Weakness, counted};
use crate::cluster::Held;

/// An explanation as a whole: as JSON, as text ([`Display`](fmt::Display)), and as a [`page`](super::page).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What it is about, for example both ids.
    pub title: String,
    /// The threshold at which links hold, in bits.
    pub bits_min: f64,
    /// The rows and the links between them.
    pub component: Component,
    /// What rows are called.
    pub names: Names,
    /// The fields of rows, as far as they are to be shown.
    pub records: Vec<Record>,
    /// The strongest path between the two rows asked for, if they are joined.
    pub path: Option<Path>,
    /// How pairs came to their bits, usually those of the path.
    pub comparisons: Vec<Comparison>,
    /// What holds the component together least.
    pub weakness: Weakness,
    /// What would part the two rows.
    pub counterfactual: Option<Counterfactual>,
    /// Links that were refused, with their reasons.
    pub held: Vec<Held>,
}

/// The fields of one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The row.
    pub row: u32,
    /// Names and values, in the order of the source.
    pub fields: Vec<(String, String)>,
}

/// How one pair came to its bits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// One row.
    pub left: u32,
    /// The other.
    pub right: u32,
    /// Its bits, field by field.
    pub waterfall: Waterfall,
}

impl Report {
    /// A report on a component with its weakness, and nothing else yet: fill in what is known.
    ///
    /// Cost: that of [`Component::weakness`].
    pub fn new(title: impl Into<String>, component: Component, bits_min: f64) -> Self {
        Self {
            title: title.into(),
            bits_min,
            weakness: component.weakness(),
            component,
            names: Names::default(),
            records: Vec::new(),
            path: None,
            comparisons: Vec::new(),
            counterfactual: None,
            held: Vec::new(),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = counted(self.component.rows().len(), "row");
        let links = counted(self.component.links().len(), "link");
        write!(
            f,
            "{}\n\n{rows} and {links} of {:+.1} bits or more",
            self.title, self.bits_min
        )?;
        for row in self.component.rows() {
            let name = self.names.of(*row);
            if name != format!("row {row}") {
                write!(f, "\n  row {row} is `{name}`")?;
            }
        }
        if let Some(path) = &self.path {
            write!(f, "\n\n{path}")?;
        }
        for Comparison {
            left,
            right,
            waterfall,
        } in &self.comparisons
        {
            write!(f, "\n\nrow {left} and row {right}\n{waterfall}")?;
        }
        write!(f, "\n\n{}", self.weakness)?;
        if let Some(counterfactual) = &self.counterfactual {
            write!(f, "\n\n{counterfactual}")?;
        }
        if !self.held.is_empty() {
            write!(f, "\n\n{} refused", counted(self.held.len(), "link"))?;
        }
        for held in &self.held {
            write!(f, "\n  {held}")?;
        }
        Ok(())
    }
}
