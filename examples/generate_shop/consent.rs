//! `consent_web.jsonl` and `consent_email_service.csv`: two systems that each know half of what people allowed.
//!
//! Invariant: each entry names exactly one identifier, and no two entries of one person contradict each
//! other at one instant.

use std::collections::BTreeMap;

use crate::book::Book;
use crate::calendar::{AS_OF, BEGIN, DAY, Millis, SECOND, seconds};
use crate::people::{Known, Person};
use crate::random::Random;
use crate::text::{Object, row};

const HEADER: [&str; 8] = [
    "entry", "email", "purpose", "channel", "action", "time", "method", "wording",
];

/// The two files: web, e-mail service.
pub(crate) fn entries(seed: u64, people: &[Person], book: &mut Book) -> (Vec<u8>, Vec<u8>) {
    let random = Random::named(seed, "consent");
    let mut desk = Desk {
        random,
        web: Vec::new(),
        service: Vec::new(),
        book,
    };
    for person in people {
        match person.known {
            Known::Everywhere | Known::Web => desk.web_person(person),
            Known::Contact | Known::Till => desk.service_person(person),
            Known::Visitor => {}
        }
    }
    desk.crossed(people);
    desk.allowed(people);
    desk.write()
}

/// An entry: when, the identifier's name and value, and what was said.
#[derive(Debug, Clone)]
struct Entry {
    person: usize,
    time: Millis,
    field: &'static str,
    value: String,
    purpose: &'static str,
    channel: Option<&'static str>,
    action: &'static str,
    method: &'static str,
    expires: Option<Millis>,
}

struct Desk<'a> {
    random: Random,
    web: Vec<Entry>,
    service: Vec<Entry>,
    book: &'a mut Book,
}

impl Desk<'_> {
    fn time(&mut self) -> Millis {
        self.random.between(BEGIN, AS_OF - 60 * DAY) / SECOND * SECOND
    }

    /// What somebody with a login ticks in the preference centre.
    fn web_person(&mut self, person: &Person) {
        let Some(user) = person.user_id.clone() else {
            return;
        };
        let time = self.time();
        let grant = |purpose, channel, time| Entry {
            person: person.number,
            time,
            field: "user_id",
            value: user.clone(),
            purpose,
            channel: Some(channel),
            action: "grant",
            method: "preference_centre",
            expires: None,
        };
        // People 21 to 50 are the crossed cases below: there the grant must be the only entry here.
        let crossed = (21..=50).contains(&person.number);
        if crossed || self.random.chance(60) {
            self.web.push(grant("newsletter", "email", time));
        }
        if crossed {
            return;
        }
        for (channel, percent) in [("email", 40), ("sms", 20), ("post", 15)] {
            if self.random.chance(percent) {
                let mut entry = grant("marketing", channel, time);
                if self.random.chance(10) {
                    entry.expires = Some(time + self.random.pick(&[30, 90, 720]) * DAY);
                    self.book.add("consent_web.expiring_grants", 1);
                }
                self.web.push(entry);
            }
        }
        let later = time + self.random.between(1, 50) * DAY;
        let withdrawal = Entry {
            action: "withdraw",
            ..grant("marketing", "email", later)
        };
        match self.random.between(1, 100) {
            ..=8 => self.web.push(withdrawal),
            9..=12 => self.web.push(Entry {
                channel: None,
                ..withdrawal
            }),
            13..=15 => {
                self.web.push(Entry {
                    channel: None,
                    purpose: "all",
                    ..withdrawal
                });
                self.book.note("withdrew_everything", person.number);
            }
            16..=20 => {
                // Changed their mind twice: no, and a week later yes again.
                self.web.push(withdrawal);
                self.web.push(grant("marketing", "email", later + 7 * DAY));
                self.book.note("granted_again", person.number);
            }
            _ => {}
        }
    }

    /// What the e-mail service knows of those who have no login.
    fn service_person(&mut self, person: &Person) {
        let Some(email) = person.email.clone() else {
            return;
        };
        if !self.random.chance(65) {
            return;
        }
        let time = self.time();
        let grant = service(person, time, email, "grant");
        if self.random.chance(15) {
            let later = time + self.random.between(1, 50) * DAY;
            self.service.push(Entry {
                time: later,
                action: "withdraw",
                method: "unsubscribe_link",
                ..grant.clone()
            });
        }
        self.service.push(grant);
    }

    /// Withdrawals that arrive by another identifier than the grant, and the two who object to collection.
    fn crossed(&mut self, people: &[Person]) {
        for person in people {
            let (Some(user), Some(email)) = (person.user_id.clone(), person.email.clone()) else {
                continue;
            };
            let time =
                AS_OF - self.random.between(5, 55) * DAY - self.random.between(0, 80_000) * SECOND;
            match person.number {
                // Granted on the web by login, withdrawn with the link in the mail.
                21..=35 => {
                    self.service.push(Entry {
                        method: "unsubscribe_link",
                        ..service(person, time, email, "withdraw")
                    });
                    self.book
                        .note("granted_by_user_id_withdrawn_by_email", person.number);
                }
                // Granted on both, withdrawn on the web only.
                36..=43 => {
                    self.service
                        .push(service(person, time - 180 * DAY, email, "grant"));
                    let entry = service(person, time, user, "withdraw");
                    self.web.push(Entry {
                        field: "user_id",
                        method: "preference_centre",
                        ..entry
                    });
                    self.book
                        .note("granted_by_email_withdrawn_by_user_id", person.number);
                }
                // Granted text messages by login, answered STOP from the telephone.
                44..=50 => self.stop(person, user, time),
                51 | 52 => {
                    let entry = Entry {
                        purpose: "collection",
                        channel: None,
                        method: "letter",
                        ..service(person, time, user, "object")
                    };
                    self.web.push(Entry {
                        field: "user_id",
                        ..entry
                    });
                    self.book.note("objects_to_collection", person.number);
                }
                _ => {}
            }
        }
    }

    fn stop(&mut self, person: &Person, user: String, time: Millis) {
        let grant = Entry {
            purpose: "marketing",
            channel: Some("sms"),
            ..service(person, time - 90 * DAY, user, "grant")
        };
        let stop = Entry {
            time,
            field: "phone",
            value: person.phone.e164(),
            action: "withdraw",
            method: "sms_stop",
            ..grant.clone()
        };
        self.web.push(Entry {
            field: "user_id",
            method: "preference_centre",
            ..grant
        });
        self.web.push(stop);
        self.book
            .note("granted_by_user_id_withdrawn_by_phone", person.number);
    }

    /// Who may have the newsletter by e-mail: each identifier that has an answer says yes at last.
    fn allowed(&mut self, people: &[Person]) {
        for person in people {
            let mut last: BTreeMap<&str, &Entry> = BTreeMap::new();
            for entry in self.web.iter().chain(&self.service) {
                let covers = ["newsletter", "all"].contains(&entry.purpose)
                    && entry.channel.is_none_or(|name| name == "email");
                if entry.person == person.number && covers {
                    let latest = last.entry(&entry.value).or_insert(entry);
                    if entry.time > latest.time {
                        *latest = entry;
                    }
                }
            }
            let yes = |entry: &&Entry| entry.action == "grant";
            let answers: Vec<bool> = last.values().map(yes).collect();
            if !answers.is_empty() && answers.iter().all(|answer| *answer) {
                self.book
                    .note("may_have_newsletter_by_email", person.number);
            }
        }
    }

    fn write(mut self) -> (Vec<u8>, Vec<u8>) {
        self.web.sort_by_key(|entry| entry.time);
        self.service.sort_by_key(|entry| entry.time);
        let mut web = String::new();
        for (index, entry) in self.web.iter().enumerate() {
            web.push_str(&entry.json(index));
        }
        web.push_str("{\"entry\":\"CW-99999\",\"user_id\":\"u1\",\"purpose\":\"newsletter\",\"channel\":\"email\",\"action\":\"perhaps\",\"time\":\"2025-12-01T00:00:00Z\",\"method\":\"form\",\"wording\":\"web-3\"}\n");
        let mut csv = row(',', &HEADER);
        for (index, entry) in self.service.iter().enumerate() {
            csv.push_str(&entry.csv(index));
        }
        self.book.add("consent_web.broken", 1);
        self.book.add(
            "consent_web.lines",
            i64::try_from(self.web.len() + 1).unwrap_or(0),
        );
        self.book.add(
            "consent_email_service.lines",
            i64::try_from(self.service.len()).unwrap_or(0),
        );
        // The service writes a byte order mark first, as spreadsheets want it.
        (web.into_bytes(), format!("\u{feff}{csv}").into_bytes())
    }
}

/// An entry of the e-mail service on the newsletter.
fn service(person: &Person, time: Millis, value: String, action: &'static str) -> Entry {
    Entry {
        person: person.number,
        time,
        field: "email",
        value,
        purpose: "newsletter",
        channel: Some("email"),
        action,
        method: "double_opt_in",
        expires: None,
    }
}

impl Entry {
    /// The wording somebody saw: the shop changed it in October.
    fn wording(&self) -> &'static str {
        if self.time < BEGIN + 122 * DAY {
            "2025-05"
        } else {
            "2025-10"
        }
    }

    fn json(&self, index: usize) -> String {
        let expires = self.expires.map(seconds);
        let line = Object::new()
            .text("entry", &format!("CW-{}", 10_001 + index))
            .text(self.field, &self.value)
            .text("purpose", self.purpose)
            .maybe("channel", self.channel)
            .text("action", self.action)
            .text("time", &seconds(self.time))
            .maybe("expires", expires.as_deref())
            .text("method", self.method)
            .text("wording", &format!("web-{}", self.wording()));
        format!("{}\n", line.finish())
    }

    fn csv(&self, index: usize) -> String {
        let (entry, time) = (format!("ES-{}", 70_001 + index), seconds(self.time));
        let wording = format!("mail-{}", self.wording());
        let channel = self.channel.unwrap_or_default();
        row(
            ',',
            &[
                &entry,
                self.value.as_str(),
                self.purpose,
                channel,
                self.action,
                &time,
                self.method,
                &wording,
            ],
        )
    }
}
