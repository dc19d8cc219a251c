//! Which blocking rules bring together most matches at the least cost.
//!
//! Matches are made up: each field of a made-up pair is missing, equal, slightly wrong or different as often as the kind
//! of the field lets expect. A rule is worth the made-up matches it brings together that no rule before it did, and
//! a little more for those that only one or two did. Invariant: the expected pairs of all rules stay in the budget.

use crate::matching::{
    blocking::{Atom, AtomKeys, Part, Rule, count_pairs, count_word_pairs, parts, rule_key},
    compare::FIELDS_MAX,
    field::Fields,
    kind::FieldKind,
    settings::{BLOCK_ROWS_MAX, FieldSetting, written},
    train::Random,
};

/// Rules in the order in which they were chosen.
#[derive(Debug, Clone)]
pub(super) struct Proposed {
    pub(super) rules: Vec<ProposedRule>,
    /// The share of made-up matches that they bring together.
    recall: f64,
}

/// A rule with the pairs it is expected to bring together.
#[derive(Debug, Clone)]
pub(super) struct ProposedRule {
    pub(super) rule: Rule,
    pairs: f64,
}

const RULES_MAX: usize = 24;
/// Made-up matches: at 4,000 a share is known to one per cent.
const MATCHES: usize = 4_000;
/// What a match is worth that so many rules already bring together.
const WORTH: [u32; 5] = [100, 25, 8, 3, 0];
/// What a rule must be worth if it spends the whole budget: one made-up match in a hundred.
const WORTH_OF_BUDGET: f64 = 4_000.0;
/// What the cheapest rule must be worth.
const WORTH_MIN: f64 = 5.0;
/// Rows on which the cost of a rule is counted.
const ROWS_MAX: u32 = 30_000;
const SEED: u64 = 11;

impl Proposed {
    pub(super) fn reasons(&self, fields: &[FieldSetting]) -> Vec<String> {
        let rule = |proposed: &ProposedRule| {
            let name = written(&proposed.rule, fields);
            format!(
                "rule `{name}` brings together about {:.0} pairs",
                proposed.pairs
            )
        };
        let mut reasons: Vec<String> = self.rules.iter().map(rule).collect();
        if !self.rules.is_empty() {
            let percent = self.recall * 100.0;
            reasons.push(format!(
                "{percent:.1} % of made-up matches are brought together by one of the rules"
            ));
        }
        reasons
    }
}

/// No rules, which means every pair, if these are few enough.
pub(super) fn propose(fields: &Fields, budget: u64) -> Proposed {
    let rows = fields.rows() as u64;
    if rows * rows.saturating_sub(1) / 2 <= budget {
        return Proposed {
            rules: Vec::new(),
            recall: 1.0,
        };
    }
    let atoms = atoms(fields);
    let options = options(fields, &atoms, budget as f64 * 0.5);
    let matches = make_up(fields, &atoms);
    let (chosen, recall) = choose(&options, &matches, budget as f64, fields.rows());
    // Costly rules are better than none, which would mean every pair.
    let is_only = chosen.is_empty();
    let worded = fields
        .iter()
        .enumerate()
        .filter(|(_, field)| parts(field.kind).contains(&Part::Word));
    let by_word = worded.filter_map(|(field, _)| {
        let pairs = count_word_pairs(fields, field, BLOCK_ROWS_MAX);
        (pairs <= budget || is_only).then(|| ProposedRule {
            rule: Rule {
                atoms: vec![Atom {
                    field,
                    part: Part::Word,
                }],
            },
            pairs: pairs as f64,
        })
    });
    let by_parts = chosen.into_iter().map(|option| ProposedRule {
        rule: Rule {
            atoms: option
                .atoms
                .iter()
                .filter_map(|at| atoms.get(*at))
                .copied()
                .collect(),
        },
        pairs: option.pairs,
    });
    Proposed {
        rules: by_parts.chain(by_word).collect(),
        recall,
    }
}

/// The parts of fields that may stand in a rule: at most as many as a word has bits.
fn atoms(fields: &Fields) -> Vec<Atom> {
    let of = |(field, kind): (usize, FieldKind)| {
        let kept = parts(kind).iter().filter(|part| **part != Part::Word);
        kept.map(move |part| Atom { field, part: *part })
    };
    let kinds = fields.iter().map(|field| field.kind).enumerate();
    kinds.take(FIELDS_MAX).flat_map(of).take(64).collect()
}

/// A rule that could be chosen.
#[derive(Debug, Clone)]
struct RuleOption {
    /// Numbers of atoms.
    atoms: Vec<usize>,
    /// The same as bits.
    bits: u64,
    pairs: f64,
}

/// Every atom and every two atoms of two fields that bring together no more pairs than `limit`.
fn options(fields: &Fields, atoms: &[Atom], limit: f64) -> Vec<RuleOption> {
    let keys: Vec<AtomKeys> = atoms
        .iter()
        .map(|atom| AtomKeys::new(fields, *atom))
        .collect();
    let rows = fields.rows() as u32;
    let stride = rows.div_ceil(ROWS_MAX).max(1);
    let mut row_keys = Vec::new();
    let mut cost = |chosen: &[&AtomKeys]| {
        row_keys.clear();
        row_keys.extend(
            (0..rows)
                .step_by(stride as usize)
                .map(|row| rule_key(chosen, fields.row(row))),
        );
        count_pairs(&mut row_keys) as f64 * f64::from(stride) * f64::from(stride)
    };
    let option = |atoms: Vec<usize>, pairs| RuleOption {
        bits: atoms.iter().fold(0, |bits, at| bits | 1 << at),
        atoms,
        pairs,
    };
    let alone: Vec<f64> = keys.iter().map(|keys| cost(&[keys])).collect();
    // A key that no two rows share is no rule; on a part of the rows that may be by chance.
    let least = if stride == 1 { 1.0 } else { 0.0 };
    let is_worth_it = |pairs: f64| (least..=limit).contains(&pairs);
    let singles = alone
        .iter()
        .enumerate()
        .filter(|(_, pairs)| is_worth_it(**pairs));
    let mut options: Vec<RuleOption> = singles
        .map(|(at, pairs)| option(vec![at], *pairs))
        .collect();
    let of_atoms = || atoms.iter().zip(&keys).zip(&alone).enumerate();
    for (high, ((high_atom, high_keys), high_alone)) in of_atoms() {
        for (low, ((low_atom, low_keys), low_alone)) in of_atoms().take(high) {
            // What is rare enough alone gains nothing from a second part.
            if high_atom.field == low_atom.field || high_alone.min(*low_alone) <= f64::from(rows) {
                continue;
            }
            let pairs = cost(&[low_keys, high_keys]);
            if is_worth_it(pairs) {
                options.push(option(vec![low, high], pairs));
            }
        }
    }
    options
}

/// The best rules, one after the other, and the share of made-up matches that they bring together.
fn choose(
    options: &[RuleOption],
    matches: &[u64],
    budget: f64,
    rows: usize,
) -> (Vec<RuleOption>, f64) {
    let mut covered = vec![0_usize; matches.len()];
    let mut chosen: Vec<RuleOption> = Vec::new();
    let mut spent = 0.0;
    // Following a rule costs something even if it brings nothing together.
    let least_cost = rows as f64 * 0.02 + 10.0;
    while chosen.len() < RULES_MAX {
        let worth = |option: &RuleOption| {
            let brought = matches
                .iter()
                .zip(&covered)
                .filter(|(bits, _)| *bits & option.bits == option.bits);
            brought
                .filter_map(|(_, times)| WORTH.get(*times))
                .sum::<u32>()
        };
        let affordable = options
            .iter()
            .filter(|option| spent + option.pairs <= budget);
        let is_new = |option: &&RuleOption| chosen.iter().all(|other| other.bits != option.bits);
        let rated = affordable
            .filter(is_new)
            .map(|option| (worth(option), option));
        let value =
            |(worth, option): &(u32, &RuleOption)| f64::from(*worth) / (option.pairs + least_cost);
        let best = rated
            .filter(|(worth, option)| {
                f64::from(*worth) > WORTH_MIN.max(WORTH_OF_BUDGET * option.pairs / budget)
            })
            .max_by(|a, b| value(a).total_cmp(&value(b)).then(b.1.bits.cmp(&a.1.bits)));
        let Some((_, option)) = best else { break };
        spent += option.pairs;
        for (bits, times) in matches.iter().zip(&mut covered) {
            if bits & option.bits == option.bits {
                *times = (*times + 1).min(WORTH.len() - 1);
            }
        }
        chosen.push(option.clone());
    }
    let brought = covered.iter().filter(|times| **times > 0).count();
    (chosen, brought as f64 / matches.len().max(1) as f64)
}

/// How a field of a made-up match is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Made {
    Equal,
    /// Slightly wrong; the share decides which parts are right all the same.
    Close(f64),
    Lost,
}

/// Made-up matches: for each, a bit an atom that says whether the two rows agree in it.
fn make_up(fields: &Fields, atoms: &[Atom]) -> Vec<u64> {
    let mut random = Random::new(SEED);
    (0..MATCHES)
        .map(|_| {
            let made: Vec<Made> = fields
                .iter()
                .map(|field| make_field(field, fields.rows(), &mut random))
                .collect();
            let agreeing = atoms.iter().enumerate().filter(|(_, atom)| {
                made.get(atom.field)
                    .is_some_and(|made| agrees(*made, atom.part))
            });
            agreeing.fold(0, |bits, (at, _)| bits | 1 << at)
        })
        .collect()
}

fn make_field(field: &crate::matching::field::Field, rows: usize, random: &mut Random) -> Made {
    let missing = field.counts.first().copied().unwrap_or_default();
    let filled = 1.0 - f64::from(missing) / rows.max(1) as f64;
    let (is_there, draw, luck) = (
        random.share() < filled * filled,
        random.share(),
        random.share(),
    );
    let levels = field.kind.levels();
    let equal = levels.last().map_or(0.0, |level| level.match_prior);
    let different = levels.first().map_or(0.0, |level| level.match_prior);
    match () {
        () if !is_there => Made::Lost,
        () if draw < equal => Made::Equal,
        () if draw < 1.0 - different => Made::Close(luck),
        () => Made::Lost,
    }
}

/// Whether a part of the field survives: a slip late in a word leaves its beginning, one early leaves its end.
fn agrees(made: Made, part: Part) -> bool {
    match (made, part) {
        (Made::Equal, _) => true,
        (Made::Lost, _) | (Made::Close(_), Part::Equal | Part::Word) => false,
        (Made::Close(luck), Part::Sound | Part::Year) => luck < 0.6,
        (Made::Close(luck), Part::Root | Part::Suffix(_)) => luck < 0.5,
        (Made::Close(luck), Part::Prefix(_)) => luck > 0.3,
        (Made::Close(luck), Part::MonthDay) => luck > 0.6,
    }
}
