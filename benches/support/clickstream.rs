//! A seeded stream of clicks of many people: sessions, thirty names of events, products with prices.
//!
//! The shape is that of a shop: activity of people is log-normal, some are active only for a while, names and
//! products are skewed, events of a session are seconds apart.
//!
//! Invariant: a seed gives the same rows on one machine; on another, the last digit of a logarithm may differ.

use onefold::event::{Decimal, Occurrence, Position, Timestamp, Value};

use crate::random::Random;

/// The names, the most frequent first.
pub const NAMES: [&str; 30] = [
    "page_viewed",
    "product_viewed",
    "search",
    "category_viewed",
    "app_opened",
    "session_started",
    "product_clicked",
    "add_to_cart",
    "email_opened",
    "purchase",
    "wishlist_added",
    "cart_viewed",
    "checkout_started",
    "email_clicked",
    "push_received",
    "push_opened",
    "coupon_applied",
    "login",
    "remove_from_cart",
    "review_viewed",
    "video_played",
    "share",
    "store_located",
    "support_opened",
    "signup",
    "profile_updated",
    "subscription_started",
    "refund",
    "review_written",
    "unsubscribe",
];
/// The places of the names that come with a product, a price and a quantity.
pub const WITH_PRODUCT: [u8; 6] = [1, 6, 7, 9, 10, 18];
/// Devices of events.
pub const DEVICES: [&str; 4] = ["ios", "android", "desktop", "tablet"];
/// Plans of people.
pub const PLANS: [&str; 4] = ["free", "basic", "pro", "enterprise"];
/// 2026-01-01, when it begins.
pub const START: i64 = 1_767_225_600_000_000;

const DAY: f64 = 86_400e6;
const PRODUCTS: usize = 50_000;

/// One event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Click {
    /// Microseconds since 1970.
    pub time: i64,
    /// Who, from 0.
    pub person: u32,
    /// The product, where the name comes with one.
    pub product: u16,
    /// Its place in [`NAMES`].
    pub name: u8,
    /// The place in [`DEVICES`], and from the fourth bit on the quantity.
    more: u8,
}

/// What a [`Click`] is to whoever reads properties by name: price, quantity and device.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// The click.
    pub click: Click,
    /// Its place among all.
    pub position: u64,
    /// The price of its product, in cents.
    pub cents: u32,
}

impl Occurrence for Seen {
    fn name(&self) -> &str {
        NAMES
            .get(usize::from(self.click.name))
            .copied()
            .unwrap_or_default()
    }

    fn time(&self) -> Timestamp {
        Timestamp::from_micros(self.click.time)
    }

    fn position(&self) -> Position {
        Position(self.position)
    }

    fn property(&self, path: &str) -> Option<Value> {
        match path {
            "device" => DEVICES
                .get(self.click.device())
                .map(|device| Value::from(*device)),
            "price" if self.click.has_product() => Some(Decimal::new(self.cents.into(), 2).into()),
            "quantity" if self.click.has_product() => {
                Some(Decimal::from(self.click.quantity()).into())
            }
            _ => None,
        }
    }
}

impl Click {
    /// Whether it comes with a product.
    pub fn has_product(self) -> bool {
        WITH_PRODUCT.contains(&self.name)
    }

    /// The place in [`DEVICES`].
    pub fn device(self) -> usize {
        usize::from(self.more & 3)
    }

    /// How many, from 1.
    pub fn quantity(self) -> u8 {
        self.more >> 3
    }
}

/// Events of many people in order of time.
#[derive(Debug)]
pub struct Clicks {
    /// In order of time.
    pub rows: Vec<Click>,
    /// By product, in cents.
    pub cents: Vec<u32>,
    /// By person, the place in [`PLANS`].
    pub plans: Vec<u8>,
}

impl Clicks {
    /// So many events of so many people over so many days.
    pub fn new(events: usize, people: usize, days: u32, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let end = f64::from(days);
        let mut sums = Vec::with_capacity(people);
        let mut spans = Vec::with_capacity(people);
        let mut plans = Vec::with_capacity(people);
        let mut sum = 0.0;
        for _ in 0..people {
            sum += (1.3 * normal(&mut random)).exp();
            sums.push(sum);
            let from = if share(&mut random) < 0.6 {
                0.0
            } else {
                share(&mut random) * end * 0.8
            };
            let stays = share(&mut random) < 0.55;
            let to = if stays {
                end
            } else {
                from + share(&mut random) * (end - from)
            };
            spans.push((from, to));
            plans.push(pick(&[0.6, 0.85, 0.97, 1.0], share(&mut random)));
        }
        let cents = (0..PRODUCTS).map(|_| (100.0 * (3.2 + 0.9 * normal(&mut random)).exp()) as u32);
        let mut clicks = Self {
            cents: cents.collect(),
            rows: Vec::with_capacity(events + 64),
            plans,
        };
        let names = zipf();
        while clicks.rows.len() < events {
            let wanted = share(&mut random) * sum;
            let person = sums.partition_point(|sum| *sum <= wanted).min(people - 1);
            let span = spans.get(person).copied().unwrap_or_default();
            clicks.session(person as u32, span, end, &names, &mut random);
        }
        clicks.rows.truncate(events);
        clicks.rows.sort_by_key(|click| click.time);
        clicks
    }

    /// Everything as it is read by name, in order of time.
    pub fn seen(&self) -> impl Iterator<Item = Seen> + '_ {
        (0..).zip(&self.rows).map(|(position, click)| Seen {
            click: *click,
            position,
            cents: self
                .cents
                .get(usize::from(click.product))
                .copied()
                .unwrap_or_default(),
        })
    }

    fn session(
        &mut self,
        person: u32,
        (from, to): (f64, f64),
        end: f64,
        names: &[f64],
        random: &mut Random,
    ) {
        let start = from + share(random) * (to - from).max(0.02);
        let length = 1 + (share(random).ln() / (7.0_f64 / 8.0).ln()) as usize;
        let device = pick(&[0.35, 0.75, 0.95, 1.0], share(random));
        let mut time = start * DAY;
        for _ in 0..length {
            time += 1.0 - 45e6 * share(random).ln();
            let product = share(random).powf(-1.0 / 0.3).min(1e15) as u64 % PRODUCTS as u64;
            let quantity = 1 + (share(random).ln() / 0.3_f64.ln()) as u64;
            self.rows.push(Click {
                time: START + time.min(end * DAY - 1.0) as i64,
                person,
                product: product as u16,
                name: pick(names, share(random)),
                more: device | (quantity.min(20) << 3) as u8,
            });
        }
    }
}

/// Above 0, up to 1.
fn share(random: &mut Random) -> f64 {
    ((random.word() >> 11) + 1) as f64 / (1_u64 << 53) as f64
}

/// About normal: twelve equal ones.
fn normal(random: &mut Random) -> f64 {
    (0..12).map(|_| share(random)).sum::<f64>() - 6.0
}

/// The first place whose sum of shares is not below.
fn pick(sums: &[f64], share: f64) -> u8 {
    sums.partition_point(|sum| *sum < share).min(sums.len() - 1) as u8
}

/// The sums of the shares of the names.
fn zipf() -> Vec<f64> {
    let weight = |rank: usize| (rank as f64).powf(-1.05);
    let all: f64 = (1..=NAMES.len()).map(weight).sum();
    let mut sum = 0.0;
    let sums = (1..=NAMES.len()).map(|rank| {
        sum += weight(rank) / all;
        sum
    });
    sums.collect()
}
