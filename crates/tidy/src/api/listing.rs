//! The public items of a crate, module by module.
//!
//! Invariant: a module is listed if and only if `mod` lines lead to it from `lib.rs` and none of
//! them is hidden.

use std::collections::BTreeSet;

use super::{
    item::{self, Item},
    node::{Node, sorted},
    outline::outline,
    text::Text,
};
use crate::{Tree, rust};

/// Everything public below this folder, which holds `lib.rs`.
pub(super) fn list(tree: &Tree, source: &str, name: &str) -> Vec<Node> {
    let mut listing = Listing {
        tree,
        modules: Vec::new(),
        private: BTreeSet::new(),
        public: BTreeSet::new(),
    };
    let root = Place {
        path: name.replace('-', "_"),
        folder: source.to_owned(),
    };
    listing.read(&format!("{source}lib.rs"), &root);
    listing.finish()
}

struct Listing<'a> {
    tree: &'a Tree,
    modules: Vec<(String, Vec<Node>)>,
    /// Modules and the private types and traits declared in them.
    private: BTreeSet<(String, String)>,
    /// Public types and traits of the whole crate.
    public: BTreeSet<String>,
}

/// A module: its path, and the folder of the modules below it.
struct Place {
    path: String,
    folder: String,
}

impl Place {
    fn below(&self, name: &str) -> Self {
        Self {
            path: format!("{}::{name}", self.path),
            folder: format!("{}{name}/", self.folder),
        }
    }
}

impl Listing<'_> {
    /// Reads a file; no file, no lines.
    fn read(&mut self, file: &str, place: &Place) -> Option<()> {
        let text = Text::new(self.tree.text(file)?);
        self.module(&text, item::items(&text, text.all()), place);
        Some(())
    }

    fn module(&mut self, text: &Text, items: Vec<Item>, place: &Place) {
        let mut nodes = Vec::new();
        for item in items {
            self.declare(&item, place);
            if item.keyword == "mod" && !item.is_hidden() {
                nodes.extend(self.below(text, &item, place));
            } else {
                nodes.extend(outline(text, &item));
            }
        }
        self.modules.push((place.path.clone(), nodes));
    }

    /// Reads the module that this item declares; its own line if it is public.
    fn below(&mut self, text: &Text, item: &Item, place: &Place) -> Option<Node> {
        let below = place.below(&item.name);
        let line = text.line(item.head.clone());
        let read = match item.body.clone() {
            Some(body) => {
                self.module(text, item::items(text, body), &below);
                Some(())
            }
            None => self.read(&format!("{}{}.rs", place.folder, item.name), &below),
        };
        match read {
            Some(()) => item.public.then(|| {
                Node::new(
                    line,
                    item::noticed(&item.attributes).map(Node::leaf).collect(),
                )
            }),
            // The compiler finds it where this reader does not look, so the snapshot says so.
            None => Some(Node::leaf(format!(
                "{line} (not read: no file of its name)"
            ))),
        }
    }

    fn declare(&mut self, item: &Item, place: &Place) {
        if !matches!(
            item.keyword.as_str(),
            "struct" | "enum" | "union" | "trait" | "type"
        ) {
            return;
        }
        if item.public && !item.is_hidden() {
            self.public.insert(item.name.clone());
        } else {
            self.private.insert((place.path.clone(), item.name.clone()));
        }
    }

    /// The modules that have a line, without what concerns private types.
    fn finish(self) -> Vec<Node> {
        let elsewhere: BTreeSet<&str> = self
            .private
            .iter()
            .map(|(_, name)| name.as_str())
            .filter(|name| !self.public.contains(*name))
            .collect();
        let is_private = |path: &str, word: &str| {
            elsewhere.contains(word) || self.private.contains(&(path.to_owned(), word.to_owned()))
        };
        let macros: BTreeSet<&str> = self
            .modules
            .iter()
            .flat_map(|(_, nodes)| nodes)
            .filter_map(|node| node.line.strip_prefix("macro_rules! "))
            .collect();
        let mut listed = Vec::new();
        for (path, nodes) in &self.modules {
            let kept = nodes
                .iter()
                .filter_map(|node| without_calls(node, &macros))
                .filter(|node| {
                    !node.line.starts_with("impl")
                        || !words(&node.line).any(|word| is_private(path, word))
                });
            let kept = sorted(kept.collect());
            if !kept.is_empty() {
                listed.push(Node::new(format!("mod {path}"), kept));
            }
        }
        sorted(listed)
    }
}

/// Calls of macros count only where the macro makes something public.
fn without_calls(node: &Node, macros: &BTreeSet<&str>) -> Option<Node> {
    let called = node.line.split_once('!').map(|(name, _)| name);
    if called.is_some_and(|name| {
        name.chars().all(rust::is_word) && name != "macro_rules" && !macros.contains(name)
    }) {
        return None;
    }
    let under: Vec<Node> = node
        .under
        .iter()
        .filter_map(|node| without_calls(node, macros))
        .collect();
    // An `impl` that held such calls and nothing else.
    let emptied = under.is_empty() && !node.under.is_empty();
    (!emptied).then(|| Node::new(node.line.clone(), under))
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|letter| !rust::is_word(letter))
        .filter(|word| !word.is_empty())
}
