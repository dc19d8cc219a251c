//! `README.md` beside the data: what each file is, and which traps lie in it, with their numbers.

use crate::book::Book;
use crate::text::decimal;

const TEMPLATE: &str = include_str!("readme.md");

/// The file: the template with each `{{name}}` replaced by what the book counted.
pub(crate) fn readme(seed: u64, book: &Book) -> Vec<u8> {
    let pieces = book.people();
    let joinable: usize = pieces.values().map(Vec::len).sum();
    let mut text = TEMPLATE.replace("{{seed}}", &seed.to_string());
    text = text.replace("{{people_seen}}", &pieces.len().to_string());
    text = text.replace("{{people_joinable}}", &joinable.to_string());
    for (what, count) in book.counts() {
        text = text.replace(&format!("{{{{{what}}}}}"), &count.to_string());
        // A name that ends in `_cents` is written as an amount where the template leaves that end off.
        if let Some(amount) = what.strip_suffix("_cents") {
            text = text.replace(&format!("{{{{{amount}}}}}"), &decimal(count));
        }
    }
    for (what, people) in book.groups() {
        text = text.replace(&format!("{{{{{what}}}}}"), &people.len().to_string());
    }
    text.into_bytes()
}
