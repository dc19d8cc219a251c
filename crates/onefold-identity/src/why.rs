//! Why two identifiers are one person: the shortest path of evidence between them.
//!
//! Invariant: every step is a stored link, and there is a path exactly between identifiers of one person.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
};

use onefold_event::{AnchorId, Identifier, PersonId};
use serde::Serialize;

use crate::{
    evidence::Evidence,
    identities::Identities,
    pairs::{PairNumber, Standing},
};

/// The fewest links that lead from one identifier to another; [`Display`](fmt::Display) tells it in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Path {
    /// Where it begins.
    pub from: Identifier,
    /// Where it ends.
    pub to: Identifier,
    /// The person both belong to.
    pub person: PersonId,
    /// The links, in order. Empty if both are the same identifier.
    pub steps: Vec<Step>,
}

/// One link of a [`Path`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The identifier nearer to the beginning.
    pub from: Identifier,
    /// The identifier nearer to the end.
    pub to: Identifier,
    /// What the link rests on.
    pub evidence: Evidence,
}

impl Identities {
    /// Why the two are one person; `None` if they are not, or if one was never seen.
    ///
    /// Of several shortest paths it is the one whose links are older, seen from `a`.
    /// Cost: O(identifiers and links of the person).
    pub fn why(&self, a: &Identifier, b: &Identifier) -> Option<Path> {
        let (from, to) = (self.find(a)?, self.find(b)?);
        let person = self.person_of(from)?;
        if self.person_of(to) != Some(person) {
            return None;
        }
        let reached = self.search(from, to);
        let mut steps = Vec::new();
        let mut here = to;
        while here != from {
            let (before, pair) = *reached.get(&here)?;
            steps.push(Step {
                from: self.identifier(before)?.clone(),
                to: self.identifier(here)?.clone(),
                evidence: self.evidence(pair)?,
            });
            here = before;
        }
        steps.reverse();
        Some(Path {
            from: a.clone(),
            to: b.clone(),
            person: self.id(person)?,
            steps,
        })
    }

    /// For each anchor reached, the one before it and the link between them.
    fn search(&self, from: AnchorId, to: AnchorId) -> BTreeMap<AnchorId, (AnchorId, PairNumber)> {
        let mut reached = BTreeMap::new();
        let mut waiting = VecDeque::from([from]);
        while let Some(here) = waiting.pop_front() {
            if here == to {
                break;
            }
            let links = self.pairs.of(here, Standing::Linked);
            let mut links: Vec<_> = links.map(|(number, _, other)| (number, other)).collect();
            links.sort_unstable();
            for (number, other) in links {
                if other != from && !reached.contains_key(&other) {
                    reached.insert(other, (here, number));
                    waiting.push_back(other);
                }
            }
        }
        reached
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` and `{}` are one person, {}",
            self.from, self.to, self.person
        )?;
        if self.steps.is_empty() {
            return f.write_str(": they are the same identifier");
        }
        f.write_str(", because")?;
        for (number, step) in (1..).zip(&self.steps) {
            write!(f, "\n  {number}. {}", step.evidence)?;
        }
        Ok(())
    }
}
