//! The answer for one person at one instant, and until when it holds.
//!
//! Invariant: an outcome stays what it is from `as_of` until its `next` instant, as long as nothing
//! is added; at `NEVER` it stays for ever.

mod behaviour;
mod quantity;
mod sequence;

use std::cell::OnceCell;

use chrono_tz::Tz;
use onefold_event::{Timestamp, Value};
use smallvec::SmallVec;

use crate::{
    Standing, Traits,
    ast::{Entity, Quantifier},
    instant::NEVER,
    kept::Kept,
    plan::{Node, Plan, Question, Span},
    sample,
    value::{compare, passes},
    window::Selected,
    zone,
};

pub(crate) use quantity::Found;

/// An answer and the first instant at which it may be another, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) held: bool,
    pub(crate) next: i64,
}

impl Outcome {
    pub(crate) const FALSE_FOR_EVER: Self = Self {
        held: false,
        next: NEVER,
    };

    pub(crate) fn not(self) -> Self {
        Self {
            held: !self.held,
            ..self
        }
    }
}

/// Everything that an answer about one person depends on.
pub(crate) struct Context<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) kept: SmallVec<[Kept<'a>; 4]>,
    pub(crate) traits: &'a dyn Traits,
    pub(crate) as_of: i64,
    /// Whom it is about.
    pub(crate) of: Entity,
    pub(crate) standing: &'a Standing,
    read: SmallVec<[OnceCell<Option<Value>>; 4]>,
    /// The computed traits that several places ask for, made when the first is.
    computed: OnceCell<Remembered>,
}

/// The value of each computed trait, and when it may be another.
type Remembered = Box<[OnceCell<(Found, i64)>]>;

impl<'a> Context<'a> {
    pub(crate) fn new(
        plan: &'a Plan,
        standing: &'a Standing,
        kept: SmallVec<[Kept<'a>; 4]>,
        traits: &'a dyn Traits,
        as_of: Timestamp,
    ) -> Self {
        Self {
            plan,
            kept,
            traits,
            as_of: as_of.as_micros(),
            of: Entity::Person,
            standing,
            read: SmallVec::from_elem(OnceCell::new(), plan.traits.len()),
            computed: OnceCell::new(),
        }
    }

    /// The same instant, asked about an organisation.
    pub(crate) fn about<'b>(&'b self, organisation: &'b dyn Traits) -> Context<'b> {
        Context {
            plan: self.plan,
            // Nothing happens to organisations.
            kept: SmallVec::new(),
            traits: organisation,
            as_of: self.as_of,
            of: Entity::Organisation,
            standing: self.standing,
            read: SmallVec::from_elem(OnceCell::new(), self.plan.traits.len()),
            computed: OnceCell::new(),
        }
    }

    /// The same person at another instant, by what is known now.
    pub(crate) fn at(&self, as_of: i64) -> Self {
        Self {
            plan: self.plan,
            kept: self.kept.clone(),
            traits: self.traits,
            as_of,
            of: self.of,
            standing: self.standing,
            read: self.read.clone(),
            computed: OnceCell::new(),
        }
    }

    /// The outcomes of all segments, by number.
    pub(crate) fn all(&self) -> SmallVec<[Outcome; 8]> {
        let count = self.plan.segments.len();
        let mut outcomes = SmallVec::from_elem(Outcome::FALSE_FOR_EVER, count);
        for number in &self.plan.order {
            self.settle(*number, &mut outcomes);
        }
        outcomes
    }

    /// The outcomes of one segment and of those it needs; the others stay unknown.
    pub(crate) fn needed_by(&self, segment: usize) -> SmallVec<[Outcome; 8]> {
        let count = self.plan.segments.len();
        let mut is_needed: SmallVec<[bool; 64]> = SmallVec::from_elem(false, count);
        if let Some(needed) = is_needed.get_mut(segment) {
            *needed = true;
        }
        // Backwards: whoever needs a segment stands behind it.
        for number in self.plan.order.iter().rev() {
            if is_needed.get(*number) == Some(&true) {
                let needs = self
                    .plan
                    .segments
                    .get(*number)
                    .map(|segment| &segment.needs);
                for need in needs.into_iter().flatten() {
                    if let Some(needed) = is_needed.get_mut(*need) {
                        *needed = true;
                    }
                }
            }
        }
        let mut outcomes = SmallVec::from_elem(Outcome::FALSE_FOR_EVER, count);
        for number in &self.plan.order {
            if is_needed.get(*number) == Some(&true) {
                self.settle(*number, &mut outcomes);
            }
        }
        outcomes
    }

    fn settle(&self, number: usize, outcomes: &mut [Outcome]) {
        let Some(segment) = self.plan.segments.get(number) else {
            return;
        };
        // Nobody is a member of a segment about something else.
        if segment.entity != self.of {
            return;
        }
        let outcome = self.node(&segment.node, outcomes);
        if let Some(place) = outcomes.get_mut(number) {
            *place = outcome;
        }
    }

    pub(crate) fn node(&self, node: &Node, segments: &[Outcome]) -> Outcome {
        match node {
            Node::All(parts) => join(parts.iter().map(|part| self.node(part, segments)), false),
            Node::Any(parts) => join(parts.iter().map(|part| self.node(part, segments)), true),
            Node::Not(inner) => self.node(inner, segments).not(),
            Node::Member(number) => {
                let settled = segments.get(*number).copied();
                settled.unwrap_or(Outcome::FALSE_FOR_EVER)
            }
            Node::Leaf(number) => self.leaf(*number),
        }
    }

    fn leaf(&self, number: u32) -> Outcome {
        if let Some((held, _)) = self.stands(number) {
            return Outcome { held, next: NEVER };
        }
        let Some(leaf) = self.plan.leaf(number) else {
            return Outcome::FALSE_FOR_EVER;
        };
        match &leaf.question {
            Question::Trait { number, test } => {
                for_ever(passes(test, self.trait_value(*number)) == Ok(true))
            }
            Question::Quantity { value, test } => {
                let (found, next) = self.quantity(value);
                let held = found.and_then(|value| passes(test, value.as_ref())) == Ok(true);
                Outcome { held, next }
            }
            Question::Compare {
                left,
                operator,
                right,
            } => {
                let (left, right) = (self.quantity(left), self.quantity(right));
                let held = match (left.0, right.0) {
                    (Ok(Some(left)), Ok(Some(right))) => {
                        compare(&left, &right).is_ok_and(|order| operator.accepts(order))
                    }
                    _ => false,
                };
                let next = left.1.min(right.1);
                Outcome { held, next }
            }
            Question::Sequence(planned) => self.sequence(planned).outcome,
            Question::Sample { from, to, salt } => {
                let id = self.traits.id();
                for_ever(id.is_some_and(|id| sample::contains(*from, *to, salt, &id)))
            }
            Question::Organisations {
                quantifier,
                role,
                that,
            } => self.organisations(*quantifier, role.as_deref(), that),
            Question::Consent {
                purpose,
                channel,
                is,
            } => for_ever(self.traits.consent(purpose, channel.as_deref()) == *is),
            // Every one of these has a standing answer.
            Question::Rank { .. } | Question::Members { .. } => Outcome::FALSE_FOR_EVER,
            behaviour => self.behaviour(behaviour),
        }
    }

    /// The standing answer of a part that depends on other people, and as of when it is.
    pub(crate) fn stands(&self, leaf: u32) -> Option<(bool, Timestamp)> {
        if self.standing.is_empty() {
            return None;
        }
        self.standing.about(leaf, self.traits.id().as_deref())
    }

    fn organisations(&self, quantifier: Quantifier, role: Option<&str>, that: &Node) -> Outcome {
        let belongings = self.traits.organisations();
        let in_role = belongings.iter().filter(|belonging| {
            role.is_none_or(|role| belonging.roles.iter().any(|known| **known == *role))
        });
        let outcomes: SmallVec<[Outcome; 4]> = in_role
            .map(|belonging| {
                let context = self.about(&*belonging.traits);
                context.node(that, &context.all())
            })
            .collect();
        let holding = outcomes.iter().filter(|outcome| outcome.held).count();
        let next = outcomes.iter().map(|outcome| outcome.next).min();
        Outcome {
            held: quantifier.accepts(holding, outcomes.len()),
            next: next.unwrap_or(NEVER),
        }
    }

    pub(crate) fn trait_value(&self, number: usize) -> Option<&Value> {
        let name = self.plan.traits.get(number)?;
        let read = self.read.get(number)?;
        read.get_or_init(|| self.traits.trait_value(name)).as_ref()
    }

    pub(crate) fn selected(&self, feature: u32, span: Span) -> Selected<'a> {
        let histories = self.kept.iter().filter_map(|kept| kept.history(feature));
        Selected::new(histories, span.stretch, self.zone(span.zone), self.as_of)
    }

    pub(crate) fn zone(&self, number: u32) -> Tz {
        let zone = self.plan.zones.get(number as usize);
        zone.map_or(Tz::UTC, |zone| {
            zone::of_person(zone, |name| match self.traits.trait_value(name) {
                Some(Value::Text(text)) => Some(text),
                _ => None,
            })
        })
    }
}

fn for_ever(held: bool) -> Outcome {
    Outcome { held, next: NEVER }
}

/// All of the parts hold (or, for `any`, one of them). A result that some parts hold up against
/// the others stays as long as one of those parts stays.
pub(crate) fn join(parts: impl Iterator<Item = Outcome>, any: bool) -> Outcome {
    // What a single part can decide: true for `any`, false for `all`.
    let (mut deciding, mut others) = (None, NEVER);
    for part in parts {
        if part.held == any {
            let longest = deciding.unwrap_or(part.next).max(part.next);
            deciding = Some(longest);
            if longest == NEVER {
                break;
            }
        } else {
            others = others.min(part.next);
        }
    }
    match deciding {
        Some(next) => Outcome { held: any, next },
        None => Outcome {
            held: !any,
            next: others,
        },
    }
}
