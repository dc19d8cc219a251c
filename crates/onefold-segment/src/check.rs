//! What makes a definition wrong though it can be read: types, limits, names.
//!
//! Invariant: text and JSON pass the same checks; a `Library` holds only definitions without a
//! mistake.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use onefold_event::Diagnostic;

use crate::{
    ast::{
        Aggregate, Definition, Duration, Expression, Filter, Function, Literal, Operator,
        Predicate, Quantity, Selection, Test, Window,
    },
    suggest,
};

/// How deep predicates, filters and expressions may nest together.
pub(crate) const DEPTH_MAX: usize = 32;
/// How long a chain of segments in segments may be.
const CHAIN_MAX: usize = 64;
const NAME_BYTES_MAX: usize = 128;
const LIST_MAX: usize = 10_000;
/// 200 years; so no window leaves the range of time stamps by more than that.
const DURATION_MICROS_MAX: i64 = 200 * 366 * 86_400 * 1_000_000;

/// What is wrong, and what to write instead.
pub(crate) type Mistake = (String, String);

/// What is known about the value that a test is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// Nothing: any value may come.
    Any,
    /// It is a number, or an error.
    Number,
}

impl Subject {
    pub(crate) fn of(aggregate: &Aggregate) -> Self {
        match &aggregate.value {
            _ if aggregate.function.is_number() => Self::Number,
            Some(value) => Self::of_expression(value),
            None => Self::Any,
        }
    }

    pub(crate) fn of_expression(expression: &Expression) -> Self {
        match expression {
            Expression::Property(_) => Self::Any,
            _ => Self::Number,
        }
    }
}

/// A mistake in the test itself or in its being about such a value.
pub(crate) fn test_mistake(subject: Subject, test: &Test) -> Option<Mistake> {
    match test {
        Test::Compare { operator, value } => {
            let ordered = !matches!(operator, Operator::Equal | Operator::NotEqual);
            if ordered && matches!(value, Literal::Bool(_)) {
                let message = format!("`{value}` has no order");
                return Some((message, "compare it by `=` or `!=`".into()));
            }
            literal_mistake(subject, value)
        }
        Test::In(values) => list_mistake(subject, values),
        Test::Between { low, high } => {
            let first = literal_mistake(subject, low).or_else(|| literal_mistake(subject, high));
            first.or_else(|| range_mistake(low, high))
        }
        Test::Set | Test::Unset => None,
        Test::Contains(_) | Test::StartsWith(_) | Test::EndsWith(_) => (subject == Subject::Number)
            .then(|| {
                let message = "a number is searched for text".to_owned();
                (message, "compare it with a number".into())
            }),
    }
}

fn literal_mistake(subject: Subject, value: &Literal) -> Option<Mistake> {
    let fits = subject == Subject::Any || matches!(value, Literal::Number(_));
    (!fits).then(|| {
        let message = format!("a number is compared with `{value}`");
        (message, "compare it with a number".into())
    })
}

fn list_mistake(subject: Subject, values: &[Literal]) -> Option<Mistake> {
    let Some(first) = values.first() else {
        let message = "an empty list, which nothing can be in".to_owned();
        return Some((message, "name at least one value".into()));
    };
    if values.len() > LIST_MAX {
        let message = format!("a list of {} values", values.len());
        return Some((message, format!("a list holds up to {LIST_MAX}")));
    }
    let kind = std::mem::discriminant(first);
    if let Some(other) = values.iter().find(|v| std::mem::discriminant(*v) != kind) {
        let message = format!("`{first}` and `{other}` are of different types");
        return Some((message, "a list holds values of one type".into()));
    }
    values
        .iter()
        .find_map(|value| literal_mistake(subject, value))
}

fn range_mistake(low: &Literal, high: &Literal) -> Option<Mistake> {
    let order = match (low, high) {
        (Literal::Number(low), Literal::Number(high)) => low.cmp(high),
        (Literal::Text(low), Literal::Text(high)) => low.cmp(high),
        (Literal::Time(low), Literal::Time(high)) => low.cmp(high),
        (Literal::Bool(_), _) | (_, Literal::Bool(_)) => {
            let message = "`true` and `false` have no order".to_owned();
            return Some((message, "compare them by `=`".into()));
        }
        _ => {
            let message = format!("`{low}` and `{high}` are of different types");
            return Some((message, "a range is of one type".into()));
        }
    };
    order.is_gt().then(|| {
        let message = format!("nothing lies between `{low}` and `{high}`");
        (message, "write the smaller value first".into())
    })
}

pub(crate) fn window_mistake(window: &Window) -> Option<Mistake> {
    match window {
        Window::Ever | Window::Since(_) | Window::This(_) | Window::Whole { .. } => None,
        Window::Ago { from, to } => duration_mistake(*from).or_else(|| duration_mistake(*to)),
        Window::Last(duration) => duration_mistake(*duration),
        Window::Between { from, to } => (from.utc() >= to.utc()).then(|| {
            let message = "the window ends before it begins, or holds nothing".to_owned();
            (message, "write the earlier date first".into())
        }),
    }
}

pub(crate) fn duration_mistake(duration: Duration) -> Option<Mistake> {
    if duration.count == 0 {
        let message = "a length of time of zero".to_owned();
        return Some((message, "write at least 1".into()));
    }
    (duration.micros() > DURATION_MICROS_MAX).then(|| {
        let message = format!("`{duration}` is longer than 200 years");
        (
            message,
            "leave the window out to mean all of the past".into(),
        )
    })
}

/// The mistakes inside one definition, whatever the others are.
pub(crate) fn definition_mistakes(definition: &Definition) -> Vec<Mistake> {
    let mut walk = Walk {
        mistakes: Vec::new(),
    };
    walk.name(definition.name(), "a definition");
    match definition {
        Definition::Segment { when, .. } => walk.predicate(when, 0),
        Definition::Trait { value, .. } => walk.quantity(value, 0),
    }
    walk.mistakes
}

struct Walk {
    mistakes: Vec<Mistake>,
}

impl Walk {
    fn note(&mut self, message: impl Into<String>, help: impl Into<String>) {
        self.mistakes.push((message.into(), help.into()));
    }

    fn name(&mut self, name: &str, of: &str) {
        if name.is_empty() || name.len() > NAME_BYTES_MAX || name.chars().any(char::is_control) {
            let message = format!("`{}` is no name for {of}", name.escape_debug());
            let help = format!("a name has 1 to {NAME_BYTES_MAX} bytes and no control characters");
            self.note(message, help);
        }
    }

    /// Whether there is room for one more level; a mistake is noted where there is none.
    fn is_too_deep(&mut self, depth: usize) -> bool {
        let too_deep = depth > DEPTH_MAX;
        if too_deep {
            let help = "name a part as a segment of its own and use it by `in`";
            self.note(format!("nested more than {DEPTH_MAX} deep"), help);
        }
        too_deep
    }

    fn parts(&mut self, count: usize) {
        if count < 2 {
            self.note(
                "`and` and `or` join two or more conditions",
                "add one, or leave it out",
            );
        }
    }

    fn predicate(&mut self, predicate: &Predicate, depth: usize) {
        if self.is_too_deep(depth) {
            return;
        }
        match predicate {
            Predicate::All(parts) | Predicate::Any(parts) => {
                self.parts(parts.len());
                for part in parts {
                    self.predicate(part, depth + 1);
                }
            }
            Predicate::Not(inner) => self.predicate(inner, depth + 1),
            Predicate::Trait { name, test } => {
                self.name(name, "a trait");
                self.mistakes.extend(test_mistake(Subject::Any, test));
            }
            Predicate::Did { selection, .. } => self.selection(selection, depth),
            Predicate::Aggregate { aggregate, test } => {
                self.aggregate(aggregate, depth);
                self.mistakes
                    .extend(test_mistake(Subject::of(aggregate), test));
            }
            Predicate::Recency {
                selection,
                duration,
                ..
            } => {
                self.selection(selection, depth);
                self.mistakes.extend(duration_mistake(*duration));
            }
            Predicate::Member(name) => self.name(name, "a segment"),
            _ => {}
        }
    }

    fn quantity(&mut self, quantity: &Quantity, depth: usize) {
        if let Quantity::Aggregate(aggregate) = quantity {
            self.aggregate(aggregate, depth);
        }
    }

    fn aggregate(&mut self, aggregate: &Aggregate, depth: usize) {
        match &aggregate.value {
            Some(value) => self.expression(value, depth + 1),
            None if aggregate.function == Function::Count => {}
            None => {
                let word = aggregate.function.word();
                self.note(
                    format!("`{word}` of nothing"),
                    format!("name a value: `{word}(value of event)`"),
                );
            }
        }
        self.selection(&aggregate.selection, depth);
    }

    fn selection(&mut self, selection: &Selection, depth: usize) {
        for name in selection.event.names() {
            self.name(name, "an event");
        }
        self.mistakes.extend(window_mistake(&selection.window));
        if let Some(filter) = &selection.filter {
            self.filter(filter, depth + 1);
        }
    }

    fn filter(&mut self, filter: &Filter, depth: usize) {
        if self.is_too_deep(depth) {
            return;
        }
        match filter {
            Filter::All(parts) | Filter::Any(parts) => {
                self.parts(parts.len());
                for part in parts {
                    self.filter(part, depth + 1);
                }
            }
            Filter::Not(inner) => self.filter(inner, depth + 1),
            Filter::Compare { left, right, .. } => {
                self.expression(left, depth + 1);
                self.expression(right, depth + 1);
            }
            Filter::Property { value, test } => {
                self.expression(value, depth + 1);
                let subject = Subject::of_expression(value);
                self.mistakes.extend(test_mistake(subject, test));
            }
        }
    }

    fn expression(&mut self, expression: &Expression, depth: usize) {
        if self.is_too_deep(depth) {
            return;
        }
        match expression {
            Expression::Property(path) => self.name(path, "a property"),
            Expression::Number(_) => {}
            Expression::Earlier { path, .. } => self.name(path, "a property"),
            Expression::Negative(inner) => self.expression(inner, depth + 1),
            Expression::Add(sides)
            | Expression::Subtract(sides)
            | Expression::Multiply(sides)
            | Expression::Divide(sides) => {
                for side in sides.iter() {
                    self.expression(side, depth + 1);
                }
            }
        }
    }
}

/// Where something stands.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    Text(Range<usize>),
    Json(String),
}

impl Place {
    fn put(&self, mistake: Diagnostic) -> Diagnostic {
        match self {
            Self::Text(span) => mistake.spanning(span.clone()),
            Self::Json(pointer) => mistake.at(pointer.clone()),
        }
    }
}

/// Where a definition and its references to segments are, for the messages.
pub(crate) struct Places<'a> {
    pub(crate) definition: &'a Definition,
    /// Of the name that is defined.
    pub(crate) name: Place,
    /// The segments it refers to.
    pub(crate) references: Vec<(&'a str, Place)>,
}

/// The mistakes between definitions: repeated names, unknown segments, cycles. The names of
/// definitions that could not be read are known, too, so that one mistake does not cause others.
pub(crate) fn name_mistakes(all: &[Places<'_>], unread: &[Box<str>]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut known = BTreeSet::new();
    for places in all {
        let (kind, name) = kind_and_name(places.definition);
        if !known.insert((kind, name)) {
            let message = format!("{kind} `{name}` is defined twice");
            found.push(
                places
                    .name
                    .put(Diagnostic::new(message).help("keep one, or give it another name")),
            );
        }
    }
    let segments = || {
        known
            .iter()
            .filter(|(kind, _)| *kind == "segment")
            .map(|(_, name)| *name)
    };
    for places in all {
        for (name, place) in &places.references {
            if known.contains(&("segment", name)) {
                continue;
            }
            let help = match suggest::nearest(name, segments()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "define it in the same text".to_owned(),
            };
            found.push(place.put(Diagnostic::new(format!("unknown segment `{name}`")).help(help)));
        }
    }
    if found.is_empty() && unread.is_empty() {
        found.extend(order_mistakes(all));
    }
    found
}

fn kind_and_name(definition: &Definition) -> (&'static str, &str) {
    match definition {
        Definition::Segment { name, .. } => ("segment", name),
        Definition::Trait { name, .. } => ("trait", name),
    }
}

/// Cycles, and chains that are too long. Names are unique and known here.
fn order_mistakes(all: &[Places<'_>]) -> Vec<Diagnostic> {
    let segments: BTreeMap<&str, &Places<'_>> = all
        .iter()
        .filter(|places| matches!(places.definition, Definition::Segment { .. }))
        .map(|places| (places.definition.name(), places))
        .collect();
    // Length of the longest chain below each segment, found bottom up: what is left is in a cycle
    // or stands above one.
    let mut lengths: BTreeMap<&str, usize> = BTreeMap::new();
    loop {
        let before = lengths.len();
        for (name, places) in &segments {
            let below = places
                .references
                .iter()
                .map(|(name, _)| lengths.get(name).copied());
            if let Some(longest) = below
                .into_iter()
                .try_fold(0, |a, b| b.map(|b| a.max(b + 1)))
            {
                lengths.insert(name, longest);
            }
        }
        if lengths.len() == before {
            break;
        }
    }
    let mut found = Vec::new();
    for (name, places) in &segments {
        match lengths.get(name) {
            Some(length) if *length > CHAIN_MAX => {
                let message = format!("segment `{name}` refers to a chain of {length} segments");
                let help = format!("a chain is up to {CHAIN_MAX} long");
                found.push(places.name.put(Diagnostic::new(message).help(help)));
            }
            Some(_) => {}
            None => found.extend(cycle(name, &segments, &lengths).map(|(message, place)| {
                place.put(Diagnostic::new(message).help("one of them must do without the other"))
            })),
        }
    }
    found
}

/// The cycle that begins at this segment, told once: by its alphabetically first member.
fn cycle<'a>(
    start: &str,
    segments: &BTreeMap<&'a str, &'a Places<'a>>,
    settled: &BTreeMap<&str, usize>,
) -> Option<(String, &'a Place)> {
    let mut path: Vec<&str> = Vec::new();
    let mut place: Option<&Place> = None;
    let mut at = start;
    loop {
        if at == start && !path.is_empty() {
            let first = path.iter().min()?;
            let names: Vec<String> = path.iter().map(|name| format!("`{name}`")).collect();
            let message = format!(
                "segment `{start}` is defined by itself: {} → `{start}`",
                names.join(" → ")
            );
            return (*first == start).then_some((message, place?));
        }
        if path.contains(&at) {
            return None;
        }
        path.push(at);
        let places = segments.get(at)?;
        let (next, next_place) = places
            .references
            .iter()
            .find(|(name, _)| !settled.contains_key(name))?;
        place.get_or_insert(next_place);
        at = next;
    }
}

/// The segments that a predicate refers to, in the order in which they stand in it.
pub(crate) fn references<'a>(predicate: &'a Predicate, found: &mut Vec<&'a str>) {
    match predicate {
        Predicate::All(parts) | Predicate::Any(parts) => {
            for part in parts {
                references(part, found);
            }
        }
        Predicate::Not(inner) => references(inner, found),
        Predicate::Member(name) => found.push(name),
        _ => {}
    }
}
