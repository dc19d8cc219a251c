//! Exact decimals in each dialect: how they are read, written and calculated with.
//!
//! Invariant: nothing here is a float, and no decimal place is lost but by a quotient, which is rounded to
//! [`QUOTIENT_PLACES`]. Where an engine would round anything else, there is an error instead.

use onefold_event::{Decimal, Error, ErrorKind, Result};

use super::dialect::Dialect;

/// Decimal places of a quotient, the same in every dialect.
pub(super) const QUOTIENT_PLACES: u32 = 16;

/// How many digits a number may have before and behind the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Digits {
    pub(super) whole: u32,
    pub(super) places: u32,
}

impl Digits {
    /// Of a count.
    pub(super) const COUNT: Self = Self {
        whole: 20,
        places: 0,
    };

    /// Of a sum of many.
    pub(super) fn of_sum(self) -> Self {
        Self {
            whole: (self.whole + 10).min(38_u32.saturating_sub(self.places)),
            places: self.places,
        }
    }
}

/// A number as SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) text: String,
    pub(super) digits: Digits,
}

impl Dialect {
    /// The type of decimals of so many digits; engines that take no less give them all.
    pub(super) fn decimal_type(self, digits: Digits) -> String {
        let Digits { whole, places } = digits;
        match self {
            Self::DuckDb => format!("DECIMAL(38, {places})"),
            Self::Postgres => format!("NUMERIC(100, {places})"),
            Self::ClickHouse => format!("Nullable(Decimal(76, {places}))"),
            Self::Spark => format!("DECIMAL({}, {places})", (whole + places).min(38)),
            Self::BigQuery => "BIGNUMERIC".to_owned(),
            Self::Snowflake => format!("NUMBER(38, {places})"),
        }
    }

    /// A stored number, rounded to so many places.
    pub(super) fn column_number(self, column: &str, places: u32) -> Number {
        let places = places.min(18);
        let digits = Digits { whole: 12, places };
        let text = match self {
            Self::DuckDb | Self::Spark => {
                format!("CAST({column} AS DECIMAL({}, {places}))", 12 + places)
            }
            Self::Postgres => format!("CAST({column} AS NUMERIC({}, {places}))", 12 + places),
            Self::Snowflake => format!("CAST({column} AS NUMBER({}, {places}))", 12 + places),
            // Floats would be cut off, so their shortest text is read.
            Self::ClickHouse => format!(
                "CAST(round(toDecimal256(toString({column}), 20), {places}) AS {})",
                self.decimal_type(digits)
            ),
            Self::BigQuery => format!("ROUND(CAST({column} AS BIGNUMERIC), {places})"),
        };
        Number { text, digits }
    }

    /// A number as written.
    pub(super) fn number(self, number: Decimal) -> Number {
        let number = number.normalize();
        let places = number.scale();
        let written = number.to_string();
        let count = written.chars().filter(char::is_ascii_digit).count();
        let whole = u32::try_from(count)
            .unwrap_or(38)
            .saturating_sub(places)
            .max(1);
        let is_small = places == 0 && whole <= 18;
        let text = match self {
            Self::ClickHouse if !is_small => format!("toDecimal256('{written}', {places})"),
            Self::BigQuery if !is_small => format!("BIGNUMERIC '{written}'"),
            // A sign of its own would join another to begin a comment.
            _ if number.is_sign_negative() => format!("({written})"),
            _ => written,
        };
        Number {
            text,
            digits: Digits { whole, places },
        }
    }

    pub(super) fn negative(self, number: &Number) -> Number {
        Number {
            text: format!("(-{})", number.text),
            digits: number.digits,
        }
    }

    /// `+` or `-`.
    pub(super) fn sum(self, left: &Number, sign: char, right: &Number) -> Number {
        let places = left.digits.places.max(right.digits.places);
        let most = 37_u32.saturating_sub(places);
        let (left, right) = (self.narrowed(left, most), self.narrowed(right, most));
        let whole = left.digits.whole.max(right.digits.whole) + 1;
        Number {
            text: format!("({} {sign} {})", left.text, right.text),
            digits: Digits { whole, places },
        }
    }

    pub(super) fn product(self, left: &Number, right: &Number) -> Result<Number> {
        let places = left.digits.places + right.digits.places;
        let most = match self {
            Self::Postgres => u32::MAX,
            Self::ClickHouse => 60,
            Self::DuckDb => 34,
            Self::BigQuery => 38,
            Self::Spark => 30,
            Self::Snowflake => left.digits.places.max(right.digits.places).max(12),
        };
        if places > most {
            let message = format!(
                "{self} keeps {most} decimal places of a product, and this one has {places}: \
                 declare fewer places of its columns in the layout"
            );
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let room = 37_u32.saturating_sub(places);
        let first = left
            .digits
            .whole
            .min(room.saturating_sub(right.digits.whole.min(room / 2)));
        let second = right.digits.whole.min(room.saturating_sub(first));
        let (left, right) = (self.narrowed(left, first), self.narrowed(right, second));
        Ok(Number {
            text: format!("({} * {})", left.text, right.text),
            digits: Digits {
                whole: left.digits.whole + right.digits.whole,
                places,
            },
        })
    }

    /// The quotient, rounded; null where the divisor is zero.
    pub(super) fn quotient(self, left: &Number, right: &Number) -> Number {
        let digits = Digits {
            whole: 22,
            places: QUOTIENT_PLACES,
        };
        let (a, b) = (&left.text, format!("NULLIF({}, 0)", right.text));
        let text = match self {
            Self::DuckDb => long_division(left, right),
            Self::Postgres => format!("ROUND(CAST({a} AS NUMERIC(100, 24)) / {b}, 16)"),
            Self::ClickHouse => {
                // It divides in rows that are null, too: there by one.
                let wide = |number: &Number| self.decimal_type(number.digits);
                format!(
                    "CASE WHEN {d} <> 0 THEN CAST(round(divideDecimal(CAST({a} AS {}), \
                     CAST(COALESCE({b}, 1) AS {}), 20), 16) AS {}) END",
                    wide(left),
                    wide(right),
                    self.decimal_type(digits),
                    d = right.text
                )
            }
            Self::Spark => {
                // The widths at which Spark keeps 16 places.
                let whole = 22_u32
                    .saturating_sub(right.digits.places)
                    .min(left.digits.whole);
                let a = self.narrowed(left, whole).text;
                let places = right.digits.places;
                let width = (right.digits.whole.max(16) + places).min(38);
                format!("CAST({a} / CAST({b} AS DECIMAL({width}, {places})) AS DECIMAL(38, 16))")
            }
            Self::BigQuery => format!("ROUND(CAST({a} AS BIGNUMERIC) / {b}, 16)"),
            Self::Snowflake => format!("(CAST({a} AS NUMBER(38, 16)) / {b})"),
        };
        Number { text, digits }
    }

    /// The same number with at most so many digits before the point: only Spark must be told, which
    /// otherwise cuts off places to make room. What does not fit is an error of Spark's.
    fn narrowed(self, number: &Number, whole: u32) -> Number {
        if self != Self::Spark || number.digits.whole <= whole {
            return number.clone();
        }
        let digits = Digits {
            whole,
            places: number.digits.places,
        };
        Number {
            text: format!("CAST({} AS {})", number.text, self.decimal_type(digits)),
            digits,
        }
    }
}

/// DuckDB divides decimals as floats. Integers it divides exactly: first for what stands before the point,
/// then the rest for what stands behind it.
fn long_division(left: &Number, right: &Number) -> String {
    let places = left.digits.places.max(right.digits.places);
    let whole = |number: &Number| match places {
        0 => format!("CAST({} AS HUGEINT)", number.text),
        _ => format!(
            "CAST({} * 1{} AS HUGEINT)",
            number.text,
            "0".repeat(places as usize)
        ),
    };
    let (a, b) = (whole(left), format!("NULLIF({}, 0)", whole(right)));
    format!(
        "ROUND(CAST({a} // {b} AS DECIMAL(38, 17)) \
         + CAST({a} % {b} * 100000000000000000 // {b} AS DECIMAL(38, 0)) * 0.00000000000000001, 16)"
    )
}
