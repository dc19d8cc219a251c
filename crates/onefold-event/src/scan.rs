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
    pub(crate) problem: Problem,
}

/// Why a text stops being JSON. The place is where the scanner then stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Problem {
    NoValue,
    EndsBeforeValue,
    EndsInArray,
    EndsInObject,
    EndsInText,
    Trailing,
    NoKey,
    NoColon,
    NoComma,
    NoDigit,
    TooDeep,
    TooLarge,
    Control,
    Escape,
    HexDigits,
    Surrogate,
}

impl Problem {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::NoValue => "a value was expected",
            Self::EndsBeforeValue => "the text ends where a value was expected",
            Self::EndsInArray => "the text ends inside an array: `]` is missing",
            Self::EndsInObject => "the text ends inside an object: `}` is missing",
            Self::EndsInText => "the text ends inside a quoted text",
            Self::Trailing => "something follows the value",
            Self::NoKey => "a key in double quotes was expected",
            Self::NoColon => "a colon was expected",
            Self::NoComma => "a comma or the closing bracket was expected",
            Self::NoDigit => "a digit was expected",
            Self::TooDeep => "arrays and objects lie more than 64 deep",
            Self::TooLarge => "the number is too large to be read as one",
            Self::Control => "a control character in a text is not escaped",
            Self::Escape => "an unknown escape in a text",
            Self::HexDigits => "four hexadecimal digits were expected after `\\u`",
            Self::Surrogate => "an escaped surrogate has no partner",
        }
    }
}

/// A reading position in a text.
#[derive(Debug, Clone, Copy)]
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

    /// The problem at the place where the scanner stands.
    pub(crate) fn flaw(&self, problem: Problem) -> Flaw {
        Flaw {
            at: self.at,
            problem,
        }
    }

    #[inline(always)]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline(always)]
    pub(crate) fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Moves over one value. The white space before it is skipped, that after it is not.
    ///
    /// `depth` is how many arrays and objects lie around it.
    pub(crate) fn value(&mut self, depth: usize) -> Result<(), Problem> {
        // On a copy, which can live in registers: only the outcome is written back.
        let mut copy = *self;
        let outcome = copy.walk(depth);
        *self = copy;
        outcome
    }

    /// Demands that nothing but white space is left.
    pub(crate) fn end(&mut self) -> Result<(), Problem> {
        self.skip_space();
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(Problem::Trailing),
        }
    }

    /// Moves over a key; white space before it is skipped, its colon is not.
    #[inline(always)]
    pub(crate) fn key(&mut self) -> Result<(), Problem> {
        self.skip_space();
        match self.peek() {
            Some(b'"') => self.string(),
            _ => Err(Problem::NoKey),
        }
    }

    /// Moves over the colon after a key.
    #[inline(always)]
    pub(crate) fn colon(&mut self) -> Result<(), Problem> {
        match self.take(b':') {
            true => Ok(()),
            false => Err(Problem::NoColon),
        }
    }

    /// After a member or item: `true` if another follows, `false` if `close` ended the list.
    #[inline(always)]
    pub(crate) fn more(&mut self, close: u8) -> Result<bool, Problem> {
        self.skip_space();
        let more = match self.peek() {
            Some(b',') => true,
            Some(byte) if byte == close => false,
            Some(_) => return Err(Problem::NoComma),
            None if close == b'}' => return Err(Problem::EndsInObject),
            None => return Err(Problem::EndsInArray),
        };
        self.at += 1;
        Ok(more)
    }

    /// Moves over an opening bracket: `false` if the list is empty, which is then passed whole.
    #[inline(always)]
    pub(crate) fn open(&mut self, close: u8) -> bool {
        self.at += 1;
        !self.take(close)
    }

    /// Moves over `byte` and the white space before it, if it comes next.
    #[inline(always)]
    fn take(&mut self, byte: u8) -> bool {
        self.skip_space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// One value with all that lies in it, without recursion: `around` has one bit for each list
    /// that is open, set for an object, the innermost lowest. 64 levels fit.
    #[inline(always)]
    fn walk(&mut self, depth: usize) -> Result<(), Problem> {
        let (mut around, mut open) = (0_u64, 0_usize);
        loop {
            self.skip_space();
            match self.peek() {
                Some(b'"') => self.string()?,
                Some(bracket @ (b'{' | b'[')) => {
                    if depth + open >= DEPTH_MAX {
                        return Err(Problem::TooDeep);
                    }
                    let object = bracket == b'{';
                    if self.open(if object { b'}' } else { b']' }) {
                        around = around << 1 | u64::from(object);
                        open += 1;
                        self.member_key(object)?;
                        continue;
                    }
                }
                Some(b'-' | b'0'..=b'9') => self.number()?,
                Some(b't') => self.word(b"true")?,
                Some(b'f') => self.word(b"false")?,
                Some(b'n') => self.word(b"null")?,
                Some(_) => return Err(Problem::NoValue),
                None => return Err(Problem::EndsBeforeValue),
            }
            // A value has ended, and with it any number of lists around it.
            loop {
                if open == 0 {
                    return Ok(());
                }
                let object = around & 1 == 1;
                if self.more(if object { b'}' } else { b']' })? {
                    self.member_key(object)?;
                    break;
                }
                around >>= 1;
                open -= 1;
            }
        }
    }

    #[inline(always)]
    fn member_key(&mut self, object: bool) -> Result<(), Problem> {
        match object {
            true => self.key().and_then(|()| self.colon()),
            false => Ok(()),
        }
    }

    #[inline(always)]
    fn word(&mut self, word: &'static [u8]) -> Result<(), Problem> {
        let found = self.bytes.get(self.at..self.at + word.len());
        if found != Some(word) {
            return Err(Problem::NoValue);
        }
        self.at += word.len();
        Ok(())
    }

    #[inline(always)]
    fn string(&mut self) -> Result<(), Problem> {
        self.at += 1;
        loop {
            self.plain();
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.at += self.escape_length()?,
                Some(_) => return Err(Problem::Control),
                None => return Err(Problem::EndsInText),
            }
        }
    }

    /// Moves to the next quote, backslash or control character, eight bytes at a time.
    #[inline(always)]
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
    fn escape_length(self) -> Result<usize, Problem> {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(2),
            Some(b'u') => match self.code_unit(self.at) {
                None => Err(Problem::HexDigits),
                Some(0xdc00..=0xdfff) => Err(Problem::Surrogate),
                Some(0xd800..=0xdbff) => match self.code_unit(self.at + 6) {
                    Some(0xdc00..=0xdfff) => Ok(12),
                    _ => Err(Problem::Surrogate),
                },
                Some(_) => Ok(6),
            },
            _ => Err(Problem::Escape),
        }
    }

    fn code_unit(self, at: usize) -> Option<u16> {
        code_unit(self.bytes.get(at..at + 6)?)
    }

    #[inline(always)]
    fn number(&mut self) -> Result<(), Problem> {
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
        let doubtful = scientific || self.at - start > SURELY_FINITE_DIGITS;
        if doubtful && !self.is_finite_from(start) {
            self.at = start;
            return Err(Problem::TooLarge);
        }
        Ok(())
    }

    #[inline(always)]
    fn digits(&mut self) -> Result<(), Problem> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        match self.at > start {
            true => Ok(()),
            false => Err(Problem::NoDigit),
        }
    }

    #[cold]
    fn is_finite_from(self, start: usize) -> bool {
        let text = self.bytes.get(start..self.at);
        let text = text.and_then(|bytes| std::str::from_utf8(bytes).ok());
        let number: Option<f64> = text.and_then(|text| text.parse().ok());
        number.is_some_and(f64::is_finite)
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
