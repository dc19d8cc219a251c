//! All there is to say about why two identifiers are one person's, and what would part them.
//!
//! Invariant: every parting was tried on a copy: after that decision alone the two are two people's. A bridge
//! alone holds its two sides together.

use std::fmt;

use onefold_event::{AnchorId, Identifier, PersonIndex, Position};
use rustc_hash::FxHashMap;
use serde::Serialize;

use super::View;
use crate::{
    cluster::{BITS_MAX, ScoredPair},
    decision::{Decided, DecidedAt, IdentityDecision},
    evidence::Evidence,
    explain::{self, Component, Names, Report},
    identities::Identities,
    pairs::Standing,
    refusal::Refusal,
    resettle::Upheaval,
    why::Path,
};

/// Why two identifiers are one person's: as data (serde), in words ([`Display`](fmt::Display)), and, by
/// [`report`](Self::report), as a picture or a page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// A shortest path between the two.
    pub path: Path,
    /// All identifiers of the person, in order of text.
    pub identifiers: Vec<Identifier>,
    /// All links between them, those accepted last at the end.
    pub links: Vec<Evidence>,
    /// The weakest of the links that alone hold two sides together: of them the one that is accepted last.
    pub weakest: Option<Bridge>,
    /// What would part the two, each alone: to take back a link of the path or an identifier that it passes.
    pub partings: Vec<Parting>,
    /// What speaks for more identifiers of this person, and is held by a rule.
    pub held: Vec<Refusal>,
}

/// A link that alone holds two sides together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bridge {
    /// The link.
    pub link: Evidence,
    /// The identifiers of either side, in order of text: that of the link's first identifier comes first.
    pub sides: [Vec<Identifier>; 2],
}

/// A decision after which two identifiers are two people's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Parting {
    /// The decision.
    pub decision: IdentityDecision,
    /// What the first of the two would keep, in order of text.
    pub first: Vec<Identifier>,
    /// What the second of the two would keep, in order of text.
    pub second: Vec<Identifier>,
}

/// The links of a person as places in the list of identifiers.
struct Web {
    anchors: Vec<AnchorId>,
    /// With their ends, in the order in which they are accepted.
    links: Vec<([u32; 2], Evidence)>,
}

impl Identities {
    /// Why two identifiers are one person's by links that were seen, and what would part them; `None` if they are
    /// not. With probable links it is [`View::explain`].
    ///
    /// Cost: O(n log n) for the identifiers and links of the person, for each link and identifier of the path.
    pub fn explain(&self, a: &Identifier, b: &Identifier) -> Option<Explanation> {
        View::exact(self).explain(a, b)
    }

    /// What a decision would do if it were taken there and then, tried on a copy: nothing changes. Cost: that of the
    /// decision.
    pub fn what_if(&self, decision: &IdentityDecision, at: &DecidedAt<'_>) -> Decided {
        self.clone().decide(decision, at)
    }

    /// The state without all that a decision takes back. When and by whom means nothing then.
    fn without(&self, decision: &IdentityDecision) -> Self {
        let mut copy = self.clone();
        copy.take_back(decision, Position(u64::MAX), &mut Upheaval::default());
        copy
    }
}

impl View {
    /// Why two identifiers are one person's here, and what would part them; `None` if they are not.
    ///
    /// Cost: O(n log n) for the identifiers and links of the person, for each link and identifier of the path.
    pub fn explain(&self, a: &Identifier, b: &Identifier) -> Option<Explanation> {
        let path = self.why(a, b)?;
        let person = self.identities.person(a)?;
        let web = self.web(person);
        let links = web.links.iter().map(|(_, link)| link.clone()).collect();
        Some(Explanation {
            weakest: self.bridge(&web),
            partings: self.partings(&path),
            held: self.held_of(person),
            identifiers: self.texts(&web.anchors),
            links,
            path,
        })
    }

    fn web(&self, person: PersonIndex) -> Web {
        let mut anchors = self.anchors(person);
        anchors.sort_unstable_by_key(|anchor| self.identities.identifier(*anchor));
        let places: FxHashMap<AnchorId, u32> = anchors.iter().copied().zip(0..).collect();
        let place = |anchor: AnchorId| places.get(&anchor).copied();
        let mut seen = Vec::new();
        let mut probable = Vec::new();
        for anchor in &anchors {
            let pairs = self.identities.pairs.of(*anchor, Standing::Linked);
            for (number, pair, _) in pairs.filter(|(_, pair, _)| pair.anchors[0] == *anchor) {
                seen.push(self.identities.ranked(number, &pair));
            }
            let links = self.links.get(anchor).into_iter().flatten();
            probable.extend(
                links
                    .filter(|(other, _)| anchor < other)
                    .map(|(other, row)| {
                        let evidence = self.identities.probable_evidence([*anchor, *other], row);
                        ([*anchor, *other], evidence)
                    }),
            );
        }
        seen.sort_unstable_by(|left, right| self.identities.order(left, right));
        probable.sort_unstable_by(|(_, left), (_, right)| {
            let key = |it: &Option<Evidence>| it.as_ref().and_then(|it| it.basis.bits());
            key(right).cmp(&key(left))
        });
        let seen = seen.into_iter();
        let seen = seen.map(|link| (link.anchors, self.identities.evidence(link.number)));
        let links = seen.chain(probable).filter_map(|(two, evidence)| {
            let [left, right] = two.map(place);
            Some(([left?, right?], evidence?))
        });
        let links = links.collect();
        Web { anchors, links }
    }

    fn bridge(&self, web: &Web) -> Option<Bridge> {
        let component = web.component();
        let bridges = component.bridges();
        let rows = |[left, right]: [u32; 2]| (left.min(right), left.max(right));
        let bridge_of = |ends: [u32; 2]| {
            // Two that were seen together may be probable besides: then neither link alone ties them.
            let between = web.links.iter().filter(|(it, _)| rows(*it) == rows(ends));
            let bridge = bridges.iter().find(|bridge| bridge.rows() == rows(ends));
            bridge.filter(|_| between.count() == 1)
        };
        let mut last_first = web.links.iter().rev();
        let (bridge, link) = last_first.find_map(|(ends, it)| Some((bridge_of(*ends)?, it)))?;
        let cut = component.cut_at(bridge);
        let side = |rows: &[u32]| {
            let anchors = rows.iter().filter_map(|row| web.anchors.get(*row as usize));
            self.texts(&anchors.copied().collect::<Vec<_>>())
        };
        let [mut first, mut second] = [side(&cut.first), side(&cut.second)];
        if first.binary_search(&link.between[0]).is_err() {
            std::mem::swap(&mut first, &mut second);
        }
        Some(Bridge {
            link: link.clone(),
            sides: [first, second],
        })
    }

    fn partings(&self, path: &Path) -> Vec<Parting> {
        let links = path.steps.iter().map(|step| {
            let identifiers = step.evidence.between.clone();
            IdentityDecision::RetractLink { identifiers }
        });
        let passed = path.steps.iter().skip(1).map(|step| {
            let identifier = step.from.clone();
            IdentityDecision::RetractIdentifier { identifier }
        });
        let decisions = links.chain(passed);
        decisions.filter_map(|it| self.parting(path, it)).collect()
    }

    fn parting(&self, path: &Path, decision: IdentityDecision) -> Option<Parting> {
        let after = self.identities.without(&decision);
        let two = [after.person(&path.from)?, after.person(&path.to)?];
        let [first, second] = two.map(|person| after.view_around(person, self.at_least));
        if first.together(two[0], two[1]) {
            return None;
        }
        Some(Parting {
            first: first.texts(&first.anchors(two[0])),
            second: second.texts(&second.anchors(two[1])),
            decision,
        })
    }

    /// The pairs that a rule holds at any of these people.
    fn held_of(&self, person: PersonIndex) -> Vec<Refusal> {
        let anchors = self.anchors(person);
        let mut seen: Vec<_> = (anchors.iter())
            .flat_map(|anchor| self.identities.pairs.of(*anchor, Standing::Held))
            .map(|(number, _, _)| number)
            .collect();
        seen.sort_unstable();
        seen.dedup();
        let seen = seen.into_iter();
        let seen = seen.filter_map(|number| self.identities.refusal(number));
        let probable = self.held.iter();
        let probable = probable.filter(|(two, _)| two.iter().any(|it| anchors.contains(it)));
        seen.chain(probable.filter_map(|held| self.refusal(held)))
            .collect()
    }

    fn texts(&self, anchors: &[AnchorId]) -> Vec<Identifier> {
        let texts = anchors.iter();
        let texts = texts.filter_map(|anchor| self.identities.identifier(*anchor));
        let mut texts: Vec<Identifier> = texts.cloned().collect();
        texts.sort_unstable();
        texts
    }
}

impl Web {
    fn component(&self) -> Component {
        let links = self.links.iter();
        let links = links.map(|([left, right], link)| ScoredPair::new(*left, *right, bits(link)));
        Component::new(&links.collect::<Vec<_>>())
    }
}

/// A link that was seen counts for certain.
fn bits(link: &Evidence) -> f64 {
    link.basis.bits().map_or(BITS_MAX, f64::from)
}

impl Explanation {
    /// The same for [`page`](explain::page) and [`component_svg`](explain::component_svg): rows are the places of
    /// [`identifiers`](Self::identifiers), and links that were seen have the most bits there are.
    ///
    /// Cost: that of [`Component::weakness`].
    pub fn report(&self) -> Report {
        let row = |identifier: &Identifier| {
            let found = self.identifiers.binary_search(identifier);
            found.unwrap_or_default() as u32
        };
        let links = self.links.iter().map(|link| {
            let [left, right] = link.between.each_ref().map(row);
            ScoredPair::new(left, right, bits(link))
        });
        let component = Component::new(&links.collect::<Vec<_>>());
        let title = format!("`{}` and `{}`", self.path.from, self.path.to);
        let weakest = self.links.iter().map(bits).fold(BITS_MAX, f64::min);
        let steps: Vec<explain::Step> = (self.path.steps.iter())
            .map(|step| explain::Step {
                from: row(&step.from),
                to: row(&step.to),
                bits: bits(&step.evidence),
            })
            .collect();
        let names = (0..).zip(&self.identifiers);
        let names: Names = names.map(|(row, it)| (row, it.to_string())).collect();
        Report {
            names,
            path: Some(explain::Path {
                from: row(&self.path.from),
                to: row(&self.path.to),
                bits: steps.iter().map(|step| step.bits).fold(BITS_MAX, f64::min),
                steps,
            }),
            ..Report::new(title, component, weakest)
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path)?;
        if let Some(Bridge { link, sides }) = &self.weakest {
            write!(
                f,
                "\nweakest link that alone holds two sides together: {link}"
            )?;
            write!(f, "\n  {} | {}", listed(&sides[0]), listed(&sides[1]))?;
        }
        match self.partings.as_slice() {
            [] => f.write_str("\nnothing on this path parts them alone")?,
            _ => f.write_str("\nthey part")?,
        }
        for Parting {
            decision,
            first,
            second,
        } in &self.partings
        {
            match decision {
                IdentityDecision::RetractIdentifier { identifier } => {
                    write!(f, "\n  without `{identifier}`")?;
                }
                IdentityDecision::RetractLink {
                    identifiers: [left, right],
                } => {
                    write!(f, "\n  without the link of `{left}` and `{right}`")?;
                }
                _ => {}
            }
            write!(f, ": {} | {}", listed(first), listed(second))?;
        }
        self.held
            .iter()
            .try_for_each(|held| write!(f, "\nheld: {held}"))
    }
}

/// A few of them, and how many more there are.
fn listed(identifiers: &[Identifier]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<String> = (identifiers.iter().take(SHOWN))
        .map(|identifier| format!("`{identifier}`"))
        .collect();
    let shown = shown.join(", ");
    match identifiers.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
