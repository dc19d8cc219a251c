//! What was found for one question.
//!
//! Invariant: only what the question looked at is named, and of many the latest.

use std::collections::BTreeSet;

use onefold_event::{Timestamp, Value};

use super::{Deciding, Explanation, group};
use crate::{
    evaluate::{Context, Found, Outcome},
    history::Key,
    plan::{PlannedQuantity, PlannedSequence, Question},
    sample,
    value::{compare, passes},
    window::Selected,
};

/// How many of the deciding occurrences are named at most; the latest ones. Of organisations as many.
const DECIDING_MAX: usize = 10;

impl Context<'_> {
    pub(super) fn explain_leaf(&self, number: u32, outcome: Outcome) -> Explanation {
        let Some(leaf) = self.plan.leaf(number) else {
            return group("unknown", outcome, Vec::new());
        };
        let mut explanation = group(&leaf.text, outcome, Vec::new());
        if let Some((_, as_of)) = self.stands(number) {
            explanation.found = Some(format!("a standing answer as of {as_of}"));
            return explanation;
        }
        match &leaf.question {
            Question::Trait { number, test } => {
                let value = self.trait_value(*number);
                explanation.found = Some(shown(value));
                explanation.fault = passes(test, value).err();
            }
            Question::Quantity { value, test } => {
                explanation.occurrences = self.looked_at([value]);
                match self.quantity(value).0 {
                    Ok(value) => {
                        explanation.found = Some(shown(value.as_ref()));
                        explanation.fault = passes(test, value.as_ref()).err();
                    }
                    Err(fault) => explanation.fault = Some(fault),
                }
            }
            Question::Compare { left, right, .. } => {
                explanation.occurrences = self.looked_at([left, right]);
                let sides = [self.quantity(left).0, self.quantity(right).0];
                note_sides(&mut explanation, sides);
            }
            Question::Sequence(planned) => self.note_sequence(&mut explanation, planned),
            Question::Sample { salt, .. } => {
                explanation.found = Some(match self.traits.id() {
                    Some(id) => percent(sample::place(salt, &id)),
                    None => "no identifier".into(),
                });
            }
            Question::Consent {
                purpose, channel, ..
            } => {
                let state = self.traits.consent(purpose, channel.as_deref());
                explanation.found = Some(state.word().into());
            }
            Question::Organisations { that, role, .. } => {
                for belonging in self.traits.organisations().iter().take(DECIDING_MAX) {
                    if role
                        .as_ref()
                        .is_some_and(|role| !belonging.roles.contains(role))
                    {
                        continue;
                    }
                    let context = self.about(&*belonging.traits);
                    let part = context.explain_node(that, &context.all(), &mut BTreeSet::new());
                    let clause =
                        format!("organisation {}", belonging.traits.id().unwrap_or_default());
                    let outcome = Outcome {
                        held: part.held,
                        ..outcome
                    };
                    explanation.parts.push(group(&clause, outcome, vec![part]));
                }
                explanation.found = Some(explanation.parts.len().to_string());
            }
            behaviour => self.note_behaviour(&mut explanation, behaviour),
        }
        explanation
    }

    fn note_behaviour(&self, explanation: &mut Explanation, question: &Question) {
        match question {
            Question::Count { feature, span, .. } => {
                let selected = self.selected(*feature, *span);
                explanation.found = Some(selected.count().to_string());
                explanation.occurrences = deciding(&selected);
            }
            Question::Days { feature, span, .. } => {
                let selected = self.selected(*feature, *span);
                explanation.found = Some(self.days(&selected, *span).len().to_string());
                explanation.occurrences = deciding(&selected);
            }
            Question::Recency { feature, span, .. } => {
                let selected = self.selected(*feature, *span);
                explanation.found = Some(match selected.last() {
                    Some((last, _)) => length(self.as_of - last.time),
                    None => "never".into(),
                });
                explanation.occurrences = deciding(&selected);
            }
            Question::Restarted {
                feature,
                span,
                micros,
            } => {
                let selected = self.selected(*feature, *span);
                let pair = self.restart(*feature, &selected, *micros);
                explanation.found = Some(match pair {
                    Some([before, now]) => {
                        format!("again after {}", length(now.time - before.time))
                    }
                    None => "no such pause".into(),
                });
                explanation.occurrences = pair.into_iter().flatten().map(Deciding::from).collect();
            }
            Question::Nth {
                feature, number, ..
            } => {
                let past = self.past(*feature);
                let nth = (*number as usize)
                    .checked_sub(1)
                    .and_then(|at| past.get(at));
                explanation.found = Some(match nth {
                    Some(nth) => Timestamp::from_micros(nth.time).to_string(),
                    None => format!("{} in all", past.len()),
                });
                explanation.occurrences = nth.copied().map(Deciding::from).into_iter().collect();
            }
            // They depend on other people, and have a standing answer.
            _ => {}
        }
    }

    fn note_sequence(&self, explanation: &mut Explanation, planned: &PlannedSequence) {
        let found = self.sequence(planned);
        let steps = planned.steps.len();
        explanation.found = Some(match &found.choice {
            Some(_) => format!("all {steps} steps"),
            None => format!("{} of {steps} steps", found.reached),
        });
        let choice = found.choice.into_iter().flatten();
        explanation.occurrences = choice.map(Deciding::from).collect();
    }

    /// The occurrences that quantities are made of; those of a computed trait once.
    fn looked_at<const N: usize>(&self, quantities: [&PlannedQuantity; N]) -> Vec<Deciding> {
        let (mut found, mut entered) = (Vec::new(), BTreeSet::new());
        for quantity in quantities {
            self.look_at(quantity, &mut entered, &mut found);
        }
        found
    }

    fn look_at(
        &self,
        quantity: &PlannedQuantity,
        entered: &mut BTreeSet<usize>,
        found: &mut Vec<Deciding>,
    ) {
        match quantity {
            PlannedQuantity::Aggregate(aggregate) => {
                found.extend(deciding(&self.selected(aggregate.feature, aggregate.span)));
            }
            PlannedQuantity::Computed(place) => {
                if let Some(computed) = self.plan.computed.get(*place)
                    && entered.insert(*place)
                {
                    self.look_at(&computed.value, entered, found);
                }
            }
            PlannedQuantity::Negative(inner) => self.look_at(inner, entered, found),
            PlannedQuantity::Add(sides)
            | PlannedQuantity::Subtract(sides)
            | PlannedQuantity::Multiply(sides)
            | PlannedQuantity::Divide(sides) => {
                for side in sides.iter() {
                    self.look_at(side, entered, found);
                }
            }
            _ => {}
        }
    }
}

fn note_sides(explanation: &mut Explanation, [left, right]: [Found; 2]) {
    match (left, right) {
        (Ok(left), Ok(right)) => {
            let (a, b) = (shown(left.as_ref()), shown(right.as_ref()));
            explanation.found = Some(format!("{a} and {b}"));
            if let (Some(left), Some(right)) = (left, right) {
                explanation.fault = compare(&left, &right).err();
            }
        }
        (Err(fault), _) | (_, Err(fault)) => explanation.fault = Some(fault),
    }
}

pub(super) fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".into(), Value::to_json)
}

fn deciding(selected: &Selected<'_>) -> Vec<Deciding> {
    let mut keys: Vec<Key> = selected.entries().map(|(key, _)| key).collect();
    keys.sort_unstable();
    let skipped = keys.len().saturating_sub(DECIDING_MAX);
    keys.into_iter().skip(skipped).map(Deciding::from).collect()
}

/// A place among 2^64 as percent with two decimal places, rounded down.
fn percent(place: u64) -> String {
    let share = (u128::from(place) * 10_000) >> 64;
    format!("{}.{:02} %", share / 100, share % 100)
}

/// A length of time for people: days, hours, minutes and seconds, without those that are zero.
pub(super) fn length(micros: i64) -> String {
    let seconds = micros / 1_000_000;
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (size, unit) in units {
        if rest >= size {
            parts.push(format!("{} {unit}", rest / size));
            rest %= size;
        }
    }
    if micros % 1_000_000 != 0 || parts.is_empty() {
        parts.push(format!("{} us", micros % 1_000_000));
    }
    parts.join(" ")
}
