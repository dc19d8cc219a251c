//! `pos_orders.csv`: the lines of the till in the shop: decimal commas, wall time of Berlin, returns.

use crate::book::{Book, NO_REPLY};
use crate::calendar::{AS_OF, BEGIN, DAY, HOUR, MINUTE, Millis, WINTER, berlin};
use crate::people::{Known, Person};
use crate::random::Random;
use crate::text::{german, row};
use crate::words::{PRODUCTS, Product};

const HEADER: [&str; 9] = [
    "receipt",
    "store",
    "customer_id",
    "email",
    "sku",
    "article",
    "quantity",
    "unit_price",
    "sold_at",
];

/// How many receipts name nobody.
const NAMELESS: usize = 120;

/// The file.
pub(crate) fn orders(seed: u64, people: &[Person], book: &mut Book) -> Vec<u8> {
    let mut till = Till {
        random: Random::named(seed, "till"),
        rows: Vec::new(),
        receipts: 0,
        book,
    };
    for person in people {
        till.person(person);
    }
    for _ in 0..NAMELESS {
        let time = till.opening_hour();
        till.receipt("", "", time);
    }
    till.clocks();
    till.write()
}

/// Who pays: customer number, address.
type Payer<'a> = (&'a str, &'a str);

struct Till<'a> {
    random: Random,
    rows: Vec<(Millis, String)>,
    receipts: usize,
    book: &'a mut Book,
}

impl Till<'_> {
    fn person(&mut self, person: &Person) {
        let (visits, percent) = match person.known {
            Known::Everywhere => (2, 30),
            Known::Contact => (4, 90),
            Known::Till => (2, 100),
            Known::Web | Known::Visitor => return,
        };
        if !self.random.chance(percent) {
            return;
        }
        for _ in 0..self.random.between(1, visits) {
            let time = self.opening_hour();
            let own = person.email.as_deref().unwrap_or_default();
            let (customer, email) = match (&person.customer_id, self.random.between(1, 10)) {
                (Some(customer), ..=7) => (customer.as_str(), ""),
                (Some(customer), 8) => (customer.as_str(), NO_REPLY),
                _ => ("", own),
            };
            let mut identifiers = Vec::new();
            if !customer.is_empty() {
                identifiers.push(format!("customer_id:{customer}"));
            }
            if !email.is_empty() {
                identifiers.push(format!("email:{email}"));
            }
            if email == NO_REPLY {
                self.book.add("pos_orders.noreply_receipts", 1);
            }
            self.book.saw(person.number, identifiers);
            self.receipt(customer, email, time);
        }
    }

    /// The shop opens from 9 to 19 o'clock, roughly.
    fn opening_hour(&mut self) -> Millis {
        let day = self.random.between(0, 243);
        BEGIN + day * DAY + self.random.between(7 * HOUR, 17 * HOUR) / 1_000 * 1_000
    }

    fn receipt(&mut self, customer: &str, email: &str, time: Millis) {
        self.receipts += 1;
        let receipt = format!("B{}", 100_000 + self.receipts);
        let store = self.random.pick(&["Lübeck", "Kiel", "Lübeck"]);
        let when = berlin(time);
        for _ in 0..self.random.between(1, 4) {
            let product = self.random.pick(&PRODUCTS);
            // One of the expensive machine at a time, and seldom.
            let machine = product.3 > 100_000;
            if machine && !self.random.chance(20) {
                continue;
            }
            let quantity = if machine {
                1
            } else {
                self.random.pick(&[1, 1, 1, 2, 3])
            };
            let line = Line {
                receipt: &receipt,
                store,
                payer: (customer, email),
                product,
                quantity,
                when: &when,
            };
            self.sell(time, &line);
            // Scanned one by one, the same article gives the same line again: both count.
            if quantity == 1 && self.random.chance(5) {
                self.sell(time, &line);
                self.book.add("pos_orders.repeated_lines", 1);
            }
            if self.random.chance(6) && time < AS_OF - 20 * DAY {
                self.take_back(time, &line);
            }
        }
    }

    /// Some days later the goods come back, on a receipt of its own with a negative quantity.
    fn take_back(&mut self, sold: Millis, line: &Line<'_>) {
        self.receipts += 1;
        let receipt = format!("R{}", 100_000 + self.receipts);
        let time = sold + self.random.between(1, 14) * DAY;
        let when = berlin(time);
        self.sell(
            time,
            &Line {
                receipt: &receipt,
                quantity: -line.quantity,
                when: &when,
                ..*line
            },
        );
    }

    fn sell(&mut self, time: Millis, line: &Line<'_>) {
        let (_, _, _, price) = line.product;
        let amount = price * line.quantity;
        if amount < 0 {
            self.book.add("pos_orders.returned_cents", amount);
            self.book.add("pos_orders.returned_lines", 1);
        } else {
            self.book.add("pos_orders.gross_cents", amount);
        }
        let known = line.payer != ("", "");
        if known {
            let part = if amount < 0 { "returned" } else { "gross" };
            let name = format!("pos_orders.{part}_of_people_cents");
            self.book.add(&name, amount);
        }
        self.book.add(
            if known {
                "pos_orders.lines_with_person"
            } else {
                "pos_orders.lines_without_person"
            },
            1,
        );
        self.rows
            .push((time, line.write(&line.quantity.to_string())));
    }

    /// The vending machine at the station sells at night too: in the hour that is missing and in the one that comes twice.
    fn clocks(&mut self) {
        let gap = "2025-03-30 02:30:00";
        let (first, second) = (WINTER - 30 * MINUTE, WINTER + 30 * MINUTE);
        let times = [
            (BEGIN, gap.to_owned()),
            (first, berlin(first)),
            (second, berlin(second)),
        ];
        for (index, (time, when)) in times.iter().enumerate() {
            let receipt = format!("A{}", 1 + index);
            let product = PRODUCTS.get(15).copied().unwrap_or_default();
            let line = Line {
                receipt: &receipt,
                store: "Automat",
                payer: ("", ""),
                product,
                quantity: 1,
                when,
            };
            self.sell(*time, &line);
        }
        self.book.add("pos_orders.in_the_gap", 1);
        self.book.add("pos_orders.in_the_fold", 2);
        // The clerk wrote a word where a number belongs.
        let product = PRODUCTS.first().copied().unwrap_or_default();
        let when = berlin(WINTER + DAY);
        let line = Line {
            receipt: "B999999",
            store: "Kiel",
            payer: ("", ""),
            product,
            quantity: 1,
            when: &when,
        };
        self.rows.push((WINTER + DAY, line.write("zwei")));
        self.book.add("pos_orders.broken", 1);
    }

    fn write(mut self) -> Vec<u8> {
        self.rows.sort_by_key(|(time, _)| *time);
        self.book.add(
            "pos_orders.lines",
            i64::try_from(self.rows.len()).unwrap_or(0),
        );
        let mut out = row(';', &HEADER);
        self.rows.iter().for_each(|(_, line)| out.push_str(line));
        out.into_bytes()
    }
}

#[derive(Debug, Clone, Copy)]
struct Line<'a> {
    receipt: &'a str,
    store: &'a str,
    payer: Payer<'a>,
    product: Product,
    quantity: i64,
    when: &'a str,
}

impl Line<'_> {
    fn write(&self, quantity: &str) -> String {
        let (sku, article, _, price) = self.product;
        let (customer, email) = self.payer;
        let price = german(price);
        row(
            ';',
            &[
                self.receipt,
                self.store,
                customer,
                email,
                sku,
                article,
                quantity,
                &price,
                self.when,
            ],
        )
    }
}
