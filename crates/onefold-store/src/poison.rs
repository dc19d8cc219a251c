//! The writer's fuse: after the first failure to write, of whatever file, nothing more is written.
//!
//! After a failed fsync nobody can know what is on the disk, and a second fsync that succeeds proves
//! nothing about the bytes of the first. Invariant: once blown, it stays blown until the store is reopened.

use std::{
    io,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use onefold_event::{Error, ErrorKind, Result};

#[derive(Debug, Default)]
pub(crate) struct Poison {
    blown: AtomicBool,
    reason: Mutex<String>,
}

impl Poison {
    pub(crate) fn is_blown(&self) -> bool {
        self.blown.load(Ordering::Acquire)
    }

    /// # Errors
    /// `Poisoned` with the first reason, once blown.
    pub(crate) fn check(&self) -> Result<()> {
        if !self.is_blown() {
            return Ok(());
        }
        let reason = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
        let message = format!(
            "nothing more is written since an earlier failure ({reason}); reopen the store"
        );
        Err(Error::new(ErrorKind::Poisoned, message))
    }

    /// Passes on the outcome of a write, and blows if it failed.
    pub(crate) fn watch<T>(&self, doing: &str, outcome: io::Result<T>) -> Result<T> {
        outcome.map_err(|error| {
            let message = format!("{doing}: {error}");
            let mut reason = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
            if !self.blown.swap(true, Ordering::AcqRel) {
                reason.clone_from(&message);
            }
            Error::new(ErrorKind::Io, message).because(error)
        })
    }
}
