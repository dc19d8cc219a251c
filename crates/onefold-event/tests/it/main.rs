//! The event model through its public interface, on real and on hostile input.

#[cfg(feature = "arrow")]
mod arrow;
mod fates;
mod hostile;
mod identifiers;
mod records;
mod shared;
mod vocabulary;
