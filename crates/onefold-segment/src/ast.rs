//! The definitions as a tree: what text and JSON are read into and printed from.
//!
//! Invariant: spellings of one condition have one tree: `did not X` and `not did X` are the same value, and so are
//! `zone "UTC"` and no zone, and a definition in text and its twin in JSON. Conditions that only mean the same, such
//! as `a and b` and `b and a`, may have several.

mod happening;
mod time;
mod trait_value;
mod value;

use onefold_event::Decimal;
use serde::{Deserialize, Serialize};

use crate::{check::kind_and_name, value::multiply};

pub use happening::{Absence, Count, Counted, Events, Happening, Selection, Sequence, Then};
pub use time::{Duration, Moment, Period, Unit, Window, Zone};
pub use value::{
    Aggregate, Expression, Filter, Function, Literal, MemberAggregate, Operator, Quantity, Test,
};

/// One named definition of a library.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every definition is a segment"
)]
pub enum Definition {
    /// `segment NAME = predicate`
    Segment {
        /// The segment's name: 1 to 128 bytes, no control characters.
        name: Box<str>,
        /// About whom, what for, by whose clock.
        #[serde(default, skip_serializing_if = "Scope::is_plain")]
        scope: Scope,
        /// Who is a member.
        when: Predicate,
    },
    /// `trait NAME = quantity`
    Trait {
        /// The computed trait's name: 1 to 128 bytes, no control characters.
        name: Box<str>,
        /// About whom, what for, by whose clock.
        #[serde(default, skip_serializing_if = "Scope::is_plain")]
        scope: Scope,
        /// What its value is. In JSON it may be a bare aggregate.
        #[serde(deserialize_with = "trait_value::deserialize")]
        value: Quantity,
    },
}

impl Definition {
    /// The name that is defined.
    pub fn name(&self) -> &str {
        match self {
            Self::Segment { name, .. } | Self::Trait { name, .. } => name,
        }
    }

    /// What is defined: `segment` or `trait`, as in JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Segment { .. } => "segment",
            Self::Trait { .. } => "trait",
        }
    }

    /// Whether both define the same thing, and one takes the place of the other: a segment and a trait may share
    /// a name.
    pub fn has_name_of(&self, other: &Self) -> bool {
        kind_and_name(self) == kind_and_name(other)
    }

    /// About whom it is, what for, by whose clock.
    pub fn scope(&self) -> &Scope {
        match self {
            Self::Segment { scope, .. } | Self::Trait { scope, .. } => scope,
        }
    }

    /// The definition in the one form that its meaning has.
    pub(crate) fn plain(mut self) -> Self {
        let (Self::Segment { scope, .. } | Self::Trait { scope, .. }) = &mut self;
        if let Zone::Named(name) = &mut scope.zone {
            scope.zone = Zone::named(std::mem::take(name));
        }
        self
    }
}

/// What stands between a definition's name and its `=`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// `v3`: the version of the definition, for people; it changes no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// `of organisation`: what its members are.
    #[serde(default, skip_serializing_if = "Entity::is_person")]
    pub of: Entity,
    /// `for newsletter`: the purpose it serves. Personal data without one is told by a lint.
    #[serde(rename = "for", default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Box<str>>,
    /// `zone "Europe/Berlin"`: whose clock its calendar windows and dates go by.
    #[serde(default, skip_serializing_if = "Zone::is_utc")]
    pub zone: Zone,
    /// `among customers`: the universe. Only members of that segment can be members, and rank, complement
    /// and percentage are about them alone. Without it: everybody who is known. Only a segment has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub among: Option<Box<str>>,
}

impl Scope {
    pub(crate) fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

/// What a definition is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entity {
    /// People.
    #[default]
    Person,
    /// Organisations: their traits and their members.
    Organisation,
}

impl Entity {
    pub(crate) fn is_person(&self) -> bool {
        *self == Self::Person
    }

    /// The word that stands for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Organisation => "organisation",
        }
    }
}

/// A condition on one person (or organisation) at one instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Predicate {
    /// `a and b`: all hold; two or more.
    All(Vec<Self>),
    /// `a or b`: at least one holds; two or more.
    Any(Vec<Self>),
    /// `not a`: the complement; everybody for whom `a` does not hold.
    Not(Box<Self>),
    /// A trait, golden or computed by this library.
    Trait {
        /// The trait's name; the names of this library's computed traits come first.
        name: Box<str>,
        /// What its value must be.
        test: Test,
    },
    /// `did EVENT ... at least 2 times`
    Did {
        /// Which occurrences are counted.
        selection: Selection,
        /// How many there must be; `did EVENT` alone is at least one.
        count: Count,
        /// What is counted: occurrences, days or different values.
        #[serde(default, skip_serializing_if = "Counted::is_times")]
        counted: Counted,
    },
    /// `sum(total of EVENT) >= 500`
    Aggregate {
        /// What is calculated.
        aggregate: Aggregate,
        /// What it must be.
        test: Test,
    },
    /// `sum(a of EVENT) / count(EVENT) >= 5`: a calculation of several, against a value. What is only a
    /// trait or only an aggregate stands as [`Trait`](Self::Trait) or [`Aggregate`](Self::Aggregate).
    Quantity {
        /// What is calculated.
        value: Quantity,
        /// What it must be.
        test: Test,
    },
    /// `sum(a of EVENT) > 2 * spend`: two quantities with each other. Not for a right side that is only a
    /// number.
    Compare {
        /// The one.
        left: Quantity,
        /// How.
        operator: Operator,
        /// The other.
        right: Quantity,
    },
    /// `recency(EVENT) > 90 d`: the time since the last occurrence; false where there is none.
    Recency {
        /// Which occurrences are looked at.
        selection: Selection,
        /// How the time since is compared.
        operator: Operator,
        /// With what.
        duration: Duration,
    },
    /// `lapsed EVENT for 30 d`: it happened, and not in the last 30 days. The selection has no window.
    Lapsed {
        /// Which occurrences.
        selection: Selection,
        /// How long there was none.
        quiet: Duration,
    },
    /// `stopped EVENT for 30 d after at least 3 times in 60 d`: none in the last 30 days, and so many in
    /// the 60 days before those. The selection has no window.
    Stopped {
        /// Which occurrences.
        selection: Selection,
        /// How long there was none.
        quiet: Duration,
        /// How many there were before; at least 1.
        at_least: u32,
        /// In how long a stretch before the quiet one.
        during: Duration,
    },
    /// `restarted EVENT after 90 d in last 7 d`: an occurrence in the window whose previous one, of all of
    /// the past, was longer ago than that.
    Restarted {
        /// Which occurrences; the window is where the new beginning lies.
        selection: Selection,
        /// More than so long there was none.
        quiet: Duration,
    },
    /// `did EVENT for the 3rd time in last 7 d`: the third of all occurrences lies in the window.
    Nth {
        /// Which occurrences; the window is where the one with this number lies.
        selection: Selection,
        /// Its number, from 1.
        number: u32,
    },
    /// `sequence a then b within 1 d then no c within 2 d`
    Sequence(Sequence),
    /// `top 10 % by sum(total of EVENT)`
    Rank {
        /// Which part of the order.
        band: Band,
        /// The value that orders the universe; people without one are not ranked, and neither are those
        /// of whom a `count`, `sum` or `distinct` sees nothing.
        by: Quantity,
    },
    /// `sample 10 % salt "spring"`: a stable share of the universe by a hash of salt and id.
    Sample {
        /// From so many percent...
        #[serde(
            with = "value::number_text",
            default,
            skip_serializing_if = "Decimal::is_zero"
        )]
        from: Decimal,
        /// ...up to so many; two samples of one salt with separate ranges share nobody.
        #[serde(with = "value::number_text")]
        to: Decimal,
        /// Another salt gives another, independent sample.
        salt: Box<str>,
    },
    /// `any member (...)`: of an organisation.
    Members {
        /// How many of its members as of the instant.
        quantifier: Quantifier,
        /// Only members in this role.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<Box<str>>,
        /// What must hold for so many of them.
        that: Box<Self>,
    },
    /// `any organisation (...)`: that a person belongs to as of the instant.
    Organisations {
        /// How many of the person's organisations.
        quantifier: Quantifier,
        /// Only where the person has this role.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<Box<str>>,
        /// What must hold for so many of them.
        that: Box<Self>,
    },
    /// `consent newsletter by email is granted`
    Consent {
        /// What for.
        purpose: Box<str>,
        /// By which way; without one, whatever was said for the purpose itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        channel: Option<Box<str>>,
        /// What the ledger says as of the instant.
        is: ConsentState,
    },
    /// `in NAME`: member of another segment of this library.
    #[serde(rename = "in")]
    Member(Box<str>),
}

/// A part of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Band {
    /// `top 100`: at or above the 100th highest value; equal values stand or fall together.
    Top(u32),
    /// `bottom 100`: at or below the 100th lowest value.
    Bottom(u32),
    /// `top 10 %`: at or above the interpolated 0.9 quantile.
    TopPercent(#[serde(with = "value::number_text")] Decimal),
    /// `bottom 10 %`: at or below the interpolated 0.1 quantile.
    BottomPercent(#[serde(with = "value::number_text")] Decimal),
    /// `percentile 50 to 90`: at or above the 0.5 quantile and below the 0.9 one; at most it where that is
    /// 100.
    Percentile {
        /// From this one, 0 to 100.
        #[serde(with = "value::number_text")]
        from: Decimal,
        /// Up to this one, 0 to 100.
        #[serde(with = "value::number_text")]
        to: Decimal,
    },
}

/// For how many of several something must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Quantifier {
    /// `all`: for each of them, and there is at least one.
    All,
    /// `any` (at least 1), `at least 3`, `at most 2`, `exactly 1`.
    Count(Count),
    /// `at least 50 %`: for that share of them, and there is at least one.
    AtLeastPercent(#[serde(with = "value::number_text")] Decimal),
}

impl Quantifier {
    /// Whether it is enough that something holds for so many of so many.
    pub(crate) fn accepts(self, holding: usize, of: usize) -> bool {
        match self {
            Self::All => of > 0 && holding == of,
            Self::Count(count) => count.accepts(holding),
            Self::AtLeastPercent(percent) => {
                let needed = multiply(percent, of.into());
                of > 0 && needed.is_ok_and(|needed| Decimal::from(holding * 100) >= needed)
            }
        }
    }
}

/// What the consent ledger says about a person, a purpose and a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentState {
    /// There is a valid yes.
    Granted,
    /// There is a no.
    Denied,
    /// Neither a valid yes nor a no.
    Unknown,
}

impl ConsentState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Granted, Self::Denied, Self::Unknown];

    /// The word that stands for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Denied => "denied",
            Self::Unknown => "unknown",
        }
    }
}
