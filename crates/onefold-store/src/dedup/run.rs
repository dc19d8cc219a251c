//! Sorted ids with a directory over their first bits.
//!
//! The ids are evenly spread, so a bucket of the directory holds four to eight of them: a lookup costs two
//! cache misses, whatever the length of the run.

const BUCKET_IDS: usize = 4;

#[derive(Debug)]
pub(super) struct Run {
    ids: Box<[u128]>,
    /// Bucket `b` is `ids[starts[b]..starts[b + 1]]`.
    starts: Box<[u32]>,
    /// So many first bits of an id name its bucket.
    bits: u32,
}

impl Run {
    /// The ids must be ascending and not more than 4 billion.
    pub(super) fn new(ids: Vec<u128>) -> Self {
        let bits = (ids.len() / BUCKET_IDS).max(2).ilog2();
        let mut starts = Vec::with_capacity((1 << bits) + 1);
        for (index, id) in ids.iter().enumerate() {
            let bucket = bucket_of(*id, bits);
            while starts.len() <= bucket {
                starts.push(index as u32);
            }
        }
        starts.resize((1 << bits) + 1, ids.len() as u32);
        Self {
            ids: ids.into(),
            starts: starts.into(),
            bits,
        }
    }

    pub(super) fn ids(&self) -> &[u128] {
        &self.ids
    }

    pub(super) fn contains(&self, id: u128) -> bool {
        let bucket = bucket_of(id, self.bits);
        let Some([start, end]) = self.starts.get(bucket..bucket + 2) else {
            return false;
        };
        let ids = self
            .ids
            .get(*start as usize..*end as usize)
            .unwrap_or_default();
        ids.binary_search(&id).is_ok()
    }

    pub(super) fn memory_bytes(&self) -> usize {
        size_of_val(&*self.ids) + size_of_val(&*self.starts)
    }
}

fn bucket_of(id: u128, bits: u32) -> usize {
    (id >> (u128::BITS - bits)) as usize
}

/// All ids of two ascending lists, ascending, each once.
pub(super) fn merge(a: &[u128], b: &[u128]) -> Vec<u128> {
    let mut merged = Vec::with_capacity(a.len() + b.len());
    let mut short = b.iter().copied().peekable();
    for id in a {
        while let Some(smaller) = short.next_if(|other| other < id) {
            merged.push(smaller);
        }
        short.next_if_eq(id);
        merged.push(*id);
    }
    merged.extend(short);
    merged
}
