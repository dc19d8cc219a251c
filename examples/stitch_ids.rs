//! Which identifiers are one: the connected components of a file of edges between them.

use std::{
    fmt,
    fs::File,
    hash::{BuildHasher, RandomState},
    io::{Read, Write},
    num::NonZero,
    path::{Path, PathBuf},
    process::ExitCode,
    thread::available_parallelism,
};

use onefold::{
    connect::decompressed,
    identity::stitch::{Malformed, Stitcher},
};
use onefold_examples::{
    exit::{Failure, exit, warn, write_json},
    measure::Stages,
    progress::Progress,
    usage::peak_mib,
};
use serde::Serialize;

const HELP: &str = "\
Joins identifiers that share an edge, and counts the connected components.

usage: stitch_ids EDGES.tsv [--json]

  EDGES.tsv  one edge a line, without a header: two identifiers `kind:value`
             with a tab between them, in UTF-8; plain, gzip or zstd
  --json     print one JSON object
  --help     print this

A line that is no edge is counted as malformed and left out; the first ones are told on standard error.
exit code: 0 done, 1 lines are malformed or the run failed, 2 wrong usage";

/// How much is read at once: what fits the cache until it is joined.
const CHUNK_BYTES: u64 = 256 << 10;

#[derive(Default)]
struct Arguments {
    edges: Option<PathBuf>,
    json: bool,
    help: bool,
}

/// What was found. Counts of edges and lines include repeated ones.
#[derive(Debug, Serialize)]
struct Report {
    edges: u64,
    ids: usize,
    components: usize,
    largest: usize,
    #[serde(serialize_with = "count")]
    malformed: Malformed,
    #[serde(rename = "seconds")]
    stages: Stages,
    peak_mib: Option<f64>,
}

fn main() -> ExitCode {
    exit("stitch_ids", |out| work(lexopt::Parser::from_env(), out))
}

fn work(parser: lexopt::Parser, out: &mut dyn Write) -> Result<(), Failure> {
    let arguments = parse(parser)?;
    if arguments.help {
        return Ok(writeln!(out, "{HELP}")?);
    }
    let path = arguments
        .edges
        .ok_or_else(|| Failure::Usage("no EDGES.tsv is given".into()))?;
    let report = stitch(&path)?;
    match arguments.json {
        true => write_json(out, &report)?,
        false => writeln!(out, "{report}")?,
    }
    // Who reads both streams on one terminal reads the report first.
    out.flush()?;
    report.ended(&path)
}

fn parse(mut parser: lexopt::Parser) -> Result<Arguments, Failure> {
    use lexopt::prelude::{Long, Short, Value};
    let mut arguments = Arguments::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("json") => arguments.json = true,
            Long("help") | Short('h') => arguments.help = true,
            Value(path) if arguments.edges.is_none() => arguments.edges = Some(path.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(arguments)
}

fn stitch(path: &Path) -> Result<Report, Failure> {
    let mut stages = Stages::start();
    let failed = |error: &dyn fmt::Display| Failure::Run(format!("`{}`: {error}", path.display()));
    let file = File::open(path).map_err(|error| failed(&error))?;
    let mut text = decompressed(Box::new(file)).map_err(|error| failed(&error))?;
    let mut progress = Progress::new(path.display().to_string()).unit("MiB");
    let mut bytes = 0;
    let mut stitcher = Stitcher::new(random_key());
    let threads = available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let malformed = stitcher
        .add_lines(threads, |chunk| {
            chunk.reserve(CHUNK_BYTES as usize);
            let count = text.by_ref().take(CHUNK_BYTES).read_to_end(chunk)? as u64;
            progress.add(((bytes + count) >> 20) - (bytes >> 20));
            bytes += count;
            Ok::<(), onefold::Error>(())
        })
        .map_err(|error| failed(&error))?;
    drop(progress);
    stages.end("join");
    let components = stitcher.finish();
    let largest = components.largest();
    stages.end("components");
    Ok(Report {
        edges: components.edges(),
        ids: components.ids(),
        components: components.components(),
        largest,
        malformed,
        stages,
        peak_mib: peak_mib(),
    })
}

/// Nobody can choose identifiers that slow the search if nobody knows the key. It changes no answer.
fn random_key() -> u128 {
    let random = RandomState::new();
    u128::from(random.hash_one(0)) << 64 | u128::from(random.hash_one(1))
}

impl Report {
    /// Tells what is malformed.
    fn ended(&self, path: &Path) -> Result<(), Failure> {
        let count = self.malformed.count();
        if count == 0 {
            return Ok(());
        }
        let path = path.display();
        for place in self.malformed.places() {
            warn(&format!("`{path}` {place}"));
        }
        let lines = self.edges + count;
        Err(Failure::Run(format!(
            "`{path}`: {count} of {lines} lines are malformed and were left out; write two identifiers \
             `kind:value` with one tab between them"
        )))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "edges       {:>12}", self.edges)?;
        writeln!(f, "ids         {:>12}", self.ids)?;
        writeln!(f, "components  {:>12}", self.components)?;
        writeln!(f, "largest     {:>12}", self.largest)?;
        writeln!(f, "malformed   {:>12}", self.malformed.count())?;
        write!(f, "{}", self.stages.with_peak(self.peak_mib))
    }
}

fn count<S: serde::Serializer>(malformed: &Malformed, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(malformed.count())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// The gzip of `user:1\tanon:1\n`.
    const GZIP: &[u8] = &[
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x2b, 0x2d, 0x4e, 0x2d, 0xb2,
        0x32, 0xe4, 0x4c, 0xcc, 0xcb, 0xcf, 0xb3, 0x32, 0xe4, 0x02, 0x00, 0xf9, 0x5e, 0xf2, 0x27,
        0x0e, 0x00, 0x00, 0x00,
    ];

    fn run(text: &[u8]) -> (Value, Result<(), Failure>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("edges.tsv");
        std::fs::write(&path, text).unwrap();
        let mut out = Vec::new();
        let parser = lexopt::Parser::from_args([path.as_os_str(), "--json".as_ref()]);
        let ended = work(parser, &mut out);
        (serde_json::from_slice(&out).unwrap(), ended)
    }

    /// The counts, in the order of the keys.
    fn counts(json: &Value) -> [u64; 5] {
        ["edges", "ids", "components", "largest", "malformed"]
            .map(|key| json[key].as_u64().unwrap())
    }

    #[test]
    fn runs() {
        let (json, ended) =
            run(b"user:1\tanon:1\nuser:1\temail:a@x.org\nuser:2\tanon:2\nuser:1\tanon:1\n");
        assert!(ended.is_ok(), "{ended:?}");
        assert_eq!(counts(&json), [4, 5, 2, 3, 0]);
        let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
        let expected = [
            "edges",
            "ids",
            "components",
            "largest",
            "malformed",
            "seconds",
            "peak_mib",
        ];
        assert_eq!(keys, expected);
        for stage in ["join", "components"] {
            assert!(json["seconds"][stage]["wall"].is_number(), "{json}");
            assert!(json["seconds"][stage].get("cpu").is_some(), "{json}");
        }
    }

    #[test]
    fn a_malformed_line_is_counted_and_fails_the_run() {
        let (json, ended) = run(b"user:1\tanon:1\nuser:1\n\xff:1\ta:1\nuser:1\tanon:2");
        assert_eq!(counts(&json), [2, 3, 1, 3, 2]);
        let Err(Failure::Run(message)) = ended else {
            panic!("malformed lines end with 1");
        };
        assert!(message.contains("2 of 4 lines are malformed"), "{message}");
    }

    #[test]
    fn gzip_is_known_by_its_first_bytes() {
        let (json, ended) = run(GZIP);
        assert!(ended.is_ok(), "{ended:?}");
        assert_eq!(counts(&json), [1, 2, 1, 2, 0]);
    }

    #[test]
    fn an_empty_file_has_no_edges() {
        let (json, ended) = run(b"");
        assert!(ended.is_ok(), "{ended:?}");
        assert_eq!(counts(&json), [0; 5]);
    }

    #[test]
    fn a_file_that_is_not_there_is_told() {
        let parser = lexopt::Parser::from_args(["nowhere.tsv"]);
        let Err(Failure::Run(message)) = work(parser, &mut std::io::sink()) else {
            panic!("there is no file");
        };
        assert!(message.starts_with("`nowhere.tsv`: "), "{message}");
    }

    #[test]
    fn wrong_usage_is_told_apart() {
        for arguments in [&["--nonsense"][..], &[], &["a.tsv", "b.tsv"], &["--json"]] {
            let parser = lexopt::Parser::from_args(arguments.iter().copied());
            assert!(
                matches!(work(parser, &mut std::io::sink()), Err(Failure::Usage(_))),
                "{arguments:?}"
            );
        }
    }
}
