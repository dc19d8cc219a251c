//! All observations of all anchors, and the view of a person.
//!
//! Invariant: observations are added and never changed or removed; an answer depends on the set of
//! observations, not on the order in which they came.

use std::{cmp::Ordering, sync::Arc};

use onefold_event::{
    AnchorId, Identifier, SourceName, Timestamp, Value,
    parts::{Arena, Interner},
};
use smallvec::SmallVec;

use crate::{
    Explanation, GoldenRecord, Loser, LosingReason, Observation, RecordedObservation, Rule, Rules,
    contest::{Contest, Entrant},
    row::{Row, Seen},
    sorted::{End, ROWS_MIN, Sorted},
};

/// All observations of all anchors, with the rules that make the golden record of them.
///
/// Observing is O(1) however much is known of the anchor. Asking for a trait walks the observations
/// of the person; for an anchor with 64 or more it looks at one place for each source instead, except
/// by [`Rule::MostFrequent`], which counts them all. An observation takes about 20 bytes and its value.
/// A clone is O(1) and shares memory.
///
/// ```
/// use onefold_event::{AnchorId, Position, SourceName};
/// use onefold_profile::{Observation, Profiles, Rules};
///
/// let mut profiles = Profiles::new(Rules::standard());
/// let (source, time, position) = (SourceName::new("crm")?, "2026-01-01".parse()?, Position(1));
/// let plan = Observation { name: "plan", value: "pro".into(), source: &source, time, position };
/// profiles.observe(AnchorId(4), plan);
/// let why = profiles.explain(&[AnchorId(4)], "plan", time).expect("it was observed");
/// assert_eq!(
///     why.to_string(),
///     "plan is `pro` by rule most_recent: from crm at 2026-01-01T00:00:00Z (entry 1)\n",
/// );
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Profiles {
    rules: Arc<Rules>,
    pub(crate) observations: Arena,
    sorted: Sorted,
    pub(crate) memberships: Arena,
    pub(crate) names: Interner<Arc<str>>,
    pub(crate) sources: Interner<SourceName>,
    pub(crate) organisations: Interner<Identifier>,
    /// No observation has a later time.
    newest: Timestamp,
}

impl Profiles {
    /// No observations, with these rules.
    pub fn new(rules: Rules) -> Self {
        Self {
            rules: Arc::new(rules),
            observations: Arena::default(),
            sorted: Sorted::default(),
            memberships: Arena::default(),
            names: Interner::default(),
            sources: Interner::default(),
            organisations: Interner::default(),
            newest: Timestamp::MIN,
        }
    }

    /// The rules.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Keeps an observation under the anchor it came with.
    pub fn observe(&mut self, anchor: AnchorId, observation: Observation<'_>) {
        let row = Row {
            name: self
                .names
                .intern_with(observation.name, |name| Arc::from(name)),
            source: self.sources.intern(observation.source),
            time: observation.time,
            position: observation.position,
            value: Seen::of(&observation.value),
        };
        self.newest = self.newest.max(row.time);
        let appended = self.observations.append(anchor, |out| row.write(out));
        match appended.rows.cmp(&ROWS_MIN) {
            Ordering::Less => {}
            Ordering::Equal => self.sort(anchor),
            Ordering::Greater => self.sorted.insert(anchor, appended.address, &row),
        }
    }

    /// The winning value of a trait of the person with these anchors; observations after `as_of` are
    /// not seen. `None` if there is none, or all are empty.
    pub fn trait_value(&self, anchors: &[AnchorId], name: &str, as_of: Timestamp) -> Option<Value> {
        let number = self.names.number(name)?;
        let contest = Contest::new(&self.rules, name, &self.sources);
        let winner = match contest.rule() {
            Rule::MostFrequent => contest.winner(self.entrants(anchors, number, as_of)),
            Rule::First => contest.winner(self.candidates(anchors, number, as_of, End::Oldest)),
            _ => contest.winner(self.candidates(anchors, number, as_of, End::Newest)),
        }?;
        Some(winner.row.value.to_value())
    }

    /// The first instant after another as of which one of these traits may have another value by time alone,
    /// because something was observed of it that is dated later.
    ///
    /// Cost: O(1) while nothing at all is dated later; otherwise as [`trait_value`](Self::trait_value) for each
    /// trait.
    pub fn next_observed<'a>(
        &self,
        anchors: &[AnchorId],
        names: impl IntoIterator<Item = &'a str>,
        after: Timestamp,
    ) -> Option<Timestamp> {
        if self.newest <= after {
            return None;
        }
        let numbers = names.into_iter().filter_map(|name| self.names.number(name));
        let numbers: SmallVec<[u32; 8]> = numbers.collect();
        let times = anchors.iter().filter_map(|anchor| {
            if self.observations.count(*anchor) >= ROWS_MIN {
                let next = |name: &u32| self.sorted.next_after(*anchor, *name, after);
                return numbers.iter().filter_map(next).min();
            }
            let later = self.rows(*anchor).map(|entrant| entrant.row);
            let later = later.filter(|row| row.time > after && numbers.contains(&row.name));
            later.map(|row| row.time).min()
        });
        times.min()
    }

    /// The winning value of every trait of the person with these anchors.
    pub fn golden(&self, anchors: &[AnchorId], as_of: Timestamp) -> GoldenRecord {
        let mut entrants: Vec<Entrant<'_>> = (anchors.iter())
            .flat_map(|anchor| self.rows(*anchor))
            .filter(|entrant| entrant.row.time <= as_of)
            .collect();
        entrants.sort_by_key(|entrant| entrant.row.name);
        let winner = |trait_of: &[Entrant<'_>]| {
            let name = self.names.item(trait_of.first()?.row.name)?;
            let contest = Contest::new(&self.rules, name, &self.sources);
            let winner = contest.winner(trait_of.iter().copied())?;
            Some((name.clone(), winner.row.value.to_value()))
        };
        let of_one_trait = |a: &Entrant<'_>, b: &Entrant<'_>| a.row.name == b.row.name;
        let mut traits: Vec<_> = entrants.chunk_by(of_one_trait).filter_map(winner).collect();
        traits.sort_by(|a, b| a.0.cmp(&b.0));
        GoldenRecord { traits }
    }

    /// Why a trait has its value: the winner, the rule, and why each other observation lost. `None` if
    /// the trait was never observed up to `as_of`.
    pub fn explain(
        &self,
        anchors: &[AnchorId],
        name: &str,
        as_of: Timestamp,
    ) -> Option<Explanation> {
        let number = self.names.number(name)?;
        let contest = Contest::new(&self.rules, name, &self.sources);
        let mut others: Vec<Entrant<'_>> = self.entrants(anchors, number, as_of).collect();
        others.sort_by_key(|e| std::cmp::Reverse((e.row.time, e.row.position, e.anchor)));
        others.first()?;
        let winner = contest.winner(others.iter().copied());
        let reasons = match winner {
            Some(winner) => {
                let same = |other: &Entrant<'_>| other.is(&winner);
                if let Some(at) = others.iter().position(same) {
                    others.remove(at);
                }
                contest.reasons(winner, &others)
            }
            None => vec![LosingReason::Empty; others.len()],
        };
        let loser = |(entrant, reason): (&Entrant<'_>, _)| {
            let observation = self.recorded(*entrant)?;
            Some(Loser {
                observation,
                reason,
            })
        };
        Some(Explanation {
            name: name.into(),
            rule: contest.rule().clone(),
            as_of,
            winner: winner.and_then(|winner| self.recorded(winner)),
            losers: others.iter().zip(reasons).filter_map(loser).collect(),
        })
    }

    /// The observations of these anchors, by trait, time and place in the log.
    pub fn observations(
        &self,
        anchors: &[AnchorId],
    ) -> impl Iterator<Item = RecordedObservation> + '_ {
        let mut observations: Vec<RecordedObservation> = (anchors.iter())
            .flat_map(|anchor| self.rows(*anchor))
            .filter_map(|entrant| self.recorded(entrant))
            .collect();
        observations.sort_by(|a, b| {
            let order = (&a.name, a.time, a.position, a.anchor);
            order.cmp(&(&b.name, b.time, b.position, b.anchor))
        });
        observations.into_iter()
    }

    /// How many observations there are.
    pub fn len(&self) -> usize {
        self.observations.len()
    }

    /// Whether there is no observation.
    pub fn is_empty(&self) -> bool {
        self.observations.is_empty()
    }

    /// The latest time of any observation; 0001-01-01 while there is none. O(1).
    pub fn newest(&self) -> Timestamp {
        self.newest
    }

    /// An estimate of the memory it holds, in bytes; O(1).
    pub fn memory_bytes(&self) -> usize {
        let names = self.names.len() + self.sources.len() + self.organisations.len();
        let rows = self.observations.memory_bytes() + self.memberships.memory_bytes();
        rows + self.sorted.memory_bytes() + names * 128
    }

    pub(crate) fn rows(&self, anchor: AnchorId) -> impl Iterator<Item = Entrant<'_>> {
        let rows = self.observations.rows(anchor);
        let rows = rows.map_while(|(_, mut reader)| Row::read(&mut reader));
        rows.map(move |row| Entrant { anchor, row })
    }

    pub(crate) fn recorded(&self, entrant: Entrant<'_>) -> Option<RecordedObservation> {
        let Entrant { anchor, row } = entrant;
        Some(RecordedObservation {
            anchor,
            name: (&**self.names.item(row.name)?).into(),
            value: row.value.to_value(),
            source: self.sources.item(row.source)?.clone(),
            time: row.time,
            position: row.position,
        })
    }

    /// Sorts the anchors that have many observations, after reading them back.
    pub(crate) fn sort_all(&mut self, newest: Timestamp) {
        self.newest = newest;
        for anchor in self.observations.anchors() {
            if self.observations.count(anchor) >= ROWS_MIN {
                self.sort(anchor);
            }
        }
    }

    fn sort(&mut self, anchor: AnchorId) {
        for (address, mut reader) in self.observations.rows(anchor) {
            if let Some(row) = Row::read(&mut reader) {
                self.sorted.insert(anchor, address, &row);
            }
        }
    }

    /// The observations of one trait.
    fn entrants<'a>(
        &'a self,
        anchors: &'a [AnchorId],
        name: u32,
        as_of: Timestamp,
    ) -> impl Iterator<Item = Entrant<'a>> {
        let chains = anchors.iter().map(move |anchor| self.chain(*anchor, name));
        chains
            .flatten()
            .filter(move |entrant| entrant.row.time <= as_of)
    }

    /// The observations of one trait without those that cannot win, where that is known at once.
    fn candidates<'a>(
        &'a self,
        anchors: &'a [AnchorId],
        name: u32,
        as_of: Timestamp,
        end: End,
    ) -> impl Iterator<Item = Entrant<'a>> {
        let of_anchor = move |anchor: &AnchorId| {
            let anchor = *anchor;
            let many = self.observations.count(anchor) >= ROWS_MIN;
            let sorted = many.then(|| self.sorted.candidates(anchor, name, as_of, end));
            let chain = (!many).then(|| self.chain(anchor, name));
            let read = move |address| {
                let row = Row::read(&mut self.observations.row(address)?)?;
                Some(Entrant { anchor, row })
            };
            let sorted = sorted.into_iter().flatten().filter_map(read);
            chain.into_iter().flatten().chain(sorted)
        };
        let candidates = anchors.iter().flat_map(of_anchor);
        candidates.filter(move |entrant| entrant.row.time <= as_of)
    }

    /// The observations of one trait of one anchor, read no further than the name where it is another.
    fn chain(&self, anchor: AnchorId, name: u32) -> impl Iterator<Item = Entrant<'_>> {
        self.observations
            .rows(anchor)
            .filter_map(move |(_, mut reader)| {
                let found = reader.small().filter(|found| *found == name)?;
                let row = Row::read_named(found, &mut reader)?;
                Some(Entrant { anchor, row })
            })
    }
}
