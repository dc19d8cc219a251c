//! The command line of `link_people`.
//!
//! Invariant: what is parsed has a file, an output and one way of matching, and writes over none of what it reads.

use std::{
    num::NonZero,
    path::{Path, PathBuf},
};

use onefold_examples::{exit::Failure, inputs::is_same_file, linkage::Linkage};

/// More would only wait for each other, and a system has only so many.
const THREADS_MAX: usize = 1024;

/// What was asked for.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) by: By,
    pub(crate) link_only: bool,
    pub(crate) id: Option<String>,
    pub(crate) threshold: f64,
    pub(crate) truth: Option<String>,
    pub(crate) out: PathBuf,
    pub(crate) pairs: Option<PathBuf>,
    pub(crate) json: bool,
    pub(crate) threads: NonZero<usize>,
}

/// Where the way of matching comes from.
#[derive(Debug)]
pub(crate) enum By {
    Auto,
    Settings(PathBuf),
    Splink(PathBuf),
}

#[derive(Default)]
struct Draft {
    files: Vec<PathBuf>,
    auto: bool,
    settings: Option<PathBuf>,
    splink: Option<PathBuf>,
    link_only: bool,
    id: Option<String>,
    threshold: Option<String>,
    truth: Option<String>,
    out: Option<PathBuf>,
    pairs: Option<PathBuf>,
    json: bool,
    threads: Option<String>,
}

/// Parses the command line; `None` if help was asked for.
///
/// # Errors
/// A usage failure with every mistake.
pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Option<Arguments>, Failure> {
    use lexopt::prelude::{Long, Short, Value, ValueExt};
    let mut draft = Draft::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("auto") => draft.auto = true,
            Long("settings") => draft.settings = Some(parser.value()?.into()),
            Long("splink") => draft.splink = Some(parser.value()?.into()),
            Long("link-only") => draft.link_only = true,
            Long("id") => draft.id = Some(parser.value()?.string()?),
            Long("threshold") => draft.threshold = Some(parser.value()?.string()?),
            Long("truth") => draft.truth = Some(parser.value()?.string()?),
            Long("out") => draft.out = Some(parser.value()?.into()),
            Long("pairs") => draft.pairs = Some(parser.value()?.into()),
            Long("json") => draft.json = true,
            Long("threads") => draft.threads = Some(parser.value()?.string()?),
            Long("help") | Short('h') => return Ok(None),
            Value(path) => draft.files.push(path.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    draft.check().map(Some)
}

impl Draft {
    fn check(self) -> Result<Arguments, Failure> {
        let mut mistakes = Vec::new();
        if self.files.is_empty() {
            mistakes.push("no FILE.csv is given".to_owned());
        }
        if self.link_only && self.files.len() == 1 {
            mistakes.push("`--link-only` compares rows of two files: give a second one".to_owned());
        }
        let by = match (self.auto, self.settings, self.splink) {
            (true, None, None) => Some(By::Auto),
            (false, Some(path), None) => Some(By::Settings(path)),
            (false, None, Some(path)) => Some(By::Splink(path)),
            _ => {
                mistakes.push("give one of `--auto`, `--settings` and `--splink`".to_owned());
                None
            }
        };
        let threshold = self.threshold.as_deref().map_or(Some(0.95), threshold);
        if threshold.is_none() {
            mistakes.push(format!(
                "`--threshold {}`: a probability is more than 0 and less than 1, such as `0.95`",
                self.threshold.unwrap_or_default()
            ));
        }
        let one = Some(NonZero::<usize>::MIN);
        let threads = self
            .threads
            .as_deref()
            .map_or(one, |text| text.parse().ok())
            .filter(|threads| threads.get() <= THREADS_MAX);
        if threads.is_none() {
            let given = self.threads.unwrap_or_default();
            mistakes.push(format!(
                "`--threads {given}`: write a number from 1 to {THREADS_MAX}"
            ));
        }
        if self.out.is_none() {
            mistakes.push("no `--out CLUSTERS.csv` is given".to_owned());
        }
        if let (Some(by), Some(out)) = (&by, &self.out) {
            overwrites(&self.files, by, out, self.pairs.as_deref(), &mut mistakes);
        }
        match (by, threshold, threads, self.out) {
            (Some(by), Some(threshold), Some(threads), Some(out)) if mistakes.is_empty() => {
                Ok(Arguments {
                    files: self.files,
                    by,
                    link_only: self.link_only,
                    id: self.id,
                    threshold,
                    truth: self.truth,
                    out,
                    pairs: self.pairs,
                    json: self.json,
                    threads,
                })
            }
            _ => Err(Failure::Usage(mistakes.join("\n"))),
        }
    }
}

fn threshold(text: &str) -> Option<f64> {
    let is_inside = |threshold: &f64| *threshold > 0.0 && *threshold < 1.0;
    text.parse().ok().filter(is_inside)
}

/// Finds outputs that would take the place of an input, or of each other.
fn overwrites(
    files: &[PathBuf],
    by: &By,
    out: &Path,
    pairs: Option<&Path>,
    mistakes: &mut Vec<String>,
) {
    let model = Linkage::beside(out);
    let outputs = [Some(out), Some(model.as_path()), pairs];
    let outputs: Vec<&Path> = outputs.into_iter().flatten().collect();
    let settings = match by {
        By::Auto => None,
        By::Settings(path) | By::Splink(path) => Some(path),
    };
    for input in files.iter().chain(settings) {
        for output in outputs.iter().filter(|output| is_same_file(input, output)) {
            mistakes.push(format!(
                "`{}` is read, so it is not written; give another path",
                output.display()
            ));
        }
    }
    for (at, output) in outputs.iter().enumerate() {
        if outputs
            .iter()
            .skip(at + 1)
            .any(|other| output == other || is_same_file(output, other))
        {
            mistakes.push(format!(
                "`{}` would be written twice; give another path",
                output.display()
            ));
        }
    }
}
