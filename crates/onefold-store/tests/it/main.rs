//! The store's promises, seen from outside.

mod damage;
mod directory;
mod faults;
mod fixture;
mod model;
mod script;
mod suite;
