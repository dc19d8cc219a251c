//! Definitions as sentences, for people who do not write the language.
//!
//! Invariant: the sentence says what the tree says and nothing else; brackets stand where `and` and `or` mix.

mod behaviour;
mod many;
mod time;
mod value;

use crate::{
    ast::{Definition, Entity, Predicate, Scope, Zone},
    library::Library,
};

impl Library {
    /// Each definition as a sentence, in their order.
    ///
    /// ```
    /// use onefold_segment::Library;
    /// let library = Library::parse(
    ///     "segment loyal = did purchase in last 30 d at least 3 times and not in employees
    ///      segment employees = email ends with \"@example.com\"",
    /// )?;
    /// assert_eq!(library.english(), [
    ///     "loyal: people who did “purchase” at least 3 times in the last 30 days, and are not in “employees”.",
    ///     "employees: people whose “email” ends with “@example.com”.",
    /// ]);
    /// # Ok::<(), onefold_event::Error>(())
    /// ```
    pub fn english(&self) -> Vec<String> {
        let definitions = self.definitions().iter();
        definitions.map(Definition::english).collect()
    }
}

impl Definition {
    /// What it says, as one sentence.
    pub fn english(&self) -> String {
        let text = match self {
            Self::Segment { name, scope, when } => {
                let those = match scope.of {
                    Entity::Person => "people",
                    Entity::Organisation => "organisations",
                };
                let among = match &scope.among {
                    Some(among) => format!("{those} in {}", quoted(among)),
                    None => those.to_owned(),
                };
                format!("{name}: {among} {}", clause(when))
            }
            Self::Trait { name, scope, value } => {
                let whose = match scope.of {
                    Entity::Person => "each person",
                    Entity::Organisation => "each organisation",
                };
                format!("{name}: for {whose}, {}", value::quantity(value))
            }
        };
        text + &scope_english(self.scope()) + "."
    }
}

fn scope_english(scope: &Scope) -> String {
    let mut notes = Vec::new();
    if let Some(version) = scope.version {
        notes.push(format!("version {version}"));
    }
    if let Some(purpose) = &scope.purpose {
        notes.push(format!("used for {}", quoted(purpose)));
    }
    match &scope.zone {
        Zone::Utc => {}
        Zone::Named(zone) => notes.push(format!("days by the clock of {zone}")),
        Zone::Person { by, otherwise } => notes.push(format!(
            "days by each person's own clock, which {} names, else that of {otherwise}",
            quoted(by)
        )),
    }
    if notes.is_empty() {
        String::new()
    } else {
        format!(" ({})", notes.join("; "))
    }
}

/// What stands behind "people": "who did ...", "whose ... is ...".
fn clause(predicate: &Predicate) -> String {
    match plain(predicate) {
        Predicate::All(parts) => joined(parts, "and"),
        Predicate::Any(parts) => joined(parts, "or"),
        Predicate::Not(inner) => negated(inner),
        single => single_clause(single),
    }
}

/// The same without `not not`, which says nothing.
fn plain(mut predicate: &Predicate) -> &Predicate {
    while let Predicate::Not(inner) = predicate
        && let Predicate::Not(twice) = &**inner
    {
        predicate = twice;
    }
    predicate
}

fn joined(parts: &[Predicate], word: &str) -> String {
    let mut out = String::new();
    let mut was_who = false;
    for (index, part) in parts.iter().enumerate() {
        let is_group = matches!(plain(part), Predicate::All(_) | Predicate::Any(_));
        let text = clause(part);
        let text = if is_group { format!("({text})") } else { text };
        if index == 0 {
            was_who = text.starts_with("who ");
            out.push_str(&text);
            continue;
        }
        let shared = if was_who {
            text.strip_prefix("who ")
        } else {
            None
        };
        was_who = text.starts_with("who ");
        out.push_str(&format!(", {word} {}", shared.unwrap_or(&text)));
    }
    out
}

fn negated(inner: &Predicate) -> String {
    match inner {
        Predicate::Member(name) => format!("who are not in {}", quoted(name)),
        Predicate::Did {
            selection,
            count: crate::ast::Count::AtLeast(1),
            counted: crate::ast::Counted::Times,
        } => format!("who did not do {}", behaviour::selected(selection)),
        other => format!("to whom this does not apply: [{}]", clause(other)),
    }
}

fn single_clause(predicate: &Predicate) -> String {
    match predicate {
        Predicate::Trait { name, test } => {
            format!("whose {} {}", quoted(name), value::test(test))
        }
        Predicate::Aggregate { aggregate, test } => {
            format!(
                "for whom {} {}",
                value::aggregate(aggregate),
                value::test(test)
            )
        }
        Predicate::Quantity { value: left, test } => {
            format!("for whom {} {}", value::quantity(left), value::test(test))
        }
        Predicate::Compare {
            left,
            operator,
            right,
        } => {
            let (left, right) = (value::quantity(left), value::quantity(right));
            format!("for whom {left} is {} {right}", value::relation(*operator))
        }
        Predicate::Member(name) => format!("who are in {}", quoted(name)),
        Predicate::Rank { .. }
        | Predicate::Sample { .. }
        | Predicate::Members { .. }
        | Predicate::Organisations { .. }
        | Predicate::Consent { .. } => many::clause(predicate),
        _ => behaviour::clause(predicate),
    }
}

fn quoted(name: &str) -> String {
    format!("“{name}”")
}

/// `1 day`, `2 days`.
fn counted(count: u32, word: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {word}{ending}")
}
