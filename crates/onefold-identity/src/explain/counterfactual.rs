//! What would have to go so that two rows part.
//!
//! Invariant: each answer parts them, and none of its parts alone does.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Component, Cut, flow::side_of};
use crate::cluster::ScoredPair;

/// Up to so many links the fewest that part two rows are looked for.
const FLOW_LINKS_MAX: usize = 20_000;

/// What parts two rows: links, and fields; [`Display`](fmt::Display) tells it in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Counterfactual {
    /// One row.
    pub from: u32,
    /// The other.
    pub to: u32,
    /// The fewest links that part them, and of those the ones of fewest bits; none above 20,000 links.
    pub links: Option<Cut>,
    /// Single fields without which they part, then pairs of fields of which neither does alone.
    pub fields: Vec<FieldSet>,
}

/// Fields without which two rows part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldSet {
    /// One field or two.
    pub fields: Vec<String>,
    /// The links that fall below the threshold without them, by rows.
    pub lost: Vec<LostLink>,
}

/// A link that falls below the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LostLink {
    /// The lower row.
    pub left: u32,
    /// The higher row.
    pub right: u32,
    /// The bits it has.
    pub bits: f64,
    /// The bits it would have.
    pub bits_without: f64,
}

impl Component {
    /// What would have to go so that two rows part; `None` if they are not joined, or are one row.
    ///
    /// `bits_without` gives the bits of a link (lower row first) as if these fields had never been
    /// compared: it is asked for single fields and for two. Where it gives no number, the link stays.
    /// Links that would appear are not looked for. Cost: for f fields up to f² / 2 questions a link.
    pub fn counterfactual(
        &self,
        from: u32,
        to: u32,
        bits_min: f64,
        fields: &[&str],
        mut bits_without: impl FnMut(u32, u32, &[&str]) -> f64,
    ) -> Option<Counterfactual> {
        let (start, end) = (self.place(from)?, self.place(to)?);
        if start == end || !self.joins(start, end, |_| true) {
            return None;
        }
        let mut parts = |fields: &[&str]| {
            let lost = self.lost(bits_min, |left, right| bits_without(left, right, fields));
            let is_lost = |link: &ScoredPair| {
                lost.binary_search_by_key(&link.rows(), |lost| (lost.left, lost.right))
                    .is_ok()
            };
            let stays = |link: usize| self.links().get(link).is_some_and(|link| !is_lost(link));
            let fields = || fields.iter().map(|field| (*field).to_owned()).collect();
            (!self.joins(start, end, stays)).then(|| FieldSet {
                fields: fields(),
                lost: lost.clone(),
            })
        };
        let mut found = Vec::new();
        let mut others = Vec::new();
        for field in fields {
            match parts(&[field]) {
                Some(set) => found.push(set),
                None => others.push(*field),
            }
        }
        for (number, first) in others.iter().enumerate() {
            for second in others.iter().skip(number + 1) {
                found.extend(parts(&[first, second]));
            }
        }
        Some(Counterfactual {
            from,
            to,
            links: self.fewest_links(start, end),
            fields: found,
        })
    }

    fn joins(&self, from: usize, to: usize, allowed: impl Fn(usize) -> bool) -> bool {
        self.distances(from, allowed)
            .get(to)
            .is_some_and(|steps| *steps != u32::MAX)
    }

    /// The links that fall below the threshold, by rows.
    fn lost(&self, bits_min: f64, mut bits_without: impl FnMut(u32, u32) -> f64) -> Vec<LostLink> {
        let mut lost = Vec::new();
        for ScoredPair { left, right, bits } in self.links().iter().copied() {
            let bits_without = bits_without(left, right);
            if bits_without < bits_min {
                lost.push(LostLink {
                    left,
                    right,
                    bits,
                    bits_without,
                });
            }
        }
        lost
    }

    fn fewest_links(&self, from: usize, to: usize) -> Option<Cut> {
        if self.links().len() > FLOW_LINKS_MAX {
            return None;
        }
        let all = self.rows().iter().copied().zip(side_of(self, from, to));
        let (first, second): (Vec<_>, Vec<_>) = all.partition(|(_, is_first)| *is_first);
        let rows = |side: Vec<(u32, bool)>| side.into_iter().map(|(row, _)| row).collect();
        Some(self.cut_between(rows(first), rows(second)))
    }
}

impl fmt::Display for FieldSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "without `{}` they part:", self.fields.join("` and `"))?;
        for (number, lost) in self.lost.iter().take(3).enumerate() {
            let LostLink {
                left,
                right,
                bits,
                bits_without,
            } = lost;
            let comma = if number == 0 { "" } else { "," };
            write!(
                f,
                "{comma} row {left} and row {right} fall from {bits:+.1} to {bits_without:+.1} bits"
            )?;
        }
        match self.lost.len().saturating_sub(3) {
            0 => Ok(()),
            more => write!(f, ", and {more} links more"),
        }
    }
}

impl fmt::Display for Counterfactual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            from,
            to,
            links,
            fields,
        } = self;
        write!(f, "what would part row {from} and row {to}:")?;
        for set in fields {
            write!(f, "\n  {set}")?;
        }
        if fields.is_empty() {
            f.write_str("\n  no field and no two fields")?;
        }
        match links {
            Some(cut) => write!(f, "\n  fewest links: {cut}"),
            None => f.write_str("\n  the fewest links were not looked for: there are too many"),
        }
    }
}
