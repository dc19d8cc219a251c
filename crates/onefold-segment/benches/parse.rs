//! How many definitions a second are read and checked, on one core.
//!
//! Invariant: the text is the same on every run, and every definition in it is checked.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::time::{Duration, Instant};

use onefold_segment::Library;

const DEFINITIONS: usize = 5_000;

fn main() {
    let text: String = (0..DEFINITIONS).map(definition).collect();
    let is_short = !std::env::args().any(|argument| argument == "--bench");
    let least = Duration::from_secs(if is_short { 1 } else { 10 });
    let (start, mut rounds) = (Instant::now(), 0);
    while start.elapsed() < least {
        assert_eq!(
            Library::parse(&text).unwrap().definitions().len(),
            DEFINITIONS
        );
        rounds += 1;
    }
    let seconds = start.elapsed().as_secs_f64();
    let rate = (rounds * DEFINITIONS) as f64 / seconds;
    let bytes = text.len() / DEFINITIONS;
    println!("{rate:.0} definitions/s of {bytes} bytes, parsed and checked on one core");
}

/// One of the usual kinds of segments, each under its own name and with its own numbers.
fn definition(number: usize) -> String {
    let (times, days) = (number % 7 + 1, number % 89 + 1);
    match number % 6 {
        0 => format!(
            "segment s{number} = did purchase where price > {times}.50 and category in [\"shoes\", \"hats\"] in last {days} d at least {times} times and country = \"DE\"\n"
        ),
        1 => format!(
            "segment s{number} for newsletter zone \"Europe/Berlin\" = sum(price * quantity of \"Order Line\" where quantity > 0 in last {days} d) >= {days}.00 and not in s{}\n",
            number - 1
        ),
        2 => format!(
            "segment s{number} = sequence view as v then add_to_cart where product_id = v.product_id within {times} d then no purchase within 24 h in last {days} d\n"
        ),
        3 => format!(
            "segment s{number} = (plan in [\"pro\", \"enterprise\"] or recency(login) <= {days} d) and did not refund in last month and not email ends with \"@example.com\"\n"
        ),
        4 => format!(
            "segment s{number} among s{} = top {times} % by sum(total of purchase in last {days} d) and did login in last {days} d at least {times} distinct days\n",
            number - 1
        ),
        _ => format!(
            "trait t{number} = sum(total of purchase in last {days} d) / count(purchase in last {days} d) + max(total of purchase where total > {times} since 2026-01-01)\n"
        ),
    }
}
