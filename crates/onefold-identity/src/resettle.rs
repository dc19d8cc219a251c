//! From the parts of a raw component to people: which part keeps which id.
//!
//! Invariant: every part is one living person, and every id that was given leads to one. The contract:
//!
//! - A person whose identifiers fall apart stays the part with the most evidence, which is the most sightings
//!   of links inside it; of equal ones that with the oldest identifier.
//! - Of several people who stay the same part, the oldest is kept, and the ids of the others redirect.
//! - A part that nobody stays is a new person. Parts are taken in the order of their oldest identifiers.
//! - A retired id follows the identifier its person was born with, or, if that had left the person, the oldest
//!   one that had not.

use std::collections::BTreeMap;

use onefold_event::{AnchorId, PersonIndex, Position};
use smallvec::SmallVec;

use crate::{
    identities::Identities,
    pairs::{MergeRow, PairNumber, Standing},
    rank::Ranked,
    regroup::Component,
};

/// What changed, to be told.
#[derive(Debug, Default)]
pub(crate) struct Upheaval {
    pub(crate) merges: SmallVec<[MergeRow; 2]>,
    pub(crate) splits: Vec<SplitRow>,
    pub(crate) held: SmallVec<[PairNumber; 2]>,
    pub(crate) released: Vec<PairNumber>,
}

impl Upheaval {
    /// Notes what a pair is from now on; there and back again is nothing.
    pub(crate) fn note(&mut self, number: PairNumber, standing: Standing) {
        match standing {
            Standing::Linked => match self.held.iter().position(|held| *held == number) {
                Some(at) => drop(self.held.remove(at)),
                None => self.released.push(number),
            },
            Standing::Held | Standing::Gone | Standing::Shared => {
                match self.released.iter().position(|free| *free == number) {
                    Some(at) => drop(self.released.remove(at)),
                    None => self.held.push(number),
                }
            }
        }
    }
}

/// Identifiers that left a person for another.
#[derive(Debug)]
pub(crate) struct SplitRow {
    pub(crate) from: PersonIndex,
    pub(crate) to: PersonIndex,
    pub(crate) anchors: Vec<AnchorId>,
}

/// One part of the component, with the people its identifiers had.
#[derive(Default)]
struct Part {
    /// By earlier person, with their identifiers in it, ascending.
    origins: BTreeMap<PersonIndex, Vec<AnchorId>>,
    /// Those who stay this part: the oldest is kept.
    claimants: Vec<PersonIndex>,
    person: Option<PersonIndex>,
}

impl Identities {
    /// Accepts the links of the raw component of this anchor anew, and makes people of its parts. Gives the
    /// component.
    pub(crate) fn resettle(
        &mut self,
        seed: AnchorId,
        position: Position,
        told: &mut Upheaval,
    ) -> Component {
        self.pairs.settle();
        let component = self.regrouped(seed);
        let mut parts = self.parts(&component);
        self.claim(&component, &mut parts);
        self.occupy(&mut parts, position);
        self.tell_people(&component, &parts, told);
        for (link, standing) in &component.links {
            let before = self.pairs.get(link.number).map(|pair| pair.standing);
            if before != Some(*standing) {
                self.pairs.stand(link.number, *standing);
                told.note(link.number, *standing);
            }
        }
        self.rewatch(&component);
        component
    }

    fn parts(&self, component: &Component) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        parts.resize_with(component.parts_count as usize, Part::default);
        for (anchor, part) in component.anchors.iter().zip(&component.part_of) {
            let (Some(part), Some(person)) =
                (parts.get_mut(*part as usize), self.person_of(*anchor))
            else {
                continue;
            };
            part.origins.entry(person).or_default().push(*anchor);
        }
        parts
    }

    /// Finds the part that each person stays.
    fn claim(&self, component: &Component, parts: &mut [Part]) {
        let mut evidence: BTreeMap<(PersonIndex, u32), u64> = BTreeMap::new();
        for (link, standing) in &component.links {
            let [left, right] = link.anchors;
            let person = self.person_of(left);
            if *standing == Standing::Linked
                && let Some(person) = person
                && self.person_of(right) == Some(person)
            {
                let count = self.pairs.seen(link.number).map_or(0, |seen| seen.count);
                *evidence.entry((person, component.part(left))).or_default() += count;
            }
        }
        let mut best: BTreeMap<PersonIndex, (u64, AnchorId, usize)> = BTreeMap::new();
        for (number, part) in parts.iter().enumerate() {
            for (person, anchors) in &part.origins {
                let weight = evidence.get(&(*person, number as u32)).copied();
                let weight = weight.unwrap_or_default();
                let oldest = anchors.first().copied().unwrap_or_default();
                let found = (weight, oldest, number);
                let kept = best.entry(*person).or_insert(found);
                if weight > kept.0 || (weight == kept.0 && oldest < kept.1) {
                    *kept = found;
                }
            }
        }
        for (person, (_, _, number)) in best {
            if let Some(part) = parts.get_mut(number) {
                part.claimants.push(person);
            }
        }
    }

    /// Gives every part its person.
    fn occupy(&mut self, parts: &mut [Part], position: Position) {
        for part in parts.iter_mut() {
            for retired in part.claimants.iter().skip(1) {
                let rest = part.origins.get(retired).map_or(&[][..], Vec::as_slice);
                self.people.retire(*retired, rest);
            }
            let Some(kept) = part.claimants.first().copied() else {
                continue;
            };
            part.person = Some(kept);
            if let Some(members) = self.members_of_part(kept, part) {
                self.people.set_members(kept, &members);
            }
        }
        for part in parts.iter_mut().filter(|part| part.person.is_none()) {
            let mut anchors: Vec<_> = part.origins.values().flatten().copied().collect();
            anchors.sort_unstable();
            part.person = self.people.bear(position, &anchors);
        }
    }

    /// The anchors of a part, those that the person had first; `None` if they are the same as before.
    fn members_of_part(&self, kept: PersonIndex, part: &Part) -> Option<Vec<AnchorId>> {
        let before = self.anchors(kept);
        let stayed = part.origins.get(&kept).map_or(&[][..], Vec::as_slice);
        if part.origins.len() == 1 && stayed.len() == before.len() {
            return None;
        }
        let stays = |anchor: &&AnchorId| stayed.binary_search(anchor).is_ok();
        let mut members: Vec<_> = before.iter().filter(stays).copied().collect();
        let others = part.origins.iter().filter(|(person, _)| **person != kept);
        let mut others: Vec<_> = others.flat_map(|(_, anchors)| anchors).copied().collect();
        others.sort_unstable();
        members.extend(others);
        Some(members)
    }

    fn tell_people(&mut self, component: &Component, parts: &[Part], told: &mut Upheaval) {
        for (number, part) in parts.iter().enumerate() {
            let Some(person) = part.person else {
                continue;
            };
            for (from, anchors) in &part.origins {
                if part.claimants.first() == Some(from) {
                    continue;
                }
                if !part.claimants.contains(from) {
                    let anchors = anchors.clone();
                    let (from, to) = (*from, person);
                    told.splits.push(SplitRow { from, to, anchors });
                    continue;
                }
                let links = component.links.iter();
                let mut links = links.filter(|(link, standing)| {
                    let [left, right] = link.anchors;
                    let inside = |anchor| anchors.binary_search(&anchor).is_ok();
                    *standing == Standing::Linked
                        && component.part(left) as usize == number
                        && inside(left) != inside(right)
                });
                let first = links.next();
                debug_assert!(first.is_some(), "some link ties a part to the rest of it");
                if let Some((Ranked { number: pair, .. }, _)) = first {
                    let (pair, kept, retired) = (*pair, person, *from);
                    let row = MergeRow {
                        pair,
                        kept,
                        retired,
                    };
                    self.pairs.record_merge(row);
                    told.merges.push(row);
                }
            }
        }
    }

    /// People with a held pair are watched, and only they.
    fn rewatch(&mut self, component: &Component) {
        let mut part = 0;
        for (anchor, part_of) in component.anchors.iter().zip(&component.part_of) {
            // Parts are numbered by their first anchors, and each is one person by now.
            if *part_of == part {
                part += 1;
                self.people.watch(*anchor, false);
                self.people.keep_apart(*anchor, false);
            }
        }
        for place in &component.apart {
            if let Some(anchor) = component.anchors.get(*place as usize) {
                self.people.keep_apart(*anchor, true);
            }
        }
        for (link, standing) in &component.links {
            if *standing == Standing::Held {
                for anchor in link.anchors {
                    self.people.watch(anchor, true);
                }
            }
        }
    }
}
