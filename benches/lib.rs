//! What the benches share: seeded input of real size, and a clock that counts processor seconds.

#[path = "support/events.rs"]
pub mod events;
#[path = "support/measure.rs"]
pub mod measure;
