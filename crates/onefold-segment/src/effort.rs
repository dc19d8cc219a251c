//! How much work was done, counted in tests: so many tokens were read, so many words compared.
//!
//! Invariant: outside of tests nothing is counted, and no answer depends on it.

/// One more piece of work.
#[inline]
pub(crate) fn note() {
    #[cfg(test)]
    counted::note();
}

#[cfg(test)]
pub(crate) use counted::of;

#[cfg(test)]
mod counted {
    use std::cell::Cell;

    thread_local! {
        static NOTED: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn note() {
        NOTED.with(|noted| noted.set(noted.get() + 1));
    }

    /// How much work this does.
    pub(crate) fn of(work: impl FnOnce()) -> usize {
        let before = NOTED.with(Cell::get);
        work();
        NOTED.with(Cell::get) - before
    }
}
