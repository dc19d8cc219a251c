//! What no chunk can answer alone: ranks, organisations and members, and the segments that need them.
//!
//! Invariant: a segment is answered behind all that it refers to.

use std::cell::OnceCell;

use onefold_event::Value;
use rustc_hash::FxHashMap;

use super::{
    aggregate::{Found, Held, Quantities, over},
    bits::Bits,
    organisation::Side,
    program::Program,
    rank,
    run::values::{are_in_order, calculated, negated},
};
use crate::{
    ast::{ConsentState, Entity, Quantifier, Test},
    plan::{Computed, Node, PlannedQuantity, Question},
    sample,
    summary::Stored,
    value::{Calculation, Fault, add, divide, multiply, passes, subtract},
};

/// Leaves that were answered here, by whom they are about.
pub(crate) type Known = FxHashMap<(Entity, u32), Bits>;

/// The evaluation behind all chunks.
pub(crate) struct Wide<'a> {
    pub(crate) program: &'a Program<'a>,
    /// The members of each segment that is answered so far.
    pub(crate) segments: Vec<Option<Bits>>,
    /// The kept leaves of the chunks, joined.
    pub(crate) leaves: FxHashMap<u32, Bits>,
    /// The kept values, joined.
    pub(crate) values: Vec<Quantities>,
    pub(crate) known: Known,
    /// The computed traits of organisations that several places ask for.
    pub(crate) computed: Vec<OnceCell<Quantities>>,
}

impl Wide<'_> {
    /// Answers the segments that the chunks did not.
    pub(crate) fn answer(mut self) -> (Vec<Option<Bits>>, Known) {
        let plan = self.program.plan;
        for number in &plan.order {
            let Some(segment) = plan.segments.get(*number) else {
                continue;
            };
            if self.program.is_local.get(*number) == Some(&true) {
                continue;
            }
            let bits = self.node(&segment.node, segment.entity);
            if let Some(place) = self.segments.get_mut(*number) {
                *place = Some(bits);
            }
        }
        (self.segments, self.known)
    }

    fn len(&self, entity: Entity) -> usize {
        match entity {
            Entity::Person => self.program.table.people(),
            Entity::Organisation => self.program.table.organisations(),
        }
    }

    fn node(&mut self, node: &Node, entity: Entity) -> Bits {
        let len = self.len(entity);
        match node {
            Node::All(parts) => {
                let mut bits = Bits::all(len);
                parts
                    .iter()
                    .for_each(|part| bits.and(&self.node(part, entity)));
                bits
            }
            Node::Any(parts) => {
                let mut bits = Bits::none(len);
                parts
                    .iter()
                    .for_each(|part| bits.or(&self.node(part, entity)));
                bits
            }
            Node::Not(inner) => {
                let mut bits = self.node(inner, entity);
                bits.flip();
                bits
            }
            Node::Member(number) => self.members(*number, entity),
            Node::Leaf(leaf) => self.leaf(*leaf, entity),
        }
    }

    /// Nobody is a member of a segment about something else.
    fn members(&self, number: usize, entity: Entity) -> Bits {
        let segment = self.program.plan.segments.get(number);
        let is_about = segment.is_some_and(|segment| segment.entity == entity);
        let bits = self.segments.get(number).and_then(Option::as_ref);
        let bits = bits.filter(|_| is_about).cloned();
        bits.unwrap_or_else(|| Bits::none(self.len(entity)))
    }

    fn leaf(&mut self, leaf: u32, entity: Entity) -> Bits {
        if let Some(known) = self.known.get(&(entity, leaf)) {
            return known.clone();
        }
        let question = self.program.plan.leaf(leaf).map(|leaf| &leaf.question);
        let bits = match (question, entity) {
            (Some(Question::Rank { band, by, universe }), _) => {
                let universe = universe.map(|number| self.members(number, entity));
                let values = self.quantities(by, entity);
                rank::members(*band, &values, universe.as_ref(), self.len(entity))
            }
            (
                Some(Question::Members {
                    quantifier,
                    role,
                    that,
                }),
                Entity::Organisation,
            ) => {
                let that = self.node(that, Entity::Person);
                self.enough(Side::Members, role.as_deref(), *quantifier, &that)
            }
            (
                Some(Question::Organisations {
                    quantifier,
                    role,
                    that,
                }),
                Entity::Person,
            ) => {
                let that = self.node(that, Entity::Organisation);
                self.enough(Side::Organisations, role.as_deref(), *quantifier, &that)
            }
            // Nobody belongs to a person, and an organisation to no other.
            (
                Some(
                    Question::Members { quantifier, .. }
                    | Question::Organisations { quantifier, .. },
                ),
                _,
            ) => Bits::filled(self.len(entity), quantifier.accepts(0, 0)),
            (Some(question), Entity::Organisation) => self.organisation(question),
            (_, _) => {
                let kept = self.leaves.get(&leaf).cloned();
                kept.unwrap_or_else(|| Bits::none(self.len(entity)))
            }
        };
        self.known.insert((entity, leaf), bits.clone());
        bits
    }

    fn enough(&self, side: Side, role: Option<&str>, quantifier: Quantifier, that: &Bits) -> Bits {
        let len = match side {
            Side::Members => self.len(Entity::Organisation),
            Side::Organisations => self.len(Entity::Person),
        };
        let lists = self
            .program
            .table
            .organisations
            .at(side, role, self.program.as_of, len);
        let mut lists = lists.iter();
        Bits::from_fn(len, |_| {
            let list = lists.next().map(Vec::as_slice).unwrap_or_default();
            let holding = list.iter().filter(|other| that.get(**other as usize));
            quantifier.accepts(holding.count(), list.len())
        })
    }

    /// What is asked about organisations themselves. Nothing happens to them.
    fn organisation(&self, question: &Question) -> Bits {
        let (table, len) = (self.program.table, self.len(Entity::Organisation));
        match question {
            Question::Trait { number, test } => {
                let value = PlannedQuantity::Trait(*number);
                self.passing(&value, test)
            }
            Question::Quantity { value, test } => self.passing(value, test),
            Question::Compare {
                left,
                operator,
                right,
            } => {
                let left = self.quantities(left, Entity::Organisation);
                let right = self.quantities(right, Entity::Organisation);
                Bits::from_fn(len, |at| {
                    are_in_order(left.found(at), *operator, right.found(at))
                })
            }
            Question::Count { count, .. } | Question::Days { count, .. } => {
                Bits::filled(len, count.accepts(0))
            }
            Question::Sample { from, to, salt } => Bits::from_fn(len, |at| {
                let id = table.organisation_id(at).map(|id| id.to_string());
                id.is_some_and(|id| sample::contains(*from, *to, salt, &id))
            }),
            Question::Consent {
                purpose,
                channel,
                is,
            } => {
                let about = (Entity::Organisation, purpose.clone(), channel.clone());
                let said = table.consent.get(&about);
                Bits::from_fn(len, |at| {
                    let at = u32::try_from(at).unwrap_or_default();
                    let state = said.and_then(|said| said.get(&at)).copied();
                    state.unwrap_or(ConsentState::Unknown) == *is
                })
            }
            _ => Bits::none(len),
        }
    }

    fn passing(&self, value: &PlannedQuantity, test: &Test) -> Bits {
        let value = self.quantities(value, Entity::Organisation);
        Bits::from_fn(self.len(Entity::Organisation), |at| {
            let passed = value
                .found(at)
                .and_then(|found| passes(test, found.as_ref()));
            passed.unwrap_or(false)
        })
    }

    /// A value of everybody; those of people were kept by the chunks.
    pub(crate) fn quantities(&self, value: &PlannedQuantity, entity: Entity) -> Quantities {
        if entity == Entity::Person {
            let kept = self
                .program
                .kept_values
                .iter()
                .position(|known| *known == value);
            let kept = kept.and_then(|place| self.values.get(place)).cloned();
            return kept.unwrap_or_else(|| missing(self.len(entity)));
        }
        let len = self.len(entity);
        let (join, sides): (Calculation, _) = match value {
            PlannedQuantity::Trait(number) => return self.organisation_trait(*number),
            PlannedQuantity::Computed(number) => {
                return match self.program.plan.computed.get(*number) {
                    Some(computed) if computed.entity == entity => self.computed(*number, computed),
                    _ => missing(len),
                };
            }
            PlannedQuantity::Number(number) => return Quantities::constant(*number, len),
            PlannedQuantity::Aggregate(aggregate) => {
                return Quantities {
                    held: Held::Found(vec![over(aggregate.function, &[]); len]),
                    seen: Some(Bits::none(len)),
                };
            }
            PlannedQuantity::Members { function, role, of } => {
                let values = self.quantities(of, Entity::Person);
                let lists = self.program.table.organisations.at(
                    Side::Members,
                    role.as_deref(),
                    self.program.as_of,
                    len,
                );
                return over_members(*function, &values, &lists);
            }
            PlannedQuantity::Negative(inner) => {
                let inner = self.quantities(inner, entity);
                let held = (0..len).map(|at| negated(inner.found(at))).collect();
                return Quantities {
                    held: Held::Found(held),
                    seen: inner.seen,
                };
            }
            PlannedQuantity::Add(sides) => (add, sides),
            PlannedQuantity::Subtract(sides) => (subtract, sides),
            PlannedQuantity::Multiply(sides) => (multiply, sides),
            PlannedQuantity::Divide(sides) => (divide, sides),
        };
        let [left, right] = &**sides;
        let (left, right) = (
            self.quantities(left, entity),
            self.quantities(right, entity),
        );
        let one = |at| calculated(left.found(at), right.found(at), join);
        Quantities {
            held: Held::Found((0..len).map(one).collect()),
            seen: super::run::values::seen_by_either(left.seen.as_ref(), right.seen.as_ref()),
        }
    }

    fn computed(&self, number: usize, computed: &Computed) -> Quantities {
        let value = || self.quantities(&computed.value, computed.entity);
        match self.computed.get(number).filter(|_| computed.is_shared) {
            Some(cell) => cell.get_or_init(value).clone(),
            None => value(),
        }
    }

    fn organisation_trait(&self, number: usize) -> Quantities {
        let name = self.program.plan.traits.get(number);
        let organisations = &self.program.table.organisations;
        let mut traits = organisations.traits.iter();
        let Some(named) = traits.find(|known| Some(&known.name) == name) else {
            return missing(organisations.ids.len());
        };
        let values =
            (0..organisations.ids.len()).map(|at| Ok(named.column.value(at, &named.texts)));
        Quantities {
            held: Held::Found(values.collect()),
            seen: None,
        }
    }
}

fn missing(len: usize) -> Quantities {
    Quantities {
        held: Held::Found(vec![Ok(None); len]),
        seen: None,
    }
}

fn over_members(
    function: crate::ast::Function,
    values: &Quantities,
    lists: &[Vec<u32>],
) -> Quantities {
    let mut seen = Bits::none(lists.len());
    let mut one = |(at, list): (usize, &Vec<u32>)| -> Found {
        let found = list.iter().map(|person| values.found(*person as usize));
        let stored: Vec<Result<Value, Fault>> = found.filter_map(Result::transpose).collect();
        seen.put(at, !stored.is_empty());
        let stored: Vec<Stored> = stored;
        over(function, &stored)
    };
    let held = lists.iter().enumerate().map(&mut one).collect();
    Quantities {
        held: Held::Found(held),
        seen: Some(seen),
    }
}
