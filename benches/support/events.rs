//! Seeded Segment-like events of about 900 bytes: sessions, devices, logins, orders, skewed clocks.

use std::fmt::Write;

use crate::random::{Random, nth};

/// Events as JSON Lines, one after another.
#[derive(Debug)]
pub struct Events {
    random: Random,
    people: u64,
    number: u64,
}

const AGENTS: [&str; 3] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile",
];
const NAMES: [&str; 6] = [
    "Product Viewed",
    "Product Added",
    "Cart Viewed",
    "Checkout Started",
    "Order Completed",
    "Article Read",
];
const CITIES: [&str; 5] = ["Praha", "München", "London", "Kraków", "Lisboa"];

impl Events {
    /// Events of so many people.
    pub fn new(people: u64, seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            people,
            number: 0,
        }
    }

    /// Appends one event and a line feed.
    pub fn write(&mut self, out: &mut String) {
        let person = self.random.below(self.people);
        let device = person * 2 + self.random.below(2);
        // One of 50 events is an identify: the usual share of logins in a clickstream.
        let kind = if self.number.is_multiple_of(50) {
            0
        } else {
            1 + self.random.below(20)
        };
        let time = 1_735_689_600_000 + self.number * 300 + self.random.below(60_000);
        let (sent, received) = (
            time + self.random.below(900),
            time + 1_000 + self.random.below(2_000),
        );
        let agent = self.random.pick(&AGENTS);
        let page = self.random.below(500);
        let _ = write!(
            out,
            "{{\"messageId\":\"{:016x}-{:012x}\",\"anonymousId\":\"dev-{device:08x}-{:08x}\",\"userId\":\"u{person:07}\",\
             \"context\":{{\"library\":{{\"name\":\"analytics.js\",\"version\":\"2.11.1\"}},\"ip\":\"10.{}.{}.7\",\
             \"userAgent\":\"{agent}\",\"locale\":\"en-GB\",\"page\":{{\"path\":\"/p/{page}\",\
             \"url\":\"https://shop.example.com/p/{page}\",\"title\":\"Page {page}\",\"referrer\":\"https://shop.example.com/\"}}}},",
            self.random.word(),
            self.number,
            device.wrapping_mul(2_654_435_761) as u32,
            page % 256,
            person % 256,
        );
        self.write_call(kind, person, page, out);
        let _ = writeln!(
            out,
            "\"originalTimestamp\":\"{}\",\"sentAt\":\"{}\",\"receivedAt\":\"{}\",\"integrations\":{{}}}}",
            iso(time),
            iso(sent),
            iso(received)
        );
        self.number += 1;
    }

    fn write_call(&mut self, kind: u64, person: u64, page: u64, out: &mut String) {
        let price = self.random.below(20_000);
        let _ = match kind {
            0 => write!(
                out,
                "\"type\":\"identify\",\"traits\":{{\"email\":\"user{person}@example.com\",\"firstName\":\"Ada\",\
                 \"lastName\":\"Novák\",\"plan\":\"{}\",\"city\":\"{}\",\"createdAt\":\"2024-03-01T00:00:00.000Z\"}},",
                if person.is_multiple_of(2) {
                    "free"
                } else {
                    "pro"
                },
                nth(&CITIES, person),
            ),
            1..=6 => write!(
                out,
                "\"type\":\"page\",\"name\":\"Category\",\"properties\":{{\"path\":\"/p/{page}\",\
                 \"url\":\"https://shop.example.com/p/{page}\",\"title\":\"Page {page}\",\"search\":\"\"}},",
            ),
            _ => write!(
                out,
                "\"type\":\"track\",\"event\":\"{}\",\"properties\":{{\"order_id\":\"ord-{:09}\",\"currency\":\"EUR\",\
                 \"total\":{}.{:02},\"revenue\":{}.{:02},\"coupon\":null,\"products\":[{{\"product_id\":\"prod-{page:05}\",\
                 \"sku\":\"SKU-{page:06}\",\"category\":\"Shoes\",\"name\":\"Acme Shoes {page}\",\"brand\":\"Acme\",\
                 \"price\":{}.{:02},\"quantity\":{}}}]}},",
                nth(&NAMES, kind),
                self.random.below(1_000_000_000),
                price / 100,
                price % 100,
                price / 121,
                price % 100,
                price / 100,
                price % 100,
                1 + page % 3,
            ),
        };
    }
}

fn iso(millis: u64) -> String {
    onefold::Timestamp::from_micros(millis as i64 * 1_000).to_string()
}
