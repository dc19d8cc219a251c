//! One raw component, accepted anew: all identifiers that links tie together, the held ones too.
//!
//! Invariant: its links are accepted one by one in their order, each if the two groups that it joins break no
//! rule together. So what comes out is a function of the links and the rules, whatever the log's order was.
//!
//! Only a link that breaks a rule, and would not have at its place in the order, leads here; so does a link
//! that is taken back. Cost: O(n log n) for a raw component of n identifiers and links.

use onefold_event::AnchorId;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    identities::Identities,
    limits::WindowCounts,
    pairs::Standing,
    people::{KindCounts, add},
    rank::Ranked,
};

/// A raw component, and how its links divide it.
#[derive(Debug, Default)]
pub(crate) struct Component {
    pub(crate) anchors: Vec<AnchorId>,
    /// In their order, each with whether it is accepted.
    pub(crate) links: Vec<(Ranked, Standing)>,
    /// By place in `anchors`: the number of its part. Parts are numbered by their first anchor.
    pub(crate) part_of: Vec<u32>,
    pub(crate) parts_count: u32,
    /// The places of anchors that are kept apart from another.
    pub(crate) apart: Vec<u32>,
    places: FxHashMap<AnchorId, u32>,
}

impl Identities {
    /// The raw component of an anchor, with its links accepted anew. Sightings are settled before.
    pub(crate) fn regrouped(&self, seed: AnchorId) -> Component {
        let mut component = self.collect(seed);
        let mut links = std::mem::take(&mut component.links);
        links.sort_unstable_by(|(left, _), (right, _)| self.order(left, right));
        let mut forest = Forest::new(self, &component);
        for (link, standing) in &mut links {
            let [left, right] = link.anchors.map(|anchor| component.place(anchor));
            *standing = match forest.join(self, left, right) {
                true => Standing::Linked,
                false => Standing::Held,
            };
        }
        component.links = links;
        (component.part_of, component.parts_count) = forest.parts();
        component
    }

    /// Walks from person to person over held pairs.
    fn collect(&self, seed: AnchorId) -> Component {
        let mut component = Component::default();
        let (mut waiting, mut visited) = (vec![seed], FxHashSet::default());
        while let Some(seed) = waiting.pop() {
            let person = self
                .person_of(seed)
                .filter(|person| visited.insert(*person));
            let anchors = person.map_or(&[][..], |person| self.anchors(person));
            component.anchors.reserve(anchors.len());
            component.links.reserve(anchors.len());
            for anchor in anchors {
                component.anchors.push(*anchor);
                for standing in [Standing::Linked, Standing::Held] {
                    for (number, pair, other) in self.pairs.of(*anchor, standing) {
                        if pair.anchors[0] == *anchor {
                            let ranked = self.ranked(number, &pair);
                            component.links.push((ranked, standing));
                        }
                        if standing == Standing::Held {
                            waiting.push(other);
                        }
                    }
                }
            }
        }
        component.sort();
        component.apart = self.apart.among(&component.anchors);
        component
    }
}

impl Component {
    /// The place of one of its anchors.
    pub(crate) fn place(&self, anchor: AnchorId) -> u32 {
        self.places.get(&anchor).copied().unwrap_or_default()
    }

    /// The part of one of its anchors.
    pub(crate) fn part(&self, anchor: AnchorId) -> u32 {
        let part = self.part_of.get(self.place(anchor) as usize);
        part.copied().unwrap_or_default()
    }

    /// Puts the oldest anchor first, so that nothing depends on where the walk began.
    fn sort(&mut self) {
        self.anchors.sort_unstable();
        self.places.reserve(self.anchors.len());
        for (anchor, number) in self.anchors.iter().zip(0..) {
            self.places.insert(*anchor, number);
        }
    }
}

/// Union-find by size, with the number of each kind in every tree.
struct Forest {
    parents: Vec<u32>,
    trees: Vec<Tree>,
}

struct Tree {
    size: u32,
    counts: KindCounts,
    /// By kind and window, of kinds with limits by window.
    windows: WindowCounts,
    /// The places that a place of this tree is kept apart from.
    apart: Vec<u32>,
}

#[expect(
    clippy::indexing_slicing,
    reason = "places are those of one component, and parents are places"
)]
impl Forest {
    fn new(identities: &Identities, component: &Component) -> Self {
        let apart = |anchor: AnchorId| {
            let others = identities.apart.of(anchor);
            let others = others.filter_map(|other| component.places.get(&other));
            others.copied().collect()
        };
        let tree = |anchor: &AnchorId| {
            let mut counts = KindCounts::new();
            if let Some(kind) = identities.people.kind(*anchor) {
                add(&mut counts, kind, 1);
            }
            let mut windows = WindowCounts::new();
            identities.count_window(*anchor, &mut windows);
            Tree {
                size: 1,
                counts,
                windows,
                apart: Vec::new(),
            }
        };
        let anchors = &component.anchors;
        let mut trees: Vec<Tree> = anchors.iter().map(tree).collect();
        for place in &component.apart {
            trees[*place as usize].apart = apart(anchors[*place as usize]);
        }
        Self {
            parents: (0..anchors.len() as u32).collect(),
            trees,
        }
    }

    fn root(&mut self, mut place: u32) -> u32 {
        while self.parents[place as usize] != place {
            let parent = self.parents[place as usize];
            self.parents[place as usize] = self.parents[parent as usize];
            place = parent;
        }
        place
    }

    /// Makes one tree of two unless they break a rule; `true` if the two are in one tree.
    fn join(&mut self, identities: &Identities, left: u32, right: u32) -> bool {
        let (left, right) = (self.root(left), self.root(right));
        if left == right {
            return true;
        }
        let mut counts = self.trees[left as usize].counts.clone();
        for (kind, count) in &self.trees[right as usize].counts {
            add(&mut counts, *kind, *count);
        }
        if identities.broken_count(&counts).is_some() || self.are_apart(left, right) {
            return false;
        }
        let size = |root: u32| self.trees[root as usize].size;
        let (large, small) = match size(left) < size(right) {
            true => (right, left),
            false => (left, right),
        };
        let windows = |root: u32| &self.trees[root as usize].windows;
        if identities.breaks_window(windows(small), windows(large)) {
            return false;
        }
        let total = size(left) + size(right);
        self.parents[small as usize] = large;
        let moved = std::mem::take(&mut self.trees[small as usize].windows);
        let mut windows = std::mem::take(&mut self.trees[large as usize].windows);
        for (window, count) in moved {
            *windows.entry(window).or_default() += count;
        }
        let mut apart = std::mem::take(&mut self.trees[small as usize].apart);
        apart.append(&mut self.trees[large as usize].apart);
        self.trees[large as usize] = Tree {
            size: total,
            counts,
            windows,
            apart,
        };
        true
    }

    /// Whether a place of one tree is kept apart from one of the other.
    fn are_apart(&mut self, left: u32, right: u32) -> bool {
        let count = self.trees[left as usize].apart.len();
        (0..count).any(|number| {
            let other = self.trees[left as usize].apart[number];
            self.root(other) == right
        })
    }

    /// The number of each place's part, and how many parts there are.
    fn parts(mut self) -> (Vec<u32>, u32) {
        let mut numbers: Vec<Option<u32>> = vec![None; self.parents.len()];
        let mut count = 0;
        let places = 0..self.parents.len() as u32;
        let parts = places.map(|place| {
            let root = self.root(place);
            *numbers[root as usize].get_or_insert_with(|| {
                count += 1;
                count - 1
            })
        });
        let parts = parts.collect();
        (parts, count)
    }
}
