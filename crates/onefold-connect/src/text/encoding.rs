//! How the bytes of a text stand for letters.
//!
//! Invariant: a byte that means nothing in the encoding is an error with its place; nothing is
//! replaced or guessed.

use std::borrow::Cow;

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE};
use onefold_event::{Diagnostic, Error, ErrorKind};

/// A checked encoding. Its lines and delimiters are single ASCII bytes, except in UTF-16, which is
/// turned into UTF-8 before it is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Encoding(&'static encoding_rs::Encoding);

impl Encoding {
    pub(crate) const UTF_8: Self = Self(UTF_8);

    /// The encoding of this name in the WHATWG Encoding Standard.
    ///
    /// # Errors
    /// `InvalidInput` if there is none, or it changes meaning between lines.
    pub(crate) fn named(name: &str) -> Result<Self, Error> {
        let known = encoding_rs::Encoding::for_label(name.as_bytes());
        let usable = known.filter(|e| e.is_ascii_compatible() || is_wide(e));
        usable.map(Self).ok_or_else(|| {
            let help = "write a name of the Encoding Standard, such as `utf-8` or `windows-1252`";
            let diagnostic = Diagnostic::new(format!("`{name}` is not an encoding that can be read"))
                .help(help);
            Error::new(ErrorKind::InvalidInput, diagnostic.to_string())
        })
    }

    /// The encoding that the first bytes of a text declare, with the length of the mark.
    pub(crate) fn by_mark(bytes: &[u8]) -> Option<(Self, usize)> {
        encoding_rs::Encoding::for_bom(bytes).map(|(encoding, length)| (Self(encoding), length))
    }

    /// `true` for UTF-16, whose bytes are not lines until it is turned into UTF-8.
    pub(crate) fn is_wide(self) -> bool {
        is_wide(self.0)
    }

    pub(crate) fn new_decoder(self) -> encoding_rs::Decoder {
        self.0.new_decoder_without_bom_handling()
    }

    /// The text that the bytes stand for.
    pub(crate) fn decode(self, bytes: &[u8]) -> Result<Cow<'_, str>, Diagnostic> {
        if self.0 == UTF_8 || self.is_wide() {
            let text = std::str::from_utf8(bytes)
                .map_err(|error| undecodable(bytes, error.valid_up_to(), "utf-8"))?;
            if self.is_wide() && text.contains('\u{fffd}') {
                return Err(Diagnostic::new("the line holds half of a UTF-16 pair"));
            }
            return Ok(Cow::Borrowed(text));
        }
        self.0
            .decode_without_bom_handling_and_without_replacement(bytes)
            .ok_or_else(|| undecodable(bytes, self.valid_up_to(bytes), self.0.name()))
    }

    fn valid_up_to(self, bytes: &[u8]) -> usize {
        let holds = |length: &usize| {
            let head = bytes.get(..*length).unwrap_or_default();
            self.0
                .decode_without_bom_handling_and_without_replacement(head)
                .is_none()
        };
        (1..=bytes.len()).find(holds).map_or(0, |length| length - 1)
    }
}

fn is_wide(encoding: &'static encoding_rs::Encoding) -> bool {
    encoding == UTF_16LE || encoding == UTF_16BE
}

fn undecodable(bytes: &[u8], at: usize, name: &str) -> Diagnostic {
    let byte = bytes.get(at).copied().unwrap_or_default();
    Diagnostic::new(format!("byte {byte:#04x} at offset {at} is not {name}"))
        .help("say the `encoding` of the file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_beyond_ascii() {
        let western = Encoding::named("latin1").unwrap();
        assert_eq!(western.decode(b"M\xfcller").unwrap(), "Müller");
        assert_eq!(
            Encoding::UTF_8.decode(b"M\xfcller").unwrap_err().message,
            "byte 0xfc at offset 1 is not utf-8"
        );
        let japanese = Encoding::named("shift_jis").unwrap();
        assert_eq!(
            japanese.decode(b"ab\x81").unwrap_err().message,
            "byte 0x81 at offset 2 is not Shift_JIS"
        );
        assert!(Encoding::named("iso-2022-jp").is_err());
        assert!(Encoding::named("latin-99").is_err());
    }
}
