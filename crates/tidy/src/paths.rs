//! Nothing in the tree names a place that exists on one machine only.

use crate::{Problem, Tree};

/// First folders of absolute paths that are somebody's own.
const FOLDERS: [&str; 5] = ["home", "root", "work", "Users", "mnt"];

/// Lines that name such a path.
pub fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, text) in tree.files() {
        for (index, line) in text.lines().enumerate() {
            if let Some(found) = machine_path(line) {
                let message = format!("names a place on one machine: `{found}`");
                problems.push(Problem::in_line(path, index + 1, message));
            }
        }
    }
    problems
}

fn machine_path(line: &str) -> Option<String> {
    for (place, _) in line.match_indices('/') {
        // A slash within a longer path or an address begins nothing.
        let before = line.get(..place).and_then(|text| text.chars().next_back());
        if before.is_some_and(|letter| letter.is_alphanumeric() || "./_-}~".contains(letter)) {
            continue;
        }
        let rest = line.get(place + 1..).unwrap_or_default();
        let (folder, below) = rest.split_once('/').unwrap_or_default();
        if FOLDERS.contains(&folder) && below.starts_with(|letter: char| letter.is_alphanumeric()) {
            let below =
                below.split(|letter: char| !(letter.is_alphanumeric() || "._-/".contains(letter)));
            return Some(format!(
                "/{folder}/{}",
                below.clone().next().unwrap_or_default()
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::told;

    #[test]
    fn places_on_one_machine_are_found() {
        for folder in FOLDERS {
            let text = format!("fine\nsee \"/{folder}/ann/data\" for more");
            assert_eq!(
                told(&check(&Tree::of(&[("docs/a.md", &text)]))),
                [format!(
                    "docs/a.md:2: names a place on one machine: `/{folder}/ann/data`"
                )]
            );
        }
    }

    #[test]
    fn other_slashes_are_fine() {
        let text = "https://a.example/home/x ./work/x ../root/x $HOME/.cache/x /usr/bin/env and/or /home ~/work/x";
        assert!(check(&Tree::of(&[("a.md", text)])).is_empty());
    }
}
