//! The shared error: one opaque type, few kinds, a chain of context.
//!
//! Invariant: an error is for what the host must act on. What is expected of data (quarantined,
//! withheld, duplicate) is an outcome and never comes as an [`Error`].

use std::{error::Error as StdError, fmt, ops::Range};

use serde::{Deserialize, Serialize};

/// `Result` with the shared [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What a host can do about an [`Error`]; map it once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller's text, value or configuration cannot be used as it is.
    InvalidInput,
    /// No permit, no consent, or no right to do this.
    NotPermitted,
    /// What was asked for does not exist.
    NotFound,
    /// A queue or a limit is full now; the same call may succeed later.
    Busy,
    /// A declared limit (memory, size, count) would be passed.
    LimitExceeded,
    /// Another process has the store open.
    Locked,
    /// Stored bytes are damaged; the message names the place.
    Corrupt,
    /// Stored bytes were written by a newer version than this one can read.
    NewerFormat,
    /// The operating system refused to read or write.
    Io,
    /// An earlier failure to write closed the writer; reading goes on.
    Poisoned,
    /// A feature that this build does not have is needed; the message names it.
    Unsupported,
}

/// The error of every Onefold crate.
///
/// Its [`kind`](Error::kind) says what a host can do; its text says what happened, where, and what
/// to write instead. [`Error::context`] adds the place from which it was seen.
///
/// ```
/// use onefold_event::{Error, ErrorKind};
/// let error = Error::new(ErrorKind::NotFound, "no segment `vip`").context("reading the audience");
/// assert_eq!(error.kind(), ErrorKind::NotFound);
/// assert_eq!(error.to_string(), "reading the audience: no segment `vip`");
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    diagnostics: Vec<Diagnostic>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of this kind with a message: lower case, no full stop, input in backticks.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            diagnostics: Vec::new(),
            source: None,
        }))
    }

    /// Unusable input with every mistake found.
    pub fn invalid(message: impl Into<String>, diagnostics: Vec<Diagnostic>) -> Self {
        let mut error = Self::new(ErrorKind::InvalidInput, message);
        error.0.diagnostics = diagnostics;
        error
    }

    /// Keeps the error that caused this one, for [`StdError::source`].
    #[must_use]
    pub fn because(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.0.source = Some(Box::new(source));
        self
    }

    /// Puts the place from which the error was seen in front of its message.
    #[must_use]
    pub fn context(mut self, place: impl fmt::Display) -> Self {
        self.0.message = format!("{place}: {}", self.0.message);
        self
    }

    /// The same kind, message and mistakes, for another who waits for the same answer; without the
    /// [source](StdError::source), which is one.
    #[must_use]
    pub fn copied(&self) -> Self {
        let mut copy = Self::new(self.0.kind, self.0.message.clone());
        copy.0.diagnostics.clone_from(&self.0.diagnostics);
        copy
    }

    /// What a host can do about it.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Every mistake found, where the error is about input.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.0.diagnostics
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        for diagnostic in &self.0.diagnostics {
            write!(f, "\n{diagnostic}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.0.kind)?;
        match &self.0.source {
            Some(source) => write!(f, " (because: {source})"),
            None => Ok(()),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::new(ErrorKind::Io, error.to_string()).because(error)
    }
}

/// One mistake: what is wrong, where, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Diagnostic {
    /// What is wrong: lower case, no full stop, input in backticks.
    pub message: String,
    /// Where in a JSON document (RFC 6901 pointer), or the empty string for the whole of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pointer: String,
    /// Where in a text, as byte offsets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Range<usize>>,
    /// What to write instead, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// All mistakes of one input.
pub type Diagnostics = Vec<Diagnostic>;

impl Diagnostic {
    /// A mistake about the whole input.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            pointer: String::new(),
            span: None,
            help: None,
        }
    }

    /// Names the place in a JSON document.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = pointer.into();
        self
    }

    /// Names the place in a text.
    #[must_use]
    pub fn spanning(mut self, span: Range<usize>) -> Self {
        self.span = Some(span);
        self
    }

    /// Says what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The mistake with the line of `text` it is in and a marker under it. Of a line that is too long to be
    /// read, the part around the mistake.
    ///
    /// ```
    /// use onefold_event::Diagnostic;
    /// let text = "plna = \"pro\"";
    /// let mistake = Diagnostic::new("unknown trait `plna`").spanning(0..4).help("did you mean `plan`?");
    /// assert_eq!(
    ///     mistake.render(text),
    ///     "unknown trait `plna`\n  plna = \"pro\"\n  ^^^^ did you mean `plan`?",
    /// );
    /// ```
    pub fn render(&self, text: &str) -> String {
        let Some(span) = &self.span else {
            return self.to_string();
        };
        let start = floor_boundary(text, span.start);
        let end = floor_boundary(text, span.end).max(start);
        let line_start = text
            .get(..start)
            .and_then(|t| t.rfind('\n'))
            .map_or(0, |at| at + 1);
        let line_end = text
            .get(start..)
            .and_then(|t| t.find('\n'))
            .map_or(text.len(), |at| start + at);
        let before = text.get(line_start..start).unwrap_or_default();
        let behind = text.get(start..line_end).unwrap_or_default();
        let (left, before) = match before.char_indices().nth_back(SHOWN) {
            Some((at, sign)) => (CUT, before.get(at + sign.len_utf8()..).unwrap_or_default()),
            None => ("", before),
        };
        let (behind, right) = match behind.char_indices().nth(2 * SHOWN) {
            Some((at, _)) => (behind.get(..at).unwrap_or_default(), CUT),
            None => (behind, ""),
        };
        let indent = left.len() + before.chars().count();
        let marked = behind.get(..end - start).unwrap_or(behind);
        let marked = marked.chars().count().max(1);
        let help = self
            .help
            .as_ref()
            .map(|help| format!(" {help}"))
            .unwrap_or_default();
        format!(
            "{}\n  {left}{before}{behind}{right}\n  {}{}{help}",
            self.message,
            " ".repeat(indent),
            "^".repeat(marked)
        )
    }
}

/// So many characters of a line are shown before a mistake, and twice as many from there on.
const SHOWN: usize = 100;
/// Stands where a line was cut.
const CUT: &str = "...";

fn floor_boundary(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.pointer.is_empty() {
            write!(f, "{}: ", self.pointer)?;
        }
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}
