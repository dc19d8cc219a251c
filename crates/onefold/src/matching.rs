//! Matching of the hub's people by what is known of them: probable links, kept up to date as people change.
//!
//! Invariant: a link is told with the bits that the model gave it when one of its two people was last new or changed. How
//! rare values are changes as others come, and so do bits; a round over everybody tells what they are by then. What
//! somebody took back is told again when one of the two changes, and by a round over everybody.

mod standing;
mod table;

use std::ops::ControlFlow;

use onefold_event::{Error, Identifier, PersonIndex, Position, Result, SourceName};
use onefold_identity::{
    Basis, Bits, Identities, IdentityDecision,
    matching::{Matcher, MatcherOptions, Model, Population},
};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    change::{Change, ChangeKind},
    decision::StoredDecision,
    fact::identifiers_of,
    hub::Onefold,
    snapshot::Snapshot,
    wire::{self, Kind},
};
use standing::Standing;
pub use table::PeopleTable;

/// A model at work on a hub: who is probably one with whom, told to the hub as decisions of one source.
///
/// The model was trained on [`Snapshot::people_table`]. The first round compares everybody by the model's blocking
/// rules; each [`catch_up`](Self::catch_up) after it compares those who changed, and whoever is new, with the standing
/// population. People stay who they are: a [`View`](crate::View) takes the links that are strong enough for its use.
///
/// Memory: that of a [`Population`] of [`rows`](Self::rows), however often people change. It is in no checkpoint: made
/// again, it begins with a round over everybody, and tells what is not told yet.
///
/// ```
/// use onefold::{CollectionBasis, Identifier, IdentifierKind, Onefold, Record, SourceName};
/// use onefold::connect::Item;
/// use onefold::identity::{Bits, matching::{Matcher, MatcherOptions}};
/// let hub = Onefold::in_memory()?;
/// let crm = SourceName::new("crm")?;
/// let contact = |id: &str| Identifier::generic(IdentifierKind::new("contact")?, id);
/// let row = |id: &str, first_name: &str, last_name: &str, street: &str| {
///     let row = Record::new("contacts").key(id).identifier(contact(id)?);
///     let row = row.trait_value("first_name", first_name).trait_value("last_name", last_name);
///     row.trait_value("street", street).build().map(Item::from)
/// };
/// # let word = |seed: u32| -> String {
/// #     let mixed = u64::from(seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
/// #     (0..7).map(|at| char::from(b'a' + (mixed >> (5 * at + 9)) as u8 % 26)).collect()
/// # };
/// # let mut contacts = Vec::new();
/// # for number in 0..400 {
/// #     let (given, surname, street) = (word(number % 50), word(1_000 + number / 2), word(9_000 + number));
/// #     contacts.push(row(&format!("c{number}"), &given, &surname, &street)?);
/// #     if number % 4 == 0 {
/// #         contacts.push(row(&format!("d{number}"), &given, &format!("{surname}x"), &street)?);
/// #     }
/// # }
/// // 400 contacts, each fourth of them twice, with a slip in the name.
/// let _fates = hub.ingest(&crm, CollectionBasis::default(), contacts)?;
///
/// // Learned from the people themselves, without labels.
/// let table = hub.snapshot().people_table(&["contact"])?;
/// let (matcher, _reasons) = Matcher::auto(&table.records, &[], MatcherOptions::default())?;
/// let sure = Bits::of_probability(0.95);
/// let (mut matching, first) = hub.matching(&SourceName::new("matching")?, matcher.train(), sure)?;
/// assert!((90..=110).contains(&first.told), "{first:?}");
///
/// // A new contact is compared with those who stand, and nothing is run again.
/// # let (given, surname, street) = (word(9), word(1_104), word(9_209));
/// let _fates = hub.ingest(&crm, CollectionBasis::default(), vec![row("new", &given, &surname, &street)?])?;
/// let next = matching.catch_up()?;
/// assert_eq!((next.compared, next.told), (1, 1));
/// let person = hub.snapshot().view(sure).person(&contact("new")?);
/// assert_eq!(person.map(|person| person.identifiers().len()), Some(2));
/// # Ok::<(), onefold::Error>(())
/// ```
#[derive(Debug)]
pub struct Matching {
    hub: Onefold,
    by: SourceName,
    at_least: Bits,
    /// The columns that the model reads.
    columns: Vec<Box<str>>,
    model: Model,
    standing: Standing,
    /// Those who changed, as long as what follows from it is not told.
    changed: FxHashSet<PersonIndex>,
    position: Position,
}

/// What one round of matching did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[non_exhaustive]
pub struct Matched {
    /// People who were compared with others: all in the first round, later those who are new or changed.
    pub compared: usize,
    /// Probable links that are new or have other bits than before.
    pub told: usize,
    /// Probable links that are no longer found, and were taken back.
    pub taken_back: usize,
    /// How much of the log it covers, without what it told itself.
    pub position: Position,
}

/// Two people and how much speaks for it that they are one.
type Found = FxHashMap<[PersonIndex; 2], Bits>;

impl Onefold {
    /// Matches everybody by a model, tells the hub which links of at least so many bits there are, under the name of a
    /// source, and gives what goes on with it.
    ///
    /// Probable links that the source told before and that are not found any more are taken back. So one source stands
    /// for one model at work.
    ///
    /// Cost: that of [`Matcher::score`](onefold_identity::matching::Matcher::score), and a record of the log for each link.
    ///
    /// # Errors
    /// `InvalidInput` if there are people and the model reads columns that nobody has, with their names;
    /// `InvalidInput` and `LimitExceeded` from [`Matcher::new`](onefold_identity::matching::Matcher::new); as
    /// [`decide`](Self::decide).
    pub fn matching(
        &self,
        by: &SourceName,
        model: Model,
        at_least: Bits,
    ) -> Result<(Matching, Matched)> {
        let snapshot = self.snapshot();
        let columns = snapshot.needed(&model)?;
        let names: Vec<&str> = columns.iter().map(|column| &**column).collect();
        let (table, people) = snapshot.table_of(&names)?;
        let matcher = Matcher::new(&table.records, model.settings(), MatcherOptions::default())?;
        let scored = matcher.score(&model, at_least.into())?;
        let person = |row: u32| people.get(row as usize).copied().unwrap_or_default();
        let found = scored.iter().map(|pair| {
            let two = lower_first([person(pair.left), person(pair.right)]);
            (two, Bits::new(pair.bits))
        });
        let found: Found = found.collect();
        let population = matcher.into_population(&table.records, model.clone())?;
        let matching = Matching {
            hub: self.clone(),
            by: by.clone(),
            at_least,
            columns,
            model,
            standing: Standing::new(population, people),
            changed: FxHashSet::default(),
            position: snapshot.position(),
        };
        let everybody: FxHashSet<PersonIndex> = snapshot.state().identities.people().collect();
        let matched = matching.tell(&snapshot, &everybody, &found)?;
        Ok((matching, matched))
    }
}

impl Matching {
    /// How much of the log it covers.
    pub fn position(&self) -> Position {
        self.position
    }

    /// How many rows it keeps: one for each person, and those that changes have left behind, which are at most as
    /// many and 1,024 more.
    pub fn rows(&self) -> usize {
        self.standing.rows()
    }

    /// Compares those who are new or changed since the last round, and tells the hub what follows.
    ///
    /// Cost: reads the log since then; well under a millisecond for each of those people. Once in so many changes as
    /// there are people, it also prepares everybody anew, and compares nobody for it.
    ///
    /// # Errors
    /// As [`Onefold::decide`]; `Corrupt` with the place if the log is damaged, `Io`; `LimitExceeded` for more distinct
    /// values than a column may have. It can be tried again: nobody who changed is forgotten.
    pub fn catch_up(&mut self) -> Result<Matched> {
        let snapshot = self.hub.snapshot();
        let touched = self.touched(&snapshot)?;
        self.replace(&snapshot, touched);
        if self.standing.is_worn() {
            self.standing = self.prepared(&snapshot)?;
        }
        let identities = &snapshot.state().identities;
        let changed = self.changed.iter();
        let changed: FxHashSet<PersonIndex> =
            changed.filter_map(|it| identities.living(*it)).collect();
        let mut found = Found::default();
        for person in &changed {
            let cells = snapshot.cells_of(*person, &self.columns);
            let cells: Vec<(&str, &str)> = cells.named(&self.columns).collect();
            for (other, bits) in self.standing.find(*person, &cells, self.at_least) {
                found.insert(lower_first([*person, other]), bits);
            }
        }
        let matched = self.tell(&snapshot, &changed, &found)?;
        self.changed.clear();
        self.position = snapshot.position();
        Ok(matched)
    }

    /// Everybody whom the log names since the last round.
    fn touched(&self, snapshot: &Snapshot) -> Result<FxHashSet<PersonIndex>> {
        let identities = &snapshot.state().identities;
        let mut touched = FxHashSet::default();
        let (store, upto) = (self.hub.store(), snapshot.position());
        let mut failure = None;
        store.scan(self.position, &mut |stored| {
            if stored.position > upto {
                return ControlFlow::Break(());
            }
            let kind = Kind::from_byte(stored.kind);
            let people = named(identities, snapshot, kind, (stored.body, stored.position));
            match people {
                Ok(people) => touched.extend(people),
                Err(error) => {
                    failure = Some(error);
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        })?;
        failure.map_or(Ok(touched), Err)
    }

    /// Puts what is known now in place of what was known; notes those of whom it is something else, and those whose
    /// place others have taken.
    fn replace(&mut self, snapshot: &Snapshot, touched: FxHashSet<PersonIndex>) {
        let identities = &snapshot.state().identities;
        let mut touched: Vec<PersonIndex> = touched.into_iter().collect();
        touched.sort_unstable();
        for person in touched {
            let living = identities.living(person);
            let is_new = if living == Some(person) {
                let cells = snapshot.cells_of(person, &self.columns);
                let cells: Vec<(&str, &str)> = cells.named(&self.columns).collect();
                self.standing.put(person, &cells)
            } else {
                self.standing.remove(person);
                true
            };
            if is_new {
                self.changed.extend(living);
            }
        }
    }

    /// Everybody as they are now, without the rows that changes left behind.
    fn prepared(&self, snapshot: &Snapshot) -> Result<Standing> {
        let names: Vec<&str> = self.columns.iter().map(|column| &**column).collect();
        let (table, people) = snapshot.table_of(&names)?;
        let population = Population::new(&table.records, &self.model)?;
        Ok(Standing::new(population, people))
    }

    /// Tells the difference between what is found of these people and what the source has told of them.
    fn tell(
        &self,
        snapshot: &Snapshot,
        people: &FxHashSet<PersonIndex>,
        found: &Found,
    ) -> Result<Matched> {
        let identities = &snapshot.state().identities;
        let mut missing = found.clone();
        let (mut back, mut told) = (Vec::new(), Vec::new());
        let mut people: Vec<PersonIndex> = people.iter().copied().collect();
        people.sort_unstable();
        let mut done = FxHashSet::default();
        for link in people.iter().flat_map(|it| identities.probable_of(*it)) {
            let identifiers = link.between;
            if link.source != self.by || !done.insert(identifiers.clone()) {
                continue;
            }
            let [Some(a), Some(b)] = identifiers.each_ref().map(|it| identities.person(it)) else {
                continue;
            };
            // Two of one person say nothing about others, and whoever parts them will want to know.
            let two = lower_first([a, b]);
            match missing.remove(&two) {
                _ if a == b => {}
                Some(bits) if link.basis == Basis::Probable(bits) => {}
                // The last bits of a source count.
                Some(bits) => told.push(IdentityDecision::Probable { identifiers, bits }),
                None => back.push(IdentityDecision::Improbable { identifiers }),
            }
        }
        for (two, bits) in missing {
            if let [Some(a), Some(b)] = two.map(|person| strongest(identities, person)) {
                let identifiers = [a.clone(), b.clone()];
                told.push(IdentityDecision::Probable { identifiers, bits });
            }
        }
        told.sort_unstable_by(|left, right| key(left).cmp(&key(right)));
        let matched = Matched {
            compared: people.len(),
            told: told.len(),
            taken_back: back.len(),
            position: snapshot.position(),
        };
        let _decided = self
            .hub
            .decide_all(&self.by, back.into_iter().chain(told))?;
        Ok(matched)
    }
}

fn key(decision: &IdentityDecision) -> Option<&[Identifier; 2]> {
    match decision {
        IdentityDecision::Probable { identifiers, .. } => Some(identifiers),
        _ => None,
    }
}

fn lower_first([a, b]: [PersonIndex; 2]) -> [PersonIndex; 2] {
    [a.min(b), a.max(b)]
}

/// By what a person is best known: the identifier of the strongest kind, of several the first in order of text.
fn strongest(identities: &Identities, person: PersonIndex) -> Option<&Identifier> {
    let anchors = identities.anchors(person).iter();
    let identifiers = anchors.filter_map(|anchor| identities.identifier(*anchor));
    identifiers.min_by_key(|it| (identities.rules().priority(it.kind()), *it))
}

/// The people whom a record of the log names, as they are now; of those who retired both they and who they are now.
fn named(
    identities: &Identities,
    snapshot: &Snapshot,
    kind: Option<Kind>,
    (body, position): (&[u8], Position),
) -> Result<Vec<PersonIndex>> {
    let people = match kind {
        Some(Kind::Event | Kind::Record) => {
            let kind = kind.unwrap_or(Kind::Event);
            let item = wire::read_item(kind, body).map_err(|error| at(error, position))?;
            let identifiers = identifiers_of(&item.content, snapshot.identifier_fields());
            let people = identifiers.iter().filter_map(|it| identities.person(it));
            people.collect()
        }
        Some(Kind::Change) => {
            let change = Change::from_bytes(body, position)?;
            let other = match change.kind {
                ChangeKind::Merged { retired } => identities.born(retired),
                ChangeKind::Split { other } => identities.born(other),
                _ => return Ok(Vec::new()),
            };
            let people = [identities.born(change.person), other];
            people.into_iter().flatten().collect()
        }
        Some(Kind::Decision) => {
            let decision = StoredDecision::from_bytes(body, position)?;
            if matches!(
                decision.what(),
                IdentityDecision::Probable { .. } | IdentityDecision::Improbable { .. }
            ) {
                return Ok(Vec::new());
            }
            let anchors = decision.anchors(identities);
            anchors
                .filter_map(|anchor| identities.person_of(anchor))
                .collect()
        }
        _ => Vec::new(),
    };
    Ok(people)
}

fn at(error: Error, position: Position) -> Error {
    error.context(format!("reading the log at position {position}"))
}
