//! Rules whose limits are soon reached, and limits as the model counts them: every kind in every window, by the
//! written date.

use std::collections::{BTreeMap, BTreeSet};

use onefold_event::{Identifier, IdentifierKind, Timestamp};
use onefold_identity::{KindRule, Period, Rules};

fn card() -> IdentifierKind {
    IdentifierKind::new("card").expect("a kind")
}

pub(crate) fn home() -> IdentifierKind {
    IdentifierKind::new("home").expect("a kind")
}

/// As [`tight_rules`], with limits by window and a shared kind.
pub(crate) fn windowed_rules() -> Rules {
    let kind = KindRule::new;
    tight_rules()
        .kind(
            kind(IdentifierKind::email())
                .limit(3)
                .limit_per(Period::Month, 1),
        )
        .kind(
            kind(IdentifierKind::phone())
                .unlimited()
                .limit_per(Period::Year, 2),
        )
        .kind(
            kind(IdentifierKind::anonymous_id())
                .limit(4)
                .limit_per(Period::Day, 1)
                .limit_per(Period::Week, 2),
        )
        .kind(
            kind(card())
                .unlimited()
                .limit_per(Period::Week, 1)
                .per_source(),
        )
        .kind(kind(home()).shared())
        .people_identifiers_max(Some(9))
}

/// Limits that are soon reached.
pub(crate) fn tight_rules() -> Rules {
    Rules::standard()
        .kind(KindRule::new(IdentifierKind::user_id()).limit(1))
        .kind(KindRule::new(IdentifierKind::email()).limit(2))
        .kind(KindRule::new(IdentifierKind::phone()).unlimited())
        .kind(KindRule::new(IdentifierKind::anonymous_id()).limit(3))
        .kind(KindRule::new(card()).limit(1).per_source())
        .other_kinds_limit(Some(2))
        .people_identifiers_max(Some(6))
        .block_pattern("^bad[0-9]$")
        .expect("a pattern")
}

/// The limit that a person with these identifiers breaks, that of the strongest kind first.
pub(crate) fn broken(rules: &Rules, person: &BTreeSet<Identifier>) -> Option<String> {
    broken_in(rules, person, |_| None)
}

/// Counts each kind for ever, and in every window of a length that has a limit.
pub(super) fn broken_in(
    rules: &Rules,
    person: &BTreeSet<Identifier>,
    first_time: impl Fn(&Identifier) -> Option<Timestamp>,
) -> Option<String> {
    type Counted<'a> = (u32, &'a IdentifierKind, Option<&'a str>, u32, String);
    let mut counts: BTreeMap<Counted<'_>, (u32, u32)> = BTreeMap::new();
    for it in person {
        let source = (*it.kind() == card()).then(|| it.value().split_once('/').map(|(s, _)| s));
        let key = |nth, window| {
            let priority = rules.priority(it.kind());
            (priority, it.kind(), source.flatten(), nth, window)
        };
        let limit = rules.limit(it.kind()).unwrap_or(u32::MAX);
        counts.entry(key(0, String::new())).or_insert((0, limit)).0 += 1;
        let Some(time) = first_time(it) else {
            continue;
        };
        for (period, limit) in rules.limits_per(it.kind()) {
            let window = window(period, time);
            counts
                .entry(key(period as u32 + 1, window))
                .or_insert((0, limit))
                .0 += 1;
        }
    }
    for ((_, kind, source, _, window), (count, limit)) in counts {
        if count > limit {
            let source = source.map(|source| format!(" from source `{source}`"));
            let source = source.unwrap_or_default();
            return Some(format!(
                "one person has at most {limit} of kind `{kind}`{source}{window}"
            ));
        }
    }
    let max = rules.identifiers_max()?;
    (person.len() > max as usize).then(|| format!("one person has at most {max} identifiers"))
}

/// As it is told, by the written date.
fn window(period: Period, time: Timestamp) -> String {
    let text = |time: Timestamp| time.to_string();
    let date = |length: usize| text(time)[..length].to_owned();
    let name = match period {
        Period::Day => date(10),
        Period::Month => date(7),
        Period::Year => date(4),
        Period::Week => {
            const DAY: i64 = 86_400 * 1_000_000;
            let monday: Timestamp = "2000-01-03T00:00:00Z".parse().expect("a time");
            let past = time.micros_since(monday).rem_euclid(7 * DAY);
            let thursday = time.plus_micros(3 * DAY - past);
            let year = text(thursday)[..4].to_owned();
            let earlier = (1..60).map(|weeks| text(thursday.plus_micros(-7 * weeks * DAY)));
            let number = earlier.take_while(|day| day.starts_with(&year)).count() + 1;
            format!("{year}-W{number:02}")
        }
    };
    format!(" first seen in {name}")
}
