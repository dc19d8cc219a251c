//! One pass over the bytes of a JSON text: is all of it valid, and where does each value end?
//!
//! Invariant: a text that passed [`Scanner::value`] can be read in full later. That is stricter than
//! the grammar: nesting is limited, escaped surrogates come in pairs, and every number has a finite
//! magnitude. The bytes are UTF-8 already: the scanner is only built from a `str`.

/// How deep arrays and objects may lie in one another; the outermost counts as one.
pub(crate) const DEPTH_MAX: usize = 64;

/// Digits of a number that surely stays below the largest finite double (about 1.8e308).
const SURELY_FINITE_DIGITS: usize = 300;

/// Where a text stops being JSON, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flaw {
    pub(crate) at: usize,
    pub(crate) what: &'static str,
}

/// A reading position in a text.
#[derive(Debug, Clone)]
pub(crate) struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            bytes: text.as_bytes(),
            at: 0,
        }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    pub(crate) fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Moves over `byte` and the white space before it, if it comes next.
    #[inline]
    pub(crate) fn take(&mut self, byte: u8) -> bool {
        self.skip_space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    pub(crate) fn flaw(&self, what: &'static str) -> Flaw {
        Flaw { at: self.at, what }
    }

    /// Moves over one value. The white space before it is skipped, that after it is not.
    ///
    /// `depth` is how many arrays and objects lie around it.
    #[inline]
    pub(crate) fn value(&mut self, depth: usize) -> Result<(), Flaw> {
        self.skip_space();
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            Some(_) => Err(self.flaw("a value was expected")),
            None => Err(self.flaw("the text ends where a value was expected")),
        }
    }

    /// Demands that nothing but white space is left.
    pub(crate) fn end(&mut self) -> Result<(), Flaw> {
        self.skip_space();
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.flaw("something follows the value")),
        }
    }

    /// Moves over a key and its colon; the key starts with the quote that comes next.
    #[inline]
    pub(crate) fn key(&mut self) -> Result<(), Flaw> {
        self.skip_space();
        if self.peek() != Some(b'"') {
            return Err(self.flaw("a key in double quotes was expected"));
        }
        self.string()
    }

    #[inline]
    pub(crate) fn colon(&mut self) -> Result<(), Flaw> {
        match self.take(b':') {
            true => Ok(()),
            false => Err(self.flaw("a colon was expected")),
        }
    }

    /// After a member or item: `true` if another follows, `false` if `close` ended the list.
    #[inline]
    pub(crate) fn more(&mut self, close: u8) -> Result<bool, Flaw> {
        self.skip_space();
        let more = match self.peek() {
            Some(b',') => true,
            Some(byte) if byte == close => false,
            Some(_) => return Err(self.flaw("a comma or the end of the list was expected")),
            None => return Err(self.flaw("the text ends inside a list")),
        };
        self.at += 1;
        Ok(more)
    }

    /// Moves over an opening bracket: `false` if the list is empty, which is then passed whole.
    #[inline]
    pub(crate) fn open(&mut self, close: u8) -> bool {
        self.at += 1;
        !self.take(close)
    }

    fn object(&mut self, depth: usize) -> Result<(), Flaw> {
        self.check_depth(depth)?;
        let mut more = self.open(b'}');
        while more {
            self.key()?;
            self.colon()?;
            self.value(depth + 1)?;
            more = self.more(b'}')?;
        }
        Ok(())
    }

    fn array(&mut self, depth: usize) -> Result<(), Flaw> {
        self.check_depth(depth)?;
        let mut more = self.open(b']');
        while more {
            self.value(depth + 1)?;
            more = self.more(b']')?;
        }
        Ok(())
    }

    fn check_depth(&self, depth: usize) -> Result<(), Flaw> {
        match depth < DEPTH_MAX {
            true => Ok(()),
            false => Err(self.flaw("arrays and objects lie more than 64 deep")),
        }
    }

    fn word(&mut self, word: &'static [u8]) -> Result<(), Flaw> {
        let found = self.bytes.get(self.at..self.at + word.len());
        if found != Some(word) {
            return Err(self.flaw("a value was expected"));
        }
        self.at += word.len();
        Ok(())
    }

    #[inline]
    fn string(&mut self) -> Result<(), Flaw> {
        self.at += 1;
        loop {
            self.plain();
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(self.flaw("a control character in a text is not escaped")),
                None => return Err(self.flaw("the text ends inside a quoted text")),
            }
        }
    }

    /// Moves to the next quote, backslash or control character, eight bytes at a time.
    #[inline]
    fn plain(&mut self) {
        let mut rest = self.bytes.get(self.at..).unwrap_or_default();
        while let Some((chunk, tail)) = rest.split_first_chunk::<8>() {
            let marks = special_bytes(u64::from_le_bytes(*chunk));
            if marks != 0 {
                self.at += (marks.trailing_zeros() / 8) as usize;
                return;
            }
            self.at += 8;
            rest = tail;
        }
        let special = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte == b'\\';
        self.at += rest.iter().position(special).unwrap_or(rest.len());
    }

    #[cold]
    fn escape(&mut self) -> Result<(), Flaw> {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 2;
                Ok(())
            }
            Some(b'u') => self.unicode_escape(),
            _ => Err(self.flaw("an unknown escape in a text")),
        }
    }

    fn unicode_escape(&mut self) -> Result<(), Flaw> {
        let lone = "an escaped surrogate has no partner";
        match self.code_unit(self.at) {
            None => Err(self.flaw("four hexadecimal digits were expected after `\\u`")),
            Some(0xdc00..=0xdfff) => Err(self.flaw(lone)),
            Some(0xd800..=0xdbff) => match self.code_unit(self.at + 6) {
                Some(0xdc00..=0xdfff) => {
                    self.at += 12;
                    Ok(())
                }
                _ => Err(self.flaw(lone)),
            },
            Some(_) => {
                self.at += 6;
                Ok(())
            }
        }
    }

    fn code_unit(&self, at: usize) -> Option<u16> {
        code_unit(self.bytes.get(at..at + 6)?)
    }

    fn number(&mut self) -> Result<(), Flaw> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        let scientific = matches!(self.peek(), Some(b'e' | b'E'));
        if scientific {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        if scientific || self.at - start > SURELY_FINITE_DIGITS {
            self.check_magnitude(start)?;
        }
        Ok(())
    }

    #[inline]
    fn digits(&mut self) -> Result<(), Flaw> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        match self.at > start {
            true => Ok(()),
            false => Err(self.flaw("a digit was expected")),
        }
    }

    #[cold]
    fn check_magnitude(&self, start: usize) -> Result<(), Flaw> {
        let text = self
            .bytes
            .get(start..self.at)
            .and_then(|bytes| std::str::from_utf8(bytes).ok());
        let number: Option<f64> = text.and_then(|text| text.parse().ok());
        match number.is_some_and(f64::is_finite) {
            true => Ok(()),
            false => Err(Flaw {
                at: start,
                what: "the number is too large to be read as one",
            }),
        }
    }
}

/// The value of `\uXXXX`.
pub(crate) fn code_unit(escape: &[u8]) -> Option<u16> {
    let digits = escape.strip_prefix(b"\\u")?;
    let mut unit = 0;
    for digit in digits {
        unit = unit << 4 | u16::try_from(char::from(*digit).to_digit(16)?).ok()?;
    }
    (digits.len() == 4).then_some(unit)
}

/// The top bit of each byte that is a control character, a quote or a backslash.
///
/// A borrow can mark bytes above a true mark, so only the lowest mark may be used.
#[inline]
fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    let quote = word ^ (ONES * b'"' as u64);
    let quote = quote.wrapping_sub(ONES) & !quote;
    let backslash = word ^ (ONES * b'\\' as u64);
    let backslash = backslash.wrapping_sub(ONES) & !backslash;
    (control | quote | backslash) & TOPS
}

#[cfg(test)]
mod tests;
