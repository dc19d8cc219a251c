//! What segments see of a person beside what happened: golden record, consent, organisations.
//!
//! Invariant: everything is as of the instant that is asked about; the implementer sees to it.

use std::{borrow::Cow, collections::BTreeMap};

use onefold_event::{Timestamp, Value};

use crate::ast::ConsentState;

/// What is known of one person (or organisation) beside what happened. The instant it is as of is the
/// implementer's to know: it must be the one that is asked about.
///
/// Only the first function has to be written; the others have the answer of somebody of whom nothing
/// of the kind is known.
pub trait Traits {
    /// The value of a trait; `None` where there is none.
    fn trait_value(&self, name: &str) -> Option<Value>;

    /// The identifier as text, which samples are drawn by; integers as decimal text. Without one, the
    /// person is in no sample, and no standing answer is about it. Default: none.
    fn id(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// What the consent ledger says for a purpose, and for a channel if one is named. Default: unknown.
    fn consent(&self, _purpose: &str, _channel: Option<&str>) -> ConsentState {
        ConsentState::Unknown
    }

    /// The organisations that the person belongs to, each once. Default: none.
    fn organisations(&self) -> Vec<Belonging<'_>> {
        Vec::new()
    }

    /// The first later instant at which any of this is another by time alone: a membership that begins or ends, a
    /// consent that expires, a value of the person or of an organisation that is dated ahead. It is asked at every
    /// refresh. Default: never.
    fn next_change(&self) -> Option<Timestamp> {
        None
    }
}

/// An organisation that a person belongs to.
pub struct Belonging<'a> {
    /// The person's roles in it; none if it was never said.
    pub roles: Vec<Box<str>>,
    /// The organisation's own traits and identifier.
    pub traits: Box<dyn Traits + 'a>,
}

impl std::fmt::Debug for Belonging<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (id, roles) = (self.traits.id(), &self.roles);
        write!(f, "{} as {roles:?}", id.unwrap_or_default())
    }
}

/// Somebody without traits.
impl Traits for () {
    fn trait_value(&self, _name: &str) -> Option<Value> {
        None
    }
}

impl Traits for BTreeMap<String, Value> {
    fn trait_value(&self, name: &str) -> Option<Value> {
        self.get(name).cloned()
    }
}

impl<T: Traits + ?Sized> Traits for &T {
    fn trait_value(&self, name: &str) -> Option<Value> {
        (**self).trait_value(name)
    }

    fn id(&self) -> Option<Cow<'_, str>> {
        (**self).id()
    }

    fn consent(&self, purpose: &str, channel: Option<&str>) -> ConsentState {
        (**self).consent(purpose, channel)
    }

    fn organisations(&self) -> Vec<Belonging<'_>> {
        (**self).organisations()
    }

    fn next_change(&self) -> Option<Timestamp> {
        (**self).next_change()
    }
}
