//! A part of a plan: some of its segments, and what they refer to.
//!
//! Invariant: a segment has the same members by a part as by the whole.

use std::sync::Arc;

use onefold_event::{Error, ErrorKind, Result};

use super::Plan;
use crate::{ast::Definition, library::Library};

impl Plan {
    /// The plan of these segments and of those that they refer to, with every computed trait. What is asked again and
    /// again about few segments is asked faster so.
    ///
    /// Cost: that of [`compile`](Self::compile).
    ///
    /// ```
    /// use onefold_segment::{Library, Plan};
    /// let plan = Plan::compile(Library::parse("
    ///     segment buyers = did purchase
    ///     segment lookers = did view
    ///     segment loyal = in buyers and did purchase at least 3 times
    /// ")?)?;
    /// let part = plan.only(&["loyal"])?;
    /// assert_eq!(part.segments().collect::<Vec<_>>(), ["buyers", "loyal"]);
    /// assert_eq!(part.event_names().collect::<Vec<_>>(), ["purchase"]);
    /// # Ok::<(), onefold_event::Error>(())
    /// ```
    ///
    /// # Errors
    /// `NotFound` with every name that is no segment of the plan.
    pub fn only(&self, segments: &[&str]) -> Result<Arc<Self>> {
        self.check_segments(segments)?;
        let wanted = self.wanted(segments);
        let is_wanted = |definition: &&Definition| match definition {
            Definition::Segment { name, .. } => {
                let number = self.segment_number(name);
                number.is_some_and(|number| wanted.get(number) == Some(&true))
            }
            Definition::Trait { .. } => true,
        };
        let definitions = self.library.definitions().iter().filter(is_wanted);
        Self::compile(Library::new(definitions.cloned().collect())?)
    }

    /// # Errors
    /// `NotFound` with every name that is no segment of the plan.
    pub(crate) fn check_segments(&self, segments: &[&str]) -> Result<()> {
        let is_unknown = |name: &&&str| !self.by_name.contains_key(**name);
        let unknown: Vec<&str> = segments.iter().filter(is_unknown).copied().collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let message = format!("no segment `{}` is defined", unknown.join("`, `"));
        Err(Error::new(ErrorKind::NotFound, message))
    }

    /// For each segment whether it is one of these or referred to by them, or by a computed trait.
    fn wanted(&self, segments: &[&str]) -> Vec<bool> {
        let traits = self.library.definitions().iter().filter_map(|definition| {
            let is_trait = matches!(definition, Definition::Trait { .. });
            definition.scope().among.as_deref().filter(|_| is_trait)
        });
        let named = segments.iter().copied().chain(traits);
        let mut waiting: Vec<usize> = named.filter_map(|it| self.segment_number(it)).collect();
        let mut wanted = vec![false; self.segments.len()];
        while let Some(number) = waiting.pop() {
            let (Some(wanted), Some(segment)) = (wanted.get_mut(number), self.segments.get(number))
            else {
                continue;
            };
            if !std::mem::replace(wanted, true) {
                waiting.extend(&segment.needs);
            }
        }
        wanted
    }
}
