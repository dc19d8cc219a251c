//! People built at once, from a stored state.
//!
//! Invariant: what is finished keeps the invariant of [`People`]: no anchor has two people.

use onefold_event::{AnchorId, PersonIndex};

use super::{Anchor, Members, People, Person, Slot};
use crate::{
    birth::Birth,
    index::{NONE, row_number},
    kinds::KindNumber,
};

/// Plain columns: filling them is several times faster than filling persistent ones.
pub(crate) struct Builder {
    anchors: Vec<Anchor>,
    people: Vec<Person>,
    slots: Vec<Slot>,
    retired_count: usize,
    large_bytes: usize,
}

impl People {
    pub(crate) fn builder(kinds: Vec<KindNumber>) -> Builder {
        let anchor = |kind| Anchor { slot: NONE, kind };
        Builder {
            anchors: kinds.into_iter().map(anchor).collect(),
            people: Vec::new(),
            slots: Vec::new(),
            retired_count: 0,
            large_bytes: 0,
        }
    }
}

impl Builder {
    /// Adds the next person, retired if there are no members; `false` if a member has a person already.
    pub(crate) fn add(
        &mut self,
        birth: Birth,
        first_anchor: AnchorId,
        anchors: &[AnchorId],
    ) -> bool {
        let person = PersonIndex(row_number(self.people.len()));
        let retired = anchors.is_empty();
        let slot = match retired {
            true => NONE,
            false => row_number(self.slots.len()),
        };
        self.people.push(Person {
            birth,
            first_anchor,
            slot,
        });
        self.retired_count += usize::from(retired);
        let mut members = Members::default();
        for anchor in anchors {
            let kind = match self.anchors.get_mut(anchor.index()) {
                Some(row) if row.slot == NONE => {
                    row.slot = slot;
                    row.kind
                }
                _ => return false,
            };
            let rows = &self.anchors;
            members.push(*anchor, kind, |anchor| {
                rows.get(anchor.index()).map_or(NONE, |row| row.kind)
            });
        }
        self.large_bytes += members.heap_bytes();
        if !retired {
            self.slots.push(Slot {
                person,
                watched: false,
                apart: false,
                members,
            });
        }
        true
    }

    /// The people. An anchor that was made and never seen has none.
    pub(crate) fn finish(self) -> People {
        People {
            anchors: self.anchors.into_iter().collect(),
            people: self.people.into_iter().collect(),
            slots: self.slots.into_iter().collect(),
            retired_count: self.retired_count,
            large_bytes: self.large_bytes,
        }
    }
}
