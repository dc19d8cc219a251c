//! Values: read from properties and traits, calculated, aggregated and tested.
//!
//! Invariant: a number is an exact decimal; nothing here is a float.

use onefold_event::{Decimal, Timestamp};
use serde::{Deserialize, Serialize};

use super::Selection;

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
    /// `price > list_price`: two values with each other. Not for a right side that is only a number.
    Compare {
        /// The one.
        left: Expression,
        /// How.
        operator: Operator,
        /// The other.
        right: Expression,
    },
}

/// A value read or calculated from the properties of one occurrence.
///
/// Numbers are exact decimals. A quotient is rounded to 16 decimal places, half away from zero; nothing else is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Expression {
    /// The property at this dotted path.
    Property(Box<str>),
    /// `cart.product_id`: the property at this dotted path of an earlier step of the sequence.
    Earlier {
        /// The name of the step.
        step: Box<str>,
        /// The property.
        path: Box<str>,
    },
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

/// A value of a person or organisation: read, aggregated or calculated.
///
/// A missing part makes the whole missing, a fault in a part makes the whole a fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Quantity {
    /// A trait, golden or computed by this library.
    Trait(Box<str>),
    /// A number as written.
    #[serde(with = "number_text")]
    Number(Decimal),
    /// `sum(total of EVENT)`
    Aggregate(Aggregate),
    /// `sum over members (...)`: of an organisation.
    Members(MemberAggregate),
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

/// A value calculated over the members of an organisation as of the instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberAggregate {
    /// How their values become one: count, sum, avg, min, max, distinct or a percentile.
    pub function: Function,
    /// Only members in this role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Box<str>>,
    /// The value of each member; a member without it is left out.
    pub of: Box<Quantity>,
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
    /// The most frequent value, the least of those where several are; missing for none.
    Mode,
    /// `p90`: the percentile of this number, 0 to 100, interpolated between the two nearest values (type 7
    /// of Hyndman and Fan 1996, as SQL's `percentile_cont`); missing for none.
    Percentile(u8),
}

impl Function {
    /// Every function but the percentiles.
    pub const ALL: [Self; 9] = [
        Self::Count,
        Self::Sum,
        Self::Avg,
        Self::Min,
        Self::Max,
        Self::First,
        Self::Last,
        Self::Distinct,
        Self::Mode,
    ];

    /// The word that stands for it; a percentile's has its number behind it.
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
            Self::Mode => "mode",
            Self::Percentile(_) => "p",
        }
    }

    /// Whether the result is a number whatever the values are.
    pub(crate) const fn is_number(self) -> bool {
        matches!(
            self,
            Self::Count | Self::Sum | Self::Avg | Self::Distinct | Self::Percentile(_)
        )
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

pub(super) mod number_text {
    use std::borrow::Cow;

    use onefold_event::Decimal;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(in crate::ast) fn serialize<S: Serializer>(
        number: &Decimal,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    pub(in crate::ast) fn deserialize<'de, D: Deserializer<'de>>(
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
