//! From chunks of lines to joined identifiers, on one thread or two.
//!
//! Invariant: the answer does not depend on the threads: one splits and hashes, the other joins, in the order of the chunks.

use std::{
    num::NonZero,
    panic::resume_unwind,
    sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
    thread,
};

use onefold_event::Error;

use super::{EdgeLines, Edges, Malformed, Stitcher};

/// How many chunks may wait between the two threads.
const WAITING_MAX: usize = 4;

impl Stitcher {
    /// Adds the edges of a whole text, as [`EdgeLines`] describes it, given in chunks.
    ///
    /// `read` appends the next bytes to the buffer it is given, which is empty, and leaves it empty at the end; 256 KiB a
    /// call is best. With two threads or more it is called on a thread of its own, beside the joining; more than two are
    /// not used. The answer is the same for any chunks and any number of threads. After an error the edges that were
    /// joined until then are in.
    ///
    /// ```
    /// use std::num::NonZero;
    /// use onefold_event::Error;
    /// use onefold_identity::stitch::Stitcher;
    ///
    /// let mut chunks = ["user:1\temail:a@", "x.org\nemail:a@x.org\tanon:7\nuser:2\tanon:8"].into_iter();
    /// let mut stitcher = Stitcher::new(1);
    /// let malformed = stitcher.add_lines(NonZero::<usize>::MIN, |buffer| {
    ///     buffer.extend_from_slice(chunks.next().unwrap_or_default().as_bytes());
    ///     Ok::<(), Error>(())
    /// })?;
    /// assert_eq!(malformed.count(), 0);
    /// let components = stitcher.finish();
    /// assert_eq!((components.ids(), components.components()), (5, 2));
    /// assert_eq!(components.component_of(b"user:1"), components.component_of(b"anon:7"));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of `read`, and `LimitExceeded` where the identifiers pass 16 GiB of text.
    pub fn add_lines<E, R>(&mut self, threads: NonZero<usize>, mut read: R) -> Result<Malformed, E>
    where
        E: From<Error> + Send,
        R: FnMut(&mut Vec<u8>) -> Result<(), E> + Send,
    {
        match threads.get() {
            1 => on_one_thread(self, &mut read),
            _ => on_two_threads(self, &mut read),
        }
    }
}

fn on_one_thread<E: From<Error>>(
    stitcher: &mut Stitcher,
    read: &mut impl FnMut(&mut Vec<u8>) -> Result<(), E>,
) -> Result<Malformed, E> {
    let mut lines = stitcher.lines();
    let mut buffer = Vec::new();
    loop {
        read(&mut buffer)?;
        if buffer.is_empty() {
            stitcher.add_edges(&lines.end())?;
            return Ok(lines.into_malformed());
        }
        let edges = lines.split(buffer);
        stitcher.add_edges(&edges)?;
        buffer = lines.reuse(edges);
    }
}

fn on_two_threads<E: From<Error> + Send>(
    stitcher: &mut Stitcher,
    read: &mut (impl FnMut(&mut Vec<u8>) -> Result<(), E> + Send),
) -> Result<Malformed, E> {
    let lines = stitcher.lines();
    let (filled, to_join) = sync_channel(WAITING_MAX);
    let (joined, to_fill) = channel();
    thread::scope(|scope| {
        let splitting = scope.spawn(move || split_all(lines, read, &filled, &to_fill));
        let joining = join_all(stitcher, to_join, &joined);
        let split = splitting
            .join()
            .unwrap_or_else(|panic| resume_unwind(panic));
        joining?;
        split
    })
}

fn split_all<E>(
    mut lines: EdgeLines,
    read: &mut impl FnMut(&mut Vec<u8>) -> Result<(), E>,
    filled: &SyncSender<Edges>,
    to_fill: &Receiver<Edges>,
) -> Result<Malformed, E> {
    loop {
        let mut buffer = to_fill
            .try_recv()
            .map_or_else(|_| Vec::new(), |edges| lines.reuse(edges));
        read(&mut buffer)?;
        let ended = buffer.is_empty();
        let edges = match ended {
            true => lines.end(),
            false => lines.split(buffer),
        };
        // Nobody joins any more where a limit is passed; that error is the one to tell.
        if filled.send(edges).is_err() || ended {
            return Ok(lines.into_malformed());
        }
    }
}

fn join_all(
    stitcher: &mut Stitcher,
    to_join: Receiver<Edges>,
    joined: &Sender<Edges>,
) -> Result<(), Error> {
    for edges in to_join {
        stitcher.add_edges(&edges)?;
        // Whoever has ended needs no more space.
        let _ = joined.send(edges);
    }
    Ok(())
}
