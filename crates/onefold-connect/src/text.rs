//! Text files as a stream of bounded lines and rows: decompressed, split, decoded, one at a time.
//!
//! Invariant: memory is bounded by [`LINE_BYTES_MAX`] and one chunk, whatever the file holds, and
//! every byte of the file belongs to exactly one line.

mod buffer;
mod encoding;
mod gzip;
mod lines;
mod rows;
mod stream;

pub(crate) use buffer::Buffer;
pub(crate) use encoding::Encoding;
pub(crate) use lines::{Line, Lines};
pub(crate) use rows::too_long;
pub(crate) use rows::{Dialect, FieldSpan, Row, RowFault, Rows};
pub use stream::decompressed;
pub(crate) use stream::{from_reader, open, unreadable};

/// The longest line or row that is read whole: 16 MiB. A longer one is quarantined with its first
/// [`PREFIX_BYTES`] bytes and its length.
pub const LINE_BYTES_MAX: usize = 16 << 20;

/// How much of a line longer than [`LINE_BYTES_MAX`] is kept in quarantine: 64 KiB.
pub const PREFIX_BYTES: usize = 64 << 10;
