//! The kinds seen so far, with what the rules say about each.
//!
//! Invariant: a kind's number never changes, and its priority and limit are those of the rules.

use std::sync::Arc;

use imbl::OrdMap;
use onefold_event::{Identifier, IdentifierKind};

use crate::{index::row_number, rules::Rules};

/// The number of a kind, in order of first sight.
pub(crate) type KindNumber = u32;

#[derive(Debug, Clone)]
pub(crate) struct Kinds {
    rules: Arc<Rules>,
    numbers: OrdMap<IdentifierKind, KindNumber>,
    list: Arc<Vec<Kind>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Kind {
    pub(crate) name: IdentifierKind,
    pub(crate) priority: u32,
    pub(crate) limit: Option<u32>,
}

impl Kinds {
    pub(crate) fn new(rules: Rules) -> Self {
        Self {
            rules: Arc::new(rules),
            numbers: OrdMap::new(),
            list: Arc::default(),
        }
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }

    pub(crate) fn get(&self, number: KindNumber) -> Option<&Kind> {
        self.list.get(number as usize)
    }

    pub(crate) fn list(&self) -> &[Kind] {
        &self.list
    }

    /// The number of a kind, a new one at first sight.
    pub(crate) fn number(&mut self, name: &IdentifierKind) -> KindNumber {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = row_number(self.list.len());
        self.numbers.insert(name.clone(), number);
        Arc::make_mut(&mut self.list).push(Kind {
            name: name.clone(),
            priority: self.rules.priority(name),
            limit: self.rules.limit(name),
        });
        number
    }

    /// The same identifier with the kept copy of its kind's name, so that a million identifiers share one.
    pub(crate) fn adopt(&self, number: KindNumber, identifier: &Identifier) -> Identifier {
        let kept = self.get(number).map(|kind| kind.name.clone());
        let adopted = kept.and_then(|kind| Identifier::generic(kind, identifier.value()).ok());
        adopted
            .filter(|adopted| adopted == identifier)
            .unwrap_or_else(|| identifier.clone())
    }
}
