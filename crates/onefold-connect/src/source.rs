//! Where items come from, and what takes them in.

use std::fmt::Debug;

use onefold_event::{CollectionBasis, Ingested, Result, SourceName};

use crate::Item;

/// A stream of items from outside, read batch by batch.
///
/// [`conformance::source`](crate::conformance::source) tests an implementation.
pub trait Source: Debug + Send {
    /// The name of the source; with the id of an item it decides what is a duplicate.
    fn name(&self) -> &SourceName;

    /// The legal ground on which it collects.
    fn basis(&self) -> CollectionBasis;

    /// The next items, at least one and at most `items_max` (of which 0 counts as 1), or `None` at the
    /// end and ever after.
    ///
    /// # Errors
    /// What the host must act on: the source cannot be read on. All items before the failure have been
    /// given, and the source has then ended. What is wrong with a single row is never an error.
    fn next_batch(&mut self, items_max: usize) -> Result<Option<Vec<Item>>>;
}

impl<S: Source + ?Sized> Source for Box<S> {
    fn name(&self) -> &SourceName {
        (**self).name()
    }

    fn basis(&self) -> CollectionBasis {
        (**self).basis()
    }

    fn next_batch(&mut self, items_max: usize) -> Result<Option<Vec<Item>>> {
        (**self).next_batch(items_max)
    }
}

/// What takes items in: the hub. Declared here so that sources need not know it.
pub trait Ingest: Send + Sync {
    /// Takes a batch of one source in; one fate for each item, in their order.
    ///
    /// # Errors
    /// What the host must act on; nothing of the batch is then acknowledged.
    fn ingest(
        &self,
        source: &SourceName,
        basis: CollectionBasis,
        items: Vec<Item>,
    ) -> Result<Vec<Ingested>>;
}
