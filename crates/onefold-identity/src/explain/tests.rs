//! Graph answers against looking at every possibility; texts and pictures against hostile input.

use proptest::prelude::*;

use super::*;
use crate::cluster::{BITS_MAX, Held, HeldReason, Pairs, ScoredPair, samples};

fn joined(component: &Component, links: &[ScoredPair], left: u32, right: u32) -> bool {
    // Labels by repeated lowering: slow, and nothing like a search.
    let mut labels: Vec<u32> = component.rows().to_vec();
    let at = |row: u32| component.rows().iter().position(|it| *it == row).unwrap();
    for _ in component.rows() {
        for link in links {
            let (a, b) = (at(link.left), at(link.right));
            let lower = labels[a].min(labels[b]);
            (labels[a], labels[b]) = (lower, lower);
        }
    }
    labels[at(left)] == labels[at(right)]
}

fn is_whole(component: &Component, links: &[ScoredPair]) -> bool {
    component
        .rows()
        .iter()
        .all(|row| joined(component, links, component.rows()[0], *row))
}

fn sum(links: &[ScoredPair]) -> f64 {
    links.iter().map(|link| link.bits.max(0.0)).sum()
}

/// Every chain without a repeated row, as rows and the bits of its weakest link.
fn chains(
    component: &Component,
    chain: Vec<u32>,
    bits: f64,
    to: u32,
    found: &mut Vec<(f64, Vec<u32>)>,
) {
    let here = chain[chain.len() - 1];
    if here == to {
        found.push((bits, chain));
        return;
    }
    for link in component.links() {
        if let Some(next) = link.other(here)
            && !chain.contains(&next)
        {
            let longer = [chain.clone(), vec![next]].concat();
            chains(component, longer, bits.min(link.bits), to, found);
        }
    }
}

proptest! {
    #[test]
    fn the_path_is_the_best_of_all((_, list) in samples::pairs(7, 11)) {
        let component = Component::new(&list);
        for from in component.rows().iter().copied() {
            for to in component.rows().iter().copied() {
                let mut all = Vec::new();
                chains(&component, vec![from], BITS_MAX, to, &mut all);
                all.sort_by(|a, b| {
                    b.0.total_cmp(&a.0).then(a.1.len().cmp(&b.1.len())).then_with(|| a.1.cmp(&b.1))
                });
                let found = component.strongest_path(from, to);
                prop_assert_eq!(found.map(|path| (path.bits, path.rows())), all.first().cloned());
            }
        }
    }

    #[test]
    fn bridges_are_links_whose_loss_parts_their_ends((_, list) in samples::pairs(9, 12)) {
        let component = Component::new(&list);
        let without = |link: &ScoredPair| -> Vec<ScoredPair> {
            component.links().iter().filter(|it| *it != link).copied().collect()
        };
        let is_bridge =
            |link: &&ScoredPair| !joined(&component, &without(link), link.left, link.right);
        let expected: Vec<ScoredPair> = component.links().iter().filter(is_bridge).copied().collect();
        prop_assert_eq!(component.bridges(), expected);
    }

    #[test]
    fn the_weakest_place_is_the_weakest_of_all((_, list) in samples::pairs(7, 18)) {
        let component = Component::new(&list);
        let (rows, links) = (component.rows(), component.links());
        let weakness = component.weakness();
        if rows.is_empty() {
            prop_assert_eq!(weakness, Weakness::Alone);
            return Ok(());
        }
        if !is_whole(&component, links) {
            prop_assert_eq!(weakness, Weakness::Apart);
            return Ok(());
        }
        let cut = weakness.cut().unwrap();
        let stay: Vec<ScoredPair> = links.iter().filter(|it| !cut.links.contains(it)).copied().collect();
        prop_assert!(stay.iter().all(|it| cut.first.contains(&it.left) == cut.first.contains(&it.right)));
        prop_assert_eq!(cut.first.len() + cut.second.len(), rows.len());
        prop_assert!(cut.first.contains(&rows[0]) && !cut.second.is_empty());
        prop_assert_eq!(cut.bits, sum(&cut.links));
        let bridges = component.bridges();
        let weakest = bridges.iter().map(|it| it.bits).min_by(f64::total_cmp);
        if let Some(bits) = weakest {
            prop_assert!(matches!(weakness, Weakness::Bridge(_)));
            prop_assert_eq!((cut.links.len(), cut.links[0].bits), (1, bits));
            return Ok(());
        }
        // Every way to put the rows on two sides.
        prop_assert!(matches!(weakness, Weakness::Cut(_)));
        let least = (1_u32..1 << (rows.len() - 1)).map(|sides| {
            let side = |row: u32| {
                let place = rows.iter().position(|it| *it == row).unwrap();
                place > 0 && sides >> (place - 1) & 1 == 1
            };
            let across = links.iter().filter(|it| side(it.left) != side(it.right)).copied();
            sum(&across.collect::<Vec<_>>())
        }).min_by(f64::total_cmp);
        prop_assert_eq!(Some(cut.bits), least);
    }

    #[test]
    fn a_counterfactual_is_the_least_that_parts((_, list) in samples::pairs(6, 8)) {
        let component = Component::new(&list);
        let fields = ["name", "phone", "city"];
        // What each field adds to a link: fixed numbers that depend on rows and field.
        let share = |left: u32, right: u32, field: &str| {
            f64::from((left * 5 + right * 3 + field.len() as u32 * 2) % 7) - 1.0
        };
        let bits_without = |left: u32, right: u32, without: &[&str]| {
            let bits = component.link(left, right).unwrap().bits;
            bits - without.iter().map(|field| share(left, right, field)).sum::<f64>()
        };
        let bits_min = 0.0;
        for from in component.rows().iter().copied() {
            for to in component.rows().iter().copied().filter(|to| *to != from) {
                let found = component.counterfactual(from, to, bits_min, &fields, bits_without);
                prop_assert_eq!(found.is_some(), joined(&component, component.links(), from, to));
                let Some(found) = found else { continue };
                let parts = |without: &[&str]| {
                    let holds = |it: &&ScoredPair| bits_without(it.left, it.right, without) >= bits_min;
                    let held: Vec<_> = component.links().iter().filter(holds).copied().collect();
                    !joined(&component, &held, from, to)
                };
                let mut expected: Vec<Vec<&str>> = Vec::new();
                expected.extend(fields.iter().filter(|field| parts(&[field])).map(|field| vec![*field]));
                for (number, first) in fields.iter().enumerate() {
                    for second in &fields[number + 1..] {
                        let is_least = !parts(&[first]) && !parts(&[second]);
                        if is_least && parts(&[first, second]) {
                            expected.push(vec![first, second]);
                        }
                    }
                }
                let sets: Vec<&Vec<String>> = found.fields.iter().map(|set| &set.fields).collect();
                prop_assert_eq!(sets, expected.iter().collect::<Vec<_>>());

                // Every set of links: the fewest that part, then the fewest bits.
                let links = component.links();
                let least = (0_u32..1 << links.len()).filter_map(|gone| {
                    let is_gone = |number: &usize| gone >> number & 1 == 1;
                    let (away, stay): (Vec<usize>, Vec<usize>) = (0..links.len()).partition(is_gone);
                    let links_of = |numbers: Vec<usize>| -> Vec<ScoredPair> {
                        numbers.into_iter().map(|number| links[number]).collect()
                    };
                    let (away, stay) = (links_of(away), links_of(stay));
                    (!joined(&component, &stay, from, to)).then(|| (away.len(), sum(&away)))
                }).min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))).unwrap();
                let cut = found.links.unwrap();
                prop_assert!(cut.first.contains(&from) && cut.second.contains(&to));
                prop_assert_eq!((cut.links.len(), cut.bits), least);
            }
        }
    }

    #[test]
    fn pictures_and_pages_are_well_formed_whatever_the_text(
        (_, list) in samples::pairs(8, 12),
        texts in prop::collection::vec(any::<String>(), 8),
    ) {
        let report = report(&list, |number| texts[number % texts.len()].clone());
        check_page(&report);
    }
}

/// A report in which every text that can come from a record is one of `text`.
fn report(list: &[ScoredPair], text: impl Fn(usize) -> String) -> Report {
    let component = Component::new(list);
    let mut report = Report::new(text(0), component.clone(), 1.0);
    report.names = component
        .rows()
        .iter()
        .map(|row| (*row, text(*row as usize)))
        .collect();
    if let [first, .., last] = *component.rows() {
        report.path = component.strongest_path(first, last);
        let (one, other) = (text(3), text(4));
        report.counterfactual =
            component.counterfactual(first, last, 1.0, &[&one, &other], |_, _, _| -1.0);
        let pair = ScoredPair::new(first, last, 2.0);
        report.held = vec![Held {
            pair,
            reason: HeldReason::SameSource,
        }];
        report.records = vec![Record {
            row: first,
            fields: vec![(text(5), text(6)), (text(7), text(0))],
        }];
        let bar = |bits| Bar {
            field: text(1),
            level: text(2),
            left: text(3),
            right: text(4),
            bits,
        };
        let waterfall = Waterfall::new(-3.0, vec![bar(7.5), bar(-2.0)], 2.5).unwrap();
        report.comparisons = vec![Comparison {
            left: first,
            right: last,
            waterfall,
        }];
    }
    report
}

fn check_page(report: &Report) {
    let page = page(report);
    assert_eq!(page, super::page(report));
    let markup = page.strip_prefix("<!DOCTYPE html>\n").unwrap();
    // What HTML leaves open, XML does not.
    let mut markup = markup.replace("<br>", "");
    while let Some(start) = markup.find("<meta ") {
        let end = start + markup[start..].find('>').unwrap();
        markup.replace_range(start..=end, "");
    }
    check_well_formed(&markup);
    for forbidden in [
        "<script",
        "<link ",
        "<img",
        "<iframe",
        "@import",
        "url(",
        "javascript:",
    ] {
        assert!(
            !tags(&markup).iter().any(|tag| tag.contains(forbidden)),
            "{forbidden}"
        );
    }
    let marks = Marks {
        path: report.path.as_ref(),
        weakest: report.weakness.cut(),
    };
    check_well_formed(component_svg(&report.component, &report.names, marks).trim_end());
    let json = serde_json::to_string(report).unwrap();
    assert_eq!(&serde_json::from_str::<Report>(&json).unwrap(), report);
    assert!(!report.to_string().is_empty());
}

/// All tags, with their brackets.
fn tags(markup: &str) -> Vec<&str> {
    let starts = markup.match_indices('<').map(|(start, _)| start);
    starts
        .map(|start| &markup[start..=start + markup[start..].find('>').unwrap()])
        .collect()
}

/// Tags nest, attributes are quoted, and no letter is one that XML forbids.
fn check_well_formed(markup: &str) {
    let mut open: Vec<&str> = Vec::new();
    for tag in tags(markup) {
        let inside = &tag[1..tag.len() - 1];
        assert!(!inside.contains('<'), "{tag}");
        assert_eq!(inside.matches('"').count() % 2, 0, "{tag}");
        if let Some(name) = inside.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{tag}");
        } else if !inside.ends_with('/') {
            open.push(inside.split(' ').next().unwrap());
        }
    }
    assert_eq!(open, [""; 0]);
    let outside = |letter: char| letter.is_control() && letter != '\n';
    assert!(!markup.contains(outside));
    for (start, _) in markup.match_indices('&') {
        let rest = &markup[start..];
        let known = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"];
        assert!(
            known.iter().any(|name| rest.starts_with(name)),
            "{}",
            &rest[..12]
        );
    }
}

fn links(list: &[(u32, u32, f64)]) -> Vec<ScoredPair> {
    list.iter()
        .map(|(left, right, bits)| ScoredPair::new(*left, *right, *bits))
        .collect()
}

#[test]
fn hostile_text_stays_text() {
    let hostile =
        "</text></svg><script>alert(1)</script><img src=x onerror='a'>\"&\0\u{1b}\u{202e}\u{ffff}";
    let list = links(&[(0, 1, 9.0), (1, 2, 2.0), (2, 3, 4.0)]);
    let report = report(&list, |_| hostile.to_owned());
    check_page(&report);
    let page = page(&report);
    assert!(!page.contains("<script") && !page.contains("<img") && !page.contains('\u{202e}'));
    assert!(page.contains("&lt;script&gt;alert(1)"));
}

#[test]
fn nothing_is_explained_without_a_panic() {
    let nothing = Component::new(&links(&[(4, 4, 1.0), (1, 2, f64::NAN)]));
    assert_eq!(
        (nothing.rows().len(), nothing.weakness()),
        (0, Weakness::Alone)
    );
    assert_eq!(
        (nothing.strongest_path(0, 1), nothing.bridges()),
        (None, Vec::new())
    );
    assert_eq!(
        nothing.counterfactual(0, 1, 0.0, &["a"], |_, _, _| 0.0),
        None
    );
    check_page(&Report::new("nothing", nothing, 0.0));

    let pairs = Pairs::new(9, links(&[(0, 1, 5.0), (1, 2, 1.0), (7, 8, 5.0)])).unwrap();
    let alone = Component::containing(&pairs, 5, 0.0).unwrap();
    assert_eq!(
        (alone.rows(), alone.weakness()),
        ([5].as_slice(), Weakness::Alone)
    );
    assert_eq!(
        alone.strongest_path(5, 5).unwrap().to_string(),
        "row 5 and row 5 are the same row"
    );
    check_page(&Report::new("alone", alone, 0.0));
    assert_eq!(
        Component::containing(&pairs, 1, 2.0).unwrap().rows(),
        [0, 1]
    );
    let error = Component::containing(&pairs, 9, 2.0).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no row `9`: there are 9 rows, counted from 0"
    );
}

#[test]
fn large_components_are_drawn_in_part_and_do_not_overflow_the_stack() {
    let chain: Vec<ScoredPair> = (0..200_000)
        .map(|row| ScoredPair::new(row, row + 1, 5.0))
        .collect();
    let component = Component::new(&chain);
    assert_eq!(component.bridges().len(), 200_000);
    let path = component.strongest_path(99_990, 100_010).unwrap();
    let weakness = component.weakness();
    let marks = Marks {
        path: Some(&path),
        weakest: weakness.cut(),
    };
    let svg = component_svg(&component, &Names::default(), marks);
    check_well_formed(svg.trim_end());
    assert_eq!(svg.matches("<circle").count(), ROWS_DRAWN_MAX);
    assert!(svg.contains("199881 rows farther away are not drawn") && svg.contains("row 100010"));

    let ring: Vec<ScoredPair> = (0..500)
        .map(|row| ScoredPair::new(row, (row + 1) % 500, 5.0))
        .collect();
    let expected = Weakness::TooLarge {
        rows: 500,
        rows_max: CUT_ROWS_MAX,
    };
    assert_eq!(Component::new(&ring).weakness(), expected);
}

#[test]
fn a_waterfall_adds_up_or_is_refused() {
    let bar = |field: &str, bits| Bar {
        field: field.into(),
        level: "exact".into(),
        left: "a".into(),
        right: "b".into(),
        bits,
    };
    let told = |prior, bars: Vec<Bar>, total| {
        let error = Waterfall::new(prior, bars, total).unwrap_err();
        let diagnostics = error.diagnostics().iter();
        diagnostics
            .map(|it| format!("{} {}", it.pointer, it.message))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        told(-2.0, vec![bar("x", 1.5)], -0.4),
        ["/total_bits the prior and all fields add up to `-0.5`, not to `-0.4`"]
    );
    assert_eq!(
        told(f64::NAN, vec![bar("x", 1.0), bar("y", f64::INFINITY)], 0.0),
        [
            "/prior_bits `NaN` is not a number of bits",
            "/bars/1/bits `inf` bits of field `y` are no number"
        ]
    );
    let json = r#"{"prior_bits":1.0,"bars":[],"total_bits":2.0,"probability":0.8}"#;
    assert!(serde_json::from_str::<Waterfall>(json).is_err());
    let waterfall = Waterfall::new(0.1, vec![bar("x", 0.2)], 0.3).unwrap();
    let json = serde_json::to_string(&waterfall).unwrap();
    assert_eq!(serde_json::from_str::<Waterfall>(&json).unwrap(), waterfall);
    check_well_formed(waterfall_svg(&waterfall).trim_end());
}

#[test]
fn a_report_is_told_in_words() {
    let component = Component::new(&links(&[(0, 1, 9.0), (1, 2, 3.5)]));
    let mut report = Report::new("`crm-1` and `shop-7`", component.clone(), 2.0);
    report.names = [(0, "crm-1".to_owned()), (2, "shop-7".to_owned())]
        .into_iter()
        .collect();
    report.path = component.strongest_path(0, 2);
    report.counterfactual =
        component.counterfactual(0, 2, 2.0, &["phone", "name"], |left, _, fields| {
            if left == 1 && fields == ["phone"] {
                -1.5
            } else {
                8.0
            }
        });
    let bar = |field: &str, bits| Bar {
        field: field.into(),
        level: "exact".into(),
        left: "Ann".into(),
        right: "Ann".into(),
        bits,
    };
    let waterfall = Waterfall::new(-6.0, vec![bar("phone", 12.5), bar("name", -3.0)], 3.5).unwrap();
    report.comparisons = vec![Comparison {
        left: 1,
        right: 2,
        waterfall,
    }];
    let pair = ScoredPair::new(0, 2, 4.0);
    let reason = HeldReason::Matched { row: 0, partner: 1 };
    report.held = vec![Held { pair, reason }];
    expect_test::expect![[r#"
        `crm-1` and `shop-7`

        3 rows and 2 links of +2.0 bits or more
          row 0 is `crm-1`
          row 2 is `shop-7`

        row 0 and row 2 are joined by 2 links, the weakest of +3.5 bits (91.88 %)
          1. row 0 and row 1: +9.0 bits (99.81 %)
          2. row 1 and row 2: +3.5 bits (91.88 %)

        row 1 and row 2
        prior    -6.00
        phone   +12.50  +++++++++++++ exact: `Ann` and `Ann`
        name     -3.00  --- exact: `Ann` and `Ann`
        total    +3.50  91.88 %

        one link holds it together: row 1 and row 2 (+3.5 bits), with 2 rows on one side and 1 on the other

        what would part row 0 and row 2:
          without `phone` they part: row 1 and row 2 fall from +3.5 to -1.5 bits
          fewest links: row 1 and row 2 (+3.5 bits), with 2 rows on one side and 1 on the other

        1 link refused
          rows 0 and 2 (+4.0 bits) were not linked: row 0 is matched to row 1"#]]
    .assert_eq(&report.to_string());
}
