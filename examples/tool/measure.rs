//! What each stage of a run cost: wall and processor seconds by name. Peak memory is in [`usage`](crate::usage).
//!
//! Invariant: every second since the start belongs to exactly one stage, once the last one has ended.

use std::{fmt, time::Instant};

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::usage::{Seconds, cpu_seconds};

/// The stages of a run, one after the other. As JSON: `{"load":{"wall":0.2,"cpu":0.39},"train":{..}}`, in the order in
/// which they first ended; `cpu` is `null` where the system does not tell.
///
/// ```
/// use onefold_examples::{measure::Stages, usage::peak_mib};
///
/// let mut stages = Stages::start();
/// let numbers: Vec<u64> = (0..1_000).collect();
/// stages.end("load");
/// let sum: u64 = numbers.iter().sum();
/// stages.end("sum");
/// assert_eq!(stages.names().collect::<Vec<_>>(), ["load", "sum"]);
/// // Beside them in the report: null where the system does not tell.
/// let peak: Option<f64> = peak_mib();
/// let lines = stages.with_peak(peak.or(Some(12.0))).to_string();
/// assert!(lines.starts_with("load  ") && lines.ends_with(" MiB"), "{lines}");
/// # assert_eq!(sum, 499_500);
/// ```
#[derive(Debug)]
pub struct Stages {
    ended: Vec<(&'static str, Cost)>,
    last: Reading,
}

/// The two clocks at one instant.
#[derive(Debug, Clone, Copy)]
struct Reading {
    wall: Instant,
    cpu: Option<f64>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    wall: f64,
    cpu: Option<f64>,
}

impl Stages {
    /// The first stage begins now.
    pub fn start() -> Self {
        Self {
            ended: Vec::new(),
            last: Reading::now(),
        }
    }

    /// What passed since the start, or since the last stage ended, was this stage, and the next begins now. A name that
    /// comes again adds up.
    pub fn end(&mut self, name: &'static str) {
        let now = Reading::now();
        let cost = now.since(self.last);
        self.last = now;
        match self.ended.iter_mut().find(|(known, _)| *known == name) {
            Some((_, sum)) => *sum = sum.plus(cost),
            None => self.ended.push((name, cost)),
        }
    }

    /// The names of the stages that have ended.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.ended.iter().map(|(name, _)| *name)
    }

    /// Each stage and its seconds, rounded to the thousandth; processor seconds are of all threads together and known
    /// to the hundredth.
    pub fn seconds(&self) -> impl Iterator<Item = (&'static str, Seconds)> + '_ {
        self.ended.iter().map(|(name, cost)| (*name, cost.shown()))
    }

    /// The stages as text, one a line, and on the last one how much memory was in use at most: how the report of a run
    /// ends.
    pub fn with_peak(&self, peak_mib: Option<f64>) -> impl fmt::Display {
        fmt::from_fn(move |f| {
            for (stage, seconds) in self.seconds() {
                write!(f, "{stage:<11} {:>10.2} s", seconds.wall)?;
                match seconds.cpu {
                    Some(cpu) => writeln!(f, ", {cpu:.2} s of processors")?,
                    None => writeln!(f)?,
                }
            }
            match peak_mib {
                Some(peak) => write!(f, "peak memory {peak:>8.0} MiB"),
                None => write!(f, "peak memory is not told by this system"),
            }
        })
    }

    /// All stages that have ended, together.
    pub fn total(&self) -> Seconds {
        let nothing = Cost {
            wall: 0.0,
            cpu: cpu_seconds().map(|_| 0.0),
        };
        let costs = self.ended.iter().map(|(_, cost)| *cost);
        costs.fold(nothing, Cost::plus).shown()
    }
}

impl Serialize for Stages {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.ended.len()))?;
        for (name, seconds) in self.seconds() {
            map.serialize_entry(name, &seconds)?;
        }
        map.end()
    }
}

impl Reading {
    fn now() -> Self {
        Self {
            wall: Instant::now(),
            cpu: cpu_seconds(),
        }
    }

    fn since(self, earlier: Self) -> Cost {
        let cpu = self.cpu.zip(earlier.cpu);
        Cost {
            wall: (self.wall - earlier.wall).as_secs_f64(),
            cpu: cpu.map(|(now, then)| now - then),
        }
    }
}

impl Cost {
    fn plus(self, other: Self) -> Self {
        Self {
            wall: self.wall + other.wall,
            cpu: self.cpu.zip(other.cpu).map(|(one, two)| one + two),
        }
    }

    fn shown(self) -> Seconds {
        let rounded = |seconds: f64| (seconds * 1000.0).round() / 1000.0;
        Seconds {
            wall: rounded(self.wall),
            cpu: self.cpu.map(rounded),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{thread::sleep, time::Duration};

    use super::*;

    #[test]
    fn what_the_system_does_not_tell_is_said() {
        let stages = |cpu| Stages {
            ended: vec![("load", Cost { wall: 1.5, cpu })],
            last: Reading::now(),
        };
        let known = stages(Some(2.0)).with_peak(Some(12.4)).to_string();
        assert_eq!(
            known,
            "load              1.50 s, 2.00 s of processors\npeak memory       12 MiB"
        );
        let unknown = stages(None).with_peak(None).to_string();
        assert_eq!(
            unknown,
            "load              1.50 s\npeak memory is not told by this system"
        );
    }

    #[test]
    fn a_name_that_comes_again_adds_up() {
        let mut stages = Stages::start();
        let begun = Instant::now();
        for name in ["read", "match", "read"] {
            sleep(Duration::from_millis(5));
            stages.end(name);
        }
        let passed = begun.elapsed().as_secs_f64();
        let json = serde_json::to_value(&stages).unwrap();
        let wall = |name: &str| json[name]["wall"].as_f64().unwrap();
        assert_eq!(stages.names().collect::<Vec<_>>(), ["read", "match"]);
        assert!(wall("read") >= 0.010 && wall("match") >= 0.005, "{json}");
        assert!(wall("read") + wall("match") <= passed + 0.002, "{json}");
        assert_eq!(json["read"]["cpu"].is_number(), cpu_seconds().is_some());
        assert_eq!(stages.total().cpu.is_some(), cpu_seconds().is_some());
    }
}
