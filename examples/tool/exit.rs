//! How every tool of the house ends: 0 done, 1 the data or the run failed, 2 wrong usage.
//!
//! Invariant: a reader that has seen enough (`| head`) ends a tool, and is no failure.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use onefold::Error;

/// Why a tool did not do its work.
#[derive(Debug)]
pub enum Failure {
    /// The command line or the configuration is wrong: exit code 2.
    Usage(String),
    /// The data or the run failed: exit code 1.
    Run(String),
    /// Nobody reads on: exit code 0.
    Closed,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Run(error.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Run(error.to_string()),
        }
    }
}

impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Self {
        Self::Usage(error.to_string())
    }
}

/// Runs the tool with standard output, says on standard error why it failed, and gives the exit code.
pub fn exit(name: &str, run: impl FnOnce(&mut dyn Write) -> Result<(), Failure>) -> ExitCode {
    let mut out = io::stdout().lock();
    let ended = run(&mut out).and_then(|()| Ok(out.flush()?));
    tell(name, ended, &mut io::stderr())
}

/// Writes an object as one line of JSON.
///
/// # Errors
/// As `out` has them.
pub fn write_json(out: &mut dyn Write, object: &impl serde::Serialize) -> Result<(), Failure> {
    serde_json::to_writer(&mut *out, object).map_err(io::Error::from)?;
    Ok(writeln!(out)?)
}

fn tell(name: &str, ended: Result<(), Failure>, err: &mut dyn Write) -> ExitCode {
    // Nobody is left to tell if standard error cannot be written.
    match ended {
        Ok(()) | Err(Failure::Closed) => ExitCode::SUCCESS,
        Err(Failure::Usage(message)) => {
            let help = format!("try `cargo run --example {name} -- --help`");
            let _ = writeln!(err, "{name}: {message}\n{help}");
            ExitCode::from(2)
        }
        Err(Failure::Run(message)) => {
            let _ = writeln!(err, "{name}: {message}");
            ExitCode::from(1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(failure: Failure, code: u8, message: &str) {
        let mut err = Vec::new();
        let ended = tell("tool", Err(failure), &mut err);
        assert_eq!(format!("{ended:?}"), format!("{:?}", ExitCode::from(code)));
        assert_eq!(String::from_utf8(err).unwrap(), message);
    }

    #[test]
    fn each_end_has_its_code() {
        check(Failure::Run("no file".into()), 1, "tool: no file\n");
        let help = "try `cargo run --example tool -- --help`";
        let usage = format!("tool: what is `--x`\n{help}\n");
        check(Failure::Usage("what is `--x`".into()), 2, &usage);
    }

    #[test]
    fn a_reader_that_has_seen_enough_is_no_failure() {
        let closed = || io::Error::from(io::ErrorKind::BrokenPipe);
        check(Failure::from(closed()), 0, "");
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let told = write_json(&mut Closed, &[1]);
        assert!(matches!(told, Err(Failure::Closed)), "{told:?}");
    }
}
