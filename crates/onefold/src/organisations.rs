//! What is known of organisations: their traits, and whose memberships name them.
//!
//! Invariant: a function of the log alone, as everything in the state is: golden records of organisations go by the
//! same rules as those of people, whatever the order of arrival.

use std::fmt;

use imbl::OrdSet;
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
    /// By an organisation's number: the anchors that some membership of it came with, each once.
    members: OrdSet<(u32, AnchorId)>,
}

impl Organisations {
    pub(crate) fn new(rules: Rules) -> Self {
        Self {
            names: Interner::default(),
            profiles: Profiles::new(rules),
            members: OrdSet::new(),
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
        let number = self.names.intern(organisation);
        // A look first: most calls say again what is known, and an insertion copies what snapshots share.
        if !self.members.contains(&(number, member)) {
            self.members.insert((number, member));
        }
    }

    /// The anchors that memberships of an organisation came with, each once.
    pub(crate) fn members(&self, organisation: &Identifier) -> impl Iterator<Item = AnchorId> + '_ {
        let number = self.names.number(organisation);
        number.into_iter().flat_map(|number| {
            let of = (number, AnchorId(0))..=(number, AnchorId(u32::MAX));
            self.members.range(of).map(|(_, member)| *member)
        })
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

    /// Whether anything of any organisation is dated after this instant.
    pub(crate) fn knows_later_than(&self, instant: Timestamp) -> bool {
        self.profiles.newest() > instant
    }

    /// The first instant after another as of which a trait of an organisation may be another by time alone.
    pub(crate) fn next_observed<'a>(
        &self,
        organisation: &Identifier,
        names: impl Iterator<Item = &'a str>,
        after: Timestamp,
    ) -> Option<Timestamp> {
        let anchor = AnchorId(self.names.number(organisation)?);
        self.profiles.next_observed(&[anchor], names, after)
    }

    /// Every organisation that something is known of, in the order of arrival.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Identifier> {
        self.names.iter()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        // A set's nodes are half to fully used.
        let members = self.members.len() * size_of::<(u32, AnchorId)>() * 3 / 2;
        self.profiles.memory_bytes() + members + self.names.len() * 128
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        self.names.write(&mut out, |organisation, out| {
            put_text(out, organisation.kind().as_str());
            put_text(out, organisation.value());
        });
        let mut members = Arena::default();
        for (organisation, member) in &self.members {
            members.append(AnchorId(*organisation), |out| {
                put_number(out, member.0.into());
            });
        }
        members.write(&mut out, |reader| reader.small().map(drop));
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
            members: set_of(&members),
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

/// Earlier versions wrote some members several times.
fn set_of(members: &Arena) -> OrdSet<(u32, AnchorId)> {
    let rows = members.anchors().flat_map(|organisation| {
        let rows = members.rows(organisation);
        rows.filter_map(move |(_, mut reader)| Some((organisation.0, AnchorId(reader.small()?))))
    });
    rows.collect()
}

fn read_identifier(reader: &mut Reader<'_>) -> Option<Identifier> {
    let kind = IdentifierKind::new(reader.text()?).ok()?;
    Identifier::generic(kind, reader.text()?).ok()
}
