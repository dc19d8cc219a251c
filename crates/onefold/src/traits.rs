//! What segments see of one person at one instant: golden record, consent, organisations.
//!
//! Invariant: nothing that was said or done at or after the instant is seen.

use std::borrow::Cow;

use onefold_consent::{Channel, Decision, DenialReason, Ledger, Purpose, Use};
use onefold_event::{AnchorId, Identifier, PersonId, Timestamp, Value};
use onefold_profile::Profiles;
use onefold_segment::{Belonging, Traits, ast::ConsentState};

use crate::organisations::Organisations;

/// One person at one instant.
pub(crate) struct PersonTraits<'a> {
    /// None only for somebody who was never seen.
    pub(crate) person: Option<PersonId>,
    pub(crate) profiles: &'a Profiles,
    pub(crate) organisations: &'a Organisations,
    pub(crate) ledger: &'a Ledger,
    pub(crate) anchors: &'a [AnchorId],
    pub(crate) as_of: Timestamp,
}

/// One organisation at one instant.
struct OrganisationTraits<'a> {
    organisation: Identifier,
    organisations: &'a Organisations,
    as_of: Timestamp,
}

impl Traits for PersonTraits<'_> {
    fn trait_value(&self, name: &str) -> Option<Value> {
        self.profiles.trait_value(self.anchors, name, self.as_of)
    }

    fn id(&self) -> Option<Cow<'_, str>> {
        self.person.map(|person| person.to_string().into())
    }

    fn consent(&self, purpose: &str, channel: Option<&str>) -> ConsentState {
        // A word that cannot be a purpose or a channel was never consented to.
        let (Some(request), Some(person)) = (request(purpose, channel), self.person) else {
            return ConsentState::Unknown;
        };
        let decision = self
            .ledger
            .decide(person, self.anchors, &request, self.as_of);
        match decision {
            Decision::Allowed(_) => ConsentState::Granted,
            Decision::Denied(denial) => match denial.reason {
                DenialReason::Refused | DenialReason::Withdrawn | DenialReason::Objected => {
                    ConsentState::Denied
                }
                _ => ConsentState::Unknown,
            },
        }
    }

    fn organisations(&self) -> Vec<Belonging<'_>> {
        let mut found: Vec<(Identifier, Belonging<'_>)> = Vec::new();
        for recorded in self.profiles.memberships(self.anchors, self.as_of) {
            let role = recorded.membership.role;
            let organisation = recorded.membership.organisation;
            // They come by organisation.
            match found.last_mut() {
                Some((known, belonging)) if *known == organisation => belonging.roles.extend(role),
                _ => {
                    let traits = OrganisationTraits {
                        organisation: organisation.clone(),
                        organisations: self.organisations,
                        as_of: self.as_of,
                    };
                    let belonging = Belonging {
                        roles: role.into_iter().collect(),
                        traits: Box::new(traits),
                    };
                    found.push((organisation, belonging));
                }
            }
        }
        found.into_iter().map(|(_, belonging)| belonging).collect()
    }

    fn next_change(&self) -> Option<Timestamp> {
        let memberships = self.profiles.membership_history(self.anchors);
        let memberships = memberships.into_iter().flat_map(|recorded| {
            let membership = recorded.membership;
            [Some(recorded.time), membership.from, membership.to]
        });
        let entries = self.ledger.entries(self.anchors);
        let entries = entries.flat_map(|entry| [Some(entry.time), entry.expires]);
        let instants = memberships.chain(entries).flatten();
        instants.filter(|instant| *instant > self.as_of).min()
    }
}

fn request(purpose: &str, channel: Option<&str>) -> Option<Use> {
    let purpose = Purpose::new(purpose).ok()?;
    match channel {
        Some(channel) => Some(Use::new(purpose, Channel::new(channel).ok()?)),
        None => Some(Use::on_every_channel(purpose)),
    }
}

impl Traits for OrganisationTraits<'_> {
    fn trait_value(&self, name: &str) -> Option<Value> {
        self.organisations
            .trait_value(&self.organisation, name, self.as_of)
    }

    fn id(&self) -> Option<Cow<'_, str>> {
        Some(self.organisation.to_string().into())
    }
}
