//! A language for audiences: parse, check, plan, evaluate, keep membership current.

mod check;
mod evaluate;
mod explain;
mod history;
mod kept;
mod lexer;
mod library;
mod live;
mod parser;
mod plan;
mod print;
mod suggest;
mod sum;
mod summary;
mod traits;
mod value;
mod window;

pub mod ast;

pub use explain::Explanation;
pub use library::{LANGUAGE_VERSION, Library, render};
pub use live::{Cause, Change, Live};
pub use plan::Plan;
pub use traits::Traits;
pub use value::Fault;

/// The language reference.
pub mod language {}
