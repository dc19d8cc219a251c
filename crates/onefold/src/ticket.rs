//! A promise of the fates of a submitted batch: wait for it, or await it without any runtime.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Condvar, Mutex, PoisonError},
    task::{Context, Poll, Waker},
};

use onefold_event::{Error, ErrorKind, Ingested, Result};

/// The answer to come for one batch: one fate an item, in order.
///
/// It resolves when the batch is on disk and visible to readers. Dropping it abandons the answer, not
/// the batch.
#[derive(Debug)]
#[must_use = "a batch is acknowledged only when its ticket resolves"]
pub struct Ticket(Arc<Slot>);

/// The other end of a [`Ticket`].
#[derive(Debug)]
pub(crate) struct Promise(Arc<Slot>);

#[derive(Debug, Default)]
struct Slot {
    answer: Mutex<Answer>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct Answer {
    fates: Option<Result<Vec<Ingested>>>,
    waker: Option<Waker>,
    kept: bool,
}

impl Answer {
    /// The fates, once; whoever asks again is told so instead of waiting for ever.
    fn take(&mut self) -> Option<Result<Vec<Ingested>>> {
        let again = || {
            Error::new(
                ErrorKind::InvalidInput,
                "the answer of this ticket was taken",
            )
        };
        let fates = self.fates.take();
        fates.or_else(|| self.kept.then(|| Err(again())))
    }
}

pub(crate) fn ticket() -> (Promise, Ticket) {
    let slot = Arc::new(Slot::default());
    (Promise(Arc::clone(&slot)), Ticket(slot))
}

impl Ticket {
    /// Blocks until the batch is durable and visible.
    ///
    /// # Errors
    /// [`ErrorKind::Poisoned`](onefold_event::ErrorKind::Poisoned) or
    /// [`ErrorKind::Io`](onefold_event::ErrorKind::Io) if it could not be written: nothing of it is
    /// acknowledged then. [`ErrorKind::InvalidInput`](onefold_event::ErrorKind::InvalidInput) if the ticket
    /// was polled to its end before.
    pub fn wait(self) -> Result<Vec<Ingested>> {
        let mut answer = self.0.answer.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match answer.take() {
                Some(fates) => return fates,
                None => {
                    answer = self
                        .0
                        .arrived
                        .wait(answer)
                        .unwrap_or_else(PoisonError::into_inner)
                }
            }
        }
    }
}

impl Future for Ticket {
    type Output = Result<Vec<Ingested>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut answer = self.0.answer.lock().unwrap_or_else(PoisonError::into_inner);
        match answer.take() {
            Some(fates) => Poll::Ready(fates),
            None => {
                answer.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Promise {
    pub(crate) fn keep(self, fates: Result<Vec<Ingested>>) {
        self.answer(fates);
    }

    fn answer(&self, fates: Result<Vec<Ingested>>) {
        let mut answer = self.0.answer.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::replace(&mut answer.kept, true) {
            return;
        }
        answer.fates = Some(fates);
        let waker = answer.waker.take();
        // A waker is the host's code: it may do anything, such as poll the ticket at once.
        drop(answer);
        self.0.arrived.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Drop for Promise {
    // A writer that ends early must not leave anybody waiting for ever.
    fn drop(&mut self) {
        self.answer(Err(Error::new(
            ErrorKind::Poisoned,
            "the writer ended before this batch",
        )));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_promise_answers_poisoned() {
        let (promise, ticket) = ticket();
        drop(promise);
        assert_eq!(ticket.wait().unwrap_err().kind(), ErrorKind::Poisoned);
    }

    #[test]
    fn an_answer_is_given_once() {
        let (promise, mut ticket) = ticket();
        promise.keep(Ok(vec![Ingested::Duplicate]));
        let mut context = Context::from_waker(Waker::noop());
        let polled = Pin::new(&mut ticket).poll(&mut context);
        assert!(matches!(polled, Poll::Ready(Ok(_))));
        let polled = Pin::new(&mut ticket).poll(&mut context);
        assert!(matches!(polled, Poll::Ready(Err(_))));
        assert_eq!(ticket.wait().unwrap_err().kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn a_waker_may_poll_at_once() {
        struct Polling(Mutex<Option<Ticket>>);
        impl std::task::Wake for Polling {
            fn wake(self: Arc<Self>) {
                let mut ticket = self.0.lock().unwrap().take().unwrap();
                let mut context = Context::from_waker(Waker::noop());
                assert!(Pin::new(&mut ticket).poll(&mut context).is_ready());
            }
        }
        let (promise, mut ticket) = ticket();
        let polling = Arc::new(Polling(Mutex::new(None)));
        let waker = Waker::from(Arc::clone(&polling));
        let mut context = Context::from_waker(&waker);
        assert!(Pin::new(&mut ticket).poll(&mut context).is_pending());
        *polling.0.lock().unwrap() = Some(ticket);
        promise.keep(Ok(Vec::new()));
        assert!(polling.0.lock().unwrap().is_none());
    }

    #[test]
    fn a_kept_promise_wakes_the_waiter() {
        let (promise, ticket) = ticket();
        let waiter = std::thread::spawn(move || ticket.wait());
        promise.keep(Ok(vec![Ingested::Duplicate]));
        assert_eq!(waiter.join().unwrap().unwrap(), vec![Ingested::Duplicate]);
    }
}
