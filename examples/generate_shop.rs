//! Writes the exports of a shop that does not exist: the data of the examples and of the guide.
//!
//! Invariant: one seed gives the same bytes on every machine; `examples/data/shop` is what the default
//! seed gives, and a test below holds it to that.

use std::{
    fmt,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

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

usage: generate_shop OUT_DIR [--seed N]

  OUT_DIR     where the files go; made if it is missing, files in it are replaced
  --seed N    another shop of the same kind (default 7)
  --help      this text

exit codes: 0 written, 1 could not write, 2 wrong arguments
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match parse(&arguments) {
        Ok(Wish::Help) => io::stdout().write_all(HELP.as_bytes()),
        Ok(Wish::Write { folder, seed }) => write(&folder, seed),
        Err(mistake) => {
            let told = writeln!(io::stderr(), "{mistake}\n\n{HELP}");
            return if told.is_ok() {
                ExitCode::from(2)
            } else {
                ExitCode::FAILURE
            };
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell if even this cannot be written.
            let _ = writeln!(io::stderr(), "could not write the shop: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What the caller wants.
#[derive(Debug, PartialEq, Eq)]
enum Wish {
    Help,
    Write { folder: PathBuf, seed: u64 },
}

/// What is wrong with the arguments.
#[derive(Debug, PartialEq, Eq)]
struct Mistake(String);

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn parse(arguments: &[String]) -> Result<Wish, Mistake> {
    let (mut folder, mut seed) = (None, SEED);
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--help" | "-h" => return Ok(Wish::Help),
            "--seed" => {
                let number = arguments.next().and_then(|number| number.parse().ok());
                seed = number.ok_or_else(|| Mistake("`--seed` needs a whole number".to_owned()))?;
            }
            option if option.starts_with('-') => {
                return Err(Mistake(format!("unknown option `{option}`")));
            }
            path if folder.is_none() => folder = Some(PathBuf::from(path)),
            more => {
                return Err(Mistake(format!(
                    "one folder is enough: `{more}` is too much"
                )));
            }
        }
    }
    let folder = folder.ok_or_else(|| Mistake("the folder to write to is missing".to_owned()))?;
    Ok(Wish::Write { folder, seed })
}

fn write(folder: &Path, seed: u64) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut out = io::stdout().lock();
    for (name, bytes) in shop(seed) {
        std::fs::write(folder.join(name), &bytes)?;
        writeln!(out, "{:>8} bytes  {name}", bytes.len())?;
    }
    Ok(())
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
        let folder = std::env::temp_dir().join(format!("onefold-shop-{}", std::process::id()));
        write(&folder, 8).unwrap();
        let written = std::fs::read(folder.join("web_events.jsonl")).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(Some(&written), shop(8).first().map(|(_, bytes)| bytes));
        assert_ne!(
            Some(&written),
            shop(9).first().map(|(_, bytes)| bytes),
            "the seed is used"
        );
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
        let parse = |text: &str| {
            parse(
                &text
                    .split_whitespace()
                    .map(str::to_owned)
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(parse("--help"), Ok(Wish::Help));
        let wish = Wish::Write {
            folder: "out".into(),
            seed: 3,
        };
        assert_eq!(parse("out --seed 3"), Ok(wish));
        for wrong in ["", "out more", "out --seed", "out --seed x", "--sed 3"] {
            assert!(parse(wrong).is_err(), "`{wrong}` is no use");
        }
    }
}
