//! JSON Lines: Segment events as they are, or any objects through a mapping.

use std::borrow::Cow;

use onefold_event::{Diagnostic, Event, Json, Result};

use super::{Common, ReadItem};
use crate::{
    Content, Item,
    mapping::{Cell, Plan, Row},
    text::{Buffer, Encoding, Line, Lines, too_long},
};

/// Lines that are events of the Segment vocabulary.
pub(super) struct Events {
    lines: Lines,
    encoding: Encoding,
}

/// Lines that are objects of any shape.
pub(super) struct Objects {
    lines: Lines,
    encoding: Encoding,
    plan: Plan,
}

impl Events {
    pub(super) fn new(buffer: Buffer, encoding: Encoding) -> Self {
        let lines = Lines::new(buffer);
        Self { lines, encoding }
    }
}

impl Objects {
    pub(super) fn new(buffer: Buffer, encoding: Encoding, plan: Plan) -> Self {
        let lines = Lines::new(buffer);
        Self {
            lines,
            encoding,
            plan,
        }
    }
}

impl ReadItem for Events {
    fn next_item(&mut self, common: &mut Common) -> Result<Option<(Item, usize)>> {
        let read =
            |common: &mut Common, raw: &[u8], text: &str, place: Box<str>| match Event::from_json(
                text,
                common.received_at,
            ) {
                Ok(event) => {
                    let id = match event.message_id() {
                        Some(id) => id.into(),
                        None => common.ids.next(raw),
                    };
                    let content = Content::Event(event);
                    Item { id, place, content }
                }
                Err(reasons) => common.unusable(raw, reasons, place),
            };
        next_line(&mut self.lines, self.encoding, common, read)
    }
}

impl ReadItem for Objects {
    fn next_item(&mut self, common: &mut Common) -> Result<Option<(Item, usize)>> {
        let plan = &self.plan;
        let read = |common: &mut Common, raw: &[u8], text: &str, place: Box<str>| {
            let object = match Json::parse(text) {
                Ok(json) if json.is_object() => ObjectRow { json, plan },
                Ok(_) => {
                    let reason = Diagnostic::new("the line is not a JSON object");
                    return common.unusable(raw, vec![reason], place);
                }
                Err(reasons) => return common.unusable(raw, reasons, place),
            };
            common.mapped(plan, &object, || Cow::Borrowed(raw), place)
        };
        next_line(&mut self.lines, self.encoding, common, read)
    }
}

fn next_line(
    lines: &mut Lines,
    encoding: Encoding,
    common: &mut Common,
    read: impl FnOnce(&mut Common, &[u8], &str, Box<str>) -> Item,
) -> Result<Option<(Item, usize)>> {
    loop {
        let Some(line) = lines.advance()? else {
            return Ok(None);
        };
        let raw = lines.bytes();
        if line.whole && raw.trim_ascii().is_empty() {
            continue;
        }
        let item = item(line, raw, encoding, common, read);
        return Ok(Some((item, raw.len())));
    }
}

fn item(
    line: Line,
    raw: &[u8],
    encoding: Encoding,
    common: &mut Common,
    read: impl FnOnce(&mut Common, &[u8], &str, Box<str>) -> Item,
) -> Item {
    let place = common.place("line", line.number);
    if !line.whole {
        return common.unusable(raw, vec![too_long(line.length)], place);
    }
    match encoding.decode(raw) {
        Ok(text) => read(common, raw, &text, place),
        Err(reason) => common.unusable(raw, vec![reason], place),
    }
}

/// An object whose columns are dotted paths.
struct ObjectRow<'a> {
    json: Json<'a>,
    plan: &'a Plan,
}

impl Row for ObjectRow<'_> {
    fn cell(&self, column: usize) -> Cell<'_> {
        let path = self.plan.columns().get(column);
        let found = path.and_then(|path| self.json.path(path));
        found.map_or(Cell::Absent, Cell::of_json)
    }

    fn rest(&self, visit: &mut dyn FnMut(&str, Cell<'_>)) {
        for (name, value) in self.json.entries() {
            // A field of which a path reads a part is kept whole, for its other parts.
            if !self.plan.columns().iter().any(|path| **path == *name) {
                visit(&Cow::Borrowed(&*name), Cell::of_json(value));
            }
        }
    }
}
