//! The identity graph: one value that holds all that is known of who is who.
//!
//! Invariant: the state is a fold of the sightings in log order and of nothing else, so folding the log
//! again gives the same state and the same ids. Who is who is even the same in any other order.

use std::sync::Arc;

use imbl::OrdMap;
use onefold_event::{AnchorId, Identifier, PersonId, PersonIndex};

use crate::{
    apart::Apart,
    birth::Birth,
    column::Column,
    evidence::Evidence,
    first_time::FirstTimes,
    hash::Key,
    interner::Interner,
    kinds::Kinds,
    limits::Group,
    pairs::{MergeRow, PairNumber, Pairs, Standing},
    people::People,
    probable::Probable,
    recurring::Recurring,
    refusal::{BrokenLimit, LimitRule, Refusal, Side},
    resettle::SplitRow,
    retract::Retractions,
    rules::{BlockedBy, Rules},
    sighting::{Blocked, Merge, Split},
};

/// Which identifiers are one person.
///
/// A clone costs nothing and is a snapshot: what is observed later does not change it. Memory is about
/// 120 bytes an identifier, 70 a person and 100 a pair of identifiers; about 11 bytes a sighting of a pair
/// after the first, so that it can be taken back. The value that observes also remembers the sightings that came last, in up to 128 MiB; clones do not.
///
/// ```
/// use onefold_event::{Identifier, IdentifierKind, Position, SourceName, Timestamp};
/// use onefold_identity::{Identities, Rules, Sighting};
/// let user = Identifier::generic(IdentifierKind::user_id(), "ann")?;
/// let visitor = Identifier::generic(IdentifierKind::anonymous_id(), "v1")?;
/// let mut identities = Identities::new(Rules::standard(), 42);
/// let observed = identities.observe(&Sighting {
///     identifiers: &[visitor.clone(), user.clone()],
///     source: &SourceName::new("web")?,
///     position: Position(1),
///     time: Timestamp::from_micros(0),
/// });
/// let person = observed.person.unwrap_or_default();
/// assert_eq!(observed.anchor, identities.find(&user));
/// assert_eq!(identities.person(&visitor), Some(person));
/// assert_eq!(identities.id(person).and_then(|id| identities.index(id)), Some(person));
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Identities {
    pub(crate) key: Key,
    pub(crate) kinds: Kinds,
    pub(crate) anchors: Interner,
    pub(crate) people: People,
    pub(crate) pairs: Pairs,
    pub(crate) blocked: Interner,
    pub(crate) blocked_rows: Column<BlockedRow>,
    pub(crate) recurring: Recurring,
    pub(crate) apart: Apart,
    pub(crate) probable: Probable,
    pub(crate) first_times: FirstTimes,
    pub(crate) retracted: Retractions,
    /// Anchors that a decision blocks, with how often they were set aside.
    pub(crate) learned: OrdMap<AnchorId, u64>,
}

#[derive(Debug, Clone)]
pub(crate) struct BlockedRow {
    pub(crate) rule: Arc<BlockedBy>,
    pub(crate) count: u64,
}

impl Identities {
    /// Nobody yet. The seed is the store's id: ids of people are made of it, and the same log under the
    /// same seed and rules gives the same ids.
    pub fn new(rules: Rules, seed: u128) -> Self {
        let key = Key::new(seed);
        Self {
            key,
            kinds: Kinds::new(rules),
            anchors: Interner::new(key),
            people: People::default(),
            pairs: Pairs::new(),
            blocked: Interner::new(key),
            blocked_rows: Column::new(),
            recurring: Recurring::default(),
            apart: Apart::default(),
            probable: Probable::default(),
            first_times: FirstTimes::default(),
            retracted: Retractions::default(),
            learned: OrdMap::new(),
        }
    }

    /// The rules.
    pub fn rules(&self) -> &Rules {
        self.kinds.rules()
    }

    /// The anchor of an identifier; `None` if it was never seen, or is blocked.
    pub fn find(&self, identifier: &Identifier) -> Option<AnchorId> {
        let hash = self.anchors.hash(identifier);
        self.anchors.find(hash, identifier).map(AnchorId)
    }

    /// The identifier of an anchor.
    pub fn identifier(&self, anchor: AnchorId) -> Option<&Identifier> {
        self.anchors.get(anchor.0)
    }

    /// The person who has this anchor. An identifier of a shared kind has none of its own, unless it was once the
    /// strongest of a sighting; see [`sharers`](Self::sharers). Cost: O(1).
    pub fn person_of(&self, anchor: AnchorId) -> Option<PersonIndex> {
        self.people.person_of(anchor)
    }

    /// The person who has this identifier. Cost: O(1).
    pub fn person(&self, identifier: &Identifier) -> Option<PersonIndex> {
        self.person_of(self.find(identifier)?)
    }

    /// The anchors of a living person, in the order in which they joined; empty for a retired person.
    pub fn anchors(&self, person: PersonIndex) -> &[AnchorId] {
        self.people
            .members(person)
            .map_or(&[], |members| members.as_slice())
    }

    /// The id of a person, living or retired.
    pub fn id(&self, person: PersonIndex) -> Option<PersonId> {
        self.people.birth(person).map(|birth| birth.id(self.key))
    }

    /// The living person an id leads to now: a retired id redirects to whoever the person became.
    /// `None` only if the id was never given. Cost: O(log people).
    pub fn index(&self, id: PersonId) -> Option<PersonIndex> {
        self.people.living(self.born(id)?)
    }

    /// The person to whom this id was given, living or retired; `None` if it never was. Cost: O(log people).
    pub fn born(&self, id: PersonId) -> Option<PersonIndex> {
        self.people.born(Birth::of(id, self.key))
    }

    /// The living person that this one, living or retired, is now.
    pub fn living(&self, person: PersonIndex) -> Option<PersonIndex> {
        self.people.living(person)
    }

    /// The living people, ascending.
    pub fn people(&self) -> impl Iterator<Item = PersonIndex> + '_ {
        self.people.all_living()
    }

    /// How many people are living.
    pub fn people_count(&self) -> usize {
        self.people.living_count()
    }

    /// How many identifiers have an anchor.
    pub fn anchors_count(&self) -> usize {
        self.anchors.len()
    }

    /// How many pairs of identifiers are linked.
    pub fn links_count(&self) -> usize {
        let others = self.refusals_count() + self.pairs.gone_count() + self.pairs.shared_count();
        self.pairs.len() - others
    }

    /// How many times two people became one.
    pub fn merges_count(&self) -> usize {
        self.pairs.merges().len()
    }

    /// Every merge, oldest first, with the evidence as it is now.
    pub fn merges(&self) -> impl Iterator<Item = (Merge, Evidence)> + '_ {
        let settled = self.settled();
        let rows = self.pairs.merges().iter();
        rows.filter_map(move |row| Some((settled.merge(row)?, settled.evidence(row.pair)?)))
    }

    /// What is known now of the link that made two people one, even if it was taken back since. `None` for a merge of
    /// another store. Cost: O(1), and O(sightings of late), of which there are 32,768 at most.
    pub fn because(&self, merge: &Merge) -> Option<Evidence> {
        self.evidence(self.pairs.find(merge.between)?)
    }

    /// How many pairs are held.
    pub fn refusals_count(&self) -> usize {
        self.pairs.held().len()
    }

    /// Every held pair, in the order of first sight, with the people and the evidence as they are now.
    pub fn refusals(&self) -> impl Iterator<Item = Refusal> + '_ {
        let settled = self.settled();
        let pairs = self.pairs.held().iter();
        pairs.filter_map(move |pair| settled.refusal(*pair))
    }

    /// How many blocked identifiers were seen.
    pub fn blocked_count(&self) -> usize {
        self.blocked.len() + self.learned.len()
    }

    /// Every blocked identifier that was seen: those that the rules block, in order of first sight, then those
    /// that decisions block.
    pub fn blocked(&self) -> impl Iterator<Item = Blocked> + '_ {
        let rows = self.blocked.iter().zip(self.blocked_rows.iter());
        let by_rules = rows.map(|(identifier, row)| Blocked {
            identifier: identifier.clone(),
            rule: (*row.rule).clone(),
            count: row.count,
        });
        let learned = self.learned.iter();
        by_rules.chain(learned.filter_map(|(anchor, count)| self.learned_value(*anchor, *count)))
    }

    pub(crate) fn learned_value(&self, anchor: AnchorId, count: u64) -> Option<Blocked> {
        Some(Blocked {
            identifier: self.identifier(anchor)?.clone(),
            rule: BlockedBy::Decision,
            count,
        })
    }

    /// Memory of this state, in bytes: an estimate. Cost: O(1).
    pub fn memory_bytes(&self) -> usize {
        let blocked_rows = self.blocked_rows.len() * size_of::<BlockedRow>();
        size_of::<Self>()
            + self.anchors.memory_bytes()
            + self.people.memory_bytes()
            + self.pairs.memory_bytes()
            + self.blocked.memory_bytes()
            + blocked_rows
            + self.recurring.memory_bytes()
            + self.apart.memory_bytes()
            + self.probable.memory_bytes()
            + self.first_times.memory_bytes()
            + self.retracted.memory_bytes()
    }

    /// The same state, made ready to tell the evidence of many pairs.
    pub(crate) fn settled(&self) -> Self {
        let mut settled = self.clone();
        settled.pairs.settle();
        settled
    }

    pub(crate) fn evidence(&self, number: PairNumber) -> Option<Evidence> {
        let (pair, seen) = (self.pairs.get(number)?, self.pairs.seen(number)?);
        let [left, right] = pair.anchors.map(|anchor| self.identifier(anchor).cloned());
        Some(Evidence {
            between: [left?, right?],
            basis: pair.strength.into(),
            first_position: pair.first_position,
            source: self.pairs.source(pair.source)?.clone(),
            first_time: seen.first_time,
            last_time: seen.last_time,
            count: seen.count,
        })
    }

    /// The pair of two anchors, whichever is the stronger.
    pub(crate) fn pair_of(&self, a: AnchorId, b: AnchorId) -> Option<PairNumber> {
        let found = self.pairs.find([a, b]).or_else(|| self.pairs.find([b, a]));
        found.filter(|pair| !self.pairs.is_gone(*pair))
    }

    pub(crate) fn merge(&self, row: &MergeRow) -> Option<Merge> {
        Some(Merge {
            kept: row.kept,
            retired: row.retired,
            kept_id: self.id(row.kept)?,
            retired_id: self.id(row.retired)?,
            between: self.pairs.get(row.pair)?.anchors,
        })
    }

    pub(crate) fn split(&self, row: &SplitRow) -> Option<Split> {
        Some(Split {
            from: row.from,
            to: row.to,
            from_id: self.id(row.from)?,
            to_id: self.id(row.to)?,
            anchors: row.anchors.clone(),
        })
    }

    pub(crate) fn refusal(&self, number: PairNumber) -> Option<Refusal> {
        let pair = self.pairs.get(number)?;
        let held = pair.standing == Standing::Held;
        let [left, right] = held.then(|| pair.anchors.map(|anchor| self.side(anchor)))?;
        let (left, right) = (left?, right?);
        Some(Refusal {
            rule: self.held_by(left.person, right.person)?,
            evidence: self.evidence(number)?,
            sides: [left, right],
        })
    }

    /// The rule that keeps two people apart. It follows from what they are now, and is nowhere stored.
    pub(crate) fn held_by(&self, left: PersonIndex, right: PersonIndex) -> Option<LimitRule> {
        self.group_rule(Group::Person(left), Group::Person(right))
    }

    /// The rule that keeps two groups apart.
    pub(crate) fn group_rule(&self, left: Group<'_>, right: Group<'_>) -> Option<LimitRule> {
        self.limit_rule(self.broken_limit(left, right)?)
    }

    fn side(&self, anchor: AnchorId) -> Option<Side> {
        let person = self.person_of(anchor)?;
        Some(Side {
            person,
            id: self.id(person)?,
            identifiers: self.anchors(person).len(),
        })
    }

    fn limit_rule(&self, broken: BrokenLimit) -> Option<LimitRule> {
        Some(match broken {
            BrokenLimit::Apart(two) => {
                let [left, right] = two.map(|anchor| self.identifier(anchor).cloned());
                LimitRule::Apart {
                    between: [left?, right?],
                }
            }
            BrokenLimit::Kind(number) => {
                let kind = self.kinds.get(number)?;
                LimitRule::Kind {
                    kind: kind.name.clone(),
                    limit: kind.limit?,
                    source: kind.of_source.clone(),
                }
            }
            BrokenLimit::Window(number, first_seen) => {
                let kind = self.kinds.get(number)?;
                LimitRule::Window {
                    kind: kind.name.clone(),
                    limit: kind.limit_in(first_seen)?,
                    first_seen,
                    source: kind.of_source.clone(),
                }
            }
            BrokenLimit::Identifiers => LimitRule::Identifiers {
                limit: self.rules().identifiers_max()?,
            },
        })
    }
}
