//! A whole stored form: its version in the first byte, then what it holds, then nothing.
//!
//! Invariant: damaged bytes give [`ErrorKind::Corrupt`] with the place, bytes of a later version
//! [`ErrorKind::NewerFormat`].

use crate::{Error, ErrorKind, Result, parts::Reader};

/// Reads all of `bytes`; `what` names the thing in messages, and `read` gives `None` for damage.
///
/// # Errors
/// [`ErrorKind::Corrupt`] for damaged bytes, [`ErrorKind::NewerFormat`] for a later version.
pub fn read_form<'a, T>(
    bytes: &'a [u8],
    version: u8,
    what: &str,
    read: impl FnOnce(&mut Reader<'a>) -> Option<T>,
) -> Result<T> {
    let mut reader = Reader::new(bytes);
    match reader.byte() {
        Some(found) if found == version => {}
        Some(newer) if newer > version => {
            let message = format!(
                "the stored form of {what} has version {newer}, and this build reads up to {version}"
            );
            return Err(Error::new(ErrorKind::NewerFormat, message));
        }
        _ => return Err(corrupt(what, 0)),
    }
    let form = read(&mut reader).filter(|_| reader.rest().is_empty());
    form.ok_or_else(|| corrupt(what, bytes.len() - reader.rest().len()))
}

fn corrupt(what: &str, place: usize) -> Error {
    let message = format!("the stored form of {what} is damaged at byte {place}");
    Error::new(ErrorKind::Corrupt, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: std::result::Result<&str, (ErrorKind, &str)>) {
        let read = read_form(bytes, 2, "the list", Reader::text);
        match (read, expected) {
            (Ok(text), Ok(expected)) => assert_eq!(text, expected),
            (Err(error), Err((kind, message))) => {
                assert_eq!(error.kind(), kind);
                assert_eq!(error.to_string(), message);
            }
            (read, expected) => panic!("{read:?} is not {expected:?}"),
        }
    }

    #[test]
    fn a_form_is_read_whole_or_not_at_all() {
        let corrupt = |message| Err((ErrorKind::Corrupt, message));
        check(&[2, 1, b'a'], Ok("a"));
        check(
            &[],
            corrupt("the stored form of the list is damaged at byte 0"),
        );
        check(
            &[1, 1, b'a'],
            corrupt("the stored form of the list is damaged at byte 0"),
        );
        check(
            &[2, 2, b'a'],
            corrupt("the stored form of the list is damaged at byte 2"),
        );
        check(
            &[2, 1, b'a', 0],
            corrupt("the stored form of the list is damaged at byte 3"),
        );
        let newer = "the stored form of the list has version 3, and this build reads up to 2";
        check(&[3, 1, b'a'], Err((ErrorKind::NewerFormat, newer)));
    }
}
