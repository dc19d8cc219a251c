//! Quantities: traits, computed traits, aggregates over occurrences and over members.
//!
//! Invariant: a part that holds values has at most one row a person (or organisation): `result`, which is
//! null where it is missing or at fault, `seen`, how many values it is made of, and `fault` (1 or 0) where a
//! fault can be.

use onefold_event::Result;

use super::{
    number::{Digits, QUOTIENT_PLACES},
    select::{Select, any},
    value::{Kind, Operation, Val, or, short},
    writer::{Joins, MEMBERSHIPS, Source, Writer, key, unknown},
};
use crate::{
    ast::{Entity, Function},
    plan::{PlannedAggregate, PlannedQuantity},
};

impl Writer<'_> {
    /// The value for a row `u` of everybody.
    pub(super) fn quantity(
        &mut self,
        quantity: &PlannedQuantity,
        entity: Entity,
        joins: &mut Joins,
    ) -> Result<Val> {
        let (operation, sides) = match quantity {
            PlannedQuantity::Trait(number) => {
                let name = self.plan.traits.get(*number).cloned().unwrap_or_default();
                return self.trait_value(&name, entity);
            }
            PlannedQuantity::Computed(number) => return self.computed(*number, entity, joins),
            PlannedQuantity::Number(number) => {
                return Ok(Val::number(self.dialect.number(*number)));
            }
            PlannedQuantity::Aggregate(aggregate) => {
                return self.aggregate(*aggregate, entity, joins);
            }
            PlannedQuantity::Members { function, role, of } => {
                return self.members_value(*function, role.as_deref(), of, entity, joins);
            }
            PlannedQuantity::Negative(inner) => {
                let inner = self.quantity(inner, entity, joins)?;
                return Ok(self.dialect.negate(&inner));
            }
            PlannedQuantity::Add(sides) => (Operation::Add, sides),
            PlannedQuantity::Subtract(sides) => (Operation::Subtract, sides),
            PlannedQuantity::Multiply(sides) => (Operation::Multiply, sides),
            PlannedQuantity::Divide(sides) => (Operation::Divide, sides),
        };
        let [left, right] = &**sides;
        let left = self.quantity(left, entity, joins)?;
        let right = self.quantity(right, entity, joins)?;
        short(self.dialect.calculate(operation, &left, &right)?)
    }

    /// For each aggregate in it, the condition that it is of at least one occurrence.
    pub(super) fn seen(
        &mut self,
        quantity: &PlannedQuantity,
        entity: Entity,
        joins: &mut Joins,
    ) -> Result<Vec<String>> {
        Ok(match quantity {
            PlannedQuantity::Trait(_) | PlannedQuantity::Number(_) => Vec::new(),
            PlannedQuantity::Computed(_)
            | PlannedQuantity::Aggregate(_)
            | PlannedQuantity::Members { .. } => {
                if let PlannedQuantity::Computed(number) = quantity
                    && !(self.plan.computed.get(*number)).is_some_and(|it| it.is_aggregated)
                {
                    return Ok(Vec::new());
                }
                let mut own = Joins::default();
                self.quantity(quantity, entity, &mut own)?;
                own.0.iter().for_each(|part| joins.add(part));
                let parts = own.0.iter();
                parts
                    .map(|part| format!("COALESCE({part}.seen, 0) > 0"))
                    .collect()
            }
            PlannedQuantity::Negative(inner) => self.seen(inner, entity, joins)?,
            PlannedQuantity::Add(sides)
            | PlannedQuantity::Subtract(sides)
            | PlannedQuantity::Multiply(sides)
            | PlannedQuantity::Divide(sides) => {
                let mut seen = Vec::new();
                for side in sides.iter() {
                    seen.extend(self.seen(side, entity, joins)?);
                }
                seen
            }
        })
    }

    fn computed(&mut self, number: usize, entity: Entity, joins: &mut Joins) -> Result<Val> {
        let plan = self.plan;
        let Some(computed) = plan.computed.get(number) else {
            return Err(unknown("computed trait"));
        };
        // A trait of organisations says nothing about a person, and the other way round.
        if computed.entity != entity {
            return Ok(Val::missing());
        }
        if let Some((part, value)) = self.computed.get(&number) {
            joins.add(part);
            return Ok(value.clone());
        }
        let mut own = Joins::default();
        let value = self.quantity(&computed.value, entity, &mut own)?;
        let seen = self.seen(&computed.value, entity, &mut own)?;
        let about = format!("trait {}", crate::print::Name(&computed.name));
        let part = self.part(format!("computed {number}"), "computed", &about, |writer| {
            let mut columns = vec![
                format!("u.{}", key(entity)),
                format!("{} AS result", value.text),
                format!("CASE WHEN {} THEN 1 ELSE 0 END AS seen", any(&seen)),
            ];
            columns.extend(value.fault.as_deref().map(flag));
            Ok(writer.everybody(columns, entity, &own).to_string())
        })?;
        joins.add(&part);
        let fault = value.fault;
        let value = Val {
            text: format!("{part}.result"),
            kind: value.kind,
            fault: fault.map(|_| format!("COALESCE({part}.fault, 0) = 1")),
        };
        self.computed.insert(number, (part, value.clone()));
        Ok(value)
    }

    fn aggregate(
        &mut self,
        aggregate: PlannedAggregate,
        entity: Entity,
        joins: &mut Joins,
    ) -> Result<Val> {
        let PlannedAggregate {
            function,
            feature,
            span,
        } = aggregate;
        let plan = self.plan;
        let Some(known) = plan.features.get(feature as usize) else {
            return Err(unknown("feature"));
        };
        if entity != Entity::Person {
            return Ok(self.of_none(function));
        }
        let read = |_: Option<&str>, path: &str| self.property(path, "p");
        let value = match &known.value {
            Some(value) => Some(self.dialect.expression(value, &read)?),
            None => None,
        };
        let value = value.map(|value| self.fitting(function, value));
        // A feature is told as its count.
        let of = known.text.strip_prefix("count").unwrap_or(&known.text);
        let about = format!("{function}{of}");
        let part = format!("aggregate {function:?} {feature} {span:?}");
        let part = self.part(part, "value", &about, |writer| {
            let select = writer.occurrences(feature, span)?;
            match &value {
                None => Ok(counted(select)),
                Some(value) => writer.over(function, value, "p.person", select),
            }
        })?;
        joins.add(&part);
        Ok(read_back(&part, function, value.as_ref()))
    }

    /// The value of each member of an organisation, as one.
    fn members_value(
        &mut self,
        function: Function,
        role: Option<&str>,
        of: &PlannedQuantity,
        entity: Entity,
        joins: &mut Joins,
    ) -> Result<Val> {
        if entity != Entity::Organisation {
            return Ok(self.of_none(function));
        }
        let mut own = Joins::default();
        let each = self.quantity(of, Entity::Person, &mut own)?;
        let of_each = self.part(
            format!("each {of:?}"),
            "each",
            "the value of each person",
            |writer| {
                let mut columns = vec!["u.person".to_owned(), format!("{} AS result", each.text)];
                columns.extend(each.fault.as_deref().map(flag));
                Ok(writer.everybody(columns, Entity::Person, &own).to_string())
            },
        )?;
        let value = Val {
            text: "v.result".to_owned(),
            kind: each.kind,
            fault: each.fault.map(|_| "v.fault = 1".to_owned()),
        };
        let value = self.fitting(function, value);
        let members = self.members(role)?;
        let part = format!("members {function:?} {role:?} {of:?}");
        let part = self.part(
            part,
            "value",
            &format!("{function} over members"),
            |writer| {
                let select = Select::of::<String>([], members)
                    .join(format!("JOIN {of_each} AS v ON v.person = m.person"));
                writer.over(function, &value, "m.organisation", select)
            },
        )?;
        joins.add(&part);
        Ok(read_back(&part, function, Some(&value)))
    }

    /// Who is a member of which organisation at the instant, each pair once, as `m`.
    pub(super) fn members(&mut self, role: Option<&str>) -> Result<String> {
        self.reads.insert(Source::Memberships);
        let mut select = Select::of(
            ["c.person", "c.organisation"],
            format!("{MEMBERSHIPS} AS c"),
        );
        if let Some(role) = role {
            select = select.only([format!("c.role = {}", self.dialect.text(role)?)]);
        }
        Ok(select.distinct().named("m"))
    }

    /// A function over nothing.
    fn of_none(&self, function: Function) -> Val {
        match function {
            Function::Count | Function::Sum | Function::Distinct => {
                Val::number(self.dialect.number(0.into()))
            }
            _ => Val::missing(),
        }
    }

    /// The value as the function takes it.
    fn fitting(&self, function: Function, value: Val) -> Val {
        match function {
            Function::Sum | Function::Avg | Function::Percentile(_) => {
                let (number, fault) = self.dialect.to_number(&value);
                Val {
                    fault,
                    ..Val::number(number)
                }
            }
            _ => value,
        }
    }

    /// A function over the values of the rows of `select`, for each key.
    fn over(&self, function: Function, value: &Val, key: &str, select: Select) -> Result<String> {
        match function {
            Function::First | Function::Last => Ok(self.at_end(function, value, key, select)),
            Function::Mode => Ok(mode(
                self.dialect.ordered_if_text(value),
                value,
                key,
                select,
            )),
            Function::Percentile(number) => self.percentile(number, value, key, select),
            simple => Ok(self.grouped(simple, value, key, select)),
        }
    }

    fn grouped(&self, function: Function, value: &Val, key: &str, mut select: Select) -> String {
        let text = &value.text;
        let result = match (function, &value.kind) {
            (Function::Count, _) => format!("COUNT({text})"),
            (Function::Distinct, _) => format!("COUNT(DISTINCT {text})"),
            (Function::Min | Function::Max, Kind::Truth) => {
                self.dialect.extreme_truth(function == Function::Max, text)
            }
            (Function::Min, _) => format!("MIN({})", self.dialect.ordered_if_text(value)),
            (Function::Max, _) => format!("MAX({})", self.dialect.ordered_if_text(value)),
            (Function::Avg, Kind::Number(digits)) => {
                let sum = super::number::Number {
                    text: format!("SUM({text})"),
                    digits: digits.of_sum(),
                };
                let count = super::number::Number {
                    text: format!("COUNT({text})"),
                    digits: Digits::COUNT,
                };
                self.dialect.quotient(&sum, &count).text
            }
            _ => format!("SUM({text})"),
        };
        let (result, fault) = match value.fault.as_deref() {
            Some(fault) => {
                let fault = format!("MAX(CASE WHEN {fault} THEN 1 ELSE 0 END)");
                let result = format!("CASE WHEN {fault} = 0 THEN {result} END");
                (result, Some(format!("{fault} AS fault")))
            }
            None => (result, None),
        };
        select.columns = vec![
            key.to_owned(),
            format!("{result} AS result"),
            format!("COUNT({text}) AS seen"),
        ];
        select.columns.extend(fault);
        select.group(&[key]).to_string()
    }

    /// The value of the first or last occurrence that has one.
    fn at_end(&self, function: Function, value: &Val, key: &str, mut select: Select) -> String {
        let direction = if function == Function::First {
            ""
        } else {
            " DESC"
        };
        let order = self.order("p", direction);
        select = select.only([present(value)]);
        select.columns = rows(value, key);
        let place = format!("ROW_NUMBER() OVER (PARTITION BY {key} ORDER BY {order}) AS place");
        select.columns.push(place);
        let mut columns = vec!["q.person", "q.result", "1 AS seen"];
        columns.extend(value.fault.as_ref().map(|_| "q.fault"));
        let first = Select::of(columns, select.named("q"));
        first.only(["q.place = 1".to_owned()]).to_string()
    }

    /// The interpolated percentile, without a division: the row at or before the rank, and how far
    /// behind it the rank lies.
    fn percentile(&self, number: u8, value: &Val, key: &str, mut select: Select) -> Result<String> {
        select = select.only([present(value)]);
        select.columns = rows(value, key);
        let name = key.split('.').next_back().unwrap_or(key);
        let by = format!("PARTITION BY r.{name} ORDER BY r.result");
        let following = self.dialect.nullable("r.result");
        let mut columns = vec![
            format!("r.{name}"),
            "r.result".to_owned(),
            format!("{} AS next_result", self.dialect.next(&following, &by)),
            format!("{} AS place", self.dialect.place(&by)),
            format!("COUNT(*) OVER (PARTITION BY r.{name}) AS seen"),
        ];
        let fault = format!("MAX(r.fault) OVER (PARTITION BY r.{name}) AS fault");
        columns.extend(value.fault.as_ref().map(|_| fault));
        let placed = Select::of(columns, select.named("r"));
        let Kind::Number(digits) = value.kind else {
            return Err(unknown("number"));
        };
        let at = |text: &str, digits: Digits| super::number::Number {
            text: text.to_owned(),
            digits,
        };
        let behind = format!("((q.seen - 1) * {number} - (q.place - 1) * 100)");
        let short = Digits {
            whole: 3,
            places: 0,
        };
        let hundredth = self.dialect.number(onefold_event::Decimal::new(1, 2));
        let share = self.dialect.product(&at(&behind, short), &hundredth)?;
        let step = at("COALESCE(q.next_result - q.result, 0)", digits);
        let step = self.dialect.product(&step, &share)?;
        let result = self.dialect.sum(&at("q.result", digits), '+', &step).text;
        let mut columns = vec![format!("q.{name}")];
        match value.fault {
            Some(_) => {
                columns.push(format!("CASE WHEN q.fault = 0 THEN {result} END AS result"));
                columns.push("q.fault".to_owned());
            }
            None => columns.push(format!("{result} AS result")),
        }
        columns.push("q.seen".to_owned());
        let conditions = [
            format!("(q.place - 1) * 100 <= (q.seen - 1) * {number}"),
            format!("(q.seen - 1) * {number} < q.place * 100"),
        ];
        Ok(Select::of(columns, placed.named("q"))
            .only(conditions)
            .to_string())
    }
}

/// Bare `count`.
fn counted(mut select: Select) -> String {
    let columns = ["p.person", "COUNT(*) AS result", "COUNT(*) AS seen"];
    select.columns = columns.map(str::to_owned).to_vec();
    select.group(&["p.person"]).to_string()
}

/// The most frequent value, the least of several.
fn mode(ordered: String, value: &Val, key: &str, mut select: Select) -> String {
    let name = key.split('.').next_back().unwrap_or(key).to_owned();
    select = select.only([present(value)]);
    select.columns = rows(
        &Val {
            text: ordered,
            ..value.clone()
        },
        key,
    );
    let has_fault = value.fault.is_some();
    let mut columns = vec![
        format!("r.{name}"),
        "r.result".to_owned(),
        "COUNT(*) AS times".to_owned(),
    ];
    columns.extend(has_fault.then(|| "MAX(r.fault) AS fault".to_owned()));
    let grouped = Select::of(columns, select.named("r")).group(&[&format!("r.{name}"), "r.result"]);
    let each = format!("OVER (PARTITION BY g.{name})");
    let mut columns = vec![
        format!("g.{name}"),
        "g.result".to_owned(),
        format!("SUM(g.times) {each} AS seen"),
        format!(
            "ROW_NUMBER() OVER (PARTITION BY g.{name} ORDER BY g.times DESC, g.result) AS place"
        ),
    ];
    columns.extend(has_fault.then(|| format!("MAX(g.fault) {each} AS fault")));
    let placed = Select::of(columns, grouped.named("g"));
    let mut columns = vec![format!("q.{name}"), "q.seen".to_owned()];
    if has_fault {
        columns.push("CASE WHEN q.fault = 0 THEN q.result END AS result".to_owned());
        columns.push("q.fault".to_owned());
    } else {
        columns.push("q.result".to_owned());
    }
    let first = Select::of(columns, placed.named("q"));
    first.only(["q.place = 1".to_owned()]).to_string()
}

/// Key, value and fault of each row.
fn rows(value: &Val, key: &str) -> Vec<String> {
    let mut columns = vec![key.to_owned(), format!("{} AS result", value.text)];
    columns.extend(value.fault.as_deref().map(flag));
    columns
}

/// The condition that there is a value or a fault.
fn present(value: &Val) -> String {
    let is_present = format!("{} IS NOT NULL", value.text);
    or(Some(is_present), value.fault.clone()).unwrap_or_default()
}

fn flag(fault: &str) -> String {
    format!("CASE WHEN {fault} THEN 1 ELSE 0 END AS fault")
}

/// What a part of values says of a row `u`: nothing is there of whom there is nothing.
fn read_back(part: &str, function: Function, value: Option<&Val>) -> Val {
    let fault = value.and_then(|value| value.fault.as_ref());
    let fault = fault.map(|_| format!("COALESCE({part}.fault, 0) = 1"));
    let is_zero_of_none = matches!(
        function,
        Function::Count | Function::Sum | Function::Distinct
    );
    let text = match (is_zero_of_none, &fault) {
        (false, _) => format!("{part}.result"),
        (true, None) => format!("COALESCE({part}.result, 0)"),
        (true, Some(_)) => {
            format!("CASE WHEN COALESCE({part}.fault, 0) = 0 THEN COALESCE({part}.result, 0) END")
        }
    };
    let kind = match (function, value.map(|value| &value.kind)) {
        (Function::Count | Function::Distinct, _) | (_, None) => Kind::Number(Digits::COUNT),
        (Function::Sum, Some(Kind::Number(digits))) => Kind::Number(digits.of_sum()),
        (Function::Avg, _) => Kind::Number(Digits {
            whole: 22,
            places: QUOTIENT_PLACES,
        }),
        (Function::Percentile(_), Some(Kind::Number(digits))) => Kind::Number(Digits {
            whole: digits.whole + 1,
            places: digits.places + 2,
        }),
        (_, Some(kind)) => kind.clone(),
    };
    Val { text, kind, fault }
}
