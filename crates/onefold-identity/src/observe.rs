//! One sighting: from identifiers seen together to links, merges and refusals.
//!
//! Invariant: no person ever breaks a limit, whatever is observed.

use std::sync::Arc;

use onefold_event::{AnchorId, Identifier, PersonIndex};
use smallvec::SmallVec;

use crate::{
    identities::{BlockedRow, Identities},
    kinds::KindNumber,
    pairs::{MergeRow, Outcome, PairNumber},
    people::{KindCounts, add},
    recurring::Fingerprint,
    refusal::BrokenLimit,
    sighting::{Blocked, Observed, Sighting},
};

/// An identifier that may link, with what is known of it.
struct Recognised<'a> {
    identifier: &'a Identifier,
    hash: u32,
    kind: KindNumber,
    priority: u32,
    anchor: Option<AnchorId>,
}

/// The strongest identifier and those linked to it so far.
struct Star {
    centre: AnchorId,
    hub: Hub,
    /// New identifiers that a limit keeps away from the centre.
    stranded: SmallVec<[AnchorId; 2]>,
    /// Of the centre with each other one.
    pairs: SmallVec<[PairNumber; 3]>,
    held: SmallVec<[PairNumber; 2]>,
    merges: SmallVec<[MergeRow; 2]>,
}

/// Whom the centre belongs to. It is born at the end of the sighting if nobody is found until then: so a
/// new identifier that is seen with a known one joins a person, and none is made only to retire.
enum Hub {
    Person(PersonIndex),
    Unborn(SmallVec<[AnchorId; 4]>),
}

/// One side of a link that is asked for.
enum Party<'a> {
    Person(PersonIndex),
    New(&'a [AnchorId]),
}

impl Identities {
    /// Takes in what was seen together.
    ///
    /// Identifiers are sorted by the priority of their kind, then by text. Blocked ones are set aside. The
    /// strongest is the anchor, and each other one is linked to it in order. A link that would make a
    /// person who breaks a limit is refused: a known identifier stays with the person it has, a
    /// new one becomes a person of its own, so that nothing is lost. A pair once linked or refused stays so.
    ///
    /// Cost: O(identifiers) for known pairs, less where the same identifiers came together a short time
    /// before; a merge moves the anchors of the smaller side.
    pub fn observe(&mut self, sighting: &Sighting<'_>) -> Observed {
        let fingerprint = Fingerprint::of(self.key, sighting.identifiers);
        if let Some(before) = fingerprint.and_then(|it| self.recurring.get(it)) {
            for pair in before.pairs() {
                self.pairs.see(pair, sighting.time);
            }
            return Observed {
                anchor: Some(before.anchor()),
                person: self.person_of(before.anchor()),
                ..Observed::default()
            };
        }
        let mut observed = Observed::default();
        let recognised = self.recognise(sighting.identifiers, &mut observed);
        if let Some((strongest, others)) = recognised.split_first() {
            let star = self.observe_anew(strongest, others, sighting, &mut observed);
            // A blocked identifier is told each time.
            if let Some(fingerprint) = fingerprint.filter(|_| observed.blocked.is_empty()) {
                self.recurring.put(fingerprint, star.centre, &star.pairs);
            }
        }
        observed
    }

    fn observe_anew(
        &mut self,
        strongest: &Recognised<'_>,
        others: &[Recognised<'_>],
        sighting: &Sighting<'_>,
        observed: &mut Observed,
    ) -> Star {
        let mut star = self.centre(strongest);
        for other in others {
            self.link(&mut star, other, sighting);
        }
        let (person, created) = match &star.hub {
            Hub::Person(person) => (Some(*person), false),
            Hub::Unborn(anchors) => (self.people.bear(sighting.position, anchors), true),
        };
        for anchor in &star.stranded {
            self.people.bear(sighting.position, &[*anchor]);
        }
        observed.anchor = Some(star.centre);
        observed.person = person;
        observed.created = created;
        observed.merges = star
            .merges
            .iter()
            .filter_map(|row| self.merge(row))
            .collect();
        observed.refused = star
            .held
            .iter()
            .filter_map(|pair| self.refusal(*pair))
            .collect();
        star
    }

    /// The identifiers that may link, strongest first, each once.
    fn recognise<'a>(
        &mut self,
        identifiers: &'a [Identifier],
        observed: &mut Observed,
    ) -> SmallVec<[Recognised<'a>; 4]> {
        let mut recognised = SmallVec::new();
        for (index, identifier) in identifiers.iter().enumerate() {
            let earlier = identifiers.get(..index).unwrap_or_default();
            if earlier.contains(identifier) {
                continue;
            }
            match self.recognise_one(identifier) {
                Ok(one) => recognised.push(one),
                Err(blocked) => observed.blocked.push(blocked),
            }
        }
        recognised.sort_by(|left: &Recognised<'_>, right| {
            let by_strength = left.priority.cmp(&right.priority);
            by_strength.then_with(|| left.identifier.cmp(right.identifier))
        });
        recognised
    }

    fn recognise_one<'a>(&mut self, identifier: &'a Identifier) -> Result<Recognised<'a>, Blocked> {
        let hash = self.anchors.hash(identifier);
        let anchor = self.anchors.find(hash, identifier).map(AnchorId);
        let known_kind = anchor.and_then(|_| self.kinds.find(identifier.kind()));
        let kind = match known_kind {
            Some(kind) => kind,
            None => {
                self.pass_or_block(hash, identifier)?;
                self.kinds.number(identifier.kind())
            }
        };
        let priority = self.kinds.get(kind).map_or(u32::MAX, |kind| kind.priority);
        Ok(Recognised {
            identifier,
            hash,
            kind,
            priority,
            anchor,
        })
    }

    /// Patterns are searched once, when a value is first seen; a blocked one is remembered.
    fn pass_or_block(&mut self, hash: u32, identifier: &Identifier) -> Result<(), Blocked> {
        let number = match self.blocked.find(hash, identifier) {
            Some(number) => number,
            None => {
                let Some(rule) = self.rules().blocked_by(identifier) else {
                    return Ok(());
                };
                let rule = Arc::new(rule);
                self.blocked_rows.push_back(BlockedRow { rule, count: 0 });
                self.blocked.push(hash, identifier.clone())
            }
        };
        match self.blocked_rows.get_mut(number as usize) {
            Some(row) => {
                row.count = row.count.saturating_add(1);
                Err(Blocked {
                    identifier: identifier.clone(),
                    rule: (*row.rule).clone(),
                    count: row.count,
                })
            }
            None => Ok(()),
        }
    }

    fn centre(&mut self, strongest: &Recognised<'_>) -> Star {
        let centre = self.anchor(strongest);
        let hub = match self.person_of(centre) {
            Some(person) => Hub::Person(person),
            None => Hub::Unborn(SmallVec::from_slice(&[centre])),
        };
        Star {
            centre,
            hub,
            stranded: SmallVec::new(),
            pairs: SmallVec::new(),
            held: SmallVec::new(),
            merges: SmallVec::new(),
        }
    }

    /// The anchor of an identifier, a new one at first sight.
    fn anchor(&mut self, recognised: &Recognised<'_>) -> AnchorId {
        if let Some(anchor) = recognised.anchor {
            return anchor;
        }
        let kept = self.kinds.adopt(recognised.kind, recognised.identifier);
        self.anchors.push(recognised.hash, kept);
        self.pairs.add_anchor();
        self.people.add_anchor(recognised.kind)
    }

    fn link(&mut self, star: &mut Star, other: &Recognised<'_>, sighting: &Sighting<'_>) {
        let anchor = self.anchor(other);
        let between = [star.centre, anchor];
        if let Some(pair) = self.pairs.find(between) {
            self.pairs.see(pair, sighting.time);
            star.pairs.push(pair);
            return;
        }
        let person = self.person_of(anchor);
        let new = [anchor];
        let party = person.map_or(Party::New(&new), Party::Person);
        if let Some(broken) = self.broken_limit(&star.hub, &party) {
            let pair = self.pairs.add(between, Outcome::Held(broken), sighting);
            star.pairs.push(pair);
            star.held.push(pair);
            if person.is_none() {
                star.stranded.push(anchor);
            }
            return;
        }
        let pair = self.pairs.add(between, Outcome::Linked, sighting);
        star.pairs.push(pair);
        match (&mut star.hub, person) {
            (Hub::Person(hub), Some(person)) if *hub == person => {}
            (Hub::Person(hub), Some(person)) => {
                let (kept, retired) = self.people.merge(*hub, person);
                let row = MergeRow {
                    pair,
                    kept,
                    retired,
                };
                self.pairs.record_merge(row);
                star.merges.push(row);
                *hub = kept;
            }
            (Hub::Person(hub), None) => self.people.adopt(anchor, *hub),
            (Hub::Unborn(waiting), Some(person)) => {
                for waiting in waiting {
                    self.people.adopt(*waiting, person);
                }
                star.hub = Hub::Person(person);
            }
            (Hub::Unborn(waiting), None) => waiting.push(anchor),
        }
    }

    /// The limit that the two would break as one person: that of the strongest kind first.
    fn broken_limit(&self, hub: &Hub, other: &Party<'_>) -> Option<BrokenLimit> {
        let hub = match hub {
            Hub::Person(person) => Party::Person(*person),
            Hub::Unborn(anchors) => Party::New(anchors),
        };
        if let (Party::Person(left), Party::Person(right)) = (&hub, other)
            && left == right
        {
            return None;
        }
        let mut counts = KindCounts::new();
        self.count_kinds(&hub, &mut counts);
        self.count_kinds(other, &mut counts);
        let broken_kinds = counts.iter().filter_map(|(number, count)| {
            let kind = self.kinds.get(*number)?;
            let broken = kind.limit.is_some_and(|limit| *count > limit);
            broken.then_some((kind.priority, &kind.name, *number))
        });
        if let Some((_, _, kind)) = broken_kinds.min() {
            return Some(BrokenLimit::Kind(kind));
        }
        let total: u32 = counts.iter().map(|(_, count)| count).sum();
        let max = self.rules().identifiers_max();
        max.is_some_and(|max| total > max)
            .then_some(BrokenLimit::Identifiers)
    }

    fn count_kinds(&self, party: &Party<'_>, counts: &mut KindCounts) {
        match party {
            Party::Person(person) => {
                if let Some(members) = self.people.members(*person) {
                    members.count_kinds(counts, |anchor| self.people.kind(anchor));
                }
            }
            Party::New(anchors) => {
                let kinds = anchors
                    .iter()
                    .filter_map(|anchor| self.people.kind(*anchor));
                kinds.for_each(|kind| add(counts, kind, 1));
            }
        }
    }
}
