//! Processor seconds of this process, and how a bench is called.

use std::time::Instant;

/// How large a bench runs: whole with `--bench`, as `cargo bench` passes it; else a smoke run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// About a second, to see that it works.
    Smoke,
    /// The size whose figures are written down.
    Full,
}

impl Size {
    /// As the command line says.
    pub fn of_run() -> Self {
        match std::env::args().any(|argument| argument == "--bench") {
            true => Self::Full,
            false => Self::Smoke,
        }
    }

    /// One number or the other.
    pub fn pick<T>(self, smoke: T, full: T) -> T {
        match self {
            Self::Smoke => smoke,
            Self::Full => full,
        }
    }
}

/// Wall and processor seconds of one piece of work.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// Wall seconds.
    pub wall: f64,
    /// Processor seconds, user and system, of all threads.
    pub cpu: f64,
}

/// Runs the work and says what it cost.
pub fn measure<T>(work: impl FnOnce() -> T) -> (T, Cost) {
    let (wall, cpu) = (Instant::now(), cpu_seconds());
    let value = work();
    (
        value,
        Cost {
            wall: wall.elapsed().as_secs_f64(),
            cpu: cpu_seconds() - cpu,
        },
    )
}

/// The median of an odd number of figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Processor seconds of this process so far, to the hundredth; 0 where the system does not tell.
pub fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks: f64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<f64>().ok())
        .sum();
    ticks / 100.0
}

/// Largest resident size so far, in MiB; 0 where the system does not tell.
pub fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap_or_default();
    line.split_whitespace()
        .nth(1)
        .and_then(|kib| kib.parse::<f64>().ok())
        .unwrap_or_default()
        / 1024.0
}
