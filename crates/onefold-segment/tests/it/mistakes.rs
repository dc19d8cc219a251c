//! One mistake in a text is told once, and causes no others.

use expect_test::{Expect, expect};
use onefold_segment::{Library, render};

fn check(text: &str, expected: Expect) {
    let error = Library::parse(text).unwrap_err();
    expected.assert_eq(&(render(text, error.diagnostics()) + "\n"));
}

#[test]
fn a_definition_whose_head_is_wrong_is_known_by_its_name() {
    check(
        "segment f b = 1\nsegment g = in f",
        expect![[r#"
            line 1: SEG0005 `b` where the definition was expected
              segment f b = 1
                        ^ write `=`
        "#]],
    );
    check(
        "segment f zone Berlin = b = 1\nsegment h among = b = 1\nsegment g = in f or in h",
        expect![[r#"
            line 1: SEG0005 `Berlin` where a time zone was expected
              segment f zone Berlin = b = 1
                             ^^^^^^ write its name in quotes such as `"Europe/Berlin"`, or `of person by` a trait
            line 2: SEG0005 `=` where the name of a segment was expected
              segment h among = b = 1
                              ^ write a name
        "#]],
    );
    check(
        "segmnt best = in vip\nsegment vip = in best",
        expect![[r#"
            line 1: SEG0005 `segmnt` where a definition was expected
              segmnt best = in vip
              ^^^^^^ did you mean `segment`?
        "#]],
    );
}

#[test]
fn parentheses_that_stay_open_swallow_no_definition() {
    check(
        "segment a = (x = 1\nsegment b = y = 2)\nsegment c = in b and in a",
        expect![[r#"
            line 2: SEG0005 `segment` where the end of the parentheses was expected
              segment b = y = 2)
              ^^^^^^^ write `)`
            line 2: SEG0005 `)` where the end of the definition was expected
              segment b = y = 2)
                               ^ write `and`, `or`, `segment` or `trait`
        "#]],
    );
    check(
        "segment a = (x = 1\ntrait t = sum(v of y))\nsegment c = t > 1 and in d",
        expect![[r#"
            line 2: SEG0005 `trait` where the end of the parentheses was expected
              trait t = sum(v of y))
              ^^^^^ write `)`
            line 2: SEG0005 `)` where the end of the definition was expected
              trait t = sum(v of y))
                                   ^ write `and`, `or`, `segment` or `trait`
            line 3: SEG0015 unknown segment `d`
              segment c = t > 1 and in d
                                       ^ did you mean `c`?
        "#]],
    );
    // The parentheses behind the mistake are skipped, and end where the next definition begins.
    check(
        "segment a = x y (b = 1\nsegment c = d = 2)\nsegment e = in c",
        expect![[r#"
            line 1: SEG0005 `y` where a comparison was expected
              segment a = x y (b = 1
                            ^ write `is`, `in`, `between`, `contains`, `starts` or `ends`
            line 2: SEG0005 `)` where the end of the definition was expected
              segment c = d = 2)
                               ^ write `and`, `or`, `segment` or `trait`
        "#]],
    );
    // A trait that is read there is no definition.
    check(
        "segment a = (x = 1 y and 2 * trait b > 3 and (trait c > 1)) and z = 1",
        expect![[r#"
            line 1: SEG0005 `y` where the end of the parentheses was expected
              segment a = (x = 1 y and 2 * trait b > 3 and (trait c > 1)) and z = 1
                                 ^ write `)`
        "#]],
    );
}
