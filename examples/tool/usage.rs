//! What a run cost: wall and processor seconds, peak memory. Read from `/proc` where there is one.

use std::time::Instant;

use serde::Serialize;

/// Started with the run, read at its end.
#[derive(Debug)]
pub struct Stopwatch {
    started: Instant,
}

/// Seconds and memory of this process so far; what the system does not tell is absent.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Usage {
    /// Seconds.
    pub seconds: Seconds,
    /// Largest resident size so far, in MiB.
    pub peak_mib: Option<f64>,
}

/// Wall seconds since the start, and processor seconds (user and system) of the process.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Seconds {
    /// Wall clock.
    pub wall: f64,
    /// All threads together.
    pub cpu: Option<f64>,
}

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
        }
    }

    /// What the process used so far.
    pub fn read(&self) -> Usage {
        let wall = rounded(self.started.elapsed().as_secs_f64());
        Usage {
            seconds: Seconds {
                wall,
                cpu: cpu_seconds().map(rounded),
            },
            peak_mib: peak_mib().map(rounded),
        }
    }
}

/// Processor seconds of this process, to the hundredth.
pub fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name in parentheses may hold spaces; fields are counted after it.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    // The unit is the clock tick, which Linux fixes at 1/100 s for programs.
    Some((user + system) / 100.0)
}

/// Largest resident size so far, in MiB.
pub fn peak_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
