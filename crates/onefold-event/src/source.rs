//! Where data comes from, and on which ground it may be collected.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind};

/// The name of a source: 1 to 128 bytes, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct SourceName(Arc<str>);

impl SourceName {
    /// The name, checked.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] if it is empty, longer than 128 bytes or has control characters.
    pub fn new(name: impl AsRef<str>) -> Result<Self, Error> {
        let name = name.as_ref();
        if name.is_empty() || name.len() > 128 || name.chars().any(char::is_control) {
            let message =
                format!("`{name}` is not a source name: 1 to 128 bytes, no control characters");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        Ok(Self(name.into()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SourceName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::new(name).map_err(serde::de::Error::custom)
    }
}

/// The legal ground on which a source collects (GDPR Article 6(1)); judged before anything is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CollectionBasis {
    /// Article 6(1)(b): needed for a contract. Collected unless the person objected.
    #[default]
    Contract,
    /// Article 6(1)(a): collected only where the person consented to the purpose `collection`.
    Consent,
    /// Article 6(1)(c): the law demands it. Always collected.
    LegalObligation,
    /// Article 6(1)(f): a legitimate interest. Collected unless the person objected.
    LegitimateInterest,
}
