//! From a mapping as it was written to a plan, with all mistakes at once.

use std::collections::BTreeMap;

use onefold_consent::Evidence;
use onefold_event::{Diagnostic, Diagnostics, Error, IdentifierKind, Region};

use super::{
    Column, ColumnType, Condition, ConsentMapping, Kind, Mapping, MembershipMapping, OneOrMany,
    RegionMapping, Rest,
    field::{
        ConsentFields, Field, IdentifierField, Input, MembershipField, NameRule, RegionField,
        SetEvidence, Test,
    },
    plan::Plan,
    value::TimeRule,
};
use crate::FileFormat;

impl Plan {
    /// Checks a mapping and makes it ready for files of this format.
    ///
    /// # Errors
    /// `InvalidInput` with every mistake; each pointer names the key.
    pub(crate) fn compile(mapping: &Mapping, format: FileFormat) -> Result<Self, Error> {
        let mut compiler = Compiler {
            mapping,
            is_delimited: format.is_delimited(),
            columns: Vec::new(),
            mistakes: Diagnostics::new(),
        };
        let plan = compiler.plan();
        match compiler.mistakes.is_empty() {
            true => Ok(plan),
            false => {
                let message = "the mapping cannot be used";
                Err(Error::invalid(message, compiler.mistakes))
            }
        }
    }
}

struct Compiler<'m> {
    mapping: &'m Mapping,
    is_delimited: bool,
    columns: Vec<Box<str>>,
    mistakes: Diagnostics,
}

impl Compiler<'_> {
    fn plan(&mut self) -> Plan {
        let mapping = self.mapping;
        self.check_kind();
        let key = self.many(&mapping.key, "/key", ColumnType::Text);
        let time = self.optional(mapping.time.as_ref(), "/time", ColumnType::Time);
        let identifiers = self.identifiers();
        let region = self.region();
        let event_names = self.event_names();
        let event_name = self.event_name();
        let properties = self.named(&mapping.properties, "/properties");
        let traits = self.named(&mapping.traits, "/traits");
        let fields = self.named(&mapping.fields, "/fields");
        let memberships = self.memberships(&mapping.memberships);
        let consent = mapping.consent.as_ref().map(|one| self.consent(one));
        let currency = self.optional(mapping.currency.as_ref(), "/currency", ColumnType::Text);
        let pointers = self.columns.iter().map(|name| self.pointer_of(name));
        Plan {
            kind: mapping.kind,
            pointers: pointers.collect(),
            columns: std::mem::take(&mut self.columns),
            key,
            time,
            identifiers,
            region,
            event_names,
            event_name,
            properties,
            traits,
            fields,
            collection: mapping.collection.clone().unwrap_or_default(),
            memberships,
            consent,
            currency,
            keeps_rest: mapping.rest == Rest::Keep && mapping.kind != Kind::Consent,
            number: mapping.number,
            null_words: mapping.null_words.clone(),
            empty_is_null: self.is_delimited,
        }
    }

    fn region(&mut self) -> Option<RegionField> {
        match self.mapping.region.as_ref()? {
            RegionMapping::Code(code) => {
                let region = self.checked(Region::new(code), "/region");
                region.map(RegionField::Fixed)
            }
            RegionMapping::Column(column) => {
                let field = self.optional(Some(column), "/region", ColumnType::Text);
                field.map(RegionField::Field)
            }
        }
    }

    fn mistake(&mut self, pointer: &str, message: impl Into<String>) {
        self.mistakes.push(Diagnostic::new(message).at(pointer));
    }

    fn checked<T>(&mut self, result: Result<T, Error>, pointer: &str) -> Option<T> {
        result
            .map_err(|error| self.mistake(pointer, error.to_string()))
            .ok()
    }

    /// Demands the keys that a kind of row needs, and refuses those that it would ignore.
    fn check_kind(&mut self) {
        let m = self.mapping;
        let (event, record) = (m.kind == Kind::Event, m.kind == Kind::Record);
        let consent = m.kind == Kind::Consent;
        let word = match m.kind {
            Kind::Event => "event",
            Kind::Identify => "identify",
            Kind::Record => "record",
            Kind::Consent => "consent",
        };
        let names = m.event_name.is_some() || m.event_name_column.is_some();
        let needed = [
            ("time", m.time.is_some(), !record),
            ("event_name", names, event),
            ("collection", m.collection.is_some(), record),
            ("consent", m.consent.is_some(), consent),
            ("identifiers", !m.identifiers.is_empty(), consent),
        ];
        for (key, given, needed) in needed {
            if needed && !given {
                self.mistake(
                    &format!("/{key}"),
                    format!("`as = \"{word}\"` needs `{key}`"),
                );
            }
        }
        let taken = [
            ("event_name", names, event),
            ("event_names", !m.event_names.is_empty(), event),
            ("properties", !m.properties.is_empty(), event),
            ("traits", !m.traits.is_empty(), !consent),
            ("collection", m.collection.is_some(), record),
            ("fields", !m.fields.is_empty(), record),
            ("memberships", !m.memberships.is_empty(), record),
            ("consent", m.consent.is_some(), consent),
        ];
        for (key, given, taken) in taken {
            if given && !taken {
                self.mistake(
                    &format!("/{key}"),
                    format!("`as = \"{word}\"` has no `{key}`"),
                );
            }
        }
    }

    fn column(&mut self, name: &str) -> usize {
        let known = self.columns.iter().position(|column| **column == *name);
        known.unwrap_or_else(|| {
            self.columns.push(name.into());
            self.columns.len() - 1
        })
    }

    fn pointer_of(&self, name: &str) -> Box<str> {
        let escaped = name.replace('~', "~0").replace('/', "~1");
        match self.is_delimited {
            true => format!("/{escaped}").into(),
            false => format!("/{}", escaped.replace('.', "/")).into(),
        }
    }

    /// A field of this type, or of the column's own where it names one.
    fn field(&mut self, column: &Column, pointer: &str, kind: ColumnType) -> Field {
        let input = match (&column.column, &column.value) {
            (Some(name), None) => Input::Column(self.column(name)),
            (None, Some(text)) => Input::Constant(text.clone()),
            _ => {
                self.mistake(pointer, "write either `column` or `value`");
                Input::Constant("".into())
            }
        };
        let kind = match column.kind {
            ColumnType::AsGiven => kind,
            own => own,
        };
        let time = (kind == ColumnType::Time).then(|| self.time_rule(column, pointer));
        if kind != ColumnType::Time && (column.format.is_some() || column.zone.is_some()) {
            self.mistake(
                pointer,
                "`format` and `zone` are for columns of type `time`",
            );
        }
        let values = column.values.iter();
        Field {
            input,
            kind,
            values: values
                .map(|(word, by)| (word.clone(), by.clone()))
                .collect(),
            time: time.flatten(),
        }
    }

    fn time_rule(&mut self, column: &Column, pointer: &str) -> Option<TimeRule> {
        let mapping = self.mapping;
        let zone = column.zone.as_ref().or(mapping.zone.as_ref());
        let rule = TimeRule::new(
            column.format.as_deref(),
            zone.map(|zone| &**zone),
            mapping.fold,
            mapping.gap,
        );
        rule.map_err(|message| self.mistake(pointer, message)).ok()
    }

    fn optional(
        &mut self,
        column: Option<&Column>,
        pointer: &str,
        kind: ColumnType,
    ) -> Option<Field> {
        column.map(|column| self.field(column, pointer, kind))
    }

    fn many(&mut self, columns: &OneOrMany<Column>, pointer: &str, kind: ColumnType) -> Vec<Field> {
        let fields = columns.0.iter();
        fields
            .map(|column| self.field(column, pointer, kind))
            .collect()
    }

    fn named(
        &mut self,
        columns: &BTreeMap<Box<str>, Column>,
        pointer: &str,
    ) -> Vec<(Box<str>, Field)> {
        let fields = columns.iter();
        fields
            .map(|(name, column)| {
                let pointer = format!("{pointer}/{name}");
                (
                    name.clone(),
                    self.field(column, &pointer, ColumnType::AsGiven),
                )
            })
            .collect()
    }

    fn identifiers(&mut self) -> Vec<IdentifierField> {
        let mut all = Vec::new();
        for (kind, columns) in &self.mapping.identifiers {
            let pointer = format!("/identifiers/{kind}");
            let Some(kind) = self.checked(IdentifierKind::new(kind), &pointer) else {
                continue;
            };
            let single = matches!(kind.as_str(), "user_id" | "anonymous_id");
            let is_event = matches!(self.mapping.kind, Kind::Event | Kind::Identify);
            if columns.0.len() > 1 && single && is_event {
                self.mistake(&pointer, format!("an event has one `{kind}`"));
            }
            for column in &columns.0 {
                all.push(IdentifierField {
                    kind: kind.clone(),
                    field: self.field(column, &pointer, ColumnType::Text),
                    invalid: column.invalid,
                });
            }
        }
        all
    }

    fn event_name(&mut self) -> Option<Field> {
        let mapping = self.mapping;
        match (&mapping.event_name, &mapping.event_name_column) {
            (Some(_), Some(_)) => {
                let message = "write either `event_name` or `event_name_column`";
                self.mistake("/event_name", message);
                None
            }
            (Some(name), None) => {
                let column = Column {
                    value: Some(name.clone()),
                    ..Column::default()
                };
                Some(self.field(&column, "/event_name", ColumnType::Text))
            }
            (None, column) => {
                self.optional(column.as_ref(), "/event_name_column", ColumnType::Text)
            }
        }
    }

    fn event_names(&mut self) -> Vec<NameRule> {
        let mut rules = Vec::new();
        for (at, rule) in self.mapping.event_names.iter().enumerate() {
            let pointer = format!("/event_names/{at}");
            if rule.when.0.is_empty() {
                self.mistake(&pointer, "a rule without conditions always holds");
            }
            let mut tests = Vec::new();
            for condition in &rule.when.0 {
                let column = self.column(&condition.column);
                let found = tests_of(condition);
                if found.is_empty() {
                    let column = &condition.column;
                    self.mistake(&pointer, format!("nothing is asked of column `{column}`"));
                }
                tests.extend(found.into_iter().map(|test| (column, test)));
            }
            rules.push(NameRule {
                name: rule.name.clone(),
                tests,
            });
        }
        rules
    }

    fn memberships(&mut self, memberships: &[MembershipMapping]) -> Vec<MembershipField> {
        let mut all = Vec::new();
        for (at, membership) in memberships.iter().enumerate() {
            let pointer = format!("/memberships/{at}/organisation");
            let mut organisations = membership.organisation.iter();
            let (Some((kind, column)), None) = (organisations.next(), organisations.next()) else {
                self.mistake(&pointer, "write one kind and its column");
                continue;
            };
            let Some(kind) = self.checked(IdentifierKind::new(kind), &pointer) else {
                continue;
            };
            let mut part = |column: &Option<Column>, key: &str, kind| {
                let pointer = format!("/memberships/{at}/{key}");
                self.optional(column.as_ref(), &pointer, kind)
            };
            let role = part(&membership.role, "role", ColumnType::Text);
            let from = part(&membership.from, "from", ColumnType::Time);
            let to = part(&membership.to, "to", ColumnType::Time);
            all.push(MembershipField {
                kind,
                organisation: self.field(column, &pointer, ColumnType::Text),
                role,
                from,
                to,
            });
        }
        all
    }

    fn consent(&mut self, consent: &ConsentMapping) -> ConsentFields {
        let given = &consent.evidence;
        let parts: [(&Option<Column>, SetEvidence); 7] = [
            (&given.notice, Evidence::notice),
            (&given.wording, Evidence::wording),
            (&given.version, Evidence::version),
            (&given.language, Evidence::language),
            (&given.method, Evidence::method),
            (&given.actor, Evidence::actor),
            (&given.reference, Evidence::reference),
        ];
        let mut evidence: Vec<(SetEvidence, Field)> = Vec::new();
        for (column, set) in parts {
            if let Some(column) = column {
                let field = self.field(column, "/consent/evidence", ColumnType::Text);
                evidence.push((set, field));
            }
        }
        let mut part = |column: Option<&Column>, key: &str, kind| {
            self.optional(column, &format!("/consent/{key}"), kind)
        };
        let channel = part(consent.channel.as_ref(), "channel", ColumnType::Text);
        let expires = part(consent.expires.as_ref(), "expires", ColumnType::Time);
        ConsentFields {
            purpose: self.field(&consent.purpose, "/consent/purpose", ColumnType::Text),
            channel,
            action: self.field(&consent.action, "/consent/action", ColumnType::Text),
            expires,
            evidence,
            purposes: consent.purposes.clone(),
            channels: consent.channels.clone(),
        }
    }
}

fn tests_of(condition: &Condition) -> Vec<Test> {
    let mut tests = Vec::new();
    if let Some(word) = &condition.equals {
        tests.push(Test::OneOf(vec![word.clone()]));
    }
    if !condition.one_of.is_empty() {
        tests.push(Test::OneOf(condition.one_of.clone()));
    }
    tests.extend(condition.starts_with.clone().map(Test::StartsWith));
    tests.extend(condition.ends_with.clone().map(Test::EndsWith));
    tests.extend(condition.contains.clone().map(Test::Contains));
    tests.extend(condition.more_than.map(Test::MoreThan));
    tests.extend(condition.less_than.map(Test::LessThan));
    tests.extend(condition.is_empty.map(Test::IsEmpty));
    tests
}
