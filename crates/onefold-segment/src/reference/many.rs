//! What one person cannot answer alone: ranks, samples, members and organisations.
//!
//! Invariant: equal values stand or fall together, and a person counts once in an organisation, in however
//! many roles.

use std::{collections::BTreeSet, rc::Rc};

use onefold_event::{Decimal, Value};

use super::{Who, World, quantity};
use crate::{
    ast::{Band, Entity, MemberAggregate, Predicate, Quantity, Scope},
    sample,
};

/// The values that a rank orders, ascending.
pub(super) type Ranked = Rc<Vec<Decimal>>;

/// What the aggregates of a quantity saw.
#[derive(Default)]
struct Saw<'a> {
    /// For each aggregate, whether there was a value.
    values: Vec<bool>,
    /// The computed traits that were looked into.
    traits: BTreeSet<&'a str>,
}

impl<'a> World<'a> {
    pub(super) fn holds_of_many(
        &self,
        predicate: &'a Predicate,
        scope: &'a Scope,
        who: Who,
    ) -> bool {
        match predicate {
            Predicate::Rank { band, by } => match self.rank_value(by, scope, who) {
                Some(value) => is_in(*band, value, &self.ranked(by, scope, who.entity())),
                None => false,
            },
            Predicate::Sample { from, to, salt } => self.is_in_sample(*from, *to, salt, who),
            Predicate::Members {
                quantifier,
                role,
                that,
            } => {
                let members = self.members_of(who, role.as_deref());
                let holding = members.iter().filter(|who| self.holds(that, scope, **who));
                quantifier.accepts(holding.count(), members.len())
            }
            Predicate::Organisations {
                quantifier,
                role,
                that,
            } => {
                let all = self.organisations_of(who, role.as_deref());
                let holding = all.iter().filter(|who| self.holds(that, scope, **who));
                quantifier.accepts(holding.count(), all.len())
            }
            _ => false,
        }
    }

    fn is_in_sample(&self, from: Decimal, to: Decimal, salt: &str, who: Who) -> bool {
        let Some(id) = self.traits(who).id() else {
            return false;
        };
        let text = |place: u64| format!("{place:016x}");
        let hash = text(sample::place(salt, &id));
        sample::bound(from).is_some_and(|low| text(low) <= hash)
            && sample::bound(to).is_none_or(|high| hash < text(high))
    }

    /// The members of an organisation, each once.
    fn members_of(&self, who: Who, role: Option<&str>) -> Vec<Who> {
        let Who::Organisation(organisation) = who else {
            return Vec::new();
        };
        let people = self.people.iter().enumerate();
        let members = people.filter(|(_, person)| {
            person.memberships.iter().any(|membership| {
                membership.organisation == organisation
                    && (role.is_none() || membership.role == role)
            })
        });
        members.map(|(at, _)| Who::Person(at)).collect()
    }

    /// The organisations of a person, each once.
    fn organisations_of(&self, who: Who, role: Option<&str>) -> Vec<Who> {
        let Who::Person(person) = who else {
            return Vec::new();
        };
        let memberships = self.people.get(person).map(|person| person.memberships);
        let memberships = memberships.unwrap_or_default().iter();
        let in_role = memberships.filter(|m| role.is_none() || m.role == role);
        let mut found: Vec<Who> = in_role.map(|m| Who::Organisation(m.organisation)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// What a function makes of the values of an organisation's members.
    pub(super) fn over_members(
        &self,
        members: &'a MemberAggregate,
        scope: &'a Scope,
        who: Who,
    ) -> quantity::Found {
        let all = self.members_of(who, members.role.as_deref());
        let values = all
            .into_iter()
            .filter_map(|who| self.quantity(&members.of, scope, who).transpose());
        quantity::over(members.function, values.collect())
    }

    /// The values of everybody in the universe who is ranked.
    fn ranked(&self, by: &'a Quantity, scope: &'a Scope, entity: Entity) -> Ranked {
        let address = std::ptr::from_ref(by) as usize;
        if let Some(known) = self.ranked.borrow().get(&address) {
            return Rc::clone(known);
        }
        let everybody = self.everybody(entity).map(|at| Who::new(entity, at));
        let universe = everybody.filter(|who| match &scope.among {
            Some(among) => self.is_member(among, *who),
            None => true,
        });
        let values = universe.filter_map(|who| self.rank_value(by, scope, who));
        let mut values: Vec<Decimal> = values.collect();
        values.sort_unstable();
        let values = Rc::new(values);
        self.ranked.borrow_mut().insert(address, Rc::clone(&values));
        values
    }

    /// The number that ranks somebody; none for whom every aggregate in it sees nothing.
    fn rank_value(&self, by: &'a Quantity, scope: &'a Scope, who: Who) -> Option<Decimal> {
        let mut saw = Saw::default();
        self.note_what_is_seen(by, scope, who, &mut saw);
        if !saw.values.is_empty() && !saw.values.contains(&true) {
            return None;
        }
        match self.quantity(by, scope, who) {
            Ok(Some(Value::Number(number))) => Some(number),
            _ => None,
        }
    }

    /// For each aggregate of a quantity, also behind computed traits: whether there was a value.
    fn note_what_is_seen(
        &self,
        quantity: &'a Quantity,
        scope: &'a Scope,
        who: Who,
        saw: &mut Saw<'a>,
    ) {
        match quantity {
            Quantity::Number(_) => {}
            Quantity::Trait(name) => {
                if let Some((scope, value)) = self.computed(name)
                    && scope.of == who.entity()
                    && saw.traits.insert(name)
                {
                    self.note_what_is_seen(value, scope, who, saw);
                }
            }
            Quantity::Aggregate(aggregate) => {
                saw.values
                    .push(!self.values(aggregate, scope, who).is_empty());
            }
            Quantity::Members(members) => {
                let of_members = self.members_of(who, members.role.as_deref());
                saw.values.push(
                    of_members
                        .into_iter()
                        .any(|who| self.quantity(&members.of, scope, who) != Ok(None)),
                );
            }
            Quantity::Negative(inner) => self.note_what_is_seen(inner, scope, who, saw),
            Quantity::Add(sides)
            | Quantity::Subtract(sides)
            | Quantity::Multiply(sides)
            | Quantity::Divide(sides) => {
                sides
                    .iter()
                    .for_each(|side| self.note_what_is_seen(side, scope, who, saw));
            }
        }
    }
}

/// Whether one of the ranked values lies in the band. It is one of them, so it never lies between two
/// neighbours: where a quantile does, it is enough to ask on which side of both the value is.
fn is_in(band: Band, value: Decimal, ranked: &[Decimal]) -> bool {
    let at = |at: usize| ranked.get(at).copied().unwrap_or(value);
    let last = ranked.len().saturating_sub(1);
    match band {
        Band::Top(count) => {
            let count = count as usize;
            count > 0 && (count > ranked.len() || value >= at(ranked.len() - count))
        }
        Band::Bottom(count) => {
            let count = count as usize;
            count > 0 && (count > ranked.len() || value <= at(count - 1))
        }
        Band::TopPercent(percent) => value >= at(ceiling(Decimal::ONE_HUNDRED - percent, last)),
        Band::BottomPercent(percent) => value <= at(floor(percent, last)),
        Band::Percentile { from, to } => {
            let is_below = if to == Decimal::ONE_HUNDRED {
                true
            } else {
                value < at(ceiling(to, last))
            };
            value >= at(ceiling(from, last)) && is_below
        }
    }
}

/// The rank of a quantile, rounded down: `percent / 100 * last`.
fn floor(percent: Decimal, last: usize) -> usize {
    place(percent, last).0
}

/// The rank of a quantile, rounded up.
fn ceiling(percent: Decimal, last: usize) -> usize {
    let (whole, has_rest) = place(percent, last);
    whole + usize::from(has_rest)
}

/// The rank of a quantile, rounded down, and whether there was something to round.
fn place(percent: Decimal, last: usize) -> (usize, bool) {
    let percent = percent.normalize();
    let whole = 100 * 10_u128.pow(percent.scale());
    let product = percent.mantissa().unsigned_abs() * last as u128;
    (
        usize::try_from(product / whole).unwrap_or(usize::MAX),
        !product.is_multiple_of(whole),
    )
}
