//! The public API of each crate as text in `docs/api/`, so that a change to it is seen and read.
//!
//! The lines are made from the sources, because stable Rust does not give out what rustdoc knows.
//! They stand under the path of the file that declares them, private modules too: the workspace has
//! the lint `unreachable_pub` on, so whatever is `pub` without limits can be reached from outside, and
//! the `pub use` lines say under which name.
//!
//! What this cannot see: what `derive` and macros of other crates make, automatic traits such as
//! `Send`, what the body of a method means, and what stands behind a re-exported name of another
//! crate. Of macros of the same crate it lists what they make with `$names`, and their calls. Types
//! are written as in the source, so two types of one name look alike; an `impl` whose head has the
//! name of a private type of the crate counts as private.
//!
//! Invariant: a snapshot depends on the sources alone, and is sorted where order has no meaning.

mod item;
mod listing;
mod node;
mod outline;
mod text;

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::{Problem, Tree};

/// What renews the snapshots.
pub const RENEW: &str = "ONEFOLD_BLESS=1 cargo test -p tidy";

const FOLDER: &str = "docs/api/";

/// The snapshots as the sources want them: path and text of each.
pub fn snapshots(tree: &Tree) -> BTreeMap<String, String> {
    let crates = tree.crate_manifests().filter_map(|(path, manifest)| {
        let name = published(manifest)?;
        let source = path.replace("Cargo.toml", "src/");
        let lines = node::written(&listing::list(tree, &source, &name));
        Some((
            format!("{FOLDER}{name}.txt"),
            format!("{}{lines}", opening(&name)),
        ))
    });
    crates.collect()
}

/// Snapshots that differ from the sources, are missing, or are of no crate.
pub fn check(tree: &Tree) -> Vec<Problem> {
    let wanted = snapshots(tree);
    let differing = wanted.iter().filter_map(|(path, wanted)| {
        let message = match tree.text(path) {
            Some(there) => difference(there, wanted)?,
            None => format!("is not there: write it with `{RENEW}`"),
        };
        Some(Problem::in_file(path, message))
    });
    let left = tree
        .files()
        .filter(|(path, _)| path.starts_with(FOLDER) && !wanted.contains_key(*path))
        .map(|(path, _)| Problem::in_file(path, "is of no published crate: remove it"));
    differing.chain(left).collect()
}

fn opening(name: &str) -> String {
    format!(
        "# Public API of `{name}`. Renew with: {RENEW}\n\
         # What is `#[doc(hidden)]` is no API and is not listed.\n"
    )
}

/// The name of a crate that is published.
fn published(manifest: &str) -> Option<String> {
    let manifest = manifest.parse::<Table>().ok()?;
    let package = manifest.get("package")?;
    let kept = package.get("publish").and_then(Value::as_bool) == Some(false);
    let name = package.get("name")?.as_str()?;
    (!kept).then(|| name.to_owned())
}

/// The lines that are on one side only, and how to renew; none if the two are equal.
fn difference(there: &str, wanted: &str) -> Option<String> {
    if there == wanted {
        return None;
    }
    let mut counts: BTreeMap<String, i32> = BTreeMap::new();
    for line in node::placed(wanted) {
        *counts.entry(line).or_default() += 1;
    }
    for line in node::placed(there) {
        *counts.entry(line).or_default() -= 1;
    }
    let lines: String = counts
        .into_iter()
        .filter(|(_, count)| *count != 0)
        .map(|(line, count)| format!("\n    {} {line}", if count > 0 { '+' } else { '-' }))
        .collect();
    let lines = if lines.is_empty() {
        "\n    the order of the lines differs".to_owned()
    } else {
        lines
    };
    let told = "differs from the sources: read the lines, then renew it with";
    Some(format!("{told} `{RENEW}`{lines}"))
}

#[cfg(test)]
mod tests;
