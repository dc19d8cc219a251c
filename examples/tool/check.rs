//! What is wrong with the meaning of a configuration, told together.
//!
//! Invariant: a configuration without mistakes names only what there is, and overwrites nothing that is
//! read.

use std::{
    collections::BTreeSet,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use onefold::{
    ErrorKind,
    connect::{closest, expand_from_environment},
    consent::{Channel, Purpose},
    profile::Rules,
    segment::{Library, Plan},
};
use serde_json::Value;

use crate::{
    config::{AudienceConfig, Config, Output},
    run::columns,
    traits::Traits,
};

/// Where a run takes place.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The configuration file.
    pub config: &'a Path,
    /// The folder of the store, if there is one.
    pub store: Option<&'a Path>,
}

/// What was found, in the order of the configuration.
#[derive(Debug, Default)]
pub struct Findings {
    /// What has to be written otherwise.
    pub mistakes: Vec<String>,
    /// Files that are named rightly, and cannot be read.
    pub unreadable: Vec<String>,
}

impl Findings {
    /// Looks at everything but the rows of the sources.
    pub fn of(config: &Config, place: Place<'_>) -> Self {
        let mut found = Self::default();
        let plan = found.plan(&config.segments);
        found.sources(config, place);
        found.profile(config, place);
        if let Some(plan) = &plan {
            found.questions(config, plan);
        }
        found.audiences(config);
        found.outputs(config, place);
        if let Some(plan) = &plan {
            found.fields(config, plan, place);
        }
        found
    }

    fn mistake(&mut self, mistake: impl Into<String>) {
        self.mistakes.push(mistake.into());
    }

    /// Demands that this is one of the names.
    fn known(&mut self, place: &str, noun: &str, name: &str, names: &[&str]) {
        if !names.contains(&name) {
            let help = meant(name, names);
            self.mistake(format!("{place}: no {noun} `{name}`{help}"));
        }
    }

    fn plan(&mut self, definitions: &str) -> Option<Arc<Plan>> {
        let plan = Library::parse(definitions).and_then(Plan::compile);
        plan.map_err(|error| self.mistake(told(&error, definitions)))
            .ok()
    }

    fn sources(&mut self, config: &Config, place: Place<'_>) {
        if config.sources.is_empty() {
            self.mistake("there are no `[[sources]]`: nothing would be read");
        }
        let base = Config::base(place.config);
        for source in &config.sources {
            for error in source.check(&base).err().unwrap_or_default() {
                match error.kind() {
                    ErrorKind::Io | ErrorKind::Corrupt => self.unreadable.push(error.to_string()),
                    _ => self.mistake(error.to_string()),
                }
            }
        }
    }

    /// Demands that the sources which rules of the profile prefer are read, where that can be known: a store
    /// that is there already may hold others.
    fn profile(&mut self, config: &Config, place: Place<'_>) {
        if place.store.is_some_and(Path::exists) {
            return;
        }
        let sources: Vec<&str> = config
            .sources
            .iter()
            .map(|source| source.name.as_str())
            .collect();
        for (key, named) in named_sources(&config.profile) {
            self.known(&format!("profile.{key}"), "source", &named, &sources);
        }
    }

    /// What totals and audiences ask for.
    fn questions(&mut self, config: &Config, plan: &Plan) {
        let segments: Vec<&str> = plan.segments().collect();
        let computed: Vec<&str> = plan.computed_traits().collect();
        for (name, total) in &config.totals {
            let place = format!("totals.{name}");
            self.known(&place, "computed trait", &total.computed, &computed);
            if let Some(of) = &total.of {
                self.known(&place, "segment", of, &segments);
            }
        }
        for audience in &config.audiences {
            let place = format!("audience `{}`", audience.name);
            self.known(&place, "segment", &audience.segment, &segments);
        }
    }

    fn audiences(&mut self, config: &Config) {
        let mut names = BTreeSet::new();
        for audience in &config.audiences {
            if !names.insert(&audience.name) {
                let name = &audience.name;
                self.mistake(format!(
                    "audience `{name}`: there are two of this name; give each its own"
                ));
            }
            self.declared(config, audience);
        }
    }

    /// Demands that purpose and channel are of those that are declared, where they are.
    fn declared(&mut self, config: &Config, audience: &AudienceConfig) {
        let place = format!("audience `{}`", audience.name);
        if let Some(purposes) = &config.consent.purposes {
            let names: Vec<&str> = purposes.iter().map(Purpose::as_str).collect();
            self.known(&place, "purpose", audience.purpose.as_str(), &names);
        }
        if let Some(channels) = &config.consent.channels {
            let names: Vec<&str> = channels.iter().map(Channel::as_str).collect();
            self.known(&place, "channel", audience.channel.as_str(), &names);
        }
    }

    fn outputs(&mut self, config: &Config, place: Place<'_>) {
        let audiences = config.audiences.iter().map(|audience| &*audience.name);
        let audiences: Vec<&str> = audiences.collect();
        let base = Config::base(place.config);
        let taken = taken(config, place);
        let mut written = BTreeSet::new();
        for output in &config.outputs {
            let here = format!("output `{}`", output.path);
            self.known(&here, "audience", &output.audience, &audiences);
            let fields: Vec<&str> = output.fields.iter().map(String::as_str).collect();
            let refused = columns(&fields).err().map(|error| error.to_string());
            self.mistakes
                .extend(refused.map(|error| format!("{here}: {error}")));
            match expand_from_environment(&output.path) {
                Ok(path) if path.is_empty() => {
                    self.mistake(format!("{here}: the path is empty; name a file"));
                }
                Ok(path) => {
                    let path = real(&base.join(path));
                    let fault = fault(&path, &taken, place);
                    self.mistakes
                        .extend(fault.map(|fault| format!("{here}: {fault}")));
                    if !written.insert(path) {
                        self.mistake(format!(
                            "{here}: another output writes this file; name another"
                        ));
                    }
                }
                Err(error) => self.mistake(format!("{here}: {error}")),
            }
        }
    }

    /// Demands of the fields of outputs that there can be such a trait, where that can be known: a store that
    /// is there already, and sources that bring traits of any name, are known only when they are read.
    fn fields(&mut self, config: &Config, plan: &Plan, place: Place<'_>) {
        let traits = Traits::of(config, plan);
        if traits.are_open() || place.store.is_some_and(Path::exists) {
            return;
        }
        let names: Vec<&str> = traits.names().collect();
        for output in &config.outputs {
            for field in unknown(output, &traits) {
                let here = format!("output `{}`", output.path);
                self.known(&here, "trait", field, &names);
            }
        }
    }
}

/// The sources that rules of the profile name, each with its key. The rules tell them only as they are written.
fn named_sources(rules: &Rules) -> Vec<(String, String)> {
    let written = serde_json::to_value(rules).unwrap_or_default();
    let priority =
        |rule: Option<&Value>| rule.and_then(|rule| rule.get("source_priority")).cloned();
    let mut lists = vec![
        ("default".to_owned(), priority(written.get("default"))),
        (
            "prefer_sources".to_owned(),
            written.get("prefer_sources").cloned(),
        ),
    ];
    let traits = written.get("traits").and_then(Value::as_object);
    let rules_of_traits = traits.into_iter().flatten();
    lists.extend(
        rules_of_traits.map(|(name, rule)| (format!("traits.{name}"), priority(Some(rule)))),
    );
    let mut named = Vec::new();
    for (key, list) in lists {
        let list = list.as_ref().and_then(Value::as_array);
        let names = list.into_iter().flatten().filter_map(Value::as_str);
        named.extend(names.map(|name| (key.clone(), name.to_owned())));
    }
    named
}

/// The fields of an output that no trait is declared for.
pub fn unknown<'o>(output: &'o Output, traits: &Traits) -> impl Iterator<Item = &'o str> {
    let fields = output.fields.iter().map(String::as_str);
    fields.filter(|field| !traits.contains(field))
}

/// What was probably meant by a name that is none, or which there are.
pub fn meant(name: &str, names: &[&str]) -> String {
    match closest(name, names.iter().copied()) {
        Some(close) => format!(": did you mean `{close}`?"),
        None if names.is_empty() => ": none is defined".into(),
        None => format!(": there are `{}`", names.join("`, `")),
    }
}

/// Why a file cannot be written there without loss.
fn fault(path: &Path, taken: &[(PathBuf, String)], place: Place<'_>) -> Option<String> {
    if let Some((_, what)) = taken.iter().find(|(taken, _)| taken == path) {
        return Some(format!("it would overwrite {what}; name another file"));
    }
    if place
        .store
        .is_some_and(|store| path.starts_with(real(store)))
    {
        let message = "it lies in the folder of the store; name a file elsewhere";
        return Some(message.into());
    }
    path.is_dir()
        .then(|| "this is a folder; name a file in it".into())
}

/// The files that are read, and what each of them is.
fn taken(config: &Config, place: Place<'_>) -> Vec<(PathBuf, String)> {
    let base = Config::base(place.config);
    let mut files = vec![(real(place.config), "this configuration".to_owned())];
    for source in &config.sources {
        // A path that has no value has been told.
        if let Ok(path) = source.resolved_path(&base) {
            files.push((real(&path), format!("the file of source `{}`", source.name)));
        }
    }
    files
}

/// The path without links and detours, as far as it is there already.
fn real(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut real = PathBuf::new();
    for part in whole.components() {
        match part {
            Component::ParentDir => drop(real.pop()),
            part => real.push(part),
        }
        if let Ok(found) = real.canonicalize() {
            real = found;
        }
    }
    real
}

/// The mistakes of definitions, each under the line it stands in.
fn told(error: &onefold::Error, definitions: &str) -> String {
    let mistakes = error.diagnostics().iter();
    let shown = mistakes.map(|mistake| mistake.render(definitions));
    let all = error.to_string();
    let summary = all.lines().next().map(str::to_owned);
    let lines: Vec<String> = summary.into_iter().chain(shown).collect();
    lines.join("\n")
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
