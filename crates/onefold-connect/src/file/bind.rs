//! Finding the columns of a mapping in the columns of a file, with help where one is missing.

use onefold_event::{Diagnostic, Diagnostics, Error, Result};

use crate::{
    mapping::Plan,
    suggest::{closest, listed},
};

/// For each column of the plan its place in the file. `find` gives every place of a name.
///
/// # Errors
/// `InvalidInput` with every column that is missing or there twice, the closest name for it, and all
/// names there are.
pub(super) fn bind<T>(
    plan: &Plan,
    names: &[Box<str>],
    find: impl Fn(&str) -> Vec<T>,
) -> Result<Vec<T>> {
    let mut mistakes = Diagnostics::new();
    let mut bound = Vec::new();
    for name in plan.columns() {
        let mut found = find(name).into_iter();
        match (found.next(), found.next()) {
            (Some(place), None) => bound.push(place),
            (Some(_), Some(_)) => {
                mistakes.push(Diagnostic::new(format!("there are two columns `{name}`")));
            }
            (None, _) => {
                let missing = Diagnostic::new(format!("there is no column `{name}`"));
                mistakes.push(match closest(name, names.iter().map(|name| &**name)) {
                    Some(close) => missing.help(format!("did you mean `{close}`?")),
                    None => missing,
                });
            }
        }
    }
    match mistakes.is_empty() {
        true => Ok(bound),
        false => {
            let listed = listed(names.iter().map(|name| &**name));
            let message =
                format!("the columns of the file do not fit the mapping; there are {listed}");
            Err(Error::invalid(message, mistakes))
        }
    }
}

/// Demands that no column that is kept under its own name hides behind a name of the mapping.
///
/// # Errors
/// `InvalidInput` with every such column.
pub(super) fn check_rest(plan: &Plan, names: &[Box<str>]) -> Result<()> {
    if !plan.keeps_rest() {
        return Ok(());
    }
    let named = |name: &str| plan.columns().iter().any(|column| **column == *name);
    let mistakes: Diagnostics = names
        .iter()
        .filter(|name| !named(name) && plan.writes(name))
        .map(|name| {
            Diagnostic::new(format!(
                "column `{name}` has the name that the mapping gives another"
            ))
            .help("map it under a name of its own, or write `rest = \"drop\"`")
        })
        .collect();
    match mistakes.is_empty() {
        true => Ok(()),
        false => Err(Error::invalid("two columns have one name", mistakes)),
    }
}
