//! The obvious way to do what the crate does: lists of sets, searched from end to end.

use std::collections::{BTreeMap, BTreeSet};

use onefold_event::{Identifier, IdentifierKind, Position, SourceName, Timestamp};
use onefold_identity::{Identities, KindRule, Rules, Sighting, Strength};
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
pub(crate) fn any_identifier() -> impl Strategy<Value = Identifier> {
    let kind = prop::sample::select(vec!["user_id", "email", "phone", "card", "anonymous_id"]);
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
                time: Timestamp::from_micros(time * 1_000_000),
            }
        });
        list.collect()
    })
}

pub(crate) fn card() -> IdentifierKind {
    IdentifierKind::new("card").expect("a kind")
}

/// Limits that are soon reached.
pub(crate) fn tight_rules() -> Rules {
    Rules::standard()
        .kind(KindRule::new(IdentifierKind::user_id()).limit(1))
        .kind(KindRule::new(IdentifierKind::email()).limit(2))
        .kind(KindRule::new(IdentifierKind::phone()).unlimited())
        .kind(KindRule::new(IdentifierKind::anonymous_id()).limit(3))
        .kind(KindRule::new(card()).limit(1).per_source())
        .other_kinds_limit(Some(2))
        .people_identifiers_max(Some(6))
        .block_pattern("^bad[0-9]$")
        .expect("a pattern")
}

/// Two identifiers, the stronger first.
pub(crate) type Between = (Identifier, Identifier);

/// All that is known, as one batch has it: every identifier, and every link with its earliest time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    pub(crate) identifiers: BTreeSet<Identifier>,
    pub(crate) links: BTreeMap<Between, (Strength, Timestamp)>,
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
            model.add(rules, &one.identifiers, Strength::Observed, one.time);
        }
        model
    }

    pub(crate) fn add(
        &mut self,
        rules: &Rules,
        identifiers: &[Identifier],
        strength: Strength,
        time: Timestamp,
    ) {
        let unblocked = identifiers
            .iter()
            .filter(|it| rules.blocked_by(it).is_none());
        let unique: BTreeSet<&Identifier> = unblocked.collect();
        let mut sorted: Vec<&Identifier> = unique.into_iter().collect();
        sorted.sort_by_key(|it| (rules.priority(it.kind()), (*it).clone()));
        self.identifiers
            .extend(sorted.iter().map(|it| (*it).clone()));
        let Some((centre, others)) = sorted.split_first() else {
            return;
        };
        for other in others {
            let between = ((*centre).clone(), (*other).clone());
            let link = self.links.entry(between).or_insert((strength, time));
            *link = (link.0.min(strength), link.1.min(time));
        }
    }

    /// Accepts the links one by one in their order.
    pub(crate) fn batch(&self, rules: &Rules) -> Batch {
        let mut links: Vec<(&Between, &(Strength, Timestamp))> = self.links.iter().collect();
        links.sort_by_key(|((strong, weak), (strength, time))| {
            let [strong_priority, weak_priority] =
                [strong, weak].map(|it| rules.priority(it.kind()));
            let texts = ((*strong).clone(), (*weak).clone());
            (weak_priority, strong_priority, *strength, *time, texts)
        });
        let singles = self.identifiers.iter();
        let mut people: Vec<BTreeSet<Identifier>> =
            singles.map(|it| BTreeSet::from([it.clone()])).collect();
        let mut refused = Vec::new();
        for ((strong, weak), _) in links {
            let (a, b) = (place(&people, strong), place(&people, weak));
            let both = &people[a] | &people[b];
            match broken(rules, &both) {
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
            let rule = broken(rules, &both).expect("it was refused for a smaller one");
            ((strong, weak), rule)
        });
        let held = held.collect();
        people.sort();
        Batch { people, held }
    }
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

/// The rule that a person with these identifiers breaks, that of the strongest kind first.
pub(crate) fn broken(rules: &Rules, person: &BTreeSet<Identifier>) -> Option<String> {
    let mut counts: BTreeMap<(u32, &IdentifierKind, Option<&str>), u32> = BTreeMap::new();
    for it in person {
        let source = (*it.kind() == card()).then(|| it.value().split_once('/').map(|(s, _)| s));
        let key = (rules.priority(it.kind()), it.kind(), source.flatten());
        *counts.entry(key).or_default() += 1;
    }
    for ((_, kind, source), count) in counts {
        if let Some(limit) = rules.limit(kind).filter(|limit| count > *limit) {
            let source = source.map(|source| format!(" from source `{source}`"));
            let source = source.unwrap_or_default();
            return Some(format!(
                "one person has at most {limit} of kind `{kind}`{source}"
            ));
        }
    }
    let max = rules.identifiers_max()?;
    (person.len() > max as usize).then(|| format!("one person has at most {max} identifiers"))
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
