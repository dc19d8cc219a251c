//! Identifiers: kind and value, normalised, so that one thing is written one way.
//!
//! Invariant: an [`Identifier`] is never empty and is in the normal form of its kind.

use std::{borrow::Borrow, fmt, sync::Arc};

use serde::Serialize;

use crate::{Error, ErrorKind};

/// The kind of an identifier: `email`, `phone`, `user_id`, `anonymous_id`, or any the host declares.
///
/// 1 to 64 bytes of lower-case letters, digits, `_`, `-` and `.`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct IdentifierKind(Arc<str>);

impl IdentifierKind {
    /// The kind with this name.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] if the name is not 1 to 64 bytes of `a-z`, `0-9`, `_`, `-`, `.`.
    pub fn new(name: impl AsRef<str>) -> Result<Self, Error> {
        let name = name.as_ref();
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-.".contains(&b);
        if name.is_empty() || name.len() > 64 || !name.bytes().all(legal) {
            let message =
                format!("`{name}` is not an identifier kind: write `a-z`, `0-9`, `_`, `-`, `.`");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        Ok(Self(name.into()))
    }

    /// An e-mail address.
    pub fn email() -> Self {
        Self("email".into())
    }

    /// A telephone number in E.164.
    pub fn phone() -> Self {
        Self("phone".into())
    }

    /// The id a source gives to a known person (`userId` on the wire).
    pub fn user_id() -> Self {
        Self("user_id".into())
    }

    /// The id a device or browser gives to an unknown visitor (`anonymousId` on the wire).
    pub fn anonymous_id() -> Self {
        Self("anonymous_id".into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for IdentifierKind {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdentifierKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for IdentifierKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The country whose numbering plan a national telephone number is read in (ISO 3166-1 alpha-2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Region([u8; 2]);

impl Region {
    /// The region with this code.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] if it is not two letters.
    pub fn new(code: &str) -> Result<Self, Error> {
        match <[u8; 2]>::try_from(code.to_ascii_uppercase().as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Self(code)),
            _ => {
                let message = format!("`{code}` is not a region: write two letters, such as `DE`");
                Err(Error::new(ErrorKind::InvalidInput, message))
            }
        }
    }

    /// The code, upper case.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("ZZ")
    }
}

/// A kind and a value that point at one person: `email:ann@example.com`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Identifier {
    kind: IdentifierKind,
    value: Arc<str>,
}

impl Identifier {
    /// The longest value, in bytes.
    pub const VALUE_BYTES_MAX: usize = 512;

    /// The identifier of this kind, its value trimmed and otherwise kept (case matters).
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] if the value is empty, longer than
    /// [`VALUE_BYTES_MAX`](Self::VALUE_BYTES_MAX), or has control characters.
    pub fn generic(kind: IdentifierKind, value: &str) -> Result<Self, Error> {
        let value = value.trim();
        let problem = if value.is_empty() {
            "is empty"
        } else if value.len() > Self::VALUE_BYTES_MAX {
            "is longer than 512 bytes"
        } else if value.chars().any(char::is_control) {
            "has control characters"
        } else {
            return Ok(Self {
                kind,
                value: value.into(),
            });
        };
        Err(Error::new(
            ErrorKind::InvalidInput,
            format!("the value of identifier `{kind}` {problem}"),
        ))
    }

    /// The kind.
    pub fn kind(&self) -> &IdentifierKind {
        &self.kind
    }

    /// The normalised value.
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.value)
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
