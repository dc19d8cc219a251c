//! Sequences: `sequence a then b within 1 d then no c within 2 d`.

use super::{Parser, Read, Unreadable};
use crate::{
    ast::{Absence, Happening, Predicate, Sequence, Then},
    check::Mistake,
    code::Code,
    lexer::TokenKind,
};

impl Parser<'_> {
    pub(super) fn sequence(&mut self) -> Read<Predicate> {
        self.at += 1;
        let outside = std::mem::take(&mut self.steps);
        let sequence = self.steps();
        self.steps = outside;
        sequence.map(Predicate::Sequence)
    }

    fn steps(&mut self) -> Read<Sequence> {
        let mut sequence = Sequence {
            first: self.step()?,
            then: Vec::new(),
            then_no: None,
            within: None,
            window: crate::ast::Window::Ever,
        };
        loop {
            let start = self.token().span.start;
            if self.take_word("then") {
                let follows = sequence.then_no.is_some();
                if self.take_word("no") {
                    sequence.then_no = Some(self.absence()?);
                } else {
                    sequence.then.push(self.then()?);
                }
                if follows {
                    let mistake = Mistake::new(
                        Code::Sequence,
                        "a step behind `then no`",
                        "what must not follow stands at the end; `without` keeps events out between steps",
                    );
                    self.mistake_at(start..self.end(), mistake);
                }
            } else if self.is_word("all") && self.ahead(1).kind == TokenKind::Word("within") {
                self.at += 2;
                let repeated = sequence.within.replace(self.duration()?).is_some();
                if repeated {
                    let mistake =
                        Mistake::new(Code::Repeated, "a second `all within`", "one is enough");
                    self.mistake_at(start..self.end(), mistake);
                }
            } else if let Some(window) = self.window(!sequence.window.is_ever())? {
                sequence.window = window;
            } else {
                return Ok(sequence);
            }
        }
    }

    /// A step, whose name the ones after it may use.
    fn step(&mut self) -> Read<Happening> {
        let step = self.happening()?;
        self.steps.extend(step.name.clone());
        Ok(step)
    }

    fn happening(&mut self) -> Read<Happening> {
        let event = self.events()?;
        let name = if self.take_word("as") {
            Some(self.name("a name for the step")?.0)
        } else {
            None
        };
        let filter = self.filter_clause()?;
        Ok(Happening {
            event,
            name,
            filter,
        })
    }

    fn then(&mut self) -> Read<Then> {
        let (mut directly, mut within, mut without) = (false, None, None);
        loop {
            let start = self.token().span.start;
            let repeated = if self.is_word("within") && self.is_number(1) {
                self.at += 1;
                within.replace(self.duration()?).is_some()
            } else if self.take_word("directly") {
                std::mem::replace(&mut directly, true)
            } else if self.take_word("without") {
                without.replace(self.excluded()?).is_some()
            } else {
                break;
            };
            self.told_twice(start, repeated);
        }
        let step = self.step()?;
        let start = self.token().span.start;
        if self.is_word("within") && self.is_number(1) {
            self.at += 1;
            let repeated = within.replace(self.duration()?).is_some();
            self.told_twice(start, repeated);
        }
        Ok(Then {
            directly,
            within,
            without,
            step,
        })
    }

    fn told_twice(&mut self, start: usize, repeated: bool) {
        if repeated {
            let message = "this part of the step stands twice";
            let mistake = Mistake::new(Code::Repeated, message, "one is enough");
            self.mistake_at(start..self.end(), mistake);
        }
    }

    /// What stands behind `without`; with a filter in parentheses.
    fn excluded(&mut self) -> Read<Happening> {
        let opening = self.at;
        if !self.take_sign("(") {
            return self.happening();
        }
        let excluded = self.nested(Self::happening)?;
        self.closing(opening)?;
        Ok(excluded)
    }

    fn absence(&mut self) -> Read<Absence> {
        let step = self.happening()?;
        if !self.take_word("within") {
            self.expected(
                "for how long it must not follow",
                "`within` and a length of time such as `24 h`",
            );
            return Err(Unreadable);
        }
        let within = self.duration()?;
        Ok(Absence { step, within })
    }
}
