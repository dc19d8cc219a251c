//! The evaluation of one chunk: every feature, aggregate and question is worked out at most once.
//!
//! Invariant: nothing here depends on another chunk.

mod happened;
pub(super) mod values;

use std::{borrow::Cow, cell::OnceCell, rc::Rc};

use onefold_event::Value;

use super::{
    aggregate::Quantities,
    bits::Bits,
    bounds::{Bounds, Zones},
    column::Column,
    entries::{Entries, Rows, ends},
    program::Program,
    sieve::{Block, tested},
    table::Chunk,
};
use crate::{
    ast::ConsentState,
    plan::{Node, Question, Span},
    sample,
};

/// What a chunk answers.
#[derive(Debug)]
pub(crate) struct ChunkAnswer {
    /// Of the segments that are answered by chunks, in the order of the plan.
    pub(crate) segments: Vec<Option<Bits>>,
    pub(crate) leaves: Vec<Bits>,
    pub(crate) values: Vec<Quantities>,
}

/// A chunk while it is evaluated.
pub(crate) struct Run<'a> {
    pub(super) program: &'a Program<'a>,
    pub(super) chunk: &'a Chunk,
    pub(super) people: usize,
    /// Where each person's occurrences before the instant end.
    pub(super) ends: Cow<'a, [u32]>,
    pub(super) rows: Rows<'a>,
    entries: Vec<OnceCell<Entries<'a>>>,
    aggregates: Vec<OnceCell<Rc<Quantities>>>,
    /// The computed traits that several places ask for.
    computed: Vec<OnceCell<Rc<Quantities>>>,
    leaves: Vec<OnceCell<Bits>>,
    segments: Vec<OnceCell<Bits>>,
    zones: Vec<OnceCell<Zones>>,
}

impl<'a> Run<'a> {
    pub(crate) fn new(program: &'a Program<'a>, chunk: &'a Chunk) -> Self {
        fn cells<T>(len: usize) -> Vec<OnceCell<T>> {
            std::iter::repeat_with(OnceCell::new).take(len).collect()
        }
        let plan = program.plan;
        Self {
            people: chunk.people(),
            ends: ends(chunk, program.as_of),
            rows: Rows::new(chunk, &program.wanted),
            entries: cells(plan.features.len()),
            aggregates: cells(program.aggregates.len()),
            computed: cells(plan.computed.len()),
            leaves: cells(plan.leaves.len()),
            segments: cells(plan.segments.len()),
            zones: cells(plan.zones.len()),
            program,
            chunk,
        }
    }

    pub(crate) fn answer(mut self) -> ChunkAnswer {
        let program = self.program;
        for number in &program.plan.order {
            if program.is_local.get(*number) == Some(&true) {
                self.segment(*number);
            }
        }
        ChunkAnswer {
            leaves: program
                .kept_leaves
                .iter()
                .map(|leaf| self.leaf(*leaf).into_owned())
                .collect(),
            values: program
                .kept_values
                .iter()
                .map(|value| Quantities::clone(&self.value(value)))
                .collect(),
            segments: self.segments.iter_mut().map(OnceCell::take).collect(),
        }
    }

    fn segment(&self, number: usize) -> Cow<'_, Bits> {
        let (Some(cell), Some(segment)) = (
            self.segments.get(number),
            self.program.plan.segments.get(number),
        ) else {
            return Cow::Owned(Bits::none(self.people));
        };
        Cow::Borrowed(cell.get_or_init(|| self.node(&segment.node)))
    }

    fn node(&self, node: &Node) -> Bits {
        match node {
            Node::All(parts) => {
                let mut bits = Bits::all(self.people);
                parts.iter().for_each(|part| bits.and(&self.node(part)));
                bits
            }
            Node::Any(parts) => {
                let mut bits = Bits::none(self.people);
                parts.iter().for_each(|part| bits.or(&self.node(part)));
                bits
            }
            Node::Not(inner) => {
                let mut bits = self.node(inner);
                bits.flip();
                bits
            }
            Node::Member(number) => self.segment(*number).into_owned(),
            Node::Leaf(leaf) => self.leaf(*leaf).into_owned(),
        }
    }

    fn leaf(&self, number: u32) -> Cow<'_, Bits> {
        let question = self.program.plan.leaf(number).map(|leaf| &leaf.question);
        match (self.leaves.get(number as usize), question) {
            (Some(cell), Some(question)) => {
                Cow::Borrowed(cell.get_or_init(|| self.ask(number, question)))
            }
            _ => Cow::Owned(Bits::none(self.people)),
        }
    }

    fn ask(&self, number: u32, question: &Question) -> Bits {
        match question {
            Question::Trait { test, .. } => match self.program.traits.get(&number) {
                Some((place, texts)) => self.trait_passes(*place, test, texts),
                None => Bits::filled(self.people, *test == crate::ast::Test::Unset),
            },
            Question::Quantity { value, test } => self.value_passes(value, test),
            Question::Compare {
                left,
                operator,
                right,
            } => self.values_compare(left, *operator, right),
            Question::Sample { from, to, salt } => {
                let bounds = (sample::bound(*from), sample::bound(*to));
                Bits::from_fn(self.people, |person| {
                    let id = self.program.table.id(self.chunk.first + person);
                    let text = id.map(|id| id.to_string()).unwrap_or_default();
                    let place = sample::place(salt, &text);
                    bounds.0.is_some_and(|low| low <= place)
                        && bounds.1.is_none_or(|high| place < high)
                })
            }
            Question::Consent {
                purpose,
                channel,
                is,
            } => self.consents(purpose, channel.as_deref(), *is),
            // These are answered behind all chunks.
            Question::Rank { .. } | Question::Members { .. } | Question::Organisations { .. } => {
                Bits::none(self.people)
            }
            happened => self.happened(happened),
        }
    }

    fn trait_passes(&self, place: usize, test: &crate::ast::Test, texts: &Bits) -> Bits {
        let Some(named) = self.program.table.traits.get(place) else {
            return Bits::none(self.people);
        };
        let part = named.column.part(self.chunk.first, self.people);
        tested(&part, test, texts, &named.texts, self.people)
    }

    fn consents(&self, purpose: &str, channel: Option<&str>, is: ConsentState) -> Bits {
        let about = (
            crate::ast::Entity::Person,
            purpose.into(),
            channel.map(Into::into),
        );
        let said = self.program.table.consent.get(&about);
        Bits::from_fn(self.people, |person| {
            let person = u32::try_from(self.chunk.first + person).unwrap_or_default();
            let state = said.and_then(|said| said.get(&person)).copied();
            state.unwrap_or(ConsentState::Unknown) == is
        })
    }

    pub(super) fn entries(&self, feature: u32) -> Option<&Entries<'a>> {
        let ready = self.program.features.get(feature as usize)?;
        let cell = self.entries.get(feature as usize)?;
        let layout = &self.program.table.layout;
        Some(cell.get_or_init(|| ready.entries(layout, &self.rows, &self.ends)))
    }

    pub(super) fn zones(&self, zone: u32) -> Option<&Zones> {
        let cell = self.zones.get(zone as usize)?;
        let zone = self.program.plan.zones.get(zone as usize)?;
        let traits = &self.program.table.traits;
        Some(cell.get_or_init(|| Zones::of(zone, traits, self.chunk.first, self.people)))
    }

    pub(super) fn bounds(&self, span: Span) -> Bounds {
        let zones = self.zones(span.zone);
        zones.map_or(Bounds::Same((0, 0)), |zones| {
            zones.bounds(span, self.program.as_of)
        })
    }

    /// A property of the occurrence in a row.
    pub(super) fn property(&self, row: u32, path: &str) -> Option<Value> {
        use onefold_event::Occurrence;
        let code = self.chunk.codes.get(row as usize)?;
        let rows = self.rows.of(code);
        let at = rows.binary_search(&row).ok()?;
        let layout = &self.program.table.layout;
        let block = Block {
            layout,
            columns: self.chunk.columns.get(code).map_or(&[], Vec::as_slice),
            paths: layout.columns.get(code)?,
            len: rows.len(),
        };
        block
            .row(at)
            .property(path)
            .filter(|value| *value != Value::Null)
    }
}

impl Column {
    /// The values of some neighbours.
    pub(crate) fn part(&self, first: usize, len: usize) -> Self {
        fn cut<T: Clone>(values: &[T], first: usize, len: usize) -> Vec<T> {
            values.iter().skip(first).take(len).cloned().collect()
        }
        match self {
            Self::Absent(_) => Self::Absent(len),
            Self::Numbers { scale, mantissas } => Self::Numbers {
                scale: *scale,
                mantissas: cut(mantissas, first, len),
            },
            Self::Texts(codes) => Self::Texts(cut(codes, first, len)),
            Self::Bools(values) => Self::Bools(cut(values, first, len)),
            Self::Times(times) => Self::Times(cut(times, first, len)),
            Self::Mixed(values) => Self::Mixed(cut(values, first, len)),
        }
    }
}
