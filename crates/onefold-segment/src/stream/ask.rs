//! Questions that are answered from kept occurrences or from traits, by the general evaluator.
//!
//! Invariant: this is the only place where the stream asks it.

use onefold_event::{Timestamp, Value};
use smallvec::SmallVec;

use crate::{
    Standing, Traits,
    evaluate::{Context, Outcome},
    kept::{Kept, Listed},
    plan::{Node, Plan},
};

/// The answer of a leaf.
pub(super) fn ask(
    (plan, standing): (&Plan, &Standing),
    leaf: u32,
    lists: &[Listed],
    traits: &dyn Traits,
    now: i64,
) -> Outcome {
    let kept = SmallVec::from_iter([Kept::Listed(lists)]);
    let context = Context::new(plan, standing, kept, traits, Timestamp::from_micros(now));
    context.node(&Node::Leaf(leaf), &[])
}

/// Traits as they were told, in the order of the plan.
pub(super) struct Told<'a> {
    pub(super) plan: &'a Plan,
    pub(super) values: &'a [Option<Value>],
}

impl Traits for Told<'_> {
    fn trait_value(&self, name: &str) -> Option<Value> {
        let at = self
            .plan
            .traits
            .binary_search_by(|known| (**known).cmp(name))
            .ok()?;
        self.values.get(at)?.clone()
    }
}
