//! What segments see of a fact: a name, a time, and properties read by path.

use crate::{Position, Timestamp, Value};

/// Something that happened at a time: an event, or a record that carries one.
///
/// Segments, and later insight and journeys, see facts only through this trait.
pub trait Occurrence {
    /// The event's name (`Order Completed`), or the record's collection (`order_lines`). A page view is
    /// `page`, a screen view `screen`, an identify call `identify`, and so on.
    fn name(&self) -> &str;

    /// Event time, corrected for clock skew.
    fn time(&self) -> Timestamp;

    /// The place in the log; breaks ties of time.
    fn position(&self) -> Position;

    /// A property by dotted path (`products`, `address.city`); `None` where it is absent.
    fn property(&self, path: &str) -> Option<Value>;
}
