//! Cycles of definitions, and chains that are too long.
//!
//! Invariant: names are unique and known here. Cost: linear in the definitions and their references.

use std::collections::BTreeMap;

use onefold_event::Diagnostic;

use super::{
    CHAIN_MAX, DEPTH_MAX, LEVELS_MAX, MISTAKES_MAX, Mistake,
    name::{Place, Places, Reference, kind_and_name},
};
use crate::{
    ast::{Definition, Quantity},
    code::Code,
};

/// How many names of a cycle are told.
const NAMES_MAX: usize = 10;

pub(super) fn order_mistakes(all: &[Places<'_>]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for kind in ["segment", "trait"] {
        let mut graph = Graph::new(kind, all);
        graph.settle();
        found.extend(graph.long_chains());
        found.extend(graph.cycles());
        found.truncate(MISTAKES_MAX);
    }
    found
}

/// How many operations lie above each other in a trait.
fn levels(definition: &Definition) -> usize {
    fn of(quantity: &Quantity, depth: usize) -> usize {
        // Deeper ones are refused for that.
        if depth > DEPTH_MAX {
            return depth;
        }
        let deeper = |part: &Quantity| of(part, depth + 1);
        match quantity {
            Quantity::Trait(_) | Quantity::Number(_) | Quantity::Aggregate(_) => depth,
            Quantity::Members(members) => deeper(&members.of),
            Quantity::Negative(inner) => deeper(inner),
            Quantity::Add(sides)
            | Quantity::Subtract(sides)
            | Quantity::Multiply(sides)
            | Quantity::Divide(sides) => sides.iter().map(deeper).max().unwrap_or(depth),
        }
    }
    match definition {
        Definition::Segment { .. } => 0,
        Definition::Trait { value, .. } => of(value, 1),
    }
}

struct Graph<'a> {
    kind: &'static str,
    nodes: BTreeMap<&'a str, Node<'a>>,
}

struct Node<'a> {
    places: &'a Places<'a>,
    /// Those that refer to it.
    above: Vec<&'a str>,
    /// How many references of it lead to what is not settled.
    open: usize,
    /// The longest chain below it, if no cycle is below it.
    length: Option<usize>,
    /// How deep the calculation is, with those of the traits that it refers to.
    levels: usize,
}

impl<'a> Graph<'a> {
    fn new(kind: &'static str, all: &'a [Places<'a>]) -> Self {
        let ours = all
            .iter()
            .filter(|places| kind_and_name(places.definition).0 == kind);
        let mut nodes: BTreeMap<&str, Node<'_>> = ours
            .map(|places| {
                let node = Node {
                    places,
                    above: Vec::new(),
                    open: 0,
                    length: None,
                    levels: levels(places.definition),
                };
                (places.definition.name(), node)
            })
            .collect();
        let names: Vec<&str> = nodes.keys().copied().collect();
        for name in names {
            let Some(places) = nodes.get(name).map(|node| node.places) else {
                continue;
            };
            for (reference, _) in below(kind, places) {
                let Some(node) = nodes.get_mut(reference.name) else {
                    continue;
                };
                node.above.push(name);
                if let Some(node) = nodes.get_mut(name) {
                    node.open += 1;
                }
            }
        }
        Self { kind, nodes }
    }

    /// Finds the length of the chain below each, from the bottom up; what is left is in a cycle or above one.
    fn settle(&mut self) {
        let is_free = |node: &Node<'_>| node.open == 0;
        let mut free: Vec<(&str, usize)> = self
            .nodes
            .iter()
            .filter(|(_, node)| is_free(node))
            .map(|(name, _)| (*name, 0))
            .collect();
        let mut lengths: BTreeMap<&str, usize> = BTreeMap::new();
        let mut below: BTreeMap<&str, usize> = BTreeMap::new();
        while let Some((name, length)) = free.pop() {
            let Some(node) = self.nodes.get_mut(name) else {
                continue;
            };
            node.length = Some(length);
            node.levels += below.remove(name).unwrap_or_default();
            let levels = node.levels;
            for above in std::mem::take(&mut node.above) {
                let longest = lengths.entry(above).or_default();
                *longest = (*longest).max(length + 1);
                let longest = *longest;
                let deepest = below.entry(above).or_default();
                *deepest = (*deepest).max(levels);
                if let Some(node) = self.nodes.get_mut(above) {
                    node.open -= 1;
                    if node.open == 0 {
                        free.push((above, longest));
                    }
                }
            }
        }
    }

    fn long_chains(&self) -> impl Iterator<Item = Diagnostic> {
        let kind = self.kind;
        self.nodes.iter().filter_map(move |(name, node)| {
            let length = node.length?;
            let (message, help) = if length > CHAIN_MAX {
                let message = format!("{kind} `{name}` refers to a chain of {length} {kind}s");
                (message, format!("a chain is up to {CHAIN_MAX} long"))
            } else if node.levels > LEVELS_MAX {
                let levels = node.levels;
                let message = format!(
                    "{kind} `{name}` with those that it refers to is calculated {levels} operations deep"
                );
                (message, format!("together they may be {LEVELS_MAX} deep"))
            } else {
                return None;
            };
            Some(
                node.places
                    .name
                    .put(Mistake::new(Code::LongChain, message, help)),
            )
        })
    }

    /// Each cycle once, told at its alphabetically first member.
    fn cycles(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        for (start, node) in &self.nodes {
            if node.length.is_some() {
                continue;
            }
            let mut path = Vec::new();
            let mut at = *start;
            while !seen.contains_key(at) {
                seen.insert(at, start);
                path.push(at);
                let Some((next, _)) = self.next(at) else {
                    break;
                };
                at = next;
            }
            // The walk came back to itself, and not to what an earlier walk has seen.
            if seen.get(at) == Some(start)
                && let Some(begin) = path.iter().position(|name| *name == at)
            {
                found.extend(self.cycle(path.get(begin..).unwrap_or_default()));
            }
        }
        found
    }

    /// The first reference that leads to or into a cycle.
    fn next(&self, name: &str) -> Option<(&'a str, &'a Place)> {
        let places = self.nodes.get(name)?.places;
        let unsettled = |name: &str| {
            self.nodes
                .get(name)
                .is_some_and(|node| node.length.is_none())
        };
        below(self.kind, places)
            .iter()
            .find(|(reference, _)| unsettled(reference.name))
            .map(|(reference, place)| (reference.name, place))
    }

    fn cycle(&self, path: &[&str]) -> Option<Diagnostic> {
        let first = path.iter().enumerate().min_by_key(|(_, name)| **name)?;
        let (after, before) = (path.get(first.0..)?, path.get(..first.0)?);
        let (start, kind) = (first.1, self.kind);
        let names = after.iter().chain(before);
        let mut told: Vec<String> = names.take(NAMES_MAX).map(|n| format!("`{n}`")).collect();
        if path.len() > NAMES_MAX {
            told.push(format!("{} more", path.len() - NAMES_MAX));
        }
        let names = told.join(" → ");
        let message = format!("{kind} `{start}` is defined by itself: {names} → `{start}`");
        let (_, place) = self.next(start)?;
        let help = "one of them must do without the other";
        Some(place.put(Mistake::new(Code::Cycle, message, help)))
    }
}

fn below<'a>(kind: &str, places: &'a Places<'a>) -> &'a [(Reference<'a>, Place)] {
    if kind == "segment" {
        &places.segments
    } else {
        &places.traits
    }
}
