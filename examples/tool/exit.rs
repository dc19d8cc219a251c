//! How every tool of the house ends: 0 done, 1 the data or the run failed, 2 wrong usage.

use std::process::ExitCode;

use onefold::Error;

/// Why a tool did not do its work.
#[derive(Debug)]
pub enum Failure {
    /// The command line or the configuration is wrong: exit code 2.
    Usage(String),
    /// The data or the run failed: exit code 1.
    Run(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Run(error.to_string())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Run(error.to_string())
    }
}

impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Self {
        Self::Usage(error.to_string())
    }
}

/// Runs the tool, says on standard error why it failed, and gives the exit code.
pub fn exit(name: &str, run: impl FnOnce() -> Result<(), Failure>) -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Usage(message)) => {
            eprintln!("{name}: {message}\ntry `cargo run --example {name} -- --help`");
            ExitCode::from(2)
        }
        Err(Failure::Run(message)) => {
            eprintln!("{name}: {message}");
            ExitCode::from(1)
        }
    }
}
