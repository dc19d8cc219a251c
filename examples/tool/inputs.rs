//! The tables that are to be matched: read together, as one set of records.
//!
//! Invariant: every row of every file is one record, in the order of the files; columns of one name are one column.

use std::path::{Path, PathBuf};

use onefold::{
    connect::{Flaws, TableFile, closest},
    identity::matching::{Records, RecordsBuilder},
};
use serde::{Deserialize, Serialize};

use crate::{
    exit::{Failure, warn},
    progress::Progress,
};

/// Files that are open: their columns are known, their rows are not yet read.
#[derive(Debug)]
pub struct OpenInputs {
    tables: Vec<(PathBuf, TableFile)>,
    names: Vec<Box<str>>,
}

/// The records of all files, and where they came from.
#[derive(Debug)]
pub struct Inputs {
    /// All rows; the number of a file is its source.
    pub records: Records,
    /// The files, in the order of the command line.
    pub files: Vec<Input>,
    /// What was mended in which file.
    pub flaws: Vec<InputFlaws>,
    /// The first record of each file.
    starts: Vec<u32>,
}

/// One file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its path as it was given.
    pub file: String,
    /// How many rows it has, without the header.
    pub rows: u64,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// What was mended in a file.
#[derive(Debug, Serialize)]
pub struct InputFlaws {
    /// Its path as it was given.
    pub file: String,
    /// Counts with their first lines.
    pub flaws: Flaws,
}

impl OpenInputs {
    /// Opens the files and reads their headers.
    ///
    /// # Errors
    /// A run failure with every file that cannot be opened, or has no header.
    pub fn open(paths: &[PathBuf]) -> Result<Self, Failure> {
        let mut opened = Self {
            tables: Vec::new(),
            names: Vec::new(),
        };
        let mut failed = Vec::new();
        for path in paths {
            match TableFile::open(path) {
                Ok(table) => {
                    for name in table.header() {
                        if !opened.names.iter().any(|known| **known == *name) {
                            opened.names.push(name.into());
                        }
                    }
                    opened.tables.push((path.clone(), table));
                }
                Err(error) => failed.push(error.to_string()),
            }
        }
        match failed.is_empty() {
            true => Ok(opened),
            false => Err(Failure::Run(failed.join("\n"))),
        }
    }

    /// Says what is wrong with a column that an option names; nothing if it is there.
    pub fn mistake(&self, option: &str, column: &str) -> Option<String> {
        let names = || self.names.iter().map(|name| &**name);
        if names().any(|name| name == column) {
            return None;
        }
        let help = match closest(column, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let listed: Vec<String> =
                    names().take(30).map(|name| format!("`{name}`")).collect();
                format!("there are: {}", listed.join(", "))
            }
        };
        Some(format!(
            "`{option} {column}`: no file has such a column; {help}"
        ))
    }

    /// Reads all rows.
    ///
    /// # Errors
    /// A run failure if a file cannot be read to its end, or is larger than what is matched at once.
    pub fn read(self) -> Result<Inputs, Failure> {
        let mut builder = Records::builder(self.names.iter().cloned());
        let mut progress = Progress::new("read").unit("rows");
        let (mut files, mut flaws, mut starts) = (Vec::new(), Vec::new(), Vec::new());
        let mut rows = 0;
        for (source, (path, mut table)) in self.tables.into_iter().enumerate() {
            let source = u16::try_from(source)
                .map_err(|_| Failure::Usage("more than 65,535 files are given".into()))?;
            starts.push(u32::try_from(rows).unwrap_or(u32::MAX));
            let columns = columns_of(&table, &self.names);
            push_rows(&mut builder, source, &mut table, &columns, &mut progress)
                .map_err(|error| Failure::Run(format!("`{}`: {error}", path.display())))?;
            rows += table.rows();
            let file = path.to_string_lossy().into_owned();
            if !table.flaws().is_empty() {
                let flaws_of = table.flaws().clone();
                flaws.push(InputFlaws {
                    file: file.clone(),
                    flaws: flaws_of,
                });
            }
            files.push(Input {
                file,
                rows: table.rows(),
                sha256: table.sha256(),
            });
        }
        let records = builder.finish()?;
        for InputFlaws { file, flaws } in &flaws {
            warn(&format!("`{file}`: {flaws}"));
        }
        Ok(Inputs {
            records,
            files,
            flaws,
            starts,
        })
    }
}

/// For each column of all files that this one has: its number there, and here; ascending.
fn columns_of(table: &TableFile, names: &[Box<str>]) -> Vec<(usize, usize)> {
    let mut columns: Vec<(usize, usize)> = table
        .header()
        .enumerate()
        .filter_map(|(here, name)| Some((names.iter().position(|known| **known == *name)?, here)))
        .collect();
    columns.sort_unstable();
    columns
}

/// Rows between two words of progress.
const TOLD_ROWS: u64 = 65_536;

fn push_rows(
    builder: &mut RecordsBuilder,
    source: u16,
    table: &mut TableFile,
    columns: &[(usize, usize)],
    progress: &mut Progress,
) -> Result<(), onefold::Error> {
    while let Some(row) = table.next_row()? {
        builder.push(
            source,
            columns
                .iter()
                .map(|(there, here)| (*there, row.cell(*here))),
        )?;
        if row.number % TOLD_ROWS == TOLD_ROWS - 1 {
            progress.add(TOLD_ROWS);
        }
    }
    Ok(())
}

impl Inputs {
    /// How many rows all files have.
    pub fn rows(&self) -> u32 {
        u32::try_from(self.records.rows()).unwrap_or(u32::MAX)
    }

    /// The places of all rows, to be told without the records.
    pub fn places(&self) -> Places {
        Places {
            files: self.files.iter().map(|input| input.file.clone()).collect(),
            starts: self.starts.clone(),
        }
    }
}

/// Where each record came from.
#[derive(Debug, Clone)]
pub struct Places {
    files: Vec<String>,
    starts: Vec<u32>,
}

impl Places {
    /// The number of the file of a record, and its row there, counted from 0.
    pub fn of(&self, record: u32) -> (usize, u32) {
        let file = self
            .starts
            .partition_point(|start| *start <= record)
            .saturating_sub(1);
        let start = self.starts.get(file).copied().unwrap_or_default();
        (file, record - start)
    }

    /// The path of a file as it was given.
    pub fn file(&self, number: usize) -> &str {
        self.files.get(number).map_or("", String::as_str)
    }

    /// The record at a row of the first file of this path; `None` if there is no such file. The row may lie beyond.
    pub fn record(&self, file: &str, row: u32) -> Option<u32> {
        let number = self.files.iter().position(|known| known == file)?;
        self.starts.get(number)?.checked_add(row)
    }
}

/// Whether both paths lead to one file; a path where nothing is, leads to none.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    place(one).is_some_and(|one| place(other).is_some_and(|other| one == other))
}

/// Where a file is, or would be.
fn place(path: &Path) -> Option<PathBuf> {
    let beyond = || {
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
        Some(folder.join(path.file_name()?))
    };
    path.canonicalize().ok().or_else(beyond)
}
