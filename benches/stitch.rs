//! Ten million edges between identifiers to connected components, beside petgraph's union-find on the same file.
//!
//! Each contestant runs in a process of its own, so that its memory is its own too.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench talks to its terminal and may fail"
)]

use std::{
    fs::File,
    io::{BufWriter, Read, Write},
    num::NonZero,
    path::{Path, PathBuf},
    process::Command,
};

use onefold::identity::stitch::Stitcher;
use onefold_benches::{
    id_edges::write_id_edges,
    measure::{Cost, Size, measure, median, peak_mib},
};
use petgraph::unionfind::UnionFind;

/// What a contestant is called, and what it is called with on the command line.
const CONTESTANTS: [(&str, &str); 3] = [
    ("Stitcher, one thread", "--ours-1"),
    ("Stitcher, two threads", "--ours-2"),
    ("petgraph, ahash, file in memory (peer)", "--petgraph"),
];

/// Components and identifiers.
type Counts = (usize, usize);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, contestant, file] = arguments.as_slice()
        && CONTESTANTS.iter().any(|(_, name)| name == contestant)
    {
        return contest(contestant, Path::new(file));
    }
    let size = Size::of_run();
    let (edges, rounds) = size.pick((100_000usize, 1), (10_000_000, 3));
    let directory = tempfile::tempdir().unwrap();
    // Another file of edges can be measured in the same way.
    let other = std::env::var_os("ONEFOLD_BENCH_EDGES").map(PathBuf::from);
    let file = other.unwrap_or_else(|| {
        let file = directory.path().join("edges.tsv");
        let mut out = BufWriter::new(File::create(&file).unwrap());
        write_id_edges(edges, 1, &mut out).unwrap();
        out.flush().unwrap();
        file
    });
    println!(
        "contestant                                 edges     edges/s   CPU s  wall s  peak MiB"
    );
    let mut answers = Vec::new();
    for (name, argument) in CONTESTANTS {
        let runs: Vec<Vec<f64>> = (0..rounds)
            .map(|_| in_own_process(argument, &file))
            .collect();
        let of = |column: usize| median(runs.iter().map(|run| run[column]).collect());
        let (edges, cpu) = (of(0), of(3).max(0.01));
        let rate = edges / cpu;
        println!(
            "{name:<39} {edges:>8} {rate:>11.0} {cpu:>7.2} {:>7.2} {:>9.0}",
            of(4),
            of(5)
        );
        answers.push((of(0), of(1), of(2)));
    }
    assert!(
        answers.windows(2).all(|two| two[0] == two[1]),
        "{answers:?}"
    );
    println!("{} identifiers, {} components", answers[0].2, answers[0].1);
}

/// Edges, components, identifiers, CPU seconds, wall seconds, peak MiB.
fn in_own_process(contestant: &str, file: &Path) -> Vec<f64> {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let output = command.arg(contestant).arg(file).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let figures = told
        .split_whitespace()
        .map(|figure| figure.parse().unwrap());
    let figures: Vec<f64> = figures.collect();
    assert_eq!(
        figures.len(),
        6,
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    figures
}

fn contest(contestant: &str, file: &Path) {
    let ((edges, (components, ids)), Cost { wall, cpu }) = measure(|| match contestant {
        "--petgraph" => petgraph(file),
        "--ours-1" => ours(file, 1),
        _ => ours(file, 2),
    });
    println!("{edges} {components} {ids} {cpu} {wall} {}", peak_mib());
}

fn ours(file: &Path, threads: usize) -> (u64, Counts) {
    let text = File::open(file).unwrap();
    let mut stitcher = Stitcher::new(1);
    let malformed = stitcher.add_lines(NonZero::new(threads).unwrap(), |chunk| {
        chunk.reserve(256 << 10);
        (&text).take(256 << 10).read_to_end(chunk)?;
        Ok::<(), onefold::Error>(())
    });
    assert_eq!(malformed.unwrap().count(), 0);
    let components = stitcher.finish();
    (
        components.edges(),
        (components.components(), components.ids()),
    )
}

/// As a program would do it by hand: identifiers borrowed from the whole text, numbered by a map.
fn petgraph(file: &Path) -> (u64, Counts) {
    let text = std::fs::read(file).unwrap();
    let mut numbers: ahash::AHashMap<&[u8], u32> = ahash::AHashMap::new();
    let mut edges: Vec<(u32, u32)> = Vec::new();
    for line in text
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        let tab = line.iter().position(|byte| *byte == b'\t').unwrap();
        let mut number = |id| {
            let next = numbers.len() as u32;
            *numbers.entry(id).or_insert(next)
        };
        edges.push((number(&line[..tab]), number(&line[tab + 1..])));
    }
    let mut joined = UnionFind::<u32>::new(numbers.len());
    let merges = edges
        .iter()
        .filter(|(left, right)| joined.union(*left, *right))
        .count();
    (edges.len() as u64, (numbers.len() - merges, numbers.len()))
}
