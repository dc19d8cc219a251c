//! Stitching against a flood fill over a plain map, and reading of lines against a plain split.

use std::{collections::HashMap, num::NonZero};

use expect_test::{Expect, expect};
use onefold_event::Error;
use proptest::prelude::*;

use super::{lines::LINE_BYTES_MAX, *};

/// What an answer says, in the order in which it says it.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    edges: u64,
    largest: usize,
    component_of: Vec<(String, usize)>,
}

impl Answer {
    fn of(components: &Components) -> Self {
        let text = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
        let answer = Self {
            edges: components.edges(),
            largest: components.largest(),
            component_of: components
                .iter()
                .map(|(identifier, component)| (text(identifier), component))
                .collect(),
        };
        // Every way to ask says the same.
        let mut sizes = vec![0; components.components()];
        for (identifier, component) in components.iter() {
            assert_eq!(components.component_of(identifier), Some(component));
            sizes[component] += 1;
        }
        for (component, size) in sizes.iter().enumerate() {
            assert_eq!(components.size_of(component), Some(*size));
        }
        assert_eq!(components.ids(), answer.component_of.len());
        answer
    }
}

/// The slow and obvious way: neighbours by text, and a flood from each text that is not wet yet.
fn flood_fill(edges: &[(String, String)]) -> Answer {
    let mut order: Vec<&str> = Vec::new();
    let mut neighbours: HashMap<&str, Vec<&str>> = HashMap::new();
    for (left, right) in edges {
        for (one, two) in [(left, right), (right, left)] {
            let known = neighbours.entry(one).or_insert_with(|| {
                order.push(one);
                Vec::new()
            });
            known.push(two);
        }
    }
    let mut component_of: HashMap<&str, usize> = HashMap::new();
    let mut sizes = Vec::new();
    for start in &order {
        if component_of.contains_key(start) {
            continue;
        }
        let (mut wet, mut size) = (vec![*start], 0);
        while let Some(text) = wet.pop() {
            if component_of.insert(text, sizes.len()).is_none() {
                size += 1;
                wet.extend(&neighbours[text]);
            }
        }
        sizes.push(size);
    }
    let number = |text: &&str| ((*text).to_owned(), component_of[text]);
    Answer {
        edges: edges.len() as u64,
        largest: sizes.into_iter().max().unwrap_or_default(),
        component_of: order.iter().map(number).collect(),
    }
}

/// The slow and obvious way to read a text.
fn naive_lines(text: &[u8]) -> (Vec<(String, String)>, Vec<u64>) {
    let (mut edges, mut malformed) = (Vec::new(), Vec::new());
    let mut lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    // What follows the last line feed is a line only if there is something.
    if lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    for (line, number) in lines.into_iter().zip(1..) {
        let edge = std::str::from_utf8(line).ok().and_then(|line| {
            let line = line.strip_suffix('\r').unwrap_or(line);
            let fields: Vec<&str> = line.split('\t').collect();
            let good = fields.iter().all(|field| {
                let halves = field.split_once(':');
                halves.is_some_and(|(kind, value)| !kind.is_empty() && !value.is_empty())
            });
            match (good, fields.as_slice()) {
                (true, [left, right]) => Some(((*left).to_owned(), (*right).to_owned())),
                _ => None,
            }
        });
        match edge {
            Some(edge) => edges.push(edge),
            None => malformed.push(number),
        }
    }
    (edges, malformed)
}

/// Through [`Stitcher::add_lines`], in chunks of so many bytes.
fn in_chunks(text: &[u8], chunk: usize, key: u128, threads: usize) -> (Answer, Malformed) {
    let mut chunks = text.chunks(chunk);
    let read = |buffer: &mut Vec<u8>| {
        buffer.extend_from_slice(chunks.next().unwrap_or_default());
        Ok::<(), Error>(())
    };
    let threads = NonZero::new(threads).unwrap();
    let mut stitcher = Stitcher::new(key);
    let malformed = stitcher.add_lines(threads, read).unwrap();
    (Answer::of(&stitcher.finish()), malformed)
}

fn pairs(edges: &[(String, String)], key: u128) -> Answer {
    let mut stitcher = Stitcher::new(key);
    for (left, right) in edges {
        stitcher.add(left.as_bytes(), right.as_bytes()).unwrap();
    }
    Answer::of(&stitcher.finish())
}

fn tsv(edges: &[(String, String)]) -> String {
    edges.iter().map(|(l, r)| format!("{l}\t{r}\n")).collect()
}

/// Few values, so that edges meet; some with long values, some with the length at which the head grows.
fn identifier() -> impl Strategy<Value = String> {
    let kind = prop::sample::select(vec!["user", "anon", "email", "k"]);
    let length = prop::sample::select(vec![0usize, 0, 0, 1, 6, 7, 8, 248, 249, 250, 251, 252, 700]);
    (kind, 0..40u32, length).prop_map(|(kind, number, length)| {
        format!("{kind}:{number}{}", ":x".repeat(length.div_ceil(2)))
    })
}

fn edges(count: usize) -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec((identifier(), identifier()), 0..count)
}

/// Bytes of which lines are made, so that all mistakes come up.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        &b"a:1"[..],
        b"b:2",
        b"user:long-enough-for-a-word",
        b"\t",
        b"\t",
        b"\n",
        b"\n",
        b"\r\n",
        b":",
        b"x",
        b"\xff",
        "ž:ü".as_bytes(),
        b"\xc5",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn components_agree_with_flood_fill(edges in edges(120), key in any::<u128>(), chunk in 1usize..200) {
        let expected = flood_fill(&edges);
        prop_assert_eq!(&pairs(&edges, key), &expected);
        let text = tsv(&edges);
        for threads in [1, 2, 3] {
            let (answer, malformed) = in_chunks(text.as_bytes(), chunk, key, threads);
            prop_assert_eq!(&answer, &expected);
            prop_assert_eq!(malformed.count(), 0);
        }
    }

    #[test]
    fn lines_are_read_as_the_obvious_way_reads_them(text in noise(), chunk in 1usize..40) {
        let (edges, wrong) = naive_lines(&text);
        let expected = flood_fill(&edges);
        let whole = in_chunks(&text, text.len().max(1), 1, 1);
        let cut = in_chunks(&text, chunk, 2, 2);
        prop_assert_eq!(&whole.0, &expected);
        prop_assert_eq!(&whole, &cut);
        prop_assert_eq!(whole.1.count(), wrong.len() as u64);
        let places: Vec<u64> = whole.1.places().iter().map(|place| place.line).collect();
        prop_assert_eq!(&places[..], &wrong[..wrong.len().min(10)]);
    }
}

/// Enough for the table to double many times and for many groups, with repeats near and far.
#[test]
fn many_edges_agree_with_flood_fill() {
    let mut state = 1u64;
    let mut below = |end: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % end
    };
    let edges: Vec<(String, String)> = (0..60_000)
        .map(|_| {
            (
                format!("user:{}", below(40_000)),
                format!("anon:{:x}", below(50_000)),
            )
        })
        .collect();
    let expected = flood_fill(&edges);
    let text = tsv(&edges);
    assert_eq!(pairs(&edges, 5), expected);
    for (key, chunk, threads) in [(5, 1 << 16, 1), (6, 1 << 16, 2), (7, 999, 2)] {
        let (answer, _) = in_chunks(text.as_bytes(), chunk, key, threads);
        assert!(
            answer == expected,
            "key {key}, {chunk} bytes a chunk, {threads} threads"
        );
    }
}

/// A hash that says nothing still gives the right answer: texts are told apart by their bytes.
#[test]
fn equal_hashes_do_not_make_equal_texts() {
    let mut texts = Texts::new(Key::ZERO);
    let names: Vec<String> = (0..600).map(|number| format!("user:{number}")).collect();
    let hashed: Vec<(&[u8], u32)> = names
        .iter()
        .map(|name| (name.as_bytes(), u32::MAX))
        .collect();
    let mut group = Group::new();
    for part in hashed.chunks(GROUP) {
        texts.intern_all(part, &mut group).unwrap();
    }
    let again = texts.intern_all(&hashed[88..], &mut group).unwrap();
    assert_eq!(again, (88..600).collect::<Vec<u32>>());
}

#[test]
fn edges_of_another_key_are_hashed_again() {
    let text = Vec::from(b"a:1\tb:2\nb:2\tc:3\n");
    let (mut one, mut two) = (Stitcher::new(1), Stitcher::new(2));
    let edges = one.lines().split(text);
    let ended: Vec<(&[u8], &[u8])> = edges.iter().collect();
    assert_eq!(ended, [(&b"a:1"[..], &b"b:2"[..]), (b"b:2", b"c:3")]);
    two.add(b"c:3", b"a:1").unwrap();
    for stitcher in [&mut one, &mut two] {
        stitcher.add_edges(&edges).unwrap();
    }
    assert_eq!((one.finish().ids(), two.finish().ids()), (3, 3));
}

fn check(text: &[u8], expect: Expect) {
    for chunk in [1, 7, text.len()] {
        let (answer, malformed) = in_chunks(text, chunk, 1, 1);
        let mut told = String::new();
        for (identifier, component) in &answer.component_of {
            told.push_str(&format!("{component} {identifier:?}\n"));
        }
        for place in malformed.places() {
            told.push_str(&format!("{place}\n"));
        }
        told.push_str(&format!(
            "{} edges, {} malformed\n",
            answer.edges,
            malformed.count()
        ));
        expect.assert_eq(&told);
    }
}

#[test]
fn malformed_lines_are_told_apart() {
    check(
        b"user:1\tanon:1\nuser:1\nuser:1\tanon:1\tanon:2\n:1\tanon:1\nuser:\tanon:1\nuser\tanon:1\n\n\tanon:1\nuser:\xff\ta:1\na:1\tb::\n",
        expect![[r#"
            0 "user:1"
            0 "anon:1"
            1 "a:1"
            1 "b::"
            line 2: not two fields with one tab between them
            line 3: not two fields with one tab between them
            line 4: a field is not `kind:value` with a kind and a value, as in `email:ann@example.com`
            line 5: a field is not `kind:value` with a kind and a value, as in `email:ann@example.com`
            line 6: a field is not `kind:value` with a kind and a value, as in `email:ann@example.com`
            line 7: not two fields with one tab between them
            line 8: a field is not `kind:value` with a kind and a value, as in `email:ann@example.com`
            line 9: not UTF-8
            2 edges, 8 malformed
        "#]],
    );
}

#[test]
fn marks_line_ends_and_a_last_line_without_one_are_fine() {
    check(
        b"\xef\xbb\xbfuser:1\tanon:1\r\nuser:1\tanon:1\ranon:2\r\nuser:2\tuser:2\nuser:1\tanon:3",
        expect![[r#"
            0 "user:1"
            0 "anon:1"
            0 "anon:1\ranon:2"
            1 "user:2"
            0 "anon:3"
            4 edges, 0 malformed
        "#]],
    );
}

#[test]
fn an_empty_text_has_no_edges() {
    let (answer, malformed) = in_chunks(b"", 1, 1, 2);
    assert_eq!(answer, flood_fill(&[]));
    assert_eq!(malformed, Malformed::default());
    assert_eq!(Stitcher::new(1).finish().component_of(b"user:1"), None);
}

#[test]
fn any_bytes_are_an_identifier_of_a_pair() {
    let mut stitcher = Stitcher::new(1);
    stitcher.add(b"", b"\xff").unwrap();
    stitcher.add(b"\0", b"\0\0").unwrap();
    let components = stitcher.finish();
    assert_eq!((components.ids(), components.components()), (4, 2));
    assert_eq!(
        components.component_of(b""),
        components.component_of(b"\xff")
    );
    assert_eq!(components.component_of(b"\0\0\0"), None);
}

#[test]
fn a_line_without_end_is_not_kept() {
    let fits = |extra: usize| {
        let value = LINE_BYTES_MAX - "a:1\tb:".len() + extra;
        format!("a:1\tb:{}\nc:1\td:1\n", "x".repeat(value))
    };
    for chunk in [1 << 20, 64 << 20] {
        let (answer, malformed) = in_chunks(fits(0).as_bytes(), chunk, 1, 1);
        assert_eq!((answer.edges, malformed.count()), (2, 0), "{chunk}");
        for extra in [1, 2, LINE_BYTES_MAX] {
            let (answer, malformed) = in_chunks(fits(extra).as_bytes(), chunk, 1, 1);
            assert_eq!((answer.edges, malformed.count()), (1, 1), "{chunk} {extra}");
            assert_eq!(malformed.places()[0].reason, MalformedReason::TooLong);
        }
    }
}

#[test]
fn a_chunk_that_cannot_be_read_ends_the_work() {
    for threads in [1, 2] {
        let mut chunks = 0;
        let read = |buffer: &mut Vec<u8>| {
            chunks += 1;
            buffer.extend_from_slice(b"a:1\tb:1\n");
            match chunks {
                5 => Err(Error::new(onefold_event::ErrorKind::Io, "gone")),
                _ => Ok(()),
            }
        };
        let mut stitcher = Stitcher::new(1);
        let told = stitcher.add_lines(NonZero::new(threads).unwrap(), read);
        assert_eq!(told.unwrap_err().to_string(), "gone");
        assert_eq!(chunks, 5);
        assert_eq!(stitcher.finish().ids(), 2);
    }
}

#[test]
fn memory_is_that_of_the_different_identifiers() {
    let read = |edges: u32| {
        let mut left = edges;
        move |buffer: &mut Vec<u8>| {
            if left > 0 {
                left -= 1;
                buffer.extend_from_slice(format!("a:{}\tb:1\n", left % 100).as_bytes());
            }
            Ok::<(), Error>(())
        }
    };
    let bytes = |edges| {
        let mut stitcher = Stitcher::new(1);
        stitcher
            .add_lines(NonZero::<usize>::MIN, read(edges))
            .unwrap();
        stitcher.finish().memory_bytes()
    };
    assert_eq!(bytes(200), bytes(20_000));
}
