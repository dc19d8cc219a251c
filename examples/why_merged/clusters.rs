//! The clusters that `link_people` wrote, by row.
//!
//! Invariant: there is a line for each row of the inputs, in their order.

use std::path::Path;

use onefold::connect::TableFile;
use onefold_examples::{exit::Failure, linkage::Linkage};

/// One line of the clusters for each record.
#[derive(Debug)]
pub(crate) struct Clusters {
    files: Vec<String>,
    /// The file and row of each record.
    places: Vec<(usize, u32)>,
    ids: Vec<Box<str>>,
    labels: Vec<u32>,
}

impl Clusters {
    /// Reads the clusters, and checks that they are those of the linkage.
    ///
    /// # Errors
    /// A run failure if they cannot be read, or are others.
    pub(crate) fn read(path: &Path, linkage: &Linkage) -> Result<Self, Failure> {
        let shown = path.display();
        let failed = |message: String| Failure::Run(format!("`{shown}`: {message}"));
        let mut table = TableFile::open(path)?;
        if table.header().ne(["file", "row", "id", "cluster"]) {
            return Err(failed("the header is not `file,row,id,cluster`".into()));
        }
        let files: Vec<String> = linkage
            .inputs
            .iter()
            .map(|input| input.file.clone())
            .collect();
        let expected = linkage.inputs.iter().enumerate();
        let mut expected =
            expected.flat_map(|(file, input)| (0..input.rows as u32).map(move |row| (file, row)));
        let (mut places, mut ids, mut labels) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(row) = table.next_row()? {
            let place = expected.next();
            let is_next = place.is_some_and(|(file, number)| {
                files.get(file).is_some_and(|file| file == row.cell(0))
                    && row.cell(1).parse() == Ok(number)
            });
            let (Some(place), true, Ok(label)) = (place, is_next, row.cell(3).parse()) else {
                let line = row.line;
                return Err(failed(format!(
                    "line {line} is not what `link_people` wrote for these inputs"
                )));
            };
            places.push(place);
            ids.push(row.cell(2).into());
            labels.push(label);
        }
        match expected.next() {
            None => Ok(Self {
                files,
                places,
                ids,
                labels,
            }),
            Some(_) => Err(failed(format!(
                "it ends after {} rows, before the inputs end",
                labels.len()
            ))),
        }
    }

    /// The records of two rows as they were asked for.
    ///
    /// # Errors
    /// A usage failure for each that is not there, or is not the only one.
    pub(crate) fn find_both(&self, a: &str, b: &str) -> Result<(u32, u32), Failure> {
        match (self.find(a), self.find(b)) {
            (Ok(a), Ok(b)) => Ok((a, b)),
            (a, b) => {
                let mistakes: Vec<String> = [a, b].into_iter().filter_map(Result::err).collect();
                Err(Failure::Usage(mistakes.join("\n")))
            }
        }
    }

    fn find(&self, wanted: &str) -> Result<u32, String> {
        let with_id = (0..)
            .zip(&self.ids)
            .filter(|(_, id)| !id.is_empty() && ***id == *wanted);
        let found: Vec<u32> = with_id.map(|(row, _)| row).collect();
        if let [only] = found.as_slice() {
            return Ok(*only);
        }
        let place = wanted
            .rsplit_once(':')
            .and_then(|(file, row)| Some((file, row.parse::<u32>().ok()?)));
        if let Some((file, row)) = place
            && let Some(at) = self.files.iter().position(|known| known == file)
        {
            let found = self.places.iter().position(|place| *place == (at, row));
            return found
                .map(|row| row as u32)
                .ok_or_else(|| format!("`{file}` has no row {row}"));
        }
        if found.is_empty() {
            return Err(format!(
                "`{wanted}` is neither an id nor FILE:ROW; the files are: {}",
                self.files.join(", ")
            ));
        }
        let places: Vec<String> = found.iter().take(5).map(|row| self.place(*row)).collect();
        Err(format!(
            "`{wanted}` is the id of {} rows; write one of {}",
            found.len(),
            places.join(", ")
        ))
    }

    /// `FILE:ROW` of a record.
    pub(crate) fn place(&self, record: u32) -> String {
        let (file, row) = self
            .places
            .get(record as usize)
            .copied()
            .unwrap_or_default();
        format!("{}:{row}", self.files.get(file).map_or("", String::as_str))
    }

    /// The id of a record, or `FILE:ROW` if it has none.
    pub(crate) fn name(&self, record: u32) -> String {
        match self.ids.get(record as usize) {
            Some(id) if !id.is_empty() => id.to_string(),
            _ => self.place(record),
        }
    }

    /// The cluster of a record.
    pub(crate) fn label(&self, record: u32) -> u32 {
        self.labels
            .get(record as usize)
            .copied()
            .unwrap_or_default()
    }

    /// The records of a cluster.
    pub(crate) fn rows_of(&self, label: u32) -> Vec<u32> {
        let rows = (0..).zip(&self.labels);
        rows.filter(|(_, other)| **other == label)
            .map(|(row, _)| row)
            .collect()
    }
}
