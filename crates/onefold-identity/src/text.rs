//! Text made comparable: kernels that compare strings, and normal forms of what people write.
//!
//! Everything here is a pure function of its arguments. The [`kernel`]s are the hot loop of matching.

pub mod kernel;
