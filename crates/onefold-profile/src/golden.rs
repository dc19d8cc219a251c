//! The golden record: the winning value of every trait of a person.

use std::{fmt, sync::Arc};

use onefold_event::Value;
use serde::{Serialize, Serializer, ser::SerializeMap};

/// The winning value of every trait of a person, by name in ascending order.
///
/// A trait whose every observation is empty is absent. As JSON: one object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GoldenRecord {
    pub(crate) traits: Vec<(Arc<str>, Value)>,
}

impl GoldenRecord {
    /// The value of this trait.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let found = self
            .traits
            .binary_search_by(|(known, _)| (**known).cmp(name));
        found
            .ok()
            .and_then(|at| self.traits.get(at))
            .map(|(_, value)| value)
    }

    /// Names and values, by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.traits.iter().map(|(name, value)| (&**name, value))
    }

    /// How many traits have a value.
    pub fn len(&self) -> usize {
        self.traits.len()
    }

    /// Whether no trait has a value.
    pub fn is_empty(&self) -> bool {
        self.traits.is_empty()
    }
}

impl fmt::Display for GoldenRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter()
            .try_for_each(|(name, value)| writeln!(f, "{name}: {value}"))
    }
}

impl Serialize for GoldenRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Exact<'a>(&'a Value);
        impl Serialize for Exact<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                crate::observation::value(self.0, serializer)
            }
        }
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, &Exact(value))?;
        }
        map.end()
    }
}
