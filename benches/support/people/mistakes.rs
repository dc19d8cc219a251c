//! A person told once more: what changed in life, and what went wrong while it was written down.

use super::{
    Maker, Person,
    words::{ALIKE, KEYBOARD},
};
use crate::random::Random;

impl Maker {
    /// The same person in another record.
    pub(super) fn told_again(&mut self, known: &Person) -> Person {
        let mut told = known.clone();
        self.live_on(&mut told);
        self.call_differently(&mut told);
        misdate(&mut self.random, &mut told.born);
        self.mistype(&mut told);
        told
    }

    /// Moves, marriages, new telephones.
    fn live_on(&mut self, told: &mut Person) {
        if self.random.chance(80) {
            told.home = self.home();
        }
        if self.random.chance(30) {
            told.last = self.last_name();
        }
        if self.random.chance(150) {
            told.email = self.email(told);
        }
        if self.random.chance(150) {
            told.phone = self.phone();
        }
    }

    /// Short forms, initials, first and last name in each other's place.
    fn call_differently(&mut self, told: &mut Person) {
        let random = &mut self.random;
        let forms = self.words.first.get(told.name);
        let short = forms.and_then(|forms| forms.get(1..)).unwrap_or_default();
        match random.below(100) {
            0..=11 if !short.is_empty() => told.first = random.pick(short).to_owned(),
            12..=18 => told.first = mistyped(random, &told.first),
            19..=20 => told.first.truncate(1),
            _ => {}
        }
        if random.chance(80) {
            told.last = mistyped(random, &told.last);
        }
        if random.chance(15) {
            std::mem::swap(&mut told.first, &mut told.last);
        }
    }

    fn mistype(&mut self, told: &mut Person) {
        let random = &mut self.random;
        if random.chance(30) {
            let name = told.email.split_once('@').map(|(name, domain)| {
                let name = mistyped(random, name);
                format!("{name}@{domain}")
            });
            told.email = name.unwrap_or_default();
        }
        if random.chance(20) {
            told.phone = misdialled(random, &told.phone);
        }
        let home = &mut told.home;
        if random.chance(300) {
            let kinds = self.words.street_kinds.iter();
            let mut short = kinds.filter(|(long, _)| *long == home.kind);
            home.kind = short.next().map_or(home.kind, |(_, short)| *short);
        }
        if random.chance(60) {
            home.street = mistyped(random, &home.street);
        }
        if random.chance(30) {
            home.number = 1 + random.below(160);
        }
        if random.chance(30) {
            home.postcode = misdialled(random, &home.postcode);
        }
        if random.chance(30) {
            home.city = mistyped(random, &home.city);
        }
    }
}

/// Day and month changed about, a wrong digit, or what a form puts where it does not know.
fn misdate(random: &mut Random, born: &mut [u64; 3]) {
    let [year, month, day] = *born;
    *born = match random.below(1_000) {
        0..=14 if day <= 12 => [year, day, month],
        15..=29 => [year, month, 1 + random.below(28)],
        30..=39 => [year, 1 + random.below(12), day.min(28)],
        40..=49 => [year - 1 + 2 * random.below(2), month, day.min(28)],
        50..=59 => [year, 1, 1],
        60..=69 => [1_900, 1, 1],
        _ => return,
    };
}

/// One mistake of the hand or the ear. The words have one byte a letter.
fn mistyped(random: &mut Random, text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() < 2 {
        return text.to_owned();
    }
    let mut typed = letters.clone();
    let at = random.index(letters.len());
    match random.below(20) {
        0..=4 => drop(typed.remove(at)),
        5..=7 => typed.insert(
            at,
            random
                .pick(&["a", "e", "n", "r", "s", "t"])
                .chars()
                .next()
                .unwrap_or('e'),
        ),
        8..=12 => typed
            .splice(at..=at, beside(random, text, at))
            .for_each(drop),
        13..=16 => typed.swap(at, (at + 1).min(letters.len() - 1)),
        _ => return misheard(random, text),
    }
    typed.into_iter().collect()
}

/// The key next to the one that was meant.
fn beside(random: &mut Random, text: &str, at: usize) -> Option<char> {
    let meant = text.chars().nth(at)?;
    let row = KEYBOARD.iter().find(|row| row.contains(meant))?;
    let place = row.find(meant)?;
    let hit = match random.chance(500) {
        true => place + 1,
        false => place.checked_sub(1).unwrap_or(place + 1),
    };
    row.chars().nth(hit).or(Some(meant))
}

/// What sounds alike, the first that fits from a random place on.
fn misheard(random: &mut Random, text: &str) -> String {
    let start = random.index(ALIKE.len());
    let mut pairs = ALIKE.iter().cycle().skip(start).take(ALIKE.len());
    let pair = pairs.find(|(one, _)| text.contains(one));
    pair.map_or_else(
        || text.to_owned(),
        |(one, other)| text.replacen(one, other, 1),
    )
}

/// One digit wrong, or two changed about; what is no digit stays.
fn misdialled(random: &mut Random, text: &str) -> String {
    let mut digits: Vec<char> = text.chars().collect();
    let at = random.index(digits.len().max(1));
    let digit = char::from_digit(random.below(10) as u32, 10).unwrap_or('0');
    let both = digits
        .get(at..at + 2)
        .is_some_and(|two| two.iter().all(char::is_ascii_digit));
    if both && random.chance(400) {
        digits.swap(at, at + 1);
    } else if let Some(place) = digits.get_mut(at).filter(|place| place.is_ascii_digit()) {
        *place = digit;
    }
    digits.into_iter().collect()
}
