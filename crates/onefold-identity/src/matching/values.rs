//! What is known of each distinct value of a field, so that comparing two costs little.
//!
//! Invariant: every table has one entry a code.

use std::collections::BTreeMap;

use super::{dictionary::Dictionary, kind::FieldKind};

#[derive(Debug, Clone)]
pub(crate) struct Values {
    pub(crate) texts: Dictionary,
    /// The letters and digits of the value, a bit each.
    bags: Vec<u64>,
    /// A coarser form: the root of a nickname, the user of an e-mail address, the street of an address.
    roots: Vec<u32>,
    /// The words of titles with their weights, sorted by word.
    words: Vec<Vec<(u32, f32)>>,
    pub(crate) sounds: Vec<u32>,
    pub(crate) word_count: usize,
}

impl Values {
    pub(crate) fn new(kind: FieldKind, texts: Dictionary) -> Self {
        let all = std::iter::once("").chain(texts.texts());
        let bags: Vec<u64> = all.clone().map(bag).collect();
        let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
        let mut number = |text: Option<String>| match text {
            None => 0,
            Some(text) => {
                let next = numbers.len() as u32 + 1;
                *numbers.entry(text).or_insert(next)
            }
        };
        let roots: Vec<u32> = match kind {
            FieldKind::GivenName | FieldKind::Email | FieldKind::Address => {
                all.clone().map(|text| number(super::clean::root(kind, text))).collect()
            }
            _ => Vec::new(),
        };
        let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
        let sounds: Vec<u32> = match kind {
            FieldKind::GivenName | FieldKind::Word | FieldKind::Place | FieldKind::Street => all
                .clone()
                .map(|text| {
                    let sound = super::clean::sound(text);
                    let next = numbers.len() as u32 + 1;
                    if sound.is_empty() { 0 } else { *numbers.entry(sound).or_insert(next) }
                })
                .collect(),
            _ => Vec::new(),
        };
        let (words, word_count): (Vec<Vec<(u32, f32)>>, usize) = match kind {
            FieldKind::Title | FieldKind::Set => words(kind, all.clone()),
            _ => (Vec::new(), 0),
        };
        drop(all);
        Self {
            texts,
            bags,
            roots,
            words,
            sounds,
            word_count,
        }
    }

    pub(crate) fn root(&self, code: u32) -> u32 {
        self.roots.get(code as usize).copied().unwrap_or_default()
    }

    pub(crate) fn sound(&self, code: u32) -> u32 {
        self.sounds.get(code as usize).copied().unwrap_or_default()
    }

    pub(crate) fn words(&self, code: u32) -> &[(u32, f32)] {
        self.words.get(code as usize).map_or(&[], Vec::as_slice)
    }

    /// Whether the letters of two values have enough in common for them to be similar.
    pub(crate) fn may_resemble(&self, a: u32, b: u32) -> bool {
        let bag = |code: u32| self.bags.get(code as usize).copied().unwrap_or_default();
        let (a, b) = (bag(a), bag(b));
        let (common, most) = ((a & b).count_ones(), a.count_ones().max(b.count_ones()));
        common * 2 >= most
    }

    pub(crate) fn cosine(&self, a: u32, b: u32) -> f32 {
        let (mut left, mut right) = (self.words(a).iter().peekable(), self.words(b).iter().peekable());
        let mut sum = 0.0;
        while let (Some((x, p)), Some((y, q))) = (left.peek(), right.peek()) {
            match x.cmp(y) {
                std::cmp::Ordering::Less => {
                    left.next();
                }
                std::cmp::Ordering::Greater => {
                    right.next();
                }
                std::cmp::Ordering::Equal => {
                    sum += p * q;
                    left.next();
                    right.next();
                }
            }
        }
        sum
    }
}

fn bag(text: &str) -> u64 {
    text.bytes().fold(0, |bag, byte| bag | 1 << match byte {
        b'a'..=b'z' => byte - b'a',
        b'0'..=b'9' => byte - b'0' + 26,
        _ => 36 + byte % 28,
    })
}

fn words<'a>(kind: FieldKind, all: impl Iterator<Item = &'a str> + 'a) -> (Vec<Vec<(u32, f32)>>, usize) {
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    let mut counts: Vec<u32> = Vec::new();
    let split: Vec<Vec<u32>> = all
        .map(|text| {
            let mut row: Vec<u32> = super::clean::words(kind, text)
                .map(|word| {
                    let next = numbers.len() as u32;
                    let number = *numbers.entry(word.to_owned()).or_insert(next);
                    if number == next {
                        counts.push(0);
                    }
                    number
                })
                .collect();
            row.sort_unstable();
            row.dedup();
            for word in &row {
                counts[*word as usize] += 1;
            }
            row
        })
        .collect();
    let total = split.len().max(2) as f32;
    let weighted = split
        .into_iter()
        .map(|row| {
            let weight = |word: u32| (total / counts[word as usize] as f32).ln() + 0.5;
            let norm = row.iter().map(|word| weight(*word).powi(2)).sum::<f32>().sqrt();
            row.into_iter().map(|word| (word, weight(word) / norm)).collect()
        })
        .collect();
    (weighted, counts.len())
}
