//! The dialects: how each writes texts, names, times and functions.
//!
//! Invariant: whatever a text or a name holds, it stays one literal or one identifier.

use std::{fmt, str::FromStr};

use onefold_event::{Error, ErrorKind, Result, Timestamp};

use super::layout::Times;

/// A dialect of SQL.
///
/// ```
/// use onefold_segment::sql::Dialect;
/// assert_eq!("duckdb".parse::<Dialect>()?, Dialect::DuckDb);
/// assert_eq!(Dialect::BigQuery.name(), "bigquery");
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// DuckDB 1.0 and later.
    DuckDb,
    /// PostgreSQL 12 and later.
    Postgres,
    /// ClickHouse 25 and later, and chdb.
    ClickHouse,
    /// Spark 3.4 and later, with `spark.sql.ansi.enabled`.
    Spark,
    /// BigQuery.
    BigQuery,
    /// Snowflake.
    Snowflake,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Self; 6] = [
        Self::DuckDb,
        Self::Postgres,
        Self::ClickHouse,
        Self::Spark,
        Self::BigQuery,
        Self::Snowflake,
    ];

    /// Its name: `duckdb`, `postgres`, `clickhouse`, `spark`, `bigquery` or `snowflake`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DuckDb => "duckdb",
            Self::Postgres => "postgres",
            Self::ClickHouse => "clickhouse",
            Self::Spark => "spark",
            Self::BigQuery => "bigquery",
            Self::Snowflake => "snowflake",
        }
    }

    /// A text literal.
    pub(super) fn text(self, text: &str) -> Result<String> {
        if text.contains('\0') {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "no SQL text holds a zero character",
            ));
        }
        // A line end is always written as an escape, so that laying out a statement cannot change a text.
        let has_escapes = match self {
            Self::DuckDb | Self::Postgres => text.contains(['\n', '\r']),
            _ => true,
        };
        let is_standard = matches!(self, Self::DuckDb | Self::Postgres);
        let mut quoted = String::with_capacity(text.len() + 2);
        quoted.push_str(if is_standard && has_escapes {
            "E'"
        } else {
            "'"
        });
        for character in text.chars() {
            match (self, character) {
                (Self::DuckDb | Self::Postgres, '\'') => quoted.push_str("''"),
                (Self::DuckDb | Self::Postgres, other) if !has_escapes => quoted.push(other),
                (_, '\'' | '\\') => quoted.extend(['\\', character]),
                (_, '\n') => quoted.push_str("\\n"),
                (_, '\r') => quoted.push_str("\\r"),
                // Spark replaces `${name}` before it reads anything.
                (Self::Spark, '$') => quoted.push_str("\\u0024"),
                (_, other) => quoted.push(other),
            }
        }
        quoted.push('\'');
        Ok(quoted)
    }

    /// The name of a column or of one part of the name of a table.
    pub(super) fn identifier(self, name: &str) -> Result<String> {
        let is_wrong = name.is_empty()
            || name.contains(['\0', '\n', '\r'])
            || (self == Self::Spark && name.contains("${"))
            || (self == Self::BigQuery
                && !name
                    .chars()
                    .all(|c| c.is_alphanumeric() || "_- ".contains(c)));
        if is_wrong {
            let message = format!(
                "`{}` cannot be the name of a column or table in {self}: name another in the layout",
                name.escape_debug()
            );
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        Ok(match self {
            Self::DuckDb | Self::Postgres => format!("\"{}\"", name.replace('"', "\"\"")),
            // A name without quotes is one in capitals there.
            Self::Snowflake if is_plain(name) => format!("\"{}\"", name.to_ascii_uppercase()),
            Self::Snowflake => format!("\"{}\"", name.replace('"', "\"\"")),
            Self::Spark => format!("`{}`", name.replace('`', "``")),
            Self::ClickHouse | Self::BigQuery => {
                format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`"))
            }
        })
    }

    /// An instant as a literal of the type that [`instant`](Self::instant) gives.
    pub(super) fn time(self, micros: i64) -> String {
        let text = time_text(micros);
        match self {
            Self::ClickHouse => format!("toDateTime64('{text}', 6, 'UTC')"),
            Self::Spark | Self::BigQuery => format!("TIMESTAMP '{text}+00:00'"),
            Self::Snowflake => format!("'{text}'::TIMESTAMP_NTZ"),
            Self::DuckDb | Self::Postgres => format!("TIMESTAMP '{text}'"),
        }
    }

    /// The same instant as a literal to compare a stored column with.
    pub(super) fn stored_time(self, micros: i64, times: Option<Times>) -> String {
        let text = time_text(micros);
        match (self, times) {
            (Self::DuckDb | Self::Postgres, Some(Times::Instant)) => {
                format!("TIMESTAMPTZ '{text}+00'")
            }
            (Self::Snowflake, Some(Times::Instant)) => format!("'{text} +0000'::TIMESTAMP_TZ"),
            (Self::Spark, Some(Times::Utc)) => format!("TIMESTAMP_NTZ '{text}'"),
            (Self::BigQuery, Some(Times::Utc)) => format!("DATETIME '{text}'"),
            _ => self.time(micros),
        }
    }

    /// A stored time as the dialect's own instant, or time without zone in UTC.
    pub(super) fn instant(self, column: &str, times: Option<Times>) -> String {
        match (self, times) {
            (Self::DuckDb, Some(Times::Instant)) => format!("timezone('UTC', {column})"),
            (Self::Postgres, Some(Times::Instant)) => format!("{column} AT TIME ZONE 'UTC'"),
            (Self::Snowflake, Some(Times::Instant)) => {
                format!("CONVERT_TIMEZONE('UTC', {column})::TIMESTAMP_NTZ")
            }
            (Self::Spark, Some(Times::Utc)) => {
                format!("CAST(CONCAT(CAST({column} AS STRING), '+00:00') AS TIMESTAMP)")
            }
            (Self::BigQuery, Some(Times::Utc)) => format!("TIMESTAMP({column}, 'UTC')"),
            (Self::ClickHouse, _) => format!("toDateTime64({column}, 6, 'UTC')"),
            _ => column.to_owned(),
        }
    }

    /// The place of each row, as a number that may be multiplied.
    pub(super) fn place(self, over: &str) -> String {
        let place = format!("ROW_NUMBER() OVER ({over})");
        match self {
            // Spark counts in 32 bits, and an overflow there is an error of the whole statement.
            Self::Spark => format!("CAST({place} AS BIGINT)"),
            _ => place,
        }
    }

    /// A time so many seconds later.
    pub(super) fn later(self, time: &str, seconds: i64) -> String {
        match self {
            Self::DuckDb => format!("{time} + to_seconds({seconds})"),
            Self::Postgres => format!("{time} + INTERVAL '{seconds} seconds'"),
            Self::ClickHouse => format!("addSeconds({time}, {seconds})"),
            // An interval would be added by the calendar of the session's zone.
            Self::Spark => format!("TIMESTAMP_MICROS(UNIX_MICROS({time}) + {seconds}000000)"),
            Self::BigQuery => format!("TIMESTAMP_ADD({time}, INTERVAL {seconds} SECOND)"),
            Self::Snowflake => format!("DATEADD(second, {seconds}, {time})"),
        }
    }

    /// The calendar day of a time in a zone, as something that is equal on equal days.
    pub(super) fn day(self, time: &str, zone: &str) -> String {
        match self {
            Self::DuckDb => format!("CAST(timezone({zone}, timezone('UTC', {time})) AS DATE)"),
            Self::Postgres => {
                format!("CAST(({time} AT TIME ZONE 'UTC') AT TIME ZONE {zone} AS DATE)")
            }
            Self::ClickHouse => format!("toDate32({time}, {zone})"),
            Self::Spark => {
                format!("FLOOR(UNIX_SECONDS(FROM_UTC_TIMESTAMP({time}, {zone})) / 86400)")
            }
            Self::BigQuery => format!("DATE({time}, {zone})"),
            Self::Snowflake => format!("CAST(CONVERT_TIMEZONE('UTC', {zone}, {time}) AS DATE)"),
        }
    }

    /// Whether a text holds, begins with or ends with another; both are SQL.
    pub(super) fn contains(self, text: &str, part: &str) -> String {
        match self {
            Self::DuckDb | Self::Spark | Self::Snowflake => format!("CONTAINS({text}, {part})"),
            Self::Postgres | Self::BigQuery => format!("STRPOS({text}, {part}) > 0"),
            Self::ClickHouse => format!("position({text}, {part}) > 0"),
        }
    }

    pub(super) fn starts_with(self, text: &str, part: &str) -> String {
        match self {
            Self::DuckDb | Self::Postgres | Self::BigQuery => {
                format!("STARTS_WITH({text}, {part})")
            }
            Self::ClickHouse => format!("startsWith({text}, {part})"),
            Self::Spark | Self::Snowflake => format!("STARTSWITH({text}, {part})"),
        }
    }

    pub(super) fn ends_with(self, text: &str, part: &str) -> String {
        match self {
            Self::DuckDb => format!("SUFFIX({text}, {part})"),
            Self::BigQuery => format!("ENDS_WITH({text}, {part})"),
            Self::Postgres => format!("RIGHT({text}, CHAR_LENGTH({part})) = {part}"),
            Self::ClickHouse => format!("endsWith({text}, {part})"),
            Self::Spark | Self::Snowflake => format!("ENDSWITH({text}, {part})"),
        }
    }

    /// A text that is ordered by code point.
    pub(super) fn ordered(self, text: &str) -> String {
        match self {
            Self::Postgres => format!("{text} COLLATE \"C\""),
            _ => text.to_owned(),
        }
    }

    /// The first 16 hexadecimal digits of the SHA-256 of a text literal and an id behind it.
    pub(super) fn hash(self, salt: &str, id: &str) -> String {
        match self {
            Self::DuckDb => format!("LEFT(SHA256({salt} || CAST({id} AS VARCHAR)), 16)"),
            Self::Postgres => format!(
                "LEFT(ENCODE(SHA256(CONVERT_TO({salt} || CAST({id} AS TEXT), 'UTF8')), 'hex'), 16)"
            ),
            Self::ClickHouse => {
                format!("substring(lower(hex(SHA256(concat({salt}, toString({id}))))), 1, 16)")
            }
            Self::Spark => {
                format!("SUBSTR(SHA2(CONCAT({salt}, CAST({id} AS STRING)), 256), 1, 16)")
            }
            Self::BigQuery => {
                format!("SUBSTR(TO_HEX(SHA256(CONCAT({salt}, CAST({id} AS STRING)))), 1, 16)")
            }
            Self::Snowflake => format!("LEFT(SHA2({salt} || CAST({id} AS VARCHAR), 256), 16)"),
        }
    }

    /// The least or the greatest of truth values.
    pub(super) fn extreme_truth(self, is_greatest: bool, value: &str) -> String {
        let name = match (self, is_greatest) {
            (Self::Postgres, false) => "BOOL_AND",
            (Self::Postgres, true) => "BOOL_OR",
            (Self::BigQuery, false) => "LOGICAL_AND",
            (Self::BigQuery, true) => "LOGICAL_OR",
            (Self::Snowflake, false) => "BOOLAND_AGG",
            (Self::Snowflake, true) => "BOOLOR_AGG",
            (_, false) => "MIN",
            (_, true) => "MAX",
        };
        format!("{name}({value})")
    }

    /// A value that a window over no row leaves null; where others do so by themselves, itself.
    pub(super) fn nullable(self, value: &str) -> String {
        match self {
            Self::ClickHouse => format!("toNullable({value})"),
            _ => value.to_owned(),
        }
    }

    /// The value of the next row, null behind the last.
    pub(super) fn next(self, value: &str, by: &str) -> String {
        match self {
            Self::ClickHouse => format!(
                "leadInFrame({value}) OVER ({by} ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)"
            ),
            _ => format!("LEAD({value}) OVER ({by})"),
        }
    }

    /// How a part that several others read is kept from being evaluated again.
    pub(super) fn materialized(self, is_wanted: bool) -> &'static str {
        match (self, is_wanted) {
            (Self::DuckDb | Self::Postgres, true) => "MATERIALIZED ",
            (Self::DuckDb | Self::Postgres, false) => "NOT MATERIALIZED ",
            _ => "",
        }
    }

    /// What stands behind the statement.
    pub(super) fn settings(self) -> &'static str {
        match self {
            // Without it, a row without a match has zeros and empty texts.
            Self::ClickHouse => "\nSETTINGS join_use_nulls = 1",
            _ => "",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Dialect {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let known = Self::ALL.into_iter().find(|dialect| dialect.name() == name);
        known.ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|dialect| dialect.name()).collect();
            let message = format!(
                "unknown dialect `{name}`: write one of {}",
                names.join(", ")
            );
            Error::new(ErrorKind::InvalidInput, message)
        })
    }
}

fn is_plain(name: &str) -> bool {
    let mut characters = name.chars();
    let is_start = |c: char| c.is_ascii_lowercase() || c == '_';
    characters.next().is_some_and(is_start) && characters.all(|c| is_start(c) || c.is_ascii_digit())
}

/// `2026-04-01 00:00:00.5`, within the years 1 to 9999 that every engine knows.
fn time_text(micros: i64) -> String {
    const FIRST: i64 = -62_135_596_800_000_000;
    const LAST: i64 = 253_402_300_799_999_999;
    let time = Timestamp::from_micros(micros.clamp(FIRST, LAST)).to_chrono();
    let text = time.format("%Y-%m-%d %H:%M:%S%.6f").to_string();
    text.strip_suffix(".000000").unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_names_stay_one_token() {
        let check = |dialect: Dialect, text: &str, literal: &str, name: &str| {
            assert_eq!(dialect.text(text).unwrap(), literal, "{dialect}");
            assert_eq!(dialect.identifier(text).unwrap(), name, "{dialect}");
        };
        check(Dialect::DuckDb, "a'\"\\`", "'a''\"\\`'", "\"a'\"\"\\`\"");
        check(Dialect::Postgres, "a'\"\\`", "'a''\"\\`'", "\"a'\"\"\\`\"");
        check(
            Dialect::ClickHouse,
            "a'\"\\`",
            "'a\\'\"\\\\`'",
            "`a'\"\\\\\\``",
        );
        check(Dialect::Spark, "a'\"\\`", "'a\\'\"\\\\`'", "`a'\"\\```");
        check(
            Dialect::Snowflake,
            "a'\"\\`",
            "'a\\'\"\\\\`'",
            "\"a'\"\"\\`\"",
        );
        check(Dialect::Snowflake, "user_id", "'user_id'", "\"USER_ID\"");
        assert_eq!(Dialect::BigQuery.text("a\n'").unwrap(), "'a\\n\\''");
        assert_eq!(Dialect::Spark.text("${env:A}").unwrap(), "'\\u0024{env:A}'");
        let refused = Dialect::BigQuery.identifier("a.b").unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unsupported);
    }

    #[test]
    fn times_are_in_every_engines_years() {
        let check = |micros, expected: &str| {
            assert_eq!(
                Dialect::DuckDb.time(micros),
                format!("TIMESTAMP '{expected}'")
            );
        };
        check(0, "1970-01-01 00:00:00");
        check(-1, "1969-12-31 23:59:59.999999");
        check(i64::MIN, "0001-01-01 00:00:00");
        check(i64::MAX, "9999-12-31 23:59:59.999999");
    }
}
