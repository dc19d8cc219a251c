//! Learning the model from the records themselves, without labels: expectation maximisation.
//!
//! Two samples speak: pairs that the rules brought together, in which the matches are, and pairs drawn by chance,
//! which show how strangers agree. The number of strangers is known, so what the candidates show beyond it has to be
//! matches or relatives. Invariant: the same records, settings and seed give the same model.

mod check;
mod counts;
mod sample;
mod start;
mod tree;

pub(crate) use sample::{Random, Sample, random_pairs};

use counts::Counts;
use start::{STARTS, Start};

use super::{
    field::Fields,
    kind::LEVELS_MAX,
    levels::Levels,
    model::{Class, Model, Role, Scorer, Table, Training},
    settings::{PriorUse, Settings},
};

/// What is learned from.
pub(crate) struct Evidence<'a> {
    pub(crate) candidates: &'a Sample,
    pub(crate) chance: &'a Sample,
    /// All pairs there are.
    pub(crate) pairs: f64,
    /// What is known of how common matches are.
    pub(crate) prior: Option<KnownPrior>,
}

/// How probable a match is among all pairs, and whether that stays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct KnownPrior {
    pub(crate) probability: f64,
    pub(crate) training: PriorUse,
}

impl Evidence<'_> {
    /// How many matches there are, if that is not to be learned.
    fn kept_matches(&self) -> Option<f64> {
        let kept = self.prior.filter(|prior| prior.training == PriorUse::Keeps);
        kept.map(|prior| prior.probability * self.pairs)
    }
}

const ROUNDS_MAX: u32 = 60;
/// From here on fields may depend on each other: before, classes must have parted.
const TREE_FROM: u32 = 15;
const TREE_EVERY: u32 = 5;
/// What each level was seen beforehand, in pairs: few matches do not say that something never happens.
const PRIOR_PAIRS: f64 = 10.0;

/// Trains a model: a few rounds from each start on a part of the candidates, then from the most likely to the end.
pub(crate) fn train(fields: &Fields, settings: &Settings, evidence: &Evidence<'_>) -> Model {
    let part = evidence.candidates.part(8);
    let few = Evidence {
        candidates: &part,
        ..*evidence
    };
    let mut best: Option<(f64, Start)> = None;
    for start in STARTS {
        let mut model = begin(fields, settings, evidence, start);
        let likelihood =
            (0..TREE_FROM - 3).fold(0.0, |_, _| round(fields, &mut model, &few, Tree::None).0);
        let is_better = best.is_none_or(|(most, _)| likelihood > most + 1e-9 * most.abs());
        if is_better && check::is_identified(fields, &model) {
            best = Some((likelihood, start));
        }
    }
    let start = best.map_or(Start::default(), |(_, start)| start);
    let mut model = begin(fields, settings, evidence, start);
    model.training.starts = STARTS.len() as u32;
    let seen = finish(fields, &mut model, evidence);
    check::label(fields, &mut model);
    check::warn(fields, &mut model);
    model.training.prior = evidence.prior.map(|prior| prior.probability);
    if let Some(kept) = evidence.kept_matches() {
        // Of the first class the rounds tell what was seen, as its own number is the one that is kept.
        let first = model.classes.first().map_or(0.0, |class| class.count);
        let seen = seen + model.matches_expected() - first;
        keep_matches(&mut model, kept);
        check::warn_of_prior(&mut model, kept, seen);
    }
    model
}

/// Scales the classes of matches, so that they are together as many as is known.
fn keep_matches(model: &mut Model, kept: f64) {
    let factor = kept / model.matches_expected();
    let classes = model.classes.iter_mut();
    for class in classes.filter(|class| class.role == Role::Match) {
        class.count *= factor;
    }
}

/// Rounds until nothing changes; gives how many of the pairs looked like matches at last.
fn finish(fields: &Fields, model: &mut Model, evidence: &Evidence<'_>) -> f64 {
    let mut before = f64::INFINITY;
    for number in 0..ROUNDS_MAX {
        let tree = match number {
            number if number < TREE_FROM => Tree::None,
            number if number % TREE_EVERY == 0 => Tree::Grow,
            _ => Tree::Keep,
        };
        let (_, matches) = round(fields, model, evidence, tree);
        if tree == Tree::Grow {
            prune(model);
        }
        model.training.rounds = number + 1;
        model.training.converged = (matches - before).abs() <= 5e-4 * matches;
        before = matches;
        if model.training.converged && number > TREE_FROM + TREE_EVERY {
            break;
        }
    }
    before
}

/// Pairs that a class needs to be one: fewer are odd matches or odd strangers rather than a kind of pair.
const CLASS_PAIRS_MIN: f64 = 5.0;
/// The same as a share of the matches.
const CLASS_SHARE_MIN: f64 = 0.003;

/// Takes out the classes that hardly any pair is of.
fn prune(model: &mut Model) {
    let matches = model.classes.first().map_or(0.0, |class| class.count);
    let least = CLASS_PAIRS_MIN.max(CLASS_SHARE_MIN * matches);
    let mut number = 0;
    model.classes.retain(|class| {
        number += 1;
        number == 1 || class.count >= least
    });
}

/// What a round does to the dependence of fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tree {
    None,
    Keep,
    Grow,
}

/// One round; gives the logarithm of the likelihood before it, and how many pairs look like matches of the first class.
fn round(fields: &Fields, model: &mut Model, evidence: &Evidence<'_>, tree: Tree) -> (f64, f64) {
    let scorer = model.scorer(fields);
    let (counts, likelihood) = expect(fields, model, &scorer, evidence.candidates, tree);
    let expected: f64 = model.classes.iter().map(|class| class.count).sum();
    maximise(fields, model, &counts, tree);
    let matches = model.classes.first().map_or(0.0, |class| class.count);
    if let Some((class, kept)) = model.classes.first_mut().zip(evidence.kept_matches()) {
        class.count = kept;
    }
    learn_chance(fields, model, evidence.chance);
    (likelihood - expected, matches)
}

/// How much of each observation belongs to each class.
fn expect(
    fields: &Fields,
    model: &Model,
    scorer: &Scorer,
    sample: &Sample,
    tree: Tree,
) -> (Vec<Counts>, f64) {
    let mut counts: Vec<Counts> = model
        .classes
        .iter()
        .map(|_| Counts::new(fields.len()))
        .collect();
    let parents: Vec<Vec<Option<usize>>> = model.classes.iter().map(Class::parents).collect();
    let mut weights = scorer.weights();
    let mut likelihood = 0.0;
    let mut sums = vec![0.0; counts.len()];
    for (pattern, alike) in sample.patterns() {
        let scorer = scorer.alike(pattern);
        sums.fill(0.0);
        for seen in alike {
            scorer.weigh(seen.terms, &mut weights);
            likelihood += seen.pairs * shares(&mut weights);
            for (sum, share) in sums.iter_mut().zip(&weights) {
                // What is nearly nothing changes nothing.
                if *share > 1e-4 {
                    *sum += f64::from(*share) * seen.pairs;
                }
            }
        }
        for ((counts, parents), sum) in counts.iter_mut().zip(&parents).zip(&sums) {
            if *sum > 0.0 {
                counts.add(pattern, *sum, parents, tree == Tree::Grow);
            }
        }
    }
    (counts, likelihood)
}

/// Turns logarithms of weights into shares that sum to one; gives the logarithm of their sum.
fn shares(weights: &mut [f32]) -> f64 {
    let most = weights.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for weight in weights.iter_mut() {
        *weight = (*weight - most).exp();
        sum += *weight;
    }
    for weight in weights.iter_mut() {
        *weight /= sum;
    }
    f64::from(most) + f64::from(sum).ln()
}

fn maximise(fields: &Fields, model: &mut Model, counts: &[Counts], tree: Tree) {
    let chance = model.chance.clone();
    for (number, (class, counts)) in model.classes.iter_mut().zip(counts).enumerate() {
        class.count = counts.total().max(1.0);
        if tree == Tree::Grow {
            let parents = tree::grow(fields, counts);
            for (table, parent) in class.tables.iter_mut().zip(parents) {
                table.parent = parent;
            }
        }
        let tables = class
            .tables
            .iter_mut()
            .zip(fields.iter())
            .zip(&chance)
            .enumerate();
        for (field, ((table, about), chance)) in tables {
            let prior = match number {
                0 => about.levels.match_prior(),
                _ => *chance,
            };
            let bounds = match number {
                0 => Bounds::of_matches(&about.levels),
                _ => Bounds::NONE,
            };
            let levels = about.levels.count();
            let own = bounds.keep(
                counts.levels(field, levels, &prior, PRIOR_PAIRS),
                &about.levels,
            );
            table.rows = [own; LEVELS_MAX];
            let Some((parent, on)) = table
                .parent
                .and_then(|parent| Some((parent, fields.get(parent)?)))
            else {
                continue;
            };
            let rows = table.rows.iter_mut().enumerate().skip(1);
            for (level, row) in rows.take(on.levels.count()) {
                let given = counts.levels_given(field, levels, (parent, level), &own, PRIOR_PAIRS);
                *row = bounds.wider().keep(given, &about.levels);
            }
        }
    }
}

/// How often matches may differ, and must be equal; what a level gives or takes, the others take or give as is usual.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    most_different: f64,
    least_equal: f64,
}

impl Bounds {
    const NONE: Self = Self {
        most_different: 1.0,
        least_equal: 0.0,
    };

    fn of_matches(levels: &Levels) -> Self {
        Self {
            most_different: levels.most_different(),
            least_equal: levels.least_best(),
        }
    }

    /// Given the level of another field, both bounds are wider.
    fn wider(self) -> Self {
        Self {
            most_different: (2.0 * self.most_different).min(1.0),
            least_equal: 0.5 * self.least_equal,
        }
    }

    fn keep(self, mut row: [f64; LEVELS_MAX], levels: &Levels) -> [f64; LEVELS_MAX] {
        let usual = levels.match_prior();
        let [_, different, agreeing @ ..] = &mut row;
        let over = *different - self.most_different;
        if over > 0.0 {
            let rest: f64 = usual.iter().skip(2).sum();
            *different = self.most_different;
            for (level, usual) in agreeing.iter_mut().zip(usual.iter().skip(2)) {
                *level += over * usual / rest;
            }
        }
        let equal = levels.count();
        let found = row.get(equal).copied().unwrap_or_default();
        if found < self.least_equal {
            let factor = (1.0 - self.least_equal) / (1.0 - found);
            row.iter_mut().for_each(|level| *level *= factor);
            if let Some(level) = row.get_mut(equal) {
                *level = self.least_equal;
            }
        }
        row
    }
}

/// Levels of pairs drawn by chance, without the part that the model takes for more than chance.
fn learn_chance(fields: &Fields, model: &mut Model, sample: &Sample) {
    let scorer = model.scorer(fields);
    let mut weights = scorer.weights();
    let mut counts = Counts::new(fields.len());
    for (pattern, alike) in sample.patterns() {
        let scorer = scorer.alike(pattern);
        let mut strangers = 0.0;
        for seen in alike {
            scorer.weigh(seen.terms, &mut weights);
            shares(&mut weights);
            strangers += f64::from(weights.last().copied().unwrap_or(1.0)) * seen.pairs;
        }
        counts.add(pattern, strangers * sample.drawn_share(), &[], false);
    }
    for (field, (about, out)) in fields.iter().zip(model.chance.iter_mut()).enumerate() {
        let levels = about.levels.count();
        let even = std::array::from_fn(|level| {
            if (1..=levels).contains(&level) {
                1.0 / levels as f64
            } else {
                0.0
            }
        });
        *out = counts.levels(field, levels, &even, 0.3 * levels as f64);
    }
}

fn begin(fields: &Fields, settings: &Settings, evidence: &Evidence<'_>, start: Start) -> Model {
    let mut model = Model {
        settings: settings.clone(),
        classes: Vec::new(),
        chance: vec![[0.0; LEVELS_MAX]; fields.len()],
        rows: fields.rows() as u64,
        pairs: evidence.pairs.max(1.0),
        training: Training {
            pairs: [evidence.candidates.drawn(), evidence.chance.drawn()],
            ..Training::default()
        },
    };
    learn_chance(fields, &mut model, evidence.chance);
    let rows = fields.rows() as f64;
    let matches = fields
        .iter()
        .map(|field| Table::of(start.match_levels(&field.levels)));
    model.classes.push(Class {
        role: Role::Match,
        count: match evidence.prior {
            Some(prior) => prior.probability * evidence.pairs,
            None => 0.2 * rows,
        },
        tables: matches.collect(),
    });
    for relation in start::RELATIONS {
        let both = fields.iter().zip(&model.chance);
        let tables =
            both.map(|(field, chance)| Table::of(start.related_levels(relation, field, chance)));
        model.classes.push(Class {
            role: Role::Related,
            count: 0.1 * rows,
            tables: tables.collect(),
        });
    }
    model
}

impl Class {
    fn parents(&self) -> Vec<Option<usize>> {
        self.tables.iter().map(|table| table.parent).collect()
    }
}

impl Table {
    fn of(levels: [f64; LEVELS_MAX]) -> Self {
        Self {
            parent: None,
            rows: [levels; LEVELS_MAX],
        }
    }
}
