//! The commit thread: one write and one fsync a group, then the group becomes visible.

use std::sync::{Arc, mpsc::Receiver};

use onefold_event::{Ingested, Result};
use onefold_store::Group;

use crate::{shared::Shared, state::State, ticket::Promise};

/// A sealed group on its way to the disk, with the state it leads to.
pub(crate) struct Pending {
    /// `None` if nothing of the batches was to be stored.
    pub(crate) group: Option<Group>,
    /// `None` if readers are to see nothing new: more groups of the same follow, or it is only waited for.
    pub(crate) state: Option<State>,
    pub(crate) promises: Vec<(Promise, Vec<Ingested>)>,
}

/// Runs until the writer ends.
pub(crate) fn run(shared: &Arc<Shared>, groups: &Receiver<Pending>) {
    while let Ok(pending) = groups.recv() {
        let Pending {
            group,
            state,
            promises,
        } = pending;
        match commit(shared, group) {
            Ok(()) => {
                if let Some(state) = state {
                    shared.publish(state);
                }
                for (promise, fates) in promises {
                    shared.tally(&fates);
                    promise.keep(Ok(fates));
                }
            }
            Err(error) => {
                shared.poison(&error);
                for (promise, _) in promises {
                    promise.keep(Err(error.copied()));
                }
            }
        }
    }
}

fn commit(shared: &Shared, group: Option<Group>) -> Result<()> {
    shared.check_writable()?;
    match group {
        Some(group) => shared.store.commit(group).map(|_positions| ()),
        None => Ok(()),
    }
}
