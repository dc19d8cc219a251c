//! The plan: a library made ready to be evaluated, with everything shared that can be.
//!
//! Invariant: equal features (events, filter, value) are one, and so are equal questions, whatever
//! segments they come from; segments stand behind those that they refer to, and so do computed traits.

mod compile;
mod dependence;
mod only;
mod question;

use std::{collections::BTreeMap, sync::Arc};

use onefold_event::{Error, ErrorKind, Result};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

pub(crate) use question::{
    Correlated, PlannedAbsence, PlannedAggregate, PlannedQuantity, PlannedSequence, PlannedStep,
    Question, Read, Span, Stretch,
};

use crate::{
    ast::{Definition, Entity, Events, Expression, Filter, Zone},
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
    /// What looks at every occurrence, whatever its name.
    any_rules: Vec<Rule>,
    pub(crate) leaves: Vec<Leaf>,
    pub(crate) segments: Vec<Segment>,
    by_name: BTreeMap<Box<str>, usize>,
    /// Numbers of the segments, each behind those that it refers to.
    pub(crate) order: Vec<usize>,
    /// The computed traits, each behind those that it refers to.
    pub(crate) computed: Vec<Computed>,
    /// The traits that are read from outside, sorted.
    pub(crate) traits: Vec<Box<str>>,
    /// The different zones; [`Span::zone`] is a place here.
    pub(crate) zones: Vec<Zone>,
    asks_about_organisations: bool,
    asks_about_consent: bool,
}

/// What is kept of the past: the occurrences of events that pass a filter, with a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Feature {
    pub(crate) event: Events,
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

/// A computed trait.
#[derive(Debug)]
pub(crate) struct Computed {
    pub(crate) name: Box<str>,
    pub(crate) entity: Entity,
    pub(crate) value: PlannedQuantity,
    /// Whether several places ask for it, so that it is worth remembering: without that, each link of a chain
    /// that refers to the one below it twice would double what is done.
    pub(crate) is_shared: bool,
    /// Whether it is of an organisation's members, however indirectly.
    pub(crate) is_over_members: bool,
    /// Whether it is of occurrences or members, however indirectly.
    pub(crate) is_aggregated: bool,
}

#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) name: Arc<str>,
    pub(crate) entity: Entity,
    /// The universe is part of it: `among X = p` is `in X and p`.
    pub(crate) node: Node,
    /// The segments that it refers to directly.
    pub(crate) needs: Vec<usize>,
    /// Whether it depends on other people, however indirectly.
    pub(crate) is_of_population: bool,
}

/// A predicate with names resolved.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    /// The segment with this number.
    Member(usize),
    /// The question with this number of [`Plan::leaves`].
    Leaf(u32),
}

/// A question that several segments may share.
#[derive(Debug)]
pub(crate) struct Leaf {
    /// As it is printed.
    pub(crate) text: Box<str>,
    pub(crate) question: Question,
}

impl Computed {
    /// With the flags of what depends on nothing.
    fn new(name: &str, entity: Entity, value: PlannedQuantity) -> Self {
        Self {
            name: name.into(),
            entity,
            value,
            is_shared: false,
            is_over_members: false,
            is_aggregated: false,
        }
    }
}

impl Plan {
    /// Makes a library ready. Cost: linear in its size, and in that of its names times the length of the
    /// longest chain of segments in segments or traits in traits, which is up to 64.
    ///
    /// # Errors
    /// `LimitExceeded` if it has more different conditions on events than can be numbered (2^32).
    pub fn compile(library: Library) -> Result<Arc<Self>> {
        let mut compiler = compile::Compiler::new(&library)?;
        let mut segments = Vec::new();
        for definition in library.definitions() {
            if let Definition::Segment { name, scope, when } = definition {
                segments.push(compiler.segment(name, scope, when)?);
            }
        }
        let compile::Compiler {
            features,
            leaves,
            by_name,
            computed,
            traits,
            zones,
            ..
        } = compiler;
        let (rules, any_rules) = rules(&features);
        let asks = |about: fn(&Question) -> bool| leaves.iter().any(|leaf| about(&leaf.question));
        let mut plan = Self {
            fingerprint: fingerprint(library.one_a_line().as_bytes()),
            order: order(&segments),
            asks_about_organisations: asks(Question::is_about_organisations),
            asks_about_consent: asks(Question::is_about_consent),
            rules,
            any_rules,
            features,
            leaves,
            segments,
            by_name,
            computed,
            traits,
            zones,
            library,
        };
        plan.note_dependence();
        Ok(Arc::new(plan))
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

    /// The names of the computed traits, each behind those that it refers to.
    pub fn computed_traits(&self) -> impl ExactSizeIterator<Item = &str> {
        self.computed.iter().map(|computed| &*computed.name)
    }

    /// The traits that are asked of [`Traits`](crate::Traits), sorted. Computed ones are not.
    pub fn trait_names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.traits.iter().map(|name| &**name)
    }

    /// The events and collections that matter to a definition by their name, sorted. Where
    /// [`wants_every_event`](Self::wants_every_event) is false, no other occurrence can change an answer.
    pub fn event_names(&self) -> impl ExactSizeIterator<Item = &str> {
        let mut names: Vec<&str> = self.rules.keys().map(|name| &**name).collect();
        names.sort_unstable();
        names.into_iter()
    }

    /// Whether a definition looks at `any event`, or at what lies directly behind another.
    pub fn wants_every_event(&self) -> bool {
        !self.any_rules.is_empty()
    }

    /// Whether an answer depends on memberships or on what is known of organisations.
    pub fn asks_about_organisations(&self) -> bool {
        self.asks_about_organisations
    }

    /// Whether an answer depends on consent.
    pub fn asks_about_consent(&self) -> bool {
        self.asks_about_consent
    }

    /// Whether a trait of this name is asked of [`Traits`](crate::Traits), of a person or an organisation.
    pub fn reads_trait(&self, name: &str) -> bool {
        let found = self.traits.binary_search_by(|known| (**known).cmp(name));
        found.is_ok()
    }

    /// What a segment is about; `None` if no segment has this name.
    pub(crate) fn entity(&self, segment: &str) -> Option<Entity> {
        let segment = self.segments.get(self.segment_number(segment)?);
        segment.map(|segment| segment.entity)
    }

    /// The segment's number: its place in [`segments`](Self::segments).
    pub(crate) fn segment_number(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The rules for occurrences of this name.
    pub(crate) fn rules_for(&self, event: &str) -> impl Iterator<Item = &Rule> {
        let named = self.rules.get(event).map_or(&[][..], Vec::as_slice);
        named.iter().chain(&self.any_rules)
    }

    pub(crate) fn leaf(&self, number: u32) -> Option<&Leaf> {
        self.leaves.get(number as usize)
    }

    /// The computed trait of this name.
    pub(crate) fn computed(&self, name: &str) -> Option<&Computed> {
        self.computed
            .iter()
            .find(|computed| *computed.name == *name)
    }
}

/// Rules by the name of the event, and those that look at every occurrence.
type Rules = (FxHashMap<Box<str>, Vec<Rule>>, Vec<Rule>);

/// The features by event, those with one filter together.
fn rules(features: &[Feature]) -> Rules {
    let mut rules: FxHashMap<Box<str>, Vec<Rule>> = FxHashMap::default();
    let mut any_rules = Vec::new();
    // The place of each rule among those of its event, by its filter as it is printed.
    let mut places: FxHashMap<(Option<&str>, Option<Arc<str>>), usize> = FxHashMap::default();
    for (number, feature) in (0_u32..).zip(features) {
        let filter = feature.filter.as_ref();
        let text: Option<Arc<str>> = filter.map(|filter| filter.to_string().into());
        let mut add = |event, rules: &mut Vec<Rule>| {
            let place = *places.entry((event, text.clone())).or_insert(rules.len());
            match rules.get_mut(place) {
                Some(rule) => rule.features.push(number),
                None => rules.push(Rule {
                    filter: feature.filter.clone(),
                    features: SmallVec::from_slice(&[number]),
                }),
            }
        };
        match &feature.event {
            Events::Any => add(None, &mut any_rules),
            Events::Named(names) => {
                for name in names {
                    add(Some(&**name), rules.entry(name.clone()).or_default());
                }
            }
        }
    }
    (rules, any_rules)
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
pub(crate) fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

pub(crate) fn too_many() -> Error {
    Error::new(
        ErrorKind::LimitExceeded,
        "too many different conditions on events",
    )
}
