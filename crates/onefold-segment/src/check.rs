//! What makes a definition wrong though it can be read: types, limits, names.
//!
//! Invariant: text and JSON pass the same checks; a `Library` holds only definitions without a
//! mistake.

mod behaviour;
mod name;
mod order;
mod test;
mod time;
mod value;
mod walk;

use onefold_event::Diagnostic;

pub(crate) use name::{Place, Places, Reference, kind_and_name, name_mistakes, references};
pub(crate) use test::{Subject, test_mistake};
pub(crate) use time::{duration_mistake, window_mistake, zone_mistake};
pub(crate) use walk::{Source, definition_mistakes};

use crate::code::Code;

/// How deep predicates, filters and expressions may nest together. Of operations in a row, each is one deeper than
/// the one behind it, so there are as many in a row at most.
pub(crate) const DEPTH_MAX: usize = 32;
/// How long a chain of segments in segments, or of traits in traits, may be.
pub(crate) const CHAIN_MAX: usize = 64;
/// How many operations may lie above each other in a trait and those that it refers to: an evaluation goes down
/// along them.
pub(crate) const LEVELS_MAX: usize = 256;
/// How many steps a sequence may have.
pub(crate) const STEPS_MAX: usize = 16;
/// Of how many earlier steps the filters of one sequence may speak.
pub(crate) const SPOKEN_MAX: usize = 2;
pub(crate) const NAME_BYTES_MAX: usize = 128;
/// How many mistakes are told at most; after so many the text is something else.
pub(crate) const MISTAKES_MAX: usize = 100;

/// What is wrong, and what to write instead.
#[derive(Debug, Clone)]
pub(crate) struct Mistake {
    pub(crate) code: Code,
    pub(crate) message: String,
    pub(crate) help: String,
    /// The word of the text it is about, where it is about one.
    pub(crate) word: Option<Box<str>>,
}

impl Mistake {
    pub(crate) fn new(code: Code, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            help: help.into(),
            word: None,
        }
    }

    pub(crate) fn about(mut self, word: &str) -> Self {
        self.word = Some(word.into());
        self
    }

    pub(crate) fn diagnostic(self) -> Diagnostic {
        self.code.tell(self.message).help(self.help)
    }
}

pub(crate) fn name_mistake(name: &str, of: &str) -> Option<Mistake> {
    let wrong =
        name.is_empty() || name.len() > NAME_BYTES_MAX || name.chars().any(char::is_control);
    wrong.then(|| {
        let message = format!("`{}` is no name for {of}", name.escape_debug());
        let help = format!("a name has 1 to {NAME_BYTES_MAX} bytes and no control characters");
        Mistake::new(Code::Name, message, help).about(name)
    })
}
