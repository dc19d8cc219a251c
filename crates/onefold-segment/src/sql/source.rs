//! The tables of the layout, made uniform: `past`, `universe`, organisations and memberships.
//!
//! Invariant: behind this file, a person is `person`, a time is `happened`, and a property or trait has the
//! type that definitions use it as.

use onefold_event::{Error, ErrorKind, Result};

use super::{
    layout::Layout,
    select::Select,
    types::{Column, Owner},
    writer::{Source, Writer},
};

impl Writer<'_> {
    pub(super) fn source(&self, source: Source) -> Result<String> {
        match source {
            Source::Past => self.past(),
            Source::People => self.people(),
            Source::Organisations => self.organisations(),
            Source::Memberships => self.memberships(),
        }
    }

    fn past(&self) -> Result<String> {
        let Layout {
            person,
            time,
            event,
            tie,
            times,
            ..
        } = self.layout;
        let dialect = self.dialect;
        let time = format!("e.{}", dialect.identifier(time)?);
        let person = format!("e.{}", dialect.identifier(person)?);
        let mut columns = vec![
            format!("{person} AS person"),
            format!("{} AS happened", dialect.instant(&time, *times)),
            format!("e.{} AS event", dialect.identifier(event)?),
        ];
        if let Some(tie) = tie {
            columns.push(format!("e.{} AS tie", dialect.identifier(tie)?));
        }
        columns.extend(self.stored_columns(|column| matches!(column, Column::Property(_)))?);
        let until = dialect.stored_time(self.as_of, *times);
        let select = Select::of(
            columns,
            format!("{} AS e", self.table(&self.layout.events)?),
        );
        let conditions = [format!("{time} < {until}"), format!("{person} IS NOT NULL")];
        Ok(select.only(conditions).to_string())
    }

    fn people(&self) -> Result<String> {
        let person = format!("e.{}", self.dialect.identifier(&self.layout.person)?);
        let mut columns = vec![format!("{person} AS person")];
        let select = match &self.layout.people {
            Some(people) => {
                let is_trait = |column: &Column| matches!(column, Column::Trait(Owner::Person, _));
                columns.extend(self.stored_columns(is_trait)?);
                Select::of(columns, format!("{} AS e", self.table(people)?))
            }
            None => {
                let events = self.table(&self.layout.events)?;
                Select::of(columns, format!("{events} AS e")).distinct()
            }
        };
        let is_known = format!("{person} IS NOT NULL");
        Ok(select.only([is_known]).to_string())
    }

    fn organisations(&self) -> Result<String> {
        let organisation = format!("e.{}", self.dialect.identifier("organisation")?);
        let mut columns = vec![format!("{organisation} AS organisation")];
        let select = match (&self.layout.organisations, &self.layout.memberships) {
            (Some(organisations), _) => {
                let is_trait =
                    |column: &Column| matches!(column, Column::Trait(Owner::Organisation, _));
                columns.extend(self.stored_columns(is_trait)?);
                Select::of(columns, format!("{} AS e", self.table(organisations)?))
            }
            (None, Some(memberships)) => {
                Select::of(columns, format!("{} AS e", self.table(memberships)?)).distinct()
            }
            (None, None) => return Err(no_table("organisations")),
        };
        let is_known = format!("{organisation} IS NOT NULL");
        Ok(select.only([is_known]).to_string())
    }

    fn memberships(&self) -> Result<String> {
        let Some(memberships) = &self.layout.memberships else {
            return Err(no_table("memberships"));
        };
        let column = |name: &str| Ok::<_, Error>(format!("e.{}", self.dialect.identifier(name)?));
        let (from, to) = (column("valid_from")?, column("valid_to")?);
        let columns = [
            format!("{} AS person", column(&self.layout.person)?),
            format!("{} AS organisation", column("organisation")?),
            format!("{} AS role", column("role")?),
        ];
        let at = self.dialect.stored_time(self.as_of, self.layout.times);
        let select = Select::of(columns, format!("{} AS e", self.table(memberships)?));
        let conditions = [
            format!("({from} IS NULL OR {from} <= {at})"),
            format!("({to} IS NULL OR {to} > {at})"),
        ];
        Ok(select.only(conditions).to_string())
    }
}

pub(super) fn no_table(what: &str) -> Error {
    let message = format!("a definition needs a table of {what}: name one in the layout");
    Error::new(ErrorKind::InvalidInput, message)
}
