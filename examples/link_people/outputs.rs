//! The files that `link_people` writes.
//!
//! Invariant: no file gets its name before all of them are written to the end.

use std::{fmt::Write as _, io::Write, path::Path};

use onefold::{
    connect::{ParquetCells, ParquetTable, WholeFile},
    identity::cluster::{Partition, ScoredPair},
};
use onefold_examples::{exit::Failure, inputs::Places, linkage::Linkage};

use crate::{arguments::Arguments, run::Ids};

/// Outputs that were begun, so that a folder that cannot be written to is known before the work is done.
#[derive(Debug)]
pub(crate) struct Outputs {
    clusters: WholeFile,
    model: WholeFile,
    pairs: Option<ParquetTable>,
}

/// Rows of pairs that are written at once.
const BATCH: usize = 65_536;

impl Outputs {
    /// Begins all files.
    ///
    /// # Errors
    /// A run failure if one of them cannot be written.
    pub(crate) fn create(arguments: &Arguments) -> Result<Self, Failure> {
        let pairs = arguments.pairs.as_deref().map(create_pairs).transpose()?;
        Ok(Self {
            clusters: WholeFile::create(&arguments.out)?,
            model: WholeFile::create(&Linkage::beside(&arguments.out))?,
            pairs,
        })
    }

    /// Writes a line for each row.
    ///
    /// # Errors
    /// A run failure if it cannot be written.
    pub(crate) fn write_clusters(
        &mut self,
        partition: &Partition,
        places: &Places,
        ids: &Ids,
    ) -> Result<(), Failure> {
        let mut text = String::from("file,row,id,cluster\n");
        let mut file_quoted = (usize::MAX, String::new());
        for (record, cluster) in (0..).zip(partition.labels()) {
            let (file, row) = places.of(record);
            if file_quoted.0 != file {
                file_quoted = (file, String::new());
                push_cell(&mut file_quoted.1, places.file(file));
            }
            text.push_str(&file_quoted.1);
            // Writing to a text does not fail.
            let _ = write!(text, ",{row},");
            push_cell(&mut text, ids.of(record));
            let _ = writeln!(text, ",{cluster}");
            if text.len() >= BATCH {
                self.clusters.write_all(text.as_bytes())?;
                text.clear();
            }
        }
        Ok(self.clusters.write_all(text.as_bytes())?)
    }

    /// Writes the pairs, if they were asked for, by their rows.
    ///
    /// # Errors
    /// A run failure if they cannot be written.
    pub(crate) fn write_pairs(
        &mut self,
        pairs: &mut [ScoredPair],
        places: &Places,
    ) -> Result<(), Failure> {
        let Some(table) = &mut self.pairs else {
            return Ok(());
        };
        pairs.sort_unstable_by_key(ScoredPair::rows);
        for batch in pairs.chunks(BATCH) {
            let ends = |end: fn(&ScoredPair) -> u32| -> (Vec<&str>, Vec<u32>) {
                let found = batch.iter().map(|pair| places.of(end(pair)));
                found.map(|(file, row)| (places.file(file), row)).unzip()
            };
            let (left_files, left_rows) = ends(|pair| pair.rows().0);
            let (right_files, right_rows) = ends(|pair| pair.rows().1);
            let weights: Vec<f64> = batch.iter().map(|pair| pair.bits).collect();
            let probabilities: Vec<f64> = batch.iter().map(ScoredPair::probability).collect();
            table.write(&[
                ParquetCells::Text(&left_files),
                ParquetCells::Number(&left_rows),
                ParquetCells::Text(&right_files),
                ParquetCells::Number(&right_rows),
                ParquetCells::Float(&weights),
                ParquetCells::Float(&probabilities),
            ])?;
        }
        Ok(())
    }

    /// Writes the linkage, and gives all files their names.
    ///
    /// # Errors
    /// A run failure if one of them cannot be written.
    pub(crate) fn finish(mut self, linkage: &Linkage) -> Result<(), Failure> {
        serde_json::to_writer_pretty(&mut self.model, linkage).map_err(std::io::Error::from)?;
        writeln!(self.model)?;
        if let Some(pairs) = self.pairs {
            pairs.commit()?;
        }
        self.model.commit()?;
        Ok(self.clusters.commit()?)
    }
}

fn create_pairs(path: &Path) -> Result<ParquetTable, Failure> {
    let columns = [
        ("file_l", ParquetCells::Text(&[])),
        ("row_l", ParquetCells::Number(&[])),
        ("file_r", ParquetCells::Text(&[])),
        ("row_r", ParquetCells::Number(&[])),
        ("weight", ParquetCells::Float(&[])),
        ("probability", ParquetCells::Float(&[])),
    ];
    Ok(ParquetTable::create(path, &columns)?)
}

/// A cell of CSV, in quotes where it needs them.
fn push_cell(out: &mut String, cell: &str) {
    if !cell.contains([',', '"', '\n', '\r']) {
        out.push_str(cell);
        return;
    }
    out.push('"');
    out.push_str(&cell.replace('"', "\"\""));
    out.push('"');
}
