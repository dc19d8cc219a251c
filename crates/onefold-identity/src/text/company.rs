//! Names of organisations: the words that tell them apart, and their legal form.
//!
//! Invariant: a name never ends empty: if all of its words are noise, all of them stay.

use super::{
    fold,
    words::{Variants, WordSet},
};

static FORMS: Variants = Variants::separated(include_str!("data/legal_forms.txt"), "; ");
static NOISE: WordSet = WordSet::new(include_str!("data/company_noise.txt"));
static WORDS: Variants = Variants::new(include_str!("data/company_words.txt"));
/// The longest legal form in words.
const FORM_WORDS_MAX: usize = 6;

/// The name of an organisation, taken apart.
///
/// ```
/// # use onefold_identity::text::CompanyName;
/// let name = CompanyName::parse("The Müller & Söhne Mfg. G.m.b.H. & Co. KG");
/// assert_eq!(name.words, ["muller", "sohne", "manufacturing"]);
/// assert_eq!(name.legal_forms, ["gmbh", "kg"]);
/// assert_eq!(name.key(), CompanyName::parse("muller and sohne manufacturing").key());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct CompanyName {
    /// The words that count, folded, abbreviations in full, in order.
    pub words: Vec<String>,
    /// Legal forms at the end or beginning, by their short name, in order: `gmbh`, `inc`.
    pub legal_forms: Vec<&'static str>,
}

impl CompanyName {
    /// The parts of this text; nothing is refused, an empty text has none.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let folded = fold(&text.replace(['&', '+'], " and "));
        let mut words = with_letters_joined(&folded);
        let mut legal_forms = Vec::new();
        while let Some((form, from)) = form_at_end(&words) {
            legal_forms.insert(0, form);
            words.truncate(from);
        }
        // `OOO Romashka`, `UAB Baltas`: eastern names have it in front.
        if let Some(form) = words
            .first()
            .and_then(|it| FORMS.get(it))
            .filter(|_| words.len() > 1)
        {
            legal_forms.insert(0, form);
            words.remove(0);
        }
        let in_full = |it: &String| WORDS.get(it).map_or_else(|| it.clone(), str::to_owned);
        let kept: Vec<String> = words
            .iter()
            .filter(|it| !NOISE.has(it))
            .map(in_full)
            .collect();
        let words = match kept.is_empty() {
            true => words.iter().map(in_full).collect(),
            false => kept,
        };
        Self { words, legal_forms }
    }

    /// The words that count in alphabetical order, each once: the same whatever their order was.
    #[must_use]
    pub fn key(&self) -> String {
        let mut words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        words.sort_unstable();
        words.dedup();
        words.join(" ")
    }

    /// First letters of the words: `ibm` of `International Business Machines`.
    #[must_use]
    pub fn initials(&self) -> String {
        self.words
            .iter()
            .filter_map(|word| word.chars().next())
            .collect()
    }
}

/// A number under which an organisation is registered: letters and digits only, capitals, `HRB12345`.
///
/// ```
/// # use onefold_identity::text::registration_number;
/// assert_eq!(registration_number("de 123.456-789"), "DE123456789");
/// ```
#[must_use]
pub fn registration_number(text: &str) -> String {
    fold(text).replace(' ', "").to_ascii_uppercase()
}

/// Words, with letters that stand alone beside each other as one: `s p a` is `spa`.
fn with_letters_joined(folded: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut letters = false;
    for word in folded.split(' ').filter(|it| !it.is_empty()) {
        let letter = word.len() == 1;
        match words.last_mut() {
            Some(last) if letter && letters => last.push_str(word),
            _ => words.push(word.to_owned()),
        }
        letters = letter;
    }
    words
}

/// The legal form at the end and the place where it begins; what binds two forms (`gmbh and co kg`) goes with it.
fn form_at_end(words: &[String]) -> Option<(&'static str, usize)> {
    let end = words.len();
    let bound = words
        .iter()
        .rev()
        .take_while(|it| matches!(it.as_str(), "and" | "co"))
        .count();
    for end in [end, end - bound] {
        for length in (1..=FORM_WORDS_MAX).rev() {
            // At least one word of a name must be left.
            let Some(from) = end.checked_sub(length).filter(|from| *from > 0) else {
                continue;
            };
            let form = words.get(from..end).unwrap_or_default().join(" ");
            if let Some(form) = FORMS.get(&form) {
                return Some((form, from));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names() {
        let check = |text: &str, expected: &str| {
            let name = CompanyName::parse(text);
            let found = format!("{} / {}", name.words.join(" "), name.legal_forms.join(" "));
            assert_eq!(found.trim(), expected, "{text}");
        };
        check("", "/");
        check("Acme Inc.", "acme / inc");
        check("ACME, Incorporated", "acme / inc");
        check("Acme Company, L.L.C.", "acme / llc");
        check("Acme Public Limited Company", "acme / plc");
        check("Fiat S.p.A.", "fiat / spa");
        check("Müller GmbH & Co. KG", "muller / gmbh kg");
        check("Dupont et Cie S.A.R.L.", "dupont / sarl");
        check("Bayer Aktiengesellschaft", "bayer / ag");
        check("ООО Ромашка", "romashka / ooo");
        check(
            "Smith Bros. Intl. Mfg. Pty Ltd",
            "smith brothers international manufacturing / pty ltd",
        );
        check("The Company", "the company /");
        check("Ltd", "ltd /");
        check("J.P. Morgan & Co", "jp morgan /");
        check(
            "Univ. of Leipzig, Dept. of Chemistry",
            "university leipzig department chemistry /",
        );
        check("Grupo Bimbo S.A.B. de C.V.", "bimbo / sacv");
    }

    #[test]
    fn keys() {
        let check =
            |a: &str, b: &str| assert_eq!(CompanyName::parse(a).key(), CompanyName::parse(b).key());
        check("Leipzig University", "Univ. of Leipzig");
        check("Johnson & Johnson", "johnson and johnson Ltd.");
        assert_eq!(
            CompanyName::parse("International Business Machines Corp.").initials(),
            "ibm"
        );
        assert_eq!(registration_number(" HRB 12345-B "), "HRB12345B");
    }

    proptest! {
        #[test]
        fn never_empty(text in "(the |inc |gmbh |and |co |& |[a-z]{1,4} |\\PC){0,6}") {
            let name = CompanyName::parse(&text);
            let plain = fold(&text.replace(['&', '+'], " and "));
            prop_assert_eq!(name.words.is_empty(), plain.is_empty());
            prop_assert_eq!(registration_number(&registration_number(&text)), registration_number(&text));
        }
    }
}
