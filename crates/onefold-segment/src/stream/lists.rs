//! Many short lists in one run of memory.
//!
//! Invariant: each list begins where the one before it ends; a list that is not there is empty.

/// Short lists by number.
#[derive(Debug)]
pub(super) struct Lists<T> {
    ends: Vec<u32>,
    items: Vec<T>,
}

impl<T> Lists<T> {
    /// The list with this number.
    #[inline]
    pub(super) fn of(&self, number: u32) -> &[T] {
        let number = number as usize;
        let before = number.checked_sub(1);
        let start = before.map_or(Some(0), |before| self.ends.get(before).copied());
        let (Some(start), Some(end)) = (start, self.ends.get(number)) else {
            return &[];
        };
        let list = self.items.get(start as usize..*end as usize);
        list.unwrap_or_default()
    }
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self {
            ends: Vec::new(),
            items: Vec::new(),
        }
    }
}

impl<T> FromIterator<Vec<T>> for Lists<T> {
    fn from_iter<I: IntoIterator<Item = Vec<T>>>(lists: I) -> Self {
        let mut all = Self::default();
        for list in lists {
            all.items.extend(list);
            all.ends
                .push(u32::try_from(all.items.len()).unwrap_or(u32::MAX));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_they_were_collected() {
        let lists: Lists<u8> = [vec![1, 2], vec![], vec![3]].into_iter().collect();
        let read: Vec<&[u8]> = (0..5).map(|number| lists.of(number)).collect();
        assert_eq!(read, [&[1, 2][..], &[], &[3], &[], &[]]);
    }
}
