//! A file of records, and the truth about them.

use std::{fs::File, path::Path};

use onefold::{
    connect::decompressed,
    identity::{
        cluster::Partition,
        matching::{Records, RecordsBuilder},
    },
};

/// The lines of a CSV file with a header, plain or compressed, all columns.
pub(super) struct Lines {
    reader: csv::Reader<Box<dyn std::io::Read + Send>>,
    pub(super) header: Vec<String>,
}

impl Lines {
    pub(super) fn open(path: &Path) -> Self {
        let file = Box::new(File::open(path).unwrap());
        let mut reader = csv::Reader::from_reader(decompressed(file).unwrap());
        let header = reader.headers().unwrap().iter().map(str::to_owned);
        Self {
            header: header.collect(),
            reader,
        }
    }

    /// At most so many of the rows that are left.
    pub(super) fn records(&mut self, rows_max: usize) -> Records {
        let mut builder: RecordsBuilder = Records::builder(self.header.iter().map(String::as_str));
        let mut line = csv::StringRecord::new();
        for _ in 0..rows_max {
            if !self.reader.read_record(&mut line).unwrap() {
                break;
            }
            builder.push(0, line.iter().enumerate()).unwrap();
        }
        builder.finish().unwrap()
    }
}

/// The rows that a column says are one; a row of which it says nothing is alone.
pub(super) fn truth(records: &Records, column: &str) -> Partition {
    let column = records.column(column).unwrap();
    Partition::from_labels((0..records.rows()).map(|row| records.value(row, column)))
}

/// The cells of a row between bars, for a reader.
pub(super) fn told(records: &Records, row: u32) -> String {
    let columns = 0..records.names().len();
    let cells = columns.map(|column| records.value(row as usize, column).unwrap_or_default());
    cells.collect::<Vec<_>>().join(" | ")
}
