//! The ledger: entries by anchor, and the decision.
//!
//! Invariant: entries are added and never changed or removed; an answer depends on the set of
//! entries, not on the order in which they came.

use onefold_event::{
    AnchorId, CollectionBasis, PersonId, Position, SourceName, Timestamp,
    parts::{Arena, Interner},
};
use serde::Serialize;
use smallvec::SmallVec;

use crate::{
    Action, Channel, ConsentEntry, Decision, Denial, DenialReason, Evidence, Permit, Purpose, Use,
    row::Row,
};

/// Who said yes or no to what, when, and what shows it.
///
/// Appending is O(1). A decision walks the entries of the person: a person with thousands of them costs
/// some ten nanoseconds each. An entry takes about 30 bytes, its actor and its reference; the other
/// texts are kept once. A clone is O(1) and shares memory.
///
/// ```
/// use onefold_consent::{Action, ConsentEntry, Ledger, Purpose};
/// use onefold_event::{AnchorId, CollectionBasis, Identifier, Position, SourceName};
///
/// let ann = Identifier::email("ann@example.com")?;
/// let objection = ConsentEntry::new(ann, Purpose::all(), Action::Object, "2026-03-01".parse()?);
/// let mut ledger = Ledger::new();
/// ledger.append(AnchorId(0), &objection, &SourceName::new("letters")?, Position(1));
/// let may = ledger.may_collect(&[AnchorId(0)], CollectionBasis::Contract, "2026-03-02".parse()?);
/// assert_eq!(
///     may.unwrap_err().to_string(),
///     "`collection` by every channel is denied: the person objected (entry 1)",
/// );
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    pub(crate) arena: Arena,
    pub(crate) purposes: Interner<Purpose>,
    pub(crate) channels: Interner<Channel>,
    pub(crate) sources: Interner<SourceName>,
    pub(crate) shared: Interner<Evidence>,
}

/// An entry as it is kept, with where it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordedEntry {
    /// The anchor it belongs to.
    pub anchor: AnchorId,
    /// Its place in the log.
    pub position: Position,
    /// Where it came from.
    pub source: SourceName,
    /// When it was said.
    pub time: Timestamp,
    /// What was said.
    pub action: Action,
    /// For what.
    pub purpose: Purpose,
    /// By which way; `None` for every channel.
    pub channel: Option<Channel>,
    /// From when on a grant is a no.
    pub expires: Option<Timestamp>,
    /// What shows it.
    pub evidence: Evidence,
}

impl Ledger {
    /// An empty ledger: it denies everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry under the anchor of its subject.
    pub fn append(
        &mut self,
        anchor: AnchorId,
        entry: &ConsentEntry,
        source: &SourceName,
        position: Position,
    ) {
        let channel = entry.channel.as_ref();
        let row = Row {
            action: entry.action,
            supported: entry.evidence.supports_grant(),
            purpose: self.purposes.intern(&entry.purpose),
            channel: channel.map(|channel| self.channels.intern(channel)),
            time: entry.time,
            expires: entry.expires,
            position,
            source: self.sources.intern(source),
            shared: self.shared.intern(&entry.evidence.shared()),
            actor: entry.evidence.actor.as_deref(),
            reference: entry.evidence.reference.as_deref(),
        };
        self.arena.append(anchor, |out| row.write(out));
    }

    /// Whether the person with these anchors may be used so at this instant. Entries after `now` are
    /// not seen.
    pub fn decide(
        &self,
        person: PersonId,
        anchors: &[AnchorId],
        request: &Use,
        now: Timestamp,
    ) -> Decision {
        let standing = self.standing(anchors, &self.scope(request), now);
        match standing.answer {
            Some(Answer::Granted) => Decision::Allowed(Permit::new(
                person,
                request.clone(),
                now,
                standing.expires,
                ascending(standing.evidence),
            )),
            answer => Decision::Denied(standing.ignored.denial(
                answer,
                standing.evidence,
                request,
                now,
            )),
        }
    }

    /// Whether events of the person with these anchors may be collected on this ground.
    ///
    /// - [`Consent`](CollectionBasis::Consent): a grant for the purpose `collection` is needed.
    /// - [`Contract`](CollectionBasis::Contract) and
    ///   [`LegitimateInterest`](CollectionBasis::LegitimateInterest): yes, unless the latest entry is
    ///   an objection to `collection` or to `all`, or another no that names `collection` itself. To
    ///   withdraw *consent* to `all` does not end what never rested on consent. A grant for
    ///   `collection` that has not expired lifts an earlier no.
    /// - [`LegalObligation`](CollectionBasis::LegalObligation): yes.
    ///
    /// # Errors
    /// The denial, with the entries it rests on.
    pub fn may_collect(
        &self,
        anchors: &[AnchorId],
        basis: CollectionBasis,
        now: Timestamp,
    ) -> Result<(), Denial> {
        let on_consent = match basis {
            CollectionBasis::LegalObligation => return Ok(()),
            CollectionBasis::Contract | CollectionBasis::LegitimateInterest => false,
            // A basis that this version does not know is held to the strictest rule.
            _ => true,
        };
        let request = Use::on_every_channel(Purpose::collection());
        let scope = Scope {
            on_consent,
            ..self.scope(&request)
        };
        let standing = self.standing(anchors, &scope, now);
        match standing.answer {
            Some(Answer::Granted) => Ok(()),
            None if !on_consent => Ok(()),
            answer => Err(standing
                .ignored
                .denial(answer, standing.evidence, &request, now)),
        }
    }

    /// The entries of these anchors, by time and then by place in the log.
    pub fn entries(&self, anchors: &[AnchorId]) -> impl Iterator<Item = RecordedEntry> + '_ {
        let mut entries: Vec<RecordedEntry> = (anchors.iter())
            .flat_map(|anchor| self.recorded(*anchor))
            .collect();
        entries.sort_by_key(|entry| (entry.time, entry.position, entry.anchor));
        entries.into_iter()
    }

    /// The first instant after another as of which a decision about these anchors may be another by time alone: an
    /// entry is dated so, or expires.
    pub fn next_change(&self, anchors: &[AnchorId], after: Timestamp) -> Option<Timestamp> {
        let rows = anchors.iter().flat_map(|anchor| self.rows(*anchor));
        let instants = rows.flat_map(|row| [Some(row.time), row.expires]);
        instants.flatten().filter(|instant| *instant > after).min()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.arena.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.arena.is_empty()
    }

    /// An estimate of the memory it holds, in bytes; O(number of different notices).
    pub fn memory_bytes(&self) -> usize {
        let texts = |evidence: &Evidence| -> usize {
            let fields = evidence.fields();
            fields
                .iter()
                .filter_map(|(_, text)| text.as_deref())
                .map(str::len)
                .sum()
        };
        let shared: usize = self
            .shared
            .iter()
            .map(|evidence| 2 * (112 + texts(evidence)))
            .sum();
        let names = self.purposes.len() + self.channels.len() + self.sources.len();
        self.arena.memory_bytes() + shared + names * 128
    }

    pub(crate) fn recorded(&self, anchor: AnchorId) -> impl Iterator<Item = RecordedEntry> + '_ {
        self.rows(anchor).filter_map(move |row| {
            let mut evidence = self.shared.item(row.shared)?.clone();
            evidence.actor = row.actor.map(Into::into);
            evidence.reference = row.reference.map(Into::into);
            let channel = row.channel.map(|channel| self.channels.item(channel));
            Some(RecordedEntry {
                anchor,
                position: row.position,
                source: self.sources.item(row.source)?.clone(),
                time: row.time,
                action: row.action,
                purpose: self.purposes.item(row.purpose)?.clone(),
                channel: channel.flatten().cloned(),
                expires: row.expires,
                evidence,
            })
        })
    }

    pub(crate) fn rows(&self, anchor: AnchorId) -> impl Iterator<Item = Row<'_>> {
        let rows = self.arena.rows(anchor);
        rows.map_while(|(_, mut reader)| Row::read(&mut reader))
    }

    fn scope(&self, request: &Use) -> Scope {
        let channel = request.channel.as_ref();
        Scope {
            purpose: self.purposes.number(&request.purpose),
            all: self.purposes.number(&Purpose::all()),
            channel: channel.map(|channel| self.channels.number(channel)),
            on_consent: true,
        }
    }

    /// The strictest of the answers of the anchors.
    fn standing(&self, anchors: &[AnchorId], scope: &Scope, now: Timestamp) -> Standing {
        let mut person = Standing::default();
        for anchor in anchors {
            let mut latest = Latest::default();
            for row in self.rows(*anchor).filter(|row| row.time <= now) {
                match scope.answer(&row, now) {
                    Heard::Answer(answer) => latest.hear(answer, &row),
                    Heard::Ignored(reason) => person.ignored.note(reason, row.position),
                    Heard::Nothing => {}
                }
            }
            person.join(latest.standing);
        }
        person
    }
}

/// Which entries cover a request, in the ledger's numbers. `None` for a name that no entry has.
struct Scope {
    purpose: Option<u32>,
    all: Option<u32>,
    /// `None` if the request is for every channel.
    channel: Option<Option<u32>>,
    /// Whether the use needs a grant; otherwise it needs only that there is no objection.
    on_consent: bool,
}

/// What an entry says to a request, from mild to strict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Answer {
    Granted,
    Expired,
    Refused,
    Withdrawn,
    Objected,
}

enum Heard {
    Answer(Answer),
    /// A grant that does not count, and why.
    Ignored(DenialReason),
    Nothing,
}

impl Scope {
    fn answer(&self, row: &Row<'_>, now: Timestamp) -> Heard {
        let names_purpose = Some(row.purpose) == self.purpose;
        let names_all = Some(row.purpose) == self.all;
        if !(names_purpose || names_all) || !self.covers_channel(row) {
            return Heard::Nothing;
        }
        let expired = row.expires.is_some_and(|expires| expires <= now);
        match row.action {
            Action::Grant if names_all => Heard::Ignored(DenialReason::PurposeNotSpecific),
            Action::Grant if !row.supported => Heard::Ignored(DenialReason::EvidenceMissing),
            Action::Grant if !expired => Heard::Answer(Answer::Granted),
            // Where no consent is needed, one that has ended is neither a yes nor a no.
            Action::Grant if self.on_consent => Heard::Answer(Answer::Expired),
            Action::Grant => Heard::Nothing,
            Action::Object => Heard::Answer(Answer::Objected),
            _ if names_all && !self.on_consent => Heard::Nothing,
            Action::Refuse => Heard::Answer(Answer::Refused),
            Action::Withdraw => Heard::Answer(Answer::Withdrawn),
        }
    }

    fn covers_channel(&self, row: &Row<'_>) -> bool {
        match (row.channel, self.channel) {
            (None, _) => true,
            (Some(said), Some(asked)) => Some(said) == asked,
            // Every channel was asked for: a grant for one is not enough, a no on one is.
            (Some(_), None) => row.action.is_no(),
        }
    }
}

/// An answer with the entries that it rests on.
#[derive(Debug, Default)]
struct Standing {
    answer: Option<Answer>,
    /// The earliest end of the grants.
    expires: Option<Timestamp>,
    evidence: SmallVec<[Position; 4]>,
    ignored: Ignored,
}

/// The latest answer of one anchor.
#[derive(Debug, Default)]
struct Latest {
    time: Timestamp,
    standing: Standing,
}

impl Latest {
    fn hear(&mut self, answer: Answer, row: &Row<'_>) {
        // At equal time the stricter answer stands.
        let heard = (row.time, answer);
        let standing = &mut self.standing;
        match standing.answer.map(|known| (self.time, known)) {
            Some(known) if heard < known => return,
            Some(known) if heard == known => {}
            _ => {
                *standing = Standing::default();
                standing.answer = Some(answer);
                self.time = row.time;
            }
        }
        standing.evidence.push(row.position);
        standing.expires = earlier(standing.expires, row.expires);
    }
}

impl Standing {
    /// Joins the answer of another anchor of the same person: the stricter stands.
    fn join(&mut self, other: Self) {
        if other.answer > self.answer {
            self.answer = other.answer;
            self.evidence = other.evidence;
            self.expires = other.expires;
        } else if other.answer == self.answer {
            self.evidence.extend(other.evidence);
            self.expires = earlier(self.expires, other.expires);
        }
    }
}

/// Grants that do not count, of the reason that comes closest to a yes.
#[derive(Debug, Default)]
struct Ignored {
    reason: Option<DenialReason>,
    evidence: SmallVec<[Position; 4]>,
}

impl Ignored {
    fn note(&mut self, reason: DenialReason, position: Position) {
        if Some(reason) > self.reason {
            self.reason = Some(reason);
            self.evidence.clear();
        }
        if Some(reason) == self.reason {
            self.evidence.push(position);
        }
    }

    fn denial(
        self,
        answer: Option<Answer>,
        evidence: SmallVec<[Position; 4]>,
        request: &Use,
        now: Timestamp,
    ) -> Denial {
        let (reason, evidence) = match answer {
            Some(Answer::Objected) => (DenialReason::Objected, evidence),
            Some(Answer::Withdrawn) => (DenialReason::Withdrawn, evidence),
            Some(Answer::Refused) => (DenialReason::Refused, evidence),
            Some(Answer::Expired) => (DenialReason::Expired, evidence),
            Some(Answer::Granted) | None => {
                (self.reason.unwrap_or(DenialReason::Unknown), self.evidence)
            }
        };
        Denial {
            reason,
            request: request.clone(),
            decided_at: now,
            evidence: ascending(evidence),
        }
    }
}

fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn ascending(mut positions: SmallVec<[Position; 4]>) -> SmallVec<[Position; 4]> {
    positions.sort_unstable();
    positions.dedup();
    positions
}
