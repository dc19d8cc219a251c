//! The members of segments, whoever evaluates.
//!
//! Invariant: segments are in the order of their definitions; the members of each are sorted as ids are.

use std::{path::Path, sync::Arc};

use onefold::{
    connect::{ParquetCells, ParquetTable},
    event::Occurrence,
    segment::{
        Plan,
        batch::{self, Happened, Id, Known, Table},
        reference::{Subject, World},
    },
};
use onefold_examples::exit::Failure;

use crate::{
    arguments::{Arguments, Evaluator},
    live,
};

/// Rows that are written at once.
const WRITTEN_ROWS: usize = 1 << 16;

/// The numbers of the members of each segment, ascending.
pub(crate) struct Members {
    pub(crate) segments: Vec<(String, Vec<usize>)>,
}

/// The members of each segment of a plan.
///
/// # Errors
/// A run failure as the evaluator has it.
pub(crate) fn find(
    plan: &Arc<Plan>,
    table: &Table,
    arguments: &Arguments,
) -> Result<Members, Failure> {
    match arguments.evaluator {
        Evaluator::Batch => {
            let answers = batch::evaluate(plan, table, arguments.as_of, arguments.options())?;
            let found = answers.iter().map(|members| members.iter().collect());
            Ok(Members {
                segments: plan.segments().map(str::to_owned).zip(found).collect(),
            })
        }
        Evaluator::Live => {
            let found = live::find(plan, table, arguments.as_of)?;
            Ok(Members {
                segments: plan.segments().map(str::to_owned).zip(found).collect(),
            })
        }
        Evaluator::Reference => Ok(by_reference(plan, table, arguments)),
    }
}

fn by_reference(plan: &Plan, table: &Table, arguments: &Arguments) -> Members {
    let histories = table.histories().flat_map(|(_, histories)| histories);
    let histories: Vec<Vec<Happened<'_>>> = histories.collect();
    let known: Vec<Known<'_>> = (0..table.people())
        .map(|person| table.known(person))
        .collect();
    let occurrences: Vec<Vec<&dyn Occurrence>> = histories
        .iter()
        .map(|history| history.iter().map(|happened| happened as _).collect())
        .collect();
    let subjects = occurrences
        .iter()
        .zip(&known)
        .map(|(occurrences, known)| Subject {
            occurrences,
            traits: known,
            memberships: &[],
        });
    let subjects: Vec<Subject<'_>> = subjects.collect();
    let world = World::new(plan.library(), &subjects, &[], arguments.as_of);
    let found = |name: &str| world.members(name).unwrap_or_default();
    Members {
        segments: plan
            .segments()
            .map(|name| (name.to_owned(), found(name)))
            .collect(),
    }
}

impl Members {
    /// Writes all as Parquet, sorted by segment and person.
    ///
    /// # Errors
    /// A run failure if it cannot be written.
    pub(crate) fn write(&self, table: &Table, path: &Path) -> Result<(), Failure> {
        let all_numbers =
            (0..table.people()).all(|person| matches!(table.id(person), Some(Id::Number(_))));
        let person = match all_numbers {
            true => ParquetCells::Whole(&[]),
            false => ParquetCells::Text(&[]),
        };
        let columns = [("segment", ParquetCells::Text(&[])), ("person", person)];
        let mut file = ParquetTable::create(path, &columns)?;
        let mut segments: Vec<&(String, Vec<usize>)> = self.segments.iter().collect();
        segments.sort_unstable();
        for (name, members) in segments {
            let mut ids: Vec<Id<'_>> = members
                .iter()
                .filter_map(|member| table.id(*member))
                .collect();
            ids.sort_unstable();
            for part in ids.chunks(WRITTEN_ROWS) {
                write_part(&mut file, name, part, all_numbers)?;
            }
        }
        Ok(file.commit()?)
    }
}

fn write_part(
    file: &mut ParquetTable,
    name: &str,
    ids: &[Id<'_>],
    all_numbers: bool,
) -> Result<(), Failure> {
    let names = vec![name; ids.len()];
    if all_numbers {
        let numbers = ids.iter().map(|id| match id {
            Id::Number(number) => *number,
            Id::Text(_) => 0,
        });
        let numbers: Vec<i64> = numbers.collect();
        file.write(&[ParquetCells::Text(&names), ParquetCells::Whole(&numbers)])?;
    } else {
        let texts: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let texts: Vec<&str> = texts.iter().map(|text| &**text).collect();
        file.write(&[ParquetCells::Text(&names), ParquetCells::Text(&texts)])?;
    }
    Ok(())
}
