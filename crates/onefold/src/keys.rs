//! Which key seals what: one per anchor, one per source for what has no anchor, one for the hub.

use std::collections::BTreeMap;

use onefold_event::{AnchorId, Error, ErrorKind, Result, SourceName, parts};
use onefold_store::{KeyNumber, Store};

use crate::wire::damaged;

/// The key numbers given out so far. They are learnt again from the log when it is folded anew.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// By anchor; 0 while the anchor has sealed nothing, else the key number plus one.
    anchors: Vec<u32>,
    sources: BTreeMap<SourceName, KeyNumber>,
    hub: Option<KeyNumber>,
}

impl Keys {
    /// The key for an item: its anchor's, or its source's if it belongs to no person.
    pub(crate) fn key(
        &mut self,
        store: &dyn Store,
        anchor: Option<AnchorId>,
        source: &SourceName,
    ) -> Result<KeyNumber> {
        match anchor {
            Some(anchor) => self.anchor_key(store, anchor),
            None => self.source_key(store, source),
        }
    }

    pub(crate) fn anchor_key(&mut self, store: &dyn Store, anchor: AnchorId) -> Result<KeyNumber> {
        match self.anchors.get(anchor.index()) {
            Some(known) if *known > 0 => Ok(KeyNumber(known - 1)),
            _ => {
                let key = store.allocate_key()?;
                self.learn_anchor(anchor, key);
                Ok(key)
            }
        }
    }

    fn source_key(&mut self, store: &dyn Store, source: &SourceName) -> Result<KeyNumber> {
        if let Some(key) = self.sources.get(source) {
            return Ok(*key);
        }
        let key = store.allocate_key()?;
        self.sources.insert(source.clone(), key);
        Ok(key)
    }

    pub(crate) fn hub_key(&mut self, store: &dyn Store) -> Result<KeyNumber> {
        if let Some(key) = self.hub {
            return Ok(key);
        }
        let key = store.allocate_key()?;
        self.hub = Some(key);
        Ok(key)
    }

    /// Notes under which key the log has an item.
    pub(crate) fn learn(&mut self, anchor: Option<AnchorId>, source: &SourceName, key: KeyNumber) {
        match anchor {
            Some(anchor) => self.learn_anchor(anchor, key),
            None => drop(self.sources.entry(source.clone()).or_insert(key)),
        }
    }

    pub(crate) fn learn_anchor(&mut self, anchor: AnchorId, key: KeyNumber) {
        if self.anchors.len() <= anchor.index() {
            self.anchors.resize(anchor.index() + 1, 0);
        }
        if let Some(slot) = self.anchors.get_mut(anchor.index()) {
            *slot = key.0.saturating_add(1);
        }
    }

    pub(crate) fn learn_hub(&mut self, key: KeyNumber) {
        self.hub.get_or_insert(key);
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.anchors.capacity() * 4 + self.sources.len() * 96
    }

    /// Layout: count and 4 bytes an anchor, count and (length, name, 4 bytes) a source, hub plus one.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.anchors.len() * 4 + 64);
        parts::put_number(&mut out, self.anchors.len() as u64);
        for key in &self.anchors {
            out.extend_from_slice(&key.to_le_bytes());
        }
        parts::put_number(&mut out, self.sources.len() as u64);
        for (source, key) in &self.sources {
            parts::put_text(&mut out, source.as_str());
            out.extend_from_slice(&key.0.to_le_bytes());
        }
        let hub = self.hub.map_or(0, |key| u64::from(key.0) + 1);
        parts::put_number(&mut out, hub);
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self> {
        let mut from = parts::Reader::new(bytes);
        let keys = Self::read(&mut from).ok_or_else(damaged)?;
        match from.rest() {
            [] => Ok(keys),
            _ => Err(Error::new(
                ErrorKind::Corrupt,
                "the table of keys has bytes left over",
            )),
        }
    }

    fn read(from: &mut parts::Reader<'_>) -> Option<Self> {
        let anchors = usize::try_from(from.number()?).ok()?;
        let (column, _) = from.take(anchors.checked_mul(4)?)?.as_chunks::<4>();
        let anchors = column.iter().map(|key| u32::from_le_bytes(*key)).collect();
        let mut sources = BTreeMap::new();
        for _ in 0..from.number()? {
            let name = SourceName::new(from.text()?).ok()?;
            sources.insert(name, KeyNumber(u32::from_le_bytes(from.array()?)));
        }
        let hub = match from.number()?.checked_sub(1) {
            Some(hub) => Some(KeyNumber(u32::try_from(hub).ok()?)),
            None => None,
        };
        Some(Self {
            anchors,
            sources,
            hub,
        })
    }
}
