//! Definitions as text.
//!
//! Invariant: what is printed parses back to the same tree.

use std::fmt::{Display, Formatter, Result, Write as _};

use onefold_event::Timestamp;

use crate::ast::{
    Aggregate, Count, Definition, Duration, Expression, Filter, Literal, Predicate, Selection,
    Test, Window,
};

/// Words with a meaning where a name could stand; a name that is one of them is quoted.
pub(crate) const RESERVED: [&str; 15] = [
    "segment", "trait", "and", "or", "not", "did", "in", "is", "between", "where", "since", "at",
    "of", "true", "false",
];

impl Display for Definition {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Segment { name, when } => write!(f, "segment {} = {when}", Name(name)),
            Self::Trait { name, value } => write!(f, "trait {} = {value}", Name(name)),
        }
    }
}

impl Display for Predicate {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::All(parts) => separated(f, parts, " and ", |part| part.binding() < 2),
            Self::Any(parts) => separated(f, parts, " or ", |part| part.binding() < 1),
            Self::Not(inner) => match &**inner {
                Self::Did { selection, count } => write!(f, "did not {selection}{count}"),
                other => {
                    f.write_str("not ")?;
                    enclosed(f, other, matches!(other, Self::All(_) | Self::Any(_)))
                }
            },
            Self::Trait { name, test } => write!(f, "{}{test}", Name(name)),
            Self::Did { selection, count } => write!(f, "did {selection}{count}"),
            Self::Aggregate { aggregate, test } => write!(f, "{aggregate}{test}"),
            Self::Recency {
                selection,
                operator,
                duration,
            } => write!(f, "recency({selection}) {} {duration}", operator.sign()),
            Self::Member(name) => write!(f, "in {}", Name(name)),
        }
    }
}

impl Predicate {
    /// How tightly its text holds together: 0 `or`, 1 `and`, 2 what needs no parentheses.
    fn binding(&self) -> u8 {
        match self {
            Self::Any(_) => 0,
            Self::All(_) => 1,
            other if other.swallows() => 0,
            _ => 2,
        }
    }

    /// A filter reaches as far as it can: `did X where a = 1` would take an `and` or `or` after it
    /// as a part of the filter.
    fn swallows(&self) -> bool {
        match self {
            Self::Did { selection, count } => {
                selection.filter.is_some()
                    && selection.window.is_ever()
                    && *count == Count::AtLeast(1)
            }
            Self::Not(inner) => inner.swallows(),
            _ => false,
        }
    }
}

impl Display for Selection {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}", Name(&self.event))?;
        if let Some(filter) = &self.filter {
            write!(f, " where {filter}")?;
        }
        match self.window {
            Window::Ever => Ok(()),
            Window::Last(duration) => write!(f, " in last {duration}"),
            Window::Between { from, to } => write!(f, " between {} and {}", Time(from), Time(to)),
            Window::Since(from) => write!(f, " since {}", Time(from)),
        }
    }
}

impl Display for Count {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::AtLeast(1) => Ok(()),
            Self::AtLeast(times) => write!(f, " at least {times} times"),
            Self::AtMost(times) => write!(f, " at most {times} times"),
            Self::Exactly(times) => write!(f, " exactly {times} times"),
        }
    }
}

impl Display for Duration {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} {}", self.count, self.unit.word())
    }
}

impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::All(parts) => separated(f, parts, " and ", |p| {
                matches!(p, Self::All(_) | Self::Any(_))
            }),
            Self::Any(parts) => separated(f, parts, " or ", |p| matches!(p, Self::Any(_))),
            Self::Not(inner) => {
                f.write_str("not ")?;
                enclosed(f, inner, matches!(**inner, Self::All(_) | Self::Any(_)))
            }
            Self::Property { value, test } => write!(f, "{value}{test}"),
        }
    }
}

impl Display for Expression {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Property(path) => write!(f, "{}", Name(path)),
            Self::Number(number) => write!(f, "{number}"),
            Self::Negative(inner) => {
                f.write_str("-")?;
                enclosed(f, inner, !matches!(**inner, Self::Property(_)))
            }
            Self::Add(sides) => operation(f, sides, "+", 1),
            Self::Subtract(sides) => operation(f, sides, "-", 1),
            Self::Multiply(sides) => operation(f, sides, "*", 2),
            Self::Divide(sides) => operation(f, sides, "/", 2),
        }
    }
}

impl Expression {
    fn binding(&self) -> u8 {
        match self {
            Self::Add(_) | Self::Subtract(_) => 1,
            Self::Multiply(_) | Self::Divide(_) => 2,
            Self::Property(_) | Self::Number(_) | Self::Negative(_) => 3,
        }
    }
}

fn operation(f: &mut Formatter<'_>, sides: &[Expression; 2], sign: &str, binding: u8) -> Result {
    let [left, right] = sides;
    enclosed(f, left, left.binding() < binding)?;
    write!(f, " {sign} ")?;
    // The right side groups to the left by itself, so an equally tight one needs parentheses.
    enclosed(f, right, right.binding() <= binding)
}

impl Display for Aggregate {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}(", self.function.word())?;
        if let Some(value) = &self.value {
            write!(f, "{value} of ")?;
        }
        write!(f, "{})", self.selection)
    }
}

impl Display for Test {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Compare { operator, value } => write!(f, " {} {value}", operator.sign()),
            Self::In(values) => {
                f.write_str(" in [")?;
                separated(f, values, ", ", |_| false)?;
                f.write_str("]")
            }
            Self::Between { low, high } => write!(f, " between {low} and {high}"),
            Self::Set => f.write_str(" is set"),
            Self::Unset => f.write_str(" is unset"),
            Self::Contains(text) => write!(f, " contains {}", Quoted(text)),
            Self::StartsWith(text) => write!(f, " starts with {}", Quoted(text)),
            Self::EndsWith(text) => write!(f, " ends with {}", Quoted(text)),
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "{}", Quoted(text)),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Time(time) => write!(f, "{}", Time(*time)),
        }
    }
}

fn separated<T: Display>(
    f: &mut Formatter<'_>,
    parts: &[T],
    separator: &str,
    needs_parentheses: impl Fn(&T) -> bool,
) -> Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(separator)?;
        }
        enclosed(f, part, needs_parentheses(part))?;
    }
    Ok(())
}

fn enclosed(f: &mut Formatter<'_>, part: &impl Display, parentheses: bool) -> Result {
    if parentheses {
        write!(f, "({part})")
    } else {
        write!(f, "{part}")
    }
}

/// A name, quoted where it is no plain word.
pub(crate) struct Name<'a>(pub(crate) &'a str);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if is_plain_word(self.0) {
            f.write_str(self.0)
        } else {
            write!(f, "{}", Quoted(self.0))
        }
    }
}

fn is_plain_word(name: &str) -> bool {
    crate::lexer::word_length(name) == name.len() && !name.is_empty() && !RESERVED.contains(&name)
}

/// Text in double quotes, with escapes.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_char('"')?;
        for character in self.0.chars() {
            match character {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                '\t' => f.write_str("\\t")?,
                '\r' => f.write_str("\\r")?,
                other if other.is_control() => write!(f, "\\u{{{:x}}}", u32::from(other))?,
                other => f.write_char(other)?,
            }
        }
        f.write_char('"')
    }
}

/// A date where the time is midnight UTC, else RFC 3339.
pub(crate) struct Time(pub(crate) Timestamp);

impl Display for Time {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let text = self.0.to_string();
        f.write_str(text.strip_suffix("T00:00:00Z").unwrap_or(&text))
    }
}
