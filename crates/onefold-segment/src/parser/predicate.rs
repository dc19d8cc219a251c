//! Predicates, selections, windows and aggregates.

use super::{Parser, Read, Unreadable};
use crate::{
    ast::{
        Aggregate, Count, Counted, Duration, Events, Expression, Filter, Function, Moment,
        Operator, Predicate, Selection, Unit, Window,
    },
    check,
    lexer::TokenKind,
    suggest,
};

const FUNCTIONS: [&str; 9] = [
    "count", "sum", "avg", "min", "max", "first", "last", "distinct", "recency",
];

impl Parser<'_> {
    /// `a and b or c`: `or` binds loosest.
    pub(super) fn predicate(&mut self) -> Read<Predicate> {
        let mut parts = vec![self.conjunction()?];
        while self.take_word("or") {
            parts.push(self.conjunction()?);
        }
        Ok(single_or(parts, Predicate::Any))
    }

    fn conjunction(&mut self) -> Read<Predicate> {
        let mut parts = vec![self.operand()?];
        while self.take_word("and") {
            parts.push(self.operand()?);
        }
        Ok(single_or(parts, Predicate::All))
    }

    /// One condition; a placeholder where it cannot be read but the rest can.
    fn operand(&mut self) -> Read<Predicate> {
        let before = self.at;
        match self.condition() {
            Ok(condition) => Ok(condition),
            Err(Unreadable) => {
                self.recover();
                let goes_on = self.is_word("and") || self.is_word("or") || self.is_sign(")");
                if goes_on && self.at > before {
                    Ok(Predicate::Any(Vec::new()))
                } else {
                    Err(Unreadable)
                }
            }
        }
    }

    fn condition(&mut self) -> Read<Predicate> {
        if self.take_word("not") {
            let inner = self.nested(Self::condition)?;
            return Ok(Predicate::Not(Box::new(inner)));
        }
        let opening = self.at;
        if self.take_sign("(") {
            let inner = self.nested(Self::predicate)?;
            self.closing(opening)?;
            return Ok(inner);
        }
        if self.take_word("did") {
            return self.did();
        }
        if self.take_word("in") {
            let (segment, place) = self.name("the name of a segment")?;
            self.references.push((segment.clone(), place));
            return Ok(Predicate::Member(segment));
        }
        if matches!(self.ahead(1).kind, TokenKind::Sign("(")) {
            return self.call();
        }
        let (name, _) = self.name("a condition")?;
        let test = self.test(check::Subject::Any)?;
        Ok(Predicate::Trait { name, test })
    }

    /// What stands behind `did`.
    fn did(&mut self) -> Read<Predicate> {
        let negated = self.take_word("not");
        let (event, _) = self.name("the name of an event")?;
        let filter = self.filter_clause()?;
        let (mut window, mut count) = (None, None);
        loop {
            if let Some(found) = self.window(window.is_some())? {
                window = Some(found);
            } else if let Some(found) = self.count(count.is_some())? {
                count = Some(found);
            } else {
                break;
            }
        }
        let selection = Selection {
            event: Events::named(event),
            filter,
            window: window.unwrap_or_default(),
        };
        let count = count.unwrap_or(Count::AtLeast(1));
        let did = Predicate::Did {
            selection,
            count,
            counted: Counted::Times,
        };
        Ok(if negated {
            Predicate::Not(Box::new(did))
        } else {
            did
        })
    }

    /// `sum(...) >= 5`, `recency(...) > 90 d`.
    fn call(&mut self) -> Read<Predicate> {
        if self.is_word("recency") {
            let opening = self.at + 1;
            self.at += 2;
            let selection = self.nested(Self::selection)?;
            self.closing(opening)?;
            let operator = self.operator()?;
            let duration = self.duration()?;
            return Ok(Predicate::Recency {
                selection,
                operator,
                duration,
            });
        }
        let aggregate = self.aggregate()?;
        let test = self.test(check::Subject::of(&aggregate))?;
        Ok(Predicate::Aggregate { aggregate, test })
    }

    /// What stands behind `trait NAME =`.
    pub(super) fn trait_value(&mut self) -> Read<Aggregate> {
        if self.is_word("recency") {
            self.mistake(
                "a trait cannot be a `recency`, because it changes with every instant",
                "use `recency(...)` with a comparison in a segment",
            );
            return Err(Unreadable);
        }
        self.aggregate()
    }

    fn aggregate(&mut self) -> Read<Aggregate> {
        let function = match self.kind() {
            TokenKind::Word(word) => Function::ALL.into_iter().find(|f| f.word() == *word),
            _ => None,
        };
        let Some(function) = function else {
            self.expected_one_of("an aggregate", &FUNCTIONS);
            return Err(Unreadable);
        };
        self.at += 1;
        let opening = self.at;
        if !self.take_sign("(") {
            self.expected("what is aggregated", "`(`");
            return Err(Unreadable);
        }
        let counts_occurrences = function == Function::Count && !self.value_comes();
        let value = if counts_occurrences {
            None
        } else {
            let value = self.value()?;
            if !self.take_word("of") {
                self.expected("the event", "`of` and the name of an event");
                return Err(Unreadable);
            }
            Some(value)
        };
        let selection = self.nested(Self::selection)?;
        self.closing(opening)?;
        Ok(Aggregate {
            function,
            value,
            selection,
        })
    }

    /// Whether `count(` is followed by a value and not at once by the event.
    fn value_comes(&self) -> bool {
        let is_name = matches!(self.kind(), TokenKind::Word(_) | TokenKind::Text(_));
        let event_ends = matches!(
            self.ahead(1).kind,
            TokenKind::Sign(")") | TokenKind::Word("where" | "in" | "between" | "since")
        );
        !(is_name && event_ends)
    }

    fn value(&mut self) -> Read<Expression> {
        self.nested(Self::expression)
    }

    /// An event, a filter and a window, without a count.
    fn selection(&mut self) -> Read<Selection> {
        let (event, _) = self.name("the name of an event")?;
        let filter = self.filter_clause()?;
        let window = self.window(false)?.unwrap_or_default();
        Ok(Selection {
            event: Events::named(event),
            filter,
            window,
        })
    }

    fn filter_clause(&mut self) -> Read<Option<Filter>> {
        if self.take_word("where") {
            self.nested(Self::filter).map(Some)
        } else {
            Ok(None)
        }
    }

    fn window(&mut self, repeated: bool) -> Read<Option<Window>> {
        let start = self.token().span.start;
        let window = if self.take_word("in") {
            if !self.take_word("last") {
                self.expected("a window", "`in last 30 d`");
                return Err(Unreadable);
            }
            Window::Last(self.duration()?)
        } else if self.take_word("between") {
            let from = self.time()?;
            if !self.take_word("and") {
                self.expected("the end of the window", "`and` and a date");
                return Err(Unreadable);
            }
            let to = self.time()?;
            Window::Between { from, to }
        } else if self.take_word("since") {
            Window::Since(self.time()?)
        } else {
            return Ok(None);
        };
        let end = self.tokens.get(self.at - 1).map_or(start, |t| t.span.end);
        if repeated {
            self.mistake_at(start..end, "a second window", "one window is enough");
        }
        // The length of `in last` has been told where it stands.
        let is_told = matches!(window, Window::Last(_));
        if !is_told && let Some((message, help)) = check::window_mistake(&window) {
            self.mistake_at(start..end, message, help);
        }
        Ok(Some(window))
    }

    fn count(&mut self, repeated: bool) -> Read<Option<Count>> {
        let start = self.token().clone();
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
        } else {
            return Ok(None);
        };
        let times = self.whole_number("how many times")?;
        if !self.take_word("times") && !self.take_word("time") {
            self.expected_one_of("the count", &["times"]);
            return Err(Unreadable);
        }
        if repeated {
            self.mistake_at(start.span, "a second count", "one count is enough");
        }
        Ok(Some(make(times)))
    }

    pub(super) fn duration(&mut self) -> Read<Duration> {
        let start = self.token().span.start;
        let count = self.whole_number("a length of time")?;
        let words = Unit::ALL.map(Unit::word);
        let unit = match self.kind() {
            TokenKind::Word(word) => Unit::ALL.into_iter().find(|unit| unit.word() == *word),
            _ => None,
        };
        let Some(unit) = unit else {
            let meant = match self.kind() {
                TokenKind::Word(word) => meant_unit(word),
                _ => None,
            };
            let help = match meant {
                Some(help) => help.to_owned(),
                None => format!("write {}", suggest::list(&words)),
            };
            let message = format!("{} where a unit of time was expected", self.found());
            self.mistake(message, help);
            if !matches!(self.kind(), TokenKind::Word(_)) {
                return Err(Unreadable);
            }
            // The word was meant as a unit, so reading goes on behind it.
            self.at += 1;
            return Ok(Duration {
                count,
                unit: Unit::Day,
            });
        };
        let end = self.token().span.end;
        self.at += 1;
        let duration = Duration { count, unit };
        if let Some((message, help)) = check::duration_mistake(duration) {
            self.mistake_at(start..end, message, help);
        }
        Ok(duration)
    }

    fn time(&mut self) -> Read<Moment> {
        if let TokenKind::Time(time) = *self.kind() {
            let is_date = self.token().span.len() == "2011-01-31".len();
            self.at += 1;
            return Ok(if is_date {
                Moment::Date(time)
            } else {
                Moment::Instant(time)
            });
        }
        self.expected("a date", "a date such as `2011-01-31`");
        Err(Unreadable)
    }

    fn whole_number(&mut self, what: &str) -> Read<u32> {
        let whole = match self.kind() {
            TokenKind::Number(number) => number.to_string().parse().ok(),
            _ => None,
        };
        if let Some(whole) = whole {
            self.at += 1;
            return Ok(whole);
        }
        self.expected(what, "a whole number");
        Err(Unreadable)
    }

    pub(super) fn operator(&mut self) -> Read<Operator> {
        let found = match self.kind() {
            TokenKind::Sign(sign) => Operator::ALL.into_iter().find(|o| o.sign() == *sign),
            _ => None,
        };
        if let Some(operator) = found {
            self.at += 1;
            return Ok(operator);
        }
        let signs = Operator::ALL.map(Operator::sign);
        self.expected("a comparison", &suggest::list(&signs));
        Err(Unreadable)
    }

    /// The `)` that closes the parentheses opened at this token; where something stands before it,
    /// that is told and skipped.
    pub(super) fn closing(&mut self, opening: usize) -> Read<()> {
        if self.take_sign(")") {
            return Ok(());
        }
        self.expected("the end of the parentheses", "`)`");
        let closed_by = self.tokens.get(opening).and_then(|token| token.closed_by);
        self.at = closed_by.map(|closing| closing + 1).ok_or(Unreadable)?;
        Ok(())
    }
}

fn single_or<T>(mut parts: Vec<T>, many: impl FnOnce(Vec<T>) -> T) -> T {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            parts.extend(last);
            many(parts)
        }
    }
}

/// What to write instead of a unit that other languages have.
fn meant_unit(word: &str) -> Option<&'static str> {
    match word.to_lowercase().as_str() {
        "sec" | "secs" | "second" | "seconds" => Some("write `s`"),
        "m" | "mins" | "minute" | "minutes" => Some("write `min`"),
        "hr" | "hrs" | "hour" | "hours" => Some("write `h`"),
        "day" | "days" => Some("write `d`"),
        "wk" | "week" | "weeks" => Some("write `w`"),
        "mon" | "month" | "months" => Some("months differ in length: write `30 d`"),
        "y" | "yr" | "year" | "years" => Some("years differ in length: write `365 d`"),
        _ => None,
    }
}
