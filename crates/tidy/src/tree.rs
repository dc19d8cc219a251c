//! The files of a tree, by their path from its root, and what a check finds wrong with them.
//!
//! Invariant: paths use `/` and are sorted, so a report reads the same on every machine.

use std::{collections::BTreeMap, fmt, fs, io, path::Path};

/// Folders that are not part of the house.
const SKIPPED: [&str; 2] = [".git", "target"];

/// Files by path; what is not UTF-8 is kept with the odd bytes replaced.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// A tree made of these files, for trying out a check.
    ///
    /// ```
    /// let tree = tidy::Tree::of(&[("README.md", "# House")]);
    /// assert_eq!(tree.text("README.md"), Some("# House"));
    /// ```
    pub fn of(files: &[(&str, &str)]) -> Self {
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        Self {
            files: files.iter().map(owned).collect(),
        }
    }

    /// The tree below this folder, without `.git` and `target`.
    ///
    /// # Errors
    /// If a folder or file cannot be read.
    pub fn read(root: &Path) -> io::Result<Self> {
        let mut tree = Self::default();
        tree.read_below(root, "")?;
        Ok(tree)
    }

    /// The text of one file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Every file: path and text, sorted by path.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The files whose names end so.
    pub fn ending(&self, end: &str) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(move |(path, _)| path.ends_with(end))
    }

    /// The manifests of `crates/*`.
    pub fn crate_manifests(&self) -> impl Iterator<Item = (&str, &str)> {
        self.ending("/Cargo.toml")
            .filter(|(path, _)| path.starts_with("crates/") && path.matches('/').count() == 2)
    }

    /// Whether a file lies at this path, or a folder with a file in it.
    pub fn has(&self, path: &str) -> bool {
        let folder = format!("{}/", path.trim_end_matches('/'));
        self.files.contains_key(path) || self.files.keys().any(|file| file.starts_with(&folder))
    }

    fn read_below(&mut self, folder: &Path, place: &str) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if SKIPPED.contains(&name.as_str()) {
                continue;
            }
            let path = format!("{place}{name}");
            let kind = entry.file_type()?;
            if kind.is_dir() {
                self.read_below(&entry.path(), &format!("{path}/"))?;
            } else if kind.is_file() {
                let bytes = fs::read(entry.path())?;
                let text = String::from_utf8_lossy(&bytes).into_owned();
                self.files.insert(path, text);
            }
        }
        Ok(())
    }
}

/// Something wrong: where, and what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    place: String,
    message: String,
}

impl Problem {
    /// This is wrong in this file.
    pub fn in_file(path: &str, message: impl Into<String>) -> Self {
        Self {
            place: path.to_owned(),
            message: message.into(),
        }
    }

    /// This is wrong in this line, counted from 1.
    pub fn in_line(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self {
            place: format!("{path}:{line}"),
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// The problems as text, one a line: what the samples beside each check compare.
#[cfg(test)]
pub(crate) fn told(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(Problem::to_string).collect()
}
