//! The kinds seen so far, with what the rules say about each.
//!
//! Invariant: a kind's number never changes, and its priority and limits are those of the rules.

use std::sync::Arc;

use imbl::OrdMap;
use onefold_event::{Identifier, IdentifierKind};

use crate::{
    index::row_number,
    rules::Rules,
    window::{Period, Window},
};

/// The number of a kind, in order of first sight. A kind whose limit counts for each source apart has a number
/// for each source.
pub(crate) type KindNumber = u32;

#[derive(Debug, Clone)]
pub(crate) struct Kinds {
    rules: Arc<Rules>,
    numbers: OrdMap<IdentifierKind, KindNumber>,
    /// Of kinds whose limits count for each source apart.
    sourced: OrdMap<(IdentifierKind, Box<str>), KindNumber>,
    list: Arc<Vec<Kind>>,
    /// One person may not have any number of identifiers.
    has_limits: bool,
    /// A kind of the rules has a limit by window.
    has_windows: bool,
    /// A kind of the rules is shared.
    has_shared: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Kind {
    pub(crate) name: IdentifierKind,
    pub(crate) of_source: Option<Box<str>>,
    pub(crate) priority: u32,
    pub(crate) limit: Option<u32>,
    /// By the length of the window.
    pub(crate) limit_per: Box<[(Period, u32)]>,
    /// It never merges people.
    pub(crate) shared: bool,
}

impl Kind {
    /// The strongest kind of a sighting has the least place: a shared one only where there is no other.
    pub(crate) fn place(&self) -> (bool, u32) {
        (self.shared, self.priority)
    }

    pub(crate) fn limit_in(&self, window: Window) -> Option<u32> {
        let mut limits = self.limit_per.iter();
        let found = limits.find(|(period, _)| *period == window.period());
        found.map(|(_, limit)| *limit)
    }
}

impl Kinds {
    pub(crate) fn new(rules: Rules) -> Self {
        Self {
            has_limits: rules.has_limits(),
            has_windows: rules.has_windows(),
            has_shared: rules.has_shared(),
            rules: Arc::new(rules),
            numbers: OrdMap::new(),
            sourced: OrdMap::new(),
            list: Arc::default(),
        }
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }

    pub(crate) fn has_limits(&self) -> bool {
        self.has_limits
    }

    pub(crate) fn has_windows(&self) -> bool {
        self.has_windows
    }

    pub(crate) fn has_shared(&self) -> bool {
        self.has_shared
    }

    pub(crate) fn get(&self, number: KindNumber) -> Option<&Kind> {
        self.list.get(number as usize)
    }

    pub(crate) fn list(&self) -> &[Kind] {
        &self.list
    }

    /// The number of an identifier's kind, a new one at first sight.
    pub(crate) fn number(&mut self, identifier: &Identifier) -> KindNumber {
        let name = identifier.kind();
        match self.rules.source_of(identifier) {
            None => self.number_of(name, None),
            Some(source) => self.number_of(name, Some(source)),
        }
    }

    /// The number of a kind, and a source if its limit counts for each apart.
    pub(crate) fn number_of(&mut self, name: &IdentifierKind, source: Option<&str>) -> KindNumber {
        let key = source.map(|source| (name.clone(), Box::from(source)));
        let known = match &key {
            None => self.numbers.get(name),
            Some(key) => self.sourced.get(key),
        };
        if let Some(number) = known {
            return *number;
        }
        let number = row_number(self.list.len());
        match key {
            None => self.numbers.insert(name.clone(), number),
            Some(key) => self.sourced.insert(key, number),
        };
        Arc::make_mut(&mut self.list).push(Kind {
            name: name.clone(),
            of_source: source.map(Box::from),
            priority: self.rules.priority(name),
            limit: self.rules.limit(name),
            limit_per: self.rules.limits_per(name).collect(),
            shared: self.rules.is_shared(name),
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
