//! Scans: from verified groups to records in the clear.

use super::*;

/// One scan: what it calls, what it keeps between records, how far it is.
struct Scan<'a> {
    visit: &'a mut dyn FnMut(Stored<'_>) -> ControlFlow<()>,
    ciphers: Ciphers,
    scratch: Vec<u8>,
    reached: Position,
}

/// Damage inside a group: byte offset in the file, and what it is.
type Damage = (u64, &'static str);

impl FileStore {
    pub(super) fn visit_after(
        &self,
        from: Position,
        visit: &mut dyn FnMut(Stored<'_>) -> ControlFlow<()>,
    ) -> Result<Position> {
        let tail = self.log.tail();
        if from.0 >= tail.end() {
            return Ok(from);
        }
        let mut scan = Scan {
            visit,
            ciphers: Ciphers::default(),
            scratch: Vec::new(),
            reached: from,
        };
        let mut readers = self.log.readers(&tail, from.next().0)?;
        while let Some(mut reader) = readers.next(&self.log)? {
            if self.visit_file(&mut reader, &mut scan)?.is_break() {
                return Ok(scan.reached);
            }
            readers.check_seam(&reader)?;
        }
        Ok(scan.reached)
    }

    fn visit_file(&self, reader: &mut GroupReader, scan: &mut Scan<'_>) -> Result<ControlFlow<()>> {
        loop {
            let visited = match reader.next_group() {
                Ok(None) => return Ok(ControlFlow::Continue(())),
                Ok(Some(group)) => self.visit_group(group, scan),
                Err(why) => return Err(reader.error(why)),
            };
            match visited {
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(())) => return Ok(ControlFlow::Break(())),
                Err((offset, what)) => return Err(corrupt(reader.name(), offset, what)),
            }
        }
    }

    fn visit_group(
        &self,
        group: ReadGroup<'_>,
        scan: &mut Scan<'_>,
    ) -> Result<ControlFlow<()>, Damage> {
        let ReadGroup {
            frame,
            body,
            body_offset,
        } = group;
        let mut at = 0;
        for position in frame.first..frame.next() {
            let damaged = |what| (body_offset + at as u64, what);
            let (head, next) = RecordHead::decode(body, at).map_err(damaged)?;
            if position > scan.reached.0 {
                let flow = self
                    .visit_record(&frame, &head, body, position, scan)
                    .map_err(damaged)?;
                if flow.is_break() {
                    return Ok(flow);
                }
            }
            at = next;
        }
        if at != body.len() {
            return Err((
                body_offset + at as u64,
                "the group is longer than its records",
            ));
        }
        Ok(ControlFlow::Continue(()))
    }

    fn visit_record(
        &self,
        frame: &Frame,
        head: &RecordHead,
        body: &mut [u8],
        position: u64,
        scan: &mut Scan<'_>,
    ) -> Result<ControlFlow<()>, &'static str> {
        scan.reached = Position(position);
        let key = match self.keys.with(|keys| keys.get(head.key)) {
            KeyState::Live(key) => key,
            KeyState::Destroyed => {
                self.counters.erased.add(1);
                return Ok(ControlFlow::Continue(()));
            }
            KeyState::Unknown => return Err("the record's key was never handed out"),
        };
        let cipher = scan.ciphers.get(head.key, &key);
        let opened = head.open(body, (self.id, position), cipher, &mut scan.scratch);
        let body = opened.ok_or("the record is not what was sealed")?;
        let committed_at = Timestamp::from_micros(frame.committed_at);
        let RecordHead {
            kind, key, dedup, ..
        } = *head;
        Ok((scan.visit)(Stored {
            position: Position(position),
            committed_at,
            kind,
            key,
            dedup,
            body,
        }))
    }
}
