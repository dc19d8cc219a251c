//! Every destination keeps what destinations promise.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use onefold_connect::{
    Callback, Columns, CsvFile, Delivery, Formulas, JsonLinesFile, ValueType, conformance,
};

pub(crate) fn columns() -> Columns {
    Columns::new([
        ("message_id", ValueType::Text),
        ("person_id", ValueType::Text),
        ("email", ValueType::Text),
        ("total", ValueType::Number),
    ])
    .unwrap()
}

fn csv_ids(path: &Path) -> Vec<String> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    assert_eq!(
        reader.headers().unwrap(),
        vec!["message_id", "person_id", "email", "total"]
    );
    let rows = reader.records().map(|row| row.unwrap());
    rows.map(|row| {
        assert_eq!(&row[3], "-12.50");
        row[0].to_owned()
    })
    .collect()
}

#[test]
fn json_lines_conform() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audience.jsonl");
    let arrived = || {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        lines
            .map(|line| line["message_id"].as_str().unwrap().to_owned())
            .collect()
    };
    conformance::destination(|| JsonLinesFile::create(&path).unwrap(), arrived);
    let entries = std::fs::read_dir(folder.path()).unwrap();
    assert_eq!(entries.count(), 1, "no temporary file stays");
}

#[test]
fn csv_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audience.csv");
    for formulas in [Formulas::Keep, Formulas::Escape] {
        conformance::destination(
            || CsvFile::create(&path, columns(), formulas).unwrap(),
            || csv_ids(&path),
        );
    }
}

#[test]
fn a_callback_conforms() {
    let seen = Arc::new(Mutex::new(Vec::<String>::new()));
    let make = || {
        seen.lock().unwrap().clear();
        let seen = seen.clone();
        Callback::new("mail", move |message| {
            seen.lock().unwrap().push(message.id.to_string());
            Delivery::Delivered
        })
    };
    conformance::destination(make, || seen.lock().unwrap().clone());
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_conforms() {
    use arrow::array::AsArray;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audience.parquet");
    let arrived = || {
        let file = std::fs::File::open(&path).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        let mut ids = Vec::new();
        for batch in reader.build().unwrap() {
            let batch = batch.unwrap();
            let column = batch.column(0).as_string::<i32>();
            ids.extend(column.iter().map(|id| id.unwrap().to_owned()));
        }
        ids
    };
    conformance::destination(
        || onefold_connect::ParquetFile::create(&path, columns()).unwrap(),
        arrived,
    );
}
