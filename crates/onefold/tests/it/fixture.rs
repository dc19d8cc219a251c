//! A store that this version wrote opens for ever, and says the same.
//!
//! With `ONEFOLD_FIXTURE` set to a folder, the test writes the fixture of a new version there; the fixtures of
//! earlier versions stay as they are.

use std::{
    fs,
    path::{Path, PathBuf},
};

use onefold::{
    CollectionBasis, Event, ExportGrant, Identifier, IdentifierKind, Onefold, Position, Record,
    connect::{Content, Item},
    consent::Action,
    event::{Diagnostic, Membership, QuarantineItem},
};

use crate::support::{at, builder, consent, email, feed, source};

/// One of each kind that the log can hold.
fn write(directory: &Path) {
    let hub = builder().open(directory).unwrap();
    feed(&hub, 0..60);
    let domain = IdentifierKind::new("domain").unwrap();
    let works = Membership {
        organisation: Identifier::generic(domain, "teehaus.example").unwrap(),
        role: Some("buyer".into()),
        from: Some(at("2025-01-01")),
        to: None,
    };
    let ticket = Record::new("tickets")
        .key("t-1")
        .time(at("2026-01-21"))
        .identifier(email("p1@example.com"))
        .trait_value("city", "Berlin")
        .membership(works)
        .field("satisfaction", 2)
        .build()
        .unwrap();
    let broken = QuarantineItem {
        source: source("crm"),
        bytes: b"a;b;\xff".as_slice().into(),
        reasons: vec![Diagnostic::new("no row").at("/city").help("write one")],
        place: "contacts.csv line 7".into(),
        time: at("2026-01-22"),
    };
    let broken = Item {
        id: "row-7".into(),
        place: broken.place.clone(),
        content: Content::Quarantined(broken),
    };
    let yes = consent(email("p1@example.com"), Action::Grant, "2026-01-01");
    let all = vec![Item::from(ticket), broken, yes];
    let _fates = hub
        .ingest(&source("crm"), CollectionBasis::Contract, all)
        .unwrap();
    let group = Event::group("teehaus")
        .user_id("u1")
        .timestamp(at("2026-01-23"));
    let group = group
        .trait_value("seats", onefold::Decimal::from(12))
        .build()
        .unwrap();
    let _fates = hub.ingest_events(&source("web"), [group]).unwrap();
    hub.define("segment regulars = in buyers and did \"Order Completed\" at least 2 times")
        .unwrap();
    hub.checkpoint().unwrap();
    feed(&hub, 60..70);
    let _lines = export(&hub);
    drop(hub);
}

fn export(hub: &Onefold) -> String {
    let grant = ExportGrant {
        granted_to: "test".into(),
        reason: "compare".into(),
        destination: "memory".into(),
    };
    let mut lines = Vec::new();
    let _exported = hub.export(&grant, Position::START, &mut lines).unwrap();
    String::from_utf8(lines).unwrap()
}

/// The dump and the export of a copy, because opening and exporting write; without one file, if it is named.
fn told(folder: &Path, leave_out: Option<&str>, folded_whole: bool) -> (String, String) {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("log")).unwrap();
    for file in [
        "store.ofm",
        "keys.ofk",
        "checkpoint.ofc",
        "log/00000001.ofl",
    ] {
        if Some(file) != leave_out {
            fs::copy(folder.join(file), directory.path().join(file)).unwrap();
        }
    }
    let hub = builder().open(directory.path()).unwrap();
    assert_eq!(hub.opened_from() == Position::START, folded_whole);
    assert!(hub.verify().unwrap().is_equal());
    let dump = hub.snapshot().dump().to_string();
    // The grant of this export is no part of what is compared.
    let stored = usize::try_from(hub.snapshot().position().0).unwrap();
    let lines = export(&hub);
    let lines = lines.split_inclusive('\n').take(stored).collect();
    (dump, lines)
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

/// Its checkpoint has people of an earlier contract, and is not used: the log says who they are.
#[test]
fn a_store_of_0_1_opens_as_it_was() {
    for leave_out in [None, Some("checkpoint.ofc")] {
        let (dump, lines) = told(&data("store-0.1"), leave_out, true);
        assert_eq!(dump, include_str!("../data/store-0.1/dump.txt"));
        assert_eq!(lines, include_str!("../data/store-0.1/export.jsonl"));
    }
}

/// Its checkpoint knows nothing of organisations, and is not used either.
#[test]
fn a_store_of_0_2_opens_as_it_was() {
    for leave_out in [None, Some("checkpoint.ofc")] {
        let (dump, lines) = told(&data("store-0.2"), leave_out, true);
        assert_eq!(dump, include_str!("../data/store-0.2/dump.txt"));
        assert_eq!(lines, include_str!("../data/store-0.2/export.jsonl"));
    }
}

#[test]
fn a_store_of_0_3_opens_as_it_was() {
    if let Some(folder) = std::env::var_os("ONEFOLD_FIXTURE").map(PathBuf::from) {
        write(&folder);
        let (dump, lines) = told(&folder, None, false);
        fs::write(folder.join("dump.txt"), dump).unwrap();
        fs::write(folder.join("export.jsonl"), lines).unwrap();
    }
    for leave_out in [None, Some("checkpoint.ofc")] {
        let (dump, lines) = told(&data("store-0.3"), leave_out, leave_out.is_some());
        assert_eq!(dump, include_str!("../data/store-0.3/dump.txt"));
        assert_eq!(lines, include_str!("../data/store-0.3/export.jsonl"));
    }
}
