//! Definitions laid out for people: a short one on its line, a long one with a line for each clause.
//!
//! Invariant: what is laid out parses back to the same library, and what is laid out again stays as it is.

use std::{
    fmt::{self, Write as _},
    ops::Range,
};

use crate::{
    ast::{Definition, Predicate, Sequence},
    library::LANGUAGE_VERSION,
    parser::{Parsed, Placed},
};

/// How long a line may be before it is broken, in characters.
const WIDTH: usize = 100;
const INDENT: usize = 4;

/// The definitions without comments; an empty line around those of several lines.
pub(crate) fn library(f: &mut fmt::Formatter<'_>, definitions: &[Definition]) -> fmt::Result {
    writeln!(f, "onefold segments {LANGUAGE_VERSION}")?;
    let mut was_long = false;
    for (index, definition) in definitions.iter().enumerate() {
        let text = lines(definition);
        let is_long = text.contains('\n');
        if index > 0 && (is_long || was_long) {
            writeln!(f)?;
        }
        writeln!(f, "{text}")?;
        was_long = is_long;
    }
    Ok(())
}

/// A text as it was read, with its comments.
pub(crate) fn text(source: &str, parsed: &Parsed) -> String {
    let mut out = String::new();
    let mut comments = parsed.comments.iter().peekable();
    let header = parsed.header.unwrap_or(0);
    let mut above: Vec<&Range<usize>> = Vec::new();
    while let Some(comment) = comments.next_if(|comment| comment.start < header) {
        above.push(comment);
    }
    put_comments(&mut out, source, &above, None);
    let _ = writeln!(out, "onefold segments {LANGUAGE_VERSION}");
    let (mut was_long, mut end) = (false, header);
    for (index, placed) in parsed.definitions.iter().enumerate() {
        let next = parsed.definitions.get(index + 1);
        let line_end = rest_of_line(source, placed.span.end);
        let limit = next.map_or(line_end, |next| line_end.min(next.span.start));
        let mut own: Vec<&Range<usize>> = Vec::new();
        while let Some(comment) = comments.next_if(|comment| comment.start < limit) {
            own.push(comment);
        }
        let text = lines(&placed.definition);
        let is_long = text.contains('\n');
        let begin = own.first().map_or(placed.span.start, |first| {
            first.start.min(placed.span.start)
        });
        let apart = index > 0 && (is_long || was_long || !own.is_empty());
        if apart || is_apart(source, end, begin) {
            out.push('\n');
        }
        put_comments(&mut out, source, &own, Some(placed));
        let _ = writeln!(out, "{text}");
        was_long = is_long;
        end = limit;
    }
    let last: Vec<&Range<usize>> = comments.collect();
    if let Some(first) = last.first()
        && (is_apart(source, end, first.start) || was_long)
    {
        out.push('\n');
    }
    put_comments(&mut out, source, &last, None);
    out
}

fn put_comments(out: &mut String, source: &str, comments: &[&Range<usize>], of: Option<&Placed>) {
    let mut comments = comments.iter().peekable();
    while let Some(comment) = comments.next() {
        let _ = writeln!(out, "{}", shown(source, comment));
        let start = of.map_or(usize::MAX, |placed| placed.span.start);
        let next = comments.peek().map_or(start, |next| next.start.min(start));
        if comment.end < next && next < source.len() && is_apart(source, comment.end, next) {
            out.push('\n');
        }
    }
}

fn shown<'t>(source: &'t str, comment: &Range<usize>) -> &'t str {
    source.get(comment.clone()).unwrap_or_default().trim_end()
}

fn rest_of_line(source: &str, from: usize) -> usize {
    let rest = source.get(from..).unwrap_or_default();
    from + rest.find('\n').unwrap_or(rest.len())
}

/// Whether there is an empty line between two places.
fn is_apart(source: &str, from: usize, to: usize) -> bool {
    let between = source.get(from..to).unwrap_or_default();
    let mut lines = between.split('\n');
    // What stands before the first line end and behind the last one is no line of its own.
    lines.next();
    lines.next_back();
    lines.any(|line| line.trim().is_empty())
}

/// One definition, without an end of line.
fn lines(definition: &Definition) -> String {
    let line = definition.to_string();
    if fits(0, &line) {
        return line;
    }
    let (word, name) = match definition {
        Definition::Segment { name, .. } => ("segment", name),
        Definition::Trait { name, .. } => ("trait", name),
    };
    let mut out = format!(
        "{word} {}{} =",
        crate::print::Name(name),
        definition.scope()
    );
    newline(&mut out, 1);
    match definition {
        Definition::Segment { when, .. } => block(&mut out, when, 1),
        Definition::Trait { value, .. } => {
            let _ = write!(out, "{value}");
        }
    }
    out
}

/// One clause a line, the first one where the text stands now.
fn block(out: &mut String, predicate: &Predicate, depth: usize) {
    let (parts, word) = match predicate {
        Predicate::All(parts) => (parts, "and "),
        Predicate::Any(parts) => (parts, "or "),
        single => return clause(out, single, false, depth),
    };
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            newline(out, depth);
            out.push_str(word);
        }
        clause(out, part, part.needs_parentheses_in(predicate), depth);
    }
}

/// One clause, on its line where it fits there.
fn clause(out: &mut String, predicate: &Predicate, parentheses: bool, depth: usize) {
    let line = if parentheses {
        format!("({predicate})")
    } else {
        predicate.to_string()
    };
    if fits(last_line(out), &line) {
        return out.push_str(&line);
    }
    match predicate {
        Predicate::All(_) | Predicate::Any(_) => group(out, predicate, depth),
        _ if parentheses => group(out, predicate, depth),
        Predicate::Not(inner) if !inner.is_did() => {
            out.push_str("not ");
            let parentheses = inner.needs_parentheses_in(predicate);
            clause(out, inner, parentheses, depth);
        }
        Predicate::Sequence(sequence) => steps(out, sequence, depth + 1),
        Predicate::Members { that, .. } | Predicate::Organisations { that, .. } => {
            out.push_str(&predicate.group_head());
            out.push(' ');
            group(out, that, depth);
        }
        _ => out.push_str(&line),
    }
}

fn group(out: &mut String, predicate: &Predicate, depth: usize) {
    out.push('(');
    newline(out, depth + 1);
    block(out, predicate, depth + 1);
    newline(out, depth);
    out.push(')');
}

fn steps(out: &mut String, sequence: &Sequence, depth: usize) {
    let _ = write!(out, "sequence {}", sequence.first);
    for then in &sequence.then {
        newline(out, depth);
        let _ = write!(out, "{then}");
    }
    if let Some(absence) = &sequence.then_no {
        newline(out, depth);
        let _ = write!(out, "then no {} within {}", absence.step, absence.within);
    }
    let mut ends = String::new();
    if let Some(within) = sequence.within {
        let _ = write!(ends, " all within {within}");
    }
    let _ = write!(ends, "{}", sequence.window);
    if !ends.is_empty() {
        newline(out, depth);
        out.push_str(ends.trim_start());
    }
}

fn newline(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', depth * INDENT));
}

fn last_line(out: &str) -> usize {
    out.rsplit('\n')
        .next()
        .map_or(0, |line| line.chars().count())
}

fn fits(before: usize, text: &str) -> bool {
    before + text.chars().count() <= WIDTH
}
