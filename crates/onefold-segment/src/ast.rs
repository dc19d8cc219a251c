//! The definitions as a tree: what text and JSON are read into and printed from.
//!
//! Invariant: one meaning has one tree. `did not X` and `not did X` are the same value, and so are
//! a definition in text and its twin in JSON.

use onefold_event::{Decimal, Timestamp};
use serde::{Deserialize, Serialize};

/// One named definition of a library.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Definition {
    /// `segment NAME = predicate`
    Segment {
        /// The segment's name: 1 to 128 bytes, no control characters.
        name: Box<str>,
        /// Who is a member.
        when: Predicate,
    },
    /// `trait NAME = aggregate`
    Trait {
        /// The computed trait's name: 1 to 128 bytes, no control characters.
        name: Box<str>,
        /// What its value is.
        value: Aggregate,
    },
}

impl Definition {
    /// The name that is defined.
    pub fn name(&self) -> &str {
        match self {
            Self::Segment { name, .. } | Self::Trait { name, .. } => name,
        }
    }
}

/// A condition on one person at one instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Predicate {
    /// `a and b`: all hold; two or more.
    All(Vec<Self>),
    /// `a or b`: at least one holds; two or more.
    Any(Vec<Self>),
    /// `not a`: the complement; everybody for whom `a` does not hold.
    Not(Box<Self>),
    /// A trait of the person, golden or computed by this library.
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
    },
    /// `sum(total of EVENT) >= 500`
    Aggregate {
        /// What is calculated.
        aggregate: Aggregate,
        /// What it must be.
        test: Test,
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
    /// `in NAME`: member of another segment of this library.
    #[serde(rename = "in")]
    Member(Box<str>),
}

/// Which occurrences: of which event, with which properties, from which time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// The name of the event or the collection of the record, compared exactly.
    pub event: Box<str>,
    /// What must hold for the occurrence's properties.
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
    /// The stretch of time it must lie in.
    #[serde(default, skip_serializing_if = "Window::is_ever")]
    pub window: Window,
}

/// A stretch of time, open towards its end: `[from, to)`.
///
/// Whatever the window, an occurrence at or after the instant of the question does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Window {
    /// All of the past.
    #[default]
    Ever,
    /// `in last 30 d`: `[as_of - 30 d, as_of)`.
    Last(Duration),
    /// `between 2011-01-01 and 2011-02-01`: from the first instant, up to but without the second.
    Between {
        /// The first instant inside.
        from: Timestamp,
        /// The first instant no longer inside.
        to: Timestamp,
    },
    /// `since 2011-01-01`: from that instant on.
    Since(Timestamp),
}

impl Window {
    pub(crate) fn is_ever(&self) -> bool {
        *self == Self::Ever
    }
}

/// A length of time, such as `30 d`; kept as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duration {
    /// How many; at least 1, and at most 200 years together.
    pub count: u32,
    /// Of what.
    pub unit: Unit,
}

impl Duration {
    /// The length in microseconds.
    pub fn micros(self) -> i64 {
        i64::from(self.count).saturating_mul(self.unit.micros())
    }
}

/// A unit of time with a fixed length. Months and years have none, so they are no units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Unit {
    /// Seconds.
    #[serde(rename = "s")]
    Second,
    /// Minutes.
    #[serde(rename = "min")]
    Minute,
    /// Hours.
    #[serde(rename = "h")]
    Hour,
    /// Days of 24 hours.
    #[serde(rename = "d")]
    Day,
    /// Weeks of 7 days.
    #[serde(rename = "w")]
    Week,
}

impl Unit {
    /// Every unit, shortest first.
    pub const ALL: [Self; 5] = [
        Self::Second,
        Self::Minute,
        Self::Hour,
        Self::Day,
        Self::Week,
    ];

    /// The word that stands for it: `s`, `min`, `h`, `d`, `w`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Second => "s",
            Self::Minute => "min",
            Self::Hour => "h",
            Self::Day => "d",
            Self::Week => "w",
        }
    }

    /// Its length in microseconds.
    pub const fn micros(self) -> i64 {
        let seconds = match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
            Self::Week => 604_800,
        };
        seconds * 1_000_000
    }
}

/// How often something must have happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Count {
    /// So often or more.
    AtLeast(u32),
    /// So often or less, which includes never.
    AtMost(u32),
    /// Exactly so often.
    Exactly(u32),
}

/// A condition on the properties of one occurrence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Filter {
    /// All hold; two or more.
    All(Vec<Self>),
    /// At least one holds; two or more.
    Any(Vec<Self>),
    /// The complement.
    Not(Box<Self>),
    /// A property, or a number calculated from several, passes a test.
    Property {
        /// What is tested.
        value: Expression,
        /// What it must be.
        test: Test,
    },
}

/// A value read or calculated from the properties of one occurrence.
///
/// Numbers are exact decimals. A quotient is rounded to 28 significant digits; nothing else is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Expression {
    /// The property at this dotted path.
    Property(Box<str>),
    /// A number as written.
    #[serde(with = "number_text")]
    Number(Decimal),
    /// The negative of a number.
    Negative(Box<Self>),
    /// `a + b`
    Add(Box<[Self; 2]>),
    /// `a - b`
    Subtract(Box<[Self; 2]>),
    /// `a * b`
    Multiply(Box<[Self; 2]>),
    /// `a / b`
    Divide(Box<[Self; 2]>),
}

/// A value calculated over the selected occurrences of one person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aggregate {
    /// How the values become one.
    pub function: Function,
    /// The value of each occurrence; an occurrence without it is left out. Only
    /// [`Function::Count`] may do without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Expression>,
    /// Which occurrences.
    #[serde(rename = "of")]
    pub selection: Selection,
}

/// How the values of many occurrences become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    /// How many occurrences (that have the value, if one is named); 0 for none.
    Count,
    /// The exact sum; 0 for none.
    Sum,
    /// The sum divided by the number of values; missing for none.
    Avg,
    /// The least value; missing for none.
    Min,
    /// The greatest value; missing for none.
    Max,
    /// The value of the earliest occurrence; missing for none.
    First,
    /// The value of the latest occurrence; missing for none.
    Last,
    /// How many different values; 0 for none.
    Distinct,
}

impl Function {
    /// Every function.
    pub const ALL: [Self; 8] = [
        Self::Count,
        Self::Sum,
        Self::Avg,
        Self::Min,
        Self::Max,
        Self::First,
        Self::Last,
        Self::Distinct,
    ];

    /// The word that stands for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::First => "first",
            Self::Last => "last",
            Self::Distinct => "distinct",
        }
    }

    /// Whether the result is a number whatever the values are.
    pub(crate) const fn is_number(self) -> bool {
        matches!(self, Self::Count | Self::Sum | Self::Avg | Self::Distinct)
    }
}

/// What a value must be. A missing value passes no test but [`Test::Unset`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Test {
    /// `= 5`, `!= "a"`, `< 3` and so on.
    Compare {
        /// How.
        operator: Operator,
        /// With what.
        value: Literal,
    },
    /// `in ["a", "b"]`: equal to one of them.
    In(Vec<Literal>),
    /// `between 1 and 5`: not below the first and not above the second.
    Between {
        /// The least value that passes.
        low: Literal,
        /// The greatest value that passes.
        high: Literal,
    },
    /// `is set`: present and not null.
    Set,
    /// `is unset`: absent or null.
    Unset,
    /// `contains "text"`, case counts.
    Contains(Box<str>),
    /// `starts with "text"`, case counts.
    StartsWith(Box<str>),
    /// `ends with "text"`, case counts.
    EndsWith(Box<str>),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Operator {
    /// `=`
    #[serde(rename = "=")]
    Equal,
    /// `!=`
    #[serde(rename = "!=")]
    NotEqual,
    /// `<`
    #[serde(rename = "<")]
    Less,
    /// `<=`
    #[serde(rename = "<=")]
    LessOrEqual,
    /// `>`
    #[serde(rename = ">")]
    Greater,
    /// `>=`
    #[serde(rename = ">=")]
    GreaterOrEqual,
}

impl Operator {
    /// Every operator.
    pub const ALL: [Self; 6] = [
        Self::Equal,
        Self::NotEqual,
        Self::Less,
        Self::LessOrEqual,
        Self::Greater,
        Self::GreaterOrEqual,
    ];

    /// The sign that stands for it.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// Whether two values in this order pass.
    pub(crate) fn accepts(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// A value written in a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Literal {
    /// `500.00`; in JSON as text, so that no reader makes a float of it.
    #[serde(with = "number_text")]
    Number(Decimal),
    /// `"pro"`
    Text(Box<str>),
    /// `true` or `false`
    Bool(bool),
    /// `2011-01-01` or `2011-01-01T12:00:00Z`: compared with text that is a time.
    Time(Timestamp),
}

mod number_text {
    use std::borrow::Cow;

    use onefold_event::Decimal;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(
        number: &Decimal,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Decimal, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Decimal::from_str_exact(&text).map_err(|_| {
            D::Error::custom(format!(
                "`{text}` is not a decimal number of up to 28 digits"
            ))
        })
    }
}
