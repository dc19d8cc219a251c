//! Damaged input never panics, and every line ends as an item.

use onefold_connect::{FileFormat, Mapping, Source, SourceConfig};
use proptest::prelude::*;

use crate::{
    delimited::gzip,
    support::{config, open},
};

const MAPPING: &str = r#"
    as = "event"
    event_name = "Line"
    time = { column = "when", zone = "Europe/London" }
    identifiers = { user_id = "who", email = "mail" }
    [[event_names]]
    name = "Big"
    when = { column = "price", more_than = 10 }
    [properties]
    price = { column = "price", type = "amount" }
    data = { column = "data", type = "json" }
"#;

fn csv_text() -> Vec<u8> {
    let row =
        "2026-03-01 12:00:00,17,ann@example.com,12.50,\"{\"\"a\"\":[1,2]}\",\"a \"\"note\"\"\"\n";
    format!("when,who,mail,price,data,note\n{}", row.repeat(12)).into_bytes()
}

fn json_text() -> Vec<u8> {
    let line = r#"{"type":"track","event":"Line","when":"2026-03-01","who":1,"mail":"a@b.de","price":-1e2,"data":{"a":[null,"\u00e9"]}}"#;
    format!("{line}\n").repeat(12).into_bytes()
}

/// Bytes with a few of them changed, left out or put in.
fn mutated(bytes: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let change = (
        any::<prop::sample::Index>(),
        0..3_u8,
        any::<u8>(),
        prop::sample::select(b"\n\r\",{}[]\\: ;".to_vec()),
    );
    prop::collection::vec(change, 0..12).prop_map(move |changes| {
        let mut bytes = bytes.clone();
        for (at, how, any, sign) in changes {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = any,
                1 => bytes[at] = sign,
                _ => drop(bytes.remove(at)),
            }
        }
        bytes
    })
}

/// Reads to the end or the first error; the number of items.
fn count(config: &SourceConfig, bytes: &[u8]) -> Option<usize> {
    let mut source = open(config, bytes).ok()?;
    let mut items = 0;
    while let Some(batch) = source.next_batch(5).ok()? {
        items += batch.len();
    }
    Some(items)
}

fn lines(bytes: &[u8]) -> usize {
    let lines = bytes.split(|byte| *byte == b'\n');
    lines.filter(|line| !line.trim_ascii().is_empty()).count()
}

proptest! {
    #[test]
    fn every_line_of_json_ends_as_an_item(bytes in mutated(json_text())) {
        for format in [FileFormat::SegmentEvents, FileFormat::JsonLines] {
            let config = config("a.jsonl", format, MAPPING).unwrap();
            // A first byte may become the mark of another encoding or compression.
            if bytes.first() == Some(&b'{') {
                prop_assert_eq!(count(&config, &bytes), Some(lines(&bytes)));
            }
        }
    }

    #[test]
    fn every_row_ends_as_an_item(bytes in mutated(csv_text())) {
        let config = config("a.csv", FileFormat::Csv, MAPPING).unwrap();
        if let Some(found) = count(&config, &bytes) {
            // A quoted field may join lines into one row; no row is made of nothing.
            prop_assert!(found < lines(&bytes).max(1) + 1);
            prop_assert!(found >= 1 || lines(&bytes) <= 2);
        }
    }

    #[test]
    fn damaged_compression_is_an_error_or_less_text(bytes in mutated(gzip(&csv_text()))) {
        let config = config("a.csv", FileFormat::Csv, MAPPING).unwrap();
        let _ = count(&config, &bytes);
    }

    #[test]
    fn any_bytes_can_be_given(bytes in prop::collection::vec(any::<u8>(), 0..200), magic in 0..4_usize) {
        let magics: [&[u8]; 4] = [b"", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\xff\xfe"];
        let bytes = [magics[magic], bytes.as_slice()].concat();
        for format in [FileFormat::Csv, FileFormat::JsonLines, FileFormat::SegmentEvents] {
            let _ = count(&config("a", format, MAPPING).unwrap(), &bytes);
        }
    }

    #[test]
    fn damaged_mappings_are_errors(bytes in mutated(MAPPING.as_bytes().to_vec())) {
        let text = String::from_utf8_lossy(&bytes);
        let Ok(mapping) = Mapping::from_toml(&text) else { return Ok(()) };
        let name = onefold_event::SourceName::new("shop").unwrap();
        let config = SourceConfig::mapped(name, "a.csv", FileFormat::Csv, mapping);
        let _ = count(&config, &csv_text());
    }
}
