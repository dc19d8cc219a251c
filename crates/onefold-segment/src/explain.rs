//! Why somebody is a member, or why not.

use std::fmt;

use onefold_event::{Position, Timestamp, Value};
use serde::Serialize;

use crate::{
    evaluate::{Context, Outcome},
    instant::{NEVER, timestamp},
    plan::{Leaf, Node, PlannedQuantity, Question},
    value::{Fault, passes},
    window::Selected,
};

/// How many of the deciding occurrences are named at most; the latest ones.
const DECIDING_MAX: usize = 10;

/// A proof tree: what was asked, whether it held, what was found.
///
/// Its `Display` is an indented list, one clause a line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The clause as it is printed, or `all of`, `any of`, `not`.
    pub clause: String,
    /// Whether it held.
    pub held: bool,
    /// What was found: a count, a value, a length of time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// Why no value could be calculated or compared; the clause is then false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// Places in the log of the occurrences that were looked at: at most the 10 latest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub occurrences: Vec<Position>,
    /// The first instant at which time alone can change it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_change: Option<Timestamp>,
    /// What it is made of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Explanation>,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.indented(f, 0)
    }
}

impl Explanation {
    fn indented(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        let answer = if self.held { "yes" } else { "no" };
        write!(
            f,
            "{:indent$}{answer}: {}",
            "",
            self.clause,
            indent = depth * 2
        )?;
        if let Some(found) = &self.found {
            write!(f, " (found {found})")?;
        }
        if let Some(fault) = &self.fault {
            write!(f, " (fault: {fault})")?;
        }
        for part in &self.parts {
            writeln!(f)?;
            part.indented(f, depth + 1)?;
        }
        Ok(())
    }
}

impl Context<'_> {
    pub(crate) fn explain(&self, segment: usize) -> Explanation {
        let outcomes = self.needed_by(segment);
        self.explain_segment(segment, &outcomes)
    }

    fn explain_segment(&self, number: usize, outcomes: &[Outcome]) -> Explanation {
        let Some(segment) = self.plan.segments.get(number) else {
            return group(
                "unknown",
                Outcome {
                    held: false,
                    next: NEVER,
                },
                Vec::new(),
            );
        };
        let outcome = outcomes.get(number).copied();
        let part = self.explain_node(&segment.node, outcomes);
        let clause = format!("in {}", crate::print::Name(&segment.name));
        group(
            &clause,
            outcome.unwrap_or(Outcome {
                held: part.held,
                next: NEVER,
            }),
            vec![part],
        )
    }

    fn explain_node(&self, node: &Node, outcomes: &[Outcome]) -> Explanation {
        let outcome = self.node(node, outcomes);
        let parts = |parts: &[Node]| {
            parts
                .iter()
                .map(|p| self.explain_node(p, outcomes))
                .collect()
        };
        match node {
            Node::All(nodes) => group("all of", outcome, parts(nodes)),
            Node::Any(nodes) => group("any of", outcome, parts(nodes)),
            Node::Not(inner) => group("not", outcome, vec![self.explain_node(inner, outcomes)]),
            Node::Member(number) => self.explain_segment(*number, outcomes),
            Node::Leaf(number) => match self.plan.leaf(*number) {
                Some(leaf) => self.explain_leaf(leaf, outcome),
                None => group("unknown", outcome, Vec::new()),
            },
        }
    }

    fn explain_leaf(&self, leaf: &Leaf, outcome: Outcome) -> Explanation {
        let mut explanation = group(&leaf.text, outcome, Vec::new());
        match &leaf.question {
            Question::Trait { number, test } => {
                let value = self.trait_value(*number);
                explanation.found = Some(shown(value));
                explanation.fault = passes(test, value).err();
            }
            Question::Count { feature, span, .. } => {
                let selected = self.selected(*feature, *span);
                explanation.found = Some(selected.count().to_string());
                explanation.occurrences = deciding(&selected);
            }
            Question::Quantity { value, test } => {
                if let PlannedQuantity::Aggregate(aggregate) = value {
                    let selected = self.selected(aggregate.feature, aggregate.span);
                    explanation.occurrences = deciding(&selected);
                }
                match self.quantity(value).0 {
                    Ok(value) => {
                        explanation.found = Some(shown(value.as_ref()));
                        explanation.fault = passes(test, value.as_ref()).err();
                    }
                    Err(fault) => explanation.fault = Some(fault),
                }
            }
            Question::Recency { feature, span, .. } => {
                let selected = self.selected(*feature, *span);
                explanation.found = Some(match selected.last() {
                    Some((last, _)) => length(self.as_of - last.time),
                    None => "never".into(),
                });
                explanation.occurrences = deciding(&selected);
            }
            _ => {}
        }
        explanation
    }
}

fn group(clause: &str, outcome: Outcome, parts: Vec<Explanation>) -> Explanation {
    Explanation {
        clause: clause.into(),
        held: outcome.held,
        found: None,
        fault: None,
        occurrences: Vec::new(),
        next_change: timestamp(outcome.next),
        parts,
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".into(), Value::to_json)
}

fn deciding(selected: &Selected<'_>) -> Vec<Position> {
    let mut keys: Vec<_> = selected.entries().map(|(key, _)| key).collect();
    keys.sort_unstable();
    let skipped = keys.len().saturating_sub(DECIDING_MAX);
    keys.into_iter()
        .skip(skipped)
        .map(|key| Position(key.position))
        .collect()
}

/// A length of time for people: days, hours, minutes and seconds, without those that are zero.
fn length(micros: i64) -> String {
    let seconds = micros / 1_000_000;
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (size, unit) in units {
        if rest >= size {
            parts.push(format!("{} {unit}", rest / size));
            rest %= size;
        }
    }
    if micros % 1_000_000 != 0 || parts.is_empty() {
        parts.push(format!("{} us", micros % 1_000_000));
    }
    parts.join(" ")
}
