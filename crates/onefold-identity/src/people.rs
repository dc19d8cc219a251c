//! Who has which identifiers.
//!
//! Invariant: every anchor that was seen is in exactly one slot and every slot has one living person. Persons are
//! numbered in the order of their births; of two that merge the older lives on. A retired person is
//! found again through its first anchor, so redirects resolve in one step however often people merged. The
//! first anchor of a living person is one of its own.

mod builder;
mod members;

use onefold_event::{AnchorId, PersonIndex, Position};

use crate::{
    birth::Birth,
    column::Column,
    index::{NONE, row_number},
    kinds::KindNumber,
    table::{Row, Table, halves, whole},
};

pub(crate) use members::{KindCounts, Members, add};

#[derive(Debug, Clone, Default)]
pub(crate) struct People {
    anchors: Table<Anchor, 2, 256>,
    people: Table<Person, 6, 64>,
    slots: Column<Slot>,
    retired_count: usize,
    large_bytes: usize,
}

#[derive(Debug, Clone, Copy)]
struct Anchor {
    slot: u32,
    kind: KindNumber,
}

#[derive(Debug, Clone, Copy)]
struct Person {
    birth: Birth,
    first_anchor: AnchorId,
    /// [`NONE`] once retired.
    slot: u32,
}

/// A set of anchors. It outlives the person it was made for when that one retires and has more anchors:
/// so a merge relabels the smaller side, whoever is older.
#[derive(Debug, Clone)]
struct Slot {
    person: PersonIndex,
    /// A pair of one of the anchors is held: a sighting of it may change more than a count.
    watched: bool,
    /// One of the anchors is kept apart from another anchor.
    apart: bool,
    members: Members,
}

impl Row<2> for Anchor {
    fn words(self) -> [u32; 2] {
        [self.slot, self.kind]
    }

    fn of_words([slot, kind]: [u32; 2]) -> Self {
        Self { slot, kind }
    }
}

impl Row<6> for Person {
    fn words(self) -> [u32; 6] {
        let [a, b] = halves(self.birth.position.0);
        let [c, d] = halves(self.birth.ordinal);
        [a, b, c, d, self.first_anchor.0, self.slot]
    }

    fn of_words([a, b, c, d, first_anchor, slot]: [u32; 6]) -> Self {
        let (position, ordinal) = (Position(whole(a, b)), whole(c, d));
        Self {
            birth: Birth { position, ordinal },
            first_anchor: AnchorId(first_anchor),
            slot,
        }
    }
}

impl People {
    pub(crate) fn add_anchor(&mut self, kind: KindNumber) -> AnchorId {
        let anchor = AnchorId(row_number(self.anchors.len()));
        self.anchors.push_back(Anchor { slot: NONE, kind });
        anchor
    }

    pub(crate) fn kinds(&self) -> impl Iterator<Item = KindNumber> + '_ {
        self.anchors.iter().map(|anchor| anchor.kind)
    }

    pub(crate) fn kind(&self, anchor: AnchorId) -> Option<KindNumber> {
        self.anchors.get(anchor.index()).map(|anchor| anchor.kind)
    }

    pub(crate) fn person_of(&self, anchor: AnchorId) -> Option<PersonIndex> {
        let slot = self.anchors.get(anchor.index())?.slot;
        self.slots.get(slot as usize).map(|slot| slot.person)
    }

    /// The person of an anchor, and whether a pair of it is held.
    pub(crate) fn watched_person_of(&self, anchor: AnchorId) -> Option<(PersonIndex, bool)> {
        let slot = self.anchors.get(anchor.index())?.slot;
        let slot = self.slots.get(slot as usize)?;
        Some((slot.person, slot.watched))
    }

    /// Notes whether the person of this anchor has a held pair.
    pub(crate) fn watch(&mut self, anchor: AnchorId, watched: bool) {
        if let Some((_, is)) = self.watched_person_of(anchor)
            && is != watched
            && let Some(slot) = self.slot_mut(anchor)
        {
            slot.watched = watched;
        }
    }

    /// Notes whether the person of this anchor has one that is kept apart from another.
    pub(crate) fn keep_apart(&mut self, anchor: AnchorId, apart: bool) {
        let slot = self.anchors.get(anchor.index()).map(|row| row.slot);
        let slot = slot.and_then(|slot| self.slots.get(slot as usize));
        if slot.is_some_and(|slot| slot.apart != apart)
            && let Some(slot) = self.slot_mut(anchor)
        {
            slot.apart = apart;
        }
    }

    /// Whether an anchor of the person is kept apart from another.
    pub(crate) fn is_apart(&self, person: PersonIndex) -> bool {
        let slot = self.people.get(person.index()).map(|person| person.slot);
        let slot = slot.and_then(|slot| self.slots.get(slot as usize));
        slot.is_some_and(|slot| slot.apart)
    }

    fn slot_mut(&mut self, anchor: AnchorId) -> Option<&mut Slot> {
        let slot = self.anchors.get(anchor.index())?.slot;
        self.slots.get_mut(slot as usize)
    }

    pub(crate) fn members(&self, person: PersonIndex) -> Option<&Members> {
        let slot = self.people.get(person.index())?.slot;
        self.slots.get(slot as usize).map(|slot| &slot.members)
    }

    /// A new person with these anchors, which have none yet.
    pub(crate) fn bear(&mut self, position: Position, anchors: &[AnchorId]) -> Option<PersonIndex> {
        let first_anchor = *anchors.first()?;
        let last = self.people.back().map(|person| person.birth);
        let person = PersonIndex(row_number(self.people.len()));
        let slot = row_number(self.slots.len());
        self.people.push_back(Person {
            birth: Birth::after(last, position),
            first_anchor,
            slot,
        });
        let members = Members::default();
        self.slots.push_back(Slot {
            person,
            watched: false,
            apart: false,
            members,
        });
        self.join(anchors, slot);
        Some(person)
    }

    /// Gives an anchor that has no person to this one.
    pub(crate) fn adopt(&mut self, anchor: AnchorId, person: PersonIndex) {
        if let Some(slot) = self.people.get(person.index()).map(|person| person.slot) {
            self.join(&[anchor], slot);
        }
    }

    /// Makes one person of two living ones; gives who was kept and who retired.
    pub(crate) fn merge(
        &mut self,
        left: PersonIndex,
        right: PersonIndex,
    ) -> (PersonIndex, PersonIndex) {
        let (kept, retired) = (left.min(right), left.max(right));
        let slot_of = |person: PersonIndex| self.people.get(person.index()).map(|it| it.slot);
        let (Some(kept_slot), Some(retired_slot)) = (slot_of(kept), slot_of(retired)) else {
            return (kept, retired);
        };
        let size = |slot: u32| {
            self.slots
                .get(slot as usize)
                .map_or(0, |it| it.members.len())
        };
        let (large, small) = match size(retired_slot) > size(kept_slot) {
            true => (retired_slot, kept_slot),
            false => (kept_slot, retired_slot),
        };
        let small_slot = self.slots.get_mut(small as usize);
        let moved = small_slot.map(|slot| std::mem::take(&mut slot.members));
        let moved = moved.unwrap_or_default();
        self.large_bytes -= moved.heap_bytes();
        self.join(moved.as_slice(), large);
        let small_slot = self.slots.get(small as usize);
        let (watched, apart) = small_slot.map_or((false, false), |it| (it.watched, it.apart));
        if let Some(slot) = self.slots.get_mut(large as usize) {
            slot.person = kept;
            slot.watched |= watched;
            slot.apart |= apart;
        }
        self.set_slot(kept, large);
        self.set_slot(retired, NONE);
        self.retired_count += 1;
        (kept, retired)
    }

    /// Gives a living person these anchors in place of those it had; each leaves the person it was with, whose
    /// own anchors are set afterwards or who retires.
    pub(crate) fn set_members(&mut self, person: PersonIndex, anchors: &[AnchorId]) {
        let Some(slot) = self.people.get(person.index()).map(|person| person.slot) else {
            return;
        };
        self.empty(slot);
        self.join(anchors, slot);
        self.keep_first_anchor(person, anchors);
    }

    /// Ends a person; `anchors` are those it still had, and go to the person who is kept.
    pub(crate) fn retire(&mut self, person: PersonIndex, anchors: &[AnchorId]) {
        if let Some(slot) = self.people.get(person.index()).map(|person| person.slot) {
            self.empty(slot);
        }
        self.keep_first_anchor(person, anchors);
        self.set_slot(person, NONE);
        self.retired_count += 1;
    }

    fn empty(&mut self, slot: u32) {
        if let Some(slot) = self.slots.get_mut(slot as usize) {
            self.large_bytes -= slot.members.heap_bytes();
            slot.members = Members::default();
        }
    }

    /// If the first anchor has left the person, the first of those that stayed takes its place.
    fn keep_first_anchor(&mut self, person: PersonIndex, stayed: &[AnchorId]) {
        let Some(first) = self.first_anchor(person) else {
            return;
        };
        if !stayed.contains(&first)
            && let Some(next) = stayed.first()
        {
            let next_first = |row: &mut Person| row.first_anchor = *next;
            self.people.update(person.index(), next_first);
        }
    }

    /// Puts anchors into a slot.
    fn join(&mut self, joining: &[AnchorId], number: u32) {
        let Some(slot) = self.slots.get_mut(number as usize) else {
            return;
        };
        let before = slot.members.heap_bytes();
        for anchor in joining {
            let Some(Anchor { kind, .. }) = self.anchors.get(anchor.index()) else {
                continue;
            };
            let row = Anchor { slot: number, kind };
            self.anchors.set(anchor.index(), row);
            let anchors = &self.anchors;
            let kind_of = |anchor: AnchorId| anchors.get(anchor.index()).map_or(NONE, |it| it.kind);
            slot.members.push(*anchor, kind, kind_of);
        }
        self.large_bytes += slot.members.heap_bytes() - before;
    }

    fn set_slot(&mut self, person: PersonIndex, slot: u32) {
        self.people.update(person.index(), |row| row.slot = slot);
    }

    pub(crate) fn birth(&self, person: PersonIndex) -> Option<Birth> {
        self.people.get(person.index()).map(|person| person.birth)
    }

    /// The living person that this one, living or retired, is now.
    pub(crate) fn living(&self, person: PersonIndex) -> Option<PersonIndex> {
        self.person_of(self.people.get(person.index())?.first_anchor)
    }

    /// The person born there, living or retired.
    pub(crate) fn born(&self, birth: Birth) -> Option<PersonIndex> {
        let row = self.people.partition_point(|person| person.birth < birth);
        let found = self.people.get(row)?.birth == birth;
        found.then(|| PersonIndex(row_number(row)))
    }

    pub(crate) fn first_anchor(&self, person: PersonIndex) -> Option<AnchorId> {
        self.people
            .get(person.index())
            .map(|person| person.first_anchor)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = PersonIndex> + '_ {
        (0..row_number(self.people.len())).map(PersonIndex)
    }

    pub(crate) fn all_living(&self) -> impl Iterator<Item = PersonIndex> + '_ {
        let numbered = self.people.iter().zip(0..);
        numbered
            .filter(|(person, _)| person.slot != NONE)
            .map(|(_, number)| PersonIndex(number))
    }

    pub(crate) fn living_count(&self) -> usize {
        self.people.len() - self.retired_count
    }

    pub(crate) fn born_count(&self) -> usize {
        self.people.len()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.anchors.memory_bytes()
            + self.people.memory_bytes()
            + self.slots.len() * size_of::<Slot>()
            + self.large_bytes
    }
}
