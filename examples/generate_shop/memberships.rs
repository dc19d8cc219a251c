//! `memberships.csv`: who worked where, from when to when.

use crate::book::Book;
use crate::calendar::{BEGIN, DAY, date};
use crate::people::Person;
use crate::random::Random;
use crate::text::row;
use crate::words::{ORGANISATIONS, ROLES};

const HEADER: [&str; 7] = [
    "customer_id",
    "email",
    "organisation",
    "domain",
    "role",
    "from",
    "to",
];

/// The file.
pub(crate) fn memberships(seed: u64, people: &[Person], book: &mut Book) -> Vec<u8> {
    let mut random = Random::named(seed, "memberships");
    let mut out = row(',', &HEADER);
    for person in people {
        let Some(organisation) = person.organisation else {
            continue;
        };
        let changes = random.chance(40);
        let joined = BEGIN - random.between(200, 900) * DAY;
        let changed = BEGIN + random.between(20, 220) * DAY;
        let rows = if changes {
            let before = random.pick(&ORGANISATIONS);
            // Two rows in one place are a change of role and not of employer.
            book.note(
                if before == organisation {
                    "changed_role"
                } else {
                    "changed_employer"
                },
                person.number,
            );
            vec![
                (before, joined, Some(changed)),
                (organisation, changed, None),
            ]
        } else {
            vec![(organisation, joined, None)]
        };
        let customer = person.customer_id.as_deref().unwrap_or_default();
        for ((name, domain), from, to) in rows {
            let current = to.is_none();
            // The address of the old employer is gone; who has only that, is found by number.
            let email = person
                .work_email
                .as_deref()
                .filter(|_| current)
                .unwrap_or_default();
            let mut identifiers = vec![format!("customer_id:{customer}")];
            if !email.is_empty() {
                identifiers.push(format!("email:{email}"));
            }
            book.saw(person.number, identifiers);
            let (from, to) = (date(from), to.map(date).unwrap_or_default());
            out.push_str(&row(
                ',',
                &[
                    customer,
                    email,
                    name,
                    domain,
                    random.pick(&ROLES),
                    &from,
                    &to,
                ],
            ));
            book.add("memberships.lines", 1);
        }
    }
    out.into_bytes()
}
