//! Building blocks that crates of the house share: hidden, no part of the public API.
//!
//! They are here because crates of ring 1 never see each other, and each of these would otherwise be
//! written once a crate. They may change with any version: all crates of the house are pinned to one.

#[cfg(feature = "collections")]
mod arena;
mod bytes;
mod form;
#[cfg(feature = "collections")]
mod interner;

#[cfg(feature = "collections")]
pub use arena::{Appended, Arena, Rows};
pub use bytes::{Reader, put_number, put_optional_text, put_signed, put_text, put_time};
pub use form::read_form;
#[cfg(feature = "collections")]
pub use interner::Interner;
