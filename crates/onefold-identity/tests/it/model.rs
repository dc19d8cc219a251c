//! The obvious way to do what the crate does: lists of sets, searched from end to end.

mod limits;

use std::collections::{BTreeMap, BTreeSet};

use onefold_event::{Identifier, IdentifierKind, Position, SourceName, Timestamp};
use onefold_identity::{Identities, IdentityDecision, Rules, Sighting, Strength};
use proptest::prelude::*;

use self::limits::broken_in;
pub(crate) use self::limits::{broken, home, tight_rules, windowed_rules};
use crate::operations::{DESK, Operation};

/// One sighting with what it owns.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) identifiers: Vec<Identifier>,
    pub(crate) source: SourceName,
    pub(crate) position: Position,
    pub(crate) time: Timestamp,
}

impl Seen {
    pub(crate) fn sighting(&self) -> Sighting<'_> {
        Sighting {
            identifiers: &self.identifiers,
            source: &self.source,
            position: self.position,
            time: self.time,
        }
    }
}

pub(crate) const SEED: u128 = 0x5eed;

pub(crate) fn identifier(text: &str) -> Identifier {
    let (kind, value) = text.split_once(':').expect("kind:value");
    let kind = IdentifierKind::new(kind).expect("a kind");
    Identifier::generic(kind, value).expect("a value")
}

pub(crate) fn source(name: &str) -> SourceName {
    SourceName::new(name).expect("a source name")
}

pub(crate) fn observe_all(rules: &Rules, seen: &[Seen]) -> Identities {
    let mut identities = Identities::new(rules.clone(), SEED);
    for seen in seen {
        let _ = identities.observe(&seen.sighting());
    }
    identities
}

pub(crate) fn dump(identities: &Identities) -> String {
    let mut text = String::new();
    identities.dump(&mut text).expect("a string takes any text");
    text
}

/// The people as sets of identifiers, in order of text.
pub(crate) fn partition(identities: &Identities) -> Vec<BTreeSet<Identifier>> {
    let mut people: Vec<BTreeSet<Identifier>> = identities
        .people()
        .map(|person| {
            let anchors = identities.anchors(person).iter();
            anchors
                .map(|anchor| {
                    identities
                        .identifier(*anchor)
                        .expect("an identifier")
                        .clone()
                })
                .collect()
        })
        .collect();
    people.sort();
    people
}

/// Few values of few kinds, so that they meet often; `bad` ones are blocked by [`tight_rules`].
pub(crate) fn any_identifier() -> impl Strategy<Value = Identifier> {
    let kinds = vec!["user_id", "email", "phone", "card", "anonymous_id", "home"];
    let kind = prop::sample::select(kinds);
    let value = prop_oneof![9 => (0..8_u8).prop_map(Some), 1 => Just(None)];
    (kind, value).prop_map(|(kind, value)| {
        identifier(&match (kind, value) {
            (_, None) => format!("{kind}:bad1"),
            ("card", Some(n)) => format!("card:shop{}/{n}", n % 3),
            (_, Some(n)) => format!("{kind}:v{n}"),
        })
    })
}

/// Sightings in the order of their positions, at times in any order.
pub(crate) fn any_seen() -> impl Strategy<Value = Vec<Seen>> {
    let one = any_identifier();
    let sighting = (
        prop::collection::vec(one, 0..4),
        0..3_u8,
        0..50_i64,
        0..3_u64,
    );
    prop::collection::vec(sighting, 0..60).prop_map(|list| {
        let mut position = 0;
        let list = list.into_iter().map(|(identifiers, name, time, step)| {
            position += step;
            Seen {
                identifiers,
                source: source(&format!("source{name}")),
                position: Position(position),
                time: at(time),
            }
        });
        list.collect()
    })
}

/// Fifty times eight hours apart, in two years, two months and four weeks.
pub(crate) fn at(number: i64) -> Timestamp {
    let start: Timestamp = "2026-12-21T05:00:00Z".parse().expect("a time");
    start.plus_micros(number * 8 * 3_600 * 1_000_000)
}

/// Two identifiers, the stronger first.
pub(crate) type Between = (Identifier, Identifier);

/// One sighting of a link.
type Support = (Position, SourceName, Timestamp, Strength);

/// All that is known, as one batch has it: every identifier, every link with its sightings, and who is kept
/// apart.
#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    identifiers: BTreeSet<Identifier>,
    links: BTreeMap<Between, Vec<Support>>,
    apart: BTreeSet<Between>,
    /// Shared ones that were the strongest of a sighting.
    places: BTreeSet<Identifier>,
}

/// What the model makes of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Batch {
    pub(crate) people: Vec<BTreeSet<Identifier>>,
    /// With the rule, in words.
    pub(crate) held: BTreeMap<Between, String>,
}

impl Model {
    pub(crate) fn of(rules: &Rules, seen: &[Seen]) -> Self {
        let mut model = Self::default();
        for one in seen {
            let how = (
                one.position,
                one.source.clone(),
                one.time,
                Strength::Observed,
            );
            model.place(rules, one.identifiers.iter());
            model.add(rules, &one.identifiers, &how, |_| true);
        }
        model
    }

    /// What was taken back at any time never came.
    pub(crate) fn of_operations(rules: &Rules, operations: &[Operation]) -> Self {
        let decisions: Vec<(u64, &IdentityDecision)> = (1..)
            .zip(operations)
            .filter_map(|(at, operation)| match operation {
                Operation::Decide(decision, _) => Some((at, decision)),
                Operation::See(..) => None,
            })
            .collect();
        let mut model = Self::default();
        for (at, operation) in (1_u64..).zip(operations) {
            let later = || decisions.iter().filter(|(then, _)| *then > at);
            let is_blocked = |it: &Identifier| blocked_at(&decisions, at, it);
            let (identifiers, from, time, how) = match operation {
                Operation::See(identifiers, from, time) => {
                    (identifiers.clone(), from.clone(), *time, Strength::Observed)
                }
                Operation::Decide(IdentityDecision::Same { identifiers }, time) => {
                    let [a, b] = identifiers;
                    let all = if a == b { vec![] } else { identifiers.to_vec() };
                    (all, source(DESK), *time, Strength::Declared)
                }
                Operation::Decide(IdentityDecision::Apart { identifiers }, _) => {
                    model.keep_apart(rules, identifiers, is_blocked);
                    continue;
                }
                Operation::Decide(IdentityDecision::NotApart { identifiers }, _) => {
                    model.apart.remove(&in_order(identifiers));
                    continue;
                }
                Operation::Decide(IdentityDecision::Block { identifier }, _) => {
                    if rules.blocked_by(identifier).is_none() {
                        model.place(rules, [identifier].into_iter().filter(|it| !is_blocked(it)));
                        model.identifiers.insert(identifier.clone());
                    }
                    continue;
                }
                Operation::Decide(..) => continue,
            };
            model.place(rules, identifiers.iter().filter(|it| !is_blocked(it)));
            model.identifiers.extend(
                identifiers
                    .iter()
                    .filter(|it| rules.blocked_by(it).is_none())
                    .cloned(),
            );
            let gone = decisions.iter().any(|(then, decision)| match decision {
                IdentityDecision::RetractRecord { position } => position.0 == at && *then > at,
                IdentityDecision::RetractSource { source } => *source == from && *then > at,
                _ => false,
            });
            if gone {
                continue;
            }
            let left: Vec<Identifier> = identifiers
                .into_iter()
                .filter(|it| !is_blocked(it))
                .filter(|it| !taken_out(&decisions, at, it))
                .collect();
            model.add(rules, &left, &(Position(at), from, time, how), |between| {
                !later().any(|(_, decision)| match decision {
                    IdentityDecision::RetractLink { identifiers } => {
                        in_order(identifiers) == in_order(&[between.0.clone(), between.1.clone()])
                    }
                    _ => false,
                })
            });
        }
        model
    }

    fn keep_apart(
        &mut self,
        rules: &Rules,
        identifiers: &[Identifier; 2],
        is_blocked: impl Fn(&Identifier) -> bool,
    ) {
        let [a, b] = identifiers;
        if a == b {
            return;
        }
        for it in identifiers {
            if rules.blocked_by(it).is_some() || is_blocked(it) {
                return;
            }
            self.place(rules, [it].into_iter());
            self.identifiers.insert(it.clone());
        }
        self.apart.insert(in_order(identifiers));
    }

    /// Identifiers that were seen together and are not set aside; of shared ones alone, one has its place.
    fn place<'a>(&mut self, rules: &Rules, seen: impl Iterator<Item = &'a Identifier>) {
        let seen: BTreeSet<&Identifier> =
            seen.filter(|it| rules.blocked_by(it).is_none()).collect();
        if seen.iter().all(|it| rules.is_shared(it.kind())) {
            let strongest = seen
                .into_iter()
                .min_by_key(|it| (rules.priority(it.kind()), *it));
            self.places.extend(strongest.cloned());
        }
    }

    fn add(
        &mut self,
        rules: &Rules,
        identifiers: &[Identifier],
        support: &Support,
        counts: impl Fn(&Between) -> bool,
    ) {
        let unblocked = identifiers
            .iter()
            .filter(|it| rules.blocked_by(it).is_none());
        let unique: BTreeSet<&Identifier> = unblocked.collect();
        let mut sorted: Vec<&Identifier> = unique.into_iter().collect();
        sorted.sort_by_key(|it| {
            let shared = rules.is_shared(it.kind());
            (shared, rules.priority(it.kind()), (*it).clone())
        });
        self.identifiers
            .extend(sorted.iter().map(|it| (*it).clone()));
        let Some((centre, others)) = sorted.split_first() else {
            return;
        };
        for other in others {
            let between = ((*centre).clone(), (*other).clone());
            if counts(&between) {
                self.links.entry(between).or_default().push(support.clone());
            }
        }
    }

    /// Accepts the links one by one in their order.
    pub(crate) fn batch(&self, rules: &Rules) -> Batch {
        let links = self.links.iter().filter(|(two, _)| !is_shared(rules, two));
        let mut links: Vec<(&Between, &Vec<Support>)> = links.collect();
        links.sort_by_key(|((strong, weak), supports)| {
            let [strong_priority, weak_priority] =
                [strong, weak].map(|it| rules.priority(it.kind()));
            let strength = supports.iter().map(|it| it.3).min();
            let time = supports.iter().map(|it| it.2).min();
            let texts = ((*strong).clone(), (*weak).clone());
            (weak_priority, strong_priority, strength, time, texts)
        });
        let is_one = |it: &&Identifier| !rules.is_shared(it.kind()) || self.places.contains(*it);
        let singles = self.identifiers.iter().filter(is_one);
        let mut people: Vec<BTreeSet<Identifier>> =
            singles.map(|it| BTreeSet::from([it.clone()])).collect();
        let mut refused = Vec::new();
        for ((strong, weak), _) in links {
            let (a, b) = (place(&people, strong), place(&people, weak));
            let both = &people[a] | &people[b];
            match self.broken(rules, &both) {
                Some(_) => refused.push((strong.clone(), weak.clone())),
                None if a == b => {}
                None => {
                    people[a] = both;
                    people.remove(b);
                }
            }
        }
        let held = refused.into_iter().map(|(strong, weak)| {
            let both = &people[place(&people, &strong)] | &people[place(&people, &weak)];
            let rule = self.broken(rules, &both);
            (
                (strong, weak),
                rule.expect("it was refused for a smaller one"),
            )
        });
        let held = held.collect();
        people.sort();
        Batch { people, held }
    }

    /// The links and held pairs as a dump has them.
    pub(crate) fn lines(&self, rules: &Rules) -> Vec<String> {
        let batch = self.batch(rules);
        let lines = self.links.iter().map(|(between, supports)| {
            let (strong, weak) = between;
            let mut line = match batch.held.get(between) {
                None if is_shared(rules, between) => format!("shared {strong} {weak}"),
                None => format!("link {strong} {weak}"),
                Some(rule) => format!("held {strong} {weak} rule {rule}"),
            };
            if supports.iter().any(|it| it.3 == Strength::Declared) {
                line += " declared";
            }
            let first = supports.iter().min_by_key(|it| it.0).expect("one");
            let times = || supports.iter().map(|it| it.2);
            let (from, to) = (times().min().expect("one"), times().max().expect("one"));
            let count = supports.len();
            format!(
                "{line} position {} source {} first {from} last {to} count {count}",
                first.0, first.1
            )
        });
        let mut lines: Vec<String> = lines.collect();
        lines.sort();
        lines
    }

    /// The rule that a person with these identifiers breaks: who is kept apart, then the strongest kind's.
    fn broken(&self, rules: &Rules, person: &BTreeSet<Identifier>) -> Option<String> {
        let mut apart = self.apart.iter();
        let two = apart.find(|(a, b)| person.contains(a) && person.contains(b));
        match two {
            Some((a, b)) => Some(format!("`{a}` and `{b}` are kept apart")),
            None => broken_in(rules, person, |it| self.first_time(it)),
        }
    }

    /// When it was first seen with another.
    fn first_time(&self, it: &Identifier) -> Option<Timestamp> {
        let links = self.links.iter().filter(|((a, b), _)| a == it || b == it);
        links
            .flat_map(|(_, supports)| supports)
            .map(|it| it.2)
            .min()
    }
}

fn is_shared(rules: &Rules, (a, b): &Between) -> bool {
    [a, b].into_iter().any(|it| rules.is_shared(it.kind()))
}

type Decisions<'a> = [(u64, &'a IdentityDecision)];

/// Whether a decision blocks the identifier when this position comes.
fn blocked_at(decisions: &Decisions<'_>, at: u64, it: &Identifier) -> bool {
    let before = decisions.iter().filter(|(then, _)| *then < at).rev();
    let mut about = before.filter_map(|(_, decision)| match decision {
        IdentityDecision::Block { identifier } if identifier == it => Some(true),
        IdentityDecision::Unblock { identifier } if identifier == it => Some(false),
        _ => None,
    });
    about.next() == Some(true)
}

/// Whether the identifier is taken out of this position later.
fn taken_out(decisions: &Decisions<'_>, at: u64, it: &Identifier) -> bool {
    let mut later = decisions.iter().filter(|(then, _)| *then > at);
    later.any(|(_, decision)| match decision {
        IdentityDecision::RetractIdentifier { identifier }
        | IdentityDecision::Block { identifier } => identifier == it,
        _ => false,
    })
}

fn in_order([a, b]: &[Identifier; 2]) -> Between {
    (a.min(b).clone(), a.max(b).clone())
}

/// The links and held pairs of a dump, sorted.
pub(crate) fn lines(identities: &Identities) -> Vec<String> {
    let text = dump(identities);
    let words = ["link ", "held ", "shared "];
    let is_link = |line: &&str| words.iter().any(|word| line.starts_with(word));
    let mut lines: Vec<String> = text.lines().filter(is_link).map(str::to_owned).collect();
    lines.sort();
    lines
}

fn place(people: &[BTreeSet<Identifier>], identifier: &Identifier) -> usize {
    let mut people = people.iter();
    people
        .position(|person| person.contains(identifier))
        .expect("it is known")
}

/// What the crate says, in the same form.
pub(crate) fn batch_of(identities: &Identities) -> Batch {
    let held = identities.refusals().map(|refusal| {
        let [left, right] = refusal.evidence.between;
        ((left, right), refusal.rule.to_string())
    });
    Batch {
        people: partition(identities),
        held: held.collect(),
    }
}

/// Sets that grow until nothing more touches them.
pub(crate) fn flood_fill(seen: &[Seen]) -> Vec<BTreeSet<Identifier>> {
    let mut sets: Vec<BTreeSet<Identifier>> = Vec::new();
    for seen in seen.iter().filter(|seen| !seen.identifiers.is_empty()) {
        let mut grown: BTreeSet<Identifier> = seen.identifiers.iter().cloned().collect();
        let (touched, apart) = sets.into_iter().partition(|set| !set.is_disjoint(&grown));
        sets = apart;
        let touched: Vec<BTreeSet<Identifier>> = touched;
        grown.extend(touched.into_iter().flatten());
        sets.push(grown);
    }
    sets.sort();
    sets
}
