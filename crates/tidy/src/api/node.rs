//! A line of a snapshot and the lines under it.
//!
//! Invariant: a snapshot reads back as the lines it was written from, each with those it stands under.

use std::fmt::Write as _;

/// A line and what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Node {
    pub(super) line: String,
    pub(super) under: Vec<Node>,
}

impl Node {
    pub(super) fn new(line: impl Into<String>, under: Vec<Node>) -> Self {
        let line = line.into();
        Self { line, under }
    }

    pub(super) fn leaf(line: impl Into<String>) -> Self {
        Self::new(line, Vec::new())
    }

    fn attributes(&self) -> impl Iterator<Item = &Self> {
        self.under.iter().filter(|node| node.line.starts_with("#["))
    }
}

/// Sorted, with equal lines made one: two `impl` blocks of one type in one module read as one, unless
/// they are there under different conditions.
pub(super) fn sorted(mut nodes: Vec<Node>) -> Vec<Node> {
    nodes.sort_by(|a, b| a.line.cmp(&b.line));
    let mut merged: Vec<Node> = Vec::new();
    for node in nodes {
        match merged.last_mut() {
            Some(last) if last.line == node.line && last.attributes().eq(node.attributes()) => {
                last.under.extend(node.under);
                last.under.sort();
                last.under.dedup();
            }
            _ => merged.push(node),
        }
    }
    merged
}

/// The lines as text, two spaces deeper for each level.
pub(super) fn written(nodes: &[Node]) -> String {
    let mut out = String::new();
    write_below(&mut out, nodes, 0);
    out
}

fn write_below(out: &mut String, nodes: &[Node], depth: usize) {
    for node in nodes {
        if depth == 0 {
            out.push('\n');
        }
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{:indent$}{}", "", node.line, indent = depth * 2);
        write_below(out, &node.under, depth + 1);
    }
}

/// Each line of a snapshot behind those that it stands under.
pub(super) fn placed(snapshot: &str) -> Vec<String> {
    let mut above: Vec<&str> = Vec::new();
    let mut lines = Vec::new();
    for line in snapshot.lines().filter(|line| !line.trim().is_empty()) {
        let text = line.trim_start();
        above.truncate((line.len() - text.len()) / 2);
        above.push(text);
        lines.push(above.join(" > "));
    }
    lines
}
