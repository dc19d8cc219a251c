//! Short forms and spellings of given names, as data in nine languages.
//!
//! Invariant: a root is its own root, so `nickname_root` of its own result changes nothing.

use std::{collections::HashMap, sync::OnceLock};

use smallvec::SmallVec;

use super::words::entries;

/// Each list with its name; in case of doubt the earlier list decides.
pub(super) const LISTS: [(&str, &str); 9] = [
    ("nicknames_en", include_str!("data/nicknames_en.txt")),
    ("nicknames_de", include_str!("data/nicknames_de.txt")),
    ("nicknames_es", include_str!("data/nicknames_es.txt")),
    ("nicknames_fr", include_str!("data/nicknames_fr.txt")),
    ("nicknames_it", include_str!("data/nicknames_it.txt")),
    ("nicknames_nl", include_str!("data/nicknames_nl.txt")),
    ("nicknames_pl", include_str!("data/nicknames_pl.txt")),
    ("nicknames_ru", include_str!("data/nicknames_ru.txt")),
    ("nicknames_ar", include_str!("data/nicknames_ar.txt")),
];

/// One full name for a given name: `peggy` is `margaret`, `mohammed` is `mohamed`; an unknown name is itself.
///
/// The name must be [folded](super::fold). A short form of several names (`alex`) gets the first of them, so two
/// forms of one name need not share a root: [`are_nicknames`] knows all. One look-up.
///
/// ```
/// # use onefold_identity::text::nickname_root;
/// assert_eq!(nickname_root("bill"), "william");
/// assert_eq!(nickname_root("xanthippe"), "xanthippe");
/// ```
#[must_use]
pub fn nickname_root(name: &str) -> &str {
    let table = table();
    let Some(groups) = table.groups.get(name) else {
        return name;
    };
    let roots = groups
        .iter()
        .filter_map(|group| table.roots.get(usize::from(*group)));
    let mut roots = roots.copied();
    match roots.clone().any(|root| root == name) {
        true => name,
        false => roots.next().unwrap_or(name),
    }
}

/// Whether two given names are forms of one name: `bill` and `will`, `sasha` and `aleksandr`, a name and itself.
///
/// Both must be [folded](super::fold). Not transitive: `alex` is `alexandra` and `alexander`, which are two. Two
/// look-ups.
///
/// ```
/// # use onefold_identity::text::are_nicknames;
/// assert!(are_nicknames("bill", "william") && are_nicknames("bill", "will"));
/// assert!(!are_nicknames("alexander", "albert"));
/// ```
#[must_use]
pub fn are_nicknames(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let groups = &table().groups;
    let (Some(of_a), Some(of_b)) = (groups.get(a), groups.get(b)) else {
        return false;
    };
    of_a.iter().any(|group| of_b.contains(group))
}

/// The lines of the lists in which a name stands; forms of one name share one.
pub(crate) fn nickname_lists(name: &str) -> impl Iterator<Item = u16> {
    let groups = table().groups.get(name);
    groups.into_iter().flatten().copied()
}

struct Table {
    roots: Vec<&'static str>,
    /// The lines in which a name stands, as places in `roots`, in order.
    groups: HashMap<&'static str, SmallVec<[u16; 4]>>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let (mut roots, mut groups) = (Vec::new(), HashMap::new());
        for (root, names) in LISTS.iter().flat_map(|(_, text)| entries(text)) {
            let group = u16::try_from(roots.len()).unwrap_or(u16::MAX);
            roots.push(root);
            for name in names.split(' ').chain([root]) {
                let of_name: &mut SmallVec<[u16; 4]> = groups.entry(name).or_default();
                of_name.push(group);
            }
        }
        Table { roots, groups }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs() {
        let check = |a: &str, b: &str, expected: bool| {
            assert_eq!(are_nicknames(a, b), expected, "{a} {b}");
            assert_eq!(are_nicknames(b, a), expected, "{b} {a}");
        };
        check("elizabeth", "betty", true);
        check("robert", "bob", true);
        check("peggy", "maggie", true);
        check("hans", "johannes", true);
        check("paco", "francisco", true);
        check("guillaume", "william", true);
        check("gigi", "luigi", true);
        check("kees", "cornelis", true);
        check("malgorzata", "gosia", true);
        check("misha", "mikhail", true);
        check("muhammad", "mohamed", true);
        check("youssef", "yusuf", true);
        check("anna", "bob", false);
        check("alexander", "albert", false);
        check("", "", true);
        check("", "anna", false);
    }

    #[test]
    fn there_are_many_and_roots_are_final() {
        let count = |(_, text): &(&str, &'static str)| -> usize {
            entries(text)
                .map(|(_, names)| names.split(' ').count())
                .sum()
        };
        assert!(count(&LISTS[0]) >= 500);
        assert!(LISTS.iter().all(|list| count(list) >= 100));
        assert!(table().roots.len() < usize::from(u16::MAX));
        for name in table().groups.keys() {
            let root = nickname_root(name);
            assert_eq!(nickname_root(root), root, "{name}");
            assert!(are_nicknames(name, root), "{name}");
        }
    }
}
