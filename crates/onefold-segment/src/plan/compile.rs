//! From definitions to a plan: names become numbers, and what is equal becomes one.
//!
//! Invariant: a question is asked once, however many segments ask it.

mod names;
mod sequence;

use std::collections::{BTreeMap, BTreeSet};

use onefold_event::Result;
use rustc_hash::FxHashMap;

use names::{named_in_predicate, named_in_quantity};

use super::{
    Computed, Feature, Leaf, Node, PlannedAggregate, PlannedQuantity, Question, Segment, Span,
    Stretch, too_many,
};
use crate::{
    ast::{
        Aggregate, Count, Counted, Definition, Entity, Events, Expression, Filter, Function,
        Literal, Operator, Predicate, Quantity, Scope, Selection, Test, Window, Zone,
    },
    library::Library,
};

pub(super) struct Compiler {
    pub(super) features: Vec<Feature>,
    pub(super) leaves: Vec<Leaf>,
    pub(super) by_name: BTreeMap<Box<str>, usize>,
    pub(super) computed: Vec<Computed>,
    pub(super) traits: Vec<Box<str>>,
    pub(super) zones: Vec<Zone>,
    feature_numbers: FxHashMap<String, u32>,
    leaf_numbers: FxHashMap<LeafKey, u32>,
    zone_numbers: FxHashMap<Zone, u32>,
    computed_numbers: FxHashMap<Box<str>, usize>,
    /// The definition that is being compiled.
    zone: u32,
    universe: Option<usize>,
    /// Whom the present condition is about: inside of a condition on members, another than the definition.
    entity: Entity,
}

/// What makes a question another one.
#[derive(PartialEq, Eq, Hash)]
struct LeafKey {
    /// The predicate as it is printed.
    text: Box<str>,
    zone: u32,
    universe: Option<usize>,
    entity: Entity,
}

impl Compiler {
    /// Knows every name, so that the order of the definitions does not matter.
    pub(super) fn new(library: &Library) -> Result<Self> {
        let mut compiler = Self {
            features: Vec::new(),
            leaves: Vec::new(),
            by_name: BTreeMap::new(),
            computed: Vec::new(),
            traits: Vec::new(),
            zones: Vec::new(),
            feature_numbers: FxHashMap::default(),
            leaf_numbers: FxHashMap::default(),
            zone_numbers: FxHashMap::default(),
            computed_numbers: FxHashMap::default(),
            zone: 0,
            universe: None,
            entity: Entity::Person,
        };
        let mut named = BTreeSet::new();
        let mut waiting = Vec::new();
        for definition in library.definitions() {
            match definition {
                Definition::Segment { name, when, .. } => {
                    let number = compiler.by_name.len();
                    compiler.by_name.insert(name.clone(), number);
                    named_in_predicate(when, &mut named);
                }
                Definition::Trait { name, scope, value } => {
                    named_in_quantity(value, &mut named);
                    waiting.push((&**name, scope, value));
                }
            }
            if let Zone::Person { by, .. } = &definition.scope().zone {
                named.insert(by);
            }
        }
        let computed: BTreeSet<&str> = waiting.iter().map(|(name, ..)| *name).collect();
        compiler.traits = named
            .difference(&computed)
            .map(|name| (*name).into())
            .collect();
        compiler.computed_traits(waiting)?;
        Ok(compiler)
    }

    /// Each computed trait behind those that it refers to; there is no cycle.
    fn computed_traits(&mut self, mut waiting: Vec<(&str, &Scope, &Quantity)>) -> Result<()> {
        while !waiting.is_empty() {
            let before = waiting.len();
            let mut later = Vec::new();
            let open: BTreeSet<&str> = waiting.iter().map(|(name, ..)| *name).collect();
            for (name, scope, value) in waiting {
                let mut named = BTreeSet::new();
                named_in_quantity(value, &mut named);
                if named.iter().any(|name| open.contains(name)) {
                    later.push((name, scope, value));
                    continue;
                }
                self.enter(scope);
                let value = self.quantity(value)?;
                self.computed_numbers
                    .insert(name.into(), self.computed.len());
                self.computed.push(Computed::new(name, scope.of, value));
            }
            if later.len() == before {
                break;
            }
            waiting = later;
        }
        Ok(())
    }

    /// From now on, this is the definition that is compiled.
    fn enter(&mut self, scope: &Scope) {
        // There are fewer zones than definitions, of which a library has 10,000.
        let next = u32::try_from(self.zones.len()).unwrap_or_default();
        let known = self.zone_numbers.entry(scope.zone.clone());
        self.zone = *known.or_insert_with(|| {
            self.zones.push(scope.zone.clone());
            next
        });
        self.entity = scope.of;
        let universe = scope.among.as_ref();
        self.universe = universe.and_then(|name| self.by_name.get(name).copied());
    }

    pub(super) fn segment(
        &mut self,
        name: &str,
        scope: &Scope,
        when: &Predicate,
    ) -> Result<Segment> {
        self.enter(scope);
        let mut needs = Vec::new();
        let mut node = self.node(when, &mut needs)?;
        if let Some(universe) = self.universe {
            needs.push(universe);
            node = Node::All(vec![Node::Member(universe), node]);
        }
        Ok(Segment {
            name: name.into(),
            entity: scope.of,
            node,
            needs,
            is_of_population: false,
        })
    }

    fn node(&mut self, predicate: &Predicate, needs: &mut Vec<usize>) -> Result<Node> {
        match predicate {
            Predicate::All(parts) => Ok(Node::All(self.nodes(parts, needs)?)),
            Predicate::Any(parts) => Ok(Node::Any(self.nodes(parts, needs)?)),
            Predicate::Not(inner) => Ok(Node::Not(Box::new(self.node(inner, needs)?))),
            Predicate::Member(name) => {
                // The library has checked that the name is known.
                let number = self.by_name.get(name).copied().unwrap_or_default();
                needs.push(number);
                Ok(Node::Member(number))
            }
            Predicate::Lapsed { selection, quiet } => {
                let question = Question::Recency {
                    feature: self.feature(&selection.event, selection.filter.as_ref(), None)?,
                    span: self.span(Window::Ever),
                    operator: Operator::Greater,
                    micros: quiet.micros(),
                };
                self.leaf(predicate.to_string(), question)
            }
            Predicate::Stopped { .. } => self.stopped(predicate),
            Predicate::Members {
                quantifier,
                role,
                that,
            } => {
                let question = Question::Members {
                    quantifier: *quantifier,
                    role: role.clone(),
                    that: self.node_about(Entity::Person, that, needs)?,
                };
                self.leaf(predicate.to_string(), question)
            }
            Predicate::Organisations {
                quantifier,
                role,
                that,
            } => {
                let question = Question::Organisations {
                    quantifier: *quantifier,
                    role: role.clone(),
                    that: self.node_about(Entity::Organisation, that, needs)?,
                };
                self.leaf(predicate.to_string(), question)
            }
            single => match self.question(single)? {
                Some(question) => self.leaf(single.to_string(), question),
                None => Ok(Node::Any(Vec::new())),
            },
        }
    }

    fn node_about(
        &mut self,
        entity: Entity,
        that: &Predicate,
        needs: &mut Vec<usize>,
    ) -> Result<Box<Node>> {
        let outer = std::mem::replace(&mut self.entity, entity);
        let node = self.node(that, needs);
        self.entity = outer;
        node.map(Box::new)
    }

    fn nodes(&mut self, parts: &[Predicate], needs: &mut Vec<usize>) -> Result<Vec<Node>> {
        parts.iter().map(|part| self.node(part, needs)).collect()
    }

    /// None in the quiet stretch, and so many in the one before it.
    fn stopped(&mut self, predicate: &Predicate) -> Result<Node> {
        let Predicate::Stopped {
            selection,
            quiet,
            at_least,
            during,
        } = predicate
        else {
            return Ok(Node::Any(Vec::new()));
        };
        let feature = self.selected(selection)?;
        let (quiet, during) = (quiet.micros(), during.micros());
        let stretches = [
            (
                quiet.saturating_add(during),
                quiet,
                Count::AtLeast(*at_least),
            ),
            (quiet, 0, Count::AtMost(0)),
        ];
        let mut parts = Vec::new();
        for (from, to, count) in stretches {
            let text = format!("{predicate}: {count} from {from} to {to} microseconds ago");
            let span = Span {
                stretch: Stretch::Rolling { from, to },
                zone: self.zone,
            };
            let question = Question::Count {
                feature,
                span,
                count,
            };
            parts.push(self.leaf(text, question)?);
        }
        Ok(Node::All(parts))
    }

    /// The leaf that asks this; equal questions of one zone and universe, about the same, are one.
    fn leaf(&mut self, text: String, question: Question) -> Result<Node> {
        let key = LeafKey {
            text: text.clone().into(),
            zone: self.zone,
            universe: self.universe,
            entity: self.entity,
        };
        if let Some(number) = self.leaf_numbers.get(&key) {
            return Ok(Node::Leaf(*number));
        }
        let number = u32::try_from(self.leaves.len()).map_err(|_| too_many())?;
        self.leaves.push(Leaf {
            text: text.into(),
            question,
        });
        self.leaf_numbers.insert(key, number);
        Ok(Node::Leaf(number))
    }

    /// What is asked; nothing where a predicate is made of others, which [`node`](Self::node) takes apart.
    fn question(&mut self, predicate: &Predicate) -> Result<Option<Question>> {
        Ok(Some(match predicate {
            Predicate::Did {
                selection,
                count,
                counted,
            } => self.counted(selection, *count, counted)?,
            Predicate::Recency {
                selection,
                operator,
                duration,
            } => Question::Recency {
                feature: self.selected(selection)?,
                span: self.span(selection.window),
                operator: *operator,
                micros: duration.micros(),
            },
            Predicate::Restarted { selection, quiet } => Question::Restarted {
                feature: self.selected(selection)?,
                span: self.span(selection.window),
                micros: quiet.micros(),
            },
            Predicate::Nth { selection, number } => Question::Nth {
                feature: self.selected(selection)?,
                span: self.span(selection.window),
                number: *number,
            },
            Predicate::Sequence(sequence) => Question::Sequence(self.sequence(sequence)?),
            Predicate::Sample { from, to, salt } => Question::Sample {
                from: *from,
                to: *to,
                salt: salt.clone(),
            },
            Predicate::Consent {
                purpose,
                channel,
                is,
            } => Question::Consent {
                purpose: purpose.clone(),
                channel: channel.clone(),
                is: *is,
            },
            about_values => return self.question_of_values(about_values),
        }))
    }

    fn question_of_values(&mut self, predicate: &Predicate) -> Result<Option<Question>> {
        Ok(Some(match predicate {
            Predicate::Trait { name, test } => {
                let test = test.clone();
                match self.quantity(&Quantity::Trait(name.clone()))? {
                    PlannedQuantity::Trait(number) => Question::Trait { number, test },
                    value => Question::Quantity { value, test },
                }
            }
            Predicate::Aggregate { aggregate, test } => Question::Quantity {
                value: PlannedQuantity::Aggregate(self.aggregate(aggregate)?),
                test: test.clone(),
            },
            Predicate::Quantity { value, test } => Question::Quantity {
                value: self.quantity(value)?,
                test: test.clone(),
            },
            Predicate::Compare {
                left,
                operator,
                right,
            } => Question::Compare {
                left: self.quantity(left)?,
                operator: *operator,
                right: self.quantity(right)?,
            },
            Predicate::Rank { band, by } => Question::Rank {
                band: *band,
                by: self.quantity(by)?,
                universe: self.universe,
            },
            _ => return Ok(None),
        }))
    }

    fn counted(
        &mut self,
        selection: &Selection,
        count: Count,
        counted: &Counted,
    ) -> Result<Question> {
        let span = self.span(selection.window);
        Ok(match counted {
            Counted::Times => Question::Count {
                feature: self.selected(selection)?,
                span,
                count,
            },
            Counted::Days => Question::Days {
                feature: self.selected(selection)?,
                span,
                count,
            },
            Counted::Values(value) => {
                let (operator, number) = match count {
                    Count::AtLeast(number) => (Operator::GreaterOrEqual, number),
                    Count::AtMost(number) => (Operator::LessOrEqual, number),
                    Count::Exactly(number) => (Operator::Equal, number),
                };
                let aggregate = Aggregate {
                    function: Function::Distinct,
                    value: Some(value.clone()),
                    selection: selection.clone(),
                };
                Question::Quantity {
                    value: PlannedQuantity::Aggregate(self.aggregate(&aggregate)?),
                    test: Test::Compare {
                        operator,
                        value: Literal::Number(number.into()),
                    },
                }
            }
        })
    }

    fn span(&self, window: Window) -> Span {
        Span {
            stretch: window.into(),
            zone: self.zone,
        }
    }

    fn quantity(&mut self, quantity: &Quantity) -> Result<PlannedQuantity> {
        Ok(match quantity {
            Quantity::Trait(name) => match self.computed_numbers.get(name) {
                Some(place) => PlannedQuantity::Computed(*place),
                None => {
                    let place = self.traits.binary_search(name).unwrap_or_default();
                    PlannedQuantity::Trait(place)
                }
            },
            Quantity::Number(number) => PlannedQuantity::Number(*number),
            Quantity::Aggregate(aggregate) => {
                PlannedQuantity::Aggregate(self.aggregate(aggregate)?)
            }
            Quantity::Members(members) => PlannedQuantity::Members {
                function: members.function,
                role: members.role.clone(),
                of: Box::new(self.quantity(&members.of)?),
            },
            Quantity::Negative(inner) => PlannedQuantity::Negative(Box::new(self.quantity(inner)?)),
            Quantity::Add(sides) => PlannedQuantity::Add(self.sides(sides)?),
            Quantity::Subtract(sides) => PlannedQuantity::Subtract(self.sides(sides)?),
            Quantity::Multiply(sides) => PlannedQuantity::Multiply(self.sides(sides)?),
            Quantity::Divide(sides) => PlannedQuantity::Divide(self.sides(sides)?),
        })
    }

    fn sides(&mut self, sides: &[Quantity; 2]) -> Result<Box<[PlannedQuantity; 2]>> {
        let [left, right] = sides;
        Ok(Box::new([self.quantity(left)?, self.quantity(right)?]))
    }

    fn aggregate(&mut self, aggregate: &Aggregate) -> Result<PlannedAggregate> {
        let Selection {
            event,
            filter,
            window,
        } = &aggregate.selection;
        Ok(PlannedAggregate {
            function: aggregate.function,
            feature: self.feature(event, filter.as_ref(), aggregate.value.as_ref())?,
            span: self.span(*window),
        })
    }

    fn selected(&mut self, selection: &Selection) -> Result<u32> {
        self.feature(&selection.event, selection.filter.as_ref(), None)
    }

    /// The number of this feature; equal ones share it, whatever their windows are.
    fn feature(
        &mut self,
        event: &Events,
        filter: Option<&Filter>,
        value: Option<&Expression>,
    ) -> Result<u32> {
        let without_window = Aggregate {
            function: Function::Count,
            value: value.cloned(),
            selection: Selection {
                event: event.clone(),
                filter: filter.cloned(),
                window: Window::Ever,
            },
        };
        let text = without_window.to_string();
        if let Some(number) = self.feature_numbers.get(&text) {
            return Ok(*number);
        }
        let number = u32::try_from(self.features.len()).map_err(|_| too_many())?;
        self.features.push(Feature {
            event: event.clone(),
            filter: filter.cloned(),
            value: value.cloned(),
            text: text.clone(),
        });
        self.feature_numbers.insert(text, number);
        Ok(number)
    }
}
