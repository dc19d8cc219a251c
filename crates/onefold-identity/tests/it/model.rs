//! The obvious way to do what the crate does: lists of sets, searched from end to end.

use std::collections::BTreeSet;

use onefold_event::{Identifier, IdentifierKind, Position, SourceName, Timestamp};
use onefold_identity::{Identities, KindRule, Rules, Sighting};
use proptest::prelude::*;

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
pub(crate) fn any_seen() -> impl Strategy<Value = Vec<Seen>> {
    let kind = prop::sample::select(vec!["user_id", "email", "phone", "card", "anonymous_id"]);
    let value = prop_oneof![9 => (0..8_u8).prop_map(|n| format!("v{n}")), 1 => Just("bad1".into())];
    let one = (kind, value).prop_map(|(kind, value)| identifier(&format!("{kind}:{value}")));
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
                time: Timestamp::from_micros(time * 1_000_000),
            }
        });
        list.collect()
    })
}

/// Limits that are soon reached.
pub(crate) fn tight_rules() -> Rules {
    Rules::standard()
        .kind(KindRule::new(IdentifierKind::user_id()).limit(1))
        .kind(KindRule::new(IdentifierKind::email()).limit(2))
        .kind(KindRule::new(IdentifierKind::phone()).unlimited())
        .kind(KindRule::new(IdentifierKind::anonymous_id()).limit(3))
        .other_kinds_limit(Some(2))
        .people_identifiers_max(Some(6))
        .block_pattern("^bad[0-9]$")
        .expect("a pattern")
}

/// What the model knows: the people, oldest first, each with the identifiers in any order.
#[derive(Debug, Default)]
pub(crate) struct Model {
    people: Vec<Vec<Identifier>>,
    pub(crate) held: BTreeSet<(Identifier, Identifier)>,
}

impl Model {
    pub(crate) fn observe(&mut self, rules: &Rules, identifiers: &[Identifier]) {
        let unblocked = identifiers
            .iter()
            .filter(|it| rules.blocked_by(it).is_none());
        let unique: BTreeSet<&Identifier> = unblocked.collect();
        let mut sorted: Vec<&Identifier> = unique.into_iter().collect();
        sorted.sort_by_key(|it| {
            (
                rules.priority(it.kind()),
                it.kind().clone(),
                it.value().to_owned(),
            )
        });
        let Some((anchor, others)) = sorted.split_first() else {
            return;
        };
        self.make(anchor);
        for other in others {
            self.make(other);
            let (a, b) = (self.place(anchor), self.place(other));
            if a == b {
                continue;
            }
            let both = [self.people[a].clone(), self.people[b].clone()].concat();
            if keeps_limits(rules, &both) {
                self.people[a.min(b)] = both;
                self.people.remove(a.max(b));
            } else {
                self.held.insert(((*anchor).clone(), (*other).clone()));
            }
        }
    }

    fn place(&self, identifier: &Identifier) -> usize {
        let mut people = self.people.iter();
        people
            .position(|person| person.contains(identifier))
            .expect("it was made")
    }

    fn make(&mut self, identifier: &Identifier) {
        if !self.people.iter().any(|person| person.contains(identifier)) {
            self.people.push(vec![identifier.clone()]);
        }
    }

    pub(crate) fn partition(&self) -> Vec<BTreeSet<Identifier>> {
        let sets = self
            .people
            .iter()
            .map(|person| person.iter().cloned().collect());
        let mut sets: Vec<BTreeSet<Identifier>> = sets.collect();
        sets.sort();
        sets
    }
}

pub(crate) fn keeps_limits(rules: &Rules, person: &[Identifier]) -> bool {
    let of_kind = |kind: &IdentifierKind| person.iter().filter(|it| it.kind() == kind).count();
    let kinds_kept = person.iter().all(|it| {
        let limit = rules.limit(it.kind());
        limit.is_none_or(|limit| of_kind(it.kind()) <= limit as usize)
    });
    kinds_kept
        && rules
            .identifiers_max()
            .is_none_or(|max| person.len() <= max as usize)
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
