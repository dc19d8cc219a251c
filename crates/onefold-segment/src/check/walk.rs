//! The mistakes inside one definition, whatever the others are.
//!
//! Invariant: a tree that is too deep is not entered further than that, and of many mistakes the first are kept.

use onefold_event::Decimal;

use super::{DEPTH_MAX, MISTAKES_MAX, Mistake, name_mistake, zone_mistake};
use crate::{
    ast::{Band, Definition, Duration, Entity, Predicate, Quantifier, Scope, Window, Zone},
    check::{Subject, duration_mistake, test_mistake, window_mistake},
    code::Code,
};

/// Where the tree comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// From text: tests, windows, lengths of time and zones have been told where they stand, and what
    /// could not be read stands as an empty list.
    Text,
    /// From JSON, or built.
    Tree,
}

/// A mistake and where in the definition it is.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) mistake: Mistake,
    /// The place in the JSON of the definition.
    pub(crate) pointer: String,
    /// In which of the conditions, counted in the order of the tree.
    pub(crate) condition: Option<usize>,
}

/// The mistakes in the order of the tree, the first [`MISTAKES_MAX`] of them.
pub(crate) fn definition_mistakes(definition: &Definition, source: Source) -> Vec<Found> {
    let mut walk = Walk {
        source,
        found: Vec::new(),
        pointer: String::new(),
        condition: None,
        conditions: 0,
        entity: definition.scope().of,
        inside: false,
        steps: None,
    };
    let (kind, what) = match definition {
        Definition::Segment { .. } => ("segment", "a segment"),
        Definition::Trait { .. } => ("trait", "a trait"),
    };
    walk.enter(kind, |walk| {
        walk.enter("name", |walk| walk.name(definition.name(), "a definition"));
        walk.enter("scope", |walk| walk.scope(definition.scope(), what));
        match definition {
            Definition::Segment { when, .. } => {
                walk.enter("when", |walk| walk.predicate(when, 0));
            }
            Definition::Trait { value, .. } => {
                walk.enter("value", |walk| walk.quantity(value, 0));
            }
        }
    });
    walk.found
}

pub(super) struct Walk<'a> {
    source: Source,
    found: Vec<Found>,
    pointer: String,
    condition: Option<usize>,
    conditions: usize,
    /// What the present condition is about.
    pub(super) entity: Entity,
    /// Whether it stands in a condition on members or organisations.
    inside: bool,
    /// The sequence it stands in.
    pub(super) steps: Option<super::behaviour::Steps<'a>>,
}

impl<'a> Walk<'a> {
    pub(super) fn note(&mut self, code: Code, message: impl Into<String>, help: impl Into<String>) {
        self.add(Mistake::new(code, message, help));
    }

    pub(super) fn add(&mut self, mistake: Mistake) {
        if self.found.len() < MISTAKES_MAX {
            self.found.push(Found {
                mistake,
                pointer: self.pointer.clone(),
                condition: self.condition,
            });
        }
    }

    /// What the parser tells itself, with a closer place.
    pub(super) fn unless_told(&mut self, mistake: impl FnOnce() -> Option<Mistake>) {
        if self.source == Source::Tree
            && let Some(mistake) = mistake()
        {
            self.add(mistake);
        }
    }

    pub(super) fn enter(&mut self, part: &str, visit: impl FnOnce(&mut Self)) {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(part);
        visit(self);
        self.pointer.truncate(length);
    }

    pub(super) fn enter_each<'p, T>(
        &mut self,
        part: &str,
        parts: &'p [T],
        mut visit: impl FnMut(&mut Self, &'p T),
    ) {
        for (index, inner) in parts.iter().enumerate() {
            self.enter(&format!("{part}/{index}"), |walk| visit(walk, inner));
        }
    }

    pub(super) fn name(&mut self, name: &str, of: &str) {
        if let Some(mistake) = name_mistake(name, of) {
            self.add(mistake);
        }
    }

    /// Whether there is no room for one more level; then that is noted, with what helps.
    pub(super) fn is_too_deep(&mut self, depth: usize, help: &str) -> bool {
        let too_deep = depth > DEPTH_MAX;
        if too_deep {
            let message = format!("nested more than {DEPTH_MAX} deep");
            self.note(Code::TooDeep, message, help);
            // The conditions inside are not counted, so no later one has a number.
            self.conditions = usize::MAX / 2;
        }
        too_deep
    }

    pub(super) fn parts(&mut self, count: usize) {
        if count < 2 && self.source == Source::Tree {
            let message = "`and` and `or` join two or more conditions";
            self.note(Code::Incomplete, message, "add one, or leave it out");
        }
    }

    fn scope(&mut self, scope: &Scope, what: &str) {
        if let Some(purpose) = &scope.purpose {
            self.enter("for", |walk| walk.name(purpose, "a purpose"));
        }
        self.enter("zone", |walk| match &scope.zone {
            Zone::Utc => {}
            Zone::Named(name) => walk.unless_told(|| zone_mistake(name)),
            Zone::Person { by, otherwise } => {
                walk.name(by, "a trait");
                walk.unless_told(|| zone_mistake(otherwise));
            }
        });
        if let Some(among) = &scope.among {
            self.enter("among", |walk| {
                walk.name(among, "a segment");
                if what == "a trait" {
                    let mistake = Mistake::new(
                        Code::Universe,
                        "a trait has no universe",
                        "leave `among` out; the segments that use the trait may have one",
                    );
                    walk.add(mistake.about("among"));
                }
            });
        }
    }

    fn predicate(&mut self, predicate: &'a Predicate, depth: usize) {
        let help = "name a part as a segment of its own and use it by `in`";
        if self.is_too_deep(depth, help) {
            return;
        }
        match predicate {
            Predicate::All(parts) | Predicate::Any(parts) if self.is_placeholder(parts) => {
                self.conditions += 1;
            }
            Predicate::All(parts) => self.several("all", parts, depth),
            Predicate::Any(parts) => self.several("any", parts, depth),
            Predicate::Not(inner) => self.enter("not", |walk| walk.predicate(inner, depth + 1)),
            single => {
                let outer = self.condition.replace(self.conditions);
                self.conditions += 1;
                self.single(single, depth);
                self.condition = outer;
            }
        }
    }

    fn is_placeholder(&self, parts: &[Predicate]) -> bool {
        parts.is_empty() && self.source == Source::Text
    }

    fn several(&mut self, word: &str, parts: &'a [Predicate], depth: usize) {
        self.parts(parts.len());
        self.enter_each(word, parts, |walk, part| walk.predicate(part, depth + 1));
    }

    fn single(&mut self, predicate: &'a Predicate, depth: usize) {
        match predicate {
            Predicate::Trait { name, test } => self.enter("trait", |walk| {
                walk.name(name, "a trait");
                walk.unless_told(|| test_mistake(Subject::Any, test));
            }),
            Predicate::Aggregate { aggregate, test } => self.enter("aggregate", |walk| {
                walk.aggregate(aggregate, depth);
                walk.unless_told(|| test_mistake(Subject::of(aggregate), test));
            }),
            Predicate::Quantity { value, test } => self.enter("quantity", |walk| {
                walk.tested_form(value);
                walk.quantity(value, depth + 1);
                walk.unless_told(|| test_mistake(Subject::of_quantity(value), test));
            }),
            Predicate::Compare { left, right, .. } => self.enter("compare", |walk| {
                walk.compared_form(left, right);
                walk.quantity(left, depth + 1);
                walk.quantity(right, depth + 1);
            }),
            Predicate::Rank { band, by } => self.enter("rank", |walk| {
                walk.rank(band);
                walk.quantity(by, depth + 1);
            }),
            Predicate::Sample { from, to, salt: _ } => self.enter("sample", |walk| {
                walk.range(*from, *to);
            }),
            Predicate::Members {
                quantifier,
                role,
                that,
            } => self.enter("members", |walk| {
                let about = Entity::Organisation;
                walk.group(about, "members", *quantifier, role.as_deref(), that, depth);
            }),
            Predicate::Organisations {
                quantifier,
                role,
                that,
            } => self.enter("organisations", |walk| {
                let about = Entity::Person;
                walk.group(
                    about,
                    "organisations",
                    *quantifier,
                    role.as_deref(),
                    that,
                    depth,
                );
            }),
            Predicate::Consent {
                purpose, channel, ..
            } => self.enter("consent", |walk| {
                walk.of_people("consent");
                walk.name(purpose, "a purpose");
                if let Some(channel) = channel {
                    walk.name(channel, "a channel");
                }
            }),
            Predicate::Member(name) => self.enter("in", |walk| walk.name(name, "a segment")),
            behaviour => self.behaviour(behaviour, depth),
        }
    }

    /// What happened and consent are of people.
    pub(super) fn of_people(&mut self, what: &str) {
        if self.entity == Entity::Organisation {
            self.note(
                Code::Entity,
                format!("{what} of an organisation"),
                "ask its members: `any member (...)`, or `sum over members (...)`",
            );
        }
    }

    fn group(
        &mut self,
        about: Entity,
        what: &str,
        quantifier: Quantifier,
        role: Option<&str>,
        that: &'a Predicate,
        depth: usize,
    ) {
        if self.entity != about {
            let (message, help) = match about {
                Entity::Organisation => (
                    "a person has no members",
                    "write `of organisation` behind the name, or ask `any organisation (...)`",
                ),
                Entity::Person => (
                    "an organisation belongs to no organisations",
                    "ask its members: `any member (...)`",
                ),
            };
            self.add(Mistake::new(Code::Entity, message, help).about(what));
        }
        if let Some(role) = role {
            self.name(role, "a role");
        }
        if let Quantifier::AtLeastPercent(share) = quantifier {
            self.percentage(share);
        }
        let inner = match about {
            Entity::Person => Entity::Organisation,
            Entity::Organisation => Entity::Person,
        };
        self.inside_of(inner, |walk| {
            walk.enter("that", |walk| walk.predicate(that, depth + 1));
        });
    }

    /// What is asked of members or organisations.
    pub(super) fn inside_of(&mut self, entity: Entity, visit: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.entity, entity);
        let was_inside = std::mem::replace(&mut self.inside, true);
        visit(self);
        self.entity = outer;
        self.inside = was_inside;
    }

    fn rank(&mut self, band: &Band) {
        if self.inside {
            self.note(
                Code::Entity,
                "a rank among members or organisations",
                "name the rank as a segment of its own and use it by `in`",
            );
        }
        match *band {
            Band::Top(0) | Band::Bottom(0) => {
                self.note(Code::Count, "the first 0 of an order", "write at least 1");
            }
            Band::Top(_) | Band::Bottom(_) => {}
            Band::TopPercent(share) | Band::BottomPercent(share) => self.percentage(share),
            Band::Percentile { from, to } => self.range(from, to),
        }
    }

    fn range(&mut self, from: Decimal, to: Decimal) {
        self.percentage(from);
        self.percentage(to);
        if from >= to {
            let message = format!("nothing lies between {from} % and {to} %");
            self.note(Code::Range, message, "write the smaller percentage first");
        }
    }

    fn percentage(&mut self, share: Decimal) {
        let is_right = (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&share)
            && share.normalize().scale() <= 6;
        if !is_right {
            let message = format!("`{share}` is no percentage");
            let help = "write a number from 0 to 100 with up to 6 decimals";
            self.note(Code::Percentage, message, help);
        }
    }

    pub(super) fn window(&mut self, window: &Window) {
        match *window {
            Window::Last(length) => self.duration(length),
            Window::Ago { from, to } => {
                self.duration(from);
                self.duration(to);
            }
            _ => {}
        }
        self.unless_told(|| window_mistake(window));
    }

    pub(super) fn duration(&mut self, duration: Duration) {
        self.unless_told(|| duration_mistake(duration));
    }
}
