//! Segments as pictures: members over time, what segments have in common, how far people come along a sequence.

use std::{fs, io::Write, path::PathBuf, process::ExitCode, sync::Arc};

use onefold::{
    Timestamp,
    segment::{
        Library, Plan,
        batch::{self, ColumnNames, Evaluation, Needs, Options, Table},
        curve, funnel,
        overlap::Overlap,
    },
};
use onefold_examples::{
    definitions,
    exit::{Failure, exit},
    history::{self, Files},
    inputs::is_same_file,
};

#[path = "picture_segments/canvas.rs"]
mod canvas;
#[path = "picture_segments/curves.rs"]
mod curves;
#[path = "picture_segments/funnels.rs"]
mod funnels;
#[path = "picture_segments/overlaps.rs"]
mod overlaps;

const HELP: &str = "\
Draws segments as SVG, from their definitions and files of events and people.

usage: picture_segments curve SEGMENT --from TIME --to TIME [--every-days N] FILES
       picture_segments overlap [SEGMENT ...] --as-of TIME FILES
       picture_segments funnel SEGMENT --as-of TIME FILES
       FILES: --events EVENTS.parquet [--people PEOPLE.parquet] --define FILE.segments --out FILE.svg
              [--person COLUMN --time COLUMN --event COLUMN]

  curve      members from date to date, with those who entered and who left in between
  overlap    who is in which of the segments at once; without names, of all segments about people
  funnel     how many people came to each step of the first sequence in the segment
  --every-days N  one point for each N days; default 1
  --json     print the numbers of the picture as one JSON object, too
  --help     print this

Files and columns are those of `segments`.
exit code: 0 done, 1 the data or the run failed, 2 wrong usage or a wrong definition";

/// More points than pixels show nothing more.
const POINTS_MAX: usize = 1_000;
const DAY: i64 = 86_400_000_000;
const OPTIONS: Options = Options {
    threads: 2,
    memory_max: 1 << 30,
};

fn main() -> ExitCode {
    exit("picture_segments", |out| {
        work(lexopt::Parser::from_env(), out)
    })
}

fn work(parser: lexopt::Parser, out: &mut dyn Write) -> Result<(), Failure> {
    let Some(arguments) = Arguments::parse(parser)? else {
        return Ok(writeln!(out, "{HELP}")?);
    };
    let library = definitions::read(&arguments.define)?;
    let (picture, numbers) = match &arguments.picture {
        Picture::Curve(segment, dates) => draw_curve(&arguments, library, segment, dates)?,
        Picture::Overlap(segments, as_of) => draw_overlap(&arguments, library, segments, *as_of)?,
        Picture::Funnel(segment, as_of) => draw_funnel(&arguments, &library, segment, *as_of)?,
    };
    fs::write(&arguments.out, picture)
        .map_err(|error| Failure::Run(format!("`{}`: {error}", arguments.out.display())))?;
    match arguments.json {
        true => Ok(writeln!(out, "{numbers}")?),
        false => Ok(writeln!(out, "drew {}", arguments.out.display())?),
    }
}

fn draw_curve(
    arguments: &Arguments,
    library: Library,
    segment: &str,
    dates: &[Timestamp],
) -> Result<(String, serde_json::Value), Failure> {
    let asked = Asked::new(arguments, library)?;
    asked.check(segment)?;
    let points = curve::curve(&asked.plan, &asked.table, segment, dates, OPTIONS)?;
    let numbers = points.iter().map(|point| {
        let curve::Point {
            at,
            members,
            entered,
            left,
        } = point;
        serde_json::json!({"as_of": at.to_string(), "members": members, "entered": entered, "left": left})
    });
    let numbers = serde_json::Value::Array(numbers.collect());
    Ok((curves::draw(segment, &points)?, numbers))
}

fn draw_overlap(
    arguments: &Arguments,
    library: Library,
    segments: &[String],
    as_of: Timestamp,
) -> Result<(String, serde_json::Value), Failure> {
    let asked = Asked::new(arguments, library)?;
    let mut names: Vec<&str> = segments.iter().map(String::as_str).collect();
    if names.is_empty() {
        names = asked.plan.segments().collect();
    }
    names.iter().try_for_each(|name| asked.check(name))?;
    let answers = asked.at(as_of)?;
    let sets: Vec<_> = names
        .iter()
        .map(|name| {
            answers
                .members(name)
                .map(batch::Members::bitmap)
                .unwrap_or_default()
        })
        .collect();
    let overlap = Overlap::of(names.iter().copied().zip(&sets));
    let numbers = serde_json::to_value(&overlap).unwrap_or_default();
    Ok((overlaps::draw(&overlap)?, numbers))
}

fn draw_funnel(
    arguments: &Arguments,
    library: &Library,
    segment: &str,
    as_of: Timestamp,
) -> Result<(String, serde_json::Value), Failure> {
    let (steps, library) =
        funnel::steps(library, segment).map_err(|error| Failure::Usage(error.to_string()))?;
    let answers = Asked::new(arguments, library)?.at(as_of)?;
    let count = |step: &funnel::Step| {
        let members = answers.members(&step.segment);
        (
            step.label.to_string(),
            members.map_or(0, batch::Members::count) as u64,
        )
    };
    let counts: Vec<(String, u64)> = steps.iter().map(count).collect();
    let numbers = serde_json::to_value(&counts).unwrap_or_default();
    Ok((funnels::draw(segment, &counts)?, numbers))
}

/// A plan and everybody who is asked.
struct Asked {
    plan: Arc<Plan>,
    table: Table,
}

impl Asked {
    fn new(arguments: &Arguments, library: Library) -> Result<Self, Failure> {
        let plan = Plan::compile(library)?;
        let table = history::read(&arguments.files, &Needs::of(&plan), 2)?;
        Ok(Self { plan, table })
    }

    fn check(&self, segment: &str) -> Result<(), Failure> {
        match self.plan.segments().any(|known| known == segment) {
            true => Ok(()),
            false => Err(Failure::Usage(format!("no segment `{segment}` is defined"))),
        }
    }

    fn at(&self, as_of: Timestamp) -> Result<Evaluation, Failure> {
        Ok(batch::evaluate(&self.plan, &self.table, as_of, OPTIONS)?)
    }
}

enum Picture {
    Curve(String, Vec<Timestamp>),
    Overlap(Vec<String>, Timestamp),
    Funnel(String, Timestamp),
}

struct Arguments {
    picture: Picture,
    files: Files,
    define: PathBuf,
    out: PathBuf,
    json: bool,
}

#[derive(Default)]
struct Draft {
    words: Vec<String>,
    events: Option<PathBuf>,
    people: Option<PathBuf>,
    define: Option<PathBuf>,
    out: Option<PathBuf>,
    as_of: Option<Timestamp>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    every_days: Option<u32>,
    names: ColumnNames,
    json: bool,
}

impl Arguments {
    /// None where help is asked for.
    fn parse(mut parser: lexopt::Parser) -> Result<Option<Self>, Failure> {
        use lexopt::prelude::{Long, Short, Value, ValueExt};
        let mut draft = Draft::default();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("events") => draft.events = Some(parser.value()?.into()),
                Long("people") => draft.people = Some(parser.value()?.into()),
                Long("define") => draft.define = Some(parser.value()?.into()),
                Long("out") => draft.out = Some(parser.value()?.into()),
                Long("as-of") => draft.as_of = Some(parser.value()?.parse()?),
                Long("from") => draft.from = Some(parser.value()?.parse()?),
                Long("to") => draft.to = Some(parser.value()?.parse()?),
                Long("every-days") => draft.every_days = Some(parser.value()?.parse()?),
                Long("person") => draft.names.person = parser.value()?.string()?.into(),
                Long("time") => draft.names.time = parser.value()?.string()?.into(),
                Long("event") => draft.names.event = parser.value()?.string()?.into(),
                Long("json") => draft.json = true,
                Long("help") | Short('h') => return Ok(None),
                Value(word) => draft.words.push(word.string()?),
                other => return Err(other.unexpected().into()),
            }
        }
        draft.finish().map(Some)
    }
}

impl Draft {
    fn finish(self) -> Result<Arguments, Failure> {
        let picture = self.picture()?;
        let needed = |path: Option<PathBuf>, name: &str| {
            path.ok_or_else(|| Failure::Usage(format!("`--{name} FILE` is missing")))
        };
        let (events, define) = (
            needed(self.events, "events")?,
            needed(self.define, "define")?,
        );
        let out = needed(self.out, "out")?;
        let inputs = [Some(&events), self.people.as_ref(), Some(&define)];
        if inputs
            .into_iter()
            .flatten()
            .any(|input| is_same_file(input, &out))
        {
            let out = out.display();
            let message = format!("`{out}` is read, so it is not written; give another path");
            return Err(Failure::Usage(message));
        }
        Ok(Arguments {
            picture,
            files: Files {
                events,
                people: self.people,
                names: self.names,
            },
            define,
            out,
            json: self.json,
        })
    }

    fn picture(&self) -> Result<Picture, Failure> {
        let usage = |message: &str| Err(Failure::Usage(message.to_owned()));
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        match (&words[..], self.as_of) {
            (["curve", segment], _) => Ok(Picture::Curve((*segment).to_owned(), self.dates()?)),
            (["overlap", ..], Some(as_of)) => Ok(Picture::Overlap(
                self.words.iter().skip(1).cloned().collect(),
                as_of,
            )),
            (["funnel", segment], Some(as_of)) => Ok(Picture::Funnel((*segment).to_owned(), as_of)),
            (["overlap", ..] | ["funnel", _], None) => usage("`--as-of TIME` is missing"),
            (["curve" | "funnel", ..], _) => usage("name one segment"),
            _ => usage("name a picture: `curve`, `overlap` or `funnel`"),
        }
    }

    fn dates(&self) -> Result<Vec<Timestamp>, Failure> {
        let (Some(from), Some(to)) = (self.from, self.to) else {
            return Err(Failure::Usage(
                "`--from TIME` and `--to TIME` are needed".into(),
            ));
        };
        let step = i64::from(self.every_days.unwrap_or(1)).saturating_mul(DAY);
        if step == 0 || from > to {
            return Err(Failure::Usage(
                "`--every-days` is at least 1, and `--from` is not after `--to`".into(),
            ));
        }
        let count = usize::try_from(to.micros_since(from) / step).unwrap_or(usize::MAX);
        if count >= POINTS_MAX {
            let message = format!("more than {POINTS_MAX} points: write a larger `--every-days`");
            return Err(Failure::Usage(message));
        }
        Ok((0..=count)
            .map(|place| from.plus_micros(place as i64 * step))
            .collect())
    }
}

#[cfg(test)]
#[path = "picture_segments/tests.rs"]
mod tests;

#[test]
fn runs() {
    tests::check_pictures();
}
