//! What somebody did, stopped doing and took up again.

use super::{Parser, Read, Unreadable};
use crate::{
    ast::{Count, Counted, Duration, Events, Filter, Predicate, Selection, Window},
    check::Mistake,
    code::Code,
    lexer::TokenKind,
};

impl Parser<'_> {
    /// What stands behind `did`.
    pub(super) fn did(&mut self) -> Read<Predicate> {
        let negated = self.take_word("not");
        let (event, filter) = (self.events()?, self.filter_clause()?);
        let (mut window, mut count, mut number) = (None, None, None);
        loop {
            let start = self.token().span.start;
            let (what, repeated) = if let Some(found) = self.window(window.is_some())? {
                window = Some(found);
                continue;
            } else if let Some(found) = self.count()? {
                ("count", count.replace(found).is_some() || number.is_some())
            } else if let Some(found) = self.ordinal()? {
                ("count", number.replace(found).is_some() || count.is_some())
            } else {
                break;
            };
            if repeated {
                let message = format!("a second {what}");
                let mistake = Mistake::new(Code::Repeated, message, "one count is enough");
                self.mistake_at(start..self.end(), mistake);
            }
        }
        let selection = Selection {
            event,
            filter,
            window: window.unwrap_or_default(),
        };
        let did = match (number, count) {
            (Some(number), _) => Predicate::Nth { selection, number },
            (None, count) => {
                let (count, counted) = count.unwrap_or((Count::AtLeast(1), Counted::Times));
                Predicate::Did {
                    selection,
                    count,
                    counted,
                }
            }
        };
        Ok(if negated {
            Predicate::Not(Box::new(did))
        } else {
            did
        })
    }

    /// `at least 3 times`, `exactly 2 distinct days`, `at least 2 distinct category`.
    fn count(&mut self) -> Read<Option<(Count, Counted)>> {
        let make = if self.take_word("at") {
            if self.take_word("least") {
                Count::AtLeast
            } else if self.take_word("most") {
                Count::AtMost
            } else {
                self.expected_one_of("a count", &["least", "most"]);
                return Err(Unreadable);
            }
        } else if self.take_word("exactly") {
            Count::Exactly
        } else if self.is_number(0) {
            return self.bare_count();
        } else {
            return Ok(None);
        };
        let count = make(self.whole_number("how many times")?);
        if self.take_word("times") || self.take_word("time") {
            return Ok(Some((count, Counted::Times)));
        }
        if self.take_word("distinct") {
            return Ok(Some((count, self.counted()?)));
        }
        self.expected_one_of("the count", &["times", "distinct"]);
        Err(Unreadable)
    }

    /// `2 distinct days` is at least so many; `2 times` could be meant in two ways.
    fn bare_count(&mut self) -> Read<Option<(Count, Counted)>> {
        let is_distinct = matches!(self.ahead(1).kind, TokenKind::Word("distinct"));
        let is_times = matches!(self.ahead(1).kind, TokenKind::Word("times" | "time"));
        if !is_distinct && !is_times {
            return Ok(None);
        }
        if is_times {
            let number = self.found();
            let number = number.trim_start_matches("the number ").replace('`', "");
            self.mistake(
                Code::Form,
                format!("`{number} times` may be that or more, or exactly that"),
                format!("write `at least {number} times` or `exactly {number} times`"),
            );
        }
        let count = Count::AtLeast(self.whole_number("how many times")?);
        self.at += 1;
        let counted = if is_times {
            Counted::Times
        } else {
            self.counted()?
        };
        Ok(Some((count, counted)))
    }

    /// What stands behind `distinct`: `days`, or a value; a property called `days` stands in quotes.
    fn counted(&mut self) -> Read<Counted> {
        let is_calculated = matches!(
            self.ahead(1).kind,
            TokenKind::Sign("+" | "-" | "*" | "/" | ".")
        );
        let is_days = (self.is_word("days") || self.is_word("day")) && !is_calculated;
        if is_days {
            self.at += 1;
            return Ok(Counted::Days);
        }
        self.value().map(Counted::Values)
    }

    /// `for the 3rd time`.
    fn ordinal(&mut self) -> Read<Option<u32>> {
        let is_ordinal = self.is_word("for") && self.ahead(1).kind == TokenKind::Word("the");
        if !is_ordinal {
            return Ok(None);
        }
        self.at += 2;
        let number = match self.kind() {
            TokenKind::Word("first") => 1,
            TokenKind::Word("second") => 2,
            TokenKind::Word("third") => 3,
            _ => 0,
        };
        let number = if number > 0 {
            self.at += 1;
            number
        } else {
            let number = self.whole_number("which time")?;
            let endings = ["st", "nd", "rd", "th"];
            if !endings.iter().any(|ending| self.take_word(ending)) {
                self.expected_one_of("the ending of the number", &endings);
                return Err(Unreadable);
            }
            number
        };
        if !self.take_word("time") {
            self.expected_one_of("what is counted", &["time"]);
            return Err(Unreadable);
        }
        Ok(Some(number))
    }

    /// `recency(EVENT) > 90 d`.
    pub(super) fn recency(&mut self) -> Read<Predicate> {
        let opening = self.at + 1;
        self.at += 2;
        let selection = self.nested(Self::selection)?;
        self.closing(opening)?;
        let operator = self.operator()?;
        let duration = self.duration()?;
        Ok(Predicate::Recency {
            selection,
            operator,
            duration,
        })
    }

    /// `lapsed EVENT for 30 d`.
    pub(super) fn lapsed(&mut self) -> Read<Predicate> {
        self.at += 1;
        let selection = self.selection_without_window()?;
        let quiet = self.duration_after("for", "how long there was none")?;
        Ok(Predicate::Lapsed { selection, quiet })
    }

    /// `stopped EVENT for 30 d after at least 3 times in 60 d`.
    pub(super) fn stopped(&mut self) -> Read<Predicate> {
        self.at += 1;
        let selection = self.selection_without_window()?;
        let quiet = self.duration_after("for", "how long there was none")?;
        let before = "`after at least 3 times in 60 d`";
        let comes = self.take_word("after") && self.take_word("at") && self.take_word("least");
        if !comes {
            self.expected("how often it was before", before);
            return Err(Unreadable);
        }
        let at_least = self.whole_number("how many times")?;
        if !self.take_word("times") && !self.take_word("time") {
            self.expected_one_of("the count", &["times"]);
            return Err(Unreadable);
        }
        let during = self.duration_after("in", "the stretch before")?;
        Ok(Predicate::Stopped {
            selection,
            quiet,
            at_least,
            during,
        })
    }

    /// `restarted EVENT after 90 d in last 7 d`.
    pub(super) fn restarted(&mut self) -> Read<Predicate> {
        self.at += 1;
        let mut selection = self.selection_without_window()?;
        let quiet = self.duration_after("after", "how long there was none")?;
        selection.window = self.window(false)?.unwrap_or_default();
        Ok(Predicate::Restarted { selection, quiet })
    }

    fn duration_after(&mut self, word: &str, what: &str) -> Read<Duration> {
        if !self.take_word(word) {
            self.expected(what, &format!("`{word} 30 d`"));
            return Err(Unreadable);
        }
        self.duration()
    }

    fn selection_without_window(&mut self) -> Read<Selection> {
        Ok(Selection {
            event: self.events()?,
            filter: self.filter_clause()?,
            window: Window::Ever,
        })
    }

    /// An event, a filter and a window, without a count.
    pub(super) fn selection(&mut self) -> Read<Selection> {
        let mut selection = self.selection_without_window()?;
        selection.window = self.window(false)?.unwrap_or_default();
        Ok(selection)
    }

    /// `view | search`, `any event`.
    pub(super) fn events(&mut self) -> Read<Events> {
        if self.is_word("any") && self.ahead(1).kind == TokenKind::Word("event") {
            self.at += 2;
            return Ok(Events::Any);
        }
        let (first, _) = self.name("the name of an event")?;
        if !self.is_sign("|") {
            return Ok(Events::named(first));
        }
        let mut names = vec![first];
        while self.take_sign("|") {
            names.push(self.name("the name of an event")?.0);
        }
        Ok(Events::one_of(names))
    }

    pub(super) fn filter_clause(&mut self) -> Read<Option<Filter>> {
        if self.take_word("where") {
            self.nested(Self::filter).map(Some)
        } else {
            Ok(None)
        }
    }
}
