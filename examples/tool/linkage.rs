//! `CLUSTERS.model.json`: how the clusters beside it came about, so that they can be explained and made again.
//!
//! Invariant: a linkage that is read has a version that is known, and exactly one of a model and a reason for none.

use std::path::{Path, PathBuf};

use onefold::{
    connect::parse_json,
    identity::matching::{Model, Settings},
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{exit::Failure, inputs::Input};

/// What a linkage says it is.
pub const FORMAT: &str = "onefold linkage";
const VERSION: u32 = 1;

/// Model, threshold and inputs of one run.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Linkage {
    /// Always [`FORMAT`].
    pub format: String,
    /// The version of this form.
    pub version: u32,
    /// The trained model with its settings; `None` if there was nothing to compare, or the model is of Splink.
    pub model: Option<Box<RawValue>>,
    /// The model of Splink, as it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub splink: Option<Box<RawValue>>,
    /// Links are pairs of at least this probability.
    pub threshold: f64,
    /// Whether only pairs of two files counted.
    pub link_only: bool,
    /// The column of the ids, if one was named.
    pub id: Option<String>,
    /// The files, with what they held.
    pub inputs: Vec<Input>,
    /// Why the settings are as they are.
    pub reasons: Vec<String>,
}

/// What a file of settings may hold.
#[derive(Debug)]
pub enum Given {
    /// Settings: a model is to be trained.
    Settings(Settings),
    /// A trained model.
    Model(Box<Model>),
}

impl Linkage {
    /// A linkage of the version that is written.
    pub fn new(threshold: f64, link_only: bool, inputs: Vec<Input>) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            model: None,
            splink: None,
            threshold,
            link_only,
            id: None,
            inputs,
            reasons: Vec::new(),
        }
    }

    /// The path of the linkage of these clusters.
    pub fn beside(clusters: &Path) -> PathBuf {
        clusters.with_extension("model.json")
    }

    /// Reads a linkage.
    ///
    /// # Errors
    /// A run failure if there is none that can be read.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let failed = |error: &dyn std::fmt::Display| Failure::Run(format!("`{shown}`: {error}"));
        let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
        let head: Head = parse_head(&text).map_err(|error| failed(&error))?;
        if head.format.as_deref() != Some(FORMAT) {
            return Err(failed(&format!(
                "it is no linkage: one says `\"format\": \"{FORMAT}\"`"
            )));
        }
        Self::parse(&text, head.version).map_err(|error| failed(&error))
    }

    /// The trained model.
    ///
    /// # Errors
    /// A run failure if there is none, or it is damaged.
    pub fn model(&self) -> Result<Model, Failure> {
        match &self.model {
            Some(json) => Ok(Model::from_json(json.get())?),
            None => Err(Failure::Run("it has no trained model".into())),
        }
    }

    fn parse(text: &str, version: Option<u32>) -> Result<Self, String> {
        if let Some(newer) = version.filter(|version| *version != VERSION) {
            return Err(format!(
                "it has version {newer}, and this tool reads {VERSION}"
            ));
        }
        serde_json::from_str(text).map_err(|error| format!("it is damaged: {error}"))
    }
}

impl Given {
    /// Reads settings, a model, or the linkage of an earlier run, whichever it is.
    ///
    /// # Errors
    /// A usage failure with every mistake.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let failed = |error: &dyn std::fmt::Display| Failure::Usage(format!("`{shown}`: {error}"));
        let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
        let head = parse_head(&text).unwrap_or_default();
        match head.format.as_deref() {
            None => {
                let settings = parse_json::<Settings>(&text).map_err(|error| failed(&error))?;
                Ok(Self::Settings(settings))
            }
            Some(FORMAT) => {
                let linkage =
                    Linkage::parse(&text, head.version).map_err(|error| failed(&error))?;
                let Some(json) = linkage.model else {
                    return Err(failed(&"the run that wrote it trained no model"));
                };
                let model = Model::from_json(json.get()).map_err(|error| failed(&error))?;
                Ok(Self::Model(Box::new(model)))
            }
            Some(_) => {
                let model = Model::from_json(&text).map_err(|error| failed(&error))?;
                Ok(Self::Model(Box::new(model)))
            }
        }
    }
}

/// What a file says of itself.
#[derive(Default, Deserialize)]
struct Head {
    #[serde(default)]
    format: Option<String>,
    #[serde(default)]
    version: Option<u32>,
}

fn parse_head(text: &str) -> Result<Head, String> {
    serde_json::from_str(text).map_err(|error| format!("it is no JSON that can be read: {error}"))
}
