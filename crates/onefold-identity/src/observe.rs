//! One sighting: from identifiers seen together to links, merges, splits and held pairs.
//!
//! Invariant: afterwards the partition is that of all links accepted in their order. Three shortcuts keep it
//! without asking another link, because every rule is closed downwards (see [`limits`](crate::limits)):
//! a link inside a person changes nothing; one between people who may be one unites them; one that breaks a
//! rule at its own place in the order is held. Only what is left is accepted anew, and only its raw component.

use std::{cmp::Ordering, sync::Arc};

use onefold_event::{AnchorId, Identifier, PersonIndex};
use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use crate::{
    evidence::Strength,
    first_time::Moved,
    identities::{BlockedRow, Identities},
    kinds::KindNumber,
    limits::Group,
    pairs::{MergeRow, PairNumber, Standing},
    rank::Ranked,
    recurring::{Entry, Fingerprint},
    resettle::Upheaval,
    sighting::{Blocked, Observed, Sighting},
};

/// An identifier that may link, with what is known of it.
struct Recognised<'a> {
    identifier: &'a Identifier,
    hash: u32,
    kind: KindNumber,
    /// That of its kind.
    place: (bool, u32),
    anchor: Option<AnchorId>,
}

/// The strongest identifier and those linked to it so far.
struct Star {
    centre: AnchorId,
    strength: Strength,
    hub: Hub,
    /// New identifiers that a limit keeps away from the centre.
    stranded: SmallVec<[AnchorId; 2]>,
    /// Of the centre with each other one.
    pairs: SmallVec<[PairNumber; 3]>,
    /// Pairs that are held, and may have a place in the order where they are not.
    contested: SmallVec<[PairNumber; 2]>,
    moved: Moved,
    told: Upheaval,
}

/// Whom the centre belongs to. It is born at the end of the sighting if nobody is found until then: so a
/// new identifier that is seen with a known one joins a person, and none is made only to retire.
enum Hub {
    Person(PersonIndex),
    Unborn(SmallVec<[AnchorId; 4]>),
}

impl Identities {
    /// Takes in what was seen together.
    ///
    /// Identifiers are sorted by the priority of their kind, then by text, those of shared kinds last. Blocked ones
    /// are set aside. The strongest is the anchor, and each other one is linked to it in order. A link that would
    /// make a person who breaks a rule is held, unless it comes before a link that it breaks the rule with: then that
    /// one is. A new identifier whose link is held becomes a person of its own, so that nothing is lost. A link of
    /// an identifier of a shared kind is kept, and makes nobody one; where there is no other kind, the strongest
    /// is a person of its own.
    ///
    /// Cost: O(identifiers) for known pairs, less where the same identifiers came together a short time
    /// before; a merge moves the anchors of the smaller side. A link that breaks a rule costs the links of the
    /// two people, and O(n log n) of its raw component if it displaces another.
    pub fn observe(&mut self, sighting: &Sighting<'_>) -> Observed {
        let fingerprint = Fingerprint::of(self.key, sighting.identifiers);
        if let Some(before) = fingerprint.and_then(|it| self.recurring.get(it)) {
            return self.observe_again(&before, sighting);
        }
        let mut observed = Observed::default();
        let recognised = self.recognise(sighting.identifiers, &mut observed);
        if let Some((strongest, others)) = recognised.split_first() {
            let how = Strength::Observed;
            let star = self.observe_anew(how, (strongest, others), sighting, &mut observed);
            // A blocked identifier is told each time.
            if let Some(fingerprint) = fingerprint.filter(|_| observed.blocked.is_empty()) {
                self.recurring.put(fingerprint, star.centre, &star.pairs);
            }
        }
        observed
    }

    /// Takes in what somebody says are one person's, and not only saw together: such links come first among
    /// those of equal kinds. All else is as for [`observe`](Self::observe).
    pub fn declare(&mut self, sighting: &Sighting<'_>) -> Observed {
        let mut observed = Observed::default();
        let recognised = self.recognise(sighting.identifiers, &mut observed);
        if let Some((strongest, others)) = recognised.split_first() {
            let how = Strength::Declared;
            self.observe_anew(how, (strongest, others), sighting, &mut observed);
        }
        observed
    }

    /// The anchor of an identifier, made at first sight for whoever keeps anchors in place of identifiers and
    /// tells them to [`observe_anchors`](Self::observe_anchors); `None` if it is blocked. It belongs to nobody
    /// until then.
    pub fn anchor_of(&mut self, identifier: &Identifier) -> Option<AnchorId> {
        let recognised = self.recognise_one(identifier).ok()?;
        Some(self.anchor(&recognised))
    }

    /// Takes in two that were seen together, by their anchors: the same as [`observe`](Self::observe) of their
    /// identifiers, without looking these up. The identifiers of the sighting are not read. An anchor that was
    /// never given changes nothing. Cost: O(1) amortised where no rule is broken.
    pub fn observe_anchors(
        &mut self,
        two: [AnchorId; 2],
        strength: Strength,
        sighting: &Sighting<'_>,
    ) -> Observed {
        let mut observed = Observed::default();
        let place = |anchor: AnchorId| self.kind_of(anchor).map(|kind| kind.place());
        let [Some(left), Some(right)] = two.map(place) else {
            return observed;
        };
        let aside = two.into_iter().filter_map(|anchor| self.set_aside(anchor));
        observed.blocked = aside.collect();
        if !observed.blocked.is_empty() {
            return observed;
        }
        let [a, b] = two;
        let in_order = left.cmp(&right);
        let in_order = in_order.then_with(|| self.identifier(a).cmp(&self.identifier(b)));
        let (centre, other) = match in_order {
            Ordering::Greater => (b, a),
            _ => (a, b),
        };
        let mut star = self.star(strength, centre);
        if centre != other {
            self.link_anchor(&mut star, other, sighting);
        }
        self.finish_star(&mut star, sighting, &mut observed);
        observed
    }

    fn observe_again(&mut self, before: &Entry, sighting: &Sighting<'_>) -> Observed {
        let mut observed = Observed {
            anchor: Some(before.anchor()),
            ..Observed::default()
        };
        let found = self.people.watched_person_of(before.anchor());
        observed.person = found.map(|(person, _)| person);
        let mut moved = Moved::new();
        if self.kinds.has_windows() {
            self.note_again(before, sighting, &mut moved);
        }
        if moved.is_empty() && found.is_none_or(|(_, watched)| !watched) {
            for pair in before.pairs() {
                self.pairs.see_linked(pair, sighting);
            }
            return observed;
        }
        let how = Strength::Observed;
        let pairs = before.pairs();
        let rising: SmallVec<[_; 2]> = pairs
            .filter(|pair| self.pairs.see(*pair, how, sighting))
            .collect();
        if !rising.is_empty() || !moved.is_empty() {
            let mut told = Upheaval::default();
            self.contest(&rising, sighting, &mut told);
            self.settle_moved(&moved, sighting, &mut told);
            self.tell(&told, &mut observed);
            observed.person = self.person_of(before.anchor());
        }
        observed
    }

    fn note_again(&mut self, before: &Entry, sighting: &Sighting<'_>, moved: &mut Moved) {
        for number in before.pairs() {
            if let Some(pair) = self.pairs.get(number) {
                self.note_first(pair.anchors, sighting.time, moved);
            }
        }
    }

    fn observe_anew(
        &mut self,
        strength: Strength,
        (strongest, others): (&Recognised<'_>, &[Recognised<'_>]),
        sighting: &Sighting<'_>,
        observed: &mut Observed,
    ) -> Star {
        let mut star = self.centre(strength, strongest);
        for other in others {
            self.link(&mut star, other, sighting);
        }
        self.finish_star(&mut star, sighting, observed);
        star
    }

    fn finish_star(&mut self, star: &mut Star, sighting: &Sighting<'_>, observed: &mut Observed) {
        if let Hub::Unborn(anchors) = &star.hub {
            self.people.bear(sighting.position, anchors);
            observed.created = true;
        }
        for anchor in &star.stranded {
            self.people.bear(sighting.position, &[*anchor]);
        }
        observed.anchor = Some(star.centre);
        if !star.contested.is_empty() {
            let contested = std::mem::take(&mut star.contested);
            self.contest(&contested, sighting, &mut star.told);
        }
        if !star.moved.is_empty() {
            let moved = std::mem::take(&mut star.moved);
            self.settle_moved(&moved, sighting, &mut star.told);
        }
        observed.person = self.person_of(star.centre);
        self.tell(&star.told, observed);
    }

    /// Holds these pairs, or accepts them and whatever follows from it.
    fn contest(&mut self, pairs: &[PairNumber], sighting: &Sighting<'_>, told: &mut Upheaval) {
        self.pairs.settle();
        for number in pairs {
            let Some(pair) = self.pairs.get(*number) else {
                continue;
            };
            if pair.standing == Standing::Held && self.wins(*number) {
                self.resettle(pair.anchors[0], sighting.position, told);
            }
        }
        for number in pairs {
            let pair = self.pairs.get(*number);
            if let Some(pair) = pair.filter(|pair| pair.standing == Standing::Held) {
                pair.anchors
                    .into_iter()
                    .for_each(|it| self.people.watch(it, true));
            }
        }
    }

    /// Would this held pair be accepted at its place in the order of links?
    fn wins(&self, number: PairNumber) -> bool {
        let Some(pair) = self.pairs.get(number) else {
            return false;
        };
        let ranked = self.ranked(number, &pair);
        let [left, right] = pair
            .anchors
            .map(|anchor| self.group_before(anchor, &ranked));
        self.broken_limit(Group::Anchors(&left), Group::Anchors(&right))
            .is_none()
    }

    pub(crate) fn tell(&self, told: &Upheaval, observed: &mut Observed) {
        let merges = told.merges.iter().filter_map(|row| self.merge(row));
        observed.merges = merges.collect();
        let splits = told.splits.iter().filter_map(|row| self.split(row));
        observed.splits = splits.collect();
        let held = told.held.iter();
        observed.held = held.filter_map(|pair| self.refusal(*pair)).collect();
        let released = told.released.iter();
        observed.released = released.filter_map(|pair| self.evidence(*pair)).collect();
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
            let by_strength = left.place.cmp(&right.place);
            by_strength.then_with(|| left.identifier.cmp(right.identifier))
        });
        recognised
    }

    fn recognise_one<'a>(&mut self, identifier: &'a Identifier) -> Result<Recognised<'a>, Blocked> {
        let hash = self.anchors.hash(identifier);
        let anchor = self.anchors.find(hash, identifier).map(AnchorId);
        if let Some(blocked) = anchor.and_then(|anchor| self.set_aside(anchor)) {
            return Err(blocked);
        }
        let known_kind = anchor.and_then(|anchor| self.people.kind(anchor));
        let kind = match known_kind {
            Some(kind) => kind,
            None => {
                self.pass_or_block(hash, identifier)?;
                self.kinds.number(identifier)
            }
        };
        let place = self.kinds.get(kind).map(|kind| kind.place());
        Ok(Recognised {
            identifier,
            hash,
            kind,
            place: place.unwrap_or((true, u32::MAX)),
            anchor,
        })
    }

    /// Counts one more sighting of an anchor that a decision blocks, if one does.
    fn set_aside(&mut self, anchor: AnchorId) -> Option<Blocked> {
        if self.learned.is_empty() {
            return None;
        }
        let count = self.learned.get_mut(&anchor)?;
        *count = count.saturating_add(1);
        let count = *count;
        self.learned_value(anchor, count)
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

    fn centre(&mut self, strength: Strength, strongest: &Recognised<'_>) -> Star {
        let centre = self.anchor(strongest);
        self.star(strength, centre)
    }

    fn star(&self, strength: Strength, centre: AnchorId) -> Star {
        let hub = match self.person_of(centre) {
            Some(person) => Hub::Person(person),
            None => Hub::Unborn(SmallVec::from_slice(&[centre])),
        };
        Star {
            centre,
            strength,
            hub,
            stranded: SmallVec::new(),
            pairs: SmallVec::new(),
            contested: SmallVec::new(),
            moved: Moved::new(),
            told: Upheaval::default(),
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
        self.link_anchor(star, anchor, sighting);
    }

    fn link_anchor(&mut self, star: &mut Star, anchor: AnchorId, sighting: &Sighting<'_>) {
        let between = [star.centre, anchor];
        let known = self.pairs.find(between);
        let gone = known.filter(|pair| self.pairs.is_gone(*pair));
        self.note_first(between, sighting.time, &mut star.moved);
        if let Some(pair) = known.filter(|_| gone.is_none()) {
            if self.pairs.see(pair, star.strength, sighting) {
                star.contested.push(pair);
            }
            star.pairs.push(pair);
            return;
        }
        let person = self.person_of(anchor);
        let new = [anchor];
        let group = person.map_or(Group::Anchors(&new), Group::Person);
        let standing = match self.is_shared(between) {
            true => Standing::Shared,
            false if self.broken_limit(star.hub.group(), group).is_some() => Standing::Held,
            false => Standing::Linked,
        };
        let pair = match gone {
            Some(pair) => {
                self.pairs.revive(pair, standing, star.strength, sighting);
                pair
            }
            None => self.pairs.add(between, standing, star.strength, sighting),
        };
        star.pairs.push(pair);
        match standing {
            Standing::Linked => self.unite(star, (anchor, person), pair),
            Standing::Shared => {}
            Standing::Held | Standing::Gone => {
                star.told.held.push(pair);
                star.contested.push(pair);
                if person.is_none() {
                    star.stranded.push(anchor);
                }
            }
        }
    }

    /// Whether one of two anchors is of a shared kind.
    pub(crate) fn is_shared(&self, two: [AnchorId; 2]) -> bool {
        let is_shared = |anchor| self.kind_of(anchor).is_some_and(|kind| kind.shared);
        self.kinds.has_shared() && two.into_iter().any(is_shared)
    }

    /// Makes one person of the centre's and this anchor's.
    fn unite(
        &mut self,
        star: &mut Star,
        (anchor, person): (AnchorId, Option<PersonIndex>),
        pair: PairNumber,
    ) {
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
                star.told.merges.push(row);
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

    /// The anchors that links before this one tie to an anchor. Cost: the links of its person.
    fn group_before(&self, anchor: AnchorId, ranked: &Ranked) -> Vec<AnchorId> {
        let mut group = vec![anchor];
        let mut reached = FxHashSet::from_iter([anchor]);
        let mut done = 0;
        while let Some(here) = group.get(done).copied() {
            done += 1;
            for (number, pair, other) in self.pairs.of(here, Standing::Linked) {
                let is_before = || self.order(&self.ranked(number, &pair), ranked).is_lt();
                if !reached.contains(&other) && is_before() {
                    reached.insert(other);
                    group.push(other);
                }
            }
        }
        group
    }
}

impl Hub {
    fn group(&self) -> Group<'_> {
        match self {
            Self::Person(person) => Group::Person(*person),
            Self::Unborn(anchors) => Group::Anchors(anchors),
        }
    }
}
