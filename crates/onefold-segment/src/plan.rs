//! The plan: a library made ready to be evaluated, with everything shared that can be.
//!
//! Invariant: equal features (event, filter, value) are one, whatever segments they come from, and
//! segments stand behind those that they refer to.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use onefold_event::{Error, ErrorKind, Result};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::{
    ast::{
        Aggregate, Count, Definition, Expression, Filter, Function, Operator, Predicate, Selection,
        Test, Window,
    },
    library::Library,
};

/// A library made ready to be evaluated.
///
/// ```
/// use onefold_segment::{Library, Plan};
/// let plan = Plan::compile(Library::parse(r#"
///     segment regular = did "Order Completed" in last 90 d at least 2 times
///     segment pro = plan = "pro" and in regular
/// "#)?)?;
/// assert_eq!(plan.segments().collect::<Vec<_>>(), ["regular", "pro"]);
/// assert_eq!(plan.event_names().collect::<Vec<_>>(), ["Order Completed"]);
/// assert_eq!(plan.trait_names().collect::<Vec<_>>(), ["plan"]);
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug)]
pub struct Plan {
    library: Library,
    fingerprint: u64,
    pub(crate) features: Vec<Feature>,
    rules: FxHashMap<Box<str>, Vec<Rule>>,
    pub(crate) segments: Vec<Segment>,
    by_name: BTreeMap<Box<str>, usize>,
    /// Numbers of the segments, each behind those that it refers to.
    pub(crate) order: Vec<usize>,
    pub(crate) computed: BTreeMap<Box<str>, PlannedAggregate>,
    /// The traits that are read from outside, sorted.
    pub(crate) traits: Vec<Box<str>>,
}

/// What is kept of the past: the occurrences of an event that pass a filter, with a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Feature {
    pub(crate) event: Box<str>,
    pub(crate) filter: Option<Filter>,
    pub(crate) value: Option<Expression>,
    /// As text, for the dump.
    pub(crate) text: String,
}

/// One filter on the occurrences of an event, and the features that need what passes it.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) filter: Option<Filter>,
    pub(crate) features: SmallVec<[u32; 4]>,
}

#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) name: Arc<str>,
    pub(crate) node: Node,
    /// The segments that it refers to directly.
    pub(crate) needs: Vec<usize>,
}

/// A predicate with names resolved.
#[derive(Debug)]
pub(crate) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Member(usize),
    Leaf(Leaf),
}

#[derive(Debug)]
pub(crate) struct Leaf {
    /// As it is printed.
    pub(crate) text: Box<str>,
    pub(crate) question: Question,
}

#[derive(Debug)]
pub(crate) enum Question {
    Trait {
        /// Its place in [`Plan::traits`].
        number: usize,
        test: Test,
    },
    Count {
        feature: u32,
        window: Window,
        count: Count,
    },
    Aggregate {
        aggregate: PlannedAggregate,
        test: Test,
    },
    Recency {
        feature: u32,
        window: Window,
        operator: Operator,
        micros: i64,
    },
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct PlannedAggregate {
    pub(crate) function: Function,
    pub(crate) feature: u32,
    pub(crate) window: Window,
}

impl Plan {
    /// Makes a library ready. Cost: linear in its size.
    ///
    /// # Errors
    /// `LimitExceeded` if it has more different conditions on events than can be numbered (2^32).
    pub fn compile(library: Library) -> Result<Arc<Self>> {
        let mut compiler = Compiler::new(&library)?;
        let mut segments = Vec::new();
        for definition in library.definitions() {
            if let Definition::Segment { name, when } = definition {
                let mut needs = Vec::new();
                let node = compiler.node(when, &mut needs)?;
                segments.push(Segment {
                    name: (&**name).into(),
                    node,
                    needs,
                });
            }
        }
        Ok(Arc::new(Self {
            fingerprint: fingerprint(&library.to_string()),
            order: order(&segments),
            rules: rules(&compiler.features),
            features: compiler.features,
            segments,
            by_name: compiler.by_name,
            computed: compiler.computed,
            traits: compiler.traits,
            library,
        }))
    }

    /// The library it was made from.
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// A number that is the same for equal definitions on every machine, and for others with near
    /// certainty another. Comments and spelling do not change it.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// The names of the segments, in the order of their definitions.
    pub fn segments(&self) -> impl ExactSizeIterator<Item = &str> {
        self.segments.iter().map(|segment| &*segment.name)
    }

    /// The names of the computed traits, sorted.
    pub fn computed_traits(&self) -> impl ExactSizeIterator<Item = &str> {
        self.computed.keys().map(|name| &**name)
    }

    /// The traits that are asked of [`Traits`](crate::Traits), sorted. Computed ones are not.
    pub fn trait_names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.traits.iter().map(|name| &**name)
    }

    /// The events and collections that matter to a definition, sorted. No other occurrence can
    /// change an answer.
    pub fn event_names(&self) -> impl ExactSizeIterator<Item = &str> {
        let mut names: Vec<&str> = self.rules.keys().map(|name| &**name).collect();
        names.sort_unstable();
        names.into_iter()
    }

    /// The segment's number: its place in [`segments`](Self::segments).
    pub(crate) fn segment_number(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn rules_for(&self, event: &str) -> &[Rule] {
        self.rules.get(event).map_or(&[], Vec::as_slice)
    }
}

struct Compiler {
    features: Vec<Feature>,
    numbers: BTreeMap<String, u32>,
    by_name: BTreeMap<Box<str>, usize>,
    computed: BTreeMap<Box<str>, PlannedAggregate>,
    traits: Vec<Box<str>>,
}

impl Compiler {
    /// Knows every name, so that the order of the definitions does not matter.
    fn new(library: &Library) -> Result<Self> {
        let mut compiler = Self {
            features: Vec::new(),
            numbers: BTreeMap::new(),
            by_name: BTreeMap::new(),
            computed: BTreeMap::new(),
            traits: Vec::new(),
        };
        let mut named = BTreeSet::new();
        for definition in library.definitions() {
            match definition {
                Definition::Segment { name, when } => {
                    let number = compiler.by_name.len();
                    compiler.by_name.insert(name.clone(), number);
                    named_traits(when, &mut named);
                }
                Definition::Trait { name, value } => {
                    let aggregate = compiler.aggregate(value)?;
                    compiler.computed.insert(name.clone(), aggregate);
                }
            }
        }
        let outside = named
            .into_iter()
            .filter(|name| !compiler.computed.contains_key(*name));
        compiler.traits = outside.map(Into::into).collect();
        Ok(compiler)
    }

    fn node(&mut self, predicate: &Predicate, needs: &mut Vec<usize>) -> Result<Node> {
        let question = match predicate {
            Predicate::All(parts) => return Ok(Node::All(self.nodes(parts, needs)?)),
            Predicate::Any(parts) => return Ok(Node::Any(self.nodes(parts, needs)?)),
            Predicate::Not(inner) => return Ok(Node::Not(Box::new(self.node(inner, needs)?))),
            Predicate::Member(name) => {
                // The library has checked that the name is known.
                let number = self.by_name.get(name).copied().unwrap_or_default();
                needs.push(number);
                return Ok(Node::Member(number));
            }
            Predicate::Trait { name, test } => match self.computed.get(name) {
                Some(aggregate) => Question::Aggregate {
                    aggregate: *aggregate,
                    test: test.clone(),
                },
                None => Question::Trait {
                    number: self.traits.binary_search(name).unwrap_or_default(),
                    test: test.clone(),
                },
            },
            Predicate::Did { selection, count } => Question::Count {
                feature: self.feature(selection, None)?,
                window: selection.window,
                count: *count,
            },
            Predicate::Aggregate { aggregate, test } => Question::Aggregate {
                aggregate: self.aggregate(aggregate)?,
                test: test.clone(),
            },
            Predicate::Recency {
                selection,
                operator,
                duration,
            } => Question::Recency {
                feature: self.feature(selection, None)?,
                window: selection.window,
                operator: *operator,
                micros: duration.micros(),
            },
        };
        let text = predicate.to_string().into();
        Ok(Node::Leaf(Leaf { text, question }))
    }

    fn nodes(&mut self, parts: &[Predicate], needs: &mut Vec<usize>) -> Result<Vec<Node>> {
        parts.iter().map(|part| self.node(part, needs)).collect()
    }

    fn aggregate(&mut self, aggregate: &Aggregate) -> Result<PlannedAggregate> {
        Ok(PlannedAggregate {
            function: aggregate.function,
            feature: self.feature(&aggregate.selection, aggregate.value.as_ref())?,
            window: aggregate.selection.window,
        })
    }

    /// The number of this feature; equal ones share it, whatever their windows are.
    fn feature(&mut self, selection: &Selection, value: Option<&Expression>) -> Result<u32> {
        let without_window = Aggregate {
            function: Function::Count,
            value: value.cloned(),
            selection: Selection {
                window: Window::Ever,
                ..selection.clone()
            },
        };
        let text = without_window.to_string();
        if let Some(number) = self.numbers.get(&text) {
            return Ok(*number);
        }
        let number = u32::try_from(self.features.len()).map_err(|_| {
            Error::new(
                ErrorKind::LimitExceeded,
                "too many different conditions on events",
            )
        })?;
        self.features.push(Feature {
            event: selection.event.clone(),
            filter: selection.filter.clone(),
            value: value.cloned(),
            text: text.clone(),
        });
        self.numbers.insert(text, number);
        Ok(number)
    }
}

fn named_traits<'a>(predicate: &'a Predicate, found: &mut BTreeSet<&'a str>) {
    match predicate {
        Predicate::All(parts) | Predicate::Any(parts) => {
            parts.iter().for_each(|part| named_traits(part, found));
        }
        Predicate::Not(inner) => named_traits(inner, found),
        Predicate::Trait { name, .. } => {
            found.insert(name);
        }
        _ => {}
    }
}

/// The features by event, those with one filter together.
fn rules(features: &[Feature]) -> FxHashMap<Box<str>, Vec<Rule>> {
    let mut rules: FxHashMap<Box<str>, Vec<Rule>> = FxHashMap::default();
    for (number, feature) in (0_u32..).zip(features) {
        let of_event = rules.entry(feature.event.clone()).or_default();
        match of_event
            .iter_mut()
            .find(|rule| rule.filter == feature.filter)
        {
            Some(rule) => rule.features.push(number),
            None => of_event.push(Rule {
                filter: feature.filter.clone(),
                features: SmallVec::from_slice(&[number]),
            }),
        }
    }
    rules
}

/// Each segment behind those that it refers to; there is no cycle.
fn order(segments: &[Segment]) -> Vec<usize> {
    let mut order = Vec::with_capacity(segments.len());
    let mut placed = vec![false; segments.len()];
    // Chains are short (the library has checked it), so few rounds are enough.
    while order.len() < segments.len() {
        let before = order.len();
        for (number, segment) in segments.iter().enumerate() {
            let is_placed = |number: usize| placed.get(number).copied().unwrap_or(true);
            if is_placed(number) || !segment.needs.iter().all(|need| is_placed(*need)) {
                continue;
            }
            order.push(number);
            if let Some(placed) = placed.get_mut(number) {
                *placed = true;
            }
        }
        if order.len() == before {
            break;
        }
    }
    order
}

/// FNV-1a: stable across machines and versions of the compiler.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
