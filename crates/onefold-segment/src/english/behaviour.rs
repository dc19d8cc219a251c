//! What somebody did, in words.

use super::{counted, quoted, time, value};
use crate::ast::{
    Absence, Count, Counted, Events, Happening, Predicate, Selection, Sequence, Then,
};

pub(super) fn clause(predicate: &Predicate) -> String {
    match predicate {
        Predicate::Did {
            selection,
            count,
            counted,
        } => did(selection, *count, counted),
        Predicate::Recency {
            selection,
            operator,
            duration,
        } => format!(
            "whose latest {} was {} {} ago",
            selected(selection),
            value::operator(*operator),
            time::length(*duration)
        ),
        Predicate::Lapsed { selection, quiet } => format!(
            "who did {} before, and not in the last {}",
            selected(selection),
            time::length(*quiet)
        ),
        Predicate::Stopped {
            selection,
            quiet,
            at_least,
            during,
        } => format!(
            "who stopped: they did {} at least {} in {}, and not in the {} after that, up to now",
            selected(selection),
            counted(*at_least, "time"),
            time::length(*during),
            time::length(*quiet)
        ),
        Predicate::Restarted { selection, quiet } => format!(
            "who took up {} again{} after more than {} without",
            what(&selection.event, selection.filter.as_ref()),
            time::window(&selection.window),
            time::length(*quiet)
        ),
        Predicate::Nth { selection, number } => format!(
            "who did {} for the {} time{}",
            what(&selection.event, selection.filter.as_ref()),
            ordinal(*number),
            time::window(&selection.window)
        ),
        Predicate::Sequence(sequence) => self::sequence(sequence),
        _ => String::new(),
    }
}

fn ordinal(number: u32) -> String {
    match number {
        1 => "first".into(),
        2 => "second".into(),
        3 => "third".into(),
        number => crate::print::Ordinal(number).to_string(),
    }
}

fn did(selection: &Selection, count: Count, what_counts: &Counted) -> String {
    let what = what(&selection.event, selection.filter.as_ref());
    let window = time::window(&selection.window);
    let (how, number) = self::count(count);
    match what_counts {
        Counted::Times if count == Count::AtLeast(1) => format!("who did {what}{window}"),
        Counted::Times => format!("who did {what} {how} {}{window}", counted(number, "time")),
        Counted::Days => format!(
            "who did {what} on {how} {}{window}",
            counted(number, "different day")
        ),
        Counted::Values(of) => format!(
            "who did {what} with {how} {number} different {}{window}",
            value::expression(of)
        ),
    }
}

pub(super) fn count(count: Count) -> (&'static str, u32) {
    match count {
        Count::AtLeast(number) => ("at least", number),
        Count::AtMost(number) => ("at most", number),
        Count::Exactly(number) => ("exactly", number),
    }
}

/// `“purchase” (with ...) in the last 30 days`.
pub(super) fn selected(selection: &Selection) -> String {
    let what = what(&selection.event, selection.filter.as_ref());
    what + &time::window(&selection.window)
}

fn what(events: &Events, filter: Option<&crate::ast::Filter>) -> String {
    let events = match events {
        Events::Any => "anything".to_owned(),
        Events::Named(names) => {
            let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
            names.join(" or ")
        }
    };
    match filter {
        Some(filter) => format!("{events} (with {})", value::filter(filter)),
        None => events,
    }
}

fn sequence(sequence: &Sequence) -> String {
    let mut out = format!("who did {}", step(&sequence.first));
    for then in &sequence.then {
        out.push_str(&self::then(then));
    }
    if let Some(Absence { step: of, within }) = &sequence.then_no {
        let (of, within) = (step(of), time::length(*within));
        out.push_str(&format!(", and then no {of} in the next {within}"));
    }
    if let Some(within) = sequence.within {
        out.push_str(&format!(", all within {}", time::length(within)));
    }
    let window = time::window(&sequence.window);
    if !window.is_empty() {
        out.push_str(&format!(", with all of these steps{window}"));
    }
    out
}

fn then(then: &Then) -> String {
    let mut out = String::from(", then ");
    if then.directly {
        out.push_str("as the very next thing ");
    }
    out.push_str(&step(&then.step));
    if let Some(within) = then.within {
        out.push_str(&format!(" within {}", time::length(within)));
    }
    if let Some(without) = &then.without {
        out.push_str(&format!(" without {} in between", step(without)));
    }
    out
}

fn step(step: &Happening) -> String {
    let what = what(&step.event, step.filter.as_ref());
    match &step.name {
        Some(name) => format!("{what} (called {})", quoted(name)),
        None => what,
    }
}
