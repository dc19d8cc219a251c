//! What is known of organisations: their traits, and whose memberships name them.
//!
//! Invariant: a function of the log alone, as everything in the state is: golden records of organisations go by the
//! same rules as those of people, whatever the order of arrival.

use std::fmt;

use onefold_event::{
    AnchorId, Identifier, IdentifierKind, Position, Result, SourceName, Timestamp, Value,
    parts::{Arena, Interner, Reader, put_number, put_text, read_form},
};
use onefold_profile::{Observation, Profiles, Rules};

const VERSION: u8 = 1;

#[derive(Debug, Clone)]
pub(crate) struct Organisations {
    names: Interner<Identifier>,
    /// By an organisation's number in `names`, as if it were an anchor.
    profiles: Profiles,
    /// By an organisation's number: the anchors that some membership of it came with, perhaps repeated.
    members: Arena,
}

impl Organisations {
    pub(crate) fn new(rules: Rules) -> Self {
        Self {
            names: Interner::default(),
            profiles: Profiles::new(rules),
            members: Arena::default(),
        }
    }

    /// Keeps a trait of an organisation.
    pub(crate) fn observe(
        &mut self,
        organisation: &Identifier,
        (name, value): (&str, Value),
        source: &SourceName,
        position: Position,
        time: Timestamp,
    ) {
        let anchor = AnchorId(self.names.intern(organisation));
        let observation = Observation {
            name,
            value,
            source,
            time,
            position,
        };
        self.profiles.observe(anchor, observation);
    }

    /// Notes that a membership of an organisation came with this anchor.
    pub(crate) fn observe_member(&mut self, organisation: &Identifier, member: AnchorId) {
        let anchor = AnchorId(self.names.intern(organisation));
        if self.members(organisation).next() == Some(member) {
            return;
        }
        self.members
            .append(anchor, |out| put_number(out, member.0.into()));
    }

    /// The anchors that memberships of an organisation came with, the latest first, perhaps repeated.
    pub(crate) fn members(&self, organisation: &Identifier) -> impl Iterator<Item = AnchorId> + '_ {
        let number = self.names.number(organisation);
        let rows = number
            .into_iter()
            .flat_map(|number| self.members.rows(AnchorId(number)));
        rows.filter_map(|(_, mut reader)| reader.small().map(AnchorId))
    }

    /// The value of an organisation's trait as of an instant.
    pub(crate) fn trait_value(
        &self,
        organisation: &Identifier,
        name: &str,
        as_of: Timestamp,
    ) -> Option<Value> {
        let number = self.names.number(organisation)?;
        self.profiles.trait_value(&[AnchorId(number)], name, as_of)
    }

    /// Every organisation that something is known of, in the order of arrival.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Identifier> {
        self.names.iter()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.profiles.memory_bytes() + self.members.memory_bytes() + self.names.len() * 128
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        self.names.write(&mut out, |organisation, out| {
            put_text(out, organisation.kind().as_str());
            put_text(out, organisation.value());
        });
        self.members
            .write(&mut out, |reader| reader.small().map(drop));
        out.extend(self.profiles.encode());
        out
    }

    /// # Errors
    /// `Corrupt` for damaged bytes, `NewerFormat` for a later version.
    pub(crate) fn decode(bytes: &[u8], rules: Rules) -> Result<Self> {
        let (names, members, rest) = read_form(bytes, VERSION, "the organisations", |reader| {
            let names = Interner::read(reader, read_identifier)?;
            let members = Arena::read(reader, |reader| reader.small().map(drop))?;
            let rest = reader.rest();
            reader.take(rest.len())?;
            Some((names, members, rest))
        })?;
        Ok(Self {
            names,
            members,
            profiles: Profiles::decode(rest, rules)?,
        })
    }

    /// Writes what is known as sorted lines.
    pub(crate) fn dump(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let name = |anchor: AnchorId| {
            let organisation = self.names.item(anchor.0).map(ToString::to_string);
            format!("organisation {}", organisation.unwrap_or_default())
        };
        self.profiles.dump(&name, out)
    }
}

fn read_identifier(reader: &mut Reader<'_>) -> Option<Identifier> {
    let kind = IdentifierKind::new(reader.text()?).ok()?;
    Identifier::generic(kind, reader.text()?).ok()
}
