//! The anchors of one person, in the order in which they joined.
//!
//! Invariant: a large set knows how many of each kind it has, so that limits are checked without
//! walking it.

use std::sync::Arc;

use onefold_event::AnchorId;
use smallvec::SmallVec;

use crate::kinds::KindNumber;

/// How many identifiers of each kind.
pub(crate) type KindCounts = SmallVec<[(KindNumber, u32); 6]>;

const FEW_MAX: usize = 5;

/// Nearly everybody has few identifiers: those lie in the column itself.
#[derive(Debug, Clone)]
pub(crate) enum Members {
    Few {
        count: u8,
        anchors: [AnchorId; FEW_MAX],
    },
    Many(Arc<Crowd>),
}

#[derive(Debug, Clone)]
pub(crate) struct Crowd {
    anchors: Vec<AnchorId>,
    counts: KindCounts,
}

impl Members {
    pub(crate) fn as_slice(&self) -> &[AnchorId] {
        match self {
            Self::Few { count, anchors } => anchors.get(..usize::from(*count)).unwrap_or_default(),
            Self::Many(crowd) => &crowd.anchors,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.as_slice().len()
    }

    pub(crate) fn push(
        &mut self,
        anchor: AnchorId,
        kind: KindNumber,
        kind_of: impl Fn(AnchorId) -> KindNumber,
    ) {
        match self {
            Self::Few { count, anchors } => {
                if let Some(free) = anchors.get_mut(usize::from(*count)) {
                    *free = anchor;
                    *count += 1;
                    return;
                }
                let mut counts = KindCounts::new();
                for anchor in anchors.iter() {
                    add(&mut counts, kind_of(*anchor), 1);
                }
                add(&mut counts, kind, 1);
                let mut crowd = Vec::with_capacity(2 * FEW_MAX);
                crowd.extend_from_slice(anchors);
                crowd.push(anchor);
                let anchors = crowd;
                *self = Self::Many(Arc::new(Crowd { anchors, counts }));
            }
            Self::Many(crowd) => {
                let crowd = Arc::make_mut(crowd);
                crowd.anchors.push(anchor);
                add(&mut crowd.counts, kind, 1);
            }
        }
    }

    /// Adds this set's numbers by kind to `counts`.
    pub(crate) fn count_kinds(
        &self,
        counts: &mut KindCounts,
        kind_of: impl Fn(AnchorId) -> Option<KindNumber>,
    ) {
        match self {
            Self::Few { .. } => {
                let kinds = self.as_slice().iter().filter_map(|anchor| kind_of(*anchor));
                kinds.for_each(|kind| add(counts, kind, 1));
            }
            Self::Many(crowd) => {
                for (kind, count) in &crowd.counts {
                    add(counts, *kind, *count);
                }
            }
        }
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        match self {
            Self::Few { .. } => 0,
            Self::Many(crowd) => {
                size_of::<Crowd>()
                    + crowd.anchors.len() * size_of::<AnchorId>()
                    + crowd.counts.len() * size_of::<(KindNumber, u32)>()
            }
        }
    }
}

impl Default for Members {
    fn default() -> Self {
        Self::Few {
            count: 0,
            anchors: [AnchorId(0); FEW_MAX],
        }
    }
}

pub(crate) fn add(counts: &mut KindCounts, kind: KindNumber, count: u32) {
    match counts.iter_mut().find(|(known, _)| *known == kind) {
        Some((_, total)) => *total += count,
        None => counts.push((kind, count)),
    }
}
