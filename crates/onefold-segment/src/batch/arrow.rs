//! Tables from Arrow record batches.
//!
//! Invariant: a value is the one that the same row says as JSON would say: a float is the decimal that its
//! shortest text says, an instant its RFC 3339 text, a null is absent.

mod cells;

use std::{borrow::Cow, sync::Arc};

use arrow_array::{
    Array, ArrayRef, RecordBatch,
    cast::AsArray,
    make_array,
    types::{
        ArrowDictionaryKeyType, Date32Type, Int8Type, Int16Type, Int32Type, Int64Type,
        TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
        TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
    },
};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, TimeUnit};
use onefold_event::{Error, ErrorKind, Result, Timestamp};

use self::cells::Cells;
use super::{
    column::{ABSENT, Cell, Texts},
    draft::TableBuilder,
    ids::{Id, NONE},
};

/// The columns that are no properties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnNames {
    /// Whom a row is about: whole numbers or text.
    pub person: Box<str>,
    /// When it happened: instants of any unit and zone, dates, or RFC 3339 text.
    pub time: Box<str>,
    /// What happened: text.
    pub event: Box<str>,
}

impl Default for ColumnNames {
    fn default() -> Self {
        Self {
            person: "user_id".into(),
            time: "ts".into(),
            event: "event".into(),
        }
    }
}

/// What a row has whose event does not matter.
const NO_CODE: u16 = u16::MAX;

impl TableBuilder {
    /// Adds the people of a batch, with their traits, as the universe. Columns that are not asked for
    /// are not looked at; a trait without a column is absent.
    ///
    /// # Errors
    /// `InvalidInput` if the column is missing or of another type, an id is null, or a person was added
    /// before; `Unsupported` for a trait's column of a type that is not read.
    pub fn people_batch(&mut self, batch: &RecordBatch, person: &str) -> Result<()> {
        self.close();
        let array = column(batch, person)?;
        let ids = ids(&array, person)?;
        for row in 0..batch.num_rows() {
            let Some(id) = ids.get(row) else {
                let message = format!("a person has no `{person}`: give each one an id");
                return Err(Error::new(ErrorKind::InvalidInput, message));
            };
            self.next_person(id)?;
        }
        for one in &mut self.traits {
            let array = found(batch, &one.name);
            let mut cells = match &array {
                Some(array) => Cells::new(array, &one.name)?,
                None => Cells::absent(),
            };
            for row in 0..batch.num_rows() {
                let cell = cells.get(row, &mut one.texts);
                one.column.push(cell, &one.texts);
            }
        }
        Ok(())
    }

    /// Adds what happened. Rows of events that are not asked for are left out; rows that cannot be used are
    /// left out and counted: [`Table::skipped`](super::Table::skipped).
    ///
    /// # Errors
    /// `InvalidInput` if a column is missing or of another type, or its ids are of another kind than those
    /// of the people, or larger than 2^63 - 1; `Unsupported` for a property's column of a type that is not
    /// read.
    pub fn events_batch(&mut self, batch: &RecordBatch, names: &ColumnNames) -> Result<()> {
        let codes = self.codes(&column(batch, &names.event)?, &names.event)?;
        let instants = column(batch, &names.time)?;
        let times = times(&instants, &names.time)?;
        let people = self.people_of(&column(batch, &names.person)?, &names.person, &codes)?;
        let properties = self.layout.paths.iter().map(|path| found(batch, path));
        let properties: Vec<Option<ArrayRef>> = properties.collect();
        let mut cells = Vec::new();
        for (array, path) in properties.iter().zip(&self.layout.paths) {
            cells.push(match array {
                Some(array) => Cells::new(array, path)?,
                None => Cells::absent(),
            });
        }
        let mut placed = 0;
        let mut valued: Vec<(usize, u32, u16)> = Vec::new();
        for (row, ((code, person), time)) in codes.iter().zip(people).zip(&*times).enumerate() {
            if *code == NO_CODE || person == NONE {
                continue;
            }
            if *time == ABSENT {
                match instants.is_null(row) {
                    true => self.skipped.without_time += 1,
                    false => self.skipped.with_unreadable_time += 1,
                }
                continue;
            }
            self.place(person, *time, *code);
            placed += 1;
            if self.layout.has_columns(*code) {
                valued.push((row, person, *code));
            }
        }
        self.events += placed;
        for (row, person, code) in valued {
            self.values(person, code, |layout, path| {
                match (cells.get_mut(path), layout.texts.get_mut(path)) {
                    (Some(cells), Some(texts)) => cells.get(row, texts),
                    _ => Cell::Absent,
                }
            });
        }
        Ok(())
    }

    /// The code of each row's name, or none.
    fn codes(&mut self, array: &ArrayRef, name: &str) -> Result<Vec<u16>> {
        self.skipped.without_event += array.logical_null_count();
        let code = |text: &str| self.layout.code(text).unwrap_or(NO_CODE);
        let values = dictionary_values(array);
        let texts = Cells::new(values.as_ref().unwrap_or(array), name)?;
        if !texts.is_text() {
            return Err(wrong(name, array.data_type(), "text"));
        }
        let one = |at| texts.text(at).map_or(NO_CODE, code);
        Ok(match &values {
            Some(values) => {
                let known: Vec<u16> = (0..values.len()).map(one).collect();
                coded(array, &known)
            }
            None => (0..array.len()).map(one).collect(),
        })
    }

    /// The number of each row's person, or none. In an open universe every row is somebody; in a closed one
    /// only rows with a code are looked at.
    fn people_of(&mut self, array: &ArrayRef, name: &str, codes: &[u16]) -> Result<Vec<u32>> {
        let ids = ids(array, name)?;
        self.check_kind(&ids, name)?;
        let mut without_id = 0;
        let people = match &ids {
            RowIds::Numbers(numbers, _) if self.is_closed && array.null_count() == 0 => {
                self.ids.find_all(numbers)
            }
            ids => {
                let mut known: Vec<Option<u32>> = Vec::new();
                let mut one = |(row, code): (usize, &u16)| {
                    if *code == NO_CODE && self.is_closed {
                        return NONE;
                    }
                    let person = self.person_of_row(ids, row, &mut known);
                    without_id += usize::from(person.is_none() && *code != NO_CODE);
                    person.unwrap_or(NONE)
                };
                codes.iter().enumerate().map(&mut one).collect()
            }
        };
        let asked = codes.iter().zip(&people);
        let nobody = asked.filter(|(code, person)| **code != NO_CODE && **person == NONE);
        self.skipped.outside += nobody.count() - without_id;
        self.skipped.without_id += without_id;
        Ok(people)
    }

    /// The number of a row's person, [`NONE`] outside the universe; none without an id.
    fn person_of_row(
        &mut self,
        ids: &RowIds<'_>,
        row: usize,
        known: &mut Vec<Option<u32>>,
    ) -> Option<u32> {
        let Some(key) = ids.key(row) else {
            let id = ids.get(row)?;
            return Some(self.person_of(id).unwrap_or(NONE));
        };
        // Of a dictionary: each id is looked up once.
        if known.len() <= key {
            known.resize(key + 1, None);
        }
        let place = known.get_mut(key)?;
        if place.is_none() {
            let id = ids.get(row)?;
            *place = Some(self.person_of(id).unwrap_or(NONE));
        }
        *place
    }

    /// Ids of another kind than those of all people would be of nobody.
    fn check_kind(&self, ids: &RowIds<'_>, name: &str) -> Result<()> {
        let is_text = matches!(ids, RowIds::Texts(_) | RowIds::Keys(..));
        if !self.is_closed || self.ids.len() == 0 || self.ids.has(is_text) {
            return Ok(());
        }
        let (here, there) = match is_text {
            true => ("text", "whole numbers"),
            false => ("whole numbers", "text"),
        };
        let message = format!(
            "column `{name}` holds {here}, and the people have {there} as ids: write both in one form"
        );
        Err(Error::new(ErrorKind::InvalidInput, message))
    }
}

/// The ids of rows.
enum RowIds<'a> {
    Numbers(&'a [i64], &'a ArrayRef),
    /// Other whole numbers, widened.
    Widened(Vec<Option<i64>>),
    Texts(Cells<'a>),
    Keys(Vec<Option<usize>>, Box<Texts>),
}

impl RowIds<'_> {
    #[inline]
    fn get(&self, row: usize) -> Option<Id<'_>> {
        match self {
            Self::Numbers(numbers, array) => {
                let number = numbers.get(row).filter(|_| array.is_valid(row));
                number.map(|number| Id::Number(*number))
            }
            Self::Widened(numbers) => numbers.get(row).copied().flatten().map(Id::Number),
            Self::Texts(cells) => cells.text(row).map(Id::Text),
            Self::Keys(keys, texts) => {
                let key = keys.get(row).copied().flatten()?;
                texts.get(u32::try_from(key).ok()?).map(Id::Text)
            }
        }
    }

    #[inline]
    fn key(&self, row: usize) -> Option<usize> {
        match self {
            Self::Keys(keys, _) => keys.get(row).copied().flatten(),
            _ => None,
        }
    }
}

fn ids<'a>(array: &'a ArrayRef, name: &str) -> Result<RowIds<'a>> {
    if let Some(numbers) = array.as_primitive_opt::<Int64Type>() {
        return Ok(RowIds::Numbers(numbers.values(), array));
    }
    if let Some((keys, values)) = dictionary(array) {
        let cells = Cells::new(&values, name)?;
        if !cells.is_text() {
            return Err(wrong(name, array.data_type(), "whole numbers or text"));
        }
        // One text for each key, even if two are equal.
        let mut texts = Texts::default();
        let codes: Vec<Option<usize>> = (0..values.len())
            .map(|at| cells.text(at).map(|text| texts.code(text) as usize))
            .collect();
        let code = |key: Option<usize>| key.and_then(|key| codes.get(key).copied().flatten());
        return Ok(RowIds::Keys(
            keys.into_iter().map(code).collect(),
            Box::new(texts),
        ));
    }
    if let Some(large) = array.as_primitive_opt::<UInt64Type>() {
        let largest = large.iter().flatten().max().unwrap_or_default();
        if i64::try_from(largest).is_err() {
            let message = format!(
                "column `{name}` holds the id {largest}, larger than 2^63 - 1: write ids as text"
            );
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
    }
    let cells = Cells::new(array, name)?;
    if cells.is_text() {
        return Ok(RowIds::Texts(cells));
    }
    let widened = (0..array.len())
        .map(|row| cells.whole(row))
        .collect::<Vec<_>>();
    if cells.is_whole() {
        return Ok(RowIds::Widened(widened));
    }
    Err(wrong(name, array.data_type(), "whole numbers or text"))
}

/// The instants of a column in microseconds; [`ABSENT`] where there is none.
pub(super) fn times<'a>(array: &'a ArrayRef, name: &str) -> Result<Cow<'a, [i64]>> {
    let range = Timestamp::MIN.as_micros()..=Timestamp::MAX.as_micros();
    let scaled = |values: &[i64], up: i64, down: i64| -> Vec<i64> {
        let rows = values.iter().enumerate();
        let one = |(row, value): (usize, &i64)| {
            let micros = value.checked_mul(up).map(|value| value.div_euclid(down));
            let micros = micros.filter(|micros| range.contains(micros) && array.is_valid(row));
            micros.unwrap_or(ABSENT)
        };
        rows.map(one).collect()
    };
    Ok(match array.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => {
            let values = array.as_primitive::<TimestampSecondType>();
            scaled(values.values(), 1_000_000, 1).into()
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            let values = array.as_primitive::<TimestampMillisecondType>();
            scaled(values.values(), 1_000, 1).into()
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let values: &[i64] = array.as_primitive::<TimestampMicrosecondType>().values();
            // As they are, where all are instants.
            if array.null_count() == 0 && values.iter().all(|value| range.contains(value)) {
                Cow::Borrowed(values)
            } else {
                scaled(values, 1, 1).into()
            }
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            let values = array.as_primitive::<TimestampNanosecondType>();
            scaled(values.values(), 1, 1_000).into()
        }
        DataType::Date32 => {
            let values = array.as_primitive::<Date32Type>();
            let days: Vec<i64> = values.values().iter().map(|day| i64::from(*day)).collect();
            scaled(&days, 86_400_000_000, 1).into()
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            let texts = Cells::new(array, name)?;
            let one = |row| {
                let time: Option<Timestamp> = texts.text(row).and_then(|text| text.parse().ok());
                time.map_or(ABSENT, Timestamp::as_micros)
            };
            (0..array.len()).map(one).collect()
        }
        other => return Err(wrong(name, other, "instants, dates or RFC 3339 text")),
    })
}

fn column(batch: &RecordBatch, name: &str) -> Result<ArrayRef> {
    found(batch, name).ok_or_else(|| {
        let schema = batch.schema();
        let known: Vec<&str> = schema
            .fields()
            .iter()
            .map(|field| &**field.name())
            .collect();
        let known = known.join("`, `");
        let message = format!("there is no column `{name}`; there are `{known}`");
        Error::new(ErrorKind::InvalidInput, message)
    })
}

/// The column of a name, or the field of structs along its dots; where one of those is null, so is the field.
fn found(batch: &RecordBatch, name: &str) -> Option<ArrayRef> {
    if let Some(array) = batch.column_by_name(name) {
        return Some(Arc::clone(array));
    }
    let (mut first, mut rest) = name.split_once('.')?;
    let mut array = batch.column_by_name(first)?;
    let mut nulls: Option<NullBuffer> = None;
    loop {
        let fields = array.as_struct_opt()?;
        nulls = NullBuffer::union(nulls.as_ref(), fields.nulls());
        if let Some(inner) = fields.column_by_name(rest) {
            return with_nulls(inner, nulls.as_ref());
        }
        (first, rest) = rest.split_once('.')?;
        array = fields.column_by_name(first)?;
    }
}

/// The array, null where others are too.
fn with_nulls(array: &ArrayRef, nulls: Option<&NullBuffer>) -> Option<ArrayRef> {
    let Some(nulls) = NullBuffer::union(array.nulls(), nulls) else {
        return Some(Arc::clone(array));
    };
    let data = array.to_data().into_builder().nulls(Some(nulls));
    // The nulls are as many as the values.
    data.build().ok().map(make_array)
}

/// Does one thing with a dictionary, whatever its keys are; `None` for what is no dictionary.
macro_rules! of_dictionary {
    ($array:expr, $visit:ident $(, $more:expr)*) => {
        $visit::<Int8Type>($array $(, $more)*)
            .or_else(|| $visit::<Int16Type>($array $(, $more)*))
            .or_else(|| $visit::<Int32Type>($array $(, $more)*))
            .or_else(|| $visit::<Int64Type>($array $(, $more)*))
            .or_else(|| $visit::<UInt8Type>($array $(, $more)*))
            .or_else(|| $visit::<UInt16Type>($array $(, $more)*))
            .or_else(|| $visit::<UInt32Type>($array $(, $more)*))
    };
}

/// The keys and the values of a dictionary.
fn dictionary(array: &ArrayRef) -> Option<(Vec<Option<usize>>, ArrayRef)> {
    fn keys<K: ArrowDictionaryKeyType>(array: &ArrayRef) -> Option<Vec<Option<usize>>> {
        Some(array.as_dictionary_opt::<K>()?.keys_iter().collect())
    }
    Some((of_dictionary!(array, keys)?, dictionary_values(array)?))
}

fn dictionary_values(array: &ArrayRef) -> Option<ArrayRef> {
    fn values<K: ArrowDictionaryKeyType>(array: &ArrayRef) -> Option<ArrayRef> {
        Some(array.as_dictionary_opt::<K>()?.values().clone())
    }
    of_dictionary!(array, values)
}

/// The code of each row's value; `known` holds those of the dictionary's values.
fn coded(array: &ArrayRef, known: &[u16]) -> Vec<u16> {
    fn codes<K: ArrowDictionaryKeyType>(array: &ArrayRef, known: &[u16]) -> Option<Vec<u16>> {
        let keys = array.as_dictionary_opt::<K>()?.keys_iter();
        let code = |key: Option<usize>| key.and_then(|key| known.get(key).copied());
        Some(keys.map(|key| code(key).unwrap_or(NO_CODE)).collect())
    }
    of_dictionary!(array, codes, known).unwrap_or_default()
}

fn wrong(name: &str, found: &DataType, wanted: &str) -> Error {
    let message = format!("column `{name}` is of the type {found}; it must hold {wanted}");
    Error::new(ErrorKind::InvalidInput, message)
}
