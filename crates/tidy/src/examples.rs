//! Examples: each file is declared, tested and listed.

use toml::{Table, Value};

use crate::{Problem, Tree};

const MANIFEST: &str = "examples/Cargo.toml";
const INDEX: &str = "examples/README.md";

/// Examples that are not declared with `test = true`, have no `fn runs()`, or are not in the index.
pub fn check(tree: &Tree) -> Vec<Problem> {
    let manifest = tree.text(MANIFEST).unwrap_or_default();
    let manifest = manifest.parse::<Table>().unwrap_or_default();
    let declared = manifest.get("example").and_then(Value::as_array);
    let declared: Vec<&Value> = declared.into_iter().flatten().collect();
    let index = tree.text(INDEX).unwrap_or_default();
    let mut problems = Vec::new();
    for (path, text) in files(tree) {
        let name = path.trim_start_matches("examples/").trim_end_matches(".rs");
        let same = |example: &&&Value| example.get("name").and_then(Value::as_str) == Some(name);
        let example = declared.iter().find(same);
        let tested = example
            .and_then(|example| example.get("test"))
            .and_then(Value::as_bool);
        if tested != Some(true) {
            let message = format!("is no `[[example]]` with `test = true` in `{MANIFEST}`");
            problems.push(Problem::in_file(path, message));
        }
        if !text.contains("fn runs()") {
            problems.push(Problem::in_file(path, "has no test `fn runs()`"));
        }
        if !index.contains(name) {
            problems.push(Problem::in_file(
                path,
                format!("is not listed in `{INDEX}`"),
            ));
        }
    }
    problems.extend(gone(tree, &declared));
    problems
}

/// Documents whose snippets are never compiled: `examples/lib.rs` includes the README and every chapter.
pub fn uncompiled(tree: &Tree) -> Vec<Problem> {
    let library = tree.text("examples/lib.rs").unwrap_or_default();
    let documents = tree.ending(".md").filter(|(path, text)| {
        (*path == "README.md" || path.starts_with("docs/guide/")) && text.contains("```rust")
    });
    documents
        .filter(|(path, _)| !library.contains(&format!("include_str!(\"../{path}\")")))
        .map(|(path, _)| {
            Problem::in_file(
                path,
                "has Rust in it and is not included by `examples/lib.rs`",
            )
        })
        .collect()
}

/// Declared examples whose file is not there.
fn gone(tree: &Tree, declared: &[&Value]) -> Vec<Problem> {
    let paths = declared
        .iter()
        .filter_map(|example| example.get("path").and_then(Value::as_str));
    let missing = paths.filter(|path| tree.text(&format!("examples/{path}")).is_none());
    missing
        .map(|path| Problem::in_file(MANIFEST, format!("`{path}` is not there")))
        .collect()
}

/// `examples/*.rs`, without the library that holds the guide's snippets.
fn files(tree: &Tree) -> impl Iterator<Item = (&str, &str)> {
    tree.ending(".rs").filter(|(path, _)| {
        path.starts_with("examples/")
            && path.matches('/').count() == 1
            && *path != "examples/lib.rs"
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::told;

    #[test]
    fn examples_are_declared_tested_and_listed() {
        let manifest = "[[example]]\nname = \"quickstart\"\npath = \"quickstart.rs\"\ntest = true\n[[example]]\nname = \"old\"\npath = \"old.rs\"\n";
        let tree = Tree::of(&[
            (MANIFEST, manifest),
            (INDEX, "- `quickstart`"),
            ("examples/lib.rs", ""),
            ("examples/quickstart.rs", "#[test] fn runs() {}"),
            ("examples/quickstart/part.rs", ""),
            ("examples/forgotten.rs", "fn main() {}"),
        ]);
        assert_eq!(
            told(&check(&tree)),
            [
                "examples/forgotten.rs: is no `[[example]]` with `test = true` in `examples/Cargo.toml`",
                "examples/forgotten.rs: has no test `fn runs()`",
                "examples/forgotten.rs: is not listed in `examples/README.md`",
                "examples/Cargo.toml: `old.rs` is not there",
            ]
        );
    }

    #[test]
    fn snippets_are_compiled() {
        let tree = Tree::of(&[
            ("README.md", "```rust\nlet a = 1;\n```"),
            ("docs/guide/1-begin.md", "```rust\nlet b = 1;\n```"),
            ("docs/guide/2-words.md", "no program here"),
            ("examples/lib.rs", "#[doc = include_str!(\"../README.md\")]"),
        ]);
        assert_eq!(
            told(&uncompiled(&tree)),
            ["docs/guide/1-begin.md: has Rust in it and is not included by `examples/lib.rs`"]
        );
    }
}
