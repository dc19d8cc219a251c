//! Links in the documents lead somewhere: to a file of the tree, and to a heading that is there.

use crate::{Problem, Tree};

/// Links that lead nowhere, in `README.md`, `docs/`, `examples/` and `benches/`.
pub fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, text) in documents(tree) {
        for (line, target) in links(text) {
            if let Err(message) = resolve(tree, path, &target) {
                problems.push(Problem::in_line(path, line, message));
            }
        }
    }
    problems
}

/// Files that a document names in backticks, such as the test that keeps a promise, and that are gone.
pub fn gone(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, text) in documents(tree) {
        for (line, text) in prose(text) {
            let named = text.split('`').skip(1).step_by(2).filter(|named| {
                let ours = ["crates/", "examples/", "docs/", "benches/"];
                ours.iter().any(|folder| named.starts_with(folder))
                    && !named.contains(['*', ' ', '<'])
            });
            for named in named.filter(|named| !tree.has(named)) {
                problems.push(Problem::in_line(
                    path,
                    line,
                    format!("`{named}` is not there"),
                ));
            }
        }
    }
    problems
}

fn documents(tree: &Tree) -> impl Iterator<Item = (&str, &str)> {
    tree.ending(".md").filter(|(path, _)| {
        *path == "README.md"
            || ["docs/", "examples/", "benches/"]
                .iter()
                .any(|folder| path.starts_with(folder))
    })
}

fn resolve(tree: &Tree, from: &str, target: &str) -> Result<(), String> {
    if ["http://", "https://", "mailto:"]
        .iter()
        .any(|scheme| target.starts_with(scheme))
    {
        return Ok(());
    }
    let (file, heading) = target.split_once('#').unwrap_or((target, ""));
    let path = if file.is_empty() {
        Some(from.to_owned())
    } else {
        joined(from, file)
    };
    let Some(path) = path.filter(|path| path.is_empty() || tree.has(path)) else {
        return Err(format!("`{target}` leads nowhere"));
    };
    let document = tree.text(&path).filter(|_| path.ends_with(".md"));
    match document {
        Some(text)
            if !heading.is_empty() && !headings(text).iter().any(|known| known == heading) =>
        {
            Err(format!("`{path}` has no heading `#{heading}`"))
        }
        _ => Ok(()),
    }
}

/// The path of a link, seen from the root; none if it leaves the tree.
fn joined(from: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Targets of inline links and of link definitions, with their lines; code is left out.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (line, text) in prose(text) {
        let text = without_code(text);
        for piece in text.split("](").skip(1) {
            let target = piece.split([')', ' ']).next().unwrap_or_default();
            found.push((line, target.trim_matches(['<', '>']).to_owned()));
        }
        if let Some((label, target)) = text.split_once("]: ")
            && label.starts_with('[')
        {
            let target = target.split_whitespace().next().unwrap_or_default();
            found.push((line, target.trim_matches(['<', '>']).to_owned()));
        }
    }
    found
}

/// The lines outside of code blocks, counted from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        (!in_code && !fence).then_some((index + 1, line))
    })
}

fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("")
}

/// The names under which headings can be reached, as GitHub makes them.
fn headings(text: &str) -> Vec<String> {
    let lines = prose(text)
        .map(|(_, line)| line)
        .filter(|line| line.starts_with('#'));
    let name = |line: &str| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title
            .chars()
            .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
        kept.map(|letter| if letter == ' ' { '-' } else { letter })
            .collect()
    };
    lines.map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::told;

    fn check_readme(text: &str) -> Vec<String> {
        let guide = "# The guide\n## 1. What's `new`?\n```sh\n# no heading\n```\n";
        told(&check(&Tree::of(&[
            ("README.md", text),
            ("docs/guide.md", guide),
            ("src/lib.md", "[x](nowhere)"),
        ])))
    }

    #[test]
    fn good_links_resolve() {
        let text = "# Top\n[a](docs/guide.md) [b](docs/) [c](#top) [d](docs/guide.md#1-whats-new) [e](https://a.example)\n[f]: docs/guide.md\n";
        assert_eq!(check_readme(text), Vec::<String>::new());
    }

    #[test]
    fn bad_links_are_found() {
        let text = "[a](docs/gone.md)\n[b](#gone) [c](docs/guide.md#no-heading \"title\")\n[d]: ../outside.md\n";
        assert_eq!(
            check_readme(text),
            [
                "README.md:1: `docs/gone.md` leads nowhere",
                "README.md:2: `README.md` has no heading `#gone`",
                "README.md:2: `docs/guide.md` has no heading `#no-heading`",
                "README.md:3: `../outside.md` leads nowhere",
            ]
        );
    }

    #[test]
    fn named_files_are_there() {
        let text = "`crates/a/src/lib.rs` `crates/a/tests` `crates/*/b`\n`crates/a/gone.rs: x` `examples/gone.rs`\n";
        let tree = Tree::of(&[
            ("docs/a.md", text),
            ("crates/a/src/lib.rs", ""),
            ("crates/a/tests/it.rs", ""),
        ]);
        assert_eq!(
            told(&gone(&tree)),
            ["docs/a.md:2: `examples/gone.rs` is not there"]
        );
    }

    #[test]
    fn code_holds_no_links() {
        let text = "`a[0](gone)`\n```rust\nlet x = y[0](gone);\n```\n";
        assert_eq!(check_readme(text), Vec::<String>::new());
    }
}
