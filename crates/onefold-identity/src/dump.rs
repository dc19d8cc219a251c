//! The canonical dump: all facts of the state as sorted text.
//!
//! Invariant: the text says nothing of how anchors and people are numbered inside.

use std::fmt::{self, Write};

use onefold_event::AnchorId;

use crate::{
    evidence::Basis,
    identities::Identities,
    pairs::{PairNumber, Standing},
};

impl Identities {
    /// Writes one fact a line: identifiers with their person, links, held and shared pairs, retired ids, and blocked
    /// values, each in order of text. Cost: O(state · log state).
    ///
    /// # Errors
    /// Those of `out`.
    pub fn dump(&self, out: &mut dyn Write) -> fmt::Result {
        self.settled().dump_settled(out)
    }

    fn dump_settled(&self, out: &mut dyn Write) -> fmt::Result {
        let order = self.anchors.sorted();
        for anchor in order.iter().copied().map(AnchorId) {
            let person = self.person_of(anchor).and_then(|person| self.id(person));
            if let (Some(identifier), Some(person)) = (self.identifier(anchor), person) {
                writeln!(out, "identifier {identifier} person {person}")?;
            }
        }
        self.dump_pairs(&order, out)?;
        self.dump_probable(out)?;
        self.dump_retired(out)?;
        for number in self.blocked.sorted() {
            let row = self.blocked_rows.get(number as usize);
            if let (Some(identifier), Some(row)) = (self.blocked.get(number), row) {
                let (rule, count) = (&row.rule, row.count);
                writeln!(out, "blocked {identifier} by {rule} count {count}")?;
            }
        }
        for anchor in order.into_iter().map(AnchorId) {
            let count = self.learned.get(&anchor);
            if let Some(row) = count.and_then(|count| self.learned_value(anchor, *count)) {
                let (identifier, rule, count) = (row.identifier, row.rule, row.count);
                writeln!(out, "blocked {identifier} by {rule} count {count}")?;
            }
        }
        Ok(())
    }

    fn dump_pairs(&self, order: &[u32], out: &mut dyn Write) -> fmt::Result {
        let mut ranks = vec![0_u32; order.len()];
        for (rank, anchor) in (0..).zip(order) {
            if let Some(place) = ranks.get_mut(*anchor as usize) {
                *place = rank;
            }
        }
        let rank = |anchor: AnchorId| ranks.get(anchor.index()).copied().unwrap_or_default();
        let mut pairs: Vec<([u32; 2], PairNumber)> = self
            .pairs
            .iter()
            .zip(0..)
            .map(|(pair, number)| (pair.anchors.map(rank), number))
            .collect();
        pairs.sort_unstable();
        for (_, number) in pairs {
            self.dump_pair(number, out)?;
        }
        Ok(())
    }

    fn dump_pair(&self, number: PairNumber, out: &mut dyn Write) -> fmt::Result {
        let (Some(pair), Some(evidence)) = (self.pairs.get(number), self.evidence(number)) else {
            return Ok(());
        };
        let [left, right] = &evidence.between;
        match pair.standing {
            Standing::Gone => return Ok(()),
            Standing::Linked => write!(out, "link {left} {right}")?,
            Standing::Shared => write!(out, "shared {left} {right}")?,
            Standing::Held => {
                write!(out, "held {left} {right}")?;
                let [left, right] = pair.anchors.map(|anchor| self.person_of(anchor));
                let people = left.zip(right);
                if let Some(rule) = people.and_then(|(left, right)| self.held_by(left, right)) {
                    write!(out, " rule {rule}")?;
                }
            }
        }
        if evidence.basis == Basis::Declared {
            out.write_str(" declared")?;
        }
        writeln!(
            out,
            " position {} source {} first {} last {} count {}",
            evidence.first_position,
            evidence.source,
            evidence.first_time,
            evidence.last_time,
            evidence.count
        )
    }

    fn dump_probable(&self, out: &mut dyn Write) -> fmt::Result {
        let mut links: Vec<_> = self.probable().collect();
        links.sort_unstable_by(|a, b| a.between.cmp(&b.between));
        for link in links {
            let ([left, right], bits) = (&link.between, link.basis.bits().unwrap_or_default());
            writeln!(
                out,
                "probable {left} {right} bits {bits} position {} source {} time {}",
                link.first_position, link.source, link.last_time
            )?;
        }
        Ok(())
    }

    fn dump_retired(&self, out: &mut dyn Write) -> fmt::Result {
        let mut retired: Vec<_> = self
            .pairs
            .merges()
            .iter()
            .filter_map(|merge| {
                let now = self.id(self.living(merge.retired)?)?;
                Some((self.id(merge.retired)?, self.id(merge.kept)?, now))
            })
            .collect();
        retired.sort_unstable();
        for (id, kept, now) in retired {
            writeln!(out, "retired {id} into {kept} now {now}")?;
        }
        Ok(())
    }
}
