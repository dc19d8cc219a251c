//! What segments see of one person at one instant: golden record, consent, organisations.
//!
//! Invariant: nothing that was said or done after the instant is seen. What is known is as of the instant, with what
//! was said at it; what happened is before it.

use std::borrow::Cow;

use onefold_consent::{Channel, Decision, DenialReason, Ledger, Purpose, Use};
use onefold_event::{AnchorId, Identifier, PersonId, Timestamp, Value};
use onefold_profile::Profiles;
use onefold_segment::{Belonging, Plan, Traits, ast::ConsentState};

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
    /// What is asked: only this has to be watched for what changes by time alone.
    pub(crate) plan: &'a Plan,
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
        let (anchors, as_of) = (self.anchors, self.as_of);
        let names = self.plan.trait_names();
        let value = self.profiles.next_observed(anchors, names, as_of);
        let consent = match self.plan.asks_about_consent() {
            true => self.ledger.next_change(anchors, as_of),
            false => None,
        };
        let organisation = match self.plan.asks_about_organisations() {
            true => self.next_change_of_organisations(),
            false => None,
        };
        [value, consent, organisation].into_iter().flatten().min()
    }
}

impl PersonTraits<'_> {
    /// The next instant at which a membership or a trait of an organisation is another.
    fn next_change_of_organisations(&self) -> Option<Timestamp> {
        let (anchors, as_of) = (self.anchors, self.as_of);
        let membership = self.profiles.next_membership_change(anchors, as_of);
        // Nearly always nothing is dated ahead, and nobody has to be asked where the person belongs.
        if !self.organisations.knows_later_than(as_of) {
            return membership;
        }
        let held = self.profiles.memberships(anchors, as_of).into_iter();
        let next = held.filter_map(|held| {
            let names = self.plan.trait_names();
            let organisation = &held.membership.organisation;
            self.organisations.next_observed(organisation, names, as_of)
        });
        membership.into_iter().chain(next).min()
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
