//! Members over time: how many there were at each of several instants, and who came and went in between.
//!
//! Invariant: the members of a point are those of the point before, with those who entered and without those who left.

use onefold_event::{Error, ErrorKind, Result, Timestamp};
use serde::Serialize;

use crate::{
    Plan,
    batch::{self, Evaluation, Options, Table},
};

/// A segment at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Point {
    /// The instant that was asked about; what happened at it or later does not count.
    pub at: Timestamp,
    /// How many members there were.
    pub members: u64,
    /// Members who were none at the point before; 0 at the first point.
    pub entered: u64,
    /// Members of the point before who are none any more; 0 at the first point.
    pub left: u64,
}

/// The entry and exit curve of a segment about people or organisations: a point for each date.
///
/// Points compare two instants: whoever enters and leaves between them is in neither number. Occurrences are taken as of
/// each date; traits, and what is known of consent, are for all dates as the table has them. Memberships in
/// organisations have their own dates.
///
/// Cost: one [evaluation](batch::evaluate) of the segment and those that it refers to for each date.
///
/// ```
/// use onefold_event::{Occurrence, Position, Timestamp, Value};
/// use onefold_segment::{Library, Plan, batch::{Needs, Options, Table}, curve::curve};
///
/// struct Order(Timestamp);
/// impl Occurrence for Order {
///     fn name(&self) -> &str { "order" }
///     fn time(&self) -> Timestamp { self.0 }
///     fn position(&self) -> Position { Position(1) }
///     fn property(&self, _path: &str) -> Option<Value> { None }
/// }
///
/// let plan = Plan::compile(Library::parse("segment recent = did order in last 2 d")?)?;
/// let mut builder = Table::builder(&Needs::of(&plan));
/// builder.occurrence("ann".into(), &Order("2026-03-01".parse()?))?;
/// builder.occurrence("bob".into(), &Order("2026-03-02".parse()?))?;
/// let table = builder.finish()?;
///
/// let dates = ["2026-03-01".parse()?, "2026-03-03".parse()?, "2026-03-04".parse()?];
/// let points = curve(&plan, &table, "recent", &dates, Options::default())?;
/// let numbers = points.iter().map(|point| (point.members, point.entered, point.left));
/// assert_eq!(numbers.collect::<Vec<_>>(), [(0, 0, 0), (2, 2, 0), (1, 0, 1)]);
/// # Ok::<(), onefold_event::Error>(())
/// ```
///
/// # Errors
/// `NotFound` if no segment has this name; `InvalidInput` if a date is not after the one before it; as
/// [`batch::evaluate`].
pub fn curve(
    plan: &Plan,
    table: &Table,
    segment: &str,
    dates: &[Timestamp],
    options: Options,
) -> Result<Vec<Point>> {
    check_order(dates)?;
    let plan = plan.only(&[segment])?;
    let mut points = Vec::with_capacity(dates.len());
    let mut before: Option<Evaluation> = None;
    for at in dates {
        let now = batch::evaluate(&plan, table, *at, options)?;
        points.push(point(segment, *at, before.as_ref(), &now));
        before = Some(now);
    }
    Ok(points)
}

fn point(segment: &str, at: Timestamp, before: Option<&Evaluation>, now: &Evaluation) -> Point {
    let earlier = before.and_then(|before| before.members(segment));
    let later = now.members(segment);
    let members = later.map_or(0, batch::Members::count);
    let (mut entered, mut left) = (0, 0);
    if let (Some(earlier), Some(later)) = (earlier, later) {
        let stayed = later.count_both(earlier);
        (entered, left) = (members - stayed, earlier.count() - stayed);
    }
    Point {
        at,
        members: members as u64,
        entered: entered as u64,
        left: left as u64,
    }
}

fn check_order(dates: &[Timestamp]) -> Result<()> {
    let wrong = dates.windows(2).find_map(|pair| match pair {
        [before, after] if before >= after => Some((before, after)),
        _ => None,
    });
    wrong.map_or(Ok(()), |(before, after)| {
        let message = format!(
            "the date `{after}` is not after `{before}`: give each date once, the earliest first"
        );
        Err(Error::new(ErrorKind::InvalidInput, message))
    })
}
