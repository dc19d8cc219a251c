//! The survivorship cases of the shared test data, where the folder is there.

use std::path::PathBuf;

use onefold_event::{AnchorId, Json, Position, SourceName, Value};
use onefold_profile::{Observation, Profiles, Rule, Rules};

use crate::{day, source};

fn folder() -> PathBuf {
    let named = std::env::var_os("ONEFOLD_SHARED").map(PathBuf::from);
    named.unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")))
}

#[test]
fn survivorship_cases_of_the_shared_data() {
    let path = folder().join("data/insight/vectors/survivorship.jsonl");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!(
            "skipped: {} is not there; ONEFOLD_SHARED names another folder",
            path.display()
        );
        return;
    };
    let mut checked = 0;
    for line in text.lines() {
        let case = Json::parse(line).unwrap();
        let sources: Vec<SourceName> = (case.get("source_priority").unwrap().items())
            .map(|name| source(&name.as_str().unwrap()))
            .collect();
        let rule = match &*case.get("rule").unwrap().as_str().unwrap() {
            "most_recent" => Rule::MostRecent,
            "source_priority" => Rule::SourcePriority(sources.clone()),
            "most_frequent" => Rule::MostFrequent,
            "oldest" => Rule::First,
            // The others are no rules of this crate.
            _ => continue,
        };
        let rules = Rules::standard().default_rule(rule).prefer_sources(sources);
        let mut profiles = Profiles::new(rules);
        for (index, seen) in case.get("observations").unwrap().items().enumerate() {
            let text = |key| seen.get(key).unwrap().as_str().unwrap().into_owned();
            let observation = Observation {
                name: "name",
                value: seen.get("value").unwrap().to_value(),
                source: &source(&text("source")),
                time: text("observed_at").parse().unwrap(),
                position: Position(index as u64),
            };
            profiles.observe(AnchorId(0), observation);
        }
        let expected =
            Some(case.get("expect").unwrap().to_value()).filter(|value| *value != Value::Null);
        assert_eq!(
            profiles.trait_value(&[AnchorId(0)], "name", day(9_999)),
            expected,
            "{line}"
        );
        checked += 1;
    }
    assert_eq!(checked, 168);
}
