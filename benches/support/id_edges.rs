//! Made-up edges between identifiers, as a log of logins has them: people with a user id, addresses of mail, telephones,
//! browsers and devices, of which each login links two.
//!
//! Invariant: the same edges and seed give the same bytes on every machine.

use std::io::{self, Write};

use crate::random::Random;

/// Edges come in the order of a log: one waits for this many others at most, and for half of them as a rule.
const WINDOW: usize = 150_000;

/// Edges of one person after another, which come out mixed with those of the people around them.
#[derive(Debug)]
struct IdEdges {
    random: Random,
    people: u64,
    /// The device of the person before, which two may use.
    device: String,
    window: Vec<[String; 2]>,
}

/// Writes so many edges, one a line: two identifiers `kind:value` with a tab between them; about 45 bytes each. A third of
/// them repeat an earlier one.
///
/// # Errors
/// Those of `out`.
pub fn write_id_edges(edges: usize, seed: u64, out: &mut dyn Write) -> io::Result<()> {
    let mut log = IdEdges {
        random: Random::new(seed),
        people: 0,
        device: String::new(),
        window: Vec::with_capacity(WINDOW),
    };
    for _ in 0..edges {
        let [left, right] = log.next();
        writeln!(out, "{left}\t{right}")?;
    }
    Ok(())
}

impl IdEdges {
    fn next(&mut self) -> [String; 2] {
        while self.window.len() < WINDOW {
            self.person();
        }
        let at = self.random.index(self.window.len());
        self.window.swap_remove(at)
    }

    fn person(&mut self) {
        self.people += 1;
        let user = format!("user:{:07}", 2_000_000 + self.people);
        let mail = self.id("email:", 8, "@inbox.example");
        // One of five thousand people uses the device of another.
        if self.device.is_empty() || self.random.below(5_000) > 0 {
            self.device = self.id("device:", 16, "");
        }
        let first = self.window.len();
        let link = |window: &mut Vec<[String; 2]>, left: &str, right: &str| {
            window.push([left.to_owned(), right.to_owned()]);
        };
        link(&mut self.window, &user, &mail);
        if self.random.chance(400) {
            let phone = format!("phone:+4910{:09}", self.random.below(1_000_000_000));
            link(&mut self.window, &user, &phone);
        }
        if self.random.chance(250) {
            let work = self.id("email:", 8, "@office.example");
            link(&mut self.window, &work, &user);
        }
        let browsers = self.browsers();
        if let Some(browser) = browsers.first() {
            link(&mut self.window, browser, &self.device);
        }
        match browsers.len() {
            // One browser led to the next, which is the worst case for those who pass labels on.
            40 => {
                for pair in browsers.windows(2) {
                    self.window.extend(<[String; 2]>::try_from(pair.to_vec()));
                }
                self.window
                    .extend(browsers.into_iter().next().map(|first| [first, user]));
            }
            _ => {
                for browser in browsers {
                    let known = match self.random.chance(600) {
                        true => &user,
                        false => &mail,
                    };
                    link(&mut self.window, &browser, known);
                }
            }
        }
        self.repeat(first);
    }

    /// One to four browsers; of a thousand people one has forty.
    fn browsers(&mut self) -> Vec<String> {
        let count = match self.random.chance(1) {
            true => 40,
            false => 1 + self.random.below(4),
        };
        (0..count).map(|_| self.browser()).collect()
    }

    fn browser(&mut self) -> String {
        let word = self.random.word();
        let more = self.random.word() >> 48;
        format!("anon:{:08x}-{more:04x}-{:08x}", word >> 32, word as u32)
    }

    /// Each login has a chance to come again.
    fn repeat(&mut self, first: usize) {
        for _ in first..self.window.len() {
            if self.random.chance(550) {
                let known = first + self.random.index(self.window.len() - first);
                self.window.extend(self.window.get(known).cloned());
            }
        }
    }

    fn id(&mut self, kind: &str, digits: usize, end: &str) -> String {
        let number = format!("{:016x}", self.random.word());
        format!("{kind}{}{end}", number.get(..digits).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    fn text(edges: usize, seed: u64) -> String {
        let mut text = Vec::new();
        write_id_edges(edges, seed, &mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn a_seed_gives_the_same_bytes() {
        assert_eq!(text(1_000, 1), text(1_000, 1));
        assert_ne!(text(1_000, 1), text(1_000, 2));
        assert_eq!(text(0, 1), "");
    }

    #[test]
    fn what_is_promised_is_in_them() {
        let text = text(500_000, 1);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 500_000);
        let different: HashSet<&str> = lines.iter().copied().collect();
        let repeated = 1_000 - different.len() / 500;
        assert!((250..400).contains(&repeated), "{repeated} of a thousand");
        let mut kinds: HashMap<&str, usize> = HashMap::new();
        for line in &lines {
            let (left, right) = line.split_once('\t').unwrap();
            for id in [left, right] {
                *kinds.entry(id.split_once(':').unwrap().0).or_default() += 1;
            }
        }
        let mut told: Vec<&str> = kinds.keys().copied().collect();
        told.sort_unstable();
        assert_eq!(told, ["anon", "device", "email", "phone", "user"]);
        assert!(kinds.values().all(|count| *count > 20_000), "{kinds:?}");
    }
}
