//! A file as a stream of text bytes: decompressed by what its first bytes say, marks taken off.
//!
//! Invariant: the stream is UTF-8 or of an encoding whose line ends are single bytes.

use std::{
    fs::File,
    io::{self, Cursor, Read},
    path::Path,
};

use onefold_event::{Error, ErrorKind};

use super::{Buffer, Encoding, gzip::Members};

type Reader = Box<dyn Read + Send>;

/// Opens a text file.
///
/// # Errors
/// `NotFound` or `Io`, with the path; `Unsupported` for zstd without the feature.
pub(crate) fn open(path: &Path, encoding: Option<Encoding>) -> Result<(Buffer, Encoding), Error> {
    let file = File::open(path).map_err(|error| unreadable(path, error))?;
    from_reader(Box::new(file), encoding).map_err(|error| error.context(path.display()))
}

/// As [`open`], from any reader.
pub(crate) fn from_reader(
    reader: Reader,
    encoding: Option<Encoding>,
) -> Result<(Buffer, Encoding), Error> {
    let plain = decompressed(reader)?;
    let (start, plain) = peek(plain, 3)?;
    let marked = Encoding::by_mark(&start);
    // A mark is certain where a declared name may be wrong, so the mark wins.
    let encoding = marked.map(|m| m.0).or(encoding).unwrap_or(Encoding::UTF_8);
    let plain = match marked {
        Some((_, length)) => skip(plain, length)?,
        None => plain,
    };
    let text: Reader = match encoding.is_wide() {
        true => Box::new(Wide::new(plain, encoding)),
        false => plain,
    };
    Ok((Buffer::new(text), encoding))
}

/// The bytes of a file as they were before gzip or zstd compressed it, which its first bytes say; others as they are.
///
/// All gzip members and zstd frames are read, one after the other, and what follows the last one is an error.
///
/// ```
/// use std::io::Read;
/// let mut text = String::new();
/// onefold_connect::decompressed(Box::new(&b"plain"[..]))?.read_to_string(&mut text)?;
/// assert_eq!(text, "plain");
/// # Ok::<(), onefold_connect::Error>(())
/// ```
///
/// # Errors
/// `Io` where the first bytes cannot be read; `Unsupported` for zstd without the feature.
pub fn decompressed(reader: Box<dyn Read + Send>) -> Result<Box<dyn Read + Send>, Error> {
    let (magic, reader) = peek(reader, 4)?;
    Ok(match magic.as_slice() {
        [0x1f, 0x8b, ..] => Box::new(Members::new(reader)),
        [0x28, 0xb5, 0x2f, 0xfd] => zstd(reader)?,
        _ => reader,
    })
}

pub(crate) fn unreadable(path: &Path, error: io::Error) -> Error {
    let kind = match error.kind() {
        io::ErrorKind::NotFound => ErrorKind::NotFound,
        _ => ErrorKind::Io,
    };
    Error::new(kind, format!("cannot open `{}`: {error}", path.display())).because(error)
}

fn peek(mut reader: Reader, count: u64) -> Result<(Vec<u8>, Reader), Error> {
    let mut head = Vec::new();
    reader.by_ref().take(count).read_to_end(&mut head)?;
    let whole = Cursor::new(head.clone()).chain(reader);
    Ok((head, Box::new(whole)))
}

fn skip(mut reader: Reader, count: usize) -> Result<Reader, Error> {
    io::copy(&mut reader.by_ref().take(count as u64), &mut io::sink())?;
    Ok(reader)
}

#[cfg(feature = "zstd")]
fn zstd(reader: Reader) -> Result<Reader, Error> {
    Ok(Box::new(Frames::new(reader)))
}

#[cfg(not(feature = "zstd"))]
fn zstd(_: Reader) -> Result<Reader, Error> {
    let message = "the file is compressed by zstd: build with the feature `zstd`";
    Err(Error::new(ErrorKind::Unsupported, message))
}

/// The frames of a zstd file, one after the other.
#[cfg(feature = "zstd")]
struct Frames {
    source: Option<io::BufReader<Reader>>,
    frame: Option<Box<Frame>>,
}

#[cfg(feature = "zstd")]
type Frame =
    ruzstd::decoding::StreamingDecoder<io::BufReader<Reader>, ruzstd::decoding::FrameDecoder>;

#[cfg(feature = "zstd")]
impl Frames {
    fn new(reader: Reader) -> Self {
        Self {
            source: Some(io::BufReader::with_capacity(1 << 16, reader)),
            frame: None,
        }
    }

    /// The frame to read from, or `None` at the end of the file.
    fn frame(&mut self) -> io::Result<Option<&mut Frame>> {
        if let Some(mut source) = self.source.take() {
            if io::BufRead::fill_buf(&mut source)?.is_empty() {
                return Ok(None);
            }
            let frame = Frame::new(source).map_err(io::Error::other)?;
            self.frame = Some(Box::new(frame));
        }
        Ok(self.frame.as_deref_mut())
    }
}

#[cfg(feature = "zstd")]
impl Read for Frames {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(frame) = self.frame()? else {
                return Ok(0);
            };
            let count = frame.read(space)?;
            if count > 0 || space.is_empty() {
                return Ok(count);
            }
            self.source = self.frame.take().map(|frame| frame.into_inner());
        }
    }
}

/// UTF-16 turned into UTF-8; half a pair becomes U+FFFD, which quarantines its row.
struct Wide {
    reader: Reader,
    decoder: encoding_rs::Decoder,
    read: Vec<u8>,
    text: Vec<u8>,
    given: usize,
    ended: bool,
}

impl Wide {
    fn new(reader: Reader, encoding: Encoding) -> Self {
        Self {
            reader,
            decoder: encoding.new_decoder(),
            read: vec![0; 1 << 16],
            text: Vec::new(),
            given: 0,
            ended: false,
        }
    }

    fn decode_more(&mut self) -> io::Result<()> {
        let count = self.reader.read(&mut self.read)?;
        self.ended = count == 0;
        let bytes = self.read.get(..count).unwrap_or_default();
        let space = self.decoder.max_utf8_buffer_length(count).unwrap_or(count);
        self.text.clear();
        self.text.resize(space, 0);
        let (_, _, written, _) = self
            .decoder
            .decode_to_utf8(bytes, &mut self.text, self.ended);
        self.text.truncate(written);
        self.given = 0;
        Ok(())
    }
}

impl Read for Wide {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() {
            if self.ended {
                return Ok(0);
            }
            self.decode_more()?;
        }
        let rest = self.text.get(self.given..).unwrap_or_default();
        let count = rest.len().min(space.len());
        for (to, from) in space.iter_mut().zip(rest) {
            *to = *from;
        }
        self.given += count;
        Ok(count)
    }
}
