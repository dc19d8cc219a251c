//! The ring law: dependencies point to lower rings only, and examples see the facade alone.

use toml::{Table, Value};

use crate::{Problem, Tree};

/// Every crate of the house and its ring, as STYLE lists them.
const RINGS: [(&str, u8); 11] = [
    ("onefold-event", 0),
    ("onefold-identity", 1),
    ("onefold-profile", 1),
    ("onefold-segment", 1),
    ("onefold-insight", 1),
    ("onefold-journey", 1),
    ("onefold-consent", 1),
    ("onefold-store", 2),
    ("onefold-connect", 2),
    ("onefold-lake", 2),
    ("onefold", 3),
];
/// Packages that are never published and belong to no ring.
const OUTSIDE: [&str; 1] = ["tidy"];

/// Dependencies that point sideways or up.
pub fn check(tree: &Tree) -> Vec<Problem> {
    let crates = tree
        .crate_manifests()
        .flat_map(|(path, text)| check_crate(path, text));
    let guests = ["examples/Cargo.toml", "benches/Cargo.toml"];
    let guests = guests
        .iter()
        .filter_map(|path| Some((*path, tree.text(path)?)));
    crates
        .chain(guests.flat_map(|(path, text)| check_guest(path, text)))
        .collect()
}

fn check_crate(path: &str, text: &str) -> Vec<Problem> {
    let manifest = match text.parse::<Table>() {
        Ok(manifest) => manifest,
        Err(error) => return vec![Problem::in_file(path, format!("is not TOML: {error}"))],
    };
    let name = manifest
        .get("package")
        .and_then(|package| package.get("name"));
    let name = name.and_then(Value::as_str).unwrap_or_default();
    if OUTSIDE.contains(&name) {
        return Vec::new();
    }
    let folder = format!("crates/{name}/Cargo.toml");
    if path != folder {
        return vec![Problem::in_file(
            path,
            format!("holds `{name}`: the folder has the crate's name"),
        )];
    }
    let Some(own) = ring(name) else {
        let message = format!("`{name}` has no ring: give it one in `crates/tidy/src/rings.rs`");
        return vec![Problem::in_file(path, message)];
    };
    let mut problems = Vec::new();
    for (dependency, tests_only) in house_dependencies(&manifest) {
        let allowed = match ring(&dependency) {
            // A test may use a neighbour; it may not turn the house upside down.
            Some(theirs) if tests_only => theirs <= own,
            Some(theirs) => theirs < own,
            None => false,
        };
        if !allowed {
            let message = format!("ring {own} must not depend on `{dependency}`");
            problems.push(Problem::in_file(path, message));
        }
    }
    problems
}

/// What an example cannot reach, a user cannot: the facade is all they name.
fn check_guest(path: &str, text: &str) -> Vec<Problem> {
    let manifest = text.parse::<Table>().unwrap_or_default();
    let beyond = house_dependencies(&manifest)
        .into_iter()
        .filter(|(name, tests_only)| {
            // Benches measure single crates too; their dependencies are tools.
            name != "onefold" && !tests_only && path.starts_with("examples/")
        });
    beyond
        .map(|(name, _)| {
            Problem::in_file(path, format!("examples see the facade alone, not `{name}`"))
        })
        .collect()
}

fn ring(name: &str) -> Option<u8> {
    RINGS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, ring)| *ring)
}

/// Dependencies on crates of the house, and whether they are for tests only.
fn house_dependencies(manifest: &Table) -> Vec<(String, bool)> {
    let targets = manifest.get("target").and_then(Value::as_table);
    let targets = targets.into_iter().flat_map(|table| table.values());
    let places = targets.filter_map(Value::as_table).chain([manifest]);
    let mut found = Vec::new();
    for place in places {
        for (section, tests_only) in [
            ("dependencies", false),
            ("build-dependencies", false),
            ("dev-dependencies", true),
        ] {
            let Some(section) = place.get(section).and_then(Value::as_table) else {
                continue;
            };
            for (alias, line) in section {
                let name = line.get("package").and_then(Value::as_str).unwrap_or(alias);
                if name == "onefold" || name.starts_with("onefold-") {
                    found.push((name.to_owned(), tests_only));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::told;

    fn crate_with(name: &str, lines: &str) -> Vec<String> {
        let manifest = format!("[package]\nname = \"{name}\"\n{lines}");
        told(&check(&Tree::of(&[(
            &format!("crates/{name}/Cargo.toml"),
            &manifest,
        )])))
    }

    #[test]
    fn arrows_point_down() {
        let down = "[dependencies]\nonefold-event.workspace = true\nserde = \"1\"";
        assert!(crate_with("onefold-identity", down).is_empty());
        let sideways = "[dependencies]\nonefold-profile.workspace = true";
        assert_eq!(
            crate_with("onefold-identity", sideways),
            ["crates/onefold-identity/Cargo.toml: ring 1 must not depend on `onefold-profile`"]
        );
        let up =
            "[target.'cfg(unix)'.dependencies]\nhub = { package = \"onefold\", version = \"1\" }";
        assert_eq!(
            crate_with("onefold-store", up),
            ["crates/onefold-store/Cargo.toml: ring 2 must not depend on `onefold`"]
        );
    }

    #[test]
    fn tests_may_use_a_neighbour_and_not_the_facade() {
        let neighbour = "[dev-dependencies]\nonefold-profile.workspace = true";
        assert!(crate_with("onefold-identity", neighbour).is_empty());
        let facade = "[dev-dependencies]\nonefold.workspace = true";
        assert_eq!(crate_with("onefold-identity", facade).len(), 1);
    }

    #[test]
    fn strangers_and_wrong_folders_are_found() {
        assert_eq!(crate_with("onefold-magic", "").len(), 1);
        let tree = Tree::of(&[(
            "crates/store/Cargo.toml",
            "[package]\nname = \"onefold-store\"",
        )]);
        assert_eq!(check(&tree).len(), 1);
        let broken = Tree::of(&[("crates/onefold/Cargo.toml", "[package")]);
        assert_eq!(check(&broken).len(), 1);
    }

    #[test]
    fn examples_see_the_facade_alone() {
        let manifest = "[dependencies]\nonefold.workspace = true\nonefold-store.workspace = true";
        let tree = Tree::of(&[("examples/Cargo.toml", manifest)]);
        assert_eq!(
            told(&check(&tree)),
            ["examples/Cargo.toml: examples see the facade alone, not `onefold-store`"]
        );
    }
}
