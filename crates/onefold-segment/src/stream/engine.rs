//! From what happened to what changed, for one person.
//!
//! Invariant: bits, timers and payloads of a person belong to the instant of the last call about it.

use onefold_event::{PersonIndex, Timestamp};

use super::{
    Cause, SegmentNumber, Stream, Transition,
    ask::{Told, ask},
    block::{Place, coarse, is_never},
    cell::{Hit, Kind, Taken},
    layout::Target,
    people::Slot,
    reading::Reads,
    words::{bit, bits, set_bit, set_bits, set_time, time_at},
};
use crate::{
    history::Key,
    instant::{NEVER, or_never},
    summary::Stored,
};

/// Room that is used again and again.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) fed: Vec<Fed>,
    payload: Vec<u32>,
    /// Cells that are settled after everything was taken in, and the roles of what they are given.
    later: Vec<(u32, u32)>,
    /// Bits that are not what they were.
    changed: Vec<u32>,
    /// Composites to be evaluated.
    dirty: Vec<u64>,
    cells: Vec<u32>,
    pub(super) before: Vec<u32>,
    pub(super) out: Vec<Transition>,
}

/// What an occurrence is to one cell or list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fed {
    pub(super) target: Target,
    pub(super) roles: u32,
    pub(super) value: Option<Stored>,
}

impl Scratch {
    /// Has every composite evaluated: whatever may be another counts as changed.
    pub(super) fn changed_all(&mut self, bits: u32) {
        self.changed.clear();
        self.changed.extend(0..bits);
    }
}

impl Stream {
    /// What an occurrence is to cells and lists.
    pub(super) fn sift(&self, name: u32, reads: &dyn Reads, fed: &mut Vec<Fed>) {
        let layout = &*self.layout;
        let rules = layout.rules.get(name as usize).or(layout.rules.last());
        let names = &*layout.properties;
        for rule in rules.into_iter().flatten() {
            let filter = rule.filter.as_ref();
            if filter.is_some_and(|filter| !filter.pass(reads, names)) {
                continue;
            }
            for feed in &rule.feeds {
                let value = feed.value.as_ref().map(|value| value.value(reads, names));
                if matches!(value, Some(None)) {
                    continue;
                }
                let mut value = value.flatten();
                for (number, (target, roles)) in feed.targets.iter().enumerate() {
                    let is_last = number + 1 == feed.targets.len();
                    fed.push(Fed {
                        target: *target,
                        roles: *roles,
                        value: if is_last { value.take() } else { value.clone() },
                    });
                }
            }
        }
    }

    /// Takes in an occurrence. Cells are settled at once where `is_settled`, else they are due.
    pub(super) fn feed(&mut self, at: usize, key: Key, fed: &[Fed], is_settled: bool) -> Taken {
        let layout = std::sync::Arc::clone(&self.layout);
        let shape = layout.shape;
        if shape.key > 0 && fed.iter().any(|fed| is_ordered(&layout, fed)) {
            let Some(slot) = self.people.slots.get_mut(at) else {
                return Taken::Yes;
            };
            if key < slot.block.key(shape) {
                return Taken::NotExactly;
            }
            slot.block.set_key(shape, key);
        }
        for fed in fed {
            match fed.target {
                Target::Kept(feature) => {
                    let reach = layout.kept.get(feature as usize).copied().flatten();
                    let oldest = match reach {
                        None | Some(NEVER) => i64::MIN,
                        Some(reach) => self.clock.now.saturating_sub(reach),
                    };
                    if let Some(slot) = self.people.slots.get_mut(at)
                        && key.time >= oldest
                    {
                        let side = slot.side.get_or_insert_default();
                        side.keep(feature, key, fed.value.as_ref(), oldest);
                    }
                }
                Target::Cell(cell) => {
                    let kind = layout.cells.get(cell as usize).map(|cell| &cell.kind);
                    let is_fed_together = matches!(kind, Some(Kind::Chain(_) | Kind::Leaf(_)));
                    if is_fed_together {
                        self.later(cell, fed.roles);
                    } else if self.give(at, cell, key, fed, is_settled) == Taken::NotExactly {
                        self.scratch.later.clear();
                        return Taken::NotExactly;
                    }
                }
            }
        }
        let later = std::mem::take(&mut self.scratch.later);
        for (cell, roles) in &later {
            let fed = Fed {
                target: Target::Cell(*cell),
                roles: *roles,
                value: None,
            };
            self.give(at, *cell, key, &fed, is_settled);
        }
        self.scratch.later = later;
        self.scratch.later.clear();
        Taken::Yes
    }

    fn later(&mut self, cell: u32, roles: u32) {
        let later = &mut self.scratch.later;
        match later.iter_mut().find(|(known, _)| *known == cell) {
            Some((_, known)) => *known |= roles,
            None => later.push((cell, roles)),
        }
    }

    /// Gives an occurrence to a cell.
    #[inline]
    fn give(&mut self, at: usize, cell: u32, key: Key, fed: &Fed, is_settled: bool) -> Taken {
        let layout = &*self.layout;
        let (Some(known), Some(slot)) = (
            layout.cells.get(cell as usize),
            self.people.slots.get_mut(at),
        ) else {
            return Taken::Yes;
        };
        let place = slot.block.place(layout.shape, cell);
        let payload = &mut self.scratch.payload;
        slot.block.load(cell, place, payload);
        let hit = Hit {
            key,
            roles: fed.roles,
            value: fed.value.as_ref(),
        };
        if known.take(payload, hit, &self.clock) == Taken::NotExactly {
            return Taken::NotExactly;
        }
        if is_settled {
            self.settle_loaded(at, cell, place);
        } else {
            // Due at once, so that it is settled with the others.
            slot.block
                .store(layout.shape, cell, place, payload, i64::MIN);
        }
        Taken::Yes
    }

    /// Brings a cell's answers and timer up to now.
    pub(super) fn settle(&mut self, at: usize, cell: u32) {
        let shape = self.layout.shape;
        if let Some(slot) = self.people.slots.get_mut(at) {
            let place = slot.block.place(shape, cell);
            slot.block.load(cell, place, &mut self.scratch.payload);
            self.settle_loaded(at, cell, place);
        }
    }

    /// As [`settle`](Self::settle), with the payload in the scratch room.
    #[inline]
    fn settle_loaded(&mut self, at: usize, number: u32, place: Place) {
        let layout = &*self.layout;
        let (Some(cell), Some(slot)) = (
            layout.cells.get(number as usize),
            self.people.slots.get_mut(at),
        ) else {
            return;
        };
        let payload = &mut self.scratch.payload;
        let mut next = NEVER;
        for (group, atoms) in (0..).zip(cell.atoms.chunks(64)) {
            let (mask, due) = match cell.kind {
                Kind::Leaf(leaf) => {
                    let side = slot.side.as_deref();
                    let traits = Told {
                        plan: &layout.plan,
                        values: side.map_or(&[], |side| &side.traits),
                    };
                    let lists = side.map_or(&[][..], |side| &side.lists);
                    let outcome = ask(
                        (&layout.plan, &self.standing),
                        leaf,
                        lists,
                        &traits,
                        self.clock.now,
                    );
                    payload.clear();
                    if outcome.next != NEVER {
                        payload.resize(2, 0);
                        set_time(payload, 0, outcome.next);
                    }
                    (u64::from(outcome.held), outcome.next)
                }
                _ => cell.answers(atoms, payload, &self.clock),
            };
            next = next.min(due);
            let (first, count) = (cell.first + group * 64, number_of(atoms.len()));
            let mut differing = bits(&slot.block.words, first, count) ^ mask;
            if differing != 0 {
                set_bits(&mut slot.block.words, first, count, mask);
                while differing != 0 {
                    self.scratch
                        .changed
                        .push(first + differing.trailing_zeros());
                    differing &= differing - 1;
                }
            }
        }
        // An instant later than every timestamp never comes.
        let next = or_never(Some(next));
        if next == NEVER && cell.is_spent(payload, &self.clock) {
            payload.clear();
        }
        slot.block.store(layout.shape, number, place, payload, next);
        slot.due = slot.due.min(next);
    }

    /// Settles every cell whose time has come, and finds the next one.
    pub(super) fn settle_due(&mut self, at: usize) {
        let shape = self.layout.shape;
        let now = coarse(self.clock.now);
        let mut cells = std::mem::take(&mut self.scratch.cells);
        cells.clear();
        if let Some(slot) = self.people.slots.get(at) {
            slot.block.due(shape, now, &mut cells);
        }
        cells.iter().for_each(|cell| self.settle(at, *cell));
        self.scratch.cells = cells;
        let due = self.next_due(at);
        if let Some(slot) = self.people.slots.get_mut(at) {
            slot.due = due;
        }
    }

    /// The first instant at which an answer about a person can be another.
    fn next_due(&mut self, at: usize) -> i64 {
        let layout = &*self.layout;
        let Some(slot) = self.people.slots.get_mut(at) else {
            return NEVER;
        };
        let (cells, payload) = (&mut self.scratch.cells, &mut self.scratch.payload);
        loop {
            let least = slot.block.least(layout.shape);
            if is_never(least) {
                return NEVER;
            }
            cells.clear();
            slot.block.due(layout.shape, least, cells);
            let (mut next, mut is_certain) = (NEVER, false);
            for number in cells.iter() {
                let Some(cell) = layout.cells.get(*number as usize) else {
                    continue;
                };
                let place = slot.block.place(layout.shape, *number);
                slot.block.load(*number, place, payload);
                let exactly = match cell.kind {
                    Kind::Leaf(_) => time_at(payload, 0),
                    _ => cell.next(payload, &self.clock),
                };
                next = next.min(exactly);
                if coarse(exactly) == least {
                    is_certain = true;
                } else {
                    // Something that ripened unseen keeps it as it is for longer than was known.
                    slot.block
                        .store(layout.shape, *number, place, payload, exactly);
                }
            }
            if is_certain {
                return next;
            }
        }
    }

    /// Evaluates what depends on the bits that changed, and tells the transitions unless `is_quiet`.
    pub(super) fn conclude(&mut self, at: usize, cause: Cause, is_quiet: bool) {
        let layout = &*self.layout;
        let Some(slot) = self.people.slots.get_mut(at) else {
            return;
        };
        let scratch = &mut self.scratch;
        let time = Timestamp::from_micros(self.clock.now);
        let person = PersonIndex(slot.person);
        let mut tell = |number: u32, is_set: bool| {
            let segments = layout.segments_of.get(number as usize);
            for (segment, is_not) in segments.into_iter().flatten().filter(|_| !is_quiet) {
                scratch.out.push(Transition {
                    person,
                    segment: SegmentNumber(*segment),
                    entered: is_set != *is_not,
                    time,
                    cause,
                });
            }
        };
        let mut least = usize::MAX;
        let dirty = &mut scratch.dirty;
        dirty.resize(layout.composites.len().div_ceil(64), 0);
        let mark = |dirty: &mut Vec<u64>, number: u32, least: &mut usize| {
            let composites = layout.composites_of.get(number as usize);
            for composite in composites.into_iter().flatten() {
                let word = *composite as usize / 64;
                if let Some(place) = dirty.get_mut(word) {
                    *place |= 1 << (composite % 64);
                    *least = (*least).min(word);
                }
            }
        };
        for number in scratch.changed.drain(..) {
            tell(number, bit(&slot.block.words, number));
            mark(dirty, number, &mut least);
        }
        // A composite depends on those with lower numbers only.
        while let Some(word) = dirty.get(least).copied() {
            if word == 0 {
                least += 1;
                continue;
            }
            let composite = least * 64 + word.trailing_zeros() as usize;
            if let Some(place) = dirty.get_mut(least) {
                *place &= word - 1;
            }
            let formula = layout.composites.get(composite);
            let holds = formula.is_some_and(|formula| formula.holds(&slot.block.words));
            let number = layout.composites_first + number_of(composite);
            if bit(&slot.block.words, number) != holds {
                set_bit(&mut slot.block.words, number, holds);
                tell(number, holds);
                mark(dirty, number, &mut least);
            }
        }
    }

    /// Tells how the segments differ from what they were; of somebody new, from none.
    pub(super) fn tell_differences(&mut self, at: usize, before: Option<&[u32]>, cause: Cause) {
        let Some(slot) = self.people.slots.get(at) else {
            return;
        };
        let words = &slot.block.words;
        for (segment, formula) in (0..).zip(&self.layout.segments) {
            let Some(formula) = formula else { continue };
            let held = before.is_some_and(|before| formula.holds(before));
            let entered = formula.holds(words);
            if held != entered {
                self.scratch.out.push(Transition {
                    person: PersonIndex(slot.person),
                    segment: SegmentNumber(segment),
                    entered,
                    time: Timestamp::from_micros(self.clock.now),
                    cause,
                });
            }
        }
    }

    /// Sets an answer that does not depend on occurrences.
    pub(super) fn set_static(&mut self, at: usize, number: u32, is_held: bool) {
        if let Some(Slot { block, .. }) = self.people.slots.get_mut(at)
            && bit(&block.words, number) != is_held
        {
            set_bit(&mut block.words, number, is_held);
            self.scratch.changed.push(number);
        }
    }
}

fn is_ordered(layout: &super::layout::Layout, fed: &Fed) -> bool {
    match fed.target {
        Target::Cell(cell) => {
            let cell = layout.cells.get(cell as usize);
            cell.is_some_and(super::cell::Cell::is_ordered)
        }
        Target::Kept(_) => false,
    }
}

fn number_of(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
