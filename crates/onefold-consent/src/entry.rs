//! One entry of the ledger: somebody said yes or no to something at a time.

use std::{fmt, str::FromStr};

use onefold_event::{Error, ErrorKind, Identifier, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Channel, Evidence, Purpose};

/// What the person did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// Said yes.
    Grant,
    /// Was asked and said no.
    Refuse,
    /// Took an earlier yes back.
    Withdraw,
    /// Objected (GDPR Article 21): also ends what rests on a contract or an interest.
    Object,
}

impl Action {
    /// The stable word for it: `grant`, `refuse`, `withdraw`, `object`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Refuse => "refuse",
            Self::Withdraw => "withdraw",
            Self::Object => "object",
        }
    }

    /// `true` for everything but a grant.
    pub fn is_no(self) -> bool {
        self != Self::Grant
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Action {
    type Err = Error;

    /// Reads the stable words and those that exports commonly hold, in any case: `granted`, `given`,
    /// `opt_in`, `subscribed`; `refused`, `denied`; `withdrawn`, `revoked`, `opt_out`,
    /// `unsubscribed`; `objected`. Nothing is guessed: `1` or `x` is an error.
    fn from_str(text: &str) -> Result<Self, Error> {
        let word = text.trim().to_lowercase().replace(['-', ' '], "_");
        match word.as_str() {
            "grant" | "granted" | "given" | "opt_in" | "subscribe" | "subscribed" => {
                Ok(Self::Grant)
            }
            "refuse" | "refused" | "deny" | "denied" => Ok(Self::Refuse),
            "withdraw" | "withdrawn" | "revoke" | "revoked" | "opt_out" | "unsubscribe"
            | "unsubscribed" => Ok(Self::Withdraw),
            "object" | "objected" | "objection" => Ok(Self::Object),
            _ => Err(Error::new(
                ErrorKind::InvalidInput,
                format!(
                    "`{text}` is not a consent action: write `grant`, `refuse`, `withdraw` or `object`"
                ),
            )),
        }
    }
}

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// One entry of the ledger: a person, known by an identifier, said yes or no to a purpose.
///
/// As JSON: `{"subject":{"kind":"email","value":"ann@example.com"},"purpose":"newsletter",
/// "channel":"email","action":"grant","time":"2026-03-01T00:00:00Z","evidence":{"method":"checkbox"}}`.
///
/// ```
/// use onefold_consent::{Action, Channel, ConsentEntry, Evidence, Purpose};
/// use onefold_event::Identifier;
/// let ann = Identifier::email("ann@example.com")?;
/// let grant = ConsentEntry::new(ann, Purpose::new("newsletter")?, Action::Grant, "2026-03-01".parse()?)
///     .channel(Channel::new("email")?)
///     .evidence(Evidence::by_method("checkbox").version("7"));
/// assert_eq!(ConsentEntry::from_bytes(&grant.to_bytes())?, grant);
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentEntry {
    /// Whose consent.
    pub subject: Identifier,
    /// For what; [`Purpose::all`] covers every purpose.
    pub purpose: Purpose,
    /// By which way; `None` covers every channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// What was said.
    pub action: Action,
    /// When it was said.
    pub time: Timestamp,
    /// From when on a grant is a no, if it ends by itself. A no never expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// What shows it.
    #[serde(default)]
    pub evidence: Evidence,
}

impl ConsentEntry {
    /// An entry for every channel, without expiry and without evidence.
    pub fn new(subject: Identifier, purpose: Purpose, action: Action, time: Timestamp) -> Self {
        Self {
            subject,
            purpose,
            channel: None,
            action,
            time,
            expires: None,
            evidence: Evidence::default(),
        }
    }

    /// Narrows it to one channel.
    #[must_use]
    pub fn channel(mut self, channel: Channel) -> Self {
        self.channel = Some(channel);
        self
    }

    /// Lets a grant end at this instant.
    #[must_use]
    pub fn expires(mut self, time: Timestamp) -> Self {
        self.expires = Some(time);
        self
    }

    /// Says what shows it.
    #[must_use]
    pub fn evidence(mut self, evidence: Evidence) -> Self {
        self.evidence = evidence;
        self
    }
}
