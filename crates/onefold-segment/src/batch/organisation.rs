//! Organisations with their traits, and who belongs to them from when to when.
//!
//! Invariant: a membership names a person and an organisation of the table.

use super::{ids::Ids, table::TraitColumn};

#[derive(Debug, Default)]
pub(crate) struct Organisations {
    pub(crate) ids: Ids,
    pub(crate) traits: Vec<TraitColumn>,
    pub(crate) memberships: Vec<Belongs>,
}

/// One membership, `[from, to)` in microseconds.
#[derive(Debug, Clone)]
pub(crate) struct Belongs {
    pub(crate) person: u32,
    pub(crate) organisation: u32,
    pub(crate) role: Option<Box<str>>,
    pub(crate) from: i64,
    pub(crate) to: i64,
}

/// Whose memberships are looked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Side {
    /// The members of each organisation.
    Members,
    /// The organisations of each person.
    Organisations,
}

impl Organisations {
    /// For each organisation its members (or the other way round) at an instant, each once, ascending.
    pub(crate) fn at(
        &self,
        side: Side,
        role: Option<&str>,
        as_of: i64,
        len: usize,
    ) -> Vec<Vec<u32>> {
        let mut lists = vec![Vec::new(); len];
        let holds = |belongs: &&Belongs| {
            belongs.from <= as_of
                && as_of < belongs.to
                && role.is_none_or(|role| belongs.role.as_deref() == Some(role))
        };
        for belongs in self.memberships.iter().filter(holds) {
            let (of, other) = match side {
                Side::Members => (belongs.organisation, belongs.person),
                Side::Organisations => (belongs.person, belongs.organisation),
            };
            if let Some(list) = lists.get_mut(of as usize) {
                list.push(other);
            }
        }
        for list in &mut lists {
            list.sort_unstable();
            list.dedup();
        }
        lists
    }
}
