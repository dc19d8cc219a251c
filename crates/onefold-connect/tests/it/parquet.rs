//! Parquet files as sources.

use std::{path::Path, sync::Arc};

use arrow::{
    array::{
        ArrayRef, BooleanArray, Decimal128Array, Float64Array, Int64Array, ListArray, RecordBatch,
        StringArray, StringViewArray, StructArray, TimestampMicrosecondArray,
        TimestampMillisecondArray,
    },
    datatypes::{Field, Float64Type, Int64Type},
};
use expect_test::expect;
use onefold_connect::{FileFormat, FileSource, Source, conformance};
use parquet::{arrow::ArrowWriter, basic::Compression, file::properties::WriterProperties};
use proptest::prelude::*;

use crate::support::{config, read, received_at, told};

const MAPPING: &str = r#"
    as = "event"
    event_name = "Order"
    time = "placed"
    zone = "Europe/London"
    identifiers = { user_id = "customer", email = "contact.email" }
    properties = { total = { column = "total", type = "number" }, ok = "ok" }
"#;

fn batch() -> RecordBatch {
    let placed = [Some(1_309_505_160_000), Some(1_309_505_160_000), None];
    let seen = TimestampMicrosecondArray::from(vec![1, 2, 3]).with_timezone("UTC");
    let total = Decimal128Array::from(vec![Some(1250), None, Some(-3)]);
    let emails: ArrayRef = Arc::new(StringArray::from(vec![
        Some("Ann@example.com"),
        None,
        Some("x"),
    ]));
    let contact = StructArray::from(vec![(
        Arc::new(Field::new("email", emails.data_type().clone(), true)),
        emails,
    )]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "placed",
            Arc::new(TimestampMillisecondArray::from(placed.to_vec())),
        ),
        (
            "customer",
            Arc::new(Float64Array::from(vec![
                Some(17850.0),
                Some(f64::NAN),
                None,
            ])),
        ),
        ("contact", Arc::new(contact)),
        (
            "total",
            Arc::new(total.with_precision_and_scale(38, 2).unwrap()),
        ),
        (
            "ok",
            Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)])),
        ),
        ("seen", Arc::new(seen)),
        (
            "note",
            Arc::new(StringViewArray::from(vec!["a \"b\"", "", "c"])),
        ),
        (
            "big",
            Arc::new(Int64Array::from(vec![i64::MAX, i64::MIN, 0])),
        ),
        (
            "share",
            Arc::new(Float64Array::from_iter::<[Option<f64>; 3]>([
                Some(0.1),
                Some(1e300),
                None,
            ])),
        ),
        (
            "list",
            Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(vec![
                Some(vec![Some(1), None]),
                None,
                Some(vec![]),
            ])),
        ),
        (
            "nothing",
            Arc::new(arrow::array::PrimitiveArray::<Float64Type>::new_null(3)),
        ),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true)))
        .unwrap()
}

fn write(path: &Path, compression: Compression) {
    let batch = batch();
    let file = std::fs::File::create(path).unwrap();
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .build();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn open(path: &Path) -> onefold_event::Result<FileSource> {
    let config = config("orders.parquet", FileFormat::Parquet, MAPPING)?;
    FileSource::open(&config, path, received_at())
}

#[test]
fn rows_through_a_mapping() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.parquet");
    write(&path, Compression::UNCOMPRESSED);
    let plain = read(&mut open(&path).unwrap());
    expect![[r#"
        orders.parquet row 1: {"type":"track","messageId":"row-620b629b9a171650ac8f445e4c9b7f9d","userId":"17850","event":"Order","timestamp":"2011-07-01T06:26:00Z","properties":{"contact":{"email":"Ann@example.com"},"seen":"1970-01-01T00:00:00.000001Z","note":"a \"b\"","big":9223372036854775807,"share":0.1,"list":[1,null],"nothing":null,"ok":true,"total":12.50},"context":{"traits":{"email":"ann@example.com"},"externalIds":[{"id":"ann@example.com","type":"email"}]}}
        orders.parquet row 2: {"type":"track","messageId":"row-2f5b88012e20f0bcd256d1e5b7477a4d","event":"Order","timestamp":"2011-07-01T06:26:00Z","properties":{"contact":{"email":null},"seen":"1970-01-01T00:00:00.000002Z","note":"","big":-9223372036854775808,"share":1000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000,"list":null,"nothing":null,"ok":null,"total":null}}
        orders.parquet row 3: quarantined `{"placed":null,"customer":null,"contact":{"email":"x"},"total":-0.03,"ok":false,"seen":"1970-01-01T00:00:00.000003Z","note":"c","big":0,"share":null,"list":[],"nothing":null}`: /placed: the row has no time; /contact/email: `x` is not an e-mail address: it has no `@`
    "#]].assert_eq(&told(&plain));
    for compression in [
        Compression::SNAPPY,
        Compression::GZIP(Default::default()),
        Compression::LZ4_RAW,
    ] {
        write(&path, compression);
        assert_eq!(read(&mut open(&path).unwrap()), plain);
    }
    conformance::source(|| open(&path).unwrap());
}

/// A source of records with all columns of this batch.
fn of_types(folder: &Path, batch: &RecordBatch) -> onefold_event::Result<FileSource> {
    let path = folder.join("types.parquet");
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    let mapping = r#"
        as = "record"
        collection = "types"
        key = "id"
        identifiers = { user_id = "id" }
        rest = "keep"
    "#;
    let config = config("types.parquet", FileFormat::Parquet, mapping).unwrap();
    FileSource::open(&config, &path, received_at())
}

#[test]
fn an_interval_is_refused_because_its_months_would_be_lost() {
    let months: ArrayRef = Arc::new(arrow::array::IntervalYearMonthArray::from(vec![14]));
    let id: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let batch = RecordBatch::try_from_iter([("id", id), ("span", months)]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let error = of_types(folder.path(), &batch).unwrap_err();
    assert_eq!(error.kind(), onefold_event::ErrorKind::Unsupported);
    assert!(
        error
            .to_string()
            .contains("column `span` is of the type Interval"),
        "{error}"
    );
}

#[test]
fn every_type_that_parquet_has_is_read() {
    use arrow::{
        array::{
            Date32Array, Decimal32Array, FixedSizeBinaryArray, Float16Array,
            Time32MillisecondArray, Time64MicrosecondArray, Time64NanosecondArray, UInt64Array,
        },
        datatypes::{ArrowPrimitiveType, Float16Type},
    };
    let half = Float16Array::from(vec![<Float16Type as ArrowPrimitiveType>::Native::from_f32(
        0.5,
    )]);
    let price = Decimal32Array::from(vec![1999])
        .with_precision_and_scale(9, 2)
        .unwrap();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(UInt64Array::from(vec![u64::MAX]))),
        ("half", Arc::new(half)),
        ("price", Arc::new(price)),
        ("day", Arc::new(Date32Array::from(vec![20_000]))),
        (
            "milli",
            Arc::new(Time32MillisecondArray::from(vec![3_723_004])),
        ),
        (
            "micro",
            Arc::new(Time64MicrosecondArray::from(vec![3_723_000_005])),
        ),
        ("nano", Arc::new(Time64NanosecondArray::from(vec![1]))),
        (
            "bytes",
            Arc::new(FixedSizeBinaryArray::try_from_iter([[0_u8, 255]].into_iter()).unwrap()),
        ),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut source = of_types(folder.path(), &batch).unwrap();
    expect![[r#"
        types.parquet row 1: types user_id:18446744073709551615 {"half":0.5,"price":19.99,"day":"2024-10-04","milli":"01:02:03.004","micro":"01:02:03.000005","nano":"00:00:00.000000001","bytes":"00ff"}
    "#]].assert_eq(&told(&read(&mut source)));
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.parquet");
    write(&path, Compression::SNAPPY);
    let mapping = MAPPING
        .replace("\"total\"", "\"totl\"")
        .replace("contact.email", "contact.mail");
    let config = config("orders.parquet", FileFormat::Parquet, &mapping).unwrap();
    let error = FileSource::open(&config, &path, received_at()).unwrap_err();
    let text = error
        .to_string()
        .replace(&*folder.path().to_string_lossy(), "");
    expect![[r#"
        /orders.parquet: the columns of the file do not fit the mapping; there are `placed`, `customer`, `contact`, `total`, `ok`, `seen`, `note`, `big`, `share`, `list`, `nothing`
        there is no column `contact.mail` (did you mean `contact`?)
        there is no column `totl` (did you mean `total`?)"#]].assert_eq(&text);

    std::fs::write(&path, b"PAR1 no such thing PAR1").unwrap();
    assert_eq!(
        open(&path).unwrap_err().kind(),
        onefold_event::ErrorKind::Corrupt
    );
}

proptest! {
    #[test]
    fn a_damaged_file_is_an_error_or_other_rows(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("orders.parquet");
        write(&path, Compression::SNAPPY);
        let mut bytes = std::fs::read(&path).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        std::fs::write(&path, bytes).unwrap();
        if let Ok(mut source) = open(&path) {
            while let Ok(Some(items)) = source.next_batch(2) {
                prop_assert!(!items.is_empty());
            }
        }
    }
}
