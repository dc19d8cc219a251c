//! Rust text in two views: its shape, in which brackets and words can be trusted, and what it says.
//!
//! Invariant: both views have the same letters at the same places; the shape has spaces where the
//! other has strings, and neither has comments.

use std::ops::Range;

use crate::rust;

/// One file of Rust.
pub(super) struct Text {
    shape: Vec<char>,
    words: Vec<char>,
}

impl Text {
    pub(super) fn new(source: &str) -> Self {
        Self {
            shape: rust::blanked(source).chars().collect(),
            words: rust::uncommented(source).chars().collect(),
        }
    }

    pub(super) fn all(&self) -> Range<usize> {
        0..self.shape.len()
    }

    /// The letter of the shape here.
    pub(super) fn at(&self, place: usize) -> Option<char> {
        self.shape.get(place).copied()
    }

    /// The first place from here that is not a space.
    pub(super) fn solid(&self, from: usize, end: usize) -> usize {
        (from..end)
            .find(|place| {
                self.at(*place)
                    .is_some_and(|letter| !letter.is_whitespace())
            })
            .unwrap_or(end)
    }

    /// The word that begins here, and where it ends. `$name` of a macro is a word.
    pub(super) fn word(&self, from: usize) -> (String, usize) {
        let rest = self.shape.get(from..).unwrap_or_default();
        let is_part = |letter: &char| rust::is_word(*letter) || *letter == '$';
        let word: String = rest.iter().copied().take_while(is_part).collect();
        let end = from + word.chars().count();
        (word, end)
    }

    /// The bracket that closes the one that opens here; the end of the text if none does.
    pub(super) fn closing(&self, open: usize) -> usize {
        let mut depth = 0_usize;
        for place in open..self.shape.len() {
            match self.at(place) {
                Some('(' | '[' | '{') => depth += 1,
                Some(')' | ']' | '}') => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return place;
                    }
                }
                _ => {}
            }
        }
        self.shape.len()
    }

    /// The first place in the range that is outside of all brackets, angles too, and satisfies this.
    pub(super) fn outside(
        &self,
        range: Range<usize>,
        wanted: impl Fn(usize, char) -> bool,
    ) -> Option<usize> {
        let (mut place, mut angles, mut valued) = (range.start, 0_usize, false);
        while place < range.end {
            let letter = self.at(place)?;
            if angles == 0 && wanted(place, letter) {
                return Some(place);
            }
            let before = place.checked_sub(1).and_then(|before| self.at(before));
            match letter {
                '(' | '[' | '{' => place = self.closing(place),
                // Behind `=` stands a value, in which angles compare and shift.
                '=' if angles == 0 => valued = true,
                '<' if !valued => angles += 1,
                // An arrow closes nothing.
                '>' if !matches!(before, Some('-' | '=')) => angles = angles.saturating_sub(1),
                _ => {}
            }
            place += 1;
        }
        None
    }

    /// What stands between the commas of a list.
    pub(super) fn between_commas(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let mut pieces = Vec::new();
        let mut start = range.start;
        while start < range.end {
            let comma = self.outside(start..range.end, |_, letter| letter == ',');
            let end = comma.unwrap_or(range.end);
            if self.solid(start, end) < end {
                pieces.push(self.solid(start, end)..end);
            }
            start = end + 1;
        }
        pieces
    }

    /// The attributes that begin here, and where what they belong to begins.
    pub(super) fn attributes(&self, from: usize, end: usize) -> (Vec<String>, usize) {
        let mut found = Vec::new();
        let mut place = self.solid(from, end);
        while self.at(place) == Some('#') {
            let inner = self.at(place + 1) == Some('!');
            let close = self.closing(place).min(end);
            if !inner {
                found.push(self.line(place..close + 1));
            }
            place = self.solid(close + 1, end);
        }
        (found, place)
    }

    /// The words of a range as one line, without attributes within it.
    ///
    /// Line breaks are a matter of width only, so they leave no trace: neither the spaces inside of
    /// brackets nor the comma behind the last of a list. Several spaces within a string become one.
    pub(super) fn line(&self, range: Range<usize>) -> String {
        let mut line = String::new();
        let (mut place, mut space) = (range.start, false);
        while place < range.end {
            let letter = self.words.get(place).copied().unwrap_or(' ');
            let quoted = self.at(place) != Some(letter);
            if letter == '#' && !quoted && place > range.start && self.at(place + 1) == Some('[') {
                place = self.closing(place);
            } else if letter.is_whitespace() && !quoted {
                space = true;
            } else {
                if space {
                    join(&mut line, letter);
                }
                line.push(letter);
                space = false;
            }
            place += 1;
        }
        line
    }
}

/// Ends a line of text before this letter, where there was space between the two.
fn join(line: &mut String, next: char) {
    let closes = matches!(next, ')' | ']' | '}' | '>');
    let trailing = closes && line.ends_with(',');
    if trailing {
        line.pop();
    }
    // The angle of a list stands right behind its name, that of a comparison does not.
    let named = line
        .strip_suffix('<')
        .is_some_and(|before| before.ends_with(rust::is_word));
    let opened = named || line.ends_with(['(', '[']);
    let tight = matches!(next, ')' | ']' | ',' | ';' | '.') || trailing && next == '>';
    if !line.is_empty() && !opened && !tight {
        line.push(' ');
    }
}
