//! People as whoever takes probable links sees them.
//!
//! Invariant: probable links are accepted one by one, those with more bits first and of equal ones those that come
//! first in order of text, each if the two groups that it joins break no rule together. They come after every
//! link that was seen, so each group is made of whole people; and what fewer bits allow only joins groups further,
//! so the views of one state are nested.

mod explanation;

use std::collections::{BTreeSet, VecDeque};

use onefold_event::{AnchorId, Identifier, PersonId, PersonIndex};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    bits::Bits,
    evidence::Evidence,
    identities::Identities,
    limits::Group,
    pairs::Standing,
    probable::ProbableRow,
    refusal::{Refusal, Side},
    why::{Path, Step},
};

pub use explanation::{Bridge, Explanation, Parting};

/// Which people are one if links of so many bits are taken for true: strict for sending, wide for analysis.
///
/// It is a value of its own: what is observed later does not change it. Memory is that of the people and links that
/// it joins; those whom no link joins cost nothing.
///
/// ```
/// use onefold_event::{Identifier, IdentifierKind, Position, SourceName, Timestamp};
/// use onefold_identity::{Bits, DecidedAt, Identities, IdentityDecision, Rules};
/// let contact = |text: &str| Identifier::generic(IdentifierKind::new("contact")?, text);
/// let (ann, anna, a_smith) = (contact("ann")?, contact("anna")?, contact("a.smith")?);
/// let mut identities = Identities::new(Rules::standard(), 42);
/// let by = SourceName::new("matching")?;
/// let mut think = |a: &Identifier, b: &Identifier, bits: f64| {
///     let at = DecidedAt { by: &by, position: Position(1), time: Timestamp::from_micros(0) };
///     let identifiers = [a.clone(), b.clone()];
///     let _ = identities.decide(&IdentityDecision::Probable { identifiers, bits: Bits::new(bits) }, &at);
/// };
/// think(&ann, &anna, 13.0);
/// think(&anna, &a_smith, 3.0);
/// assert_eq!(identities.people_count(), 3);
/// let strict = identities.view(Bits::of_probability(0.999));
/// let wide = identities.view(Bits::of_probability(0.8));
/// assert_eq!((strict.people_count(), wide.people_count()), (2, 1));
/// let path = wide.why(&ann, &a_smith).map(|path| path.to_string()).unwrap_or_default();
/// assert!(path.contains("`contact:ann` is probably `contact:anna`: +13.000 bits, 99.99 %"), "{path}");
/// # Ok::<(), onefold_event::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct View {
    at_least: Bits,
    identities: Identities,
    /// The group of everybody whom a link joins to somebody else.
    group_of: FxHashMap<PersonIndex, u32>,
    /// People ascending. Groups by their oldest.
    groups: Vec<Vec<PersonIndex>>,
    /// Accepted links, by both ends.
    links: FxHashMap<AnchorId, Vec<(AnchorId, ProbableRow)>>,
    held: Vec<([AnchorId; 2], ProbableRow)>,
}

impl Identities {
    /// People as they are if probable links of at least so many bits hold. Cost: O(n log n) for so many links.
    pub fn view(&self, at_least: Bits) -> View {
        let links = self.probable.iter();
        View::of(
            self,
            at_least,
            links.filter(|(_, row)| row.bits >= at_least),
        )
    }

    /// The same, of one person and everybody to whom chains of such links lead, and of nobody else. Cost: theirs.
    pub fn view_around(&self, person: PersonIndex, at_least: Bits) -> View {
        let mut links = BTreeSet::new();
        let (mut reached, mut waiting) = (FxHashSet::from_iter([person]), vec![person]);
        while let Some(here) = waiting.pop() {
            for anchor in self.anchors(here).iter().copied() {
                let strong = self.probable.of(anchor);
                for (other, _) in strong.filter(|(_, row)| row.bits >= at_least) {
                    links.insert([anchor.min(other), anchor.max(other)]);
                    waiting.extend(self.person_of(other).filter(|it| reached.insert(*it)));
                }
            }
        }
        let links = links.into_iter().flat_map(|two| {
            let rows = self.probable.of_two(two);
            rows.map(move |row| (two, row))
        });
        let strong = links.filter(|(_, row)| row.bits >= at_least);
        View::of(self, at_least, strong)
    }
}

impl View {
    /// Without any probable link.
    fn exact(identities: &Identities) -> Self {
        Self::of(identities, Bits::NONE_HAS, std::iter::empty())
    }

    fn of(
        identities: &Identities,
        at_least: Bits,
        links: impl Iterator<Item = ([AnchorId; 2], ProbableRow)>,
    ) -> Self {
        let mut links: Vec<_> = links
            .map(|(mut two, row)| {
                two.sort_unstable_by_key(|anchor| identities.identifier(*anchor));
                (two, row)
            })
            .collect();
        links.sort_unstable_by(|(left, a), (right, b)| {
            let texts = |two: &[AnchorId; 2]| two.map(|anchor| identities.identifier(anchor));
            let by_bits = b.bits.cmp(&a.bits);
            let by_texts = by_bits.then_with(|| texts(left).cmp(&texts(right)));
            let source = |row: &ProbableRow| identities.pairs.source(row.source);
            by_texts.then_with(|| source(a).cmp(&source(b)))
        });
        // Of what several sources say of two the surest counts.
        let mut said = FxHashSet::default();
        links.retain(|(two, _)| said.insert(*two));
        let mut view = Self {
            at_least,
            identities: identities.settled(),
            group_of: FxHashMap::default(),
            groups: Vec::new(),
            links: FxHashMap::default(),
            held: Vec::new(),
        };
        let mut joining = Joining::default();
        for (two, row) in links {
            if joining.join(&view.identities, two) {
                let [a, b] = two;
                view.links.entry(a).or_default().push((b, row));
                view.links.entry(b).or_default().push((a, row));
            } else {
                view.held.push((two, row));
            }
        }
        view.groups = joining.finish(&view.identities);
        for (group, number) in view.groups.iter().zip(0..) {
            let people = group.iter().map(|person| (*person, number));
            view.group_of.extend(people);
        }
        view
    }

    /// How many bits a link has at least.
    pub fn at_least(&self) -> Bits {
        self.at_least
    }

    /// How many people there are in this view.
    pub fn people_count(&self) -> usize {
        let joined: usize = self.groups.iter().map(|group| group.len() - 1).sum();
        self.identities.people_count() - joined
    }

    /// The people who are more than one without it, by their oldest; each ascending.
    pub fn joined(&self) -> impl ExactSizeIterator<Item = &[PersonIndex]> {
        self.groups.iter().map(Vec::as_slice)
    }

    /// The oldest of those who are one with this person, whose id stands for them; `None` for a retired one.
    pub fn oldest(&self, person: PersonIndex) -> Option<PersonIndex> {
        match self.group(person) {
            Some(group) => group.first().copied(),
            None => (self.identities.living(person) == Some(person)).then_some(person),
        }
    }

    /// The id of the oldest of those who are one with whoever has this id now.
    pub fn id(&self, id: PersonId) -> Option<PersonId> {
        let person = self.identities.index(id)?;
        self.identities.id(self.oldest(person)?)
    }

    /// Everybody who is one with this person, ascending, the person too; nobody for a retired one.
    pub fn people_of(&self, person: PersonIndex) -> Vec<PersonIndex> {
        match self.group(person) {
            Some(group) => group.to_vec(),
            None => self.oldest(person).into_iter().collect(),
        }
    }

    /// The anchors of all of them: what is known of them is kept under these.
    pub fn anchors(&self, person: PersonIndex) -> Vec<AnchorId> {
        let people = self.people_of(person).into_iter();
        let anchors = people.flat_map(|person| self.identities.anchors(person).to_vec());
        anchors.collect()
    }

    /// Whether two people are one.
    pub fn together(&self, a: PersonIndex, b: PersonIndex) -> bool {
        let oldest = self.oldest(a);
        oldest.is_some() && oldest == self.oldest(b)
    }

    /// The links that have enough bits, and that a rule refuses all the same.
    pub fn held(&self) -> impl Iterator<Item = Refusal> + '_ {
        self.held.iter().filter_map(|held| self.refusal(held))
    }

    /// Why two identifiers are one person's here: a shortest path over links that were seen and such that are probable;
    /// `None` if they are not, or if one was never seen.
    ///
    /// Cost: O(identifiers and links of the people).
    pub fn why(&self, a: &Identifier, b: &Identifier) -> Option<Path> {
        let (from, to) = (self.identities.find(a)?, self.identities.find(b)?);
        let person = self.oldest(self.identities.person_of(from)?)?;
        if self.oldest(self.identities.person_of(to)?)? != person {
            return None;
        }
        let mut before: FxHashMap<AnchorId, (AnchorId, Evidence)> = FxHashMap::default();
        let mut waiting = VecDeque::from([from]);
        while let Some(here) = waiting.pop_front() {
            if here == to {
                break;
            }
            for (other, evidence) in self.ties(here) {
                if other != from && !before.contains_key(&other) {
                    before.insert(other, (here, evidence));
                    waiting.push_back(other);
                }
            }
        }
        let mut steps = Vec::new();
        let mut here = to;
        while here != from {
            let (left, evidence) = before.remove(&here)?;
            steps.push(Step {
                from: self.identities.identifier(left)?.clone(),
                to: self.identities.identifier(here)?.clone(),
                evidence,
            });
            here = left;
        }
        steps.reverse();
        Some(Path {
            from: a.clone(),
            to: b.clone(),
            person: self.identities.id(person)?,
            steps,
        })
    }

    /// What ties an anchor to others: links that were seen, oldest first, then probable ones, strongest first.
    fn ties(&self, anchor: AnchorId) -> Vec<(AnchorId, Evidence)> {
        let seen = self.identities.pairs.of(anchor, Standing::Linked);
        let mut seen: Vec<_> = seen.map(|(number, _, other)| (number, other)).collect();
        seen.sort_unstable();
        let seen = seen.into_iter();
        let seen = seen.filter_map(|(pair, it)| Some((it, self.identities.evidence(pair)?)));
        let probable = self.links.get(&anchor).into_iter().flatten();
        let probable = probable.filter_map(|(other, row)| {
            let evidence = self.identities.probable_evidence([anchor, *other], row)?;
            Some((*other, evidence))
        });
        seen.chain(probable).collect()
    }

    fn group(&self, person: PersonIndex) -> Option<&[PersonIndex]> {
        let group = self.group_of.get(&person)?;
        self.groups.get(*group as usize).map(Vec::as_slice)
    }

    fn refusal(&self, (two, row): &([AnchorId; 2], ProbableRow)) -> Option<Refusal> {
        let people = two.map(|anchor| self.identities.person_of(anchor));
        let [left, right] = [self.oldest(people[0]?)?, self.oldest(people[1]?)?];
        let [ours, theirs] = [self.anchors(left), self.anchors(right)];
        let groups = (Group::Anchors(&ours), Group::Anchors(&theirs));
        let side = |person: PersonIndex, anchors: &[AnchorId]| {
            Some(Side {
                person,
                id: self.identities.id(person)?,
                identifiers: anchors.len(),
            })
        };
        Some(Refusal {
            rule: self.identities.group_rule(groups.0, groups.1)?,
            evidence: self.identities.probable_evidence(*two, row)?,
            sides: [side(left, &ours)?, side(right, &theirs)?],
        })
    }
}

/// Union-find over people, made as links name them.
#[derive(Default)]
struct Joining {
    places: FxHashMap<PersonIndex, u32>,
    parents: Vec<u32>,
    /// Of each root: the anchors of all its people.
    anchors: Vec<Vec<AnchorId>>,
}

#[expect(
    clippy::indexing_slicing,
    reason = "places are handed out one by one, and parents are places"
)]
impl Joining {
    /// Makes one group of the people of two anchors unless they break a rule; `true` if they are one.
    fn join(&mut self, identities: &Identities, two: [AnchorId; 2]) -> bool {
        let [Some(left), Some(right)] = two.map(|anchor| identities.person_of(anchor)) else {
            return false;
        };
        let (left, right) = (self.root(identities, left), self.root(identities, right));
        if left == right {
            return true;
        }
        let [ours, theirs] = [left, right].map(|root| Group::Anchors(&self.anchors[root as usize]));
        if identities.broken_limit(ours, theirs).is_some() {
            return false;
        }
        let size = |root: u32| self.anchors[root as usize].len();
        let (large, small) = match size(left) < size(right) {
            true => (right, left),
            false => (left, right),
        };
        let moved = std::mem::take(&mut self.anchors[small as usize]);
        self.anchors[large as usize].extend(moved);
        self.parents[small as usize] = large;
        true
    }

    fn root(&mut self, identities: &Identities, person: PersonIndex) -> u32 {
        let new = self.parents.len() as u32;
        let mut place = *self.places.entry(person).or_insert(new);
        if place == new {
            self.parents.push(new);
            self.anchors.push(identities.anchors(person).to_vec());
        }
        while self.parents[place as usize] != place {
            let parent = self.parents[place as usize];
            self.parents[place as usize] = self.parents[parent as usize];
            place = parent;
        }
        place
    }

    /// The groups of more than one person.
    fn finish(mut self, identities: &Identities) -> Vec<Vec<PersonIndex>> {
        let people: Vec<PersonIndex> = self.places.keys().copied().collect();
        let mut groups: FxHashMap<u32, Vec<PersonIndex>> = FxHashMap::default();
        for person in people {
            let root = self.root(identities, person);
            groups.entry(root).or_default().push(person);
        }
        let mut groups: Vec<_> = groups.into_values().filter(|it| it.len() > 1).collect();
        groups.iter_mut().for_each(|group| group.sort_unstable());
        groups.sort_unstable();
        groups
    }
}
