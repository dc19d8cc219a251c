//! An audience: the members of a segment who may be contacted, and those who are withheld.
//!
//! Invariant: whoever is a member holds a permit; whoever is not allowed has a reason.

use std::collections::BTreeMap;

use onefold_connect::{Delivery, Destination, Message};
use onefold_consent::{Decision, Denial, Permit, Permitted, Use};
use onefold_event::{PersonId, PersonIndex, Result, Timestamp, Value};

use crate::snapshot::Snapshot;

/// The members of a segment for one use as of one instant.
#[derive(Debug)]
pub struct Audience {
    snapshot: Snapshot,
    segment: Box<str>,
    request: Use,
    as_of: Timestamp,
    decided_at: Timestamp,
    members: Vec<Member>,
    withheld: Vec<Withheld>,
}

/// A member who may be contacted, with the permit that says so.
#[derive(Debug)]
pub struct Member {
    /// Who.
    pub person: PersonId,
    index: PersonIndex,
    /// The proof that the use is allowed now.
    pub permit: Permit,
}

/// A member of the segment who may not be contacted, with the reason.
#[derive(Debug)]
pub struct Withheld {
    /// Who.
    pub person: PersonId,
    /// Why not, and on which evidence.
    pub denial: Denial,
}

/// From a value of the platform to whom it may contact.
impl Snapshot {
    /// The members who may be contacted for this use as of `as_of`, each with a permit, and those who
    /// may not, each with the reason.
    ///
    /// # Errors
    /// `NotFound` if no segment has this name.
    pub fn audience(&self, segment: &str, request: &Use, as_of: Timestamp) -> Result<Audience> {
        self.audience_decided_at(segment, request, as_of, as_of)
    }

    /// The members as of one instant, with consent as it stands at another: a report of last month's
    /// segment must not be sent to who has said no since.
    ///
    /// # Errors
    /// `NotFound` if no segment has this name.
    pub fn audience_decided_at(
        &self,
        segment: &str,
        request: &Use,
        as_of: Timestamp,
        decided_at: Timestamp,
    ) -> Result<Audience> {
        let (mut members, mut withheld) = (Vec::new(), Vec::new());
        let state = self.state();
        for index in self.indexes_as_of(segment, as_of)? {
            let Some(person) = state.identities.id(index) else {
                continue;
            };
            let anchors = state.identities.anchors(index);
            match state.ledger.decide(person, anchors, request, decided_at) {
                Decision::Allowed(permit) => members.push(Member {
                    person,
                    index,
                    permit,
                }),
                Decision::Denied(denial) => withheld.push(Withheld { person, denial }),
            }
        }
        Ok(Audience {
            snapshot: self.clone(),
            segment: segment.into(),
            request: request.clone(),
            as_of,
            decided_at,
            members,
            withheld,
        })
    }
}

impl Audience {
    /// The segment's name.
    pub fn segment(&self) -> &str {
        &self.segment
    }

    /// What the members may be contacted for, and by which way.
    pub fn request(&self) -> &Use {
        &self.request
    }

    /// Who may be contacted, the oldest person first.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Who may not, the oldest person first.
    pub fn withheld(&self) -> &[Withheld] {
        &self.withheld
    }

    /// How many are withheld for each reason.
    pub fn reasons(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for withheld in &self.withheld {
            *counts
                .entry(withheld.denial.reason.code().to_owned())
                .or_default() += 1;
        }
        counts
    }

    /// One permitted message a member, with these traits, golden or computed, as its fields; a missing
    /// one is `Null`.
    ///
    /// The message id is stable: the same member of the same audience at the same instant has the same
    /// one, so a destination that got it twice can tell.
    pub fn into_messages(self, traits: &[&str]) -> Vec<Permitted<Message>> {
        let Self {
            snapshot,
            segment,
            as_of,
            members,
            ..
        } = self;
        let state = snapshot.state();
        let message = |member: Member| {
            let anchors = state.identities.anchors(member.index);
            let golden = state.traits(anchors, as_of);
            let field = |name: &&str| {
                let computed = state.live.value(name, anchors, &golden, as_of);
                let value = computed.or_else(|| state.profiles.trait_value(anchors, name, as_of));
                ((*name).into(), value.unwrap_or(Value::Null))
            };
            let message = Message {
                id: format!("{segment}/{as_of}/{}", member.person).into(),
                person: member.person,
                fields: traits.iter().map(field).collect(),
            };
            member.permit.allow(message)
        };
        members.into_iter().map(message).collect()
    }

    /// Sends the audience to a destination in batches of 1,000, finishes it, and returns one delivery a
    /// member, in order.
    ///
    /// # Errors
    /// What the destination answers when it cannot finish; nothing is visible at a file then.
    pub fn deliver(self, destination: &dyn Destination, traits: &[&str]) -> Result<Vec<Delivery>> {
        let now = self.decided_at;
        let messages = self.into_messages(traits);
        let mut deliveries = Vec::with_capacity(messages.len());
        for batch in messages.chunks(1_000) {
            deliveries.extend(destination.deliver(batch, now));
        }
        destination.finish()?;
        Ok(deliveries)
    }
}
