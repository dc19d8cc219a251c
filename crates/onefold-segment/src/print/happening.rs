//! What happened, as text: events, selections, counts and sequences.

use std::fmt::{Display, Formatter, Result};

use super::{Name, Quoted, enclosed};
use crate::ast::{
    Absence, Count, Counted, Events, Expression, Happening, Selection, Sequence, Then,
};

/// Words of a sequence that could be taken for the event of a step; an event that is one is quoted there.
const STEP_WORDS: [&str; 9] = [
    "then", "no", "directly", "within", "without", "all", "any", "as", "from",
];

impl Display for Selection {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}{}", What(self), self.window)
    }
}

/// A selection without its window.
pub(super) struct What<'a>(pub(super) &'a Selection);

impl Display for What<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}", self.0.event)?;
        match &self.0.filter {
            Some(filter) => write!(f, " where {filter}"),
            None => Ok(()),
        }
    }
}

impl Display for Events {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Any => f.write_str("any event"),
            Self::Named(names) => {
                for (index, name) in names.iter().enumerate() {
                    let before = if index == 0 { "" } else { " | " };
                    write!(f, "{before}{}", Name(name))?;
                }
                Ok(())
            }
        }
    }
}

/// How often, and what is counted.
pub(super) struct Counting<'a>(pub(super) Count, pub(super) &'a Counted);

impl Display for Counting<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self(count, counted) = self;
        match counted {
            Counted::Times if *count == Count::AtLeast(1) => Ok(()),
            Counted::Times => write!(f, " {count} times"),
            Counted::Days => write!(f, " {count} distinct days"),
            Counted::Values(Expression::Property(path))
                if &**path == "days" || &**path == "day" =>
            {
                write!(f, " {count} distinct {}", Quoted(path))
            }
            Counted::Values(value) => write!(f, " {count} distinct {value}"),
        }
    }
}

impl Display for Count {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::AtLeast(times) => write!(f, "at least {times}"),
            Self::AtMost(times) => write!(f, "at most {times}"),
            Self::Exactly(times) => write!(f, "exactly {times}"),
        }
    }
}

/// `1st`, `2nd`, `3rd`, `11th`.
pub(crate) struct Ordinal(pub(crate) u32);

impl Display for Ordinal {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let ending = match (self.0 % 10, self.0 % 100) {
            (_, 11..=13) => "th",
            (1, _) => "st",
            (2, _) => "nd",
            (3, _) => "rd",
            _ => "th",
        };
        write!(f, "{}{ending}", self.0)
    }
}

impl Display for Sequence {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "sequence {}", self.first)?;
        for then in &self.then {
            write!(f, " {then}")?;
        }
        if let Some(Absence { step, within }) = &self.then_no {
            write!(f, " then no {step} within {within}")?;
        }
        if let Some(within) = self.within {
            write!(f, " all within {within}")?;
        }
        write!(f, "{}", self.window)
    }
}

impl Sequence {
    /// Whether it ends in a filter, which would take what follows as a part.
    pub(super) fn swallows(&self) -> bool {
        let last = self.then.last().map_or(&self.first, |then| &then.step);
        let is_open = self.then_no.is_none() && self.within.is_none() && self.window.is_ever();
        is_open && last.filter.is_some()
    }
}

impl Display for Then {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("then ")?;
        if self.directly {
            f.write_str("directly ")?;
        }
        if let Some(within) = self.within {
            write!(f, "within {within} ")?;
        }
        if let Some(without) = &self.without {
            f.write_str("without ")?;
            enclosed(f, without, without.filter.is_some())?;
            f.write_str(" ")?;
        }
        write!(f, "{}", self.step)
    }
}

impl Display for Happening {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.event.names().split_first() {
            Some((first, others)) if STEP_WORDS.contains(&&**first) => {
                write!(f, "{}", Quoted(first))?;
                for other in others {
                    write!(f, " | {}", Name(other))?;
                }
            }
            _ => write!(f, "{}", self.event)?,
        }
        if let Some(name) = &self.name {
            write!(f, " as {}", Name(name))?;
        }
        match &self.filter {
            Some(filter) => write!(f, " where {filter}"),
            None => Ok(()),
        }
    }
}
