//! From a plan to a layout.
//!
//! Invariant: every leaf that a segment of people asks has its bits.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    super::{
        ask::ask,
        atoms::{Atom, Atoms, GROUP},
        block::Shape,
        cell::{Cell, Kind},
        clock::{Clock, Window},
        formula::{Formula, Sense},
        lists::Lists,
        reading::{Names, Sieve, Source},
        words::{set_bit, set_bits},
    },
    Feed, Layout, Rule, Target,
    needs::reach,
    question::{Asked, Drafts, Part},
};
use crate::{
    Standing,
    ast::Entity,
    instant::NEVER,
    plan::{Node, Plan},
};

/// What a leaf is made of.
#[derive(Debug, Clone, Copy)]
enum Answer {
    Static(u32),
    Part(Part),
}

#[derive(Default)]
struct Compiler {
    drafts: Drafts,
    statics: Vec<u32>,
    leaves: BTreeMap<u32, Formula<Answer>>,
    kept: BTreeMap<u32, i64>,
    leaves_of_traits: BTreeSet<u32>,
}

impl Layout {
    /// Lays out a plan, whose parts about other people all have a standing answer.
    pub(in crate::stream) fn new(plan: Arc<Plan>) -> Self {
        let mut compiler = Compiler::default();
        for segment in &plan.segments {
            if segment.entity == Entity::Person {
                compiler.node(&plan, &segment.node);
            }
        }
        compiler.finish(plan)
    }
}

impl Compiler {
    /// Makes answers for the leaves of a segment.
    fn node(&mut self, plan: &Plan, node: &Node) {
        match node {
            Node::All(parts) | Node::Any(parts) => {
                parts.iter().for_each(|part| self.node(plan, part));
            }
            Node::Not(inner) => self.node(plan, inner),
            Node::Member(_) => {}
            Node::Leaf(number) if self.leaves.contains_key(number) => {}
            Node::Leaf(number) => {
                let Some(leaf) = plan.leaf(*number) else {
                    return;
                };
                let formula = match self.drafts.ask(plan, &leaf.question) {
                    Asked::Static | Asked::Population => self.fixed(*number),
                    Asked::Kept(needs) => {
                        for (feature, reach) in &needs.features {
                            let kept = self.kept.entry(*feature).or_default();
                            *kept = (*kept).max(*reach);
                        }
                        if needs.traits {
                            self.leaves_of_traits.insert(*number);
                        }
                        let inputs: BTreeSet<_> = needs
                            .features
                            .iter()
                            .map(|(feature, _)| (*feature, 1))
                            .collect();
                        let inputs: Vec<_> = inputs.into_iter().collect();
                        let atom = Atom {
                            count: 1,
                            window: Window::Ever,
                            test: None,
                        };
                        let part = self.drafts.part(&Kind::Leaf(*number), &inputs, atom);
                        Formula::of(Answer::Part(part))
                    }
                    Asked::Atoms(formula) => formula.with(&|part| Formula::of(Answer::Part(part))),
                };
                self.leaves.insert(*number, formula);
            }
        }
    }

    fn fixed(&mut self, leaf: u32) -> Formula<Answer> {
        self.statics.push(leaf);
        let number = u32::try_from(self.statics.len() - 1).unwrap_or(u32::MAX);
        Formula::of(Answer::Static(number))
    }

    fn finish(self, plan: Arc<Plan>) -> Layout {
        let mut first = number(self.statics.len());
        let (mut cells, mut places) = (Vec::new(), Vec::new());
        for draft in &self.drafts.drafts {
            let horizon = |atom: &Atom| match (&draft.kind, atom.window) {
                (Kind::Counter { .. } | Kind::Nth { .. } | Kind::Restarted { .. }, _)
                | (_, Window::Ever) => NEVER,
                (_, Window::Last(micros)) => micros,
                (_, Window::Calendar(at)) => {
                    let calendar = self.drafts.calendars.get(at as usize);
                    calendar.map_or(NEVER, |calendar| reach(calendar.stretch))
                }
            };
            let (atoms, places_here) = Atoms::sorted(&draft.atoms);
            places.push(places_here);
            cells.push(Cell {
                kind: draft.kind.clone(),
                horizon: {
                    let horizons = draft.atoms.iter().map(horizon).chain(draft.read);
                    horizons.max().unwrap_or(NEVER)
                },
                is_read: draft.read.is_some(),
                atoms,
                first,
            });
            first += number(draft.atoms.len());
        }
        let is_of_traits = |cell: &Cell| matches!(cell.kind, Kind::Leaf(leaf) if self.leaves_of_traits.contains(&leaf));
        let cells_of_traits = (0..).zip(&cells).filter(|(_, cell)| is_of_traits(cell));
        let cells_of_traits = cells_of_traits.map(|(number, _)| number).collect();
        let mut layout = Layout {
            names: plan.event_names().map(Box::from).zip(0..).collect(),
            rules: Vec::new(),
            properties: Vec::new(),
            kept: (0..plan.features.len())
                .map(|feature| self.kept.get(&number(feature)).copied())
                .collect(),
            statics: self.statics,
            cells_of_traits,
            calendars: self.drafts.calendars,
            segments_of: Lists::default(),
            composites_of: Lists::default(),
            composites: Vec::new(),
            composites_first: first,
            segments: vec![None; plan.segments.len()],
            shape: Shape::default(),
            blank: Vec::new(),
            cells,
            plan,
        };
        layout.make_rules(
            &self
                .drafts
                .drafts
                .iter()
                .map(|draft| &*draft.inputs)
                .collect::<Vec<_>>(),
        );
        layout.make_segments(&placed(&self.leaves, &places));
        layout.make_blank();
        layout
    }
}

/// The leaves with the places that their atoms have now.
fn placed(
    leaves: &BTreeMap<u32, Formula<Answer>>,
    places: &[Vec<usize>],
) -> BTreeMap<u32, Formula<Answer>> {
    let place = |answer: Answer| match answer {
        Answer::Part(part) => {
            let places = places.get(part.cell).map_or(&[][..], Vec::as_slice);
            let atom = places.get(part.atom).copied().unwrap_or(part.atom);
            Formula::of(Answer::Part(Part { atom, ..part }))
        }
        fixed => Formula::of(fixed),
    };
    let leaves = leaves.iter();
    leaves
        .map(|(leaf, formula)| (*leaf, formula.with(&place)))
        .collect()
}

impl Layout {
    fn make_rules(&mut self, inputs: &[&[(u32, u32)]]) {
        let mut targets: BTreeMap<u32, Vec<(Target, u32)>> = BTreeMap::new();
        for (feature, kept) in (0..).zip(&self.kept) {
            if kept.is_some() {
                targets
                    .entry(feature)
                    .or_default()
                    .push((Target::Kept(feature), 0));
            }
        }
        for (cell, inputs) in (0..).zip(inputs) {
            let target = self.target(cell);
            for (feature, roles) in *inputs {
                let targets = targets.entry(*feature).or_default();
                match targets.iter_mut().find(|(known, _)| *known == target) {
                    Some((_, known)) => *known |= roles,
                    None => targets.push((target, *roles)),
                }
            }
        }
        let plan = Arc::clone(&self.plan);
        let mut names = Names::default();
        let mut rules_for = |event: &str| {
            let rules = plan.rules_for(event).filter_map(|rule| {
                let feeds = rule.features.iter().filter_map(|feature| {
                    let value = plan.features.get(*feature as usize)?.value.as_ref();
                    Some(Feed {
                        targets: targets.get(feature)?.clone(),
                        value: value.map(|value| Source::new(value, &mut names)),
                    })
                });
                let feeds: Vec<Feed> = feeds.collect();
                let filter = rule.filter.as_ref();
                (!feeds.is_empty()).then(|| Rule {
                    filter: filter.map(|filter| Sieve::new(filter, &mut names)),
                    feeds,
                })
            });
            rules.collect()
        };
        let mut rules: Vec<Vec<Rule>> = plan.event_names().map(&mut rules_for).collect();
        // No event has an empty name, so this is what looks at every name.
        rules.push(rules_for(""));
        self.rules = rules;
        self.properties = names.0;
    }

    fn make_segments(&mut self, leaves: &BTreeMap<u32, Formula<Answer>>) {
        let plan = Arc::clone(&self.plan);
        let mut composites: Vec<Formula<u32>> = Vec::new();
        for at in &plan.order {
            let Some(segment) = plan.segments.get(*at) else {
                continue;
            };
            if segment.entity == Entity::Organisation {
                continue;
            }
            let formula = self.formula(&segment.node, leaves);
            let bit = match formula {
                Formula::Always(_) | Formula::Bit(..) => formula,
                formula => {
                    composites.push(formula);
                    Formula::of(self.composites_first + number(composites.len() - 1))
                }
            };
            if let Some(place) = self.segments.get_mut(*at) {
                *place = Some(bit);
            }
        }
        let bits = self.composites_first as usize + composites.len();
        let mut segments_of = vec![Vec::new(); bits];
        let mut composites_of = vec![Vec::new(); bits];
        for (segment, formula) in (0..).zip(&self.segments) {
            if let Some(Formula::Bit(bit, is_not)) = formula
                && let Some(segments) = segments_of.get_mut(*bit as usize)
            {
                segments.push((segment, *is_not));
            }
        }
        for (composite, formula) in (0..).zip(&composites) {
            formula.each(&mut |bit, is_not| {
                let Some(of): Option<&mut Vec<(u32, Sense)>> = composites_of.get_mut(bit as usize)
                else {
                    return;
                };
                match of.last_mut() {
                    Some((known, sense)) if *known == composite => {
                        if *sense != Sense::of(is_not) {
                            *sense = Sense::Both;
                        }
                    }
                    _ => of.push((composite, Sense::of(is_not))),
                }
            });
        }
        self.segments_of = segments_of.into_iter().collect();
        self.composites_of = composites_of.into_iter().collect();
        self.composites = composites;
        let mut targets = (0..number(self.cells.len())).map(|cell| self.target(cell));
        let has_order = targets.any(|target| matches!(target, Target::Sequence(_)));
        self.shape = Shape {
            bits: bits.div_ceil(32),
            cells: self.cells.len().div_ceil(32),
            key: if has_order { 4 } else { 0 },
        };
    }

    fn formula(&self, node: &Node, leaves: &BTreeMap<u32, Formula<Answer>>) -> Formula<u32> {
        let parts = |parts: &[Node]| {
            parts
                .iter()
                .map(|part| self.formula(part, leaves))
                .collect()
        };
        let formula = match node {
            Node::All(all) => Formula::All(parts(all)),
            Node::Any(any) => Formula::Any(parts(any)),
            Node::Not(inner) => self.formula(inner, leaves).not(),
            Node::Member(segment) => {
                let known = self.segments.get(*segment).cloned().flatten();
                known.unwrap_or(Formula::Always(false))
            }
            Node::Leaf(leaf) => match leaves.get(leaf) {
                Some(formula) => formula.with(&|answer| match answer {
                    Answer::Static(bit) => Formula::of(bit),
                    Answer::Part(part) => match self.cells.get(part.cell) {
                        Some(cell) => Formula::of(cell.first + number(part.atom)),
                        None => Formula::Always(false),
                    },
                }),
                None => Formula::Always(false),
            },
        };
        // Once more, to make flat what was put together.
        formula.with(&Formula::of)
    }

    fn make_blank(&mut self) {
        let clock = Clock::new(0, self.calendars.clone());
        let mut blank = vec![0; self.shape.bits];
        let nobody = Standing::new();
        let held = |leaf: u32| ask((&self.plan, &nobody), leaf, &[], &(), 0).held;
        for (bit, leaf) in (0..).zip(&self.statics) {
            set_bit(&mut blank, bit, held(*leaf));
        }
        for cell in &self.cells {
            for (group, atoms) in (0..).zip(&cell.atoms) {
                let mask = match cell.kind {
                    Kind::Leaf(leaf) => held(leaf).into(),
                    _ => cell.answers(atoms, &[], &clock).0,
                };
                set_bits(
                    &mut blank,
                    cell.first + group * number(GROUP),
                    number(atoms.len()),
                    mask,
                );
            }
        }
        for (composite, formula) in (self.composites_first..).zip(&self.composites) {
            let held = formula.holds(&blank);
            set_bit(&mut blank, composite, held);
        }
        self.blank = blank;
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
