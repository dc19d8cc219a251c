//! What would change an answer: by time alone, and by the smallest set of clauses.
//!
//! Invariant: if every clause that is named turned and no other did, the whole would turn.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use onefold_event::{Decimal, Timestamp, Value};
use serde::Serialize;

use super::leaf::{length, shown};
use crate::{
    ast::{Count, Literal, Operator, Test},
    evaluate::{Context, Outcome},
    instant::timestamp,
    plan::{Node, PlannedSequence, Question},
    value::{add, subtract},
    window::Selected,
};

/// How many instants are looked at for the first at which the answer turns.
const INSTANTS_MAX: usize = 1_000;
/// A whole, in parts per million.
const WHOLE: u64 = 1_000_000;

/// What would change the answer of a whole segment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outlook {
    /// Whether it held.
    pub held: bool,
    /// The first instant at which time alone turns it, with traits, organisations, consent and standing
    /// answers as they are. None if it never does, or not within 1,000 instants at which it could.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turns: Option<Timestamp>,
    /// The nearest miss: the smallest set of clauses whose turn would turn the whole.
    pub nearest: Vec<Miss>,
}

/// A clause that would have to turn.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Miss {
    /// The clause as it is printed.
    pub clause: String,
    /// Whether it holds now.
    pub held: bool,
    /// How far it is from turning.
    pub gap: Gap,
    /// The same for people: `2 of 3; 1 more before 2026-03-29T10:00:00Z`.
    pub text: String,
    /// From 0 to a million.
    #[serde(skip)]
    distance: u64,
}

/// How far a clause is from turning.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Gap {
    /// So many more are needed.
    More(u64),
    /// So many too many are there.
    Fewer(u64),
    /// The number must be greater by this, or less if it is negative.
    Number(#[serde(serialize_with = "as_text")] Decimal),
    /// So many steps of a sequence are missing.
    Steps(u64),
    /// Nothing but time is missing.
    Time(Timestamp),
    /// It cannot be measured.
    Unmeasured,
}

/// No reader makes a float of it.
fn as_text<S: serde::Serializer>(number: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

impl fmt::Display for Outlook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.held, self.turns) {
            (true, Some(turns)) => write!(f, "leaves on {turns} unless something happens")?,
            (true, None) => write!(f, "stays unless something happens")?,
            (false, Some(turns)) => write!(f, "enters on {turns} unless something happens")?,
            (false, None) => write!(f, "does not enter unless something happens")?,
        }
        let way = if self.held { "out" } else { "in" };
        for Miss { clause, text, .. } in &self.nearest {
            write!(f, "\n  way {way}: {clause}: {text}")?;
        }
        Ok(())
    }
}

impl Context<'_> {
    pub(super) fn outlook(&self, segment: usize, outcomes: &[Outcome]) -> Outlook {
        let outcome = outcomes.get(segment).copied();
        let Outcome { held, next } = outcome.unwrap_or(Outcome::FALSE_FOR_EVER);
        Outlook {
            held,
            turns: self.first_turn(segment, held, next),
            nearest: Nearest::new(self, outcomes).of(&Node::Member(segment)),
        }
    }

    fn first_turn(&self, segment: usize, held: bool, mut next: i64) -> Option<Timestamp> {
        for _ in 0..INSTANTS_MAX {
            let instant = timestamp(next)?;
            let then = self.at(next).needed_by(segment).get(segment).copied()?;
            if then.held != held {
                return Some(instant);
            }
            next = then.next;
        }
        None
    }

    fn miss(&self, number: u32, held: bool) -> Option<Miss> {
        let leaf = self.plan.leaf(number)?;
        let stands = self.stands(number).is_some();
        let measured = match &leaf.question {
            _ if stands => None,
            Question::Count {
                feature,
                span,
                count,
            } => {
                let selected = self.selected(*feature, *span);
                Some(count_gap(selected.count(), *count, held, Some(&selected)))
            }
            Question::Days {
                feature,
                span,
                count,
            } => {
                let days = self.days(&self.selected(*feature, *span), *span).len();
                Some(count_gap(days, *count, held, None))
            }
            Question::Nth {
                feature, number, ..
            } if self.past(*feature).len() < *number as usize => {
                let found = self.past(*feature).len();
                Some(count_gap(found, Count::AtLeast(*number), held, None))
            }
            Question::Quantity {
                value,
                test:
                    Test::Compare {
                        operator,
                        value: Literal::Number(needed),
                    },
            } => match self.quantity(value).0 {
                Ok(Some(Value::Number(found))) => number_gap(found, *operator, *needed, held),
                _ => None,
            },
            Question::Compare {
                left,
                operator,
                right,
            } => match (self.quantity(left).0, self.quantity(right).0) {
                (Ok(Some(Value::Number(left))), Ok(Some(Value::Number(right)))) => {
                    number_gap(left, *operator, right, held)
                }
                _ => None,
            },
            Question::Sequence(planned) if !held => Some(self.sequence_gap(planned)),
            Question::Recency { feature, span, .. } => {
                self.recency_gap(number, &self.selected(*feature, *span))
            }
            _ => None,
        };
        let found = || {
            let explained = self.explain_leaf(number, Outcome::FALSE_FOR_EVER);
            explained.found.unwrap_or_else(|| shown(None))
        };
        let (gap, text, distance) =
            measured.unwrap_or_else(|| (Gap::Unmeasured, format!("found {}", found()), WHOLE));
        Some(Miss {
            clause: leaf.text.to_string(),
            held,
            gap,
            text,
            distance,
        })
    }

    fn sequence_gap(&self, planned: &PlannedSequence) -> Measured {
        let (found, steps) = (self.sequence(planned), planned.steps.len());
        if let Some(ripens) = timestamp(found.ripens) {
            let text =
                format!("all {steps} steps; true on {ripens} unless what must not follow does");
            return (Gap::Time(ripens), text, 0);
        }
        let missing = steps.saturating_sub(found.reached) as u64;
        let text = match missing {
            0 => format!("all {steps} steps, but not as they must follow"),
            _ => format!("{} of {steps} steps; {missing} more", found.reached),
        };
        (
            Gap::Steps(missing),
            text,
            share(missing.max(1), steps as u64),
        )
    }

    fn recency_gap(&self, leaf: u32, selected: &Selected<'_>) -> Option<Measured> {
        let Some((last, _)) = selected.last() else {
            return Some((Gap::More(1), "never; 1 more".into(), WHOLE));
        };
        let since = length(self.as_of - last.time);
        let next = self.node(&Node::Leaf(leaf), &[]).next;
        Some(match timestamp(next) {
            Some(turns) => {
                let text = format!("{since} ago; turns on {turns} unless it happens again");
                (Gap::Time(turns), text, 0)
            }
            None => (Gap::More(1), format!("{since} ago; 1 more"), WHOLE),
        })
    }
}

/// The search for the smallest set of clauses.
struct Nearest<'a, 'b> {
    context: &'a Context<'b>,
    outcomes: &'a [Outcome],
    /// The sets of the segments that were looked into: their leaves, each once.
    segments: BTreeMap<usize, Vec<u32>>,
    misses: BTreeMap<u32, Miss>,
}

impl<'a, 'b> Nearest<'a, 'b> {
    fn new(context: &'a Context<'b>, outcomes: &'a [Outcome]) -> Self {
        Self {
            context,
            outcomes,
            segments: BTreeMap::new(),
            misses: BTreeMap::new(),
        }
    }

    fn of(mut self, node: &Node) -> Vec<Miss> {
        let leaves = self.leaves(node).into_iter();
        leaves
            .filter_map(|leaf| self.misses.remove(&leaf))
            .collect()
    }

    /// The smallest set of leaves whose turn would turn this one.
    fn leaves(&mut self, node: &Node) -> Vec<u32> {
        let held = self.context.node(node, self.outcomes).held;
        match node {
            Node::All(parts) if held => self.least(parts),
            Node::Any(parts) if !held => self.least(parts),
            Node::All(parts) | Node::Any(parts) => {
                let (mut leaves, mut known) = (Vec::new(), BTreeSet::new());
                for part in parts {
                    if self.context.node(part, self.outcomes).held == held {
                        let part = self.leaves(part).into_iter();
                        leaves.extend(part.filter(|leaf| known.insert(*leaf)));
                    }
                }
                leaves
            }
            Node::Not(inner) => self.leaves(inner),
            Node::Member(number) => {
                if let Some(known) = self.segments.get(number) {
                    return known.clone();
                }
                let leaves = match self.context.plan.segments.get(*number) {
                    Some(segment) if segment.entity == self.context.of => {
                        self.leaves(&segment.node)
                    }
                    _ => Vec::new(),
                };
                self.segments.insert(*number, leaves.clone());
                leaves
            }
            Node::Leaf(number) => {
                if !self.misses.contains_key(number) {
                    let miss = self.context.miss(*number, held);
                    self.misses.extend(miss.map(|miss| (*number, miss)));
                }
                vec![*number]
            }
        }
    }

    fn least(&mut self, parts: &[Node]) -> Vec<u32> {
        let all = parts.iter().map(|part| self.leaves(part));
        let all: Vec<Vec<u32>> = all.filter(|leaves| !leaves.is_empty()).collect();
        let distance = |leaves: &Vec<u32>| {
            let misses = leaves.iter().filter_map(|leaf| self.misses.get(leaf));
            let together: u64 = misses.map(|miss| miss.distance).sum();
            (leaves.len(), together)
        };
        all.into_iter().min_by_key(distance).unwrap_or_default()
    }
}

/// A gap, the same for people, and how large it is beside others.
type Measured = (Gap, String, u64);

fn share(part: u64, of: u64) -> u64 {
    part.saturating_mul(WHOLE) / of.max(part).max(1)
}

/// How far a count is from turning.
fn count_gap(found: usize, count: Count, held: bool, selected: Option<&Selected<'_>>) -> Measured {
    let bound = match count {
        Count::AtLeast(times) | Count::AtMost(times) | Count::Exactly(times) => times as usize,
    };
    // What it must become to turn.
    let wanted = match count {
        Count::AtLeast(_) if held => bound.checked_sub(1),
        Count::AtMost(_) if held => Some(bound + 1),
        Count::Exactly(_) if held => Some(found + 1),
        _ => Some(bound),
    };
    let Some(wanted) = wanted else {
        return (Gap::Unmeasured, "always true".into(), WHOLE);
    };
    let by = wanted.abs_diff(found);
    let distance = share(by as u64, wanted.max(found) as u64);
    if wanted >= found {
        let first_leaves = selected
            .filter(|_| found > 0)
            .map(|selected| selected.exit(1));
        let mut text = format!("{found} of {wanted}; {by} more");
        if let Some(time) = first_leaves.and_then(timestamp) {
            text += &format!(" before {time}");
        }
        return (Gap::More(by as u64), text, distance);
    }
    let mut text = format!("{found}, not {wanted}; {by} fewer");
    let last_leaves = selected.map(|selected| selected.exit(by));
    if let Some(time) = last_leaves.and_then(timestamp) {
        text += &format!(" by {time}");
    }
    (Gap::Fewer(by as u64), text, distance)
}

/// How far a number is from turning a comparison.
fn number_gap(found: Decimal, operator: Operator, bound: Decimal, held: bool) -> Option<Measured> {
    let step = Decimal::new(1, found.scale().max(bound.scale()));
    let just_above = || add(bound, step).ok();
    let just_below = || subtract(bound, step).ok();
    let wanted = match (operator, held) {
        (Operator::Equal, false) | (Operator::NotEqual, true) => bound,
        (Operator::Equal, true) | (Operator::NotEqual, false) => just_above()?,
        (Operator::GreaterOrEqual, false) | (Operator::Less, true) => bound,
        (Operator::LessOrEqual, false) | (Operator::Greater, true) => bound,
        (Operator::Greater, false) | (Operator::LessOrEqual, true) => just_above()?,
        (Operator::Less, false) | (Operator::GreaterOrEqual, true) => just_below()?,
    };
    let by = subtract(wanted, found).ok()?;
    let word = if by.is_sign_negative() {
        "less"
    } else {
        "more"
    };
    let text = format!("{found} of {bound}: {} {word}", by.abs());
    let largest = found.abs().max(wanted.abs());
    let relative = by.abs().checked_div(largest).unwrap_or(Decimal::ONE);
    let millionths = relative
        .checked_mul(Decimal::from(WHOLE))
        .unwrap_or(Decimal::ONE);
    let distance = u64::try_from(millionths.trunc())
        .unwrap_or(WHOLE)
        .min(WHOLE);
    Some((Gap::Number(by), text, distance))
}
