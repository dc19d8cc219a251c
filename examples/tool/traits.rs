//! Which traits a configuration declares, so that a field of an output that is none can be told.

use std::collections::BTreeSet;

use onefold::{
    connect::{FileFormat, Kind, Mapping, OnInvalid, Rest, SourceConfig},
    segment::Plan,
};

use crate::config::Config;

/// The names of computed traits and of those that mappings declare.
#[derive(Debug, Default)]
pub struct Traits {
    names: BTreeSet<String>,
    open: bool,
}

impl Traits {
    /// The traits of a configuration.
    pub fn of(config: &Config, plan: &Plan) -> Self {
        let mut traits = Self::default();
        traits.declare(plan.computed_traits());
        config.sources.iter().for_each(|source| traits.read(source));
        traits
    }

    /// Whether there may be others too, by the names that the data has.
    pub fn are_open(&self) -> bool {
        self.open
    }

    /// Whether this one is declared.
    pub fn contains(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// All that are declared, in the order of the alphabet.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    fn declare<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        self.names.extend(names.into_iter().map(str::to_owned));
    }

    fn read(&mut self, source: &SourceConfig) {
        match &source.mapping {
            Some(mapping) => self.read_mapping(mapping),
            None => self.open |= source.format == FileFormat::SegmentEvents,
        }
    }

    fn read_mapping(&mut self, mapping: &Mapping) {
        if mapping.kind == Kind::Consent {
            return;
        }
        self.declare(mapping.traits.keys().map(|name| &**name));
        if mapping.kind == Kind::Record {
            return;
        }
        // An event tells its identifiers as traits; with several columns of a kind the others are numbered.
        for (kind, columns) in &mapping.identifiers {
            let kept = columns
                .0
                .iter()
                .filter(|column| column.invalid == OnInvalid::Skip);
            self.declare(kept.filter_map(|column| column.column.as_deref()));
            if matches!(&**kind, "user_id" | "anonymous_id") {
                continue;
            }
            self.declare([&**kind]);
            let numbered = (2..=columns.0.len()).map(|number| format!("{kind}_{number}"));
            self.names.extend(numbered);
        }
        self.open |= mapping.kind == Kind::Identify && mapping.rest == Rest::Keep;
        if mapping.kind == Kind::Identify && mapping.currency.is_some() {
            self.declare(["currency"]);
        }
    }
}
