//! What the generator knows and the exports do not say: who was behind each line, and how many traps lie where.

use std::collections::BTreeMap;

/// The reception's address, given by many contacts.
pub(crate) const RECEPTION: &str = "info@kontor-linden.example";
/// What clerks type when there is no address.
pub(crate) const NO_REPLY: &str = "noreply@teehaus.example";
/// The tablet that stands in the shop.
pub(crate) const TABLET: &str = "tablet-laden-1";

/// The book the generator keeps while it writes.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// For each line that names somebody: the true person and the identifiers in it.
    sightings: Vec<(usize, Vec<String>)>,
    /// Counts by name: `web_events.lines`.
    counts: BTreeMap<String, i64>,
    /// Numbers of people, by what is true of them.
    groups: BTreeMap<String, Vec<usize>>,
}

impl Book {
    /// A line names this person by these identifiers (`kind:value`).
    pub(crate) fn saw(&mut self, person: usize, identifiers: Vec<String>) {
        let usable = |identifier: &String| {
            ![RECEPTION, NO_REPLY]
                .iter()
                .any(|shared| identifier.ends_with(shared))
        };
        let identifiers: Vec<String> = identifiers.into_iter().filter(usable).collect();
        if !identifiers.is_empty() {
            self.sightings.push((person, identifiers));
        }
    }

    /// So many more of this.
    pub(crate) fn add(&mut self, what: &str, more: i64) {
        *self.counts.entry(what.to_owned()).or_default() += more;
    }

    /// How many of this there are.
    pub(crate) fn count(&self, what: &str) -> i64 {
        self.counts.get(what).copied().unwrap_or_default()
    }

    /// This is true of this person.
    pub(crate) fn note(&mut self, what: &str, person: usize) {
        self.groups.entry(what.to_owned()).or_default().push(person);
    }

    /// All counts by name.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&str, i64)> {
        self.counts
            .iter()
            .map(|(what, count)| (what.as_str(), *count))
    }

    /// All groups by name.
    pub(crate) fn groups(&self) -> impl Iterator<Item = (&str, &[usize])> {
        self.groups
            .iter()
            .map(|(what, people)| (what.as_str(), people.as_slice()))
    }

    /// The identifiers of each person, and how many pieces of each nobody can join, for want of a link.
    pub(crate) fn people(&self) -> BTreeMap<usize, Vec<Vec<String>>> {
        let mut people: BTreeMap<usize, Vec<Vec<String>>> = BTreeMap::new();
        for (person, identifiers) in &self.sightings {
            join(people.entry(*person).or_default(), identifiers);
        }
        people
    }
}

/// Adds one sighting to the pieces of a person: every piece it touches becomes one with it.
fn join(pieces: &mut Vec<Vec<String>>, identifiers: &[String]) {
    let touches = |piece: &Vec<String>| piece.iter().any(|known| identifiers.contains(known));
    let (touched, mut apart): (Vec<_>, Vec<_>) = pieces.drain(..).partition(touches);
    let mut whole: Vec<String> = touched
        .into_iter()
        .flatten()
        .chain(identifiers.iter().cloned())
        .collect();
    whole.sort_unstable();
    whole.dedup();
    apart.push(whole);
    *pieces = apart;
}
