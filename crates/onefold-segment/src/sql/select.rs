//! One `SELECT`, laid out to be read.
//!
//! Invariant: each clause begins a line, and what is nested stands two spaces further in.

use std::fmt::{self, Display, Formatter};

#[derive(Debug, Clone, Default)]
pub(super) struct Select {
    pub(super) distinct: bool,
    pub(super) columns: Vec<String>,
    /// The first table, then its joins.
    pub(super) from: Vec<String>,
    pub(super) conditions: Vec<String>,
    pub(super) group: Vec<String>,
    pub(super) having: Option<String>,
}

impl Select {
    pub(super) fn of<C: Into<String>>(
        columns: impl IntoIterator<Item = C>,
        from: impl Into<String>,
    ) -> Self {
        Self {
            columns: columns.into_iter().map(Into::into).collect(),
            from: vec![from.into()],
            ..Self::default()
        }
    }

    pub(super) fn distinct(mut self) -> Self {
        self.distinct = true;
        self
    }

    #[must_use]
    pub(super) fn join(mut self, join: impl Into<String>) -> Self {
        self.from.push(join.into());
        self
    }

    #[must_use]
    pub(super) fn only(mut self, conditions: impl IntoIterator<Item = String>) -> Self {
        self.conditions.extend(conditions);
        self
    }

    #[must_use]
    pub(super) fn group(mut self, by: &[&str]) -> Self {
        self.group = by.iter().map(|by| (*by).to_owned()).collect();
        self
    }

    #[must_use]
    pub(super) fn having(mut self, condition: impl Into<String>) -> Self {
        self.having = Some(condition.into());
        self
    }

    /// Behind a join, ClickHouse calls a column by its whole path, unless it is told a name.
    fn named_column(&self, column: &str) -> String {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "_.".contains(c);
        match column.rsplit_once('.') {
            Some((_, name)) if self.from.len() > 1 && column.chars().all(is_plain) => {
                format!("{column} AS {name}")
            }
            _ => column.to_owned(),
        }
    }

    /// As a table of that name to select from.
    pub(super) fn named(&self, name: &str) -> String {
        format!("(\n{}\n) AS {name}", indented(&self.to_string()))
    }
}

impl Display for Select {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(if self.distinct {
            "SELECT DISTINCT "
        } else {
            "SELECT "
        })?;
        // Few short columns stay on one line.
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|column| self.named_column(column))
            .collect();
        let length: usize = columns.iter().map(String::len).sum();
        let is_long = length > 90 || columns.iter().any(|column| column.contains('\n'));
        f.write_str(&columns.join(if is_long { ",\n  " } else { ", " }))?;
        for (number, table) in self.from.iter().enumerate() {
            let before = if number == 0 { "FROM " } else { "" };
            write!(f, "\n{before}{table}")?;
        }
        for (number, condition) in self.conditions.iter().enumerate() {
            let before = if number == 0 { "WHERE" } else { "  AND" };
            write!(f, "\n{before} {condition}")?;
        }
        if !self.group.is_empty() {
            write!(f, "\nGROUP BY {}", self.group.join(", "))?;
        }
        match &self.having {
            Some(having) => write!(f, "\nHAVING {having}"),
            None => Ok(()),
        }
    }
}

pub(super) fn indented(text: &str) -> String {
    // No literal holds a line end: `Dialect::text` writes them as escapes.
    format!("  {}", text.replace('\n', "\n  "))
}

/// Conditions of which all hold.
pub(super) fn all(conditions: &[String]) -> String {
    joined(conditions, " AND ", "TRUE")
}

/// Conditions of which any holds.
pub(super) fn any(conditions: &[String]) -> String {
    joined(conditions, " OR ", "FALSE")
}

fn joined(conditions: &[String], word: &str, of_none: &str) -> String {
    match conditions {
        [] => of_none.to_owned(),
        [single] => single.clone(),
        several => format!("({})", several.join(word)),
    }
}

/// The complement; what is not known does not hold.
pub(super) fn not(condition: &str) -> String {
    format!("NOT COALESCE({condition}, FALSE)")
}
