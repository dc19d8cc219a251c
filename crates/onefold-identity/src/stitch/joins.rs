//! Union-find over dense numbers.
//!
//! Invariant: a number's parent is never larger than itself, so the root of a component is its first number.

/// Who leads to whom.
#[derive(Debug, Clone, Default)]
pub(super) struct Joins {
    parents: Vec<u32>,
}

impl Joins {
    /// There are so many numbers now; each new one is alone.
    pub(super) fn grow(&mut self, count: usize) {
        self.parents.extend(self.parents.len() as u32..count as u32);
    }

    /// Makes one component of each pair.
    pub(super) fn join_all(&mut self, pairs: &[[u32; 2]]) {
        // All first steps at once, so that the processor waits for many of them together.
        let touched = pairs
            .as_flattened()
            .iter()
            .map(|number| self.parent(*number));
        // Used, so that it is done.
        std::hint::black_box(touched.fold(0, u32::wrapping_add));
        for [one, two] in pairs {
            self.join(*one, *two);
        }
    }

    /// Makes one component of two.
    pub(super) fn join(&mut self, one: u32, two: u32) {
        let (one, two) = (self.root(one), self.root(two));
        if let Some(parent) = self.parents.get_mut(one.max(two) as usize) {
            *parent = one.min(two);
        }
    }

    /// The component of each number, counted from 0 by first appearance, and the size of each component.
    pub(super) fn components(mut self) -> (Vec<u32>, Vec<u32>) {
        let mut sizes: Vec<u32> = Vec::new();
        for number in 0..self.parents.len() {
            let parent = self.parent(number as u32);
            let component = match parent as usize == number {
                true => {
                    sizes.push(0);
                    sizes.len() as u32 - 1
                }
                // Smaller numbers have their component already, in the same place.
                false => self.parent(parent),
            };
            if let Some(place) = self.parents.get_mut(number) {
                *place = component;
            }
            if let Some(size) = sizes.get_mut(component as usize) {
                *size += 1;
            }
        }
        sizes.shrink_to_fit();
        (self.parents, sizes)
    }

    /// Each step halves the path for the next one who goes it.
    fn root(&mut self, mut number: u32) -> u32 {
        loop {
            let parent = self.parent(number);
            let above = self.parent(parent);
            if parent == above {
                return parent;
            }
            if let Some(place) = self.parents.get_mut(number as usize) {
                *place = above;
            }
            number = above;
        }
    }

    fn parent(&self, number: u32) -> u32 {
        self.parents.get(number as usize).copied().unwrap_or(number)
    }
}
