//! From records to scored pairs.

use super::{
    auto, blocking,
    compare::patterns,
    field::{self, Fields},
    model::terms,
    records::Records,
    train::{Sample, random_pairs, train},
};

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoredPair {
    pub left: u32,
    pub right: u32,
    pub bits: f64,
}

#[derive(Debug)]
pub struct Linked {
    pub pairs: Vec<ScoredPair>,
    pub reasons: Vec<String>,
    pub candidates: usize,
}

pub fn link(records: &Records, never: &[&str]) -> Linked {
    let clock = std::time::Instant::now();
    let mut reasons = Vec::new();
    let mut say = |reasons: &mut Vec<String>, what: &str| reasons.push(format!("-- {what} at {:.2} s", clock.elapsed().as_secs_f64()));
    let (plans, why) = auto::propose(records, never);
    reasons.extend(why);
    say(&mut reasons, "proposed");
    let fields: Fields = field::prepare(records, &plans);
    say(&mut reasons, "prepared");
    let rows = records.rows() as u32;
    let all_pairs = u64::from(rows) * u64::from(rows.max(1) - 1) / 2;
    let budget = (5 * u64::from(rows)).max(1_000_000);
    let rules = auto::propose_rules(&fields, rows, budget);
    for (rule, cost) in &rules {
        let names: Vec<String> = rule.atoms.iter().map(|atom| format!("{}:{:?}", fields[atom.field].name, atom.part)).collect();
        reasons.push(format!("rule {} about {cost} pairs", names.join(" & ")));
    }
    say(&mut reasons, "rules");
    let rules: Vec<_> = rules.into_iter().map(|(rule, _)| rule).collect();
    let candidates = if all_pairs <= budget {
        (0..rows).flat_map(|left| (left + 1..rows).map(move |right| [left, right])).collect()
    } else {
        blocking::pairs(&fields, rows, &rules, 2000)
    };
    say(&mut reasons, "candidates");
    let most = 300_000;
    let stride = candidates.len().div_ceil(most).max(1);
    let chosen: Vec<_> = candidates.iter().copied().step_by(stride).collect();
    let sample = Sample::new(&fields, &chosen, candidates.len() as f64);
    let chance = Sample::new(&fields, &random_pairs(rows, 300_000, 5), all_pairs as f64);
    say(&mut reasons, "samples");
    let model = train(&fields, &sample, &chance, all_pairs as f64, f64::from(rows));
    say(&mut reasons, "trained");
    for (number, class) in model.classes.iter().enumerate() {
        reasons.push(format!("class {number}: {:.0} pairs, match {}", class.count, model.is_match[number]));
        for (field, table) in fields.iter().zip(&class.tables) {
            let levels = field.kind.levels();
            let shown: Vec<String> = levels.iter().enumerate().map(|(at, level)| format!("{} {:.4}", level.name, table.rows[0][at + 1])).collect();
            let parent = table.parent.map_or("-".into(), |parent| fields[parent].name.clone());
            reasons.push(format!("    {} (on {parent}): {}", field.name, shown.join(", ")));
        }
    }
    reasons.push("chance".to_owned());
    for (field, chance) in fields.iter().zip(&model.chance) {
        let levels = field.kind.levels();
        let shown: Vec<String> = levels.iter().enumerate().map(|(at, level)| format!("{} {:.6}", level.name, chance[at + 1])).collect();
        reasons.push(format!("    {}: {}", field.name, shown.join(", ")));
    }
    let mut pairs = Vec::new();
    let mut found = Vec::new();
    let scorer = model.scorer(&fields);
    let mut weights = vec![0.0; scorer.classes()];
    for chunk in candidates.chunks(4096) {
        patterns(&fields, chunk, &mut found);
        for (pair, pattern) in chunk.iter().zip(&found) {
            let terms = terms(&fields, *pair, *pattern);
            if let Some(bits) = scorer.bits_at_least(*pattern, terms, -12.0, &mut weights) {
                pairs.push(ScoredPair { left: pair[0], right: pair[1], bits });
            }
        }
    }
    say(&mut reasons, "scored");
    Linked { pairs, reasons, candidates: candidates.len() }
}
