//! Why somebody is a member, or why not, and what would change it.
//!
//! Invariant: the tree has a part for each part of the definition, and each says what was found; of a segment that
//! is referred to more than once, where it stands first.

mod leaf;
mod outlook;

use std::{collections::BTreeSet, fmt};

use onefold_event::{Position, Timestamp};
use serde::Serialize;

use crate::{
    ast::Entity,
    evaluate::{Context, Outcome},
    history::Key,
    instant::timestamp,
    plan::Node,
    value::Fault,
};

pub use outlook::{Gap, Miss, Outlook};

/// A proof tree: what was asked, whether it held, what was found.
///
/// A segment that is referred to more than once has its parts where it stands first, and no parts behind that.
///
/// Its `Display` is an indented list, one clause a line; that of its [`outlook`](Self::outlook) says what
/// would change it.
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
    /// The occurrences that decided it: those that were counted (at most the 10 latest), or one for each
    /// step of a sequence.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub occurrences: Vec<Deciding>,
    /// An instant up to which time alone does not change it; for most clauses the first at which it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_change: Option<Timestamp>,
    /// What it is made of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Explanation>,
    /// What would change the whole; only the whole has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outlook: Option<Outlook>,
}

/// An occurrence that decided a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Deciding {
    /// Its place in the log.
    pub position: Position,
    /// When it happened.
    pub time: Timestamp,
}

impl From<Key> for Deciding {
    fn from(key: Key) -> Self {
        Self {
            position: Position(key.position),
            time: Timestamp::from_micros(key.time),
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.indented(f, 0)
    }
}

impl Explanation {
    fn indented(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        let answer = if self.held { "yes" } else { "no" };
        let (clause, indent) = (&self.clause, depth * 2);
        write!(f, "{:indent$}{answer}: {clause}", "")?;
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
        let mut explanation = self.explain_segment(segment, &outcomes, &mut BTreeSet::new());
        explanation.outlook = Some(self.outlook(segment, &outcomes));
        explanation
    }

    /// A segment that is told already has its parts there and not again: each link of a chain that refers to
    /// the one below it twice would double the tree.
    fn explain_segment(
        &self,
        number: usize,
        outcomes: &[Outcome],
        told: &mut BTreeSet<usize>,
    ) -> Explanation {
        let outcome = outcomes.get(number).copied();
        let outcome = outcome.unwrap_or(Outcome::FALSE_FOR_EVER);
        let Some(segment) = self.plan.segments.get(number) else {
            return group("unknown", outcome, Vec::new());
        };
        let clause = format!("in {}", crate::print::Name(&segment.name));
        if segment.entity != self.of {
            let mut explanation = group(&clause, outcome, Vec::new());
            let is_about = segment.entity == Entity::Person;
            let about = if is_about { "people" } else { "organisations" };
            explanation.found = Some(format!("a segment of {about}"));
            return explanation;
        }
        if !told.insert(number) {
            let mut explanation = group(&clause, outcome, Vec::new());
            explanation.found = Some("what is told above".into());
            return explanation;
        }
        let part = self.explain_node(&segment.node, outcomes, told);
        group(&clause, outcome, vec![part])
    }

    fn explain_node(
        &self,
        node: &Node,
        outcomes: &[Outcome],
        told: &mut BTreeSet<usize>,
    ) -> Explanation {
        let outcome = self.node(node, outcomes);
        let mut explain = |part: &Node| self.explain_node(part, outcomes, told);
        match node {
            Node::All(nodes) => group("all of", outcome, nodes.iter().map(&mut explain).collect()),
            Node::Any(nodes) => group("any of", outcome, nodes.iter().map(&mut explain).collect()),
            Node::Not(inner) => group("not", outcome, vec![explain(inner)]),
            Node::Member(number) => self.explain_segment(*number, outcomes, told),
            Node::Leaf(number) => self.explain_leaf(*number, outcome),
        }
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
        outlook: None,
    }
}
