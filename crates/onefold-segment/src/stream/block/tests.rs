//! The block against a map of cells.
//!
//! Invariant: whatever is written is read back, and nothing else has changed.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn cells_are_read_as_they_were_written(
        writes in prop::collection::vec((0..70_u32, 0..130_usize, any::<bool>(), 0..4_u8), 1..60),
    ) {
        let shape = Shape { bits: 2, cells: 3, key: 4 };
        let mut block = Block::new(shape, &[7, 9]);
        let mut expected: BTreeMap<u32, (Vec<u32>, i64)> = BTreeMap::new();
        for (number, (cell, length, has_timer, what)) in (0_u32..).zip(writes) {
            let length = if number % 3 == 0 { length } else { length % 7 };
            let place = block.place(shape, cell);
            prop_assert_eq!(block.payload(place), expected.get(&cell).map_or(&[][..], |(words, _)| words));
            if what == 0 {
                block.remove(shape, place);
                expected.remove(&cell);
            } else {
                let mut words = vec![number; length];
                let due = if has_timer { 1_767_225_600_000_000 + i64::from(number % 11) } else { NEVER };
                let place = if what == 1 && Block::fits(place, length) {
                    let kept = block.payload(place).len().min(length);
                    words[..kept].copy_from_slice(&block.payload(place)[..kept]);
                    let place = block.resize(shape, place, length);
                    block.payload_mut(place)[kept..].fill(number);
                    place
                } else {
                    block.store(shape, place, &words)
                };
                block.set_due(shape, place, due);
                expected.insert(cell, (words, due));
            }
            for cell in 0..70 {
                let place = block.place(shape, cell);
                prop_assert_eq!(block.payload(place), expected.get(&cell).map_or(&[][..], |(words, _)| words));
                prop_assert_eq!(block.is_present(shape, cell), expected.contains_key(&cell));
            }
            let now = 1_767_225_600_000_003;
            let mut cells = Vec::new();
            let least = block.due(shape, now, &mut cells);
            let (due, later): (Vec<_>, Vec<_>) = expected.iter().partition(|(_, (_, due))| *due <= now);
            prop_assert!(cells.iter().map(|place| &place.cell).eq(due.iter().map(|(cell, _)| *cell)));
            for place in cells {
                prop_assert_eq!(block.payload(place), &*expected[&place.cell].0);
            }
            prop_assert_eq!(least, later.iter().map(|(_, (_, due))| *due).min().unwrap_or(NEVER));
            prop_assert!(block.present(shape).eq(expected.keys().copied()));
            prop_assert!(block.is_sound(shape, 70));
            prop_assert_eq!(&block.words[..2], &[7, 9]);
        }
    }
}
