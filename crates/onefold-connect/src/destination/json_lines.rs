//! Messages as JSON Lines in a file.

use std::{
    fmt,
    io::Write,
    path::Path,
    sync::{Mutex, PoisonError},
};

use onefold_consent::Permitted;
use onefold_event::{Diagnostic, Error, ErrorKind, Result, Timestamp, Value};

use super::{
    Delivery, Destination, Message,
    gate::{self, Gate},
};
use crate::WholeFile;

/// A file of JSON Lines: one object a message, with `message_id`, `person_id` and the fields.
///
/// Written whole or not at all: until [`finish`](Destination::finish) there is only a hidden temporary
/// file in the same folder, which goes away if this is dropped before.
pub struct JsonLinesFile {
    name: Box<str>,
    state: Mutex<State>,
}

struct State {
    gate: Gate,
    file: Option<WholeFile>,
    line: String,
}

impl JsonLinesFile {
    /// Starts the file; an existing one is replaced at the end.
    ///
    /// # Errors
    /// `Io` if the folder cannot be written to.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = WholeFile::create(path)?;
        Ok(Self {
            name: path.display().to_string().into(),
            state: Mutex::new(State {
                gate: Gate::default(),
                file: Some(file),
                line: String::new(),
            }),
        })
    }
}

impl Destination for JsonLinesFile {
    fn name(&self) -> &str {
        &self.name
    }

    fn deliver(&self, batch: &[Permitted<Message>], now: Timestamp) -> Vec<Delivery> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { gate, file, line } = &mut *state;
        gate.pass(batch, now, |message| {
            let Some(open) = file.as_mut() else {
                return gate::finished();
            };
            if let Some(mistake) = repeated_name(message) {
                return Delivery::Rejected(vec![mistake]);
            }
            line.clear();
            write_line(line, message);
            let written = open.write_all(line.as_bytes());
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

impl fmt::Debug for JsonLinesFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonLinesFile")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

pub(super) fn already_finished(name: &str) -> Error {
    let message = format!("`{name}` is finished already, or could not be written");
    Error::new(ErrorKind::InvalidInput, message)
}

fn repeated_name(message: &Message) -> Option<Diagnostic> {
    let names = message.fields.iter().map(|(name, _)| &**name);
    let mut all: Vec<&str> = names.chain(["message_id", "person_id"]).collect();
    all.sort_unstable();
    let pair = all.windows(2).find(|pair| pair.first() == pair.last())?;
    let name = pair.first()?;
    Some(Diagnostic::new(format!("there are two fields `{name}`")))
}

fn write_line(line: &mut String, message: &Message) {
    line.push_str("{\"message_id\":");
    line.push_str(&Value::text(&*message.id).to_json());
    line.push_str(",\"person_id\":\"");
    line.push_str(&message.person.to_string());
    line.push('"');
    for (name, value) in &message.fields {
        line.push(',');
        line.push_str(&Value::text(&**name).to_json());
        line.push(':');
        line.push_str(&value.to_json());
    }
    line.push_str("}\n");
}
