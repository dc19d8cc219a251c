//! A plan as one statement of SQL, for a warehouse that has the same events.
//!
//! Invariant: a statement either gives the members that the reference evaluator gives, or is not written:
//! what a dialect cannot say is an error that names it.
//!
//! # What is the same, and what is not
//!
//! - **Tables** are those of a [`Layout`]. The universe is everybody in the table of people, or without one
//!   everybody in the events.
//! - **Numbers** are exact decimals. A column is read with the decimal places that the layout declares, else
//!   with 6, and up to 12 digits before the point; floats become the decimals that they were written as.
//!   Sums, products and comparisons are exact. A quotient (and an average) is rounded to 16 decimal places,
//!   as in the language. A result of more digits than an engine has (38, in ClickHouse
//!   and BigQuery 76) is that engine's error; the language's own limit of 28 digits is not asked for.
//! - **Types** are those of the columns. A property that definitions use as two types is an error, unless
//!   the layout declares what it is; the other use then holds for nobody, as in the language.
//! - **Windows** are constants, calculated here. The days that `distinct days` counts come from the
//!   engine's own zones.
//! - **Ties** of time are broken by [`Layout::tie`]; without one they are in no order.
//! - Every condition on something absent is written out; no answer hangs on how an engine treats nulls.

mod correlated;
mod dialect;
mod group;
mod layout;
mod leaf;
mod number;
mod population;
mod quantity;
mod select;
mod sequence;
mod source;
mod span;
mod types;
mod value;
mod writer;

use onefold_event::{Error, ErrorKind, Result, Timestamp};

pub use dialect::Dialect;
pub use layout::{ColumnType, Layout, Times};

use crate::{ast::Entity, plan::Plan};

/// How long a statement may become, in bytes.
const BYTES_MAX: usize = 16 << 20;

/// One statement whose rows are `(segment, person)` of all segments of people, sorted by both.
///
/// Each segment, each question that segments share and each table is a named part, evaluated once where
/// the engine can keep it (DuckDB, Postgres), with its definition as a comment. Cost: linear in the plan.
///
/// # Errors
/// `InvalidInput` if the layout lacks something that a definition needs, or a column is used as two types;
/// `Unsupported` if the dialect cannot say it; `LimitExceeded` for a statement of more than 16 MiB.
///
/// ```
/// use onefold_segment::{Library, Plan, sql::{self, Dialect, Layout}};
/// let plan = Plan::compile(Library::parse("segment loyal = did order in last 90 d at least 3 times")?)?;
/// let text = sql::statement(&plan, Dialect::DuckDb, &Layout::default(), "2026-04-01".parse()?)?;
/// assert!(text.contains("-- segment loyal = did order in last 90 d at least 3 times"));
/// assert!(text.contains("p.happened >= TIMESTAMP '2026-01-01 00:00:00'"));
/// assert!(text.ends_with("ORDER BY segment, person\n"));
/// # Ok::<(), onefold_event::Error>(())
/// ```
pub fn statement(
    plan: &Plan,
    dialect: Dialect,
    layout: &Layout,
    as_of: Timestamp,
) -> Result<String> {
    let mut writer = writer::Writer::new(plan, dialect, layout, as_of.as_micros())?;
    let mut members = Vec::new();
    for (number, segment) in plan.segments.iter().enumerate() {
        if segment.entity == Entity::Person {
            let part = writer
                .segment(number)
                .map_err(|error| error.context(format!("segment `{}`", segment.name)))?;
            let name = dialect.text(&segment.name)?;
            members.push(format!("SELECT {name} AS segment, person\n  FROM {part}"));
        }
    }
    if members.is_empty() {
        let message = "no segment of people is defined";
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    let members = members.join("\n  UNION ALL\n  ");
    let person = if layout.person_is_text {
        dialect.ordered("person")
    } else {
        "person".to_owned()
    };
    let segment = dialect.ordered("segment");
    let last = format!(
        "SELECT segment, person\nFROM (\n  {members}\n) AS members\nORDER BY {segment}, {person}"
    );
    let text = writer.finish(&last)?;
    if text.len() > BYTES_MAX {
        let message = "the statement would be longer than 16 MiB: write fewer segments into one";
        return Err(Error::new(ErrorKind::LimitExceeded, message));
    }
    Ok(text)
}
