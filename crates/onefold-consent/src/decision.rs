//! Questions to the ledger and its answers.

use std::fmt;

use onefold_event::{Position, Timestamp};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::{Channel, Permit, Purpose};

/// What somebody wants to do with a person's data: the question to the ledger.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Use {
    /// For what.
    pub purpose: Purpose,
    /// By which way; `None` asks for every channel at once: it needs a grant for every channel, and a
    /// no on any of them denies it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
}

impl Use {
    /// A use on one channel.
    pub fn new(purpose: Purpose, channel: Channel) -> Self {
        let channel = Some(channel);
        Self { purpose, channel }
    }

    /// A use on every channel, or on none in particular (such as profiling).
    pub fn on_every_channel(purpose: Purpose) -> Self {
        let channel = None;
        Self { purpose, channel }
    }
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.channel {
            Some(channel) => write!(f, "`{}` by `{channel}`", self.purpose),
            None => write!(f, "`{}` by every channel", self.purpose),
        }
    }
}

/// The ledger's answer.
#[derive(Debug)]
#[must_use = "a denial must be counted, and a permit must be used"]
pub enum Decision {
    /// Yes, with the permit.
    Allowed(Permit),
    /// No, with the reason.
    Denied(Denial),
}

impl Decision {
    /// The permit, if the answer is yes.
    pub fn permit(self) -> Option<Permit> {
        match self {
            Self::Allowed(permit) => Some(permit),
            Self::Denied(_) => None,
        }
    }

    /// The denial, if the answer is no.
    pub fn denial(&self) -> Option<&Denial> {
        match self {
            Self::Allowed(_) => None,
            Self::Denied(denial) => Some(denial),
        }
    }
}

/// Why a use is denied; the codes are stable and go into reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DenialReason {
    /// No entry covers this use.
    Unknown,
    /// The only grants are for all purposes at once, which is not specific.
    PurposeNotSpecific,
    /// The only grants have nothing that shows them.
    EvidenceMissing,
    /// The grant has ended by itself.
    Expired,
    /// The person was asked and said no.
    Refused,
    /// The person took consent back.
    Withdrawn,
    /// The person objected.
    Objected,
}

impl DenialReason {
    /// Every reason, from the weakest to the strictest.
    pub const ALL: [Self; 7] = [
        Self::Unknown,
        Self::PurposeNotSpecific,
        Self::EvidenceMissing,
        Self::Expired,
        Self::Refused,
        Self::Withdrawn,
        Self::Objected,
    ];

    /// The stable word for reports.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::PurposeNotSpecific => "purpose_not_specific",
            Self::EvidenceMissing => "evidence_missing",
            Self::Expired => "expired",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Objected => "objected",
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Unknown => "nothing is known, and unknown means no",
            Self::PurposeNotSpecific => "consent to all purposes at once is not specific",
            Self::EvidenceMissing => "the consent has no evidence: name its method or reference",
            Self::Expired => "the consent has expired",
            Self::Refused => "the person refused",
            Self::Withdrawn => "the person withdrew consent",
            Self::Objected => "the person objected",
        }
    }
}

impl fmt::Display for DenialReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A no, with its reason and the entries that it rests on.
///
/// Its text is a sentence: ``` `newsletter` by `email` is denied: the person withdrew consent (entry
/// 12) ```.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Denial {
    /// Why.
    pub reason: DenialReason,
    /// What was asked for.
    pub request: Use,
    /// At which instant it was decided.
    pub decided_at: Timestamp,
    /// The places in the log of the entries it rests on, ascending; empty for
    /// [`DenialReason::Unknown`] only.
    #[serde(serialize_with = "positions")]
    pub evidence: SmallVec<[Position; 4]>,
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is denied: {}", self.request, self.reason.sentence())?;
        for (index, position) in self.evidence.iter().enumerate() {
            let before = if index == 0 { " (entry " } else { ", " };
            write!(f, "{before}{position}")?;
        }
        f.write_str(if self.evidence.is_empty() { "" } else { ")" })
    }
}

fn positions<S: serde::Serializer>(
    positions: &SmallVec<[Position; 4]>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(positions)
}
