//! What was observed under one plan, for another plan.
//!
//! Invariant: what is kept is what observing everything again under the other plan would keep.

use std::sync::Arc;

use imbl::Vector;
use onefold_event::{AnchorId, Result};
use rustc_hash::FxHashMap;

use super::Live;
use crate::{
    Plan, Standing, history::Key, kept::Columns, people::People, plan::Feature, summary::Stored,
};

impl Live {
    /// The same past under another plan, without observing it again; `None` if the plan looks at occurrences that were
    /// not kept so far.
    ///
    /// What is kept goes by event, filter and value: a plan with other windows, thresholds, traits or algebra over the
    /// same events is answered at once. Nobody is a member yet: [`refresh`](Self::refresh) everybody.
    ///
    /// Cost: linear in what is kept that the other plan looks at, too; O(1) if it looks at the same.
    ///
    /// ```
    /// use onefold_segment::{Library, Live, Plan};
    /// let plan = |text| Plan::compile(Library::parse(text)?);
    /// let live = Live::new(plan("segment buyers = did purchase in last 30 d")?)?;
    /// assert!(live.under(&plan("segment loyal = did purchase at least 3 times")?)?.is_some());
    /// assert!(live.under(&plan("segment lookers = did view")?)?.is_none());
    /// # Ok::<(), onefold_event::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidInput` if a part of the plan depends on other people, as [`new`](Self::new).
    pub fn under(&self, plan: &Arc<Plan>) -> Result<Option<Self>> {
        let standing = Standing::new();
        standing.check(plan)?;
        let known = self.plan.features.iter().zip(0..);
        let known: FxHashMap<&str, usize> = known.map(|(it, place)| (&*it.text, place)).collect();
        let place = |feature: &Feature| known.get(&*feature.text).copied();
        let places = plan.features.iter().map(place);
        let Some(places) = places.collect::<Option<Vec<usize>>>() else {
            return Ok(None);
        };
        Ok(Some(Self {
            columns: self.columns_of(&places),
            people: People::new(plan.segments.len()),
            counts: plan.segments.iter().map(|_| 0).collect::<Vector<u32>>(),
            plan: Arc::clone(plan),
            standing: Arc::new(standing),
        }))
    }

    /// What is kept of these features, under the numbers of their places.
    fn columns_of(&self, places: &[usize]) -> Columns {
        if places.iter().copied().eq(0..self.plan.features.len()) {
            return self.columns.clone();
        }
        let mut columns = Columns::new(places.len());
        for anchor in (0..).map(AnchorId).take(self.columns.anchors()) {
            let Some(kept) = self.columns.kept(anchor) else {
                continue;
            };
            for (number, place) in (0_u32..).zip(places) {
                let history = u32::try_from(*place).ok().and_then(|it| kept.history(it));
                let Some(history) = history else {
                    continue;
                };
                let entries = history.entries(0..history.len());
                let (keys, values): (Vec<Key>, Vec<Option<Stored>>) =
                    entries.map(|(key, value)| (key, value.cloned())).unzip();
                columns.push(anchor, number, keys, values.into_iter().flatten().collect());
            }
        }
        columns
    }
}
