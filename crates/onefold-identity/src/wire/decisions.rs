//! The part of the stored form that decisions made: who is apart, what was taken back, what is blocked.
//!
//! Invariant: every anchor and source that is named is there.

use imbl::OrdMap;
use onefold_event::{AnchorId, Error, Position, Result};

use super::bytes::{Reader, Writer};
use crate::{
    apart::Apart,
    bits::Bits,
    identities::Identities,
    people::People,
    probable::{Probable, ProbableRow},
    retract::Retractions,
};

impl Identities {
    pub(super) fn write_decisions(&self, out: &mut Writer) {
        out.number(self.apart.pairs().count() as u64);
        for anchor in self.apart.pairs().flatten() {
            out.number(anchor.0.into());
        }
        let retracted = &self.retracted;
        let rows = |out: &mut Writer, rows: &mut dyn ExactSizeIterator<Item = (u32, Position)>| {
            out.number(rows.len() as u64);
            for (number, position) in rows {
                out.number(number.into());
                out.number(position.0);
            }
        };
        out.number(retracted.links.len() as u64);
        for ([a, b], position) in &retracted.links {
            out.number(a.0.into());
            out.number(b.0.into());
            out.number(position.0);
        }
        out.number(retracted.records.len() as u64);
        for position in &retracted.records {
            out.number(position.0);
        }
        rows(out, &mut retracted.sources.iter().map(|(n, p)| (*n, *p)));
        rows(
            out,
            &mut retracted.identifiers.iter().map(|(n, p)| (n.0, *p)),
        );
        out.number(self.probable.len() as u64);
        for ([a, b], row) in self.probable.iter() {
            out.number(a.0.into());
            out.number(b.0.into());
            out.signed(row.bits.thousandths().into());
            out.number(row.source.into());
            out.number(row.position.0);
            out.signed(row.time.as_micros());
        }
        out.number(self.learned.len() as u64);
        for (anchor, count) in &self.learned {
            out.number(anchor.0.into());
            out.number(*count);
        }
    }
}

pub(super) fn read_apart(from: &mut Reader<'_>, people: &mut People) -> Result<Apart> {
    let mut apart = Apart::default();
    let anchor_count = people.kinds().count() as u64;
    for _ in 0..from.count()? {
        let two = [from.below(anchor_count)?, from.below(anchor_count)?].map(AnchorId);
        if two[0] == two[1] {
            return Err(from.corrupt("an identifier is apart from itself"));
        }
        apart.insert(two);
        two.into_iter().for_each(|it| people.keep_apart(it, true));
    }
    Ok(apart)
}

pub(super) fn read_retractions(
    from: &mut Reader<'_>,
    (sources, anchors): (u64, u64),
) -> Result<Retractions> {
    let rows = |from: &mut Reader<'_>, limit: u64| {
        let mut rows = Vec::new();
        for _ in 0..from.count()? {
            rows.push((from.below(limit)?, Position(from.number()?)));
        }
        Ok::<_, Error>(rows)
    };
    let mut links = OrdMap::new();
    for _ in 0..from.count()? {
        let two = [from.below(anchors)?, from.below(anchors)?].map(AnchorId);
        links.insert(two, Position(from.number()?));
    }
    let mut records = Vec::new();
    for _ in 0..from.count()? {
        records.push(Position(from.number()?));
    }
    let sources = rows(from, sources)?.into_iter().collect();
    let identifiers = rows(from, anchors)?.into_iter();
    Ok(Retractions {
        links,
        records: records.into_iter().collect(),
        sources,
        identifiers: identifiers.map(|(n, p)| (AnchorId(n), p)).collect(),
    })
}

pub(super) fn read_probable(
    from: &mut Reader<'_>,
    (sources, anchors): (u64, u64),
) -> Result<Probable> {
    let mut probable = Probable::default();
    for _ in 0..from.count()? {
        let two = [from.below(anchors)?, from.below(anchors)?].map(AnchorId);
        if two[0] >= two[1] {
            return Err(from.corrupt("the ends of a probable link are not in order"));
        }
        let bits = Bits::of_thousandths(from.signed()?);
        let row = ProbableRow {
            bits: bits.ok_or_else(|| from.corrupt("a probable link has too many bits"))?,
            source: from.below(sources)?,
            position: Position(from.number()?),
            time: from.time()?,
        };
        probable.insert(two, row);
    }
    Ok(probable)
}

pub(super) fn read_learned(from: &mut Reader<'_>, anchors: u64) -> Result<OrdMap<AnchorId, u64>> {
    let mut learned = OrdMap::new();
    for _ in 0..from.count()? {
        let anchor = AnchorId(from.below(anchors)?);
        learned.insert(anchor, from.number()?);
    }
    Ok(learned)
}
