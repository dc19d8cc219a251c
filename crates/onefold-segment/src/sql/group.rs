//! Members of an organisation, and organisations of a person.
//!
//! Invariant: a pair of person and organisation counts once, in however many roles, and only people and
//! organisations that are known count.

use onefold_event::Result;

use super::{
    leaf::Holding,
    select::Select,
    writer::{Joins, ORGANISATIONS, PEOPLE, Source, Writer, key, unknown},
};
use crate::{
    ast::{Entity, Quantifier},
    plan::{Node, Question},
};

impl Writer<'_> {
    /// For whom something holds of so many others.
    pub(super) fn group_question(
        &mut self,
        part: String,
        about: &str,
        question: &Question,
    ) -> Result<Holding> {
        let (quantifier, role, that, other) = match question {
            Question::Members {
                quantifier,
                role,
                that,
            } => (quantifier, role, that, Entity::Person),
            Question::Organisations {
                quantifier,
                role,
                that,
            } => (quantifier, role, that, Entity::Organisation),
            _ => return Err(unknown("question")),
        };
        let select = self.pairs(role.as_deref(), that, other)?;
        let others = key(other);
        let having = match quantifier {
            Quantifier::Count(count) => {
                let counted = format!("COUNT(x.{others})");
                return self.counted(part, about, *count, |_| Ok((select, counted)));
            }
            Quantifier::All => format!("COUNT(x.{others}) = COUNT(*)"),
            Quantifier::AtLeastPercent(share) => {
                let share = share.normalize();
                let whole = 100 * 10_u128.pow(share.scale());
                format!(
                    "COUNT(x.{others}) * {whole} >= COUNT(*) * {}",
                    share.mantissa()
                )
            }
        };
        let set = self.part(part, "question", about, |_| {
            Ok(select.having(having).to_string())
        })?;
        Ok(Holding::Set(set))
    }

    /// Each pair, as `m`, and the other of it as `x` where the condition holds, by those who are asked.
    fn pairs(&mut self, role: Option<&str>, that: &Node, other: Entity) -> Result<Select> {
        let mut joins = Joins::default();
        let condition = self.condition(that, other, &mut joins)?;
        let others = key(other);
        let matching = self.part(
            format!("matching {that:?} {other:?}"),
            "matching",
            &format!("each {others} for which it holds"),
            |writer| {
                let select = writer.everybody([format!("u.{others}")], other, &joins);
                Ok(select.only([condition]).to_string())
            },
        )?;
        let (known, source, asked) = match other {
            Entity::Person => (PEOPLE, Source::People, Entity::Organisation),
            Entity::Organisation => (ORGANISATIONS, Source::Organisations, Entity::Person),
        };
        self.reads.insert(source);
        let asked = format!("m.{}", key(asked));
        let members = self.members(role)?;
        let select = Select::of([asked.clone()], members)
            .join(format!("JOIN {known} AS k ON k.{others} = m.{others}"))
            .join(format!(
                "LEFT JOIN {matching} AS x ON x.{others} = m.{others}"
            ));
        Ok(select.group(&[&asked]))
    }
}
