//! What a leaf of a plan asks, with every name resolved.
//!
//! Invariant: numbers of features, traits, computed traits, segments and zones are places in the lists of
//! the plan that the question belongs to.

use onefold_event::Decimal;

use super::Node;
use crate::ast::{
    Band, ConsentState, Count, Filter, Function, Moment, Operator, Period, Quantifier, Test, Window,
};

/// A window, and the zone that its calendar goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Span {
    pub(crate) stretch: Stretch,
    /// Its place in `Plan::zones`.
    pub(crate) zone: u32,
}

/// A window without units: lengths in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Stretch {
    /// All of the past.
    Ever,
    /// `[as_of - from, as_of - to)`.
    Rolling { from: i64, to: i64 },
    /// `[from, to)`, open where there is none.
    Fixed {
        from: Option<Moment>,
        to: Option<Moment>,
    },
    /// The calendar period that holds the instant.
    This(Period),
    /// So many whole periods before the one that holds the instant.
    Whole { count: u32, period: Period },
}

impl From<Window> for Stretch {
    fn from(window: Window) -> Self {
        match window {
            Window::Ever => Self::Ever,
            Window::Last(duration) => Self::Rolling {
                from: duration.micros(),
                to: 0,
            },
            Window::Ago { from, to } => Self::Rolling {
                from: from.micros(),
                to: to.micros(),
            },
            Window::Between { from, to } => Self::Fixed {
                from: Some(from),
                to: Some(to),
            },
            Window::Since(from) => Self::Fixed {
                from: Some(from),
                to: None,
            },
            Window::This(period) => Self::This(period),
            Window::Whole { count, period } => Self::Whole { count, period },
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Question {
    Trait {
        /// Its place in `Plan::traits`.
        number: usize,
        test: Test,
    },
    Count {
        feature: u32,
        span: Span,
        count: Count,
    },
    /// On how many calendar days of the span's zone.
    Days {
        feature: u32,
        span: Span,
        count: Count,
    },
    Quantity {
        value: PlannedQuantity,
        test: Test,
    },
    Compare {
        left: PlannedQuantity,
        operator: Operator,
        right: PlannedQuantity,
    },
    Recency {
        feature: u32,
        span: Span,
        operator: Operator,
        micros: i64,
    },
    /// One in the span whose previous one, of all, was more than so long ago.
    Restarted {
        feature: u32,
        span: Span,
        micros: i64,
    },
    /// The one with this number (from 1) of all lies in the span.
    Nth {
        feature: u32,
        span: Span,
        number: u32,
    },
    Sequence(PlannedSequence),
    Rank {
        band: Band,
        by: PlannedQuantity,
        /// The segment whose members are ranked; without it, everybody.
        universe: Option<usize>,
    },
    /// Percent from and to.
    Sample {
        from: Decimal,
        to: Decimal,
        salt: Box<str>,
    },
    Members {
        quantifier: Quantifier,
        role: Option<Box<str>>,
        that: Box<Node>,
    },
    Organisations {
        quantifier: Quantifier,
        role: Option<Box<str>>,
        that: Box<Node>,
    },
    Consent {
        purpose: Box<str>,
        channel: Option<Box<str>>,
        is: ConsentState,
    },
}

impl Question {
    /// Whether its answer depends on memberships or on what is known of organisations.
    pub(crate) fn is_about_organisations(&self) -> bool {
        matches!(self, Self::Organisations { .. } | Self::Members { .. })
    }

    /// Whether its answer depends on consent.
    pub(crate) fn is_about_consent(&self) -> bool {
        matches!(self, Self::Consent { .. })
    }
}

/// A quantity with names resolved.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PlannedQuantity {
    /// Its place in `Plan::traits`.
    Trait(usize),
    /// Its place in `Plan::computed`.
    Computed(usize),
    Number(Decimal),
    Aggregate(PlannedAggregate),
    Members {
        function: Function,
        role: Option<Box<str>>,
        of: Box<Self>,
    },
    Negative(Box<Self>),
    Add(Box<[Self; 2]>),
    Subtract(Box<[Self; 2]>),
    Multiply(Box<[Self; 2]>),
    Divide(Box<[Self; 2]>),
}

impl PlannedQuantity {
    /// Whether one of the parts that it is calculated from is wanted; neither the definition of a computed trait
    /// nor what is asked of members is looked into.
    pub(crate) fn any_part(&self, is_wanted: &impl Fn(&Self) -> bool) -> bool {
        match self {
            Self::Negative(inner) => inner.any_part(is_wanted),
            Self::Add(sides)
            | Self::Subtract(sides)
            | Self::Multiply(sides)
            | Self::Divide(sides) => sides.iter().any(|side| side.any_part(is_wanted)),
            single => is_wanted(single),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PlannedAggregate {
    pub(crate) function: Function,
    /// With a value unless it is a bare count.
    pub(crate) feature: u32,
    pub(crate) span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PlannedSequence {
    /// One or more.
    pub(crate) steps: Vec<PlannedStep>,
    pub(crate) then_no: Option<PlannedAbsence>,
    /// From the first to the last step, in microseconds, both ends included.
    pub(crate) within: Option<i64>,
    pub(crate) span: Span,
    /// Every occurrence, whatever its name: where a step follows directly.
    pub(crate) every: Option<u32>,
}

impl PlannedSequence {
    /// Every filter that speaks of earlier steps.
    pub(crate) fn correlated(&self) -> impl Iterator<Item = &Correlated> {
        let steps = self.steps.iter().flat_map(|step| {
            let without = step.without.as_ref();
            let without = without.and_then(|(_, filter)| filter.as_ref());
            [step.correlated.as_ref(), without]
        });
        let absent = self
            .then_no
            .as_ref()
            .and_then(|absence| absence.correlated.as_ref());
        steps.chain([absent]).flatten()
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PlannedStep {
    /// Occurrences that pass what the filter says of themselves alone.
    pub(crate) feature: u32,
    /// What the filter says of them together with earlier steps.
    pub(crate) correlated: Option<Correlated>,
    pub(crate) directly: bool,
    /// Since the step before, in microseconds, both ends included.
    pub(crate) within: Option<i64>,
    /// What must not lie between the step before and this one.
    pub(crate) without: Option<(u32, Option<Correlated>)>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PlannedAbsence {
    pub(crate) feature: u32,
    pub(crate) correlated: Option<Correlated>,
    /// After the last step, in microseconds, both ends included.
    pub(crate) micros: i64,
}

/// A filter over an occurrence and those of earlier steps.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Correlated {
    pub(crate) filter: Filter,
    /// Everything that it reads.
    pub(crate) reads: Vec<Read>,
}

/// A property that a correlated filter reads.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Read {
    /// The name of an earlier step, or none for the occurrence itself.
    pub(crate) step: Option<Box<str>>,
    /// The place of that step; for the occurrence itself, the place that it would have.
    pub(crate) place: usize,
    pub(crate) path: Box<str>,
    /// Like the step's feature, with the property as its value.
    pub(crate) feature: u32,
}
