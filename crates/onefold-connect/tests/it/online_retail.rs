//! Every line of a real shop is accounted for.
//!
//! The data lies beside the repository, in `../shared` or where `ONEFOLD_SHARED` says; without it the
//! tests say so and check nothing.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use onefold_connect::{Content, Source, SourceConfig, parse_toml};
use onefold_event::{Decimal, Event, Timestamp, Value};

#[derive(serde::Deserialize)]
struct Config {
    sources: Vec<SourceConfig>,
}

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The source of an example's configuration, or `None` where the data is not there.
fn source(name: &str) -> Option<onefold_connect::FileSource> {
    let path = root().join("examples/configs").join(name);
    let config: Config = parse_toml(&std::fs::read_to_string(path).unwrap()).unwrap();
    let source = config.sources.into_iter().next().unwrap();
    if !source.resolved_path(&root()).unwrap().exists() {
        println!("skipped: the data of `{name}` is not there");
        return None;
    }
    Some(source.open(&root(), Timestamp::default()).unwrap())
}

fn number(event: &Event, name: &str) -> Decimal {
    let json = event.properties().unwrap().get(name).unwrap();
    match json.to_value() {
        Value::Number(number) => number,
        other => panic!("`{other}` is not a number"),
    }
}

#[test]
fn all_lines_of_the_shop() {
    let Some(mut source) = source("online_retail_lines.toml") else {
        return;
    };
    let (mut lines, mut nobody, mut quarantined) = (0, 0, 0);
    let mut ids = HashSet::new();
    let mut gross = Decimal::ZERO;
    let mut buyers = HashSet::new();
    let mut returned = std::collections::HashMap::<String, Decimal>::new();
    while let Some(items) = source.next_batch(1_000).unwrap() {
        for item in items {
            lines += 1;
            assert!(ids.insert(item.id.clone()), "`{}` twice", item.id);
            let Content::Event(event) = item.content else {
                quarantined += 1;
                continue;
            };
            let Some(person) = event.user_id() else {
                nobody += 1;
                continue;
            };
            let value = number(&event, "quantity") * number(&event, "price");
            match &*event.event_name().unwrap() {
                "Order Line Purchased" => {
                    gross += value;
                    buyers.insert(person.into_owned());
                }
                "Order Line Returned" => *returned.entry(person.into_owned()).or_default() -= value,
                name => assert_eq!(name, "Stock Line Adjusted"),
            }
        }
    }
    assert_eq!((lines, nobody, quarantined), (541_909, 135_080, 0));
    // 8,911,407.90 by the known answers, which round to pence.
    assert_eq!(gross.to_string(), "8911407.904");
    assert_eq!(buyers.len(), 4_338);
    let of_buyers = returned
        .iter()
        .filter(|(person, _)| buyers.contains(*person));
    let of_buyers: Decimal = of_buyers.map(|(_, value)| value).sum();
    assert_eq!(of_buyers.to_string(), "600930.85");
}

#[test]
fn all_events_of_the_shop() {
    let Some(mut source) = source("online_retail_events.toml") else {
        return;
    };
    let mut ids = HashSet::new();
    let mut people = HashSet::new();
    while let Some(items) = source.next_batch(500).unwrap() {
        for item in items {
            let Content::Event(event) = item.content else {
                panic!("{} cannot be read", item.place);
            };
            assert_eq!(event.message_id().as_deref(), Some(&*item.id));
            people.extend(event.user_id().map(|id| id.into_owned()));
            assert!(ids.insert(item.id));
        }
    }
    assert_eq!((ids.len(), people.len()), (30_272, 4_372));
}
