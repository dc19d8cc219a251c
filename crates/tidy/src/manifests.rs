//! Manifests: reasons beside dependencies, pins between crates, lints everywhere; the README's two commands.

use toml::{Table, Value};

use crate::{Problem, Tree};

/// What a newcomer types: the main job, and the tests.
const COMMANDS: [&str; 2] = ["cargo run --release --example quickstart", "cargo test"];

/// Dependencies of the root manifest that have no reason above them or their group.
pub fn unreasoned(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    let (mut in_dependencies, mut reasoned) = (false, false);
    for (index, line) in tree
        .text("Cargo.toml")
        .unwrap_or_default()
        .lines()
        .enumerate()
    {
        let begins = line.starts_with(|letter: char| letter.is_alphanumeric() || letter == '"');
        if line.starts_with('[') {
            in_dependencies = line.contains("dependencies");
            reasoned = false;
        } else if line.starts_with('#') {
            reasoned = true;
        } else if line.trim().is_empty() {
            // An empty line ends a group.
            reasoned = false;
        } else if in_dependencies && begins && !reasoned {
            let name = line.split(['=', '.']).next().unwrap_or_default().trim();
            let message = format!("`{name}` has no reason above it or its group");
            problems.push(Problem::in_line("Cargo.toml", index + 1, message));
        }
    }
    problems
}

/// Crates of the house that are not pinned to one version with `=`.
pub fn unpinned(tree: &Tree) -> Vec<Problem> {
    let root = tree.text("Cargo.toml").unwrap_or_default();
    let root = root.parse::<Table>().unwrap_or_default();
    let workspace = root.get("workspace");
    let version =
        workspace.and_then(|workspace| workspace.get("package")?.get("version")?.as_str());
    let wanted = format!("={}", version.unwrap_or_default());
    let lines = workspace.and_then(|workspace| workspace.get("dependencies")?.as_table());
    let lines = lines
        .into_iter()
        .flatten()
        .filter(|(name, _)| name.starts_with("onefold"));
    let wrong =
        lines.filter(|(_, line)| line.get("version").and_then(Value::as_str) != Some(&wanted));
    wrong
        .map(|(name, _)| {
            Problem::in_file(
                "Cargo.toml",
                format!("`{name}` is not pinned to `{wanted}`"),
            )
        })
        .collect()
}

/// Packages that do not take the lints of the workspace.
pub fn unlinted(tree: &Tree) -> Vec<Problem> {
    let takes = |text: &str| {
        let manifest = text.parse::<Table>().unwrap_or_default();
        let lints = manifest
            .get("lints")
            .and_then(|lints| lints.get("workspace"));
        lints.and_then(Value::as_bool) == Some(true)
    };
    tree.ending("/Cargo.toml")
        .filter(|(_, text)| !takes(text))
        .map(|(path, _)| Problem::in_file(path, "does not take `[lints] workspace = true`"))
        .collect()
}

/// The README must name the two commands.
pub fn commands(tree: &Tree) -> Vec<Problem> {
    let readme = tree.text("README.md").unwrap_or_default();
    let missing = COMMANDS
        .iter()
        .filter(|command| !readme.contains(**command));
    missing
        .map(|command| Problem::in_file("README.md", format!("does not name `{command}`")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::told;

    #[test]
    fn dependencies_have_reasons() {
        let root = "[workspace.dependencies]\n# Columns.\narrow = \"59\"\nparquet = \"59\"\n\nserde = \"1\"\n";
        assert_eq!(
            told(&unreasoned(&Tree::of(&[("Cargo.toml", root)]))),
            ["Cargo.toml:6: `serde` has no reason above it or its group"]
        );
    }

    #[test]
    fn crates_are_pinned() {
        let root = "[workspace.package]\nversion = \"0.1.0\"\n[workspace.dependencies]\nserde = \"1\"\nonefold = { version = \"0.1.0\" }\nonefold-event = { version = \"=0.1.0\" }\n";
        assert_eq!(
            told(&unpinned(&Tree::of(&[("Cargo.toml", root)]))),
            ["Cargo.toml: `onefold` is not pinned to `=0.1.0`"]
        );
    }

    #[test]
    fn lints_are_taken() {
        let tree = Tree::of(&[
            ("crates/a/Cargo.toml", "[lints]\nworkspace = true\n"),
            ("crates/b/Cargo.toml", "[package]\nname = \"b\"\n"),
        ]);
        assert_eq!(
            told(&unlinted(&tree)),
            ["crates/b/Cargo.toml: does not take `[lints] workspace = true`"]
        );
    }

    #[test]
    fn commands_are_named() {
        let tree = Tree::of(&[("README.md", "Run `cargo test`.")]);
        assert_eq!(
            told(&commands(&tree)),
            ["README.md: does not name `cargo run --release --example quickstart`"]
        );
        assert_eq!(commands(&Tree::default()).len(), 2);
    }
}
