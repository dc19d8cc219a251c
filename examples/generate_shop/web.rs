//! `web_events.jsonl`: what the web tracker sent, one Segment event a line, in the order of receipt.

use std::collections::BTreeSet;

use crate::book::{Book, TABLET};
use crate::broken::{self, nameless};
use crate::calendar::{AS_OF, BEGIN, DAY, HOUR, MINUTE, Millis, SECOND, rfc3339};
use crate::people::{Device, Person, TABLET_PEOPLE};
use crate::random::Random;
use crate::text::{Object, decimal};
use crate::words::{PRODUCTS, Product};

/// How many messages the tracker sends twice.
const REPEATS: usize = 24;

/// The file.
pub(crate) fn events(seed: u64, people: &[Person], book: &mut Book) -> Vec<u8> {
    let mut web = Web {
        random: Random::named(seed, "web"),
        counted: BTreeSet::new(),
        messages: Vec::new(),
        book,
    };
    for person in people {
        for device in &person.devices {
            web.visits(person, device);
        }
    }
    // People 21 and after log in on the tablet in the shop, one after the other.
    for (turn, person) in people.iter().skip(20).take(TABLET_PEOPLE).enumerate() {
        web.tablet(person, turn);
    }
    web.write()
}

/// A message on its way.
#[derive(Debug, Clone)]
struct Message {
    /// The event as JSON, still open at its end for the three times.
    body: String,
    original: Millis,
    sent: Millis,
    received: Millis,
}

impl Message {
    fn line(&self) -> String {
        let times = Object::new()
            .text("originalTimestamp", &rfc3339(self.original))
            .text("sentAt", &rfc3339(self.sent))
            .text("receivedAt", &rfc3339(self.received))
            .finish();
        format!(
            "{},{}\n",
            self.body.strip_suffix('}').unwrap_or_default(),
            times.strip_prefix('{').unwrap_or_default()
        )
    }
}

/// The tracker at work.
struct Web<'a> {
    random: Random,
    counted: BTreeSet<String>,
    messages: Vec<Message>,
    book: &'a mut Book,
}

/// One visit: who, on what, whether they are logged in, and where they come from.
struct Visit<'a> {
    person: &'a Person,
    device: &'a Device,
    logged_in: bool,
    address: String,
    time: Millis,
}

impl Web<'_> {
    /// All visits on one device. The first begins unknown; on most devices somebody then logs in.
    fn visits(&mut self, person: &Person, device: &Device) {
        let count = self.random.pick(&[1, 1, 1, 1, 2, 3]);
        let mut start = self.random.between(BEGIN + DAY, AS_OF - 12 * DAY);
        let mut known = false;
        for index in 0..count {
            let net = self.random.pick(&["192.0.2", "198.51.100", "203.0.113"]);
            let address = format!("{net}.{}", self.random.between(1, 254));
            let mut visit = Visit {
                person,
                device,
                logged_in: known,
                address,
                time: start,
            };
            self.browse(&mut visit);
            let last = index + 1 == count;
            if device.login && !known && (last || self.random.chance(60)) {
                self.identify(&mut visit);
                known = true;
                self.shop(&mut visit);
            } else if known {
                self.shop(&mut visit);
            }
            start += self.random.between(DAY, 35 * DAY);
            if start > AS_OF - 36 * HOUR {
                start = self.random.between(AS_OF - 20 * DAY, AS_OF - 36 * HOUR);
            }
        }
        if !device.login && person.user_id.is_some() {
            self.book.add("web_events.devices_never_logged_in", 1);
        }
        // A device that a couple shares is one device.
        if !self.counted.insert(device.id.clone()) {
            return;
        }
        self.book.add("web_events.devices", 1);
        if device.skew.abs() > MINUTE {
            self.book.add("web_events.devices_with_wrong_clock", 1);
        }
    }

    /// A short visit at the tablet: log in, look, leave.
    fn tablet(&mut self, person: &Person, turn: usize) {
        let agent = "TeehausTablet/1.0";
        let device = Device {
            id: TABLET.to_owned(),
            agent,
            app: true,
            skew: 0,
            login: true,
        };
        let day = 40 + 12 * i64::try_from(turn).unwrap_or(0);
        let address = "192.0.2.10".to_owned();
        let time = BEGIN + day * DAY + 11 * HOUR;
        let mut visit = Visit {
            person,
            device: &device,
            logged_in: false,
            address,
            time,
        };
        self.identify(&mut visit);
        self.view(&mut visit);
        self.book.note("logged_in_on_tablet", person.number);
    }

    /// Looks around: a page or screen and a few products.
    fn browse(&mut self, visit: &mut Visit<'_>) {
        let (name, path) = self.random.pick(&[
            ("Home", "/"),
            ("Tea", "/tee"),
            ("Coffee", "/kaffee"),
            ("Sale", "/angebote"),
        ]);
        let event = if visit.device.app {
            head("screen", visit)
                .text("name", name)
                .json("properties", "{}")
        } else {
            let properties = Object::new().text("path", path);
            let referrer =
                self.random
                    .pick(&["", "https://search.example/", "https://news.example/tee"]);
            let properties =
                properties.maybe("referrer", Some(referrer).filter(|text| !text.is_empty()));
            head("page", visit)
                .text("name", name)
                .json("properties", &properties.finish())
        };
        self.send(visit, event);
        if self.random.chance(33) {
            self.view(visit);
        }
    }

    fn view(&mut self, visit: &mut Visit<'_>) -> Product {
        let product = self.random.pick(&PRODUCTS);
        let event = head("track", visit).text("event", "Product Viewed");
        self.send(
            visit,
            event.json("properties", &properties(product).finish()),
        );
        product
    }

    /// Says who they are.
    fn identify(&mut self, visit: &mut Visit<'_>) {
        visit.logged_in = true;
        let person = visit.person;
        let email = person.email.as_deref().unwrap_or_default();
        // Some forms keep the address as it was typed.
        let typed = if self.random.chance(15) {
            email.to_uppercase()
        } else {
            email.to_owned()
        };
        let mut traits = Object::new()
            .text("email", &typed)
            .text("firstName", person.first)
            .text("lastName", person.last);
        let mut identifiers = vec![format!("email:{email}")];
        if self.random.chance(20) {
            traits = traits.text("phone", &person.phone.e164());
            identifiers.push(format!("phone:{}", person.phone.e164()));
        }
        if self.random.chance(50) {
            traits = traits
                .text("city", person.city)
                .text("country", person.country.code());
        }
        let plan = self.random.pick(&["", "", "club", "club_gold"]);
        traits = traits.maybe("loyalty", Some(plan).filter(|plan| !plan.is_empty()));
        let event = head("identify", visit).json("traits", &traits.finish());
        self.send(visit, event);
        self.book.add("web_events.identify", 1);
        identifiers.push(format!(
            "user_id:{}",
            person.user_id.as_deref().unwrap_or_default()
        ));
        identifiers.push(format!("anonymous_id:{}", visit.device.id));
        self.book.saw(person.number, identifiers);
        if let (Some((name, domain)), true) = (person.organisation, self.random.chance(40)) {
            let traits = Object::new()
                .text("name", name)
                .text("domain", domain)
                .finish();
            let event = head("group", visit)
                .text("groupId", domain)
                .json("traits", &traits);
            self.send(visit, event);
        }
    }

    /// Puts something in the basket, and perhaps pays.
    fn shop(&mut self, visit: &mut Visit<'_>) {
        if !self.random.chance(42) {
            return;
        }
        let mut basket = Vec::new();
        for _ in 0..self.random.pick(&[1, 1, 2]) {
            let product = self.view(visit);
            // Of the expensive machine nobody takes two.
            let quantity = if product.3 > 100_000 {
                1
            } else {
                self.random.between(1, 3)
            };
            let event = head("track", visit).text("event", "Product Added");
            self.send(
                visit,
                event.json(
                    "properties",
                    &properties(product).number("quantity", quantity).finish(),
                ),
            );
            basket.push((product, quantity));
        }
        if self.random.chance(75) {
            self.order(visit, &basket);
        }
    }

    fn order(&mut self, visit: &mut Visit<'_>, basket: &[(Product, i64)]) {
        let line = |((sku, _, _, price), quantity): &(Product, i64)| {
            let line = Object::new()
                .text("product_id", sku)
                .number("quantity", *quantity);
            line.json("price", &decimal(*price)).finish()
        };
        let lines: Vec<String> = basket.iter().map(line).collect();
        let gross: i64 = basket
            .iter()
            .map(|((_, _, _, price), quantity)| price * quantity)
            .sum();
        let coupon = self.random.chance(15);
        let revenue = if coupon { gross - gross / 10 } else { gross };
        let number = 50_001 + self.book.count("web_events.orders");
        let properties = Object::new()
            .text("order_id", &format!("W-{number}"))
            .json("revenue", &decimal(revenue))
            .text("currency", "EUR")
            .maybe("coupon", coupon.then_some("LINDE10"))
            .json("products", &format!("[{}]", lines.join(",")));
        let event = head("track", visit)
            .text("event", "Order Completed")
            .json("properties", &properties.finish());
        self.send(visit, event);
        self.book.add("web_events.orders", 1);
        self.book.add("web_events.revenue_cents", revenue);
    }

    /// The device's clock stamps the event; later, perhaps much later, it is sent; the server's clock receives it.
    fn send(&mut self, visit: &mut Visit<'_>, event: Object) {
        let context = Object::new()
            .text("ip", &visit.address)
            .text("userAgent", visit.device.agent)
            .finish();
        let body = event
            .text("messageId", &format!("ajs-{}", self.random.hex(16)))
            .json("context", &context)
            .finish();
        let offline = visit.device.app && self.random.chance(10);
        let wait = if offline {
            self.random.between(HOUR, 20 * HOUR)
        } else {
            self.random.between(20, 900)
        };
        if offline {
            self.book.add("web_events.sent_hours_late", 1);
        }
        let original = visit.time + visit.device.skew;
        let received = visit.time + wait + self.random.between(20, 200);
        self.messages.push(Message {
            body,
            original,
            sent: original + wait,
            received,
        });
        visit.time += self.random.between(8 * SECOND, 3 * MINUTE);
        let person = visit.person;
        if let (true, Some(user)) = (visit.logged_in, &person.user_id) {
            self.book.saw(
                person.number,
                vec![
                    format!("anonymous_id:{}", visit.device.id),
                    format!("user_id:{user}"),
                ],
            );
        } else {
            self.book.saw(
                person.number,
                vec![format!("anonymous_id:{}", visit.device.id)],
            );
        }
    }

    fn write(mut self) -> Vec<u8> {
        self.repeat();
        self.messages.sort_by_key(|message| message.received);
        self.book.add(
            "web_events.events",
            i64::try_from(self.messages.len() - REPEATS).unwrap_or(0),
        );
        let mut lines: Vec<Vec<u8>> = self
            .messages
            .iter()
            .map(|message| message.line().into_bytes())
            .collect();
        for (reason, line) in broken::lines() {
            let end = i64::try_from(lines.len()).unwrap_or(0);
            let place = usize::try_from(self.random.between(20, end - 1)).unwrap_or(0);
            lines.insert(place, line);
            self.book.add(&format!("web_events.broken.{reason}"), 1);
            self.book.add("web_events.broken", 1);
        }
        // An event that names nobody is a good event; it belongs to no person.
        lines.push(nameless());
        self.book.add("web_events.events", 1);
        self.book.add("web_events.naming_nobody", 1);
        self.book
            .add("web_events.lines", i64::try_from(lines.len()).unwrap_or(0));
        lines.concat()
    }

    /// Trackers send again what was not acknowledged: half of the repeats are the same to the byte.
    fn repeat(&mut self) {
        let indices = self.random.shuffled(0..self.messages.len());
        for (turn, index) in indices.into_iter().take(REPEATS).enumerate() {
            let Some(mut message) = self.messages.get(index).cloned() else {
                continue;
            };
            if turn % 2 == 0 {
                let later = self.random.between(10 * SECOND, 10 * MINUTE);
                message.sent += later;
                message.received += later;
                self.book.add("web_events.repeats_sent_again", 1);
            } else {
                self.book.add("web_events.repeats_exact", 1);
            }
            self.messages.push(message);
        }
        self.book
            .add("web_events.repeats", i64::try_from(REPEATS).unwrap_or(0));
    }
}

/// The members that every event begins with.
fn head(kind: &str, visit: &Visit<'_>) -> Object {
    let user = visit.person.user_id.as_deref().filter(|_| visit.logged_in);
    Object::new()
        .text("type", kind)
        .text("anonymousId", &visit.device.id)
        .maybe("userId", user)
}

fn properties((sku, name, category, price): Product) -> Object {
    let properties = Object::new()
        .text("product_id", sku)
        .text("name", name)
        .text("category", category);
    properties.json("price", &decimal(price))
}
