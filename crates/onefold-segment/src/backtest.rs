//! What became of the members: a definition as of a past date, and what they and all others did afterwards.
//!
//! Invariant: members and others are everybody, each once; so the four numbers of a back-test add up to the universe.

use onefold_event::{Error, ErrorKind, Result, Timestamp};
use serde::Serialize;

use crate::{
    Plan,
    ast::Entity,
    batch::{self, Members, Options, Table},
    estimate::wilson,
};

/// That members of a segment come to be members of another one later, more often than others do.
///
/// Nothing keeps an outcome from looking at what happened before `at`. To ask what followed, define it with a window
/// that begins there: `in last 30 d`, asked 30 days later, is exactly what happened at `at` and from then on, and none
/// of what the segment could see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hypothesis<'a> {
    /// The segment that is tested.
    pub segment: &'a str,
    /// When its members are taken; what happened at that instant or later does not count.
    pub at: Timestamp,
    /// The segment of those with the outcome.
    pub outcome: &'a str,
    /// When its members are taken; after `at`.
    pub until: Timestamp,
}

/// A hypothesis on the past: the contingency table of a segment and a later outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Backtest {
    /// The members of the segment at the earlier instant.
    pub members: Followed,
    /// Everybody else.
    pub others: Followed,
}

/// Some people (or organisations), and what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Followed {
    /// How many with the outcome at the later instant.
    pub with_outcome: u64,
    /// How many without.
    pub without: u64,
}

/// A share with its bounds, each from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rate {
    /// The share that was seen.
    pub share: f64,
    /// With 95 % confidence at least so much.
    pub low: f64,
    /// With 95 % confidence at most so much.
    pub high: f64,
}

/// Tests a hypothesis on everybody in a table, whenever they were first seen: who did nothing before `at` is among the
/// others unless the segment takes them.
///
/// Occurrences are taken as of the two instants; traits and consent are for both as the table has them. A segment that
/// reads a trait which was learned later knows the future: its rates say too much.
///
/// Cost: an [evaluation](batch::evaluate) of each of the two segments, with those that they refer to.
///
/// ```
/// use onefold_event::{Occurrence, Position, Timestamp, Value};
/// use onefold_segment::{Library, Plan, backtest::{Hypothesis, backtest}, batch::{Needs, Options, Table}};
///
/// struct Happened(&'static str, Timestamp);
/// impl Occurrence for Happened {
///     fn name(&self) -> &str { self.0 }
///     fn time(&self) -> Timestamp { self.1 }
///     fn position(&self) -> Position { Position(1) }
///     fn property(&self, _path: &str) -> Option<Value> { None }
/// }
///
/// let plan = Plan::compile(Library::parse("
///     segment lookers = did view at least 2 times
///     segment buyers = did purchase in last 7 d
/// ")?)?;
/// let mut builder = Table::builder(&Needs::of(&plan));
/// for (who, what, when) in [
///     ("ann", "view", "2026-03-01"), ("ann", "view", "2026-03-02"), ("ann", "purchase", "2026-03-09"),
///     ("bob", "view", "2026-03-01"), ("cid", "view", "2026-03-08"),
/// ] {
///     builder.occurrence(who.into(), &Happened(what, when.parse()?))?;
/// }
/// let asked = Hypothesis {
///     segment: "lookers", at: "2026-03-08".parse()?, outcome: "buyers", until: "2026-03-15".parse()?,
/// };
/// let found = backtest(&plan, &builder.finish()?, &asked, Options::default())?;
/// assert_eq!((found.members.with_outcome, found.members.people()), (1, 1));
/// assert_eq!((found.others.with_outcome, found.others.people()), (0, 2));
/// assert_eq!(found.lift(), Some(3.0));
/// # Ok::<(), onefold_event::Error>(())
/// ```
///
/// # Errors
/// `NotFound` with every name that is no segment; `InvalidInput` if the later instant is not after the earlier one, or
/// if one segment is about people and the other about organisations; as [`batch::evaluate`].
pub fn backtest(
    plan: &Plan,
    table: &Table,
    asked: &Hypothesis<'_>,
    options: Options,
) -> Result<Backtest> {
    let both = plan.only(&[asked.segment, asked.outcome])?;
    check(&both, asked)?;
    let members = |segment: &str, as_of| {
        let answers = batch::evaluate(&*both.only(&[segment])?, table, as_of, options)?;
        let members = answers.members(segment).cloned();
        Ok::<_, Error>(members.unwrap_or_default())
    };
    let then = members(asked.segment, asked.at)?;
    let outcome = members(asked.outcome, asked.until)?;
    let universe = match both.entity(asked.segment) {
        Some(Entity::Organisation) => table.organisations(),
        _ => table.people(),
    };
    Ok(Backtest::of(&then, &outcome, universe))
}

fn check(plan: &Plan, asked: &Hypothesis<'_>) -> Result<()> {
    let Hypothesis {
        segment,
        at,
        outcome,
        until,
    } = asked;
    let mut mistakes = Vec::new();
    if at >= until {
        mistakes.push(format!(
            "the outcome is asked at `{until}`, which is not after `{at}`: give a later instant"
        ));
    }
    if plan.entity(segment) != plan.entity(outcome) {
        mistakes.push(format!(
            "of `{segment}` and `{outcome}`, one is about people and the other about organisations: compare like with like"
        ));
    }
    match mistakes.is_empty() {
        true => Ok(()),
        false => Err(Error::new(ErrorKind::InvalidInput, mistakes.join("; "))),
    }
}

impl Backtest {
    fn of(members: &Members, outcome: &Members, universe: usize) -> Self {
        let reached = members.count_both(outcome);
        let followed = |with_outcome: usize, people: usize| Followed {
            with_outcome: with_outcome as u64,
            without: (people - with_outcome) as u64,
        };
        Self {
            members: followed(reached, members.count()),
            others: followed(outcome.count() - reached, universe - members.count()),
        }
    }

    /// Everybody, as one group.
    pub fn everybody(&self) -> Followed {
        Followed {
            with_outcome: self.members.with_outcome + self.others.with_outcome,
            without: self.members.without + self.others.without,
        }
    }

    /// How many times as often as everybody the members came to have the outcome: their rate divided by that of
    /// everybody (Brin, Motwani, Ullman and Tsur, 1997, who call it interest). 1 says that the segment tells nothing.
    /// `None` without members, or if nobody had the outcome.
    pub fn lift(&self) -> Option<f64> {
        let (members, everybody) = (self.members.rate()?, self.everybody().rate()?);
        (everybody.share > 0.0).then(|| members.share / everybody.share)
    }
}

impl Followed {
    /// How many there are.
    pub fn people(&self) -> u64 {
        self.with_outcome + self.without
    }

    /// The share with the outcome, with the bounds of Wilson (1927): what would be expected of others like them.
    /// `None` for nobody.
    pub fn rate(&self) -> Option<Rate> {
        let people = self.people() as f64;
        let share = self.with_outcome as f64 / people;
        let [low, high] = wilson(share, people);
        (people > 0.0).then_some(Rate { share, low, high })
    }
}
