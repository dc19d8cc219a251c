//! How every tool of the house ends: 0 done, 1 the data or the run failed, 2 wrong usage.
//!
//! Invariants: a reader that has seen enough (`| head`) ends a tool, and is no failure; text of the data never
//! commands the terminal.

use std::{
    borrow::Cow,
    fmt,
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
    let mut out = Shown(io::stdout().lock());
    let ended = run(&mut out).and_then(|()| Ok(out.flush()?));
    tell(name, ended, &mut Shown(io::stderr()))
}

/// Says on standard error what a reader of the figures must know.
pub fn warn(warning: &str) {
    // Nobody is left to tell if standard error cannot be written.
    let _ = writeln!(Shown(io::stderr()), "warning: {warning}");
}

/// The text with its control characters, but for newlines and tabs, as `\u{1b}`: those of the data could move
/// the cursor, or write other text than is there.
pub fn shown(text: &str) -> Cow<'_, str> {
    let commands = |sign: char| sign.is_control() && !matches!(sign, '\n' | '\t');
    if !text.contains(commands) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for sign in text.chars() {
        match commands(sign) {
            true => shown.extend(sign.escape_unicode()),
            false => shown.push(sign),
        }
    }
    Cow::Owned(shown)
}

/// A stream for people. What is formatted is text and is [`shown`]; bytes pass as they are, which JSON needs and
/// has its own escapes for.
struct Shown<W>(W);

impl<W: Write> Write for Shown<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }

    fn write_fmt(&mut self, arguments: fmt::Arguments<'_>) -> io::Result<()> {
        self.0.write_all(shown(&arguments.to_string()).as_bytes())
    }
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
    fn text_of_the_data_does_not_command_the_terminal() {
        let mut told = Vec::new();
        {
            let mut stream = Shown(&mut told);
            let out: &mut dyn Write = &mut stream;
            let city = "\u{1b}[2J\r\u{7f}\u{9b}\u{0}Köln";
            writeln!(out, "city\t{city}").unwrap();
            write_json(out, &["\u{1b}"]).unwrap();
            tell("tool", Err(Failure::Run("no `\u{1b}[31m`".into())), out);
        }
        let expected = "city\t\\u{1b}[2J\\u{d}\\u{7f}\\u{9b}\\u{0}Köln\n[\"\\u001b\"]\ntool: no `\\u{1b}[31m`\n";
        assert_eq!(String::from_utf8(told).unwrap(), expected);
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
