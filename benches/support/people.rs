//! Made-up records of people: several of one person, with mistakes, and different people who look alike.
//!
//! Invariants: `cluster` is the truth; the same rows and seed give the same bytes on every machine; nobody here exists.
//!
//! What is in them: typing and hearing mistakes, short names, swapped names, missing values, moves, new names, new addresses
//! of mail, households that share a home, a name, a telephone or an address of mail, twins, and people of one name.

use std::io::{self, Write};

use crate::random::{Random, Skewed};

#[path = "people/mistakes.rs"]
mod mistakes;
#[path = "people/words.rs"]
mod words;

use words::{DOMAINS, SOURCES, Words};

/// The columns, as in the first line of the file. `cluster` is the number of the person; the rest is evidence.
pub const COLUMNS: &str =
    "unique_id,cluster,source,first_name,surname,dob,email,phone,address,city,postcode";

/// Of ten records, so many are a person's first.
const FIRST_OF_TEN: usize = 7;

/// Nobody has more records than this.
const RECORDS_MAX: u8 = 9;

/// What a record says of a person; empty where it says nothing.
#[derive(Debug, Clone, Default)]
struct Person {
    /// The place in the list of first names, for the short forms.
    name: usize,
    first: String,
    last: String,
    /// Year, month, day.
    born: [u64; 3],
    email: String,
    phone: String,
    home: Home,
}

#[derive(Debug, Clone, Default)]
struct Home {
    number: u64,
    street: String,
    kind: &'static str,
    city: String,
    postcode: String,
}

/// Makes people.
#[derive(Debug)]
struct Maker {
    random: Random,
    words: Words,
    first: Skewed,
    last: Skewed,
    cities: Skewed,
}

/// Writes so many records as CSV with a header; about 100 bytes each. The people are held while they are written.
///
/// # Errors
/// Those of `out`.
pub fn write_people(rows: usize, seed: u64, out: &mut dyn Write) -> io::Result<()> {
    let mut maker = Maker::new(seed);
    let count = (rows * FIRST_OF_TEN).div_ceil(10);
    let mut people: Vec<Person> = Vec::with_capacity(count);
    for _ in 0..count {
        let person = maker.person(people.last());
        people.push(person);
    }
    writeln!(out, "{COLUMNS}")?;
    for (number, (person, copy)) in maker.order(rows, count).into_iter().enumerate() {
        let Some(known) = people.get(person) else {
            continue;
        };
        let told = match copy {
            0 => known.clone(),
            _ => maker.told_again(known),
        };
        let source = maker.random.pick(&SOURCES);
        writeln!(out, "{number},{person},{source},{}", maker.row(&told))?;
    }
    Ok(())
}

impl Maker {
    fn new(seed: u64) -> Self {
        let words = Words::new();
        Self {
            random: Random::new(seed),
            first: Skewed::new(words.first.len()),
            last: Skewed::new(words.last.len()),
            cities: Skewed::new(words.cities.len()),
            words,
        }
    }

    /// Whose record each row is, and the how manieth of theirs. Half of the people have only one.
    fn order(&mut self, rows: usize, count: usize) -> Vec<(usize, u8)> {
        let mut order: Vec<(usize, u8)> = (0..count).map(|person| (person, 0)).collect();
        let mut several: Vec<usize> = (0..count).collect();
        self.random.shuffle(&mut several);
        several.truncate(count.div_ceil(2));
        let mut copies = vec![0u8; count];
        // So many people can fill the rows several times over, so this ends.
        while order.len() < rows {
            let person = several.get(self.random.index(several.len()));
            let Some((person, copy)) = person.and_then(|it| Some((*it, copies.get_mut(*it)?)))
            else {
                break;
            };
            if *copy + 1 < RECORDS_MAX {
                *copy += 1;
                order.push((person, *copy));
            }
        }
        self.random.shuffle(&mut order);
        order
    }

    /// One of eight lives with the one before.
    fn person(&mut self, before: Option<&Person>) -> Person {
        let mut person = Person {
            last: self.last_name(),
            born: self.born(),
            phone: self.phone(),
            home: self.home(),
            ..Person::default()
        };
        self.name(&mut person);
        let Some(before) = before.filter(|_| self.random.chance(125)) else {
            person.email = self.email(&person);
            return person;
        };
        person.home = before.home.clone();
        let random = &mut self.random;
        let shares = [800, 60, 350, 120].map(|of_thousand| random.chance(of_thousand));
        if shares[0] {
            person.last.clone_from(&before.last);
        }
        // Twins.
        if shares[1] {
            person.born = before.born;
        }
        if shares[2] {
            person.phone.clone_from(&before.phone);
        }
        person.email = match shares[3] {
            true => before.email.clone(),
            false => self.email(&person),
        };
        person
    }

    fn name(&mut self, person: &mut Person) {
        person.name = self.first.draw(&mut self.random);
        let forms = self.words.first.get(person.name);
        let name = forms.and_then(|forms| forms.first()).copied();
        person.first = name.unwrap_or_default().to_owned();
    }

    fn last_name(&mut self) -> String {
        let index = self.last.draw(&mut self.random);
        self.words.last.get(index).cloned().unwrap_or_default()
    }

    fn born(&mut self) -> [u64; 3] {
        let [year, month] = [1_935 + self.random.below(72), 1 + self.random.below(12)];
        let days = match month {
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        [year, month, 1 + self.random.below(days)]
    }

    /// The German numbers that are kept free for fiction are too few for a million people. No subscriber's number begins
    /// with `10`, which chooses a carrier.
    fn phone(&mut self) -> String {
        format!("+4910{:09}", self.random.below(1_000_000_000))
    }

    fn home(&mut self) -> Home {
        let city = self.cities.draw(&mut self.random);
        let random = &mut self.random;
        let kind = self
            .words
            .street_kinds
            .get(random.index(self.words.street_kinds.len()));
        Home {
            number: 1 + random.below(160),
            street: random.pick(&self.words.streets).to_owned(),
            kind: kind.map_or("", |(kind, _)| kind),
            city: self.words.cities.get(city).cloned().unwrap_or_default(),
            // The first three digits are the city's.
            postcode: format!("{:03}{:02}", 100 + city % 900, random.below(60)),
        }
    }

    fn email(&mut self, person: &Person) -> String {
        let letters = |name: &str| name.replace(['\'', '-'], "");
        let (first, last) = (letters(&person.first), letters(&person.last));
        let initial = first.get(..1).unwrap_or_default();
        let random = &mut self.random;
        let year = person.born[0] % 100;
        let name = match random.below(20) {
            0..=6 => format!("{first}.{last}"),
            7..=9 => format!("{initial}.{last}"),
            10..=13 => format!("{first}{year:02}"),
            14..=16 => format!("{last}{first}"),
            _ => format!("{first}_{}", random.below(1_000)),
        };
        // The larger the provider, the more often the plain name is taken.
        let number = match random.chance(750) {
            true => random.below(10_000).to_string(),
            false => String::new(),
        };
        let mut at = random.below(1_000);
        let domain = DOMAINS.iter().find(|(_, weight)| {
            let here = at < *weight;
            at = at.saturating_sub(*weight);
            here
        });
        let domain = domain.map_or("post.example", |(domain, _)| domain);
        format!("{name}{number}@{domain}")
    }

    /// The fields of a record, some of them missing.
    fn row(&mut self, person: &Person) -> String {
        let home = &person.home;
        let [year, month, day] = person.born;
        let fields = [
            (person.first.clone(), 10),
            (person.last.clone(), 6),
            (format!("{year:04}-{month:02}-{day:02}"), 150),
            (person.email.clone(), 250),
            (person.phone.clone(), 300),
            (
                format!("{} {} {}", home.number, home.street, home.kind),
                100,
            ),
            (home.city.clone(), 60),
            (home.postcode.clone(), 80),
        ];
        let told = fields.map(|(text, missing)| match self.random.chance(missing) {
            true => String::new(),
            false => text,
        });
        told.join(",")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    fn rows(count: usize, seed: u64) -> Vec<Vec<String>> {
        let mut text = Vec::new();
        write_people(count, seed, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some(COLUMNS));
        lines
            .map(|line| line.split(',').map(str::to_owned).collect())
            .collect()
    }

    /// How many pairs of neighbours in one cluster differ in this column though both have it, of a thousand.
    fn differ(rows: &[Vec<String>], column: usize) -> usize {
        let mut first: HashMap<&str, &str> = HashMap::new();
        let (mut pairs, mut different) = (0, 0);
        for row in rows.iter().filter(|row| !row[column].is_empty()) {
            match first.get(row[1].as_str()) {
                Some(known) => {
                    pairs += 1;
                    different += usize::from(*known != row[column]);
                }
                None => drop(first.insert(&row[1], &row[column])),
            }
        }
        different * 1_000 / pairs
    }

    #[test]
    fn a_seed_gives_the_same_bytes() {
        assert_eq!(rows(500, 7), rows(500, 7));
        assert_ne!(rows(500, 7), rows(500, 8));
        for count in [0, 1, 2, 3, 10] {
            assert_eq!(rows(count, 1).len(), count);
        }
    }

    #[test]
    fn what_is_promised_is_in_them() {
        let rows = rows(20_000, 42);
        assert_eq!(rows.len(), 20_000);
        assert!(rows.iter().all(|row| row.len() == 11));
        let clusters: HashSet<&str> = rows.iter().map(|row| row[1].as_str()).collect();
        assert_eq!(clusters.len(), 14_000);
        let missing = |column: usize| rows.iter().filter(|row| row[column].is_empty()).count() / 20;
        for (column, low, high) in [
            (3, 3, 20),
            (5, 120, 180),
            (6, 220, 280),
            (7, 270, 330),
            (9, 40, 80),
        ] {
            let missing = missing(column);
            assert!(
                (low..high).contains(&missing),
                "column {column}: {missing} of a thousand"
            );
        }
        // Names, dates, mail, telephones, addresses: told differently, and mostly the same.
        for column in 3..11 {
            let different = differ(&rows, column);
            assert!(
                (30..500).contains(&different),
                "column {column}: {different} of a thousand"
            );
        }
        // Different people who share a name, a home and a date of birth.
        let shared = |columns: &[usize]| {
            let mut of: HashMap<Vec<&str>, HashSet<&str>> = HashMap::new();
            for row in &rows {
                let key: Vec<&str> = columns.iter().map(|column| row[*column].as_str()).collect();
                if key.iter().all(|text| !text.is_empty()) {
                    of.entry(key).or_default().insert(&row[1]);
                }
            }
            of.values().filter(|people| people.len() > 1).count()
        };
        assert!(
            shared(&[3, 4]) > 200,
            "people of one name: {}",
            shared(&[3, 4])
        );
        assert!(
            shared(&[4, 8, 9]) > 500,
            "households: {}",
            shared(&[4, 8, 9])
        );
        assert!(shared(&[5, 8, 9]) > 20, "twins: {}", shared(&[5, 8, 9]));
        assert!(shared(&[6]) > 50, "shared mail: {}", shared(&[6]));
    }
}
