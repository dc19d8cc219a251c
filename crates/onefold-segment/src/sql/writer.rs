//! The statement as it grows: named parts, each written when it is first asked for.
//!
//! Invariant: a part stands behind those that it reads, and equal questions are one part.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use onefold_event::{Error, ErrorKind, Result};

use super::{
    dialect::Dialect,
    layout::{ColumnType, Layout},
    select::{Select, all, any, indented, not},
    types::{Column, Owner, Types},
    value::{Kind, Val},
};
use crate::{
    ast::{Definition, Entity},
    plan::{Node, Plan},
};

/// What is known while a statement is written.
pub(super) struct Writer<'a> {
    pub(super) plan: &'a Plan,
    pub(super) layout: &'a Layout,
    pub(super) dialect: Dialect,
    pub(super) as_of: i64,
    pub(super) types: Types,
    /// The columns of properties and traits in [`PAST`], [`PEOPLE`] and [`ORGANISATIONS`].
    aliases: BTreeMap<Column, String>,
    parts: Vec<Part>,
    /// The names of parts by what they answer.
    known: BTreeMap<String, String>,
    /// The computed traits that were written: the part of each, and what it says of a row `u`.
    pub(super) computed: BTreeMap<usize, (String, Val)>,
    /// Tables of the layout that are read.
    pub(super) reads: BTreeSet<Source>,
    /// The calendar windows of people's own zones, by place of the zone in the plan.
    pub(super) clocks: BTreeMap<u32, Vec<crate::plan::Stretch>>,
}

/// A table of the layout, made uniform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    Past,
    People,
    Organisations,
    Memberships,
}

pub(super) const PAST: &str = "past";
pub(super) const PEOPLE: &str = "universe";
pub(super) const ORGANISATIONS: &str = "known_organisations";
pub(super) const MEMBERSHIPS: &str = "current_memberships";

/// A named part of the statement.
struct Part {
    name: String,
    about: String,
    body: String,
}

/// The parts that a condition looks into, each with at most one row for each person.
#[derive(Debug, Default, Clone)]
pub(super) struct Joins(pub(super) Vec<String>);

impl Joins {
    pub(super) fn add(&mut self, part: &str) {
        if !self.0.iter().any(|known| known == part) {
            self.0.push(part.to_owned());
        }
    }
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        dialect: Dialect,
        layout: &'a Layout,
        as_of: i64,
    ) -> Result<Self> {
        let types = Types::infer(plan, layout)?;
        let aliases = aliases(types.columns());
        Ok(Self {
            plan,
            layout,
            dialect,
            as_of,
            types,
            aliases,
            parts: Vec::new(),
            known: BTreeMap::new(),
            computed: BTreeMap::new(),
            reads: BTreeSet::new(),
            clocks: BTreeMap::new(),
        })
    }

    /// The part that answers `key`, written by `write` if it is not there yet.
    pub(super) fn part(
        &mut self,
        key: String,
        name: &str,
        about: &str,
        write: impl FnOnce(&mut Self) -> Result<String>,
    ) -> Result<String> {
        if let Some(known) = self.known.get(&key) {
            return Ok(known.clone());
        }
        let body = write(self)?;
        let name = format!("{name}_{}", self.known.len() + 1);
        self.known.insert(key, name.clone());
        self.parts.push(Part {
            name: name.clone(),
            about: about.to_owned(),
            body,
        });
        Ok(name)
    }

    /// The part that holds the members of a segment.
    pub(super) fn segment(&mut self, number: usize) -> Result<String> {
        let plan = self.plan;
        let Some(segment) = plan.segments.get(number) else {
            return Err(unknown("segment"));
        };
        let is_it = |definition: &&Definition| matches!(definition, Definition::Segment { name, .. } if **name == *segment.name);
        let definition = plan.library().definitions().iter().find(is_it);
        let about = definition.map(ToString::to_string).unwrap_or_default();
        self.part(format!("segment {number}"), "segment", &about, |writer| {
            let mut joins = Joins::default();
            let conditions = match &segment.node {
                Node::All(parts) => writer.conditions(parts, segment.entity, &mut joins)?,
                other => vec![writer.condition(other, segment.entity, &mut joins)?],
            };
            let key = key(segment.entity);
            let select = writer.everybody([format!("u.{key}")], segment.entity, &joins);
            Ok(select.only(conditions).to_string())
        })
    }

    /// What holds for a row `u` of everybody, with the parts that it looks into.
    pub(super) fn condition(
        &mut self,
        node: &Node,
        entity: Entity,
        joins: &mut Joins,
    ) -> Result<String> {
        Ok(match node {
            Node::All(parts) => all(&self.conditions(parts, entity, joins)?),
            Node::Any(parts) => any(&self.conditions(parts, entity, joins)?),
            Node::Not(inner) => {
                let inner = self.condition(inner, entity, joins)?;
                match inner.strip_suffix(" IS NOT NULL") {
                    Some(flag) if !flag.contains(' ') => format!("{flag} IS NULL"),
                    _ => not(&inner),
                }
            }
            Node::Member(number) => {
                let is_other = self.plan.segments.get(*number).map(|s| s.entity) != Some(entity);
                // Nobody is a member of a segment about something else.
                if is_other {
                    return Ok("FALSE".to_owned());
                }
                let part = self.segment(*number)?;
                joins.add(&part);
                format!("{part}.{} IS NOT NULL", key(entity))
            }
            Node::Leaf(number) => self.leaf(*number, entity, joins)?,
        })
    }

    fn conditions(
        &mut self,
        nodes: &[Node],
        entity: Entity,
        joins: &mut Joins,
    ) -> Result<Vec<String>> {
        let conditions = nodes.iter().map(|node| self.condition(node, entity, joins));
        conditions.collect()
    }

    /// Everybody there is, as `u`, beside the parts that are looked into.
    pub(super) fn everybody<C: Into<String>>(
        &mut self,
        columns: impl IntoIterator<Item = C>,
        entity: Entity,
        joins: &Joins,
    ) -> Select {
        let (source, table) = match entity {
            Entity::Person => (Source::People, PEOPLE),
            Entity::Organisation => (Source::Organisations, ORGANISATIONS),
        };
        self.reads.insert(source);
        let key = key(entity);
        let mut select = Select::of(columns, format!("{table} AS u"));
        for part in &joins.0 {
            select = select.join(format!("LEFT JOIN {part} ON {part}.{key} = u.{key}"));
        }
        select
    }

    /// A property of a row with that alias.
    pub(super) fn property(&self, path: &str, alias: &str) -> Result<Val> {
        self.column(Column::Property(path.into()), alias)
    }

    /// A trait of a row `u` of everybody.
    pub(super) fn trait_value(&mut self, name: &str, entity: Entity) -> Result<Val> {
        let (table, what) = match entity {
            Entity::Person => (&self.layout.people, "people"),
            Entity::Organisation => (&self.layout.organisations, "organisations"),
        };
        if table.is_none() {
            let message = format!("trait `{name}` needs a table of {what}: name one in the layout");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        self.column(Column::Trait(entity.into(), name.into()), "u")
    }

    fn column(&self, column: Column, alias: &str) -> Result<Val> {
        let Some(name) = self.aliases.get(&column) else {
            return Err(unknown("column"));
        };
        Ok(Val {
            text: format!("{alias}.{name}"),
            kind: Kind::of(&column, self.types.of(&column)),
            fault: None,
        })
    }

    /// The columns of a table for properties or traits, as `AS`-clauses over the stored ones.
    pub(super) fn stored_columns(&self, of: impl Fn(&Column) -> bool) -> Result<Vec<String>> {
        let mut columns = Vec::new();
        for (column, alias) in self.aliases.iter().filter(|(column, _)| of(column)) {
            let (renamed, name) = match column {
                Column::Property(name) => (&self.layout.properties, name),
                Column::Trait(_, name) => (&self.layout.traits, name),
            };
            let stored = renamed.get(&**name).map_or(&**name, String::as_str);
            let stored = format!("e.{}", self.dialect.identifier(stored)?);
            let value = match self.types.of(column) {
                Some(ColumnType::Number { places }) => {
                    self.dialect.column_number(&stored, places.into()).text
                }
                Some(ColumnType::Time) => self.dialect.instant(&stored, self.layout.times),
                Some(ColumnType::Text | ColumnType::Truth) | None => stored,
            };
            columns.push(format!("{value} AS {alias}"));
        }
        Ok(columns)
    }

    /// The whole statement, with the parts in front of it.
    pub(super) fn finish(mut self, members: &str) -> Result<String> {
        let mut parts = self.sources()?;
        parts.append(&mut self.parts);
        self.check_names(&parts)?;
        let mut text = String::from("WITH\n");
        let bodies = || parts.iter().map(|part| part.body.as_str()).chain([members]);
        let uses = uses(bodies());
        let last = parts.len().saturating_sub(1);
        for (number, part) in parts.iter().enumerate() {
            if !part.about.is_empty() {
                text.push_str(&comment(&part.about));
            }
            let is_source = [PAST, PEOPLE, ORGANISATIONS].contains(&&*part.name);
            let materialized = match uses.get(&*part.name) {
                Some(2..) => self.dialect.materialized(!is_source),
                _ => "",
            };
            let Part { name, body, .. } = part;
            let end = if number == last { "" } else { "," };
            text.push_str(&format!(
                "{name} AS {materialized}(\n{}\n){end}\n",
                indented(body)
            ));
        }
        text.push_str(members);
        text.push_str(self.dialect.settings());
        text.push('\n');
        Ok(text)
    }

    /// The tables of the layout that are read, made uniform, and what depends on them alone.
    fn sources(&mut self) -> Result<Vec<Part>> {
        let mut parts = Vec::new();
        let mut add = |name: &str, about: String, body: String| {
            parts.push(Part {
                name: name.to_owned(),
                about,
                body,
            });
        };
        let clocks = self.clock_parts()?;
        if !clocks.is_empty() {
            self.reads.insert(Source::People);
        }
        let until = crate::print::Time(onefold_event::Timestamp::from_micros(self.as_of));
        for source in self.reads.clone() {
            let (name, about) = match source {
                Source::Past => (PAST, format!("what happened before {until}")),
                Source::People => (PEOPLE, "everybody there is".to_owned()),
                Source::Organisations => (ORGANISATIONS, "the organisations there are".to_owned()),
                Source::Memberships => (MEMBERSHIPS, format!("memberships that hold at {until}")),
            };
            let body = self.source(source)?;
            add(name, about, body);
        }
        for (name, about, body) in clocks {
            add(&name, about, body);
        }
        Ok(parts)
    }

    /// A table with the name of a part would be hidden by it.
    fn check_names(&self, parts: &[Part]) -> Result<()> {
        let layout = self.layout;
        let optional = [
            &layout.people,
            &layout.memberships,
            &layout.organisations,
            &layout.consents,
        ];
        let tables = optional.into_iter().flatten().chain([&layout.events]);
        for table in tables {
            if parts
                .iter()
                .any(|part| part.name.eq_ignore_ascii_case(table))
            {
                let message = format!(
                    "a part of the statement is called `{table}`: rename the table, or name it with its schema"
                );
                return Err(Error::new(ErrorKind::InvalidInput, message));
            }
        }
        Ok(())
    }

    /// The table of that name.
    pub(super) fn table(&self, name: &str) -> Result<String> {
        let parts: Result<Vec<String>> = name
            .split('.')
            .map(|part| self.dialect.identifier(part))
            .collect();
        Ok(parts?.join("."))
    }

    /// The zone whose clock is meant, if it is not each person's own.
    pub(super) fn fixed_zone(&self, zone: u32) -> Option<Tz> {
        match self.plan.zones.get(zone as usize)? {
            crate::ast::Zone::Person { .. } => None,
            other => Some(crate::zone::of_person(other, |_| None)),
        }
    }
}

/// The column that names a row.
pub(super) const fn key(entity: Entity) -> &'static str {
    entity.word()
}

pub(super) fn unknown(what: &str) -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        format!("a definition names no known {what}"),
    )
}

/// A name for each column: what is left of its own, behind a letter that tells whose it is.
fn aliases<'a>(columns: impl Iterator<Item = &'a Column>) -> BTreeMap<Column, String> {
    let mut taken = BTreeSet::new();
    let mut aliases = BTreeMap::new();
    for column in columns {
        let (prefix, name) = match column {
            Column::Property(name) => ("p", name),
            Column::Trait(Owner::Person, name) => ("t", name),
            Column::Trait(Owner::Organisation, name) => ("o", name),
        };
        let plain = |c: char| match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() => c,
            _ => '_',
        };
        let wanted = format!(
            "{prefix}_{}",
            name.chars().take(40).map(plain).collect::<String>()
        );
        let mut alias = wanted.clone();
        let mut number = 2;
        while !taken.insert(alias.clone()) {
            alias = format!("{wanted}_{number}");
            number += 1;
        }
        aliases.insert(column.clone(), alias);
    }
    aliases
}

/// How often each word stands in the texts; names of parts are words.
fn uses<'a>(texts: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut uses = BTreeMap::new();
    for text in texts {
        // A part is named once where it is read and then before its columns.
        for line in text.lines().filter_map(|line| {
            let line = line.trim_start();
            ["FROM ", "JOIN ", "LEFT JOIN ", "CROSS JOIN "]
                .iter()
                .find_map(|begin| line.strip_prefix(begin))
        }) {
            if let Some(word) = line.split(' ').next() {
                *uses.entry(word).or_insert(0) += 1;
            }
        }
    }
    uses
}

/// A comment; nothing in a definition as it is printed ends a line.
fn comment(about: &str) -> String {
    let about = about.replace(['\n', '\r'], " ").replace("${", "$ {");
    format!("-- {about}\n")
}
