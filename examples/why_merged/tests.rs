//! Answers of `why_merged` on a made-up table, and what it refuses.

use std::{fs, path::Path};

use onefold::identity::{
    cluster::{bits_of, components},
    matching::{Matcher, MatcherOptions, propose},
};
use onefold_examples::inputs::OpenInputs;
use serde_json::{Value, value::RawValue};

use super::*;

/// People with made-up names: rows 0, 1 and 2 are one of them, and so are rows 3 and 4; of the others every third is there
/// twice, the second time with a mistake.
fn people() -> String {
    let mut text = String::from(
        "given_name,surname,date_of_birth,email\nanna,winterbottom,1984-03-11,anna.w@example.com\n\
         ana,winterbottom,1984-03-11,anna.w@example.com\nanna,winterbotom,1984-03-11,\n\
         bob,okonkwo,1957-09-25,bob@example.com\nbob,okonkwo,1957-09-25,\n",
    );
    let mut state = 1_u64;
    let mut draw = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for number in 0..300 {
        let mut word = |syllables: u64| -> String {
            let syllables = (0..syllables).map(|_| {
                ["ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "wu"][draw(10) as usize]
            });
            syllables.collect()
        };
        let (given, surname, host) = (word(2), word(3), word(2));
        let born = format!(
            "{}-{:02}-{:02}",
            1930 + draw(70),
            1 + draw(12),
            1 + draw(28)
        );
        let email = format!("{given}.{surname}@{host}.com");
        for surname in [surname.clone(), format!("{surname}n")]
            .iter()
            .take(1 + usize::from(number % 3 == 0))
        {
            text.push_str(&format!("{given},{surname},{born},{email}\n"));
        }
    }
    text
}

/// Writes people and their clusters, as `link_people` does; the path of the people.
fn link(folder: &Path) -> String {
    let path = folder.join("people.csv");
    fs::write(&path, people()).unwrap();
    let inputs = OpenInputs::open(std::slice::from_ref(&path))
        .unwrap()
        .read()
        .unwrap();
    let (rows, places) = (inputs.rows(), inputs.places());
    let settings = propose(&inputs.records, &[]).unwrap().settings;
    let matcher = Matcher::new(&inputs.records, &settings, MatcherOptions::default()).unwrap();
    let model = matcher.train();
    let bits = bits_of(0.95);
    let (partition, _) = components(rows, &matcher.score(&model, bits).unwrap(), bits).unwrap();
    let mut text = String::from("file,row,id,cluster\n");
    for (record, cluster) in (0..).zip(partition.labels()) {
        let (file, row) = places.of(record);
        text.push_str(&format!("{},{row},p{row},{cluster}\n", places.file(file)));
    }
    fs::write(folder.join("c.csv"), text).unwrap();
    let mut linkage = Linkage::new(0.95, false, inputs.files);
    linkage.model = Some(RawValue::from_string(model.to_json().unwrap()).unwrap());
    fs::write(
        folder.join("c.model.json"),
        serde_json::to_string(&linkage).unwrap(),
    )
    .unwrap();
    path.display().to_string()
}

fn run_in(folder: &Path, arguments: &[&str]) -> Result<String, Failure> {
    let clusters = folder.join("c.csv").into_os_string();
    let arguments = std::iter::once(clusters).chain(arguments.iter().map(Into::into));
    let mut out = Vec::new();
    work(lexopt::Parser::from_args(arguments), &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

/// The run that the house wants of each example.
pub(crate) fn check_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let file = link(folder.path());
    let html = folder.path().join("why.html");
    let arguments = [
        "p0",
        &format!("{file}:2"),
        "--json",
        "--html",
        html.to_str().unwrap(),
    ];
    let json: Value = serde_json::from_str(&run_in(folder.path(), &arguments).unwrap()).unwrap();
    assert_eq!(
        (&json["together"], &json["b"]["name"]),
        (&true.into(), &"p2".into()),
        "{json}"
    );
    let steps = json["report"]["path"]["steps"].as_array().unwrap();
    assert!(!steps.is_empty() && steps.len() <= 2, "{json}");
    assert!(
        !json["report"]["counterfactual"]["fields"]
            .as_array()
            .unwrap()
            .is_empty(),
        "{json}"
    );
    let page = fs::read_to_string(&html).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("winterbotom"));

    let text = run_in(folder.path(), &["p0", "p2"]).unwrap();
    assert!(
        text.contains("are in cluster 0") && text.contains("surname"),
        "{text}"
    );
    let text = run_in(folder.path(), &["p0", "p3"]).unwrap();
    assert!(
        text.contains("is in cluster 0 and `p3`") && text.contains("come nearest to a link"),
        "{text}"
    );
}

#[test]
fn what_was_changed_is_not_explained() {
    let folder = tempfile::tempdir().unwrap();
    let file = link(folder.path());
    fs::write(&file, people().replace("1957", "1958")).unwrap();
    let ended = run_in(folder.path(), &["p0", "p2"]);
    assert!(
        matches!(&ended, Err(Failure::Run(message)) if message.contains("was changed")),
        "{ended:?}"
    );
}

#[test]
fn wrong_usage_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let file = link(folder.path());
    for arguments in [
        &["--nonsense"][..],
        &[],
        &["p0"],
        &["p0", "p1", "p2"],
        &["p0", "nobody"],
        &["p0", &format!("{file}:100000")],
        &["p0", "p1", "--html", &file],
    ] {
        let ended = run_in(folder.path(), arguments);
        assert!(
            matches!(ended, Err(Failure::Usage(_))),
            "{arguments:?}: {ended:?}"
        );
    }
    let ended = work(
        lexopt::Parser::from_args(["none.csv", "a", "b"]),
        &mut std::io::sink(),
    );
    assert!(matches!(ended, Err(Failure::Run(_))), "{ended:?}");
}
