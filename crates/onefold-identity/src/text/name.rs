//! Names of people, taken apart: title, given names, surname with its particles, suffix.
//!
//! Invariant: every word of the text is in exactly one part, folded; a name of one word is a surname only after a
//! comma, else a given name.

use std::collections::VecDeque;

use super::{fold, nickname::nickname_root, words::WordSet};

static TITLES: WordSet = WordSet::new(include_str!("data/titles.txt"));
static SUFFIXES: WordSet = WordSet::new(include_str!("data/name_suffixes.txt"));
static PARTICLES: WordSet = WordSet::new(include_str!("data/particles.txt"));
/// What belongs to a title only behind one: `Dr. med.`, but `Phil Collins`.
const TITLE_ENDS: [&str; 8] = ["fh", "habil", "hc", "med", "nat", "phil", "rer", "univ"];

/// The parts of a person's name, each folded; what is absent is empty.
///
/// Reads `Given Surname`, `Surname, Given`, and `SURNAME Given` where only the surname is in capitals. Which of
/// several unmarked words belong to the surname cannot be known (`Gabriel García Márquez`): the last one is taken,
/// with the particles before it; a hyphen binds. Compare [`sorted_words`](Self::sorted_words) where order is in doubt.
///
/// ```
/// # use onefold_identity::text::PersonName;
/// let name = PersonName::parse("Prof. Dr. Jean-Pierre de la Fontaine III");
/// assert_eq!((name.title.as_str(), name.suffix.as_str()), ("prof dr", "iii"));
/// assert_eq!((name.given, name.surname.as_str()), (vec!["jean pierre".to_owned()], "de la fontaine"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PersonName {
    /// `dr`, `mrs`, `prof dr`.
    pub title: String,
    /// First and middle names in order; an initial is a name of one letter, `jean pierre` is one name.
    pub given: Vec<String>,
    /// All words of the surname with its particles: `van der berg`, `smith jones`, `macdonald`.
    pub surname: String,
    /// `jr`, `iii`, `phd`.
    pub suffix: String,
}

impl PersonName {
    /// The parts of this text; nothing is refused, an empty text has no parts.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut parts: VecDeque<Vec<Word>> = text
            .split(',')
            .map(words)
            .filter(|words| !words.is_empty())
            .collect();
        let mut name = Self::default();
        // `Smith, John, Jr` and `John Smith, PhD`: a part of suffixes only is no name.
        while parts.len() > 1
            && parts
                .back()
                .is_some_and(|part| part.iter().all(Word::is_suffix))
        {
            let suffixes = parts.pop_back().unwrap_or_default();
            name.suffix = joined(&[join(&suffixes), std::mem::take(&mut name.suffix)]);
        }
        let mut first: VecDeque<Word> = parts.pop_front().unwrap_or_default().into();
        if parts.is_empty() {
            name.take_title(&mut first);
            name.take_suffix(&mut first);
            name.split(first.into());
        } else {
            let mut given: VecDeque<Word> = parts.into_iter().flatten().collect();
            name.take_title(&mut first);
            name.take_title(&mut given);
            name.take_suffix(&mut given);
            name.take_suffix(&mut first);
            name.surname = surname(first.make_contiguous());
            name.given = given.into_iter().flat_map(Word::into_given).collect();
        }
        name
    }

    /// The first given name, empty where there is none.
    #[must_use]
    pub fn first(&self) -> &str {
        self.given.first().map_or("", String::as_str)
    }

    /// The full form of the first given name: see [`nickname_root`](super::nickname_root).
    #[must_use]
    pub fn first_root(&self) -> &str {
        nickname_root(self.first())
    }

    /// The first letters of all given names: `jrr`.
    #[must_use]
    pub fn initials(&self) -> String {
        let words = self.given.iter().flat_map(|name| name.split(' '));
        words.filter_map(|word| word.chars().next()).collect()
    }

    /// The surname without its particles: `berg` of `van der berg`; all of it where nothing would be left.
    #[must_use]
    pub fn surname_core(&self) -> &str {
        let mut core = self.surname.as_str();
        while let Some((word, rest)) = core.split_once(' ') {
            if !PARTICLES.has(word) {
                break;
            }
            core = rest;
        }
        core
    }

    /// The surname as one word: `vanderberg`, so that spacing and hyphens do not count.
    #[must_use]
    pub fn surname_joined(&self) -> String {
        self.surname.replace(' ', "")
    }

    /// All words of given names and surname in alphabetical order: the same whatever order they were written in.
    #[must_use]
    pub fn sorted_words(&self) -> Vec<&str> {
        let given = self.given.iter().flat_map(|name| name.split(' '));
        let words = given.chain(self.surname.split(' '));
        let mut words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        words.sort_unstable();
        words
    }

    fn take_title(&mut self, words: &mut VecDeque<Word>) {
        let mut titles = Vec::new();
        while words.len() > 1
            && words
                .front()
                .is_some_and(|it| it.is_title(!titles.is_empty()))
        {
            titles.extend(words.pop_front());
        }
        self.title = joined(&[std::mem::take(&mut self.title), join(&titles)]);
    }

    fn take_suffix(&mut self, words: &mut VecDeque<Word>) {
        let mut suffixes = VecDeque::new();
        while words.len() > 1 && words.back().is_some_and(Word::is_suffix) {
            suffixes.extend(words.pop_back());
        }
        suffixes.make_contiguous().reverse();
        let found = join(suffixes.make_contiguous());
        self.suffix = joined(&[found, std::mem::take(&mut self.suffix)]);
    }

    /// Given names and surname of words in a row.
    fn split(&mut self, mut words: Vec<Word>) {
        let capitals = words.iter().take_while(|word| word.capitals).count();
        let marked = (1..words.len()).contains(&capitals)
            && words.iter().skip(capitals).all(|it| !it.capitals)
            // Two capitals are initials rather: `TJ Smith`.
            && words.iter().take(capitals).any(|it| it.folded.len() > 2);
        if marked {
            words.rotate_left(capitals);
            let at = words.len() - capitals;
            self.surname = surname(words.get(at..).unwrap_or_default());
            words.truncate(at);
        } else if words.len() > 1 {
            let last = words.len() - 1;
            let particle = |(index, word): (usize, &Word)| {
                (index > 0 && index < last && word.is_particle()).then_some(index)
            };
            let mut at = words.iter().enumerate().find_map(particle).unwrap_or(last);
            // `Ramón y Cajal`: the `y` has a surname on both sides.
            if at > 1 && words.get(at).is_some_and(|word| word.folded == "y") {
                at -= 1;
            }
            self.surname = surname(words.get(at..).unwrap_or_default());
            words.truncate(at);
        }
        self.given = words.into_iter().flat_map(Word::into_given).collect();
    }
}

/// One word as written, which may fold to several: `Jean-Pierre`, `J.R.R.`.
struct Word {
    folded: String,
    capitals: bool,
}

impl Word {
    fn is_title(&self, behind_another: bool) -> bool {
        let word = |it: &str| TITLES.has(it) || (behind_another && TITLE_ENDS.contains(&it));
        self.folded.split(' ').all(word)
    }

    fn is_suffix(&self) -> bool {
        SUFFIXES.has(&self.folded) || SUFFIXES.has(&self.folded.replace(' ', ""))
    }

    fn is_particle(&self) -> bool {
        PARTICLES.has(&self.folded)
    }

    /// A hyphenated name is one; initials are one each.
    fn into_given(self) -> Vec<String> {
        match self.folded.split(' ').all(|it| it.len() == 1) {
            true => self.folded.split(' ').map(str::to_owned).collect(),
            false => vec![self.folded],
        }
    }
}

fn words(text: &str) -> Vec<Word> {
    let word = |text: &str| {
        let mut letters = text.chars().filter(|letter| letter.is_alphabetic());
        // Letters with dots are initials; writing without case has no capitals.
        let capitals = !text.contains('.') && letters.all(char::is_uppercase);
        let folded = fold(text);
        (!folded.is_empty()).then_some(Word { folded, capitals })
    };
    // `O' Brien` with a gap is `O'Brien`.
    let text = text.replace("O' ", "O'").replace("O’ ", "O’");
    text.split_whitespace().filter_map(word).collect()
}

/// The words of a surname; `mac` and `mc` are bound to what follows.
fn surname(words: &[Word]) -> String {
    let mut surname = String::new();
    let mut bound = false;
    for word in words {
        if !surname.is_empty() && !bound {
            surname.push(' ');
        }
        surname.push_str(&word.folded);
        bound = matches!(word.folded.as_str(), "mac" | "mc");
    }
    surname
}

fn join(words: &[Word]) -> String {
    let words: Vec<&str> = words.iter().map(|word| word.folded.as_str()).collect();
    words.join(" ")
}

fn joined(parts: &[String]) -> String {
    let parts: Vec<&str> = parts
        .iter()
        .map(String::as_str)
        .filter(|it| !it.is_empty())
        .collect();
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(name: &PersonName) -> String {
        let given = name.given.join("|");
        [&name.title, &given, &name.surname, &name.suffix]
            .map(String::as_str)
            .join("/")
    }

    #[test]
    fn names() {
        let check = |text: &str, expected: &str| {
            assert_eq!(parts(&PersonName::parse(text)), expected, "{text}");
        };
        check("", "///");
        check("Anna", "/anna//");
        check("Anna Berg", "/anna/berg/");
        check("Berg, Anna", "/anna/berg/");
        check("Berg,", "/berg//");
        check("Dr. Anna M. Berg", "dr/anna|m/berg/");
        check(
            "Mr. & Mrs. Smith",
            "mr mrs//smith/".replace("//smith", "/smith/").as_str(),
        );
        check(
            "Dr. med. Dipl.-Ing. Max Muster",
            "dr med dipl ing/max/muster/",
        );
        check("Phil Collins", "/phil/collins/");
        check("John Smith Jr.", "/john/smith/jr");
        check("John Smith, Jr., PhD", "/john/smith/jr phd");
        check("Smith, John, III", "/john/smith/iii");
        check("Smith Jr, Dr John", "dr/john/smith/jr");
        check("Ludwig van der Rohe", "/ludwig/van der rohe/");
        check("van der Berg, Anna", "/anna/van der berg/");
        check("J.R.R. Tolkien", "/j|r|r/tolkien/");
        check("Mary Smith-Jones", "/mary/smith jones/");
        check("Jean-Pierre Dupont", "/jean pierre/dupont/");
        check("DUPONT Jean", "/jean/dupont/");
        check("TJ Smith", "/tj/smith/");
        check("DE LA TOUR Marie Anne", "/marie|anne/de la tour/");
        check("ANNA BERG", "/anna/berg/");
        check("Sean O' Brien", "/sean/obrien/");
        check("Ian Mac Donald", "/ian/macdonald/");
        check("Santiago Ramón y Cajal", "/santiago/ramon y cajal/");
        check("Ben Al", "/ben/al/");
        check("Мария Иванова", "/mariia/ivanova/");
        check(", ,", "///");
    }

    #[test]
    fn views() {
        let name = PersonName::parse("Bob J. van der Berg");
        assert_eq!((name.first(), name.first_root()), ("bob", "robert"));
        assert_eq!(
            (name.surname_core(), name.initials().as_str()),
            ("berg", "bj")
        );
        assert_eq!(name.surname_joined(), "vanderberg");
        assert_eq!(name.sorted_words(), ["berg", "bob", "der", "j", "van"]);
        assert_eq!(PersonName::parse("X, Y").surname_core(), "x");
    }

    proptest! {
        #[test]
        fn no_word_is_lost(text in "(Dr |van |[A-Za-z,. '-]{1,6}|\\PC){0,8}") {
            let name = PersonName::parse(&text);
            let letters = |text: &str| {
                let mut letters: Vec<char> = text.chars().filter(|it| *it != ' ').collect();
                letters.sort_unstable();
                letters
            };
            let all = [&name.title, &name.given.concat(), &name.surname, &name.suffix];
            prop_assert_eq!(letters(&all.map(String::as_str).concat()), letters(&fold(&text)));
        }

        /// Words from letters that no list has, so that only the order is tried.
        #[test]
        fn order_does_not_count(given in "Q[b-d]{2,5}( Q[b-d]{1,5}){0,2}", surname in "(de |van der )?Q[b-d]{2,5}(-Q[b-d]{2,5})?") {
            let name = PersonName::parse(&format!("{given} {surname}"));
            prop_assert_eq!(&PersonName::parse(&format!("{surname}, {given}")), &name);
            prop_assert_eq!(name.surname, fold(&surname));
            prop_assert_eq!(name.given.join(" "), fold(&given));
        }
    }
}
