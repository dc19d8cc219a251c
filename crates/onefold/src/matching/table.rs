//! The people of a value as a table: what matching learns from and reads.
//!
//! Invariant: one row a person, the oldest first; a cell is what the golden record says, or else an identifier.

use std::collections::BTreeSet;

use onefold_event::{Error, ErrorKind, Identifier, PersonIndex, Result, Timestamp};
use onefold_identity::matching::{Model, Records};

use crate::snapshot::Snapshot;

/// The people of a [`Snapshot`], one row each.
#[derive(Debug, Clone)]
pub struct PeopleTable {
    /// A column for each trait, and one for each kind of identifier that is no trait.
    pub records: Records,
    /// By row: by what the person is best known.
    pub identifiers: Vec<Identifier>,
}

/// One row, by column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cells(Vec<Box<str>>);

impl Cells {
    /// With the names of the columns, those that have a value.
    pub(super) fn named<'a>(
        &'a self,
        columns: &'a [Box<str>],
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let cells = columns
            .iter()
            .zip(&self.0)
            .map(|(name, text)| (&**name, &**text));
        cells.filter(|(_, text)| !text.is_empty())
    }
}

impl Snapshot {
    /// Everybody as one row of what the golden record says, to learn a model from: with the traits that are there and,
    /// where somebody has no trait of that name, the first identifier of each kind in order of text. Traits that have
    /// these names are left out, such as those that are no evidence.
    ///
    /// Cost: O(observations), and the table in memory.
    ///
    /// # Errors
    /// `LimitExceeded` for more distinct values than a column may have.
    pub fn people_table(&self, excluded: &[&str]) -> Result<PeopleTable> {
        let columns = self.columns();
        let columns = columns.iter().map(|column| &**column);
        let columns: Vec<&str> = columns.filter(|name| !excluded.contains(name)).collect();
        Ok(self.table_of(&columns)?.0)
    }

    /// The columns that a model reads.
    pub(super) fn needed(&self, model: &Model) -> Result<Vec<Box<str>>> {
        let fields = model.settings().fields.iter();
        let needed: BTreeSet<&str> = fields
            .flat_map(|field| field.columns.iter().map(String::as_str))
            .collect();
        let known = self.columns();
        let absent: Vec<&str> = (needed.iter().copied())
            .filter(|column| !known.contains(*column))
            .collect();
        if absent.is_empty() || known.is_empty() {
            return Ok(needed.into_iter().map(Box::from).collect());
        }
        let known: Vec<&str> = known.iter().map(|column| &**column).collect();
        let message = format!(
            "the model reads `{}`, which nobody has; there are `{}`: train a model on these people",
            absent.join("`, `"),
            known.join("`, `")
        );
        Err(Error::new(ErrorKind::InvalidInput, message))
    }

    /// The traits that somebody has, and the kinds of identifiers.
    fn columns(&self) -> BTreeSet<Box<str>> {
        let state = self.state();
        let mut columns: BTreeSet<Box<str>> = BTreeSet::new();
        for person in state.identities.people() {
            let anchors = state.identities.anchors(person);
            let golden = state.profiles.golden(anchors, Timestamp::MAX);
            let identifiers = anchors.iter();
            let identifiers = identifiers.filter_map(|it| state.identities.identifier(*it));
            let kinds = identifiers.map(|it| it.kind().as_str());
            for name in golden.iter().map(|(name, _)| name).chain(kinds) {
                if !columns.contains(name) {
                    columns.insert(name.into());
                }
            }
        }
        columns
    }

    /// The table of these columns, with the person of each row.
    pub(super) fn table_of(&self, columns: &[&str]) -> Result<(PeopleTable, Vec<PersonIndex>)> {
        let state = self.state();
        let names: Vec<Box<str>> = columns.iter().map(|name| (*name).into()).collect();
        let mut builder = Records::builder(columns.iter().copied());
        let (mut identifiers, mut people) = (Vec::new(), Vec::new());
        for person in state.identities.people() {
            let Some(identifier) = super::strongest(&state.identities, person) else {
                continue;
            };
            let cells = self.cells_of(person, &names);
            builder.push(
                0,
                (0..).zip(&cells.0).map(|(column, text)| (column, &**text)),
            )?;
            identifiers.push(identifier.clone());
            people.push(person);
        }
        let records = builder.finish()?;
        let table = PeopleTable {
            records,
            identifiers,
        };
        Ok((table, people))
    }

    pub(super) fn cells_of(&self, person: PersonIndex, columns: &[Box<str>]) -> Cells {
        let state = self.state();
        let anchors = state.identities.anchors(person);
        let golden = state.profiles.golden(anchors, Timestamp::MAX);
        let identifiers = anchors.iter();
        let identifiers = identifiers.filter_map(|it| state.identities.identifier(*it));
        let mut identifiers: Vec<&Identifier> = identifiers.collect();
        identifiers.sort_unstable();
        let cells = columns.iter().map(|column| {
            if let Some(value) = golden.get(column) {
                return value.to_string().into();
            }
            let identifier = identifiers
                .iter()
                .find(|it| it.kind().as_str() == &**column);
            identifier.map_or_else(Box::default, |it| it.value().into())
        });
        Cells(cells.collect())
    }
}
