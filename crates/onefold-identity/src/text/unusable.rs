//! Why a text could not be read as what it should be.

use std::{error, fmt};

use onefold_event::{Error, ErrorKind};

/// Why a value was not read: one short reason, without the value itself.
///
/// Small enough to be given for each of millions of values, and easily counted by [`reason`](Self::reason). It
/// becomes an [`Error`] of kind [`ErrorKind::InvalidInput`] with `?`.
///
/// ```
/// use onefold_identity::text::EmailParts;
/// let reason = EmailParts::parse("ann at example.com").unwrap_err();
/// assert_eq!(reason.to_string(), "has no `@`");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unusable(&'static str);

impl Unusable {
    pub(super) const fn new(reason: &'static str) -> Self {
        Self(reason)
    }

    /// The reason: lower case, and it continues "the value ...".
    #[must_use]
    pub const fn reason(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl error::Error for Unusable {}

impl From<Unusable> for Error {
    fn from(unusable: Unusable) -> Self {
        Self::new(ErrorKind::InvalidInput, unusable.0)
    }
}
