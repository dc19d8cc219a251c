//! The rows of a chunk in the order of people, time and arrival.
//!
//! Invariant: the order does not depend on the number of threads.
#![expect(
    clippy::indexing_slicing,
    reason = "places are counted from the same rows that are placed"
)]

use onefold_event::{Error, ErrorKind, Result};

use super::{
    super::{
        column::ABSENT,
        table::{Chunk, Codes, Layout},
        threads,
    },
    Bucket, Column, Row,
};

/// Puts every chunk in order.
pub(super) fn chunks(
    buckets: Vec<Bucket>,
    layout: &Layout,
    people: usize,
    threads: usize,
) -> Result<Vec<Chunk>> {
    let size = layout.chunk_people;
    let one = |number: usize, bucket: Bucket| {
        let first = number * size;
        chunk(bucket, layout, first, size.min(people - first))
    };
    threads::each(buckets, threads, one).into_iter().collect()
}

fn chunk(bucket: Bucket, layout: &Layout, first: usize, people: usize) -> Result<Chunk> {
    let Bucket {
        full,
        columns: mut slots,
    } = bucket;
    let rows: usize = full.iter().map(Vec::len).sum();
    if u32::try_from(rows).is_err() {
        let message =
            format!("{rows} occurrences of {people} people are too many: make the chunks smaller");
        return Err(Error::new(ErrorKind::LimitExceeded, message));
    }
    let mut offsets = offsets(&full, people);
    let mut times = vec![0_i64; rows];
    let mut codes = vec![0_u16; rows];
    // For each code with columns: where its rows went, in the order in which they came.
    let mut went: Vec<Vec<u32>> = vec![Vec::new(); layout.codes()];
    for row in full.iter().flatten() {
        let place = &mut offsets[row.person()];
        times[*place as usize] = row.time;
        codes[*place as usize] = row.code();
        if layout.has_columns(row.code()) {
            went[row.code() as usize].push(*place);
        }
        *place += 1;
    }
    drop(full);
    // Each place has moved to the end of its person, which is where the next one begins.
    offsets.rotate_right(1);
    offsets[0] = 0;
    if let Some(moved) = sorted(&offsets, &mut times, &mut codes) {
        for place in went.iter_mut().flatten() {
            *place = moved[*place as usize];
        }
    }
    slots.resize_with(layout.all_slots(), Column::default);
    let mut columns = Vec::with_capacity(layout.codes());
    for (code, went) in (0..).zip(went) {
        let mut order: Vec<u32> = (0..).take(went.len()).collect();
        order.sort_unstable_by_key(|came| went[*came as usize]);
        let of_code = slots[layout.slots(code)].iter_mut().map(std::mem::take);
        columns.push(of_code.map(|column| column.ordered(&order)).collect());
    }
    let last = |ends: &[u32]| match times[ends[0] as usize..ends[1] as usize] {
        [.., last] => last,
        [] => ABSENT,
    };
    let last: Box<[i64]> = offsets.windows(2).map(last).collect();
    Ok(Chunk {
        first,
        latest: last.iter().copied().max().unwrap_or(ABSENT),
        last,
        offsets: offsets.into(),
        times: times.into(),
        codes: narrow(codes, layout.codes()),
        columns,
    })
}

/// Where each person's rows begin, with one place more.
fn offsets(blocks: &[Vec<Row>], people: usize) -> Vec<u32> {
    let mut counts = vec![0_u32; people + 1];
    blocks
        .iter()
        .flatten()
        .for_each(|row| counts[row.person()] += 1);
    let mut begin = 0;
    for count in &mut counts {
        begin += std::mem::replace(count, begin);
    }
    counts
}

/// Sorts the rows of people that came out of order, and says where each row went if there were any.
fn sorted(offsets: &[u32], times: &mut [i64], codes: &mut [u16]) -> Option<Vec<u32>> {
    let mut moved: Option<Vec<u32>> = None;
    for ends in offsets.windows(2) {
        let person = ends[0] as usize..ends[1] as usize;
        if times[person.clone()].is_sorted() {
            continue;
        }
        let moved = moved.get_or_insert_with(|| (0..).take(times.len()).collect());
        let mut rows: Vec<(i64, u32, u16)> = person
            .clone()
            .zip(ends[0]..)
            .map(|(at, place)| (times[at], place, codes[at]))
            .collect();
        rows.sort_by_key(|(time, ..)| *time);
        for ((at, place), (time, from, code)) in person.zip(ends[0]..).zip(rows) {
            times[at] = time;
            codes[at] = code;
            moved[from as usize] = place;
        }
    }
    moved
}

fn narrow(codes: Vec<u16>, different: usize) -> Codes {
    if different > 256 {
        return Codes::Wide(codes.into());
    }
    #[expect(clippy::cast_possible_truncation, reason = "there are at most 256")]
    let narrow = codes.into_iter().map(|code| code as u8);
    Codes::Narrow(narrow.collect())
}
