//! Changes as they happen, read from the log: resumable, at least once, never in the writer's way.

use std::{collections::VecDeque, ops::ControlFlow, sync::Arc, time::Duration};

use onefold_event::{Position, Result};

use crate::{change::Change, shared::Shared, wire::Kind};

const A_DAY: Duration = Duration::from_secs(86_400);

/// Changes buffered at a time; a slow reader holds this many, the rest stays in the log.
const BUFFERED_MAX: usize = 1_024;

/// A reader of [`Change`]s from a position of the log on.
///
/// It reads the log itself, so however slow it is, ingest never waits for it and it misses nothing.
/// Keep the position of the last change handled, and resume from it: delivery is at least once.
#[derive(Debug)]
pub struct Subscription {
    shared: Arc<Shared>,
    read_upto: Position,
    buffered: VecDeque<Change>,
}

impl Subscription {
    pub(crate) fn new(shared: Arc<Shared>, after: Position) -> Self {
        Self {
            shared,
            read_upto: after,
            buffered: VecDeque::new(),
        }
    }

    /// The next change; `None` if none came within `longest`, or if all are read and there will be no
    /// more, because the hub is closed or poisoned: [`is_at_end`](Self::is_at_end) tells the two apart.
    ///
    /// # Errors
    /// `Io` or `Corrupt` if the log cannot be read.
    pub fn next_within(&mut self, longest: Duration) -> Result<Option<Change>> {
        let deadline = std::time::Instant::now().checked_add(longest);
        loop {
            if let Some(change) = self.buffered.pop_front() {
                return Ok(Some(change));
            }
            // A wait that ends after the end of time is a wait without end, in long steps.
            let left = deadline.map_or(A_DAY, |deadline| {
                deadline.saturating_duration_since(std::time::Instant::now())
            });
            let durable = self.shared.wait_past(self.read_upto, left);
            if durable <= self.read_upto {
                match deadline.is_none() && self.shared.may_grow() {
                    true => continue,
                    false => return Ok(None),
                }
            }
            self.fill(durable)?;
        }
    }

    /// Whether everything is read and nothing more will come.
    pub fn is_at_end(&self) -> bool {
        self.buffered.is_empty()
            && !self.shared.may_grow()
            && self.shared.durable() <= self.read_upto
    }

    /// Reads on to `durable`, or until the buffer is full.
    fn fill(&mut self, durable: Position) -> Result<()> {
        let mut failure = None;
        let (buffered, read_upto) = (&mut self.buffered, &mut self.read_upto);
        let from = *read_upto;
        self.shared.store.scan(from, &mut |stored| {
            if stored.position > durable || buffered.len() >= BUFFERED_MAX {
                return ControlFlow::Break(());
            }
            if stored.kind == Kind::Change as u8 {
                match Change::from_bytes(stored.body, stored.position) {
                    Ok(change) => buffered.push_back(change),
                    Err(error) => {
                        failure = Some(error);
                        return ControlFlow::Break(());
                    }
                }
            }
            *read_upto = stored.position;
            ControlFlow::Continue(())
        })?;
        failure.map_or(Ok(()), Err)
    }
}
