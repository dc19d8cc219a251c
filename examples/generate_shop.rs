//! Writes the exports of a shop that does not exist: the data of the examples and of the guide.
//!
//! Invariant: one seed gives the same bytes on every machine; `examples/data/shop` is what the default
//! seed gives, and a test below holds it to that.

use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use onefold_examples::exit::{Failure, exit, write_json};
use serde::Serialize;

#[path = "generate_shop/book.rs"]
mod book;
#[path = "generate_shop/broken.rs"]
mod broken;
#[path = "generate_shop/calendar.rs"]
mod calendar;
#[path = "generate_shop/consent.rs"]
mod consent;
#[path = "generate_shop/crm.rs"]
mod crm;
#[path = "generate_shop/memberships.rs"]
mod memberships;
#[path = "generate_shop/people.rs"]
mod people;
#[path = "generate_shop/random.rs"]
mod random;
#[path = "generate_shop/readme.rs"]
mod readme;
#[path = "generate_shop/text.rs"]
mod text;
#[path = "generate_shop/tickets.rs"]
mod tickets;
#[path = "generate_shop/till.rs"]
mod till;
#[path = "generate_shop/truth.rs"]
mod truth;
#[path = "generate_shop/web.rs"]
mod web;
#[path = "generate_shop/words.rs"]
mod words;

const SEED: u64 = 7;
const HELP: &str = "\
Writes the exports of a made-up shop.

usage: generate_shop OUT_DIR [--seed N] [--json]

  OUT_DIR   where the files go; made if it is missing, files in it are replaced
  --seed N  another shop of the same kind (default 7)
  --json    print one JSON object: the size of each file in bytes
  --help    print this

exit code: 0 done, 1 the data or the run failed, 2 wrong usage";

#[derive(Debug, Default, PartialEq, Eq)]
struct Arguments {
    folder: Option<PathBuf>,
    seed: Option<u64>,
    json: bool,
    help: bool,
}

/// What was written: the size of each file in bytes.
#[derive(Debug, Serialize)]
struct Written {
    files: BTreeMap<&'static str, usize>,
}

fn main() -> ExitCode {
    exit("generate_shop", |out| work(lexopt::Parser::from_env(), out))
}

fn work(parser: lexopt::Parser, out: &mut dyn Write) -> Result<(), Failure> {
    let arguments = parse(parser)?;
    if arguments.help {
        return Ok(writeln!(out, "{HELP}")?);
    }
    let missing = || Failure::Usage("the folder to write to is missing".into());
    let folder = arguments.folder.ok_or_else(missing)?;
    let written = write(&folder, arguments.seed.unwrap_or(SEED))?;
    if arguments.json {
        return write_json(out, &written);
    }
    for (name, bytes) in &written.files {
        writeln!(out, "{bytes:>8} bytes  {name}")?;
    }
    Ok(())
}

fn parse(mut parser: lexopt::Parser) -> Result<Arguments, Failure> {
    use lexopt::prelude::{Long, Short, Value, ValueExt};
    let mut arguments = Arguments::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("seed") => arguments.seed = Some(parser.value()?.parse()?),
            Long("json") => arguments.json = true,
            Long("help") | Short('h') => arguments.help = true,
            Value(path) if arguments.folder.is_none() => arguments.folder = Some(path.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(arguments)
}

fn write(folder: &Path, seed: u64) -> Result<Written, Failure> {
    std::fs::create_dir_all(folder)?;
    let mut files = BTreeMap::new();
    for (name, bytes) in shop(seed) {
        std::fs::write(folder.join(name), &bytes)?;
        files.insert(name, bytes.len());
    }
    Ok(Written { files })
}

/// Every file of the shop: its name and its bytes.
fn shop(seed: u64) -> Vec<(&'static str, Vec<u8>)> {
    let people = people::people(seed);
    let mut book = book::Book::default();
    let web = web::events(seed, &people, &mut book);
    let crm = crm::contacts(seed, &people, &mut book);
    let till = till::orders(seed, &people, &mut book);
    let tickets = tickets::tickets(seed, &people, &mut book);
    let (consent_web, consent_service) = consent::entries(seed, &people, &mut book);
    let memberships = memberships::memberships(seed, &people, &mut book);
    let truth = truth::truth(seed, &people, &book);
    let readme = readme::readme(seed, &book);
    vec![
        ("web_events.jsonl", web),
        ("crm_contacts.csv", crm),
        ("pos_orders.csv", till),
        ("support_tickets.jsonl", tickets),
        ("consent_web.jsonl", consent_web),
        ("consent_email_service.csv", consent_service),
        ("memberships.csv", memberships),
        ("truth.json", truth),
        ("README.md", readme),
        // What the files hold to the byte must survive a checkout on any system.
        (".gitattributes", b"* -text\n".to_vec()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        let parser = lexopt::Parser::from_args([path, "--seed", "8", "--json"]);
        let mut told = Vec::new();
        work(parser, &mut told).unwrap_or_else(|failure| panic!("{failure:?}"));
        let written = std::fs::read(folder.path().join("web_events.jsonl")).unwrap();
        assert_eq!(Some(&written), shop(8).first().map(|(_, bytes)| bytes));
        assert_ne!(
            Some(&written),
            shop(9).first().map(|(_, bytes)| bytes),
            "the seed is used"
        );
        let told: serde_json::Value = serde_json::from_slice(&told).unwrap();
        assert_eq!(told["files"]["web_events.jsonl"], written.len());
    }

    #[test]
    fn the_shipped_shop_is_what_the_generator_writes() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/shop");
        let made = shop(SEED);
        for (name, bytes) in &made {
            let shipped = std::fs::read(folder.join(name)).unwrap();
            assert!(
                shipped == *bytes,
                "`{name}` differs: run generate_shop on examples/data/shop"
            );
        }
        let total: usize = made.iter().map(|(_, bytes)| bytes.len()).sum();
        assert!(total < 1_000_000, "{total} bytes are too many to ship");
        let shipped = std::fs::read_dir(&folder).unwrap().count();
        assert_eq!(
            shipped,
            made.len(),
            "a file lies there that the generator does not write"
        );
    }

    #[test]
    fn all_is_counted() {
        let files: std::collections::BTreeMap<_, _> = shop(SEED).into_iter().collect();
        let lines = |name: &str| {
            files
                .get(name)
                .unwrap()
                .iter()
                .filter(|byte| **byte == b'\n')
                .count()
        };
        let truth = String::from_utf8(files.get("truth.json").unwrap().clone()).unwrap();
        for (name, header) in [
            ("web_events.jsonl", 0),
            ("crm_contacts.csv", 1),
            ("pos_orders.csv", 1),
            ("support_tickets.jsonl", 0),
            ("consent_web.jsonl", 0),
            ("consent_email_service.csv", 1),
            ("memberships.csv", 1),
        ] {
            let stem = name.split('.').next().unwrap();
            let count = format!("\"{stem}.lines\": {}", lines(name) - header);
            assert!(truth.contains(&count), "{count} is not in the truth");
        }
    }

    #[test]
    fn arguments_are_checked() {
        let parse = |text: &str| parse(lexopt::Parser::from_args(text.split_whitespace()));
        assert!(parse("--help").unwrap().help);
        let arguments = Arguments {
            folder: Some("out".into()),
            seed: Some(3),
            ..Arguments::default()
        };
        assert_eq!(parse("out --seed 3").unwrap(), arguments);
        for wrong in ["out more", "out --seed", "out --seed x", "--sed 3"] {
            assert!(parse(wrong).is_err(), "`{wrong}` is no use");
        }
        let nowhere = work(lexopt::Parser::from_args([""; 0]), &mut std::io::sink());
        assert!(matches!(nowhere, Err(Failure::Usage(_))), "{nowhere:?}");
    }
}
