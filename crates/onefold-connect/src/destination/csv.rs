//! Messages as rows of a CSV file.

use std::{
    fmt,
    io::Write,
    path::Path,
    sync::{Mutex, PoisonError},
};

use onefold_consent::Permitted;
use onefold_event::{Result, Timestamp, Value};

use super::{
    Columns, Delivery, Destination, Message,
    gate::{self, Gate},
    json_lines::already_finished,
};
use crate::WholeFile;

/// A CSV file as RFC 4180 describes it: UTF-8, `,`, `"`, and CR LF at the end of a line.
///
/// Written whole or not at all, as [`JsonLinesFile`](super::JsonLinesFile). A null is an empty field.
///
/// A spreadsheet takes a field that begins with `=`, `+`, `-` or `@` for a formula, and what people
/// typed into a form may be one. By default every value is written as it is, because systems that read
/// the file want `+44...` and `-12.50` so; for people who open it, choose [`Formulas::Escape`].
pub struct CsvFile {
    name: Box<str>,
    columns: Columns,
    formulas: Formulas,
    state: Mutex<State>,
}

/// What becomes of texts that a spreadsheet would take for formulas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Formulas {
    /// They are written as they are: for systems.
    #[default]
    Keep,
    /// A `'` is put before a text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return: for
    /// people with spreadsheets. Numbers stay as they are.
    Escape,
}

struct State {
    gate: Gate,
    file: Option<WholeFile>,
    row: String,
}

impl CsvFile {
    /// Starts the file and writes its header; an existing one is replaced at the end.
    ///
    /// # Errors
    /// `Io` if the folder cannot be written to.
    pub fn create(path: impl AsRef<Path>, columns: Columns, formulas: Formulas) -> Result<Self> {
        let path = path.as_ref();
        let mut file = WholeFile::create(path)?;
        let mut row = String::new();
        for (at, name) in columns.names().enumerate() {
            write_field(&mut row, at, name);
        }
        row.push_str("\r\n");
        file.write_all(row.as_bytes())?;
        Ok(Self {
            name: path.display().to_string().into(),
            columns,
            formulas,
            state: Mutex::new(State {
                gate: Gate::default(),
                file: Some(file),
                row,
            }),
        })
    }

    fn write_row(&self, row: &mut String, message: &Message) {
        for (at, value) in self.columns.values(message).enumerate() {
            let text = match &value {
                Value::Null => String::new(),
                other => other.to_string(),
            };
            let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
            let is_text = !matches!(value, Value::Number(_));
            match formula && is_text && self.formulas == Formulas::Escape {
                true => write_field(row, at, &format!("'{text}")),
                false => write_field(row, at, &text),
            }
        }
        row.push_str("\r\n");
    }
}

impl Destination for CsvFile {
    fn name(&self) -> &str {
        &self.name
    }

    fn deliver(&self, batch: &[Permitted<Message>], now: Timestamp) -> Vec<Delivery> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { gate, file, row } = &mut *state;
        gate.pass(batch, now, |message| {
            let Some(open) = file.as_mut() else {
                return gate::finished();
            };
            let mistakes = self.columns.mistakes(message);
            if !mistakes.is_empty() {
                return Delivery::Rejected(mistakes);
            }
            row.clear();
            self.write_row(row, message);
            let written = open.write_all(row.as_bytes());
            gate::written(file, written)
        })
    }

    fn finish(&self) -> Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.file.take() {
            Some(file) => file.commit(),
            None => Err(already_finished(&self.name)),
        }
    }
}

impl fmt::Debug for CsvFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CsvFile")
            .field("name", &self.name)
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}

fn write_field(row: &mut String, at: usize, text: &str) {
    if at > 0 {
        row.push(',');
    }
    // A single empty column would otherwise be a blank line, which readers skip.
    let quoted = text.contains([',', '"', '\r', '\n']) || text.is_empty() && at == 0;
    match quoted {
        true => {
            row.push('"');
            row.push_str(&text.replace('"', "\"\""));
            row.push('"');
        }
        false => row.push_str(text),
    }
}
