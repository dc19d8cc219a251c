//! Learning the model from the records themselves, without labels: expectation maximisation.
//!
//! Invariant: the same records, plans and seed give the same model.

use super::{
    compare::{Pair, Pattern, patterns},
    field::Fields,
    kind::FieldKind,
    model::{Class, LEVELS, Model, Table, terms},
};

/// A small generator of numbers that are random enough for drawing samples (SplitMix64).
#[derive(Debug, Clone)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(bound) * (self.next() >> 32)) >> 32) as u32
    }
}

/// Pairs to learn from: each different observation with the number of pairs it stands for.
pub(crate) struct Sample {
    pub(crate) rows: Vec<(Pattern, u128, f64)>,
}

impl Sample {
    pub(crate) fn new(fields: &Fields, pairs: &[Pair], stand_for: f64) -> Self {
        let mut found = Vec::new();
        patterns(fields, pairs, &mut found);
        let mut all: Vec<(Pattern, u128)> = pairs.iter().zip(&found).map(|(pair, pattern)| (*pattern, terms(fields, *pair, *pattern))).collect();
        all.sort_unstable();
        let weight = stand_for / pairs.len().max(1) as f64;
        let groups = all.chunk_by(|a, b| a == b);
        let rows = groups.map(|group| (group[0].0, group[0].1, weight * group.len() as f64)).collect();
        Self { rows }
    }
}

pub(crate) fn random_pairs(rows: u32, count: usize, seed: u64) -> Vec<Pair> {
    let mut random = Random(seed);
    let mut out = Vec::with_capacity(count);
    while out.len() < count && rows > 1 {
        let (left, right) = (random.below(rows), random.below(rows));
        if left != right {
            out.push([left.min(right), left.max(right)]);
        }
    }
    out
}

const RELATIVES: usize = 4;

pub(crate) fn train(fields: &Fields, candidates: &Sample, chance: &Sample, pairs: f64, rows: f64) -> Model {
    let mut model = begin(fields, chance, pairs, rows);
    for round in 0..40 {
        let dependent = round >= 15 && round % 5 == 0;
        let before = model.classes[0].count;
        step(fields, &mut model, candidates, dependent);
        relearn_chance(fields, &mut model, chance);
        let change = (model.classes[0].count - before).abs() / before;
        if round > 22 && change < 1e-4 {
            break;
        }
    }
    label(fields, &mut model);
    model
}

/// A class that agrees in what is personal nearly as often as matches do, is one of matches too: people who moved,
/// say. One that agrees only in what a household or chance shares is not.
fn label(fields: &Fields, model: &mut Model) {
    let personal = |class: &Class| -> f64 {
        fields.iter().enumerate().filter(|(_, field)| field.kind.is_personal()).map(|(at, field)| {
            let levels = field.kind.levels().len();
            let agrees: f64 = (1..=levels).map(|level| class.tables[at].rows[0][level] * (level as f64 - 1.0) / (levels as f64 - 1.0)).sum();
            let rare = -model.chance[at][levels].max(1e-9).log2();
            agrees * rare
        }).sum()
    };
    let of_matches = personal(&model.classes[0]);
    model.is_match = model.classes.iter().map(|class| personal(class) >= 0.5 * of_matches).collect();
    model.is_match[0] = true;
}

fn begin(fields: &Fields, chance: &Sample, pairs: f64, rows: f64) -> Model {
    let mut model = Model {
        classes: Vec::new(),
        chance: vec![[0.0; LEVELS]; fields.len()],
        pairs,
        is_match: vec![true],
    };
    relearn_chance(fields, &mut model, chance);
    let table = |probabilities: [f64; LEVELS]| Table {
        parent: None,
        rows: [probabilities; LEVELS],
    };
    let matched = fields.iter().map(|field| table(match_prior(field.kind))).collect();
    model.classes.push(Class { count: 0.2 * rows, tables: matched });
    for relative in 0..RELATIVES {
        let tables = fields
            .iter()
            .zip(&model.chance)
            .map(|(field, chance)| {
                let kind = field.kind;
                let shared = match relative {
                    0 => kind.shared_prior(),
                    1 => if kind.is_name() || matches!(kind, FieldKind::Title | FieldKind::Word) { 0.8 } else { 0.03 },
                    2 => if matches!(kind, FieldKind::Place | FieldKind::Postcode | FieldKind::Category) { 0.8 } else { 0.01 },
                    _ => 0.3,
                };
                let prior = match_prior(field.kind);
                let mut mixed = [0.0; LEVELS];
                for (level, out) in mixed.iter_mut().enumerate() {
                    *out = shared * prior[level] + (1.0 - shared) * chance[level];
                }
                table(mixed)
            })
            .collect();
        model.classes.push(Class { count: 0.1 * rows, tables });
    }
    model
}

fn match_prior(kind: FieldKind) -> [f64; LEVELS] {
    let mut out = [0.0; LEVELS];
    for (at, level) in kind.levels().iter().enumerate() {
        out[at + 1] = level.match_prior;
    }
    out
}

/// Levels of pairs drawn by chance, without those that the model takes for more than chance.
fn relearn_chance(fields: &Fields, model: &mut Model, sample: &Sample) {
    let count = fields.len();
    let mut sums = vec![[0.0; LEVELS]; count];
    let scorer = model.scorer(fields);
    let mut weights = vec![0.0; scorer.classes()];
    let total: f64 = sample.rows.iter().map(|row| row.2).sum();
    let drawn = 400_000.0;
    for (pattern, terms, weight) in &sample.rows {
        let mut share = weight / total * drawn;
        if !model.classes.is_empty() {
            scorer.weights(*pattern, *terms, &mut weights);
            share *= f64::from(shares(&mut weights)[model.classes.len()]);
        }
        for (field, sums) in sums.iter_mut().enumerate() {
            sums[usize::from(pattern.level(field))] += share;
        }
    }
    for ((sums, field), out) in sums.iter().zip(fields.iter()).zip(model.chance.iter_mut()) {
        let levels = field.kind.levels().len();
        let total: f64 = sums[1..=levels].iter().sum();
        for level in 1..=levels {
            out[level] = (sums[level] + 0.3) / (total + 0.3 * levels as f64);
        }
    }
}

/// Turns logarithms of weights into shares that sum to one.
fn shares(weights: &mut [f32]) -> &[f32] {
    let most = weights.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for weight in weights.iter_mut() {
        *weight = (*weight - most).exp();
        sum += *weight;
    }
    for weight in weights.iter_mut() {
        *weight /= sum;
    }
    weights
}

/// What was counted of a class: pairs of levels of two fields.
struct Counts {
    total: f64,
    single: Vec<[f64; LEVELS]>,
    /// By field and field before it.
    joint: Vec<[[f64; LEVELS]; LEVELS]>,
}

fn step(fields: &Fields, model: &mut Model, sample: &Sample, dependent: bool) {
    let count = fields.len();
    let classes = model.classes.len();
    let mut counts: Vec<Counts> = (0..classes)
        .map(|_| Counts {
            total: 0.0,
            single: vec![[0.0; LEVELS]; count],
            joint: vec![[[0.0; LEVELS]; LEVELS]; count * count],
        })
        .collect();
    let mut weights = vec![0.0; classes + 1];
    let tables: Vec<Vec<Table>> = model.classes.iter().map(|class| class.tables.clone()).collect();
    let scorer = model.scorer(fields);
    for (pattern, terms, weight) in &sample.rows {
        scorer.weights(*pattern, *terms, &mut weights);
        let shares = shares(&mut weights);
        for ((counts, share), tables) in counts.iter_mut().zip(shares).zip(&tables) {
            let share = f64::from(*share) * weight;
            if share < 1e-9 {
                continue;
            }
            counts.total += share;
            for a in 0..count {
                let la = usize::from(pattern.level(a));
                counts.single[a][la] += share;
                if la == 0 || share < 1e-3 * weight {
                    continue;
                }
                if dependent {
                    for b in 0..a {
                        counts.joint[a * count + b][la][usize::from(pattern.level(b))] += share;
                    }
                } else if let Some(parent) = tables[a].parent {
                    let (high, low) = (a.max(parent), a.min(parent));
                    counts.joint[high * count + low][usize::from(pattern.level(high))][usize::from(pattern.level(low))] += share;
                }
            }
        }
    }
    let chance = model.chance.clone();
    for (number, (class, counts)) in model.classes.iter_mut().zip(&counts).enumerate() {
        class.count = counts.total.max(1.0);
        if dependent {
            let parents = tree(fields, counts);
            for (table, parent) in class.tables.iter_mut().zip(parents) {
                table.parent = parent;
            }
        }
        for field in 0..count {
            let levels = fields[field].kind.levels().len();
            let prior: [f64; LEVELS] = match number {
                0 => match_prior(fields[field].kind),
                _ => chance[field],
            };
            let strength = 10.0;
            let single = &counts.single[field];
            let total: f64 = single[1..=levels].iter().sum();
            let mut own = [0.0; LEVELS];
            for level in 1..=levels {
                own[level] = (single[level] + strength * prior[level]) / (total + strength);
            }
            let most = match number {
                0 => most_different(fields[field].kind),
                _ => 1.0,
            };
            cap_different(&mut own, &prior, most);
            let table = &mut class.tables[field];
            table.rows = [own; LEVELS];
            if let Some(parent) = table.parent {
                let parent_levels = fields[parent].kind.levels().len();
                for parent_level in 1..=parent_levels {
                    let at = |level: usize| match parent < field {
                        true => counts.joint[field * count + parent][level][parent_level],
                        false => counts.joint[parent * count + field][parent_level][level],
                    };
                    let total: f64 = (1..=levels).map(at).sum();
                    for level in 1..=levels {
                        table.rows[parent_level][level] = (at(level) + strength * own[level]) / (total + strength);
                    }
                    cap_different(&mut table.rows[parent_level], &prior, (2.0 * most).min(1.0));
                }
            }
        }
    }
}

/// How often, at most, two records of one person may differ in a field: without a bound, what matches share with
/// their households could be taken for what makes a match.
fn most_different(kind: FieldKind) -> f64 {
    match kind {
        FieldKind::GivenName | FieldKind::Date | FieldKind::Code | FieldKind::Title => 0.25,
        FieldKind::Email | FieldKind::Phone | FieldKind::Surname | FieldKind::Word => 0.35,
        _ => 1.0,
    }
}

fn cap_different(row: &mut [f64; LEVELS], prior: &[f64; LEVELS], most: f64) {
    let over = row[1] - most;
    if over > 0.0 {
        let rest: f64 = prior[2..].iter().sum();
        row[1] = most;
        for (level, prior) in row.iter_mut().zip(prior).skip(2) {
            *level += over * prior / rest;
        }
    }
}

/// The tree of fields that explains most of their dependence (Chow and Liu, 1968), as the parent of each.
fn tree(fields: &Fields, counts: &Counts) -> Vec<Option<usize>> {
    let count = fields.len();
    let mut edges: Vec<(f64, usize, usize)> = Vec::new();
    for a in 0..count {
        for b in 0..a {
            let joint = &counts.joint[a * count + b];
            let (mut total, mut left, mut right) = (0.0, [0.0; LEVELS], [0.0; LEVELS]);
            for x in 1..LEVELS {
                for y in 1..LEVELS {
                    total += joint[x][y];
                    left[x] += joint[x][y];
                    right[y] += joint[x][y];
                }
            }
            let mut information = 0.0;
            for x in 1..LEVELS {
                for y in 1..LEVELS {
                    if joint[x][y] > 0.0 {
                        information += joint[x][y] * (joint[x][y] * total / (left[x] * right[y])).ln();
                    }
                }
            }
            // Twice the information is chi-squared: what chance alone gives is not kept.
            let freedom = (fields[a].kind.levels().len() - 1) * (fields[b].kind.levels().len() - 1);
            let bound = freedom as f64 * (total.max(2.0)).ln() / 2.0;
            if information > bound {
                edges.push((information, a, b));
            }
        }
    }
    edges.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    let mut group: Vec<usize> = (0..count).collect();
    let mut neighbours: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (_, a, b) in edges {
        let (ga, gb) = (group[a], group[b]);
        if ga != gb {
            neighbours[a].push(b);
            neighbours[b].push(a);
            group.iter_mut().filter(|it| **it == gb).for_each(|it| *it = ga);
        }
    }
    let mut parents = vec![None; count];
    let mut seen = vec![false; count];
    for root in 0..count {
        let mut stack = vec![root];
        if std::mem::replace(&mut seen[root], true) {
            continue;
        }
        while let Some(at) = stack.pop() {
            for next in &neighbours[at] {
                if !seen[*next] {
                    seen[*next] = true;
                    parents[*next] = Some(at);
                    stack.push(*next);
                }
            }
        }
    }
    parents
}
