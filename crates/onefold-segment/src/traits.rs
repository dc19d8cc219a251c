//! What segments see of a person's golden record.

use std::collections::BTreeMap;

use onefold_event::Value;

/// The traits of one person, by name. The instant they are as of is the implementer's to know: it
/// must be the one that is asked about.
pub trait Traits {
    /// The value of a trait; `None` where the person has none.
    fn trait_value(&self, name: &str) -> Option<Value>;
}

/// A person without traits.
impl Traits for () {
    fn trait_value(&self, _name: &str) -> Option<Value> {
        None
    }
}

impl Traits for BTreeMap<String, Value> {
    fn trait_value(&self, name: &str) -> Option<Value> {
        self.get(name).cloned()
    }
}
