//! Which pairs of rows are compared at all.
//!
//! Invariant: a pair comes once, the lower row first, whichever rules it satisfies.

use super::{
    compare::Pair,
    field::{Field, Fields},
    kind::FieldKind,
};

/// A part of a value by which rows are brought together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Part {
    Equal,
    Root,
    Sound,
    Prefix(u8),
    Suffix(u8),
    Year,
    MonthDay,
    /// Any of the rarest words.
    Word,
}

/// A part of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Atom {
    pub(crate) field: usize,
    pub(crate) part: Part,
}

/// Rows that agree in all atoms are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) atoms: Vec<Atom>,
}

/// The key of each row for each atom; 0 where it has none.
#[derive(Debug)]
pub(crate) struct AtomKeys {
    pub(crate) atom: Atom,
    by_code: Vec<u32>,
}

impl AtomKeys {
    pub(crate) fn new(fields: &Fields, atom: Atom) -> Self {
        let field = &fields[atom.field];
        let by_code = (0..field.values.texts.codes() as u32).map(|code| key_of(field, atom.part, code)).collect();
        Self { atom, by_code }
    }

    fn key(&self, fields: &Fields, row: u32) -> u32 {
        let code = fields.code(self.atom.field, row);
        self.by_code[code as usize]
    }
}

fn key_of(field: &Field, part: Part, code: u32) -> u32 {
    if code == 0 {
        return 0;
    }
    let bytes = field.bytes(code);
    match part {
        Part::Equal => code,
        Part::Root => field.values.root(code),
        Part::Sound => field.values.sound(code),
        Part::Prefix(length) => hash_bytes(bytes.get(..usize::from(length)).unwrap_or_default()),
        Part::Suffix(length) => {
            let from = bytes.len().checked_sub(usize::from(length));
            from.map_or(0, |from| hash_bytes(&bytes[from..]))
        }
        Part::Year if bytes.len() == 8 => hash_bytes(&bytes[..4]),
        Part::MonthDay if bytes.len() == 8 => hash_bytes(&bytes[4..]),
        _ => 0,
    }
}

fn hash_bytes(bytes: &[u8]) -> u32 {
    if bytes.is_empty() {
        return 0;
    }
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
    mix(hash).max(1)
}

fn mix(mut word: u64) -> u32 {
    word = (word ^ (word >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (word >> 32) as u32
}

/// The key of a rule for a row. Names are summed, so that exchanged ones have the same key.
pub(crate) fn rule_key(fields: &Fields, atoms: &[&AtomKeys], row: u32) -> u32 {
    let mut sum = 0_u64;
    for atom in atoms {
        let key = atom.key(fields, row);
        if key == 0 {
            return 0;
        }
        let kind = fields[atom.atom.field].kind;
        let salt = if kind.is_name() && atom.atom.part == Part::Equal { 1_u64 } else { 2 + atom.atom.field as u64 };
        let word = u64::from(key) | salt << 32;
        sum = sum.wrapping_add((word ^ (word >> 15)).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    }
    mix(sum).max(1)
}

/// How many pairs have equal keys.
pub(crate) fn count_pairs(mut keys: Vec<u32>) -> u64 {
    keys.sort_unstable();
    let mut total = 0_u64;
    for group in keys.chunk_by(|a, b| a == b) {
        if group[0] != 0 {
            total += group.len() as u64 * (group.len() as u64 - 1) / 2;
        }
    }
    total
}

/// The pairs of all rules, each once.
pub(crate) fn pairs(fields: &Fields, rows: u32, rules: &[Rule], group_max: usize) -> Vec<Pair> {
    let mut done: Vec<Vec<u32>> = Vec::new();
    let mut out: Vec<Pair> = Vec::new();
    let (words, plain): (Vec<&Rule>, Vec<&Rule>) = rules.iter().partition(|rule| rule.atoms.iter().any(|atom| atom.part == Part::Word));
    let mut order: Vec<u64> = Vec::new();
    for rule in plain {
        let atoms: Vec<AtomKeys> = rule.atoms.iter().map(|atom| AtomKeys::new(fields, *atom)).collect();
        let atoms: Vec<&AtomKeys> = atoms.iter().collect();
        let mut keys: Vec<u32> = (0..rows).map(|row| rule_key(fields, &atoms, row)).collect();
        order.clear();
        order.extend(keys.iter().zip(0_u64..).filter(|(key, _)| **key != 0).map(|(key, row)| u64::from(*key) << 32 | row));
        order.sort_unstable();
        for group in order.chunk_by(|a, b| a >> 32 == b >> 32) {
            if group.len() > group_max {
                for entry in group {
                    keys[*entry as u32 as usize] = 0;
                }
                continue;
            }
            for (at, left) in group.iter().enumerate() {
                for right in &group[at + 1..] {
                    let pair = [*left as u32, *right as u32];
                    if !done.iter().any(|keys| same(keys, pair)) {
                        out.push(pair);
                    }
                }
            }
        }
        done.push(keys);
    }
    let mut more: Vec<Pair> = Vec::new();
    for rule in words {
        for atom in &rule.atoms {
            word_pairs(fields, atom.field, rows, &done, group_max, &mut more);
        }
    }
    more.sort_unstable();
    more.dedup();
    out.extend(more);
    out
}

fn same(keys: &[u32], [left, right]: Pair) -> bool {
    let key = keys[left as usize];
    key != 0 && key == keys[right as usize]
}

fn word_pairs(fields: &Fields, number: usize, rows: u32, done: &[Vec<u32>], group_max: usize, out: &mut Vec<Pair>) {
    let field = &fields[number];
    let mut counts = vec![0_u32; field.values.word_count];
    for row in 0..rows {
        for (word, _) in field.values.words(fields.code(number, row)) {
            counts[*word as usize] += 1;
        }
    }
    let mut order: Vec<u64> = Vec::new();
    for row in 0..rows {
        let mut rare: Vec<(u32, u32)> = field.values.words(fields.code(number, row)).iter().map(|(word, _)| (counts[*word as usize], *word)).filter(|(count, _)| *count > 1).collect();
        rare.sort_unstable();
        let rarest = rare.iter().take(4);
        order.extend(rarest.map(|(_, word)| u64::from(*word) << 32 | u64::from(row)));
    }
    order.sort_unstable();
    for group in order.chunk_by(|a, b| a >> 32 == b >> 32) {
        if group.len() > group_max {
            continue;
        }
        for (at, left) in group.iter().enumerate() {
            for right in &group[at + 1..] {
                let pair = [*left as u32, *right as u32];
                if !done.iter().any(|keys| same(keys, pair)) {
                    out.push(pair);
                }
            }
        }
    }
}

/// The parts by which a kind of field may bring rows together.
pub(crate) fn parts(kind: FieldKind) -> &'static [Part] {
    match kind {
        FieldKind::GivenName | FieldKind::Surname => &[Part::Equal, Part::Sound, Part::Prefix(3)],
        FieldKind::Date => &[Part::Equal, Part::Year, Part::MonthDay],
        FieldKind::Email => &[Part::Equal, Part::Root, Part::Prefix(5)],
        FieldKind::Phone | FieldKind::Code => &[Part::Equal, Part::Prefix(5), Part::Suffix(5)],
        FieldKind::Address => &[Part::Equal, Part::Root, Part::Prefix(6)],
        FieldKind::Street => &[Part::Equal, Part::Sound, Part::Prefix(5)],
        FieldKind::HouseNumber | FieldKind::Postcode | FieldKind::Category => &[Part::Equal],
        FieldKind::Place => &[Part::Equal],
        FieldKind::Title => &[Part::Equal, Part::Prefix(5), Part::Word],
        FieldKind::Set => &[Part::Equal, Part::Word],
        FieldKind::Number => &[Part::Equal],
        FieldKind::Word => &[Part::Equal, Part::Sound, Part::Prefix(4)],
    }
}
