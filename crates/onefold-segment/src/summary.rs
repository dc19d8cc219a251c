//! What is known of many values together, without the values.
//!
//! Invariant: a summary depends on which values were added and on nothing else: neither their order
//! nor their grouping.

use onefold_event::Value;

use crate::{sum::Sum, value::Fault};

/// The value that one occurrence has for a feature.
pub(crate) type Stored = Result<Value, Fault>;

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Summary {
    /// How many values, faults not counted.
    pub(crate) count: usize,
    /// The sum of the numbers among them.
    pub(crate) sum: Sum,
    pub(crate) least: Option<Value>,
    pub(crate) greatest: Option<Value>,
    /// The first fault in the order of [`Fault`].
    pub(crate) fault: Option<Fault>,
    numbers: usize,
}

impl Summary {
    pub(crate) fn add(&mut self, stored: &Stored) {
        match stored {
            Ok(value) => {
                self.count += 1;
                if let Value::Number(number) = value {
                    self.numbers += 1;
                    self.sum.add(*number);
                }
                self.extend_range(value, value);
            }
            Err(fault) => self.add_fault(Some(*fault)),
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.numbers += other.numbers;
        self.sum.merge(other.sum);
        if let (Some(least), Some(greatest)) = (&other.least, &other.greatest) {
            self.extend_range(least, greatest);
        }
        self.add_fault(other.fault);
    }

    /// A fault unless all values are numbers.
    pub(crate) fn number_fault(&self) -> Option<Fault> {
        let mixed = self.numbers != self.count;
        self.fault.or(mixed.then_some(Fault::TypeMismatch))
    }

    /// A fault unless all values are of one type.
    pub(crate) fn type_fault(&self) -> Option<Fault> {
        let kind = |value: &Option<Value>| value.as_ref().map(std::mem::discriminant);
        // Values are ordered by type first, so equal ends mean one type between them.
        let mixed = kind(&self.least) != kind(&self.greatest);
        self.fault.or(mixed.then_some(Fault::TypeMismatch))
    }

    fn extend_range(&mut self, least: &Value, greatest: &Value) {
        if self.least.as_ref().is_none_or(|known| less(least, known)) {
            self.least = Some(least.clone());
        }
        if self
            .greatest
            .as_ref()
            .is_none_or(|known| less(known, greatest))
        {
            self.greatest = Some(greatest.clone());
        }
    }

    fn add_fault(&mut self, fault: Option<Fault>) {
        self.fault = match (self.fault, fault) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
}

/// A total order in which numbers of equal value are told apart by their decimal places, so that
/// which of them is kept does not depend on the order of arrival.
fn less(a: &Value, b: &Value) -> bool {
    let places = |value: &Value| value.as_number().map_or(0, |number| number.scale());
    a.total_cmp(b)
        .then_with(|| places(a).cmp(&places(b)))
        .is_lt()
}
