//! The names of purposes and channels.
//!
//! Invariant: 1 to 64 bytes, trimmed, lower case, no control characters. Case never makes two
//! purposes: a withdrawal of `Newsletter` must cover `newsletter`.

use std::{fmt, str::FromStr, sync::Arc};

use onefold_event::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// What personal data is used for: `newsletter`, `profiling`. Two names have a meaning of their own:
/// [`all`](Purpose::all) and [`collection`](Purpose::collection).
///
/// ```
/// use onefold_consent::Purpose;
/// assert_eq!(Purpose::new(" Newsletter ")?.as_str(), "newsletter");
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Purpose(Arc<str>);

/// The way by which a person is reached: `email`, `phone`, `post`.
///
/// ```
/// use onefold_consent::Channel;
/// assert_eq!(Channel::new("Email")?.as_str(), "email");
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Channel(Arc<str>);

impl Purpose {
    /// Every purpose. A no for it covers everything; a grant for it counts for nothing, because
    /// consent is given for a specific purpose.
    pub fn all() -> Self {
        Self("all".into())
    }

    /// Collecting events at all; judged by [`may_collect`](crate::Ledger::may_collect).
    pub fn collection() -> Self {
        Self("collection".into())
    }

    /// The purpose that a word of an export means: `any` and `*` are [`all`](Purpose::all), too.
    ///
    /// # Errors
    /// As [`Purpose::new`].
    pub fn of_word(word: &str) -> Result<Self, Error> {
        match is_every(word) {
            true => Ok(Self::all()),
            false => Self::new(word),
        }
    }

    /// `true` for [`Purpose::all`].
    pub fn is_all(&self) -> bool {
        &*self.0 == "all"
    }
}

impl Channel {
    /// The channel that a word of an export means: `None`, which is every channel, for `all`, `any` and `*`.
    ///
    /// # Errors
    /// As [`Channel::new`].
    pub fn of_word(word: &str) -> Result<Option<Self>, Error> {
        match is_every(word) {
            true => Ok(None),
            false => Self::new(word).map(Some),
        }
    }
}

/// Whether a word stands for everything there is.
fn is_every(word: &str) -> bool {
    ["all", "any", "*"].contains(&word.trim().to_lowercase().as_str())
}

macro_rules! name {
    ($name:ident, $noun:literal, $is_taken:expr, $instead:literal) => {
        impl $name {
            /// The longest name, in bytes.
            pub const BYTES_MAX: usize = 64;

            /// The name, trimmed and in lower case.
            ///
            /// # Errors
            /// [`ErrorKind::InvalidInput`] if it is empty, longer than 64 bytes or has control
            /// characters, or is a word that means everything, as nothing would match it.
            pub fn new(name: impl AsRef<str>) -> Result<Self, Error> {
                let given = name.as_ref();
                let name = given.trim().to_lowercase();
                let length = 1..=Self::BYTES_MAX;
                if !length.contains(&name.len()) || name.chars().any(char::is_control) {
                    let message = format!(
                        concat!(
                            "`{}` is not a ",
                            $noun,
                            ": write 1 to 64 bytes without control characters"
                        ),
                        given
                    );
                    return Err(Error::new(ErrorKind::InvalidInput, message));
                }
                if $is_taken(name.as_str()) {
                    let message = format!(concat!("`{}` is not a ", $noun, ": ", $instead), given);
                    return Err(Error::new(ErrorKind::InvalidInput, message));
                }
                Ok(Self(name.into()))
            }

            /// A name that was checked before it was stored. It is not checked again: the rules may have
            /// grown stricter since, and a log must stay readable.
            pub(crate) fn stored(name: &str) -> Option<Self> {
                let length = 1..=Self::BYTES_MAX;
                length.contains(&name.len()).then(|| Self(name.into()))
            }

            /// The name.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::new(text).map_err(serde::de::Error::custom)
            }
        }
    };
}

name!(
    Purpose,
    "purpose",
    |name: &str| is_every(name) && name != "all",
    "write `all` for every purpose"
);
name!(
    Channel,
    "channel",
    is_every,
    "leave it out for every channel"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_everything_are_no_names_of_one_thing() {
        for word in ["any", " * ", "ALL"] {
            assert_eq!(Purpose::of_word(word).unwrap(), Purpose::all());
            assert_eq!(Channel::of_word(word).unwrap(), None);
            let error = Channel::new(word).unwrap_err().to_string();
            assert!(error.ends_with("leave it out for every channel"), "{error}");
        }
        assert_eq!(Purpose::new("All").unwrap(), Purpose::all());
        assert!(Purpose::new("any").is_err());
        assert_eq!(Channel::stored("all").unwrap().as_str(), "all");
        assert_eq!(Channel::stored(""), None);
        let sms = Channel::new("sms").unwrap();
        assert_eq!(Channel::of_word("SMS").unwrap(), Some(sms));
    }
}
