//! What the graph costs: streaming inserts of edges, and taking apart.
//!
//! `cargo bench -p onefold-identity` measures; without `--bench` it is a smoke run of a second. CPU is the process's
//! own time where the system tells it (Linux); one operation is timed by the wall. `-- strings`, `anchors`, `unmerge`
//! choose a part, and a file of edges (`kind:value`, a tab, `kind:value`) takes the place of the made ones.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a bench stops at the first fault"
)]

use std::time::Instant;

use onefold_event::{AnchorId, Identifier, IdentifierKind, Position, SourceName, Timestamp};
use onefold_identity::{
    DecidedAt, Identities, IdentityDecision, KindRule, Rules, Sighting, Strength,
};

fn main() {
    let full = std::env::args().any(|argument| argument == "--bench");
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words = words.iter().filter(|it| !it.starts_with('-'));
    let (parts, files): (Vec<_>, Vec<_>) = words.partition(|it| PARTS.contains(&it.as_str()));
    let has = |part: &str| parts.is_empty() || parts.iter().any(|it| it.as_str() == part);
    if has("strings") || has("anchors") {
        let edges = match files.first() {
            Some(file) => read_edges(file),
            None => made_edges(if full { 2_000_000 } else { 20_000 }),
        };
        for _ in 0..if full { 3 } else { 1 } {
            has("strings").then(|| strings(&edges));
            has("anchors").then(|| anchors(&edges));
        }
    }
    if has("unmerge") {
        unmerge(if full { 2_000 } else { 20 });
    }
}

const PARTS: [&str; 3] = ["strings", "anchors", "unmerge"];

/// Strings, as an event has them, under two limits.
fn strings(edges: &[[Identifier; 2]]) {
    let rules = Rules::unlimited()
        .kind(KindRule::new(IdentifierKind::user_id()).limit(1))
        .kind(KindRule::new(IdentifierKind::email()).limit(5));
    let mut identities = Identities::new(rules, 7);
    let source = source();
    let seconds = cpu(|| {
        for (identifiers, number) in edges.iter().zip(1_u64..) {
            let _ = identities.observe(&Sighting {
                identifiers,
                source: &source,
                position: Position(number),
                time: Timestamp::from_micros(number as i64 * 1_000),
            });
        }
    });
    tell("strings, two limits", edges.len(), seconds, &identities);
}

/// Identifiers that are known by their anchors, and no limit.
fn anchors(edges: &[[Identifier; 2]]) {
    let mut identities = Identities::new(Rules::unlimited(), 7);
    let source = source();
    let mut known: Vec<[AnchorId; 2]> = Vec::with_capacity(edges.len());
    let seconds = cpu(|| {
        for edge in edges {
            let two = edge.each_ref().map(|it| identities.anchor_of(it));
            known.push(two.map(|it| it.expect("nothing is blocked")));
        }
    });
    println!(
        "interning             {seconds:>6.2} CPU s {:>10.0} identifiers/s",
        2.0 * edges.len() as f64 / seconds.max(0.01)
    );
    let seconds = cpu(|| {
        for (two, number) in known.iter().zip(1_u64..) {
            let _ = identities.observe_anchors(
                *two,
                Strength::Observed,
                &Sighting {
                    identifiers: &[],
                    source: &source,
                    position: Position(number),
                    time: Timestamp::from_micros(number as i64 * 1_000),
                },
            );
        }
    });
    tell("anchors, no limit", edges.len(), seconds, &identities);
}

fn tell(what: &str, edges: usize, seconds: f64, identities: &Identities) {
    println!(
        "{what:<21} {seconds:>6.2} CPU s {:>10.0} edges/s; {} identifiers, {} people, {} links, {} held, {} MiB",
        edges as f64 / seconds.max(0.01),
        identities.anchors_count(),
        identities.people_count(),
        identities.links_count(),
        identities.refusals_count(),
        identities.memory_bytes() >> 20,
    );
}

/// One decision in a person of 100 identifiers, among many such people.
fn unmerge(people: u64) {
    let source = source();
    let mut identities = Identities::new(Rules::unlimited(), 7);
    let name = |person: u64, n: u64| id("anonymous_id", &format!("{person}-{n}"));
    let mut position = 0;
    for person in 0..people {
        for n in 1..100 {
            position += 1;
            let identifiers = [name(person, n), name(person, n / 2)];
            let _ = identities.observe(&Sighting {
                identifiers: &identifiers,
                source: &source,
                position: Position(position),
                time: Timestamp::from_micros(position as i64 * 1_000),
            });
        }
    }
    let mut times = [Vec::new(), Vec::new()];
    for person in 0..people {
        let identifiers = [name(person, 0), name(person, 97)];
        let link = [name(person, 2), name(person, 5)];
        let decisions = [
            IdentityDecision::Apart { identifiers },
            IdentityDecision::RetractLink { identifiers: link },
        ];
        for (decision, times) in decisions.iter().zip(&mut times) {
            position += 1;
            let at = DecidedAt {
                by: &source,
                position: Position(position),
                time: Timestamp::from_micros(0),
            };
            let start = Instant::now();
            let decided = identities.decide(decision, &at);
            times.push(start.elapsed().as_nanos() as f64 / 1_000.0);
            assert_eq!(decided.splits.len(), 1);
        }
    }
    for (what, mut times) in ["apart", "retract a link"].into_iter().zip(times) {
        times.sort_by(f64::total_cmp);
        let at = |share: usize| times[(times.len() - 1) * share / 100];
        println!(
            "{what:<21} median {:.1} us, p99 {:.1} us, most {:.1} us, in a person of 100",
            at(50),
            at(99),
            at(100)
        );
    }
}

fn source() -> SourceName {
    SourceName::new("bench").unwrap()
}

fn id(kind: &str, value: &str) -> Identifier {
    Identifier::generic(IdentifierKind::new(kind).unwrap(), value).unwrap()
}

/// Lines that are no edge are left out.
fn read_edges(path: &str) -> Vec<[Identifier; 2]> {
    let text = std::fs::read_to_string(path).unwrap();
    let read = |text: &str| {
        let (kind, value) = text.split_once(':')?;
        Identifier::generic(IdentifierKind::new(kind).ok()?, value).ok()
    };
    let edges = text.lines().filter_map(|line| {
        let (left, right) = line.split_once('\t')?;
        Some([read(left)?, read(right)?])
    });
    edges.collect()
}

/// Logins: people of a user id, one or two addresses, a device and one to four visitors; about a third of
/// the edges come again, and all are shuffled within a window.
fn made_edges(count: usize) -> Vec<[Identifier; 2]> {
    let mut state = 7_u64;
    let mut draw = move |end: u64| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    };
    let (mut edges, mut waiting) = (Vec::new(), Vec::new());
    let mut person = 0;
    while edges.len() < count {
        person += 1;
        let user = id("user_id", &format!("{}", 1_000_000 + person));
        let address = id("email", &format!("{:08x}@example.com", draw(1 << 32)));
        let device = id("device", &format!("{:016x}", draw(u64::MAX)));
        let mut made = vec![[user.clone(), address.clone()]];
        if draw(4) == 0 {
            let work = id("email", &format!("{:08x}@work.example", draw(1 << 32)));
            made.push([user.clone(), work]);
        }
        for number in 0..=draw(4) {
            let visitor = id("anonymous_id", &format!("{:08x}-{person:x}", draw(1 << 32)));
            if number == 0 {
                made.push([visitor.clone(), device.clone()]);
            }
            let other = if draw(10) < 6 { &user } else { &address };
            made.push([visitor, other.clone()]);
        }
        for _ in 0..made.len() {
            if draw(100) < 55 {
                let again = made[draw(made.len() as u64) as usize].clone();
                made.push(again);
            }
        }
        waiting.append(&mut made);
        if waiting.len() > 100_000.min(count) {
            for last in (1..waiting.len()).rev() {
                waiting.swap(last, draw(last as u64 + 1) as usize);
            }
            let kept = waiting.split_off(waiting.len() / 2);
            edges.append(&mut std::mem::replace(&mut waiting, kept));
        }
    }
    edges.truncate(count);
    edges
}

/// Runs the work and gives its processor seconds, to the hundredth; wall where the system does not tell.
fn cpu(work: impl FnOnce()) -> f64 {
    let read = || {
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        let fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11).take(2);
        Some(fields.filter_map(|it| it.parse::<f64>().ok()).sum::<f64>() / 100.0)
    };
    let (wall, before) = (Instant::now(), read());
    work();
    match before.zip(read()) {
        Some((before, after)) => after - before,
        None => wall.elapsed().as_secs_f64(),
    }
}
