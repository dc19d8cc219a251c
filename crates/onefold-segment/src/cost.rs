//! What each part of a plan costs a stream: its class, why, and the state that it keeps of a person.
//!
//! Invariant: nothing falls back silently: the cost comes from the same lay-out that the stream runs.

use std::fmt;

use rustc_hash::FxHashSet;
use serde::Serialize;

use crate::{
    Plan,
    ast::{Entity, Function},
    plan::{Node, PlannedQuantity, Question, Segment},
    stream::{Asked, Drafts},
};

/// How a part of a definition can be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// From what is known of the person beside occurrences; nothing is kept but the answer.
    Local,
    /// From what is kept of the person; only what happens changes the answer.
    Keyed,
    /// As keyed, and time alone changes the answer, too: entries and exits by timers, at the exact instant.
    #[serde(rename = "keyed+timer")]
    KeyedTimer,
    /// It depends on other people: evaluated in batches, and in a stream only from standing answers.
    Population,
}

/// The state that a stream keeps of one person, in bytes. It is an upper bound, but for people with more than
/// 480 bytes in one part, who take up to twice 24 bytes more for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct State {
    /// Whatever happens.
    pub fixed_bytes: usize,
    /// More for each occurrence (or number, or open sequence) inside the longest window.
    pub bytes_per_occurrence: usize,
}

/// What a part of a segment costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartCost {
    /// The part as it is printed.
    pub part: Box<str>,
    /// How it is evaluated.
    pub class: Class,
    /// Why so.
    pub reason: &'static str,
    /// What it keeps, were it alone. Parts that ask about the same occurrences share it.
    pub state: State,
}

/// What a segment costs: its parts, without those of the segments that it refers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// The segment's name.
    pub segment: Box<str>,
    /// The highest class of its parts and of the segments that it refers to, so that nothing is lighter than what
    /// it waits for. A segment of organisations is always [`Class::Population`]: a stream keeps no organisations.
    pub class: Class,
    /// Each part once.
    pub parts: Vec<PartCost>,
}

impl Plan {
    /// What each segment costs, in the order of their definitions. Cost: linear in the plan, and for each question in the
    /// computed traits that it is made of.
    ///
    /// ```
    /// use onefold_segment::{Library, Plan};
    /// let plan = Plan::compile(Library::parse(r#"
    ///     segment regular = plan = "pro" and did login in last 30 d at least 3 times
    /// "#)?)?;
    /// assert_eq!(plan.costs()[0].to_string(), "\
    /// regular: keyed+timer, 35 bytes
    ///   plan = \"pro\": local, 1 bytes: traits change it, and nothing else
    ///   did login in last 30 d at least 3 times: keyed+timer, 34 bytes: the latest instants, as many as are counted
    /// ");
    /// # Ok::<(), onefold_event::Error>(())
    /// ```
    pub fn costs(&self) -> Vec<Cost> {
        let parts = |segment: &Segment| {
            let mut leaves = Leaves::default();
            leaves.add(&segment.node);
            let parts = leaves.numbers.into_iter().filter_map(|number| {
                let leaf = self.leaf(number)?;
                let (class, reason, state) = part(self, &leaf.question);
                Some(PartCost {
                    part: leaf.text.clone(),
                    class,
                    reason,
                    state,
                })
            });
            parts.collect::<Vec<_>>()
        };
        let parts: Vec<Vec<PartCost>> = self.segments.iter().map(parts).collect();
        let classes = self.classes(&parts);
        let costs = self.segments.iter().zip(parts).zip(classes);
        let cost = |((segment, parts), class): ((&Segment, _), _)| Cost {
            segment: (*segment.name).into(),
            class: match segment.entity {
                Entity::Organisation => Class::Population,
                Entity::Person => class,
            },
            parts,
        };
        costs.map(cost).collect()
    }

    /// The highest class of each segment's parts and of the segments that it refers to.
    fn classes(&self, parts: &[Vec<PartCost>]) -> Vec<Class> {
        let highest = |parts: &Vec<PartCost>| parts.iter().map(|part| part.class).max();
        let mut classes: Vec<Class> = parts
            .iter()
            .map(|parts| highest(parts).unwrap_or(Class::Local))
            .collect();
        for number in &self.order {
            let needs = self.segments.get(*number).map(|segment| &segment.needs);
            let needs = needs.into_iter().flatten();
            let needed = needs.filter_map(|need| classes.get(*need)).max().copied();
            if let (Some(class), Some(needed)) = (classes.get_mut(*number), needed) {
                *class = needed.max(*class);
            }
        }
        classes
    }
}

/// The leaves of a segment, each once, in their order.
#[derive(Default)]
struct Leaves {
    numbers: Vec<u32>,
    known: FxHashSet<u32>,
}

impl Leaves {
    fn add(&mut self, node: &Node) {
        match node {
            Node::All(parts) | Node::Any(parts) => parts.iter().for_each(|part| self.add(part)),
            Node::Not(inner) => self.add(inner),
            Node::Member(_) => {}
            Node::Leaf(number) => {
                if self.known.insert(*number) {
                    self.numbers.push(*number);
                }
            }
        }
    }
}

fn part(plan: &Plan, question: &Question) -> (Class, &'static str, State) {
    let mut drafts = Drafts::default();
    let one_bit = State {
        fixed_bytes: 1,
        bytes_per_occurrence: 0,
    };
    match drafts.ask(plan, question) {
        Asked::Static => (Class::Local, local_reason(question), one_bit),
        Asked::Population => (Class::Population, "other people change it", one_bit),
        Asked::Kept(needs) => {
            let mut features: Vec<u32> =
                needs.features.iter().map(|(feature, _)| *feature).collect();
            features.sort_unstable();
            features.dedup();
            let state = State {
                fixed_bytes: 10 + 96 + 64 * features.len(),
                bytes_per_occurrence: 2 * (16 + 32) * features.len(),
            };
            (Class::KeyedTimer, kept_reason(question), state)
        }
        Asked::Atoms(_) => {
            let (mut state, mut is_timed) = (State::default(), false);
            for draft in &drafts.drafts {
                let of_cell = draft.state();
                // The answers, and the cell's length and timer.
                state.fixed_bytes += draft.atoms.len().div_ceil(8) + 9 + of_cell.fixed_bytes;
                state.bytes_per_occurrence += of_cell.bytes_per_occurrence;
                is_timed |= draft.is_timed();
            }
            let class = if is_timed {
                Class::KeyedTimer
            } else {
                Class::Keyed
            };
            (class, atoms_reason(question), state)
        }
    }
}

fn local_reason(question: &Question) -> &'static str {
    match question {
        Question::Sample { .. } => "a hash of the identifier",
        Question::Consent { .. } => "the consent ledger changes it, and nothing else",
        Question::Organisations { .. } => {
            "organisations and their traits change it, and nothing else"
        }
        _ => "traits change it, and nothing else",
    }
}

fn atoms_reason(question: &Question) -> &'static str {
    match question {
        Question::Days { .. } => {
            "the latest instant of each of the latest days, as many as are counted"
        }
        Question::Recency { .. } => "the latest instant",
        Question::Restarted { .. } => "the latest instant and the latest new beginning",
        Question::Nth { .. } => "how many there were, and the instant of the one with the number",
        Question::Sequence(sequence) if sequence.then_no.is_some() => {
            "per step the latest beginning, and the sequences that wait for nothing to follow"
        }
        Question::Sequence(_) => "per step the latest beginning",
        Question::Quantity {
            value: PlannedQuantity::Aggregate(aggregate),
            ..
        } if aggregate.function == Function::Sum => "the numbers inside the window",
        _ => "the latest instants, as many as are counted",
    }
}

fn kept_reason(question: &Question) -> &'static str {
    match question {
        Question::Sequence(_) => {
            "occurrences inside the window are kept: the filter of a step speaks of earlier ones, or the window \
             is no plain one"
        }
        Question::Quantity { .. } | Question::Compare { .. } => {
            "occurrences inside the window are kept: the value cannot be told without them"
        }
        _ => {
            "occurrences inside the window are kept: it does not end now, or each person has a zone"
        }
    }
}

impl Class {
    /// The word that stands for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Keyed => "keyed",
            Self::KeyedTimer => "keyed+timer",
            Self::Population => "population",
        }
    }
}

impl Cost {
    /// What all parts keep together, were nothing shared.
    pub fn state(&self) -> State {
        let sum = |of: fn(&State) -> usize| self.parts.iter().map(|part| of(&part.state)).sum();
        State {
            fixed_bytes: sum(|state| state.fixed_bytes),
            bytes_per_occurrence: sum(|state| state.bytes_per_occurrence),
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.fixed_bytes)?;
        match self.bytes_per_occurrence {
            0 => Ok(()),
            more => write!(f, " and {more} per occurrence in the window"),
        }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}, {}", self.segment, self.class, self.state())?;
        for part in &self.parts {
            let PartCost {
                part,
                class,
                reason,
                state,
            } = part;
            writeln!(f, "  {part}: {class}, {state}: {reason}")?;
        }
        Ok(())
    }
}
