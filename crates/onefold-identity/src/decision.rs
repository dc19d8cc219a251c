//! What somebody decides about who is who, against or beside what was seen.
//!
//! Invariant: a decision is a fact of the log as a sighting is: folded again at its position, it does the same.

use onefold_event::{AnchorId, Identifier, IdentifierKind, Position, SourceName, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    bits::Bits,
    evidence::Evidence,
    identities::Identities,
    probable::ProbableRow,
    refusal::Refusal,
    resettle::Upheaval,
    sighting::{Blocked, Merge, Observed, Sighting, Split},
};

/// What is decided. As JSON: `{"decision": "apart", "identifiers": [..]}`.
///
/// Two decisions on the same two identifiers do not wait for each other: [`Apart`](Self::Apart) holds until
/// [`NotApart`](Self::NotApart) ends it, and until then a link that [`Same`](Self::Same) declares is held, with
/// that as its rule. A `Same` is taken back as any record is, by the position that it has in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum IdentityDecision {
    /// The two are one person's: a declared link, under all rules.
    Same {
        /// The two.
        identifiers: [Identifier; 2],
    },
    /// The two are not one person's, whatever links there are or will be.
    Apart {
        /// The two.
        identifiers: [Identifier; 2],
    },
    /// Ends an `Apart`: the two may be one person's again, if links say so.
    NotApart {
        /// The two.
        identifiers: [Identifier; 2],
    },
    /// The two are probably one person's: somebody compared them, such as a model. People stay who they are; a
    /// [`View`](crate::View) that takes links of so many bits joins the two. Told again by the same source,
    /// the last bits count; of several sources those of the surest.
    Probable {
        /// The two.
        identifiers: [Identifier; 2],
        /// How much speaks for it.
        bits: Bits,
    },
    /// Takes back a `Probable` of the same source.
    Improbable {
        /// The two.
        identifiers: [Identifier; 2],
    },
    /// Takes back every sighting so far of the link between the two, and that it is probable; seen or told again,
    /// it counts again.
    RetractLink {
        /// The two.
        identifiers: [Identifier; 2],
    },
    /// Takes back what one record said, or one event, or a decision that was a [`Same`](Self::Same) or a
    /// [`Probable`](Self::Probable). What the same source told of the two before that `Probable` was replaced by it,
    /// and does not come back: nothing of it is left.
    RetractRecord {
        /// Its position in the log.
        position: Position,
    },
    /// Takes an identifier out of every sighting so far; seen again, it counts again.
    RetractIdentifier {
        /// The identifier.
        identifier: Identifier,
    },
    /// Blocks a value that says nothing about anybody: as [`RetractIdentifier`](Self::RetractIdentifier), and it
    /// is set aside in every later sighting. [`Identities::suspects`] proposes such values.
    Block {
        /// The identifier.
        identifier: Identifier,
    },
    /// Ends a `Block`: what is seen from now on counts.
    Unblock {
        /// The identifier.
        identifier: Identifier,
    },
    /// Takes back what a source said so far; what it says from now on counts.
    RetractSource {
        /// The source.
        source: SourceName,
    },
}

/// Who decides, where in the log, and when.
#[derive(Debug, Clone, Copy)]
pub struct DecidedAt<'a> {
    /// Who decides: the source of the link that [`IdentityDecision::Same`] declares.
    pub by: &'a SourceName,
    /// Where in the log.
    pub position: Position,
    /// When; the event time of a declared link.
    pub time: Timestamp,
}

/// What a decision did.
#[derive(Debug, Clone, PartialEq, Default)]
#[must_use = "a decision may be held by a rule, or change nothing"]
pub struct Decided {
    /// What became of it.
    pub verdict: Verdict,
    /// The people who became one.
    pub merges: Vec<Merge>,
    /// The identifiers that left a person for another.
    pub splits: Vec<Split>,
    /// The pairs that are held from now on.
    pub held: Vec<Refusal>,
    /// The pairs that were held until now, and are links.
    pub released: Vec<Evidence>,
}

/// What became of a decision.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Verdict {
    /// It holds.
    #[default]
    Done,
    /// It changed nothing: it holds already, or what it names was never seen.
    Unchanged,
    /// The link is declared, and held: a rule or an `Apart` stands against it.
    Held(Box<Refusal>),
    /// An identifier is blocked: it says nothing about anybody.
    Blocked(Blocked),
    /// An identifier is of this shared kind, which never makes two one, however probable it is.
    Shared(IdentifierKind),
    /// The two are one identifier, and nothing can be decided about them.
    OneIdentifier,
}

impl Identities {
    /// Takes in a decision. Only the raw components that it touches are settled anew.
    ///
    /// Cost: O(n log n) of those components. To find what a record said reads the supports that lie about it, up
    /// to about two million; what a source said, all of them.
    pub fn decide(&mut self, decision: &IdentityDecision, at: &DecidedAt<'_>) -> Decided {
        let mut told = Upheaval::default();
        let outcome = match decision {
            IdentityDecision::Same { identifiers } => return self.decide_same(identifiers, at),
            IdentityDecision::Probable { identifiers, bits } => {
                return self.decide_probable(identifiers, *bits, at);
            }
            IdentityDecision::Apart { identifiers } => self
                .two(identifiers, at)
                .map(|two| self.decide_apart(two, at, &mut told)),
            IdentityDecision::Block { identifier } => self
                .one(identifier, at)
                .map(|anchor| self.decide_block(anchor, at, &mut told)),
            IdentityDecision::Improbable { identifiers } => {
                done_if(self.take_back_probable(identifiers, at.by))
            }
            other => done_if(self.take_back(other, at.position, &mut told)),
        };
        match outcome {
            Ok(()) => self.decided(&told),
            Err(verdict) => verdict.into(),
        }
    }

    /// Takes back what was seen or decided before, whoever takes it back; `false` if there is nothing of it.
    pub(crate) fn take_back(
        &mut self,
        decision: &IdentityDecision,
        at: Position,
        told: &mut Upheaval,
    ) -> bool {
        use IdentityDecision as It;
        match decision {
            It::Same { .. } | It::Apart { .. } | It::Block { .. } => false,
            It::Probable { .. } | It::Improbable { .. } => false,
            It::NotApart { identifiers } => {
                let two = self
                    .find_two(identifiers)
                    .filter(|it| self.apart.remove(*it));
                two.map(|two| self.resettle_all(&two, at, told)).is_some()
            }
            It::RetractLink { identifiers } => self.find_two(identifiers).is_some_and(|two| {
                let was_probable = self.probable.remove_all(two);
                self.retract_link(two, at, told) || was_probable
            }),
            It::RetractRecord { position } => {
                let is_past = *position < at;
                if is_past {
                    self.retract_record(*position, at, told);
                }
                is_past
            }
            It::RetractIdentifier { identifier } => {
                let anchor = self.find(identifier);
                let retract = |anchor| self.retract_identifier(anchor, at, told);
                anchor.map(retract).is_some()
            }
            It::RetractSource { source } => {
                let source = self.pairs.known_source(source);
                let retract = |source| self.retract_source(source, at, told);
                source.map(retract).is_some()
            }
            It::Unblock { identifier } => {
                let anchor = self.find(identifier);
                anchor.and_then(|it| self.learned.remove(&it)).is_some()
            }
        }
    }

    /// Takes back that two are probably one, as this source says; `false` if it does not.
    fn take_back_probable(&mut self, identifiers: &[Identifier; 2], by: &SourceName) -> bool {
        let two = self.find_two(identifiers);
        let source = self.pairs.known_source(by);
        two.zip(source)
            .is_some_and(|(two, it)| self.probable.remove(two, it))
    }

    /// The anchors of two identifiers that were seen, and are not one.
    fn find_two(&self, identifiers: &[Identifier; 2]) -> Option<[AnchorId; 2]> {
        let [a, b] = identifiers.each_ref().map(|it| self.find(it));
        let two = [a?, b?];
        (two[0] != two[1]).then_some(two)
    }

    fn decide_block(&mut self, anchor: AnchorId, at: &DecidedAt<'_>, told: &mut Upheaval) {
        self.learned.insert(anchor, 0);
        self.retract_identifier(anchor, at.position, told);
    }

    fn decide_same(&mut self, identifiers: &[Identifier; 2], at: &DecidedAt<'_>) -> Decided {
        let [a, b] = identifiers;
        if a == b {
            return Verdict::OneIdentifier.into();
        }
        let observed = self.declare(&Sighting {
            identifiers,
            source: at.by,
            position: at.position,
            time: at.time,
        });
        let blocked = observed.blocked.first().cloned().map(Verdict::Blocked);
        let two = self.find(a).zip(self.find(b));
        let pair = two.and_then(|(a, b)| self.pair_of(a, b));
        let held = || {
            let refusal = pair.and_then(|pair| self.refusal(pair))?;
            Some(Verdict::Held(Box::new(refusal)))
        };
        Decided {
            verdict: blocked.or_else(held).unwrap_or_default(),
            ..observed.into()
        }
    }

    fn decide_probable(
        &mut self,
        [a, b]: &[Identifier; 2],
        bits: Bits,
        at: &DecidedAt<'_>,
    ) -> Decided {
        if a == b {
            return Verdict::OneIdentifier.into();
        }
        if let Some(shared) = [a, b].into_iter().find_map(|it| self.shared_kind(it)) {
            return shared.into();
        }
        let two = self.one(a, at).and_then(|a| Ok([a, self.one(b, at)?]));
        let two = match two {
            Ok(two) => two,
            Err(verdict) => return verdict.into(),
        };
        let row = ProbableRow {
            bits,
            source: self.pairs.source_number(at.by),
            position: at.position,
            time: at.time,
        };
        match self.probable.insert(two, row) {
            true => Verdict::Done.into(),
            false => Verdict::Unchanged.into(),
        }
    }

    fn shared_kind(&self, identifier: &Identifier) -> Option<Verdict> {
        let kind = identifier.kind();
        let is_shared = self.rules().is_shared(kind);
        is_shared.then(|| Verdict::Shared(kind.clone()))
    }

    fn decide_apart(&mut self, two: [AnchorId; 2], at: &DecidedAt<'_>, told: &mut Upheaval) {
        self.apart.insert(two);
        let [a, b] = two;
        for anchor in two {
            self.people.keep_apart(anchor, true);
        }
        if self.person_of(a) == self.person_of(b) {
            self.resettle(a, at.position, told);
        }
    }

    /// The anchors of two identifiers, each a person of its own if it was never seen.
    fn two(
        &mut self,
        identifiers: &[Identifier; 2],
        at: &DecidedAt<'_>,
    ) -> Result<[AnchorId; 2], Verdict> {
        let [a, b] = identifiers;
        if a == b {
            return Err(Verdict::OneIdentifier);
        }
        let two = [self.one(a, at)?, self.one(b, at)?];
        match self.apart.has_pair(two) {
            true => Err(Verdict::Unchanged),
            false => Ok(two),
        }
    }

    /// The anchor of an identifier, a person of its own if it was never seen.
    fn one(&mut self, identifier: &Identifier, at: &DecidedAt<'_>) -> Result<AnchorId, Verdict> {
        let observed = self.observe(&Sighting {
            identifiers: std::slice::from_ref(identifier),
            source: at.by,
            position: at.position,
            time: at.time,
        });
        let blocked = observed.blocked.into_iter().next().map(Verdict::Blocked);
        let verdict = blocked.unwrap_or(Verdict::Unchanged);
        observed.anchor.ok_or(verdict)
    }

    fn decided(&self, told: &Upheaval) -> Decided {
        let mut observed = Observed::default();
        self.tell(told, &mut observed);
        observed.into()
    }
}

fn done_if(done: bool) -> Result<(), Verdict> {
    done.then_some(()).ok_or(Verdict::Unchanged)
}

impl From<Verdict> for Decided {
    fn from(verdict: Verdict) -> Self {
        Self {
            verdict,
            ..Self::default()
        }
    }
}

impl From<Observed> for Decided {
    fn from(observed: Observed) -> Self {
        Self {
            verdict: Verdict::Done,
            merges: observed.merges,
            splits: observed.splits,
            held: observed.held,
            released: observed.released,
        }
    }
}
