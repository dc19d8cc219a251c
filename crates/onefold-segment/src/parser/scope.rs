//! What stands between a definition's name and its `=`.

use super::{Parser, Read, Unreadable};
use crate::{
    ast::{Entity, Scope, Zone},
    check::{self, Mistake},
    code::Code,
    lexer::TokenKind,
};

/// The trait that `zone profile` means.
const ZONE_TRAIT: &str = "timezone";

impl Parser<'_> {
    /// Version, entity, purpose, zone and universe, in any order.
    pub(super) fn scope(&mut self) -> Read<Scope> {
        let mut scope = Scope::default();
        let mut told: Vec<&str> = Vec::new();
        while let TokenKind::Word(word) = *self.kind() {
            let start = self.token().span.clone();
            let part = match word {
                "of" | "for" | "zone" | "among" => word,
                _ if version(word).is_some() => "version",
                _ => break,
            };
            self.at += 1;
            match part {
                "of" => scope.of = self.entity()?,
                "for" => scope.purpose = Some(self.name("the name of a purpose")?.0),
                "zone" => scope.zone = self.zone()?,
                "among" => {
                    let (segment, place) = self.name("the name of a segment")?;
                    self.references.push((segment.clone(), place));
                    scope.among = Some(segment);
                }
                _ => scope.version = version(word),
            }
            if told.contains(&part) {
                let message = format!("a second `{word}`");
                let mistake = Mistake::new(Code::Repeated, message, "one is enough");
                self.mistake_at(start, mistake);
            }
            told.push(part);
        }
        Ok(scope)
    }

    fn entity(&mut self) -> Read<Entity> {
        let entity = match self.kind() {
            TokenKind::Word("person" | "people" | "user" | "users") => Entity::Person,
            TokenKind::Word("organisation" | "organisations" | "organization" | "account") => {
                Entity::Organisation
            }
            _ => {
                self.expected_one_of("what the definition is about", &["person", "organisation"]);
                return Err(Unreadable);
            }
        };
        self.at += 1;
        Ok(entity)
    }

    fn zone(&mut self) -> Read<Zone> {
        if self.take_word("profile") {
            return Ok(Zone::Person {
                by: ZONE_TRAIT.into(),
                otherwise: "UTC".into(),
            });
        }
        if !self.take_word("of") {
            return self.zone_name().map(Zone::named);
        }
        if !self.take_word("person") && !self.take_word("user") {
            self.expected_one_of("the owner of the zone", &["person"]);
            return Err(Unreadable);
        }
        if !self.take_word("by") {
            self.expected("the trait that names the zone", "`by` and the trait");
            return Err(Unreadable);
        }
        let (by, _) = self.name("the trait that names the zone")?;
        if !self.take_word("else") {
            self.expected(
                "the zone of people without one",
                "`else` and a zone such as `\"Europe/Berlin\"`",
            );
            return Err(Unreadable);
        }
        let otherwise = self.zone_name()?;
        Ok(Zone::Person { by, otherwise })
    }

    fn zone_name(&mut self) -> Read<Box<str>> {
        let TokenKind::Text(name) = self.kind() else {
            self.expected(
                "a time zone",
                "its name in quotes such as `\"Europe/Berlin\"`, or `of person by` a trait",
            );
            return Err(Unreadable);
        };
        let place = self.token().span.clone();
        // What to write instead is looked for only where it is told.
        if !self.is_told(&place)
            && let Some(mistake) = check::zone_mistake(name)
        {
            self.mistake_at(place, mistake);
        }
        self.at += 1;
        Ok(name.clone())
    }
}

/// `v3`.
fn version(word: &str) -> Option<u32> {
    let digits = word.strip_prefix('v')?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number)
}
