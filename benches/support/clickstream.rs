//! A stream of clicks: people of very different activity, sessions of clicks over 90 days, 30 event names of
//! which the first are frequent, products with prices in cents.
//!
//! Invariant: a seed gives the same events everywhere and for ever.

use onefold::event::{Decimal, Occurrence, Position, Timestamp, Value};

use crate::random::Random;

/// The names, most frequent first: the weight of the n-th is about 1/n.
pub const EVENTS: [&str; 30] = [
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
/// 2026-01-01.
const START: i64 = 1_767_225_600_000_000;
const DAY: i64 = 86_400_000_000;
const DAYS: u64 = 90;

/// One click.
#[derive(Debug, Clone)]
pub struct Click {
    name: &'static str,
    time: i64,
    position: u64,
    /// In cents.
    price: i64,
    quantity: i64,
}

impl Occurrence for Click {
    fn name(&self) -> &str {
        self.name
    }

    fn time(&self) -> Timestamp {
        Timestamp::from_micros(self.time)
    }

    fn position(&self) -> Position {
        Position(self.position)
    }

    fn property(&self, path: &str) -> Option<Value> {
        match path {
            "price" => Some(Value::Number(Decimal::new(self.price, 2))),
            "quantity" => Some(Value::from(self.quantity)),
            _ => None,
        }
    }
}

/// Calls `visit` with each person's number and clicks, in order; about `events` of them over all.
pub fn each_person(seed: u64, people: u32, events: u64, mut visit: impl FnMut(u32, &[Click])) {
    let mut random = Random::new(seed);
    let weights: Vec<u64> = (1..=EVENTS.len() as u64).map(|n| 1_000_000 / n).collect();
    let total: u64 = weights.iter().sum();
    let mut clicks = Vec::new();
    for person in 0..people {
        clicks.clear();
        // A product of small numbers is widely spread, as activity is; on average it is what is asked for.
        let spread = (0..3).fold(1, |product, _| {
            product * (random.below(7) + random.below(2))
        });
        let mut left = spread * events / (u64::from(people) * 43);
        // Two fifths begin late, nearly half end early.
        let begin = if random.chance(600) {
            0
        } else {
            random.below(DAYS * 4 / 5)
        };
        let end = if random.chance(550) {
            DAYS
        } else {
            begin + 1 + random.below(DAYS - begin)
        };
        while left > 0 {
            let mut time =
                START + begin as i64 * DAY + random.below((end - begin) * DAY as u64) as i64;
            for _ in 0..(1 + random.below(15)).min(left) {
                left -= 1;
                let mut at = random.below(total);
                let name = weights.iter().position(|weight| {
                    let found = at < *weight;
                    at = at.saturating_sub(*weight);
                    found
                });
                let product = random.below(5_000);
                clicks.push(Click {
                    name: EVENTS.get(name.unwrap_or(0)).copied().unwrap_or_default(),
                    time,
                    position: 0,
                    price: 199 + (product * product % 9_973) as i64,
                    quantity: 1 + i64::from(random.chance(300)),
                });
                time += 1 + random.below(90_000_000) as i64;
            }
        }
        clicks.sort_by_key(|click| click.time);
        (0..)
            .zip(&mut clicks)
            .for_each(|(place, click)| click.position = place);
        visit(person, &clicks);
    }
}
