//! The lines that one item has in a snapshot.
//!
//! Invariant: what is not public has no line, except in traits and their implementations, where
//! everything is as public as they are.

use std::ops::Range;

use super::{
    item::{self, Item},
    node::{Node, sorted},
    text::Text,
};

/// Nodes of an item: several for a `use` of several names, none for what is private.
pub(super) fn outline(text: &Text, item: &Item) -> Vec<Node> {
    if item.is_hidden() {
        return Vec::new();
    }
    match item.keyword.as_str() {
        "impl" => implementation(text, item).into_iter().collect(),
        "macro_rules!" => made_by_macro(text, item).into_iter().collect(),
        call if call.ends_with('!') => vec![Node::leaf(text.line(whole(item)))],
        _ if !item.public => Vec::new(),
        "use" => {
            let leaves = reexports(&line(text, item));
            leaves.into_iter().map(|name| told(item, name)).collect()
        }
        "struct" | "union" => vec![structure(text, item)],
        "enum" => vec![with(item, line(text, item), variants(text, item))],
        "trait" => vec![with(item, line(text, item), sorted(members(text, item)))],
        _ => vec![told(item, line(text, item))],
    }
}

fn line(text: &Text, item: &Item) -> String {
    let line = text.line(item.head.clone());
    // Whether a function changes what it was given is its own affair.
    let line = match item.keyword.as_str() {
        "fn" => line.replace("(mut ", "(").replace(", mut ", ", "),
        _ => line,
    };
    // The comma behind the last line of a `where`.
    line.strip_suffix(',').unwrap_or(&line).to_owned()
}

/// The item with its attributes, which come before what else stands under it.
fn with(item: &Item, line: String, under: Vec<Node>) -> Node {
    let attributes = item::noticed(&item.attributes).map(Node::leaf);
    Node::new(line, attributes.chain(under).collect())
}

fn told(item: &Item, line: String) -> Node {
    with(item, line, Vec::new())
}

fn whole(item: &Item) -> Range<usize> {
    let end = item
        .body
        .as_ref()
        .map_or(item.head.end, |body| body.end + 1);
    item.head.start..end
}

fn body_items(text: &Text, item: &Item) -> Vec<Item> {
    let body = item.body.clone();
    body.map_or_else(Vec::new, |body| item::items(text, body))
}

/// `pub use a::{b, c as d}` as one line for each name.
fn reexports(line: &str) -> Vec<String> {
    let Some((before, inside)) = line.split_once('{') else {
        return vec![line.to_owned()];
    };
    let inside = inside.strip_suffix('}').unwrap_or(inside);
    let list = Text::new(inside);
    let names = list.between_commas(list.all());
    let names = names
        .into_iter()
        .flat_map(|name| reexports(&list.line(name)));
    names.map(|name| format!("{before}{name}")).collect()
}

/// A struct with its public fields; private ones leave a mark, because with them only its own crate
/// can build it.
fn structure(text: &Text, item: &Item) -> Node {
    if let Some(body) = item.body.clone() {
        let fields = fields(text, body);
        let private = fields.iter().any(Option::is_none);
        let mark = private.then(|| Node::leaf(".. private fields"));
        let under = fields.into_iter().flatten().chain(mark).collect();
        return with(item, line(text, item), under);
    }
    let Some(open) = text.outside(item.head.clone(), |_, letter| letter == '(') else {
        return told(item, line(text, item));
    };
    let close = text.closing(open);
    let fields = fields(text, open + 1..close).into_iter();
    let fields: Vec<String> = fields
        .map(|field| field.map_or_else(|| "_".to_owned(), |field| field.line))
        .collect();
    let before = text.line(item.head.start..open);
    let after = text.line(close..item.head.end);
    told(item, format!("{before}({}{after}", fields.join(", ")))
}

/// Fields in their order, none for a private one.
fn fields(text: &Text, range: Range<usize>) -> Vec<Option<Node>> {
    let pieces = pieces(text, range).into_iter();
    pieces
        .map(|piece| piece.filter(|field| field.line.starts_with("pub ")))
        .collect()
}

/// Variants stay in their order: it decides how they compare.
fn variants(text: &Text, item: &Item) -> Vec<Node> {
    let pieces = item.body.clone().map(|body| pieces(text, body));
    pieces.into_iter().flatten().flatten().collect()
}

/// Fields or variants, none for a hidden one.
fn pieces(text: &Text, range: Range<usize>) -> Vec<Option<Node>> {
    let pieces = text.between_commas(range).into_iter();
    pieces
        .map(|piece| {
            let (attributes, start) = text.attributes(piece.start, piece.end);
            let under = item::noticed(&attributes).map(Node::leaf).collect();
            let hidden = item::hides(&attributes);
            (!hidden).then(|| Node::new(text.line(start..piece.end), under))
        })
        .collect()
}

/// What a trait asks for and what it provides.
fn members(text: &Text, item: &Item) -> Vec<Node> {
    let members = body_items(text, item).into_iter();
    members
        .filter(|member| !member.is_hidden())
        .map(|member| {
            // A method with a body may be left out by who implements the trait.
            let provided = if member.body.is_some() { " { .. }" } else { "" };
            told(&member, format!("{}{provided}", line(text, &member)))
        })
        .collect()
}

fn implementation(text: &Text, item: &Item) -> Option<Node> {
    let of_trait = text.outside(item.head.clone(), |place, _| {
        let (word, end) = text.word(place);
        let before = place.checked_sub(1).and_then(|before| text.at(before));
        // `for<'a>` binds a lifetime.
        word == "for" && before.is_some_and(char::is_whitespace) && text.at(end) != Some('<')
    });
    let items = body_items(text, item);
    let under: Vec<Node> = if of_trait.is_some() {
        let named = items
            .iter()
            .filter(|item| !item.is_hidden() && matches!(item.keyword.as_str(), "type" | "const"));
        named.map(|named| told(named, line(text, named))).collect()
    } else {
        items.iter().flat_map(|item| outline(text, item)).collect()
    };
    let says = of_trait.is_some() || !under.is_empty();
    says.then(|| with(item, line(text, item), sorted(under)))
}

/// What the arms of a macro make, with its `$names` as they stand.
fn made_by_macro(text: &Text, item: &Item) -> Option<Node> {
    let body = item.body.clone()?;
    let mut under = Vec::new();
    let mut pattern = text.solid(body.start, body.end);
    while pattern < body.end {
        let behind = text.closing(pattern) + 1;
        let arm = (behind..body.end).find(|place| matches!(text.at(*place), Some('{' | '(' | '[')));
        let Some(arm) = arm else { break };
        let close = text.closing(arm).min(body.end);
        let items = item::items(text, arm + 1..close);
        under.extend(items.iter().flat_map(|item| outline(text, item)));
        pattern = text.solid(close + 1, body.end);
        if text.at(pattern) == Some(';') {
            pattern = text.solid(pattern + 1, body.end);
        }
    }
    let line = format!("macro_rules! {}", item.name);
    (!under.is_empty()).then(|| Node::new(line, sorted(under)))
}
