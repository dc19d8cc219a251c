//! The same work on many things, by several threads.
//!
//! Invariant: results are in the order of the things, whoever did them.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

/// Does one thing after the other on so many threads (none beside this one for 1). A panic goes on here.
pub(crate) fn each<T: Send, R: Send>(
    things: Vec<T>,
    threads: usize,
    work: impl Fn(usize, T) -> R + Sync,
) -> Vec<R> {
    let threads = threads.min(things.len());
    if threads <= 1 {
        let numbered = things.into_iter().enumerate();
        return numbered
            .map(|(number, thing)| work(number, thing))
            .collect();
    }
    let waiting: Vec<Mutex<Option<T>>> = things
        .into_iter()
        .map(|thing| Mutex::new(Some(thing)))
        .collect();
    let next = AtomicUsize::new(0);
    let part = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(place) = waiting.get(number) else {
                return done;
            };
            let taken = place.lock().unwrap_or_else(PoisonError::into_inner).take();
            done.extend(taken.map(|thing| (number, work(number, thing))));
        }
    };
    let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(part)).collect();
        let joined = handles.into_iter().map(|handle| handle.join());
        joined
            .flat_map(|part| part.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    done.sort_unstable_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}
