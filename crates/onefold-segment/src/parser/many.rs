//! Conditions that compare a person with others, and what belongs to a person: ranks, samples, members,
//! organisations, consent.

use onefold_event::Decimal;

use super::{Parser, Read, Unreadable};
use crate::{
    ast::{Band, ConsentState, Count, Predicate, Quantifier},
    lexer::TokenKind,
};

impl Parser<'_> {
    /// `top 10 % by ...`, `bottom 100 by ...`, `percentile 50 to 90 by ...`.
    pub(super) fn rank(&mut self) -> Read<Predicate> {
        let band = self.band()?;
        if !self.take_word("by") {
            self.expected("what orders people", "`by` and a value");
            return Err(Unreadable);
        }
        let by = self.quantity()?;
        Ok(Predicate::Rank { band, by })
    }

    fn band(&mut self) -> Read<Band> {
        let is_top = self.is_word("top");
        let is_percentile = self.is_word("percentile");
        self.at += 1;
        if is_percentile {
            let from = self.percentage()?;
            if !self.take_word("to") {
                self.expected("the end of the range", "`to` and a number up to 100");
                return Err(Unreadable);
            }
            let to = self.percentage()?;
            return Ok(Band::Percentile { from, to });
        }
        if self.ahead(1).kind == TokenKind::Sign("%") {
            let share = self.percentage()?;
            return Ok(if is_top {
                Band::TopPercent(share)
            } else {
                Band::BottomPercent(share)
            });
        }
        let count = self.whole_number("how many")?;
        Ok(if is_top {
            Band::Top(count)
        } else {
            Band::Bottom(count)
        })
    }

    /// `sample 10 % salt "a"`, `sample 10 % to 20 % salt "a"`.
    pub(super) fn sample(&mut self) -> Read<Predicate> {
        self.at += 1;
        let first = self.percentage()?;
        let (from, to) = if self.take_word("to") {
            (first, self.percentage()?)
        } else {
            (Decimal::ZERO, first)
        };
        if !self.take_word("salt") {
            self.expected(
                "the salt",
                "`salt` and any text: another gives another sample",
            );
            return Err(Unreadable);
        }
        let salt = self.pattern()?;
        Ok(Predicate::Sample { from, to, salt })
    }

    /// A number, and perhaps `%` behind it.
    fn percentage(&mut self) -> Read<Decimal> {
        let TokenKind::Number(number) = *self.kind() else {
            self.expected("a percentage", "a number from 0 to 100");
            return Err(Unreadable);
        };
        self.at += 1;
        self.take_sign("%");
        Ok(number)
    }

    /// `any member (...)`, `at least 50 % organisations with role "admin" (...)`.
    pub(super) fn members(&mut self) -> Read<Predicate> {
        let quantifier = self.quantifier()?;
        let is_member = self.is_word("member") || self.is_word("members");
        if !is_member && !self.is_group(0) {
            self.expected_one_of("who is counted", &["members", "organisations"]);
            return Err(Unreadable);
        }
        self.at += 1;
        let role = self.role()?;
        let opening = self.opening("what must hold for them")?;
        let that = Box::new(self.nested(Self::predicate)?);
        self.closing(opening)?;
        Ok(if is_member {
            Predicate::Members {
                quantifier,
                role,
                that,
            }
        } else {
            Predicate::Organisations {
                quantifier,
                role,
                that,
            }
        })
    }

    pub(super) fn is_group(&self, ahead: usize) -> bool {
        matches!(
            self.ahead(ahead).kind,
            TokenKind::Word("member" | "members" | "organisation" | "organisations")
        )
    }

    fn quantifier(&mut self) -> Read<Quantifier> {
        if self.take_word("any") {
            return Ok(Quantifier::Count(Count::AtLeast(1)));
        }
        if self.take_word("all") {
            return Ok(Quantifier::All);
        }
        let make = if self.take_word("at") {
            if self.take_word("most") {
                Count::AtMost
            } else if self.take_word("least") {
                if self.ahead(1).kind == TokenKind::Sign("%") {
                    return self.percentage().map(Quantifier::AtLeastPercent);
                }
                Count::AtLeast
            } else {
                self.expected_one_of("a count", &["least", "most"]);
                return Err(Unreadable);
            }
        } else if self.take_word("exactly") {
            Count::Exactly
        } else {
            return self.percentage().map(Quantifier::AtLeastPercent);
        };
        let count = self.whole_number("how many")?;
        Ok(Quantifier::Count(make(count)))
    }

    /// `with role "admin"`.
    pub(super) fn role(&mut self) -> Read<Option<Box<str>>> {
        if !self.take_word("with") {
            return Ok(None);
        }
        if !self.take_word("role") {
            self.expected_one_of("the role", &["role"]);
            return Err(Unreadable);
        }
        Ok(Some(self.name("the name of a role")?.0))
    }

    /// `consent newsletter by email is granted`.
    pub(super) fn consent(&mut self) -> Read<Predicate> {
        self.at += 1;
        let (purpose, _) = self.name("the name of a purpose")?;
        let channel = if self.take_word("by") {
            Some(self.name("the name of a channel")?.0)
        } else {
            None
        };
        let words = ConsentState::ALL.map(ConsentState::word);
        if !self.take_word("is") {
            self.expected("the state of consent", "`is granted`");
            return Err(Unreadable);
        }
        let found = ConsentState::ALL
            .into_iter()
            .find(|state| self.is_word(state.word()));
        let Some(is) = found else {
            self.expected_one_of("the state of consent", &words);
            return Err(Unreadable);
        };
        self.at += 1;
        Ok(Predicate::Consent {
            purpose,
            channel,
            is,
        })
    }
}
