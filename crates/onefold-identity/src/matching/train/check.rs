//! Whether what was learned can be what was meant: which classes are matches, and what is doubtful.
//!
//! Invariant: the first class is one of matches.

use crate::matching::{
    field::Fields,
    model::{Class, Model, Role},
};

/// A class that agrees in what is personal at least half as much as matches do is one of matches.
const PERSONAL_SHARE: f64 = 0.5;

/// Whether the first class agrees most in what is personal: if not, it has changed places with relatives.
pub(super) fn is_identified(fields: &Fields, model: &Model) -> bool {
    let mut agreements = model
        .classes
        .iter()
        .map(|class| personal(fields, model, class));
    let Some(matches) = agreements.next() else {
        return false;
    };
    agreements.all(|other| other <= matches * 1.2)
}

/// Tells the classes of matches from those of relatives: people who moved, say, differ in all that a household shares
/// and are matches all the same.
pub(super) fn label(fields: &Fields, model: &mut Model) {
    let agreements: Vec<f64> = model
        .classes
        .iter()
        .map(|class| personal(fields, model, class))
        .collect();
    let bound = agreements.first().copied().unwrap_or_default() * PERSONAL_SHARE;
    let classes = model.classes.iter_mut().zip(agreements).skip(1);
    for (class, agreement) in classes {
        class.role = if agreement >= bound {
            Role::Match
        } else {
            Role::Related
        };
    }
}

/// How much the pairs of a class agree in what is personal, in bits: agreement counts by how rare it is by chance.
fn personal(fields: &Fields, model: &Model, class: &Class) -> f64 {
    let tables = fields.iter().zip(&class.tables).zip(&model.chance);
    // Where nothing is personal, everything has to serve.
    let any = fields.iter().any(|field| field.kind.is_personal());
    let personal = tables.filter(|((field, _), _)| field.kind.is_personal() || !any);
    let bits = personal.map(|((field, table), chance)| {
        let levels = field.levels.count();
        let rank = |level: usize| (level as f64 - 1.0) / (levels as f64 - 1.0);
        let probabilities = table.rows.first().into_iter().flatten().enumerate();
        let agreement: f64 = probabilities
            .skip(1)
            .take(levels)
            .map(|(level, share)| share * rank(level))
            .sum();
        let by_chance = chance.get(levels).copied().unwrap_or(1.0);
        agreement * -by_chance.max(1e-9).log2()
    });
    bits.sum()
}

/// Says what is doubtful, in words.
pub(super) fn warn(fields: &Fields, model: &mut Model) {
    let mut warnings = Vec::new();
    if !model.training.converged {
        let rounds = model.training.rounds;
        warnings.push(format!(
            "training did not converge in {rounds} rounds: probabilities may be off; give more records or fewer fields"
        ));
    }
    if !is_identified(fields, model) {
        warnings.push(
            "what was learned as matches agrees less in what is personal than what was learned as relatives: the two may have \
             changed places; check the kinds of the fields"
                .to_owned(),
        );
    }
    if model.matches_expected() < 5.0 {
        warnings.push("hardly any pair looks like a match: there may be no duplicates, or no rule brings them together".to_owned());
    }
    if !fields.iter().any(|field| field.kind.is_personal()) {
        warnings.push(
            "no field is personal: households and neighbours cannot be told from one person"
                .to_owned(),
        );
    }
    let tables = model
        .classes
        .first()
        .map(|class| class.tables.as_slice())
        .unwrap_or_default();
    for ((field, table), chance) in fields.iter().zip(tables).zip(&model.chance) {
        let equal = usize::from(field.levels.best());
        let learned = table.rows.first().and_then(|row| row.get(equal));
        if let Some((learned, chance)) = learned.zip(chance.get(equal))
            && learned <= chance
        {
            let name = &field.name;
            warnings.push(format!(
                "`{name}` agrees no more often in matches than by chance: it says nothing"
            ));
        }
    }
    model.training.warnings = warnings;
}

/// Says so if far more pairs look like matches than the prior that is kept allows.
pub(super) fn warn_of_prior(model: &mut Model, kept: f64, seen: f64) {
    if seen > 3.0 * kept {
        model.training.warnings.push(format!(
            "the prior says that there are {kept:.0} matches, and about {seen:.0} of the compared pairs look like some: \
             its probability is too low, or the recall of its rules too high"
        ));
    }
}
