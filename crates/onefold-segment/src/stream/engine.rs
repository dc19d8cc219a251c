//! From what happened to what changed, for one person.
//!
//! Invariant: bits, timers and payloads of a person belong to the instant of the last call about it.

use onefold_event::{PersonIndex, Timestamp};

use super::{
    Cause, SegmentNumber, Stream, Transition,
    ask::{Told, ask},
    block::Place,
    cell::{Cell, Hit, Kind, Taken},
    clock::Clock,
    layout::{Layout, Target},
    people::Slot,
    reading::Reads,
    ring,
    words::{NONE, TIME, bit, bits, set_bit, set_bits, time_at},
};
use crate::{
    Standing,
    history::Key,
    instant::{NEVER, or_never},
    summary::Stored,
};

/// Room that is used again and again.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) fed: Vec<Fed>,
    payload: Vec<u32>,
    /// Sequences, and all roles that one occurrence fills in each.
    roles: Vec<(u32, u32)>,
    /// By cell: where it stands among them, if it does.
    role_of: Vec<u32>,
    /// The latest instants of cells that pairs read.
    firsts: Vec<(u32, i64)>,
    /// Bits that are not what they were.
    changed: Vec<u32>,
    /// Composites to be evaluated.
    dirty: Vec<u64>,
    due: Vec<Place>,
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

/// When cells are brought up to now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settle {
    /// Each as soon as it is given something.
    AtOnce,
    /// Together, when everything of one instant was taken in.
    Together,
}

/// One person, and all that is needed to bring the answers up to now.
pub(super) struct Work<'a> {
    layout: &'a Layout,
    clock: &'a Clock,
    standing: &'a Standing,
    pub(super) slot: &'a mut Slot,
    pub(super) scratch: &'a mut Scratch,
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

    /// The person in a slot, to be worked on.
    #[inline]
    pub(super) fn work(&mut self, at: usize) -> Option<Work<'_>> {
        Some(Work {
            layout: &self.layout,
            clock: &self.clock,
            standing: &self.standing,
            slot: self.people.slots.get_mut(at)?,
            scratch: &mut self.scratch,
        })
    }
}

impl Work<'_> {
    /// Takes in an occurrence.
    pub(super) fn feed(&mut self, key: Key, fed: &[Fed], settle: Settle) -> Taken {
        if self.layout.shape.key > 0 && !self.is_in_order(key, fed) {
            return Taken::NotExactly;
        }
        self.feed_sequences(key, fed, settle);
        for fed in fed {
            let taken = match fed.target {
                Target::Kept(feature) => self.keep(feature, key, fed),
                Target::Cell(number) => {
                    self.give(number, hit(key, fed.roles, fed.value.as_ref()), settle)
                }
                Target::Sequence(_) | Target::Leaf(_) => Taken::Already,
            };
            if taken == Taken::NotExactly {
                return taken;
            }
        }
        for (place, one) in fed.iter().enumerate() {
            let before = fed.get(..place).unwrap_or_default();
            if let Target::Leaf(number) = one.target
                && before.iter().all(|fed| fed.target != one.target)
            {
                self.feed_leaf(number, settle);
            }
        }
        Taken::Yes
    }

    /// Whether nothing that came before is later, where that matters; if so, this is the last one now.
    fn is_in_order(&mut self, key: Key, fed: &[Fed]) -> bool {
        let cells = &self.layout.cells;
        let is_ordered = |fed: &Fed| match fed.target {
            Target::Sequence(_) => true,
            Target::Cell(cell) => cells.get(cell as usize).is_some_and(|cell| cell.is_read),
            Target::Kept(_) | Target::Leaf(_) => false,
        };
        if !fed.iter().any(is_ordered) {
            return true;
        }
        let shape = self.layout.shape;
        let is_last = key >= self.slot.block.key(shape);
        if is_last {
            self.slot.block.set_key(shape, key);
        }
        is_last
    }

    /// Gives an occurrence to sequences: before the cells that they read, and with all its roles.
    fn feed_sequences(&mut self, key: Key, fed: &[Fed], settle: Settle) {
        let mut roles = std::mem::take(&mut self.scratch.roles);
        let role_of = &mut self.scratch.role_of;
        role_of.resize(self.layout.cells.len(), 0);
        for fed in fed {
            let Target::Sequence(number) = fed.target else {
                continue;
            };
            let Some(at) = role_of.get_mut(number as usize) else {
                continue;
            };
            match roles.get_mut(*at as usize) {
                Some((known, roles)) if *known == number => *roles |= fed.roles,
                _ => {
                    *at = number_of(roles.len());
                    roles.push((number, fed.roles));
                }
            }
        }
        self.scratch.firsts.clear();
        for (number, roles) in roles.drain(..) {
            self.give(number, hit(key, roles, None), settle);
        }
        self.scratch.roles = roles;
    }

    fn keep(&mut self, feature: u32, key: Key, fed: &Fed) -> Taken {
        let reach = self.layout.kept.get(feature as usize).copied().flatten();
        let oldest = match reach {
            None | Some(NEVER) => i64::MIN,
            Some(reach) => self.clock.now.saturating_sub(reach),
        };
        if key.time >= oldest {
            let side = self.slot.side.get_or_insert_default();
            side.keep(feature, key, fed.value.as_ref(), oldest);
        }
        Taken::Yes
    }

    fn feed_leaf(&mut self, number: u32, settle: Settle) {
        if settle == Settle::AtOnce {
            return self.settle(number);
        }
        let (shape, block) = (self.layout.shape, &mut self.slot.block);
        let place = block.resize(shape, block.place(shape, number), 0);
        block.set_due(shape, place, i64::MIN);
    }

    /// Gives an occurrence to a cell.
    #[inline]
    fn give(&mut self, number: u32, mut hit: Hit<'_>, settle: Settle) -> Taken {
        let Some(cell) = self.layout.cells.get(number as usize) else {
            return Taken::Already;
        };
        let shape = self.layout.shape;
        if let Kind::Pair(pair) = &cell.kind {
            hit.first = self.first_of(pair.first);
            // Only what begins, or waits, is another for it.
            if hit.first == NONE && !self.slot.block.is_present(shape, number) {
                return Taken::Already;
            }
        }
        let place = self.slot.block.place(shape, number);
        let pushed = match &cell.kind {
            Kind::Pair(pair) if !pair.takes(self.slot.block.payload(place), hit) => {
                return Taken::Already;
            }
            Kind::Times { keep } => {
                let oldest = self.clock.now.saturating_sub(cell.horizon);
                let at = (shape, place);
                ring::push(&mut self.slot.block, at, hit.key.time, *keep, oldest)
            }
            _ => None,
        };
        let place = match pushed {
            Some(place) => place,
            None => {
                let payload = &mut self.scratch.payload;
                payload.clear();
                payload.extend_from_slice(self.slot.block.payload(place));
                let taken = cell.take(payload, hit, self.clock);
                if taken != Taken::Yes || (payload.is_empty() && !place.is_present) {
                    return taken;
                }
                self.slot.block.store(shape, place, payload)
            }
        };
        match settle {
            Settle::AtOnce => self.settle_at(cell, place),
            // Due at once, so that it is settled with the others.
            Settle::Together => self.slot.block.set_due(shape, place, i64::MIN),
        }
        Taken::Yes
    }

    /// The latest instant of a cell that pairs read.
    fn first_of(&mut self, cell: u32) -> i64 {
        let firsts = &mut self.scratch.firsts;
        if let Some((_, time)) = firsts.iter().find(|(known, _)| *known == cell) {
            return *time;
        }
        let block = &self.slot.block;
        let words = block.payload(block.place(self.layout.shape, cell));
        let time = time_at(words, words.len().wrapping_sub(TIME));
        firsts.push((cell, time));
        time
    }

    /// Brings a cell's answers and timer up to now.
    pub(super) fn settle(&mut self, number: u32) {
        self.settle_in(self.slot.block.place(self.layout.shape, number));
    }

    #[inline]
    fn settle_in(&mut self, place: Place) {
        let Some(cell) = self.layout.cells.get(place.cell as usize) else {
            return;
        };
        match cell.kind {
            Kind::Leaf(leaf) => self.settle_leaf(leaf, cell, place),
            _ => self.settle_at(cell, place),
        }
    }

    #[inline]
    fn settle_at(&mut self, cell: &Cell, place: Place) {
        let mut next = NEVER;
        let mut first = cell.first;
        for atoms in &cell.atoms {
            let payload = self.slot.block.payload(place);
            let (mask, due) = cell.answers(atoms, payload, self.clock);
            next = next.min(due);
            self.answer(first, number_of(atoms.len()), mask);
            first += 64;
        }
        // An instant later than every timestamp never comes.
        let next = or_never(Some(next));
        let payload = self.slot.block.payload(place);
        debug_assert!(place.is_present, "cell {} has something", place.cell);
        if next == NEVER && (payload.is_empty() || cell.is_spent(payload, self.clock)) {
            self.slot.block.remove(self.layout.shape, place);
        } else {
            self.slot.block.set_due(self.layout.shape, place, next);
            self.slot.due = self.slot.due.min(next);
        }
    }

    /// Asks a question that is answered from kept occurrences; its payload is its timer.
    fn settle_leaf(&mut self, leaf: u32, cell: &Cell, place: Place) {
        let layout = self.layout;
        let side = self.slot.side.as_deref();
        let traits = Told {
            plan: &layout.plan,
            values: side.map_or(&[], |side| &side.traits),
        };
        let lists = side.map_or(&[][..], |side| &side.lists);
        let asked = (&*layout.plan, self.standing);
        let outcome = ask(asked, leaf, lists, &traits, self.clock.now);
        self.answer(cell.first, 1, outcome.held.into());
        if outcome.next == NEVER {
            self.slot.block.remove(layout.shape, place);
            return;
        }
        let place = self.slot.block.resize(layout.shape, place, 0);
        self.slot.block.set_due(layout.shape, place, outcome.next);
        self.slot.due = self.slot.due.min(outcome.next);
    }

    /// Writes answers, and notes which of them are others.
    #[inline]
    fn answer(&mut self, first: u32, count: u32, mask: u64) {
        let words = &mut self.slot.block.words;
        let mut differing = bits(words, first, count) ^ mask;
        if differing == 0 {
            return;
        }
        set_bits(words, first, count, mask);
        while differing != 0 {
            let number = first + differing.trailing_zeros();
            self.scratch.changed.push(number);
            differing &= differing - 1;
        }
    }

    /// Settles every cell whose time has come, and finds the next one.
    pub(super) fn settle_due(&mut self) {
        let mut due = std::mem::take(&mut self.scratch.due);
        let block = &self.slot.block;
        self.slot.due = block.due(self.layout.shape, self.clock.now, &mut due);
        // From the last on: where one is taken away, those before it stay what they are.
        let mut is_moved = false;
        for place in due.drain(..).rev() {
            let block = &self.slot.block;
            let place = match is_moved {
                true => block.place(self.layout.shape, place.cell),
                false => place,
            };
            let before = block.words.len();
            self.settle_in(place);
            is_moved |= self.slot.block.words.len() != before;
        }
        self.scratch.due = due;
    }

    /// Evaluates what depends on the bits that changed, and tells the transitions unless `is_quiet`.
    pub(super) fn conclude(&mut self, cause: Cause, is_quiet: bool) {
        let (layout, scratch) = (self.layout, &mut *self.scratch);
        if scratch.changed.is_empty() {
            return;
        }
        let (words, first) = (&mut self.slot.block.words, layout.composites_first);
        let told = Transition {
            person: PersonIndex(self.slot.person),
            segment: SegmentNumber(0),
            entered: true,
            time: Timestamp::from_micros(self.clock.now),
            cause,
        };
        let told = (!is_quiet).then_some(told);
        let dirty = &mut scratch.dirty;
        dirty.resize(layout.composites.len().div_ceil(64), 0);
        let mut least = usize::MAX;
        for number in scratch.changed.drain(..) {
            let is_set = bit(words, number);
            tell(layout, (number, is_set), told, &mut scratch.out);
            least = least.min(mark(layout, (number, is_set), words, dirty));
        }
        // A composite depends on those with lower numbers only.
        while let Some(word) = dirty.get_mut(least) {
            if *word == 0 {
                least += 1;
                continue;
            }
            let composite = least * 64 + word.trailing_zeros() as usize;
            *word &= *word - 1;
            let formula = layout.composites.get(composite);
            let holds = formula.is_some_and(|formula| formula.holds(words));
            let number = first + number_of(composite);
            if bit(words, number) != holds {
                set_bit(words, number, holds);
                tell(layout, (number, holds), told, &mut scratch.out);
                mark(layout, (number, holds), words, dirty);
            }
        }
    }

    /// Tells how the segments differ from what they were; of somebody new, from none.
    pub(super) fn tell_differences(&mut self, before: Option<&[u32]>, cause: Cause) {
        let words = &self.slot.block.words;
        for (segment, formula) in (0..).zip(&self.layout.segments) {
            let Some(formula) = formula else { continue };
            let held = before.is_some_and(|before| formula.holds(before));
            let entered = formula.holds(words);
            if held != entered {
                self.scratch.out.push(Transition {
                    person: PersonIndex(self.slot.person),
                    segment: SegmentNumber(segment),
                    entered,
                    time: Timestamp::from_micros(self.clock.now),
                    cause,
                });
            }
        }
    }

    /// Sets an answer that does not depend on occurrences.
    pub(super) fn set_static(&mut self, number: u32, is_held: bool) {
        self.answer(number, 1, is_held.into());
    }
}

/// Tells the segments that a bit is, if anything is told.
#[inline]
fn tell(
    layout: &Layout,
    (number, is_set): (u32, bool),
    told: Option<Transition>,
    out: &mut Vec<Transition>,
) {
    let Some(told) = told else { return };
    for (segment, is_not) in layout.segments_of.of(number) {
        out.push(Transition {
            segment: SegmentNumber(*segment),
            entered: is_set != *is_not,
            ..told
        });
    }
}

/// Marks the composites that a bit can change: the least place of a mark.
#[inline]
fn mark(layout: &Layout, (number, is_set): (u32, bool), words: &[u32], dirty: &mut [u64]) -> usize {
    let mut least = usize::MAX;
    for (composite, sense) in layout.composites_of.of(number) {
        let held = bit(words, layout.composites_first + composite);
        let at = *composite as usize / 64;
        if sense.can_change(is_set, held)
            && let Some(word) = dirty.get_mut(at)
        {
            *word |= 1 << (composite % 64);
            least = least.min(at);
        }
    }
    least
}

fn hit(key: Key, roles: u32, value: Option<&Stored>) -> Hit<'_> {
    Hit {
        key,
        roles,
        value,
        first: NONE,
    }
}

fn number_of(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
