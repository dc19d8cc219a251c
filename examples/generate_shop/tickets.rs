//! `support_tickets.jsonl`: what people wrote to the shop, in their own words.

use crate::book::{Book, RECEPTION};
use crate::calendar::{AS_OF, BEGIN, DAY, HOUR, Millis, seconds};
use crate::people::{Known, Person};
use crate::random::Random;
use crate::text::Object;
use crate::words::Country;

const GERMAN: [(&str, &str); 6] = [
    (
        "Lieferung",
        "Mein Paket {order} liegt seit Tagen im Depot. Bitte rufen Sie mich an: {phone}.",
    ),
    (
        "Rückgabe",
        "Die Kanne kam mit einem Sprung an. Ich möchte mein Geld zurück. Grüße, {name}",
    ),
    (
        "Newsletter",
        "Ich bekomme zu viele Mails. Was genau schicken Sie mir und warum?",
    ),
    ("Lob", "Der Sencha ist großartig, danke! 🍵"),
    (
        "Rechnung",
        "Bitte stellen Sie die Rechnung auf meine neue Firma aus.\nMit freundlichen Grüßen\n{name}",
    ),
    (
        "Frage",
        "Ist der \"Kräutergarten\" ohne Süßholz? Meine Tochter verträgt es nicht.",
    ),
];
const ENGLISH: [(&str, &str); 6] = [
    (
        "Delivery",
        "Parcel {order} still has not arrived. You can ring me on {phone}.",
    ),
    (
        "Return",
        "The grinder is broken, I’d like a refund please. {name}",
    ),
    (
        "Privacy",
        "Please tell me which data you hold about me and delete my old address.",
    ),
    ("Praise", "Best Darjeeling I’ve had in years ☕ thank you!"),
    (
        "Billing",
        "I was charged twice for {order}.\nKind regards,\n{name}",
    ),
    (
        "Question",
        "Do you ship the \"Siebträger\" abroad? What would it cost?",
    ),
];

/// The file.
pub(crate) fn tickets(seed: u64, people: &[Person], book: &mut Book) -> Vec<u8> {
    let mut random = Random::named(seed, "tickets");
    let mut rows: Vec<(Millis, String)> = Vec::new();
    for person in people {
        let percent = match person.known {
            Known::Everywhere => 45,
            Known::Web | Known::Contact => 30,
            Known::Visitor | Known::Till => 0,
        };
        if random.chance(percent) {
            for _ in 0..random.pick(&[1, 1, 1, 2]) {
                let opened = random.between(BEGIN, AS_OF - 2 * DAY) / 1_000 * 1_000;
                let number = rows.len();
                rows.push((opened, ticket(number, person, opened, &mut random, book)));
            }
        }
    }
    rows.sort_by_key(|(opened, _)| *opened);
    let mut lines: Vec<String> = rows.into_iter().map(|(_, line)| line).collect();
    // The export was cut in the middle of a ticket, and went on.
    let middle = lines.len() / 2;
    lines.insert(
        middle,
        "{\"ticket\":\"T-9999\",\"opened_at\":\"2025-10-0\n".to_owned(),
    );
    book.add("support_tickets.broken", 1);
    book.add(
        "support_tickets.lines",
        i64::try_from(lines.len()).unwrap_or(0),
    );
    lines.concat().into_bytes()
}

fn ticket(
    number: usize,
    person: &Person,
    opened: Millis,
    random: &mut Random,
    book: &mut Book,
) -> String {
    let texts = if person.country == Country::Germany {
        &GERMAN
    } else {
        &ENGLISH
    };
    let (subject, text) = random.pick(texts);
    let name = format!("{} {}", person.first, person.last);
    let phone = person.phone.national(random);
    let text = text.replace("{name}", &name).replace("{phone}", &phone);
    let text = text.replace("{order}", &format!("W-{}", random.between(50_001, 50_120)));
    let own = person.email.as_deref().unwrap_or_default();
    let work = person.work_email.as_deref().filter(|_| random.chance(30));
    let email = if person.organisation.is_some() && random.chance(10) {
        RECEPTION
    } else {
        work.unwrap_or(own)
    };
    if email == RECEPTION {
        book.add("support_tickets.reception_address", 1);
    }
    let by_phone = random.chance(30);
    let mut identifiers = vec![format!("email:{email}")];
    let mut requester = Object::new().text("name", &name).text("email", email);
    if by_phone && email != RECEPTION {
        identifiers.push(format!("phone:{}", person.phone.e164()));
        // Support has numbers in full, as its telephone system shows them.
        requester = requester.text("phone", &person.phone.e164());
    }
    book.saw(person.number, identifiers);
    let satisfaction = match random.between(0, 9) {
        ..=3 => "null".to_owned(),
        4 => "1".to_owned(),
        5 => "2".to_owned(),
        stars => (stars - 4).to_string(),
    };
    let line = Object::new()
        .text("ticket", &format!("T-{}", 1_001 + number))
        .text("opened_at", &seconds(opened))
        .text(
            "closed_at",
            &seconds(opened + random.between(HOUR, 40 * HOUR) / 1_000 * 1_000),
        )
        .text("channel", if by_phone { "phone" } else { "email" })
        .json("requester", &requester.finish())
        .text("subject", subject)
        .text("text", &text)
        .json("satisfaction", &satisfaction);
    format!("{}\n", line.finish())
}
