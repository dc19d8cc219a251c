//! The command line of `segments`.
//!
//! Invariant: what is parsed has everything that its command needs, and writes over none of what it reads.

use std::{ffi::OsString, num::NonZero, path::PathBuf};

use onefold::{
    event::Timestamp,
    segment::{
        batch::{ColumnNames, Options},
        sql::{Dialect, Layout},
    },
};
use onefold_examples::{exit::Failure, history::Files, inputs::is_same_file};

/// More would only wait for each other, and a system has only so many.
const THREADS_MAX: usize = 1024;
/// People of a sample, if nothing else is said.
const SAMPLED: usize = 16_384;

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Command {
    Help,
    Check(PathBuf),
    Format(PathBuf),
    Sql(Box<Sql>),
    Evaluate(Box<Arguments>),
    /// Of which person, why in which segment.
    Explain(Box<Arguments>, String, String),
    /// Old and new definitions.
    Diff(Box<Arguments>, PathBuf, PathBuf),
    /// What each segment costs.
    Cost(Box<Arguments>),
    /// Of which segments together, from so many people.
    Estimate(Box<Arguments>, Vec<String>, usize),
    /// Of which segment, how many came to be in which other one, until when.
    Backtest(Box<Arguments>, [String; 2], Timestamp),
}

/// Files, instant and the way to evaluate.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) files: Files,
    /// Empty where the command names its definitions otherwise.
    pub(crate) define: PathBuf,
    pub(crate) as_of: Timestamp,
    pub(crate) evaluator: Evaluator,
    pub(crate) threads: NonZero<usize>,
    pub(crate) json: bool,
    pub(crate) out: Option<PathBuf>,
}

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Evaluator {
    Batch,
    Live,
    Reference,
}

/// A statement to be written.
#[derive(Debug)]
pub(crate) struct Sql {
    pub(crate) dialect: Dialect,
    pub(crate) define: PathBuf,
    pub(crate) as_of: Timestamp,
    pub(crate) layout: Layout,
}

#[derive(Default)]
struct Draft {
    words: Vec<OsString>,
    events: Option<PathBuf>,
    people: Option<PathBuf>,
    define: Option<PathBuf>,
    as_of: Option<String>,
    names: ColumnNames,
    tie: Option<String>,
    evaluator: Option<String>,
    threads: Option<String>,
    sample: Option<String>,
    until: Option<String>,
    json: bool,
    out: Option<PathBuf>,
}

/// Parses the command line.
///
/// # Errors
/// A usage failure with every mistake.
pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Command, Failure> {
    use lexopt::prelude::{Long, Short, Value, ValueExt};
    let mut draft = Draft::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("events") => draft.events = Some(parser.value()?.into()),
            Long("people") => draft.people = Some(parser.value()?.into()),
            Long("define") => draft.define = Some(parser.value()?.into()),
            Long("as-of") => draft.as_of = Some(parser.value()?.string()?),
            Long("person") => draft.names.person = parser.value()?.string()?.into(),
            Long("time") => draft.names.time = parser.value()?.string()?.into(),
            Long("event") => draft.names.event = parser.value()?.string()?.into(),
            Long("tie") => draft.tie = Some(parser.value()?.string()?),
            Long("evaluator") => draft.evaluator = Some(parser.value()?.string()?),
            Long("threads") => draft.threads = Some(parser.value()?.string()?),
            Long("sample") => draft.sample = Some(parser.value()?.string()?),
            Long("until") => draft.until = Some(parser.value()?.string()?),
            Long("json") => draft.json = true,
            Long("out") => draft.out = Some(parser.value()?.into()),
            Long("help") | Short('h') => return Ok(Command::Help),
            Value(word) => draft.words.push(word),
            other => return Err(other.unexpected().into()),
        }
    }
    draft.command()
}

impl Arguments {
    /// How a batch evaluation is run.
    pub(crate) fn options(&self) -> Options {
        Options {
            threads: self.threads.get(),
            ..Options::default()
        }
    }
}

impl Draft {
    fn command(mut self) -> Result<Command, Failure> {
        let words = std::mem::take(&mut self.words);
        let text = |word: &OsString| word.to_string_lossy().into_owned();
        let command = words.first().map(&text).unwrap_or_default();
        self.check_options(&command)?;
        match (&*command, &words[..]) {
            ("", []) => Ok(Command::Evaluate(self.arguments(true)?)),
            ("check", [_, file]) => Ok(Command::Check(file.into())),
            ("fmt", [_, file]) => Ok(Command::Format(file.into())),
            ("sql", [_, dialect]) => {
                let dialect = text(dialect)
                    .parse()
                    .map_err(|error| usage(format!("{error}")))?;
                self.sql(dialect).map(Command::Sql)
            }
            ("explain", [_, person, segment]) => {
                let (person, segment) = (text(person), text(segment));
                Ok(Command::Explain(self.arguments(true)?, person, segment))
            }
            ("diff", [_, old, new]) => {
                let (old, new) = (old.into(), new.into());
                Ok(Command::Diff(self.arguments(false)?, old, new))
            }
            ("cost", [_]) => Ok(Command::Cost(self.arguments(true)?)),
            ("estimate", [_, names @ ..]) => {
                let (people, names) = (self.sampled()?, names.iter().map(text).collect());
                Ok(Command::Estimate(self.arguments(true)?, names, people))
            }
            ("backtest", [_, segment, outcome]) => {
                let (names, until) = ([text(segment), text(outcome)], self.until()?);
                Ok(Command::Backtest(self.arguments(true)?, names, until))
            }
            ("check" | "fmt", _) => {
                Err(usage(format!("`{command}` needs one file of definitions")))
            }
            ("sql", _) => {
                let known = Dialect::ALL.map(Dialect::name).join("`, `");
                Err(usage(format!("`sql` needs a dialect: `{known}`")))
            }
            ("explain", _) => Err(usage("`explain` needs a person and a segment".into())),
            ("diff", _) => Err(usage("`diff` needs the old and the new definitions".into())),
            ("backtest", _) => Err(usage("`backtest` needs a segment and an outcome".into())),
            ("cost", _) => Err(usage("`cost` is told of all segments: name none".into())),
            _ => Err(usage(format!(
                "what is `{command}`? There are `check`, `fmt`, `sql`, `explain`, `diff`, `cost`, `estimate` and `backtest`"
            ))),
        }
    }

    /// What another command would have read is not passed over.
    fn check_options(&self, command: &str) -> Result<(), Failure> {
        let of_one = [
            ("--out", self.out.is_some(), ""),
            ("--evaluator", self.evaluator.is_some(), ""),
            ("--sample", self.sample.is_some(), "estimate"),
            ("--until", self.until.is_some(), "backtest"),
            ("--tie", self.tie.is_some(), "sql"),
        ];
        let wrong = of_one
            .iter()
            .filter(|(_, is_given, of)| *is_given && *of != command);
        let told: Vec<String> = wrong
            .map(|(option, _, of)| match *of {
                "" => format!("`{option}` is of an evaluation, not of `{command}`"),
                of => format!("`{option}` is of `{of}`"),
            })
            .collect();
        match told.is_empty() {
            true => Ok(()),
            false => Err(usage(told.join("\n"))),
        }
    }

    /// How many people are sampled.
    fn sampled(&self) -> Result<usize, Failure> {
        let Some(text) = &self.sample else {
            return Ok(SAMPLED);
        };
        let people = text.parse::<NonZero<usize>>();
        people
            .map(NonZero::get)
            .map_err(|_| usage(format!("`--sample` is a number of people, not `{text}`")))
    }

    fn until(&self) -> Result<Timestamp, Failure> {
        let until = self.until.as_deref();
        let until = until.ok_or_else(|| usage("`--until TIME` is missing".into()))?;
        until
            .parse()
            .map_err(|error| usage(format!("`--until`: {error}")))
    }

    fn sql(self, dialect: Dialect) -> Result<Box<Sql>, Failure> {
        let define = self
            .define
            .ok_or_else(|| usage("`--define FILE.segments` is missing".into()))?;
        let as_of = self
            .as_of
            .ok_or_else(|| usage("`--as-of TIME` is missing".into()))?;
        let as_of = as_of
            .parse()
            .map_err(|error| usage(format!("`--as-of`: {error}")))?;
        Ok(Box::new(Sql {
            dialect,
            define,
            as_of,
            layout: Layout {
                person: self.names.person.to_string(),
                time: self.names.time.to_string(),
                event: self.names.event.to_string(),
                tie: self.tie,
                ..Layout::default()
            },
        }))
    }

    fn arguments(self, is_defined: bool) -> Result<Box<Arguments>, Failure> {
        let mut mistakes = Vec::new();
        if self.events.is_none() {
            mistakes.push("`--events EVENTS.parquet` is missing".to_owned());
        }
        if is_defined && self.define.is_none() {
            mistakes.push("`--define FILE.segments` is missing".to_owned());
        }
        let as_of = match self.as_of.as_deref().map(str::parse::<Timestamp>) {
            Some(Ok(as_of)) => Some(as_of),
            Some(Err(error)) => {
                mistakes.push(format!("`--as-of`: {error}"));
                None
            }
            None => {
                mistakes.push("`--as-of TIME` is missing".to_owned());
                None
            }
        };
        let evaluator = match self.evaluator.as_deref() {
            None | Some("batch") => Evaluator::Batch,
            Some("live") => Evaluator::Live,
            Some("reference") => Evaluator::Reference,
            Some(other) => {
                mistakes.push(format!(
                    "`{other}` is no evaluator: `batch`, `live` or `reference`"
                ));
                Evaluator::Batch
            }
        };
        let threads = self
            .threads
            .as_deref()
            .unwrap_or("1")
            .parse::<NonZero<usize>>();
        let threads = threads.ok().filter(|threads| threads.get() <= THREADS_MAX);
        if threads.is_none() {
            mistakes.push(format!("`--threads` is a number from 1 to {THREADS_MAX}"));
        }
        let inputs = [&self.events, &self.people, &self.define];
        if let Some(out) = &self.out
            && inputs
                .into_iter()
                .flatten()
                .any(|input| is_same_file(input, out))
        {
            let out = out.display();
            mistakes.push(format!(
                "`{out}` is read, so it is not written; give another path"
            ));
        }
        match (self.events, as_of, threads) {
            (Some(events), Some(as_of), Some(threads)) if mistakes.is_empty() => {
                Ok(Box::new(Arguments {
                    files: Files {
                        events,
                        people: self.people,
                        names: self.names,
                    },
                    define: self.define.unwrap_or_default(),
                    as_of,
                    evaluator,
                    threads,
                    json: self.json,
                    out: self.out,
                }))
            }
            _ => Err(usage(mistakes.join("\n"))),
        }
    }
}

fn usage(message: String) -> Failure {
    Failure::Usage(message)
}
