//! What shows that a person said so.

use serde::{Deserialize, Serialize};

/// What shows that a person said so: what they saw, how they answered, and where that is kept.
///
/// Every field is optional text; the ledger adds the source and the position in the log. Blank text
/// counts as absent.
///
/// ```
/// use onefold_consent::Evidence;
/// assert!(Evidence::by_method("import").reference("consents.csv line 3").supports_grant());
/// assert!(!Evidence::default().actor("agent 7").supports_grant());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The notice or form that was shown, by its name or address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<Box<str>>,
    /// The words that the person agreed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wording: Option<Box<str>>,
    /// The version of the notice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Box<str>>,
    /// The language of the notice, as BCP 47 has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Box<str>>,
    /// How the answer was given: `checkbox`, `double opt-in`, `phone call`, `import`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Box<str>>,
    /// Who entered it, or from which address it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Box<str>>,
    /// Where the original is kept: a ticket, a scan, `consents.csv line 3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Box<str>>,
}

macro_rules! setters {
    ($($field:ident: $doc:literal,)*) => {
        $(
            #[doc = $doc]
            #[must_use]
            pub fn $field(mut self, text: impl Into<Box<str>>) -> Self {
                self.$field = Some(text.into());
                self
            }
        )*
    };
}

impl Evidence {
    /// Evidence that names only how the answer was given.
    pub fn by_method(method: impl Into<Box<str>>) -> Self {
        Self::default().method(method)
    }

    setters! {
        notice: "Names the notice or form that was shown.",
        wording: "Gives the words that the person agreed to.",
        version: "Names the version of the notice.",
        language: "Names the language of the notice.",
        method: "Says how the answer was given.",
        actor: "Says who entered it.",
        reference: "Says where the original is kept.",
    }

    /// Whether a grant may rest on this: at least one of notice, wording, method and reference is
    /// given. A version, language or actor alone shows nothing.
    pub fn supports_grant(&self) -> bool {
        [&self.notice, &self.wording, &self.method, &self.reference]
            .into_iter()
            .flatten()
            .any(|text| !text.trim().is_empty())
    }

    /// Every field in the order of declaration, with its name.
    pub(crate) fn fields(&self) -> [(&'static str, &Option<Box<str>>); 7] {
        [
            ("notice", &self.notice),
            ("wording", &self.wording),
            ("version", &self.version),
            ("language", &self.language),
            ("method", &self.method),
            ("actor", &self.actor),
            ("reference", &self.reference),
        ]
    }

    /// Every field in the order of declaration, for filling.
    pub(crate) fn fields_mut(&mut self) -> [&mut Option<Box<str>>; 7] {
        [
            &mut self.notice,
            &mut self.wording,
            &mut self.version,
            &mut self.language,
            &mut self.method,
            &mut self.actor,
            &mut self.reference,
        ]
    }

    /// The part that many entries share: all but the actor and the reference.
    pub(crate) fn shared(&self) -> Self {
        Self {
            actor: None,
            reference: None,
            ..self.clone()
        }
    }
}
