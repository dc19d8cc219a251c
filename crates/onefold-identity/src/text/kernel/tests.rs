//! The kernels beside `strsim`, on text where they could differ: few letters, many repeats, all lengths.

use proptest::prelude::*;

use super::*;

/// ASCII of up to 80 bytes, mostly from four letters, so that matches and swaps abound.
fn ascii() -> BoxedStrategy<String> {
    prop_oneof!["[abcd]{0,8}", "[abcd]{7,18}", "[a-e]{15,80}", "[ -~]{0,70}"].boxed()
}

fn unicode() -> BoxedStrategy<String> {
    prop_oneof![
        "[abéñшд]{0,12}",
        "[aé漢字]{0,70}",
        "\\PC{0,20}",
        "[abc]{0,9}"
    ]
    .boxed()
}

/// A pair: unrelated, or one with a few edits made to the other.
fn pair(text: BoxedStrategy<String>) -> impl Strategy<Value = (String, String)> {
    let edits = prop::collection::vec((0usize..80, 0u8..4, prop::char::range('a', 'e')), 0..4);
    (text.clone(), text, edits, any::<bool>()).prop_map(|(a, b, edits, related)| match related {
        true => (a.clone(), edited(&a, &edits)),
        false => (a, b),
    })
}

fn edited(text: &str, edits: &[(usize, u8, char)]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for (place, kind, letter) in edits {
        let place = place % (chars.len() + 1);
        match kind {
            0 => chars.insert(place, *letter),
            1 if place < chars.len() => drop(chars.remove(place)),
            2 if place < chars.len() => chars[place] = *letter,
            _ if place + 1 < chars.len() => chars.swap(place, place + 1),
            _ => {}
        }
    }
    chars.into_iter().collect()
}

fn close(mine: f64, theirs: f64) -> bool {
    (mine - theirs).abs() < 1e-12
}

proptest! {
    #[test]
    fn similarities_of_bytes((a, b) in pair(ascii())) {
        let (x, y) = (a.as_bytes(), b.as_bytes());
        // To the last bit: a threshold such as 0.88 is often met exactly.
        prop_assert_eq!(jaro(x, y), strsim::jaro(&a, &b));
        prop_assert_eq!(jaro_winkler(x, y), strsim::jaro_winkler(&a, &b));
    }

    #[test]
    fn thresholds((a, b) in pair(ascii()), threshold in 0.0..1.1f64) {
        let (x, y) = (a.as_bytes(), b.as_bytes());
        for threshold in [threshold, jaro(x, y), jaro_winkler(x, y), 1.0, 0.0] {
            prop_assert_eq!(jaro_at_least(x, y, threshold), jaro(x, y) >= threshold);
            let expected = jaro_winkler(x, y) >= threshold;
            prop_assert_eq!(jaro_winkler_at_least(x, y, threshold), expected);
        }
    }

    #[test]
    fn distances_of_bytes((a, b) in pair(ascii())) {
        let (x, y) = (a.as_bytes(), b.as_bytes());
        prop_assert_eq!(levenshtein(x, y), strsim::levenshtein(&a, &b));
        prop_assert_eq!(osa(x, y), strsim::osa_distance(&a, &b));
        prop_assert_eq!(damerau_levenshtein(x, y), strsim::damerau_levenshtein(&a, &b));
        let bag = ByteBag::new(x).osa_at_least(ByteBag::new(y));
        prop_assert!(bag as usize <= damerau_levenshtein(x, y));
    }

    #[test]
    fn limits((a, b) in pair(ascii()), limit in 0usize..12) {
        let (x, y) = (a.as_bytes(), b.as_bytes());
        let within = |distance: usize| Some(distance).filter(|it| *it <= limit);
        prop_assert_eq!(levenshtein_within(x, y, limit), within(levenshtein(x, y)));
        prop_assert_eq!(osa_within(x, y, limit), within(osa(x, y)));
        let damerau = damerau_levenshtein(x, y);
        prop_assert_eq!(damerau_levenshtein_within(x, y, limit), within(damerau));
    }

    #[test]
    fn any_text((a, b) in pair(unicode()), limit in 0usize..6) {
        prop_assert!(close(chars::jaro(&a, &b), strsim::jaro(&a, &b)));
        prop_assert!(close(chars::jaro_winkler(&a, &b), strsim::jaro_winkler(&a, &b)));
        let (levenshtein, osa) = (strsim::levenshtein(&a, &b), strsim::osa_distance(&a, &b));
        prop_assert_eq!(chars::levenshtein(&a, &b), levenshtein);
        prop_assert_eq!(chars::osa(&a, &b), osa);
        prop_assert_eq!(chars::damerau_levenshtein(&a, &b), strsim::damerau_levenshtein(&a, &b));
        let within = |distance: usize| Some(distance).filter(|it| *it <= limit);
        prop_assert_eq!(chars::levenshtein_within(&a, &b, limit), within(levenshtein));
        prop_assert_eq!(chars::osa_within(&a, &b, limit), within(osa));
    }

    /// Bytes that are no text: nothing panics, and bytes above ASCII are compared as they are.
    #[test]
    fn any_bytes(a in prop::collection::vec(prop_oneof![Just(0u8), 254u8..], 0..80),
                 b in prop::collection::vec(prop_oneof![Just(0u8), 254u8..], 0..80)) {
        prop_assert!(close(jaro(&a, &b), slow::jaro(&a, &b)));
        prop_assert_eq!(Some(osa(&a, &b)), slow::edit(&a, &b, slow::Swap::One, usize::MAX));
        prop_assert_eq!(damerau_levenshtein(&a, &b), slow::damerau(&a, &b));
    }

    #[test]
    fn bigrams(a in "[abc]{0,20}", b in "[abc]{0,20}") {
        let theirs = strsim::sorensen_dice(&a, &b);
        prop_assert!(close(dice_bigrams(a.as_bytes(), b.as_bytes()), theirs));
    }

    #[test]
    fn sets(a in prop::collection::btree_set(0u32..12, 0..9),
            b in prop::collection::btree_set(0u32..12, 0..9)) {
        let shared = a.intersection(&b).count();
        let all = a.union(&b).count();
        let (x, y): (Vec<u32>, Vec<u32>) = (a.into_iter().collect(), b.into_iter().collect());
        prop_assert_eq!(shared_count(&x, &y), shared);
        prop_assert_eq!(jaccard(&x, &y), if all == 0 { 1.0 } else { shared as f64 / all as f64 });
        prop_assert_eq!(jaccard(&x, &y), jaccard(&y, &x));
        let smaller = x.len().min(y.len()).max(1) as f64;
        let both_empty = x.is_empty() && y.is_empty();
        prop_assert_eq!(overlap(&x, &y), if both_empty { 1.0 } else { shared as f64 / smaller });
    }

    #[test]
    fn vectors(a in prop::collection::btree_map(0u32..9, 0.0..5.0f64, 0..6),
               b in prop::collection::btree_map(0u32..9, 0.0..5.0f64, 0..6)) {
        let product: f64 = a.iter().filter_map(|(token, weight)| Some(weight * b.get(token)?)).sum();
        let norm = |it: &std::collections::BTreeMap<u32, f64>| it.values().map(|x| x * x).sum::<f64>();
        let norms = (norm(&a) * norm(&b)).sqrt();
        let (x, y): (Vec<_>, Vec<_>) = (a.into_iter().collect(), b.into_iter().collect());
        if norms > 0.0 {
            prop_assert!((cosine(&x, &y) - product / norms).abs() < 1e-9);
        }
        prop_assert_eq!(cosine(&x, &y), cosine(&y, &x));
    }
}

#[test]
fn known_values() {
    let check = |a: &str, b: &str, expected: f64| {
        let value = jaro_winkler(a.as_bytes(), b.as_bytes());
        assert!((value - expected).abs() < 5e-4, "{a} {b}: {value}");
    };
    check("", "", 1.0);
    check("", "a", 0.0);
    check("dwayne", "duane", 0.84);
    check("dixon", "dicksonx", 0.8133);
    check("martha", "marhta", 0.9611);
    check("cheeseburger", "cheese fries", 0.8667);
    check("a", "b", 0.0);
}

#[test]
fn best_tokens() {
    let words = |text: &'static str| -> Vec<&[u8]> { text.split(' ').map(str::as_bytes).collect() };
    let check = |a, b, expected: f64| {
        let value = monge_elkan(&words(a), &words(b), jaro_winkler);
        assert!((value - expected).abs() < 5e-4, "{a} | {b}: {value}");
    };
    check("anna berg", "berg anna", 1.0);
    check("anna berg", "anna", 0.75);
    check("aaa", "bbb", 0.0);
    assert_eq!(monge_elkan(&[], &[], jaro_winkler), 1.0);
    assert_eq!(monge_elkan(&[], &[b"a"], jaro_winkler), 0.0);
}
