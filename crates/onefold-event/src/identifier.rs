//! Identifiers: kind and value, normalised, so that one thing is written one way.
//!
//! Invariant: an [`Identifier`] is never empty and is in the normal form of its kind.

mod email;
mod fields;
mod phone;

use std::{
    borrow::{Borrow, Cow},
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

pub use fields::IdentifierFields;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Error, ErrorKind};

/// The kind of an identifier: `email`, `phone`, `user_id`, `anonymous_id`, or any the host declares.
///
/// 1 to 64 bytes of lower-case letters, digits, `_`, `-` and `.`.
#[derive(Clone)]
pub struct IdentifierKind(Name);

/// The kinds every event uses cost no allocation and no reference count.
#[derive(Clone)]
enum Name {
    Known(&'static str),
    Declared(Arc<str>),
}

impl IdentifierKind {
    /// The kind with this name.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] if the name is not 1 to 64 bytes of `a-z`, `0-9`, `_`, `-`, `.`.
    pub fn new(name: impl AsRef<str>) -> Result<Self, Error> {
        let name = name.as_ref();
        let known = [
            Self::email(),
            Self::phone(),
            Self::user_id(),
            Self::anonymous_id(),
        ];
        if let Some(kind) = known.into_iter().find(|kind| kind.as_str() == name) {
            return Ok(kind);
        }
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-.".contains(&b);
        if name.is_empty() || name.len() > 64 || !name.bytes().all(legal) {
            let message =
                format!("`{name}` is not an identifier kind: write `a-z`, `0-9`, `_`, `-`, `.`");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        Ok(Self(Name::Declared(name.into())))
    }

    /// An e-mail address.
    pub const fn email() -> Self {
        Self(Name::Known("email"))
    }

    /// A telephone number in E.164.
    pub const fn phone() -> Self {
        Self(Name::Known("phone"))
    }

    /// The id a source gives to a known person (`userId` on the wire).
    pub const fn user_id() -> Self {
        Self(Name::Known("user_id"))
    }

    /// The id a device or browser gives to an unknown visitor (`anonymousId` on the wire).
    pub const fn anonymous_id() -> Self {
        Self(Name::Known("anonymous_id"))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Name::Known(name) => name,
            Name::Declared(name) => name,
        }
    }
}

impl PartialEq for IdentifierKind {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for IdentifierKind {}

impl PartialOrd for IdentifierKind {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for IdentifierKind {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for IdentifierKind {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl Serialize for IdentifierKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for IdentifierKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Cow::<'de, str>::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl Borrow<str> for IdentifierKind {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for IdentifierKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for IdentifierKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
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

impl Serialize for Region {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = Cow::<'de, str>::deserialize(deserializer)?;
        Self::new(&code).map_err(serde::de::Error::custom)
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

    /// The identifier of this kind, its value in the normal form of the kind: [`email`](Self::email)
    /// for `email`, [`phone`](Self::phone) for `phone`, [`generic`](Self::generic) for all others.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] as the method of the kind.
    pub fn new(kind: IdentifierKind, value: &str, region: Option<Region>) -> Result<Self, Error> {
        match kind.as_str() {
            "email" => Self::email(value),
            "phone" => Self::phone(value, region),
            _ => Self::generic(kind, value),
        }
    }

    /// An e-mail address, trimmed and lower-case.
    ///
    /// The part before the `@` is lower-cased too: a mail system may tell `Ann` from `ann`, and none
    /// in use does. Dots and `+tags` are kept, because dropping them is the habit of one provider.
    /// An internationalised domain is kept as written. Quoted local parts and addresses in brackets
    /// are refused.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] if it is no address by the limits of RFC 5321: 64 bytes before the
    /// `@`, 254 in all, a domain name of at least two labels.
    ///
    /// ```
    /// use onefold_event::Identifier;
    /// assert_eq!(Identifier::email(" Ann.Lee+shop@Example.COM ")?.value(), "ann.lee+shop@example.com");
    /// assert!(Identifier::email("ann@localhost").is_err());
    /// # Ok::<(), onefold_event::Error>(())
    /// ```
    pub fn email(value: &str) -> Result<Self, Error> {
        Self::normal(
            IdentifierKind::email(),
            value,
            email::normalise(value),
            "an e-mail address",
        )
    }

    /// A telephone number in E.164: `+`, country calling code, national number.
    ///
    /// A number that starts with `+` or `00` is read as international, any other in the numbering
    /// plan of `region`. Spaces, dots, hyphens, slashes and brackets are dropped.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] if it has other characters, a calling code that does not exist, a
    /// length that its country does not have, or is national and no region is given.
    ///
    /// ```
    /// use onefold_event::{Identifier, Region};
    /// let germany = Some(Region::new("DE")?);
    /// assert_eq!(Identifier::phone("030 / 123 456", germany)?.value(), "+4930123456");
    /// assert_eq!(Identifier::phone("+44 (0)20 7946 0018", germany)?.value(), "+442079460018");
    /// assert!(Identifier::phone("030123456", None).is_err());
    /// # Ok::<(), onefold_event::Error>(())
    /// ```
    pub fn phone(value: &str, region: Option<Region>) -> Result<Self, Error> {
        let normal = phone::normalise(value, region);
        Self::normal(IdentifierKind::phone(), value, normal, "a telephone number")
    }

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

    /// An identifier that was normalised before it was stored. The normal form is not worked out
    /// again: its rules may have grown stricter since.
    pub(crate) fn stored(kind: IdentifierKind, value: &str) -> Option<Self> {
        (!value.is_empty() && value.len() <= Self::VALUE_BYTES_MAX).then(|| Self {
            kind,
            value: value.into(),
        })
    }

    fn normal(
        kind: IdentifierKind,
        value: &str,
        normal: Result<String, &'static str>,
        noun: &str,
    ) -> Result<Self, Error> {
        match normal {
            Ok(value) => Ok(Self {
                kind,
                value: value.into(),
            }),
            Err(problem) => {
                let shown: String = value.chars().take(80).collect();
                let message = format!("`{shown}` is not {noun}: it {problem}");
                Err(Error::new(ErrorKind::InvalidInput, message))
            }
        }
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

impl<'de> Deserialize<'de> for Identifier {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Parts<'a> {
            kind: IdentifierKind,
            #[serde(borrow)]
            value: Cow<'a, str>,
        }
        let parts = Parts::deserialize(deserializer)?;
        Self::new(parts.kind, &parts.value, None).map_err(serde::de::Error::custom)
    }
}
