//! The stored form of the state, version 3.
//!
//! Invariant: what is encoded decodes to a state with the same dump and the same future; damaged bytes
//! give an error, never a panic and never more memory than a small multiple of their length.
//!
//! Numbers are varints unless stated. Texts are a length and UTF-8 bytes.
//!
//! ```text
//! version u8 · rules fingerprint u64 · seed check u64
//! kinds    n, each: text, 0 or 1 + the source that is counted apart
//! sources  n, each: text
//! anchors  n, each: kind, text
//! people   n, each: position less that of the person before, ordinal, first anchor,
//!          members (0 for a retired person), each: anchor
//! pairs    n, each: stronger anchor, weaker anchor, 0 declared, 1 observed or 2 nothing is left, position less
//!          that of the pair before (zigzag), source, first time less that of the pair before (zigzag),
//!          last time less first, count; a pair of which one is
//!          of a shared kind is shared, another is held exactly if its anchors are of two people
//! merges   n, each: pair, kept, retired
//! supports their length in bytes, and one run of `supports/run.rs`
//! apart    n, each: two anchors
//! retracted links n, each: two anchors, position · records n, each: position · sources n, each: source,
//!          position · identifiers n, each: anchor, position
//! probable n, each: two anchors, the lower first, thousandths of a bit (zigzag), source, position, time (zigzag)
//! learned  n, each: anchor that a decision blocks, count
//! blocked  n, each: kind text, value text, count
//! ```
//!
//! Version 2 is the same without probable links. Version 1 kept the partition of an earlier contract, in which the
//! order of the log decided what is held. It is refused, and the log folded again.

mod bytes;
mod decisions;

use std::sync::Arc;

use onefold_event::{
    AnchorId, Error, ErrorKind, Identifier, IdentifierKind, PersonIndex, Position, Result,
    SourceName, Timestamp,
};

use crate::{
    birth::Birth,
    column::Column,
    evidence::Strength,
    first_time::FirstTimes,
    hash::Key,
    identities::{BlockedRow, Identities},
    interner::Interner,
    kinds::Kinds,
    pairs::{MergeRow, Pairs, Standing},
    people::People,
    probable::Probable,
    recurring::Recurring,
    rules::Rules,
    supports::Run,
    tally::Seen,
};
use bytes::{Reader, Writer};
use decisions::{read_apart, read_learned, read_probable, read_retractions};

const VERSION: u8 = 3;
/// The first version whose partition does not depend on the order of the log.
const SETTLED: u8 = 2;
/// The first version with probable links.
const PROBABLE: u8 = 3;

impl Identities {
    /// The state as bytes, for a checkpoint. Cost: O(state).
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(VERSION);
        out.fixed(self.rules().fingerprint());
        out.fixed(seed_check(self.key));
        out.number(self.kinds.list().len() as u64);
        for kind in self.kinds.list() {
            out.text(kind.name.as_str());
            out.number(kind.of_source.is_some().into());
            if let Some(source) = &kind.of_source {
                out.text(source);
            }
        }
        out.number(self.pairs.sources().len() as u64);
        for source in self.pairs.sources().iter() {
            out.text(source.as_str());
        }
        self.write_anchors(&mut out);
        self.write_people(&mut out);
        self.settled().write_pairs(&mut out);
        out.bytes(self.pairs.all_supports().bytes());
        self.write_decisions(&mut out);
        out.number(self.blocked.len() as u64);
        for (identifier, row) in self.blocked.iter().zip(self.blocked_rows.iter()) {
            out.text(identifier.kind().as_str());
            out.text(identifier.value());
            out.number(row.count);
        }
        out.finish()
    }

    fn write_anchors(&self, out: &mut Writer) {
        out.number(self.anchors.len() as u64);
        for (identifier, kind) in self.anchors.iter().zip(self.people.kinds()) {
            out.number(kind.into());
            out.text(identifier.value());
        }
    }

    fn write_people(&self, out: &mut Writer) {
        out.number(self.people.born_count() as u64);
        let mut last = Position::START;
        for person in self.people.all() {
            let (Some(birth), Some(first)) =
                (self.people.birth(person), self.people.first_anchor(person))
            else {
                continue;
            };
            out.number(birth.position.0 - last.0);
            last = birth.position;
            out.number(birth.ordinal);
            out.number(first.0.into());
            let anchors = self.anchors(person);
            out.number(anchors.len() as u64);
            for anchor in anchors {
                out.number(anchor.0.into());
            }
        }
    }

    fn write_pairs(&self, out: &mut Writer) {
        out.number(self.pairs.len() as u64);
        let (mut position, mut time) = (0, 0);
        for (pair, seen) in self.pairs.iter().zip(self.pairs.all_seen()) {
            for anchor in pair.anchors {
                out.number(anchor.0.into());
            }
            out.number(match pair.standing {
                Standing::Gone => 2,
                _ => pair.strength as u64,
            });
            out.signed((pair.first_position.0.wrapping_sub(position)) as i64);
            position = pair.first_position.0;
            out.number(pair.source.into());
            let first = seen.first_time.as_micros();
            out.signed(first.wrapping_sub(time));
            time = first;
            out.number(seen.last_time.micros_since(seen.first_time) as u64);
            out.number(seen.count);
        }
        out.number(self.pairs.merges().len() as u64);
        for merge in self.pairs.merges().iter() {
            out.number(merge.pair.into());
            out.number(merge.kept.0.into());
            out.number(merge.retired.0.into());
        }
    }

    /// The state that [`encode`](Self::encode) made these bytes of.
    ///
    /// # Errors
    /// [`Corrupt`](ErrorKind::Corrupt) for damaged bytes, [`NewerFormat`](ErrorKind::NewerFormat) for those
    /// of a later version, [`InvalidInput`](ErrorKind::InvalidInput) for a state of other rules or of
    /// another store: fold the log again instead. Cost: O(state), about half a second for three million identifiers.
    pub fn decode(bytes: &[u8], rules: Rules, seed: u128) -> Result<Self> {
        let mut from = Reader::new(bytes);
        let key = Key::new(seed);
        let version = read_head(&mut from, &rules, key)?;
        let mut kinds = Kinds::new(rules);
        for _ in 0..from.count()? {
            let name = from.checked(IdentifierKind::new)?;
            let source = match from.below(2)? {
                0 => None,
                _ => Some(from.text()?),
            };
            kinds.number_of(&name, source);
        }
        let mut sources = Vec::new();
        for _ in 0..from.count()? {
            sources.push(from.checked(SourceName::new)?);
        }
        let (anchors, anchor_kinds) = read_anchors(&mut from, &kinds)?;
        let anchor_count = anchors.len() as u64;
        let mut people = read_people(&mut from, anchor_kinds)?;
        let pairs = PairReader {
            from: &mut from,
            anchor_count,
            people: &mut people,
            kinds: &kinds,
        }
        .read(&sources)?;
        let apart = read_apart(&mut from, &mut people)?;
        let limits = (sources.len() as u64, anchor_count);
        let retracted = read_retractions(&mut from, limits)?;
        let probable = match version {
            ..PROBABLE => Probable::default(),
            _ => read_probable(&mut from, limits)?,
        };
        let learned = read_learned(&mut from, anchor_count)?;
        let (blocked, blocked_rows) = read_blocked(&mut from, kinds.rules())?;
        from.end()?;
        let retired_count = people.born_count() - people.living_count();
        if retired_count != pairs.merges().len() {
            return Err(from.corrupt("a retired person has no merge"));
        }
        let mut state = Self {
            key,
            kinds,
            anchors: Interner::from_identifiers(key, anchors),
            people,
            pairs,
            blocked: Interner::from_identifiers(key, blocked),
            blocked_rows,
            recurring: Recurring::default(),
            apart,
            probable,
            first_times: FirstTimes::default(),
            retracted,
            learned,
        };
        state.find_first_times();
        Ok(state)
    }
}

fn seed_check(key: Key) -> u64 {
    key.hash(b"onefold-identity")
}

/// Gives the version.
fn read_head(from: &mut Reader<'_>, rules: &Rules, key: Key) -> Result<u8> {
    let version = from.byte()?;
    if version > VERSION {
        let message = format!(
            "the identity state has version {version}, and this build reads up to {VERSION}"
        );
        return Err(Error::new(ErrorKind::NewerFormat, message));
    }
    if version == 0 {
        return Err(from.corrupt("no such version"));
    }
    if version < SETTLED {
        let message = format!(
            "the identity state has version {version}, whose held pairs depend on the order of the log: fold the log again"
        );
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    let other = |what: &str| {
        let message = format!("the identity state is of {what}: fold the log again");
        Err(Error::new(ErrorKind::InvalidInput, message))
    };
    if from.fixed()? != rules.fingerprint() {
        return other("other rules");
    }
    if from.fixed()? != seed_check(key) {
        return other("another store");
    }
    Ok(version)
}

fn read_anchors(from: &mut Reader<'_>, kinds: &Kinds) -> Result<(Column<Identifier>, Vec<u32>)> {
    let count = from.count()?;
    let mut identifiers = Vec::with_capacity(count);
    let mut anchor_kinds = Vec::with_capacity(count);
    for _ in 0..count {
        let number = from.below(kinds.list().len() as u64)?;
        let name = kinds.get(number).map(|kind| &kind.name);
        let name = name.ok_or_else(|| from.corrupt("no such kind"))?.clone();
        identifiers.push(read_identifier(from, name)?);
        anchor_kinds.push(number);
    }
    Ok((identifiers.into_iter().collect(), anchor_kinds))
}

fn read_identifier(from: &mut Reader<'_>, kind: IdentifierKind) -> Result<Identifier> {
    let value = from.text()?;
    let identifier = Identifier::generic(kind, value).ok();
    identifier
        .filter(|identifier| identifier.value() == value)
        .ok_or_else(|| from.corrupt("an identifier is not in normal form"))
}

fn read_people(from: &mut Reader<'_>, anchor_kinds: Vec<u32>) -> Result<People> {
    let anchor_count = anchor_kinds.len() as u64;
    let mut people = People::builder(anchor_kinds);
    let mut last: Option<Birth> = None;
    let mut members = Vec::new();
    for _ in 0..from.count()? {
        let before = last.map_or(0, |birth| birth.position.0);
        let position = before.checked_add(from.number()?);
        let birth = Birth {
            position: Position(position.ok_or_else(|| from.corrupt("a position is too large"))?),
            ordinal: from.number()?,
        };
        if last.is_some_and(|last| last >= birth) {
            return Err(from.corrupt("people are not in order of birth"));
        }
        last = Some(birth);
        let first_anchor = AnchorId(from.below(anchor_count)?);
        members.clear();
        for _ in 0..from.count()? {
            members.push(AnchorId(from.below(anchor_count)?));
        }
        if !people.add(birth, first_anchor, &members) {
            return Err(from.corrupt("an identifier has two people"));
        }
    }
    Ok(people.finish())
}

struct PairReader<'r, 'b> {
    from: &'r mut Reader<'b>,
    anchor_count: u64,
    people: &'r mut People,
    kinds: &'r Kinds,
}

impl PairReader<'_, '_> {
    fn read(mut self, sources: &[SourceName]) -> Result<Pairs> {
        let count = self.from.count()?;
        let mut pairs = Pairs::builder(self.anchor_count as usize, count);
        let (mut position, mut time) = (0_u64, 0_i64);
        for _ in 0..count {
            let anchors = [self.anchor()?, self.anchor()?];
            if anchors[0] == anchors[1] {
                return Err(self.from.corrupt("a pair of one identifier"));
            }
            let (standing, strength) = match self.from.below(3)? {
                0 => (self.standing(anchors), Strength::Declared),
                1 => (self.standing(anchors), Strength::Observed),
                _ => (Standing::Gone, Strength::Observed),
            };
            position = position.wrapping_add(self.from.signed()? as u64);
            let source = self.from.below(sources.len() as u64)?;
            time = time.wrapping_add(self.from.signed()?);
            let seen = self.seen(time)?;
            let first = (Position(position), source);
            if anchors
                .iter()
                .any(|it| !self.is_shared(*it) && self.people.person_of(*it).is_none())
            {
                return Err(self.from.corrupt("an identifier has no person"));
            }
            pairs.add(anchors, (standing, strength), first, seen);
        }
        let pair_count = pairs.len() as u64;
        let people_count = self.people.born_count() as u64;
        for _ in 0..self.from.count()? {
            let pair = self.from.below(pair_count)?;
            let kept = PersonIndex(self.from.below(people_count)?);
            let retired = PersonIndex(self.from.below(people_count)?);
            pairs.record_merge(MergeRow {
                pair,
                kept,
                retired,
            });
        }
        let (pair_count, source_count) = (pair_count as usize, sources.len());
        let supports = self.from.bytes()?.to_vec();
        let run = Run::read(supports, |support| {
            (support.pair as usize) < pair_count && (support.source() as usize) < source_count
        });
        let run = run.ok_or_else(|| self.from.corrupt("the supports cannot be read"))?;
        Ok(pairs.finish(sources, run))
    }

    fn anchor(&mut self) -> Result<AnchorId> {
        self.from.below(self.anchor_count).map(AnchorId)
    }

    /// A pair with a shared end is shared; another is held exactly if its ends are two people's, and they are
    /// watched then.
    fn standing(&mut self, anchors: [AnchorId; 2]) -> Standing {
        if anchors.iter().any(|it| self.is_shared(*it)) {
            return Standing::Shared;
        }
        let [left, right] = anchors.map(|anchor| self.people.person_of(anchor));
        if left == right {
            return Standing::Linked;
        }
        for anchor in anchors {
            self.people.watch(anchor, true);
        }
        Standing::Held
    }

    fn is_shared(&self, anchor: AnchorId) -> bool {
        let kind = self.people.kind(anchor).and_then(|it| self.kinds.get(it));
        kind.is_some_and(|kind| kind.shared)
    }

    fn seen(&mut self, first: i64) -> Result<Seen> {
        let last = first.checked_add_unsigned(self.from.number()?);
        let last = last.filter(|last| {
            first >= Timestamp::MIN.as_micros() && *last <= Timestamp::MAX.as_micros()
        });
        let last = last.ok_or_else(|| self.from.corrupt("a time is out of range"))?;
        Ok(Seen {
            first_time: Timestamp::from_micros(first),
            last_time: Timestamp::from_micros(last),
            count: self.from.number()?,
        })
    }
}

fn read_blocked(
    from: &mut Reader<'_>,
    rules: &Rules,
) -> Result<(Column<Identifier>, Column<BlockedRow>)> {
    let (mut identifiers, mut rows) = (Column::new(), Column::new());
    for _ in 0..from.count()? {
        let kind = from.checked(IdentifierKind::new)?;
        let identifier = read_identifier(from, kind)?;
        let rule = rules.blocked_by(&identifier);
        let rule = rule.ok_or_else(|| from.corrupt("no rule blocks a blocked value"))?;
        rows.push_back(BlockedRow {
            rule: Arc::new(rule),
            count: from.number()?,
        });
        identifiers.push_back(identifier);
    }
    Ok((identifiers, rows))
}
