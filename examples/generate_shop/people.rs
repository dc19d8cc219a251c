//! Who the customers are, before any system has seen them: the truth that the exports hide.
//!
//! Invariant: an address and a customer number belong to one person; a telephone number and a device
//! may be shared within a household, and nothing else is shared.

use crate::random::Random;
use crate::words::{AGENTS, Country, MAILBOXES, ORGANISATIONS, Organisation, plain};

/// How many people there are.
pub(crate) const PEOPLE: usize = 300;
/// Couples: people 1 and 2, 3 and 4, and so on, who share a telephone.
pub(crate) const COUPLES: usize = 8;
/// The first of these couples also share a device.
pub(crate) const COUPLES_WITH_DEVICE: usize = 5;
/// How many people log in on the tablet that stands in the shop.
pub(crate) const TABLET_PEOPLE: usize = 12;

/// By which systems somebody is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// Buys on the web with a login, and is a contact in the CRM.
    Everywhere,
    /// Buys on the web with a login only.
    Web,
    /// Visits the web and never says who they are.
    Visitor,
    /// Is a contact in the CRM and buys in the shop.
    Contact,
    /// Gives an address at the till and nothing else.
    Till,
}

/// A browser or an app.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    /// The anonymous id it sends.
    pub(crate) id: String,
    /// What it calls itself.
    pub(crate) agent: &'static str,
    /// Whether it is the shop's app, which has screens and no pages.
    pub(crate) app: bool,
    /// How far its clock is off, in milliseconds.
    pub(crate) skew: i64,
    /// Whether its owner ever logs in on it.
    pub(crate) login: bool,
}

/// A telephone number: its country, the national number without the trunk zero, split in area and rest.
#[derive(Debug, Clone)]
pub(crate) struct Phone {
    country: Country,
    area: &'static str,
    rest: String,
}

impl Phone {
    /// `+493023125017`.
    pub(crate) fn e164(&self) -> String {
        let code = match self.country {
            Country::Germany => "+49",
            Country::Britain => "+44",
            Country::States => "+1",
        };
        format!("{code}{}{}", self.area, self.rest)
    }

    /// One of the ways in which people write it at home.
    pub(crate) fn national(&self, random: &mut Random) -> String {
        let (area, rest) = (self.area, &self.rest);
        let (head, tail) = rest.split_at(rest.len() - 4);
        match (self.country, random.between(0, 3)) {
            (Country::Germany, 0) => format!("0{area} / {rest}"),
            (Country::Germany, 1) => format!("(0{area}) {head} {tail}"),
            (Country::Germany, 2) => format!("0{area}-{rest}"),
            (Country::Germany, _) => format!("+49 {area} {rest}"),
            (Country::Britain, 0) => format!("0{area} {head} {tail}"),
            (Country::Britain, 1) => format!("(0{area}) {head} {tail}"),
            (Country::Britain, 2) => format!("0{area}{rest}"),
            (Country::Britain, _) => format!("+44 {area} {head} {tail}"),
            (Country::States, 0) => format!("({area}) {head}-{tail}"),
            (Country::States, 1) => format!("{area}-{head}-{tail}"),
            (Country::States, 2) => format!("{area}.{head}.{tail}"),
            (Country::States, _) => format!("+1 {area} {head} {tail}"),
        }
    }
}

/// One customer.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    /// 1 to [`PEOPLE`].
    pub(crate) number: usize,
    /// By which systems they are known.
    pub(crate) known: Known,
    /// The first name.
    pub(crate) first: &'static str,
    /// The last name.
    pub(crate) last: &'static str,
    /// Where they live.
    pub(crate) country: Country,
    /// In which town.
    pub(crate) city: &'static str,
    /// The login on the web.
    pub(crate) user_id: Option<String>,
    /// The number of the first contact in the CRM.
    pub(crate) customer_id: Option<String>,
    /// The private address.
    pub(crate) email: Option<String>,
    /// The address at work, for some.
    pub(crate) work_email: Option<String>,
    /// Where they work, for some.
    pub(crate) organisation: Option<Organisation>,
    /// The telephone.
    pub(crate) phone: Phone,
    /// The browsers and apps.
    pub(crate) devices: Vec<Device>,
}

/// Everybody.
pub(crate) fn people(seed: u64) -> Vec<Person> {
    let mut random = Random::named(seed, "people");
    let user_numbers = random.shuffled(1_000..1_000 + PEOPLE);
    let customer_numbers = random.shuffled(20_000..20_000 + PEOPLE);
    let numbers = user_numbers.into_iter().zip(customer_numbers);
    let mut people: Vec<Person> = Vec::new();
    for (index, numbers) in numbers.enumerate() {
        let mut person = person(index + 1, numbers, &mut random);
        let in_couple = index < 2 * COUPLES && index % 2 == 1;
        if let (true, Some(partner)) = (in_couple, people.last()) {
            share_household(&mut person, partner);
        }
        give_addresses(&mut person, &people, &mut random);
        people.push(person);
    }
    people
}

fn person(number: usize, (user, customer): (usize, usize), random: &mut Random) -> Person {
    let known = match number {
        1..=150 => Known::Everywhere,
        151..=190 => Known::Web,
        191..=230 => Known::Visitor,
        231..=275 => Known::Contact,
        _ => Known::Till,
    };
    let country = match random.between(1, 10) {
        1..=6 => Country::Germany,
        7..=8 => Country::Britain,
        _ => Country::States,
    };
    let (firsts, lasts, towns) = country.words();
    let on_web = matches!(known, Known::Everywhere | Known::Web);
    let in_crm = matches!(known, Known::Everywhere | Known::Contact);
    let works = in_crm && random.chance(25);
    Person {
        number,
        known,
        first: random.pick(firsts),
        last: random.pick(lasts),
        country,
        city: random.pick(towns),
        user_id: on_web.then(|| format!("u{user}")),
        customer_id: in_crm.then(|| format!("K-{customer}")),
        email: None,
        work_email: None,
        organisation: works.then(|| random.pick(&ORGANISATIONS)),
        phone: phone(number, country, random),
        devices: devices(known, random),
    }
}

/// A number out of the ranges kept for fiction; each person's own, as it holds the person's number.
fn phone(number: usize, country: Country, random: &mut Random) -> Phone {
    let (area, rest) = match country {
        Country::Germany => random.pick(&[
            ("30", "23125"),
            ("40", "66969"),
            ("69", "90009"),
            ("89", "99998"),
        ]),
        Country::Britain => random.pick(&[("20", "79460"), ("161", "4960"), ("7700", "900")]),
        Country::States => ["212", "312", "415", "617"]
            .get(number % 4)
            .map_or(("212", "55501"), |area| (area, "55501")),
    };
    let rest = match country {
        Country::States => format!("{rest}{:02}", number / 4),
        _ => format!("{rest}{number:03}"),
    };
    Phone {
        country,
        area,
        rest,
    }
}

fn devices(known: Known, random: &mut Random) -> Vec<Device> {
    let count = match known {
        Known::Everywhere | Known::Web => random.pick(&[1, 1, 2, 2, 3]),
        Known::Visitor => 1,
        Known::Contact | Known::Till => 0,
    };
    (0..count)
        .map(|index| device(index, known, random))
        .collect()
}

fn device(index: i32, known: Known, random: &mut Random) -> Device {
    let (agent, app) = random.pick(&AGENTS);
    let skew = match random.between(1, 100) {
        1..=85 => random.between(-1_500, 1_500),
        86..=95 => random.between(-600_000, 600_000),
        96..=98 => random.pick(&[-7_200_000, -3_600_000, 3_600_000, 86_400_000]),
        // A battery that died: the clock began again in 1970; or somebody set it half a year ahead.
        _ => random.pick(&[-1_748_000_000_000, 15_552_000_000]),
    };
    let id = format!("d-{}", random.hex(16));
    // On one further device in ten the owner never logs in: nobody can know whose it is.
    let login = known != Known::Visitor && (index == 0 || !random.chance(10));
    Device {
        id,
        agent,
        app,
        skew,
        login,
    }
}

/// The partner of a couple lives in the same place, has the same telephone, and perhaps the same device.
fn share_household(person: &mut Person, partner: &Person) {
    person.last = partner.last;
    person.country = partner.country;
    person.city = partner.city;
    person.phone = partner.phone.clone();
    if person.number <= 2 * COUPLES_WITH_DEVICE
        && let (Some(own), Some(shared)) = (person.devices.first_mut(), partner.devices.first())
    {
        *own = shared.clone();
    }
}

fn give_addresses(person: &mut Person, others: &[Person], random: &mut Random) {
    if person.known == Known::Visitor {
        return;
    }
    let (first, last) = (plain(person.first), plain(person.last));
    let host = random.pick(&MAILBOXES);
    let short = first.get(..1).unwrap_or_default();
    let mailbox = match random.between(0, 2) {
        0 => format!("{short}.{last}"),
        1 => format!("{first}{last}"),
        _ => format!("{first}.{last}"),
    };
    let mut address = format!("{mailbox}@{host}");
    if others
        .iter()
        .any(|other| other.email.as_deref() == Some(&address))
    {
        address = format!("{mailbox}{}@{host}", person.number);
    }
    person.email = Some(address);
    // Two people of one name may work in one place; the number keeps their addresses apart.
    person.work_email = person.organisation.map(|(_, domain)| {
        let wanted = format!("{first}.{last}@{domain}");
        let taken = others
            .iter()
            .any(|other| other.work_email.as_deref() == Some(&wanted));
        if taken {
            format!("{first}.{last}.{}@{domain}", person.number)
        } else {
            wanted
        }
    });
}
