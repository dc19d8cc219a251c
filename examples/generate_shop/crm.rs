//! `crm_contacts.csv`: contacts as a German spreadsheet saves them: semicolons, windows-1252.

use crate::book::{Book, NO_REPLY, RECEPTION};
use crate::calendar::{AS_OF, BEGIN, DAY, Millis, date};
use crate::people::{COUPLES, Person};
use crate::random::Random;
use crate::text::{row, windows_1252};

const HEADER: [&str; 10] = [
    "customer_id",
    "first_name",
    "last_name",
    "email",
    "phone",
    "country",
    "city",
    "company",
    "role",
    "updated_at",
];

/// How a second contact of one person differs from the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Second {
    /// The same customer number, exported twice after a change of town.
    SameNumber,
    /// Another number, the address in other letters.
    SameEmail,
    /// Another number, a misspelt name and no address, the telephone written otherwise.
    SamePhone,
    /// Another number, the address misspelt, no telephone: no rule on identifiers can find it.
    Typo,
}

/// The file.
pub(crate) fn contacts(seed: u64, people: &[Person], book: &mut Book) -> Vec<u8> {
    let mut random = Random::named(seed, "crm");
    let mut rows: Vec<(Millis, String)> = Vec::new();
    let contacts = people.iter().filter(|person| person.customer_id.is_some());
    for (index, person) in contacts.enumerate() {
        let time = random.between(BEGIN, AS_OF - 60 * DAY);
        let contact = first(index, person, &mut random, book);
        rows.push((time, contact.write(time, person, book)));
        let second = match index {
            // Far enough in the list that no couple is among them: their one telephone must stay the trap.
            40..=47 => Second::SameNumber,
            48..=59 => Second::SameEmail,
            60..=69 => Second::SamePhone,
            70..=75 => Second::Typo,
            _ => continue,
        };
        let later = time + random.between(DAY, 50 * DAY);
        let contact = contact.second(second, index, person, &mut random);
        book.add(&format!("crm_contacts.duplicates.{}", second.name()), 1);
        book.add("crm_contacts.duplicates", 1);
        rows.push((later, contact.write(later, person, book)));
    }
    rows.sort_by_key(|(time, _)| *time);
    let mut out = row(';', &HEADER);
    rows.into_iter().for_each(|(_, line)| out.push_str(&line));
    // A line that was cut when the disk was full, in the middle of the export.
    out.push_str("K-99999;Abge\n");
    book.add("crm_contacts.broken", 1);
    book.add(
        "crm_contacts.lines",
        i64::try_from(out.lines().count() - 1).unwrap_or(0),
    );
    windows_1252(&out)
}

/// One row before it is written.
#[derive(Debug, Clone)]
struct Contact {
    customer_id: String,
    first: String,
    last: String,
    email: String,
    phone: String,
    city: String,
    company: String,
    role: String,
}

/// The first contact of a person; every eighth has an address that is not theirs, some cells are empty.
fn first(index: usize, person: &Person, random: &mut Random, book: &mut Book) -> Contact {
    let own = person.email.clone().unwrap_or_default();
    let email = match index {
        110..=118 => RECEPTION.to_owned(),
        130..=143 => NO_REPLY.to_owned(),
        _ if index > 150 && random.chance(12) => String::new(),
        _ => own,
    };
    match email.as_str() {
        RECEPTION => book.add("crm_contacts.reception_address", 1),
        NO_REPLY => book.add("crm_contacts.noreply_address", 1),
        "" => book.add("crm_contacts.empty_email", 1),
        _ => {}
    }
    // Known for certain are the couples' telephone (a trap), that of those who answer STOP to a text
    // message, and that of those who are found again by it; of the others four in ten are unknown.
    let certain = person.number <= 2 * COUPLES || (44..=50).contains(&person.number);
    let phone = if certain || (60..=69).contains(&index) || random.chance(60) {
        person.phone.national(random)
    } else {
        String::new()
    };
    let (company, role) = match person.organisation {
        Some((name, _)) => (
            name.to_owned(),
            random.pick(&crate::words::ROLES).to_owned(),
        ),
        None => (String::new(), String::new()),
    };
    let city = if random.chance(8) {
        String::new()
    } else {
        person.city.to_owned()
    };
    Contact {
        customer_id: person.customer_id.clone().unwrap_or_default(),
        first: person.first.to_owned(),
        last: person.last.to_owned(),
        email,
        phone,
        city,
        company,
        role,
    }
}

impl Contact {
    fn second(&self, how: Second, index: usize, person: &Person, random: &mut Random) -> Self {
        let mut second = self.clone();
        if how != Second::SameNumber {
            second.customer_id = format!("K-{}", 30_000 + index);
        }
        match how {
            Second::SameNumber => second.city = "Neustadt".to_owned(),
            Second::SameEmail => {
                second.email = format!(" {}", second.email.to_uppercase());
                second.phone.clear();
            }
            Second::SamePhone => {
                second.last = misspelt(person.last);
                second.email.clear();
                second.phone = person.phone.national(random);
            }
            Second::Typo => {
                second.email = second.email.replacen('@', "n@", 1);
                second.phone.clear();
            }
        }
        second
    }

    fn write(&self, time: Millis, person: &Person, book: &mut Book) -> String {
        let mut identifiers = vec![format!("customer_id:{}", self.customer_id)];
        if !self.email.is_empty() {
            identifiers.push(format!("email:{}", self.email.trim().to_lowercase()));
        }
        if !self.phone.is_empty() {
            identifiers.push(format!("phone:{}", person.phone.e164()));
            book.add("crm_contacts.phones", 1);
        }
        book.saw(person.number, identifiers);
        let country = person.country.code();
        let updated = date(time);
        row(
            ';',
            &[
                self.customer_id.as_str(),
                &self.first,
                &self.last,
                &self.email,
                &self.phone,
                country,
                &self.city,
                &self.company,
                &self.role,
                &updated,
            ],
        )
    }
}

impl Second {
    fn name(self) -> &'static str {
        match self {
            Self::SameNumber => "same_number",
            Self::SameEmail => "same_email",
            Self::SamePhone => "same_phone",
            Self::Typo => "misspelt_email",
        }
    }
}

/// Two neighbouring letters change places.
fn misspelt(name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    let end = letters.len();
    if end >= 3 {
        letters.swap(end - 2, end - 1);
    }
    letters.into_iter().collect()
}
