//! Random logs of sightings and decisions.

use onefold_event::{Identifier, Position, SourceName, Timestamp};
use onefold_identity::{Decided, DecidedAt, Identities, IdentityDecision, Rules, Sighting};
use proptest::prelude::*;

use crate::model::{SEED, any_identifier, at, source};

/// One thing that happens; its position is its number from 1.
#[derive(Debug, Clone)]
pub(crate) enum Operation {
    See(Vec<Identifier>, SourceName, Timestamp),
    Decide(IdentityDecision, Timestamp),
}

impl Operation {
    /// Does it, and gives what is told.
    pub(crate) fn apply(&self, identities: &mut Identities, position: Position) -> Decided {
        match self {
            Self::See(identifiers, source, time) => {
                let time = *time;
                let sighting = Sighting {
                    identifiers,
                    source,
                    position,
                    time,
                };
                identities.observe(&sighting).into()
            }
            Self::Decide(decision, time) => {
                let (by, time) = (&source(DESK), *time);
                let at = DecidedAt { by, position, time };
                identities.decide(decision, &at)
            }
        }
    }
}

/// Who decides in tests.
pub(crate) const DESK: &str = "desk";

pub(crate) fn any_operations() -> impl Strategy<Value = Vec<Operation>> {
    let time = || (0..50_i64).prop_map(at);
    let name = || (0..3_u8).prop_map(|name| source(&format!("source{name}")));
    let see = prop::collection::vec(any_identifier(), 0..4);
    let see = (see, name(), time())
        .prop_map(|(identifiers, source, time)| Operation::See(identifiers, source, time));
    let two = || [any_identifier(), any_identifier()];
    let source_name = prop_oneof![name(), Just(source(DESK))];
    let decision = prop_oneof![
        2 => two().prop_map(|identifiers| IdentityDecision::Same { identifiers }),
        4 => two().prop_map(|identifiers| IdentityDecision::Apart { identifiers }),
        1 => two().prop_map(|identifiers| IdentityDecision::NotApart { identifiers }),
        3 => two().prop_map(|identifiers| IdentityDecision::RetractLink { identifiers }),
        3 => (1..40_u64).prop_map(|n| IdentityDecision::RetractRecord { position: Position(n) }),
        2 => any_identifier().prop_map(|identifier| IdentityDecision::RetractIdentifier { identifier }),
        1 => any_identifier().prop_map(|identifier| IdentityDecision::Block { identifier }),
        1 => any_identifier().prop_map(|identifier| IdentityDecision::Unblock { identifier }),
        1 => any_identifier().prop_map(|identifier| IdentityDecision::Block { identifier }),
        1 => any_identifier().prop_map(|identifier| IdentityDecision::Unblock { identifier }),
        1 => source_name.prop_map(|source| IdentityDecision::RetractSource { source }),
    ];
    let decide = (decision, time()).prop_map(|(decision, time)| Operation::Decide(decision, time));
    prop::collection::vec(prop_oneof![3 => see, 1 => decide], 0..50)
}

pub(crate) fn apply_all(rules: &Rules, operations: &[Operation]) -> Identities {
    let mut identities = Identities::new(rules.clone(), SEED);
    for (operation, number) in operations.iter().zip(1..) {
        let _ = operation.apply(&mut identities, Position(number));
    }
    identities
}
