//! Random numbers that are the same on every machine.
//!
//! Invariant: only whole numbers, so a seed gives the same bytes everywhere and for ever.

/// A small deterministic generator (SplitMix64, Steele, Lea and Flood 2014).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The stream of this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One of several texts, all alike.
    pub fn pick(&mut self, texts: &[&'static str]) -> &'static str {
        let number = self.word();
        nth(texts, number)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.word()) * u128::from(end)) >> 64) as u64
    }

    /// An index below `end`.
    pub fn index(&mut self, end: usize) -> usize {
        self.below(end as u64) as usize
    }

    /// True in so many cases of a thousand.
    pub fn chance(&mut self, of_thousand: u64) -> bool {
        self.below(1_000) < of_thousand
    }

    /// The same items in another order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.index(end + 1));
        }
    }
}

/// Counted round.
pub(crate) fn nth(texts: &[&'static str], number: u64) -> &'static str {
    let index = number as usize % texts.len().max(1);
    texts.get(index).copied().unwrap_or_default()
}

/// Choices of which the first are frequent: the weight of the `n`-th falls as `(n + 4)^-3/4`.
#[derive(Debug, Clone)]
pub struct Skewed {
    /// The sums of the weights so far.
    sums: Vec<u64>,
}

impl Skewed {
    /// So many choices.
    pub fn new(count: usize) -> Self {
        let mut sum = 0;
        let weight = |number: u64| {
            let base = (number + 4) << 16;
            (1 << 40) / (base * base.isqrt()).isqrt()
        };
        let sums = (0..count as u64).map(|number| {
            sum += weight(number);
            sum
        });
        Self {
            sums: sums.collect(),
        }
    }

    /// One of them.
    pub fn draw(&self, random: &mut Random) -> usize {
        let at = random.below(self.sums.last().copied().unwrap_or(1));
        self.sums.partition_point(|sum| *sum <= at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_first_is_frequent() {
        let (skewed, mut random) = (Skewed::new(1_000), Random::new(3));
        let mut drawn = vec![0u32; 1_000];
        (0..200_000).for_each(|_| drawn[skewed.draw(&mut random)] += 1);
        let some = |from: usize| drawn[from..from + 50].iter().sum::<u32>();
        // Around the 25th and the 525th: (29/529)^-0.75 is about nine.
        assert!(
            some(0) > 5 * some(500) && some(500) > some(950),
            "{} {} {}",
            some(0),
            some(500),
            some(950)
        );
        assert!(drawn.iter().all(|count| *count > 0));
    }
}
