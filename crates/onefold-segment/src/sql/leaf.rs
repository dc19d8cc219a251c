//! What is asked of one person: counts, days, recency, beginnings, samples, consent.
//!
//! Invariant: a question that somebody without any occurrence may pass is written as the set of those who
//! fail it, and turned around.

use onefold_event::{Error, ErrorKind, Result};

use super::{
    select::{Select, all},
    source::no_table,
    writer::{Joins, PAST, Source, Writer, key, unknown},
};
use crate::{
    ast::{ConsentState, Count, Entity, Events, Operator, Quantifier},
    plan::{Question, Span},
};

/// A set of people, and whether they are those who pass or those who fail.
pub(super) enum Holding {
    Everybody,
    Nobody,
    Set(String),
    Complement(String),
}

impl Writer<'_> {
    /// What holds for a row `u` of everybody.
    pub(super) fn leaf(
        &mut self,
        number: u32,
        entity: Entity,
        joins: &mut Joins,
    ) -> Result<String> {
        let plan = self.plan;
        let Some(leaf) = plan.leaf(number) else {
            return Err(unknown("question"));
        };
        match &leaf.question {
            Question::Trait { number, test } => {
                let name = plan.traits.get(*number).cloned().unwrap_or_default();
                let value = self.trait_value(&name, entity)?;
                return self.dialect.test(&value, test);
            }
            Question::Quantity { value, test } => {
                let value = self.quantity(value, entity, joins)?;
                return self.dialect.test(&value, test);
            }
            Question::Compare {
                left,
                operator,
                right,
            } => {
                let left = self.quantity(left, entity, joins)?;
                let right = self.quantity(right, entity, joins)?;
                return self.dialect.compare(&left, *operator, &right);
            }
            Question::Sample { from, to, salt } => {
                return self.sample(*from, *to, salt, &format!("u.{}", key(entity)));
            }
            _ => {}
        }
        let about = leaf.text.to_string();
        let (set, is_member) = match self.set(number, &leaf.question, entity, &about)? {
            Holding::Everybody => return Ok("TRUE".to_owned()),
            Holding::Nobody => return Ok("FALSE".to_owned()),
            Holding::Set(set) => (set, "IS NOT NULL"),
            Holding::Complement(set) => (set, "IS NULL"),
        };
        joins.add(&set);
        Ok(format!("{set}.{} {is_member}", key(entity)))
    }

    fn set(
        &mut self,
        number: u32,
        question: &Question,
        entity: Entity,
        about: &str,
    ) -> Result<Holding> {
        let part = format!("leaf {number} {entity:?}");
        if let Some(answer) = of_nothing(question, entity) {
            return Ok(answer);
        }
        if entity == Entity::Organisation && matches!(question, Question::Consent { .. }) {
            let message =
                format!("`{about}` is asked of an organisation, and consents are people's");
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        match question {
            Question::Count {
                feature,
                span,
                count,
            } => self.counted(part, about, *count, |writer| {
                Ok((writer.occurrences(*feature, *span)?, "COUNT(*)".to_owned()))
            }),
            Question::Days {
                feature,
                span,
                count,
            } => self.counted(part, about, *count, |writer| writer.days(*feature, *span)),
            Question::Members { .. } | Question::Organisations { .. } => {
                self.group_question(part, about, question)
            }
            Question::Consent {
                purpose,
                channel,
                is,
            } => self.consent(part, about, purpose, channel.as_deref(), *is),
            Question::Rank { band, by, universe } => {
                let set = self.part(part, "rank", about, |writer| {
                    writer.rank(*band, by, *universe, entity)
                })?;
                Ok(Holding::Set(set))
            }
            single => {
                let set = self.part(part, "question", about, |writer| writer.found(single))?;
                Ok(Holding::Set(set))
            }
        }
    }

    /// The people of whom something is found.
    fn found(&mut self, question: &Question) -> Result<String> {
        Ok(match question {
            Question::Recency {
                feature,
                span,
                operator,
                micros,
            } => {
                // Longer ago is earlier.
                let sign = match operator {
                    Operator::Equal => "=",
                    Operator::NotEqual => "<>",
                    Operator::Less => ">",
                    Operator::LessOrEqual => ">=",
                    Operator::Greater => "<",
                    Operator::GreaterOrEqual => "<=",
                };
                let then = self.dialect.time(self.as_of.saturating_sub(*micros));
                let mut select = self.occurrences(*feature, *span)?;
                select.columns = vec!["p.person".to_owned()];
                let last = format!("MAX(p.happened) {sign} {then}");
                select.group(&["p.person"]).having(last).to_string()
            }
            Question::Restarted {
                feature,
                span,
                micros,
            } => {
                let happened = self.dialect.nullable("p.happened");
                let before = self.before(
                    &format!("MAX({happened})"),
                    "p.person",
                    &self.order("p", ""),
                );
                let mut select = self.occurrences(*feature, ever(*span))?;
                select.columns = vec![
                    "p.person".to_owned(),
                    "p.happened".to_owned(),
                    format!("{before} AS previous"),
                ];
                let inside = self.inside(*span, "q");
                let gap = self.dialect.later("q.previous", micros / 1_000_000);
                Select::of(["q.person"], select.named("q"))
                    .distinct()
                    .join_all(inside.join)
                    .only(inside.conditions)
                    .only([format!("q.happened > {gap}")])
                    .to_string()
            }
            Question::Nth {
                feature,
                span,
                number,
            } => self.nth(*feature, *span, *number)?,
            Question::Sequence(sequence) => self.sequence(sequence)?,
            _ => return Err(unknown("question")),
        })
    }

    /// The people whose occurrence of that number lies in the span.
    fn nth(&mut self, feature: u32, span: Span, number: u32) -> Result<String> {
        let mut select = self.occurrences(feature, ever(span))?;
        let order = self.order("p", "");
        select.columns = vec![
            "p.person".to_owned(),
            "p.happened".to_owned(),
            format!("ROW_NUMBER() OVER (PARTITION BY p.person ORDER BY {order}) AS place"),
        ];
        let inside = self.inside(span, "q");
        let found = Select::of(["q.person"], select.named("q")).join_all(inside.join);
        let found = found.only([format!("q.place = {number}")]);
        Ok(found.only(inside.conditions).to_string())
    }

    /// Those whose count is right, or all others.
    pub(super) fn counted(
        &mut self,
        part: String,
        about: &str,
        count: Count,
        write: impl FnOnce(&mut Self) -> Result<(Select, String)>,
    ) -> Result<Holding> {
        let (condition, is_complement) = match count {
            Count::AtLeast(0) => return Ok(Holding::Everybody),
            Count::AtLeast(least) => (format!(">= {least}"), false),
            Count::AtMost(most) => (format!("> {most}"), true),
            Count::Exactly(0) => ("> 0".to_owned(), true),
            Count::Exactly(number) => (format!("= {number}"), false),
        };
        let set = self.part(part, "question", about, |writer| {
            let (mut select, counted) = write(writer)?;
            if select.columns.is_empty() {
                select.columns = vec!["p.person".to_owned()];
                select = select.group(&["p.person"]);
            }
            Ok(select.having(format!("{counted} {condition}")).to_string())
        })?;
        Ok(if is_complement {
            Holding::Complement(set)
        } else {
            Holding::Set(set)
        })
    }

    fn days(&mut self, feature: u32, span: Span) -> Result<(Select, String)> {
        let select = self.occurrences(feature, span)?;
        let (zone, join) = self.zone_name(span, "p")?;
        if join.is_some() && self.dialect == super::Dialect::ClickHouse {
            let message =
                "days by each person's own zone: ClickHouse takes a zone as a constant only";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let day = self.dialect.day("p.happened", &zone);
        Ok((select.join_all(join), format!("COUNT(DISTINCT {day})")))
    }

    /// The occurrences of a feature in a span, as `p`, without columns yet.
    pub(super) fn occurrences(&mut self, feature: u32, span: Span) -> Result<Select> {
        let conditions = self.passing(feature, "p")?;
        self.reads.insert(Source::Past);
        let inside = self.inside(span, "p");
        Ok(Select::of::<String>([], format!("{PAST} AS p"))
            .join_all(inside.join)
            .only(conditions)
            .only(inside.conditions))
    }

    /// The conditions for a row with that alias to be of a feature.
    pub(super) fn passing(&self, feature: u32, alias: &str) -> Result<Vec<String>> {
        let Some(feature) = self.plan.features.get(feature as usize) else {
            return Err(unknown("feature"));
        };
        let mut conditions = Vec::new();
        if let Events::Named(names) = &feature.event {
            let names: Result<Vec<String>> =
                names.iter().map(|name| self.dialect.text(name)).collect();
            conditions.push(match &*names? {
                [name] => format!("{alias}.event = {name}"),
                names => format!("{alias}.event IN ({})", names.join(", ")),
            });
        }
        if let Some(filter) = &feature.filter {
            let read = |_: Option<&str>, path: &str| self.property(path, alias);
            conditions.push(self.dialect.filter(filter, &read)?);
        }
        Ok(conditions)
    }

    /// The order of occurrences with that alias; `direction` is empty or ` DESC`.
    pub(super) fn order(&self, alias: &str, direction: &str) -> String {
        match self.layout.tie {
            Some(_) => format!("{alias}.happened{direction}, {alias}.tie{direction}"),
            None => format!("{alias}.happened{direction}"),
        }
    }

    /// An aggregate over all rows of the person before this one.
    pub(super) fn before(&self, aggregate: &str, person: &str, order: &str) -> String {
        format!(
            "{aggregate} OVER (PARTITION BY {person} ORDER BY {order} \
             ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
        )
    }

    fn consent(
        &mut self,
        part: String,
        about: &str,
        purpose: &str,
        channel: Option<&str>,
        is: ConsentState,
    ) -> Result<Holding> {
        let set = self.part(part, "consent", about, |writer| {
            let Some(consents) = &writer.layout.consents else {
                return Err(no_table("consents"));
            };
            let dialect = writer.dialect;
            let column = |name: &str| Ok::<_, Error>(format!("e.{}", dialect.identifier(name)?));
            let states: &[&str] = match is {
                ConsentState::Granted => &["granted"],
                ConsentState::Denied => &["denied"],
                ConsentState::Unknown => &["granted", "denied"],
            };
            let states: Result<Vec<String>> =
                states.iter().map(|state| dialect.text(state)).collect();
            let of_channel = match channel {
                Some(channel) => format!("{} = {}", column("channel")?, dialect.text(channel)?),
                None => format!("{} IS NULL", column("channel")?),
            };
            let person = column(&writer.layout.person)?;
            let conditions = [
                format!("{} = {}", column("purpose")?, dialect.text(purpose)?),
                of_channel,
                format!("{} IN ({})", column("state")?, states?.join(", ")),
                format!("{person} IS NOT NULL"),
            ];
            let select = Select::of(
                [format!("{person} AS person")],
                format!("{} AS e", writer.table(consents)?),
            );
            Ok(select.distinct().only(conditions).to_string())
        })?;
        Ok(match is {
            ConsentState::Unknown => Holding::Complement(set),
            ConsentState::Granted | ConsentState::Denied => Holding::Set(set),
        })
    }

    /// A stable share of ids.
    fn sample(
        &self,
        from: onefold_event::Decimal,
        to: onefold_event::Decimal,
        salt: &str,
        id: &str,
    ) -> Result<String> {
        let hash = self
            .dialect
            .hash(&self.dialect.text(&format!("{salt}:"))?, id);
        let hash = self.dialect.ordered(&hash);
        let mut conditions = Vec::new();
        if !from.is_zero() {
            conditions.push(format!("{hash} >= '{}'", bound(from)));
        }
        if to < 100.into() {
            conditions.push(format!("{hash} < '{}'", bound(to)));
        }
        Ok(all(&conditions))
    }
}

impl Select {
    /// With this join, if there is one and it is not there yet.
    #[must_use]
    pub(super) fn join_all(self, join: Option<String>) -> Self {
        match join {
            Some(join) if !self.from.contains(&join) => self.join(join),
            _ => self,
        }
    }
}

/// The answer where there is nothing to look at: nothing happens to organisations, only people belong to
/// them, and only they have members.
fn of_nothing(question: &Question, entity: Entity) -> Option<Holding> {
    let is_right = match question {
        Question::Members { .. } => entity == Entity::Organisation,
        Question::Count { .. }
        | Question::Days { .. }
        | Question::Recency { .. }
        | Question::Restarted { .. }
        | Question::Nth { .. }
        | Question::Sequence(_)
        | Question::Organisations { .. } => entity == Entity::Person,
        _ => true,
    };
    let count = match question {
        Question::Count { count, .. } | Question::Days { count, .. } => Some(count),
        Question::Members { quantifier, .. } | Question::Organisations { quantifier, .. } => {
            match quantifier {
                Quantifier::Count(count) => Some(count),
                Quantifier::All | Quantifier::AtLeastPercent(_) => None,
            }
        }
        _ => None,
    };
    let holds = count.is_some_and(|count| count.accepts(0));
    (!is_right).then_some(if holds {
        Holding::Everybody
    } else {
        Holding::Nobody
    })
}

/// All of the past, by the same clock.
pub(super) fn ever(span: Span) -> Span {
    Span {
        stretch: crate::plan::Stretch::Ever,
        ..span
    }
}

/// `floor(percent / 100 * 2^64)` as 16 hexadecimal digits, for less than 100 percent.
fn bound(percent: onefold_event::Decimal) -> String {
    let percent = percent.normalize();
    let whole = 100 * 10_u128.pow(percent.scale());
    let mut rest = percent.mantissa().unsigned_abs();
    let mut digits = String::with_capacity(16);
    for _ in 0..16 {
        rest *= 16;
        digits.extend(char::from_digit(
            u32::try_from(rest / whole).unwrap_or(15),
            16,
        ));
        rest %= whole;
    }
    digits
}

#[cfg(test)]
mod tests {
    #[test]
    fn bounds_are_shares_of_64_bits() {
        let check = |percent: &str, expected: &str| {
            let percent = onefold_event::Decimal::from_str_exact(percent).unwrap();
            assert_eq!(super::bound(percent), expected);
        };
        check("50", "8000000000000000");
        check("10", "1999999999999999");
        check("0.1", "004189374bc6a7ef");
        check("99.9999999999999999999999999", "ffffffffffffffff");
    }
}
