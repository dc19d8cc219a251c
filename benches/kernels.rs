//! The string kernels of matching beside strsim: nanoseconds a pair on given names, full names and e-mail addresses.
#![allow(
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a bench talks to its terminal, and its places are drawn from within its lists"
)]

use std::hint::black_box;

use onefold::identity::text::kernel::{self, ByteBag};
use onefold_benches::{
    measure::{Size, measure, median},
    random::Random,
};

fn main() {
    let size = Size::of_run();
    let (count, rounds) = (size.pick(20_000, 1_000_000), size.pick(1, 3));
    let bench = Bench { count, rounds };
    println!("{count} pairs, nanoseconds of processor time a pair, median of {rounds}");
    println!(
        "{:<44} {:>8} {:>10} {:>8}",
        "measure", "names", "full names", "e-mails"
    );
    bench.similarities();
    bench.distances();
}

struct Bench {
    count: usize,
    rounds: usize,
}

impl Bench {
    fn similarities(&self) {
        let bytes = |measure: fn(&[u8], &[u8]) -> f64| {
            move |a: &str, b: &str| (measure(a.as_bytes(), b.as_bytes()) * 1e6) as usize
        };
        self.report("jaro_winkler", &bytes(kernel::jaro_winkler));
        self.report("jaro_winkler_at_least 0.88", &|a, b| {
            usize::from(kernel::jaro_winkler_at_least(
                a.as_bytes(),
                b.as_bytes(),
                0.88,
            ))
        });
        self.report("strsim::jaro_winkler", &|a, b| {
            (strsim::jaro_winkler(a, b) * 1e6) as usize
        });
        self.report("dice_bigrams", &bytes(kernel::dice_bigrams));
        self.report("strsim::sorensen_dice", &|a, b| {
            (strsim::sorensen_dice(a, b) * 1e6) as usize
        });
        self.report("ByteBag::new, both", &|a, b| {
            ByteBag::new(a.as_bytes()).osa_at_least(ByteBag::new(b.as_bytes())) as usize
        });
    }

    fn distances(&self) {
        let bytes = |measure: fn(&[u8], &[u8]) -> usize| {
            move |a: &str, b: &str| measure(a.as_bytes(), b.as_bytes())
        };
        self.report("levenshtein", &bytes(kernel::levenshtein));
        self.report("strsim::levenshtein", &strsim::levenshtein);
        self.report("osa", &bytes(kernel::osa));
        self.report("osa_within 2", &|a, b| {
            kernel::osa_within(a.as_bytes(), b.as_bytes(), 2).unwrap_or(3)
        });
        self.report("strsim::osa_distance", &strsim::osa_distance);
        self.report("damerau_levenshtein", &bytes(kernel::damerau_levenshtein));
        self.report("damerau_levenshtein_within 2", &|a, b| {
            kernel::damerau_levenshtein_within(a.as_bytes(), b.as_bytes(), 2).unwrap_or(3)
        });
        self.report("strsim::damerau_levenshtein", &strsim::damerau_levenshtein);
    }

    fn report(&self, name: &str, measure: &dyn Fn(&str, &str) -> usize) {
        let figures =
            [names(), full_names(), emails()].map(|texts| self.nanoseconds(&texts, measure));
        let [names, full_names, emails] = figures;
        println!("{name:<44} {names:>8.1} {full_names:>10.1} {emails:>8.1}");
    }

    /// Half the pairs are neighbours in the list, where every second text is the one before with a typing error: what
    /// blocking lets through is alike more often than chance.
    fn nanoseconds(&self, texts: &[String], compare: &dyn Fn(&str, &str) -> usize) -> f64 {
        let mut random = Random::new(7);
        let pairs: Vec<(&str, &str)> = (0..4_000)
            .map(|_| {
                let first = random.below(texts.len() as u64 - 1) as usize;
                match random.below(2) {
                    0 => (&*texts[first], &*texts[first + 1]),
                    _ => (
                        &*texts[first],
                        &*texts[random.below(texts.len() as u64) as usize],
                    ),
                }
            })
            .collect();
        let run = || {
            let all = pairs.iter().cycle().take(self.count);
            black_box(all.map(|(a, b)| compare(a, b)).sum::<usize>());
        };
        let figures = (0..self.rounds).map(|_| measure(run).1.cpu * 1e9 / self.count as f64);
        median(figures.collect())
    }
}

const GIVEN: [&str; 24] = [
    "anna",
    "james",
    "catherine",
    "mohammed",
    "li",
    "guillermo",
    "sofia",
    "jonathan",
    "max",
    "elizabeth",
    "piotr",
    "alexandra",
    "noah",
    "emma",
    "christopher",
    "yusuf",
    "marie",
    "konstantin",
    "olga",
    "ben",
    "francesca",
    "ivan",
    "charlotte",
    "leo",
];
const SURNAMES: [&str; 20] = [
    "smith",
    "garcia",
    "mueller",
    "nowak",
    "rossi",
    "johansson",
    "de la cruz",
    "o'connor",
    "wang",
    "kowalczyk",
    "dubois",
    "van der berg",
    "ivanova",
    "jones",
    "papadopoulos",
    "silva",
    "kim",
    "schneider",
    "hernandez",
    "brown",
];
const DOMAINS: [&str; 5] = [
    "gmail.com",
    "example.org",
    "yahoo.co.uk",
    "outlook.com",
    "web.de",
];

fn names() -> Vec<String> {
    with_errors(|random| random.pick(&GIVEN).to_owned())
}

fn full_names() -> Vec<String> {
    with_errors(|random| format!("{} {}", random.pick(&GIVEN), random.pick(&SURNAMES)))
}

fn emails() -> Vec<String> {
    with_errors(|random| {
        let (given, surname) = (random.pick(&GIVEN), random.pick(&SURNAMES).replace(' ', ""));
        let (number, domain) = (random.below(100), random.pick(&DOMAINS));
        format!("{given}.{surname}{number}@{domain}")
    })
}

/// Each text, and after it the same with two neighbours swapped, one letter left out or one replaced.
fn with_errors(text: impl Fn(&mut Random) -> String) -> Vec<String> {
    let mut random = Random::new(42);
    let mut texts = Vec::new();
    for _ in 0..500 {
        let text = text(&mut random);
        let mut letters: Vec<char> = text.chars().collect();
        let place = random.below(letters.len() as u64 - 1) as usize;
        match random.below(3) {
            0 => letters.swap(place, place + 1),
            1 => drop(letters.remove(place)),
            _ => letters[place] = 'x',
        }
        texts.extend([text, letters.into_iter().collect()]);
    }
    texts
}
