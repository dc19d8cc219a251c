//! The members of a gzip file, one after the other, as `cat a.gz b.gz` makes them.
//!
//! Invariant: every byte of the file belongs to a member; what follows the last one is an error that says
//! where, after the text of all members was given.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;

type Reader = Box<dyn Read + Send>;

/// The text of all members.
pub(super) struct Members {
    source: Option<Source>,
    member: Option<Box<GzDecoder<Source>>>,
}

type Source = BufReader<Counted>;

impl Members {
    pub(super) fn new(reader: Reader) -> Self {
        let counted = Counted { reader, count: 0 };
        Self {
            source: Some(BufReader::with_capacity(1 << 16, counted)),
            member: None,
        }
    }

    /// The member to read from, or `None` at the end of the file.
    fn member(&mut self) -> io::Result<Option<&mut GzDecoder<Source>>> {
        if let Some(mut source) = self.source.take() {
            let next = source.fill_buf()?;
            if next.is_empty() {
                return Ok(None);
            }
            if !may_begin_member(next) {
                let left = next.len() as u64;
                let error = follows(source.get_ref().count.saturating_sub(left));
                // Asked again, it says the same.
                self.source = Some(source);
                return Err(error);
            }
            self.member = Some(Box::new(GzDecoder::new(source)));
        }
        Ok(self.member.as_deref_mut())
    }
}

impl Read for Members {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(member) = self.member()? else {
                return Ok(0);
            };
            let count = member.read(space)?;
            if count > 0 || space.is_empty() {
                return Ok(count);
            }
            self.source = self.member.take().map(|member| member.into_inner());
        }
    }
}

/// Of the two bytes every member begins with, the second may not be in the buffer yet.
fn may_begin_member(next: &[u8]) -> bool {
    matches!(next, [0x1f] | [0x1f, 0x8b, ..])
}

fn follows(at: u64) -> io::Error {
    let message = format!(
        "bytes follow the end of the gzip stream at byte {at}, and they are no gzip; cut the file there, or \
         compress what follows too"
    );
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// Counts the bytes that were read, so that a place in the file can be told.
struct Counted {
    reader: Reader,
    count: u64,
}

impl Read for Counted {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(space)?;
        self.count += count as u64;
        Ok(count)
    }
}
