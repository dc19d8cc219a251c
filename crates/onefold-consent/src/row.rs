//! One entry as the ledger keeps it: numbers for what repeats, the rest in place.
//!
//! Invariant: `supported` is what [`Evidence::supports_grant`](crate::Evidence::supports_grant)
//! said when the row was written.

use onefold_event::{
    Position, Timestamp,
    parts::{Reader, put_number, put_text, put_time},
};

use crate::Action;

/// One entry as the ledger keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row<'a> {
    pub(crate) action: Action,
    pub(crate) supported: bool,
    pub(crate) purpose: u32,
    pub(crate) channel: Option<u32>,
    pub(crate) time: Timestamp,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) position: Position,
    pub(crate) source: u32,
    /// The evidence without actor and reference.
    pub(crate) shared: u32,
    pub(crate) actor: Option<&'a str>,
    pub(crate) reference: Option<&'a str>,
}

const ACTION: u8 = 0b11;
const SUPPORTED: u8 = 1 << 2;
const CHANNEL: u8 = 1 << 3;
const EXPIRES: u8 = 1 << 4;
const ACTOR: u8 = 1 << 5;
const REFERENCE: u8 = 1 << 6;
const UNUSED: u8 = 1 << 7;

impl<'a> Row<'a> {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        let flags = action_code(self.action)
            | flag(self.supported, SUPPORTED)
            | flag(self.channel.is_some(), CHANNEL)
            | flag(self.expires.is_some(), EXPIRES)
            | flag(self.actor.is_some(), ACTOR)
            | flag(self.reference.is_some(), REFERENCE);
        out.push(flags);
        put_number(out, self.purpose.into());
        if let Some(channel) = self.channel {
            put_number(out, channel.into());
        }
        put_time(out, self.time);
        if let Some(expires) = self.expires {
            put_time(out, expires);
        }
        put_number(out, self.position.0);
        put_number(out, self.source.into());
        put_number(out, self.shared.into());
        for text in [self.actor, self.reference].into_iter().flatten() {
            put_text(out, text);
        }
    }

    /// Reads one row from the front; `None` for damaged bytes.
    pub(crate) fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let flags = reader.byte()?;
        let has = |flag: u8| flags & flag != 0;
        if has(UNUSED) {
            return None;
        }
        Some(Self {
            action: action_of(flags & ACTION),
            supported: has(SUPPORTED),
            purpose: reader.small()?,
            channel: if has(CHANNEL) {
                Some(reader.small()?)
            } else {
                None
            },
            time: reader.time()?,
            expires: if has(EXPIRES) {
                Some(reader.time()?)
            } else {
                None
            },
            position: Position(reader.number()?),
            source: reader.small()?,
            shared: reader.small()?,
            actor: if has(ACTOR) {
                Some(reader.text()?)
            } else {
                None
            },
            reference: if has(REFERENCE) {
                Some(reader.text()?)
            } else {
                None
            },
        })
    }
}

/// The stored number of an action; never changed.
pub(crate) fn action_code(action: Action) -> u8 {
    match action {
        Action::Grant => 0,
        Action::Refuse => 1,
        Action::Withdraw => 2,
        Action::Object => 3,
    }
}

/// The action with this stored number; what is above 3 reads as the strictest.
pub(crate) fn action_of(code: u8) -> Action {
    match code {
        0 => Action::Grant,
        1 => Action::Refuse,
        2 => Action::Withdraw,
        _ => Action::Object,
    }
}
