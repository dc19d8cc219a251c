//! 10,000 mutated lines all end in one of the five fates, none lost.

use onefold::connect::{FileSource, Source, SourceConfig};

use crate::support::{at, builder, event, source};

#[test]
fn every_mutated_line_ends_in_one_fate() {
    let mut random = 1u64;
    let mut text = Vec::new();
    let mut lines = 0u64;
    for n in 0..10_000u64 {
        let mut line = event(n).json().as_bytes().to_vec();
        for _ in 0..n % 4 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let at = (random >> 33) as usize % line.len();
            match random % 3 {
                0 => line[at] = (random >> 20) as u8,
                1 => drop(line.remove(at)),
                _ => line.insert(at, (random >> 20) as u8),
            }
            // A mutation that makes a line feed makes two lines, and that is not what is counted here.
            line.retain(|byte| !matches!(byte, b'\n' | b'\r'));
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        lines += 1;
        text.extend_from_slice(&line);
        text.push(b'\n');
    }
    let hub = builder().in_memory().unwrap();
    let mut source = {
        let config = SourceConfig::segment_events(source("web"), "lines");
        FileSource::from_reader(
            &config,
            Box::new(std::io::Cursor::new(text)),
            at("2026-02-01"),
        )
        .unwrap()
    };
    assert_eq!(source.name().as_str(), "web");
    let counts = hub.ingest_source(&mut source).unwrap();
    let all =
        counts.accepted + counts.duplicate + counts.quarantined + counts.withheld + counts.rejected;
    assert_eq!(all, lines, "{counts:?}");
    assert!(
        counts.quarantined > 1_000 && counts.accepted > 2_500,
        "{counts:?}"
    );
    let totals = hub.snapshot().totals();
    assert_eq!(totals.events, counts.accepted);
    assert_eq!(totals.quarantined, counts.quarantined);
    assert!(hub.verify().unwrap().is_equal());
}

#[test]
fn a_row_that_was_corrected_is_another_than_the_one_in_quarantine() {
    let hub = builder().in_memory().unwrap();
    let read = |row: &str| {
        let mapping = r#"
            as = "event"
            event_name = "Order"
            key = "id"
            time = "at"
            zone = "UTC"
            identifiers = { user_id = "who" }
            properties = { total = { column = "total", type = "number" } }
        "#;
        let mapping = onefold::connect::Mapping::from_toml(mapping).unwrap();
        let config = SourceConfig::mapped(
            source("crm"),
            "orders.csv",
            onefold::connect::FileFormat::Csv,
            mapping,
        );
        let text = format!("id,who,total,at\n1,u1,{row},2026-01-01\n").into_bytes();
        let reader = Box::new(std::io::Cursor::new(text));
        let mut rows = FileSource::from_reader(&config, reader, at("2026-02-01")).unwrap();
        let counts = hub.ingest_source(&mut rows).unwrap();
        (counts.accepted, counts.duplicate, counts.quarantined)
    };
    assert_eq!(read("zwei"), (0, 0, 1));
    assert_eq!(read("zwei"), (0, 1, 0));
    assert_eq!(read("2"), (1, 0, 0));
    assert_eq!(read("2"), (0, 1, 0));
    assert_eq!(read("zwei"), (0, 1, 0));
}
