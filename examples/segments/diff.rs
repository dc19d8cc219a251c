//! What changes with new definitions: who enters and who leaves, and by which clause.
//!
//! Invariant: old and new are asked of the same people at the same instant.

use std::{collections::BTreeMap, io::Write, path::Path};

use onefold::segment::{
    Library, Plan,
    ast::{Definition, Predicate},
    batch::{self, Evaluation, Members, Needs, Table},
};
use onefold_examples::{
    definitions,
    exit::{Failure, write_json},
    history,
};
use serde::Serialize;

use crate::arguments::Arguments;

/// A library whose top clauses are segments of their own.
struct Version {
    plan: std::sync::Arc<Plan>,
    /// For each segment its clauses: the text, and the name of the segment that asks it alone.
    clauses: BTreeMap<String, Vec<(String, String)>>,
}

#[derive(Serialize)]
struct Change {
    segment: String,
    before: usize,
    after: usize,
    enter: usize,
    leave: usize,
    /// Clauses of the old definition that did not hold for those who enter.
    enter_by: Vec<Clause>,
    /// Clauses of the new definition that do not hold for those who leave.
    leave_by: Vec<Clause>,
}

#[derive(Serialize)]
struct Clause {
    clause: String,
    people: usize,
}

/// Compares two versions of definitions.
///
/// # Errors
/// A usage failure for wrong definitions; a run failure if the data cannot be read or evaluated.
pub(crate) fn run(
    arguments: &Arguments,
    old: &Path,
    new: &Path,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let (old, new) = (Version::read(old)?, Version::read(new)?);
    let needs = Needs::of(&old.plan).with(&Needs::of(&new.plan));
    let table = history::read(&arguments.files, &needs, arguments.threads.get())?;
    let answers = [&old, &new].map(|version| version.evaluate(&table, arguments));
    let [old_answers, new_answers] = answers;
    let (old_answers, new_answers) = (old_answers?, new_answers?);
    let mut names: Vec<&String> = old.clauses.keys().chain(new.clauses.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let changes = names.into_iter().map(|name| {
        let (before, after) = (old_answers.members(name), new_answers.members(name));
        let enter = without(after, before);
        let leave = without(before, after);
        Change {
            segment: name.clone(),
            before: before.map_or(0, Members::count),
            after: after.map_or(0, Members::count),
            enter_by: old.failing(name, &old_answers, &enter),
            leave_by: new.failing(name, &new_answers, &leave),
            enter: enter.len(),
            leave: leave.len(),
        }
    });
    let changes: Vec<Change> = changes.collect();
    match arguments.json {
        true => write_json(out, &changes),
        false => tell(&changes, out),
    }
}

impl Version {
    fn read(path: &Path) -> Result<Self, Failure> {
        let library = definitions::read(path)?;
        let mut all = library.definitions().to_vec();
        let mut clauses: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        for (number, definition) in library.definitions().iter().enumerate() {
            let Definition::Segment { name, scope, when } = definition else {
                continue;
            };
            let parts = match when {
                Predicate::All(parts) => parts.as_slice(),
                single => std::slice::from_ref(single),
            };
            for (at, part) in parts.iter().enumerate() {
                let own = format!("clause {at} of definition {number}");
                let of_segment = clauses.entry(name.to_string()).or_default();
                of_segment.push((part.to_string(), own.clone()));
                all.push(Definition::Segment {
                    name: own.into(),
                    scope: scope.clone(),
                    when: part.clone(),
                });
            }
        }
        Ok(Self {
            plan: Plan::compile(Library::new(all)?)?,
            clauses,
        })
    }

    fn evaluate(&self, table: &Table, arguments: &Arguments) -> Result<Evaluation, Failure> {
        let options = arguments.options();
        Ok(batch::evaluate(
            &self.plan,
            table,
            arguments.as_of,
            options,
        )?)
    }

    /// The clauses that do not hold for some of these people.
    fn failing(&self, segment: &str, answers: &Evaluation, people: &[usize]) -> Vec<Clause> {
        let clauses = self.clauses.get(segment).into_iter().flatten();
        let counted = clauses.filter_map(|(clause, own)| {
            let members = answers.members(own)?;
            let fails = people.iter().filter(|person| !members.contains(**person));
            let people = fails.count();
            (people > 0).then(|| Clause {
                clause: clause.clone(),
                people,
            })
        });
        counted.collect()
    }
}

/// The members of one that are not members of the other.
fn without(of: Option<&Members>, other: Option<&Members>) -> Vec<usize> {
    let is_other = |person: &usize| other.is_some_and(|other| other.contains(*person));
    let members = of.into_iter().flat_map(Members::iter);
    members.filter(|person| !is_other(person)).collect()
}

fn tell(changes: &[Change], out: &mut dyn Write) -> Result<(), Failure> {
    for change in changes {
        let Change {
            segment,
            before,
            after,
            enter,
            leave,
            ..
        } = change;
        writeln!(
            out,
            "{segment}: {before} -> {after}, {enter} enter, {leave} leave"
        )?;
        for Clause { clause, people } in &change.enter_by {
            writeln!(out, "  {people} enter who did not fulfil: {clause}")?;
        }
        for Clause { clause, people } in &change.leave_by {
            writeln!(out, "  {people} leave who do not fulfil: {clause}")?;
        }
    }
    Ok(())
}
