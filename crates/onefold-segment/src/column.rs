//! A column of numbers that shares what it can with its clones.
//!
//! Invariant: a clone is O(1), and a write after it copies one block of 64 numbers and the path to
//! it. (A block is one slice, so that reading 64 neighbours costs one look-up.)

use std::sync::Arc;

use imbl::Vector;

/// How many numbers a block has.
pub(crate) const BLOCK: usize = 64;

#[derive(Debug, Clone)]
pub(crate) struct Column<N> {
    blocks: Vector<Arc<[N; BLOCK]>>,
    length: usize,
    /// What a number is before it is set.
    empty: N,
}

impl<N: Copy + Eq> Column<N> {
    pub(crate) fn from_numbers(numbers: &[N], empty: N) -> Self {
        let blocks = numbers.chunks(BLOCK).map(|chunk| {
            let mut block = [empty; BLOCK];
            block
                .iter_mut()
                .zip(chunk)
                .for_each(|(place, number)| *place = *number);
            Arc::new(block)
        });
        Self {
            blocks: blocks.collect(),
            length: numbers.len(),
            empty,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    pub(crate) fn get(&self, at: usize) -> N {
        let block = self.blocks.get(at / BLOCK);
        let number = block.and_then(|block| block.get(at % BLOCK));
        number.copied().unwrap_or(self.empty)
    }

    /// Sets a number; those before it that are not set yet are empty.
    pub(crate) fn set(&mut self, at: usize, number: N) {
        self.length = self.length.max(at + 1);
        while self.blocks.len() * BLOCK < self.length {
            self.blocks.push_back(Arc::new([self.empty; BLOCK]));
        }
        let block = self.blocks.get_mut(at / BLOCK).map(Arc::make_mut);
        if let Some(place) = block.and_then(|block| block.get_mut(at % BLOCK)) {
            *place = number;
        }
    }

    /// The block with this number, filled up with empty ones.
    pub(crate) fn block(&self, number: usize) -> &[N] {
        self.blocks
            .get(number)
            .map_or(&[], |block| block.as_slice())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &N> {
        self.blocks
            .iter()
            .flat_map(|block| block.iter())
            .take(self.length)
    }
}
