//! Text made safe for HTML and SVG.
//!
//! Invariant: what comes out has no character that ends a text or an attribute, none that XML forbids, and
//! none that turns the direction of what stands behind it.

/// Text for the inside of an element or a quoted attribute.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(' '),
            letter if is_harmful(letter) => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
    out
}

/// Control characters, marks of direction, and what is no character in XML.
fn is_harmful(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            | '\u{fffe}' | '\u{ffff}'
        )
}

/// The first letters of a text, with a sign where some are left out; then [`escape`]d.
pub(super) fn shortened(text: &str, letters_max: usize) -> String {
    if text.chars().count() <= letters_max {
        return escape(text);
    }
    let kept: String = text.chars().take(letters_max.saturating_sub(1)).collect();
    format!("{}…", escape(kept.trim_end()))
}

/// Bits with a sign, one or two decimals, and a true minus.
pub(super) fn signed(bits: f64, decimals: usize) -> String {
    format!("{bits:+.decimals$}").replace('-', "\u{2212}")
}
