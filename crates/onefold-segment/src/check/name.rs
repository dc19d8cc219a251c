//! The mistakes between definitions: names that are repeated, unknown or of something else.
//!
//! Invariant: the names of definitions that could not be read are known, too, so that one mistake does not
//! cause others.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use onefold_event::Diagnostic;

use super::{MISTAKES_MAX, Mistake, order::order_mistakes};
use crate::{
    ast::{Definition, Entity, Predicate, Quantity, Zone},
    code::Code,
    suggest,
};

/// Where something stands.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    Text(Range<usize>),
    Json(String),
}

impl Place {
    pub(super) fn put(&self, mistake: Mistake) -> Diagnostic {
        let diagnostic = mistake.diagnostic();
        match self {
            Self::Text(span) => diagnostic.spanning(span.clone()),
            Self::Json(pointer) => diagnostic.at(pointer.clone()),
        }
    }
}

/// A name of a segment or trait, and what it is asked about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reference<'a> {
    pub(crate) name: &'a str,
    /// Not known where the condition it stood in could not be read.
    pub(crate) entity: Option<Entity>,
    /// Whether it is the universe of the definition.
    pub(crate) is_universe: bool,
}

/// Where a definition and its references are, for the messages.
pub(crate) struct Places<'a> {
    pub(crate) definition: &'a Definition,
    /// Of the name that is defined.
    pub(crate) name: Place,
    /// The segments it refers to.
    pub(crate) segments: Vec<(Reference<'a>, Place)>,
    /// The traits it reads.
    pub(crate) traits: Vec<(Reference<'a>, Place)>,
}

type Known<'a> = BTreeMap<(&'static str, &'a str), Entity>;

pub(crate) fn name_mistakes(all: &[Places<'_>], unread: &[Box<str>]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut known = Known::new();
    for places in all {
        let (kind, name) = kind_and_name(places.definition);
        let entity = places.definition.scope().of;
        if known.insert((kind, name), entity).is_some() && found.len() < MISTAKES_MAX {
            let message = format!("{kind} `{name}` is defined twice");
            let help = "keep one, or give it another name";
            found.push(
                places
                    .name
                    .put(Mistake::new(Code::DefinedTwice, message, help)),
            );
        }
    }
    let unread: BTreeSet<&str> = unread.iter().map(|name| &**name).collect();
    for places in all {
        for (reference, place) in &places.segments {
            if found.len() >= MISTAKES_MAX {
                return found;
            }
            let mistake = segment_mistake(reference, &known, &unread);
            found.extend(mistake.map(|mistake| place.put(mistake)));
        }
        for (reference, place) in &places.traits {
            if found.len() >= MISTAKES_MAX {
                return found;
            }
            let mistake = trait_mistake(reference, &known);
            found.extend(mistake.map(|mistake| place.put(mistake)));
        }
        found.extend(zone_mistake(places, &known));
    }
    if found.is_empty() && unread.is_empty() {
        found.extend(order_mistakes(all));
    }
    found
}

fn segment_mistake(
    reference: &Reference<'_>,
    known: &Known<'_>,
    unread: &BTreeSet<&str>,
) -> Option<Mistake> {
    let name = reference.name;
    let Some(entity) = known.get(&("segment", name)) else {
        if unread.contains(name) {
            return None;
        }
        let segments = known.keys().filter(|(kind, _)| *kind == "segment");
        let help = match suggest::nearest(name, segments.map(|(_, name)| *name)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "define it in the same text".to_owned(),
        };
        let message = format!("unknown segment `{name}`");
        return Some(Mistake::new(Code::UnknownSegment, message, help));
    };
    let asked = reference.entity.filter(|asked| asked != entity)?;
    let (is, asked) = (plural(*entity), plural(asked));
    let message = format!("segment `{name}` is of {is}, and {asked} are asked about");
    Some(if reference.is_universe {
        Mistake::new(
            Code::Universe,
            message,
            format!("the universe is a segment of {asked}"),
        )
    } else {
        let help = format!("ask it inside `any {} (...)`", entity_word(*entity));
        Mistake::new(Code::Entity, message, help)
    })
}

fn trait_mistake(reference: &Reference<'_>, known: &Known<'_>) -> Option<Mistake> {
    let name = reference.name;
    let entity = known.get(&("trait", name))?;
    let asked = reference.entity.filter(|asked| asked != entity)?;
    let (is, asked) = (plural(*entity), plural(asked));
    let message = format!("the computed trait `{name}` is of {is}, and {asked} are asked about");
    let help = "give one of the two another name, or ask it where its owners are asked about";
    Some(Mistake::new(Code::Entity, message, help))
}

/// A zone is read before anything is computed.
fn zone_mistake(places: &Places<'_>, known: &Known<'_>) -> Option<Diagnostic> {
    let Zone::Person { by, .. } = &places.definition.scope().zone else {
        return None;
    };
    known.get(&("trait", by))?;
    let message = format!("the zone is read from the computed trait `{by}`");
    let help = "name a trait that comes from outside";
    Some(places.name.put(Mistake::new(Code::Zone, message, help)))
}

fn plural(entity: Entity) -> &'static str {
    match entity {
        Entity::Person => "people",
        Entity::Organisation => "organisations",
    }
}

fn entity_word(entity: Entity) -> &'static str {
    match entity {
        Entity::Person => "member",
        Entity::Organisation => "organisation",
    }
}

pub(crate) fn kind_and_name(definition: &Definition) -> (&'static str, &str) {
    (definition.kind(), definition.name())
}

/// The segments and the traits that a definition refers to, in the order of its tree.
pub(crate) fn references(definition: &Definition) -> (Vec<Reference<'_>>, Vec<Reference<'_>>) {
    let mut collect = Collect::default();
    let scope = definition.scope();
    collect
        .segments
        .extend(scope.among.as_ref().map(|name| Reference {
            name,
            entity: Some(scope.of),
            is_universe: true,
        }));
    match definition {
        Definition::Segment { when, .. } => collect.predicate(when, scope.of),
        Definition::Trait { value, .. } => collect.quantity(value, scope.of),
    }
    (collect.segments, collect.traits)
}

#[derive(Default)]
struct Collect<'a> {
    segments: Vec<Reference<'a>>,
    traits: Vec<Reference<'a>>,
}

impl<'a> Collect<'a> {
    fn predicate(&mut self, predicate: &'a Predicate, entity: Entity) {
        match predicate {
            Predicate::All(parts) | Predicate::Any(parts) => {
                for part in parts {
                    self.predicate(part, entity);
                }
            }
            Predicate::Not(inner) => self.predicate(inner, entity),
            Predicate::Members { that, .. } => self.predicate(that, Entity::Person),
            Predicate::Organisations { that, .. } => self.predicate(that, Entity::Organisation),
            Predicate::Member(name) => self.segments.push(reference(name, entity)),
            Predicate::Trait { name, .. } => self.traits.push(reference(name, entity)),
            Predicate::Quantity { value, .. } | Predicate::Rank { by: value, .. } => {
                self.quantity(value, entity);
            }
            Predicate::Compare { left, right, .. } => {
                self.quantity(left, entity);
                self.quantity(right, entity);
            }
            _ => {}
        }
    }

    fn quantity(&mut self, quantity: &'a Quantity, entity: Entity) {
        match quantity {
            Quantity::Trait(name) => self.traits.push(reference(name, entity)),
            Quantity::Number(_) | Quantity::Aggregate(_) => {}
            Quantity::Members(members) => self.quantity(&members.of, Entity::Person),
            Quantity::Negative(inner) => self.quantity(inner, entity),
            Quantity::Add(sides)
            | Quantity::Subtract(sides)
            | Quantity::Multiply(sides)
            | Quantity::Divide(sides) => {
                for side in sides.iter() {
                    self.quantity(side, entity);
                }
            }
        }
    }
}

fn reference(name: &str, entity: Entity) -> Reference<'_> {
    Reference {
        name,
        entity: Some(entity),
        is_universe: false,
    }
}
