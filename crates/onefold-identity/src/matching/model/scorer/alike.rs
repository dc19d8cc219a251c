//! Pairs of one pattern, which differ in their terms alone: what they have in common is added up once.
//!
//! Invariant: the weights are those of [`Scorer::weigh`], but for the order in which they are added.

use super::{Scorer, Terms, Weights};
use crate::matching::compare::{FIELDS_MAX, Pattern};

/// The weights of a pattern by class, without those of the terms.
pub(crate) struct Alike<'a> {
    /// The fields whose values may count by how rare they are.
    fields: Vec<usize>,
    classes: Vec<Common<'a>>,
}

struct Common<'a> {
    sum: f32,
    /// By field: by its term, and where it has none.
    terms: Vec<(&'a [f32; 256], f32)>,
}

impl Scorer {
    /// Made ready for pairs of this pattern.
    pub(crate) fn alike(&self, pattern: Pattern) -> Alike<'_> {
        let level = |field: usize| usize::from(pattern.level(field));
        let abouts = self.classes.first().map_or(&[][..], |class| &class.fields);
        let agreed = abouts.iter().enumerate();
        let agreed = agreed.filter(|(number, about)| about.is_term(level(*number)));
        let fields: Vec<usize> = agreed.map(|(number, _)| number).collect();
        let of_class = |class: &'_ super::ClassScorer| -> f32 {
            let others = class.fields.iter().enumerate();
            let others =
                others.filter(|(number, _)| level(*number) > 0 && !fields.contains(number));
            let levels = others
                .map(|(number, field)| field.levels[field.parent_level(pattern)][level(number)]);
            class.start + levels.sum::<f32>()
        };
        let classes = self.classes.iter().map(|class| Common {
            sum: of_class(class),
            terms: (fields.iter())
                .map(|number| {
                    let field = &class.fields[*number];
                    let (parent, level) = (field.parent_level(pattern), level(*number));
                    let is_crossed = level == usize::from(field.crossed);
                    let terms = &field.terms[parent][usize::from(is_crossed)];
                    (terms, field.levels[parent][level])
                })
                .collect(),
        });
        let classes = classes.collect();
        Alike { fields, classes }
    }
}

impl Alike<'_> {
    /// As [`Scorer::weigh`].
    pub(crate) fn weigh(&self, terms: Terms, out: &mut Weights) {
        let mut own = [0_u8; FIELDS_MAX];
        for (own, field) in own.iter_mut().zip(&self.fields) {
            *own = terms.of_field(*field);
        }
        for (class, out) in self.classes.iter().zip(out) {
            *out = class.sum;
            for ((terms, plain), term) in class.terms.iter().zip(own) {
                *out += match term {
                    0 => *plain,
                    term => terms[usize::from(term)],
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::matching::{Matcher, MatcherOptions, Records, compare::pattern, model::Terms};

    #[test]
    fn pairs_of_a_pattern_weigh_what_they_weigh_alone() {
        let mut builder = Records::builder(["given_name", "surname", "city"]);
        let names = ["ann", "anna", "bob", "bert", "carla", "karla"];
        for number in 0..300_usize {
            let pick = |by: usize| names[(number / by) % names.len()];
            let city = if number % 7 == 0 { "" } else { pick(11) };
            let row = [(0, pick(1)), (1, pick(5)), (2, city)];
            builder.push(0, row).unwrap();
        }
        let records = builder.finish().unwrap();
        let (matcher, _) = Matcher::auto(&records, &[], MatcherOptions::default()).unwrap();
        let model = matcher.train();
        let pairs: Vec<(u32, u32)> = matcher.pairs().collect();
        let (_, _, _, fields) = &matcher.into_parts();
        let scorer = model.scorer(fields);
        let (mut alone, mut alike) = (scorer.weights(), scorer.weights());
        for (left, right) in pairs {
            let pattern = pattern(fields, [left, right]);
            let terms = Terms::of(fields, fields.row(left), fields.row(right), pattern);
            scorer.weigh(pattern, terms, &mut alone);
            scorer.alike(pattern).weigh(terms, &mut alike);
            for (alone, alike) in alone.iter().zip(&alike) {
                assert!((alone - alike).abs() < 1e-4, "{alone} {alike}");
            }
        }
    }
}
