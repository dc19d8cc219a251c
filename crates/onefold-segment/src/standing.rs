//! Answers about everybody, given by the host: what one person's past cannot tell.
//!
//! Invariant: a part without an answer is refused before anything is asked, so none is ever taken for `no`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use onefold_event::{Diagnostic, Error, Result, Timestamp};

use crate::{
    ast::Entity,
    plan::{Node, Plan, Question},
};

/// A part of a plan that depends on other people: a rank, or something about an organisation's members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PopulationPart {
    /// As it is printed.
    pub text: Box<str>,
    /// Whom it is asked about.
    pub of: Entity,
    /// The segments that ask it, in the order of their definitions.
    pub segments: Vec<Arc<str>>,
    pub(crate) leaf: u32,
}

impl fmt::Display for PopulationPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` in segment `{}`",
            self.text,
            self.segments.join("`, `")
        )
    }
}

impl Plan {
    /// The parts that depend on other people. [`Live`](crate::Live) answers about one person at a time and
    /// has to be told about these.
    pub fn population_parts(&self) -> Vec<PopulationPart> {
        let mut found: BTreeMap<u32, PopulationPart> = BTreeMap::new();
        for segment in &self.segments {
            let mut leaves = Vec::new();
            self.population_leaves(&segment.node, segment.entity, &mut leaves);
            for (leaf, of) in leaves {
                let text = self
                    .leaf(leaf)
                    .map_or_else(Box::default, |leaf| leaf.text.clone());
                let part = found.entry(leaf).or_insert_with(|| PopulationPart {
                    text,
                    of,
                    segments: Vec::new(),
                    leaf,
                });
                if part.segments.last() != Some(&segment.name) {
                    part.segments.push(Arc::clone(&segment.name));
                }
            }
        }
        found.into_values().collect()
    }

    fn population_leaves(&self, node: &Node, of: Entity, found: &mut Vec<(u32, Entity)>) {
        match node {
            Node::All(parts) | Node::Any(parts) => {
                parts
                    .iter()
                    .for_each(|part| self.population_leaves(part, of, found));
            }
            Node::Not(inner) => self.population_leaves(inner, of, found),
            Node::Member(_) => {}
            Node::Leaf(number) => match self.leaf(*number).map(|leaf| &leaf.question) {
                Some(Question::Organisations { that, .. }) => {
                    self.population_leaves(that, Entity::Organisation, found);
                }
                Some(question) if self.depends_on_population(question) => found.push((*number, of)),
                _ => {}
            },
        }
    }
}

/// The answers to the [`PopulationPart`]s of a plan: for whom each holds, as of an instant, by identifier
/// ([`Traits::id`](crate::Traits::id)).
///
/// ```
/// use onefold_segment::{Library, Live, Plan, Standing};
/// let library = Library::from_json(r#"{"version":1,"definitions":[
///     {"segment":{"name":"best","when":{"rank":{"band":{"top":1},
///         "by":{"aggregate":{"function":"count","of":{"event":"order"}}}}}}}]}"#)?;
/// let plan = Plan::compile(library)?;
/// assert!(Live::new(plan.clone()).unwrap_err().to_string().contains("`best`"));
///
/// let parts = plan.population_parts();
/// let standing = Standing::new().with(&parts[0], "2026-03-01".parse()?, ["ann"]);
/// assert!(Live::standing(plan, standing).is_ok());
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Standing {
    answers: BTreeMap<u32, Answer>,
}

#[derive(Debug, Clone)]
struct Answer {
    as_of: Timestamp,
    holds_for: BTreeSet<Box<str>>,
}

impl Standing {
    /// No answers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces the answer to one part: the identifiers for whom it held as of the instant.
    #[must_use]
    pub fn with<I: Into<Box<str>>>(
        mut self,
        part: &PopulationPart,
        as_of: Timestamp,
        holds_for: impl IntoIterator<Item = I>,
    ) -> Self {
        let holds_for = holds_for.into_iter().map(Into::into).collect();
        self.answers.insert(part.leaf, Answer { as_of, holds_for });
        self
    }

    /// Whether the part holds for whoever has this identifier, and since when that is known; none if it is
    /// no part of the population.
    pub(crate) fn about(&self, leaf: u32, id: Option<&str>) -> Option<(bool, Timestamp)> {
        let answer = self.answers.get(&leaf)?;
        let held = id.is_some_and(|id| answer.holds_for.contains(id));
        Some((held, answer.as_of))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// # Errors
    /// `InvalidInput` if a part of the plan has no answer, naming each.
    pub(crate) fn check(&self, plan: &Plan) -> Result<()> {
        let mut missing = plan.population_parts();
        missing.retain(|part| !self.answers.contains_key(&part.leaf));
        if missing.is_empty() {
            return Ok(());
        }
        let diagnostics: Vec<Diagnostic> = missing.iter().map(refusal).collect();
        let text: Vec<String> = missing.iter().map(ToString::to_string).collect();
        let message = format!(
            "nothing stands for what depends on other people: {}",
            text.join(", ")
        );
        Err(Error::invalid(message, diagnostics))
    }
}

fn refusal(part: &PopulationPart) -> Diagnostic {
    Diagnostic::new(format!("{part} depends on other people")).help(
        "evaluate it for everybody and give the answer, or leave it out of what is kept current",
    )
}
