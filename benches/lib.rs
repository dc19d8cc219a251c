//! What the benches share: seeded input of real size, people with the truth about them, and a clock that counts
//! processor seconds.

#[path = "support/clickstream.rs"]
pub mod clickstream;
#[path = "support/events.rs"]
pub mod events;
#[path = "support/id_edges.rs"]
pub mod id_edges;
#[path = "support/measure.rs"]
pub mod measure;
#[path = "support/people.rs"]
pub mod people;
#[path = "support/random.rs"]
pub mod random;
