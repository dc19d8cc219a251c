//! The crate as its users see it, against a slow and obvious model.

mod model;
mod properties;
mod story;
mod wire;
