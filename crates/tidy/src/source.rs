//! Rust files: they open with what they are, stay short, and no file is called `mod.rs`.

use crate::{Problem, Tree, rust};

/// The longest file.
pub const FILE_LINES_MAX: usize = 500;
/// The longest function.
pub const FUNCTION_LINES_MAX: usize = 70;
/// How a file says what it is. The front page of a crate is a file of its own.
const OPENINGS: [&str; 2] = ["//!", "#![doc = include_str!("];

/// Rust files that open neither with `//!` nor with a page of documentation.
pub fn undocumented(tree: &Tree) -> Vec<Problem> {
    let opens = |text: &str| OPENINGS.iter().any(|opening| text.starts_with(opening));
    let files = house_files(tree).filter(|(_, text)| !opens(text));
    files
        .map(|(path, _)| {
            Problem::in_line(path, 1, "does not open with `//!`: say what the file is")
        })
        .collect()
}

/// Files and functions that are too long.
pub fn too_long(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, text) in house_files(tree) {
        let lines = text.lines().count();
        if lines > FILE_LINES_MAX {
            let message = format!("has {lines} lines, {FILE_LINES_MAX} are allowed");
            problems.push(Problem::in_file(path, message));
        }
        for function in rust::functions(text) {
            if function.lines > FUNCTION_LINES_MAX {
                let (name, lines) = (&function.name, function.lines);
                let message =
                    format!("`{name}` has {lines} lines, {FUNCTION_LINES_MAX} are allowed");
                problems.push(Problem::in_line(path, function.line, message));
            }
        }
    }
    problems
}

/// Files called `mod.rs`, outside of `tests/` too.
pub fn named_mod(tree: &Tree) -> Vec<Problem> {
    tree.ending("/mod.rs")
        .map(|(path, _)| Problem::in_file(path, "is a `mod.rs`: write `name.rs` beside `name/`"))
        .collect()
}

/// Rust files of the house. What `trybuild` compiles is data: it shows what a user might write.
fn house_files(tree: &Tree) -> impl Iterator<Item = (&str, &str)> {
    tree.ending(".rs").filter(|(path, _)| {
        !["/tests/data/", "/tests/compile/", "/tests/ui/"]
            .iter()
            .any(|data| path.contains(data))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::told;

    #[test]
    fn files_open_with_what_they_are() {
        let tree = Tree::of(&[
            ("crates/a/src/lib.rs", "//! A.\n"),
            (
                "crates/a/src/page.rs",
                "#![doc = include_str!(\"page.md\")]\n",
            ),
            ("crates/a/src/b.rs", "use std::fmt;\n//! Too late.\n"),
            ("crates/a/tests/data/bad.rs", "fn main() {}"),
        ]);
        assert_eq!(
            told(&undocumented(&tree)),
            ["crates/a/src/b.rs:1: does not open with `//!`: say what the file is"]
        );
    }

    #[test]
    fn length_is_limited() {
        let short = format!("fn a() {{\n{}}}\n", "a();\n".repeat(FUNCTION_LINES_MAX - 2));
        assert!(too_long(&Tree::of(&[("src/a.rs", &short)])).is_empty());
        let long = format!(
            "\nfn a() {{\n{}}}\n",
            "a();\n".repeat(FUNCTION_LINES_MAX - 1)
        );
        assert_eq!(
            told(&too_long(&Tree::of(&[("src/a.rs", &long)]))),
            ["src/a.rs:2: `a` has 71 lines, 70 are allowed"]
        );
        let file = "\n".repeat(FILE_LINES_MAX + 1);
        assert_eq!(
            told(&too_long(&Tree::of(&[("src/a.rs", &file)]))),
            ["src/a.rs: has 501 lines, 500 are allowed"]
        );
    }

    #[test]
    fn mod_files_are_found() {
        let tree = Tree::of(&[("crates/a/src/b/mod.rs", ""), ("crates/a/src/model.rs", "")]);
        assert_eq!(named_mod(&tree).len(), 1);
    }
}
