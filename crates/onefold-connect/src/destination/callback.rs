//! Messages given to a function of the host.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

use onefold_consent::Permitted;
use onefold_event::{Result, Timestamp};

use super::{
    Delivery, Destination, Message,
    gate::{self, Gate},
    json_lines::already_finished,
};

/// A function of the host as a destination.
///
/// It is called for one message at a time and says what became of it; the permit is checked before, and
/// an id that it delivered does not come again.
pub struct Callback {
    name: Box<str>,
    state: Mutex<State>,
}

type Call = Box<dyn FnMut(&Message) -> Delivery + Send>;

struct State {
    gate: Gate,
    call: Option<Call>,
}

impl Callback {
    /// A destination that calls `call` for every message that may be sent.
    pub fn new(
        name: impl Into<Box<str>>,
        call: impl FnMut(&Message) -> Delivery + Send + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            state: Mutex::new(State {
                gate: Gate::default(),
                call: Some(Box::new(call)),
            }),
        }
    }
}

impl Destination for Callback {
    fn name(&self) -> &str {
        &self.name
    }

    fn deliver(&self, batch: &[Permitted<Message>], now: Timestamp) -> Vec<Delivery> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { gate, call } = &mut *state;
        gate.pass(batch, now, |message| match call {
            Some(call) => call(message),
            None => gate::finished(),
        })
    }

    fn finish(&self) -> Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.call.take() {
            Some(_) => Ok(()),
            None => Err(already_finished(&self.name)),
        }
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callback")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
