//! The word lists of the shop: names, towns, organisations, what it sells.
//!
//! Invariant: nobody here exists. Addresses end in `.example` or `example.*` and telephone numbers
//! lie in the ranges that the regulators keep free for fiction.

/// Where somebody lives, and so how they write their telephone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Country {
    /// Germany.
    #[default]
    Germany,
    /// Great Britain.
    Britain,
    /// The United States.
    States,
}

impl Country {
    /// ISO 3166-1 alpha-2.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Germany => "DE",
            Self::Britain => "GB",
            Self::States => "US",
        }
    }

    /// First names, last names, towns.
    pub(crate) fn words(
        self,
    ) -> (
        &'static [&'static str],
        &'static [&'static str],
        &'static [&'static str],
    ) {
        match self {
            Self::Germany => (&GERMAN_FIRST, &GERMAN_LAST, &GERMAN_TOWNS),
            Self::Britain => (&BRITISH_FIRST, &BRITISH_LAST, &BRITISH_TOWNS),
            Self::States => (&BRITISH_FIRST, &AMERICAN_LAST, &AMERICAN_TOWNS),
        }
    }
}

const GERMAN_FIRST: [&str; 24] = [
    "Jürgen", "Käthe", "Günther", "Sören", "Björn", "Jörg", "Bärbel", "Zoë", "Anna", "Lena",
    "Paul", "Jonas", "Mia", "Felix", "René", "Katrin", "Ole", "Marlene", "Emil", "Renate", "Till",
    "Svenja", "Horst", "Ida",
];
const GERMAN_LAST: [&str; 24] = [
    "Müller",
    "Schröder",
    "Jäger",
    "Weiß",
    "Größler",
    "Köhler",
    "Krüger",
    "Böhm",
    "Schäfer",
    "Vögele",
    "Strauß",
    "Meyer",
    "Schmidt",
    "Becker",
    "Wagner",
    "Hoffmann",
    "Neumann",
    "Petersen",
    "Lindner",
    "Albrecht",
    "Sommer",
    "Brandt",
    "Vogt",
    "Ziegler",
];
const GERMAN_TOWNS: [&str; 10] = [
    "Lübeck",
    "Köln",
    "München",
    "Hamburg",
    "Berlin",
    "Göttingen",
    "Würzburg",
    "Kiel",
    "Leipzig",
    "Saarbrücken",
];
const BRITISH_FIRST: [&str; 16] = [
    "Oliver", "Amelia", "Harry", "Isla", "George", "Poppy", "Zoë", "Alfie", "Grace", "Freddie",
    "Chloë", "Archie", "Ruby", "Leo", "Siân", "Toby",
];
const BRITISH_LAST: [&str; 12] = [
    "Whitfield",
    "Ashworth",
    "Pemberton",
    "O’Connor",
    "Clarke",
    "Hughes",
    "Fairfax",
    "Thornton",
    "Bexley",
    "Marsh",
    "Holloway",
    "Sutton",
];
const BRITISH_TOWNS: [&str; 5] = ["London", "Manchester", "Leeds", "Bristol", "York"];
const AMERICAN_LAST: [&str; 12] = [
    "Garcia", "Johnson", "Núñez", "Walker", "Peterson", "Brooks", "Ramírez", "Coleman", "Hayes",
    "Foster", "Reyes", "Sanders",
];
const AMERICAN_TOWNS: [&str; 4] = ["New York", "Chicago", "San Francisco", "Boston"];

/// Hosts of private mailboxes.
pub(crate) const MAILBOXES: [&str; 5] = [
    "post.example",
    "mail.example",
    "inbox.example",
    "example.com",
    "example.org",
];

/// An organisation whose people buy from the shop: name and domain.
pub(crate) type Organisation = (&'static str, &'static str);

/// The organisations.
pub(crate) const ORGANISATIONS: [Organisation; 12] = [
    ("Kontor Linden GmbH", "kontor-linden.example"),
    ("Größler & Söhne KG", "groessler.example"),
    ("Hafenwerk AG", "hafenwerk.example"),
    ("Praxis Dr. Böhm", "praxis-boehm.example"),
    ("Stadtbücherei Nord", "buecherei-nord.example"),
    ("Ashworth & Clarke Ltd", "ashworth-clarke.example"),
    ("Bexley Studios", "bexley.example"),
    ("Marsh, Holloway and Partners", "marsh-holloway.example"),
    ("Lakeside Dental", "lakeside-dental.example"),
    ("Brooks Coffee Bar", "brooks-bar.example"),
    ("Foster Logistics Inc.", "foster-logistics.example"),
    ("Hotel Alte Münze", "alte-muenze.example"),
];

/// Roles in an organisation.
pub(crate) const ROLES: [&str; 6] = [
    "buyer",
    "office manager",
    "assistant",
    "head of kitchen",
    "partner",
    "IT",
];

/// Something the shop sells: number, name, category, price in cents.
pub(crate) type Product = (&'static str, &'static str, &'static str, i64);

/// What the shop sells.
pub(crate) const PRODUCTS: [Product; 18] = [
    ("TEE-101", "Ostfriesen Blatt 250 g", "tea", 890),
    ("TEE-102", "Darjeeling First Flush 100 g", "tea", 1490),
    ("TEE-103", "Earl Grey 100 g", "tea", 790),
    ("TEE-104", "Sencha Fukuyu 100 g", "tea", 1190),
    ("TEE-105", "Rooibos Vanille 200 g", "tea", 695),
    ("TEE-106", "Kräutergarten 100 g", "tea", 645),
    ("KAF-201", "Espresso Nachtschicht 500 g", "coffee", 1290),
    ("KAF-202", "Filterkaffee Hafen 500 g", "coffee", 1150),
    ("KAF-203", "Entkoffeiniert 250 g", "coffee", 845),
    ("KAF-204", "Yirgacheffe 250 g", "coffee", 1195),
    ("GER-301", "Teekanne Gusseisen 0,8 l", "ware", 5995),
    ("GER-302", "Handfilter Porzellan", "ware", 2450),
    ("GER-303", "Mühle \"Fein & Grob\"", "ware", 8900),
    ("GER-304", "Siebträger Modell 7", "ware", 124_900),
    ("GER-305", "Becher Küste, 2er-Set", "ware", 1980),
    ("SUS-401", "Kluntje 500 g", "sweets", 375),
    ("SUS-402", "Shortbread 150 g", "sweets", 425),
    ("SUS-403", "Trüffel 12 Stück", "sweets", 1650),
];

/// Browsers and phones: the user agent, cut short, and whether it is the shop's app.
pub(crate) const AGENTS: [(&str, bool); 5] = [
    ("Firefox/140.0 (Windows)", false),
    ("Safari/605.1 (Macintosh)", false),
    ("Chrome/139.0 (Linux)", false),
    ("Safari/605.1 (iPhone)", false),
    ("TeehausApp/3.2 (Android 15)", true),
];

/// Letters that mailbox names leave out, written in plain letters.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::new();
    for letter in text.to_lowercase().chars() {
        match letter {
            'ä' => out.push_str("ae"),
            'ö' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            'ë' | 'é' => out.push('e'),
            'â' | 'á' => out.push('a'),
            'í' => out.push('i'),
            'ñ' => out.push('n'),
            'ú' => out.push('u'),
            letter if letter.is_ascii_alphanumeric() => out.push(letter),
            _ => {}
        }
    }
    out
}
