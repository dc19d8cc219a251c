//! Small sources and the lines they have.

use super::*;
use crate::tree::told;

const MANIFEST: &str = "[package]\nname = \"onefold-a\"\n";

fn tree(files: &[(&str, &str)]) -> Tree {
    let mut all = vec![("crates/onefold-a/Cargo.toml", MANIFEST)];
    all.extend_from_slice(files);
    Tree::of(&all)
}

fn snapshot(tree: &Tree) -> String {
    let text = snapshots(tree).remove("docs/api/onefold-a.txt").unwrap();
    let (_, lines) = text.split_once("not listed.\n").unwrap();
    lines.to_owned()
}

/// The lines of one file, without those of the crate itself.
fn check_file(source: &str, expected: &[&str]) {
    let text = snapshot(&tree(&[("crates/onefold-a/src/lib.rs", source)]));
    let lines: Vec<&str> = text.lines().skip(2).collect();
    let expected: Vec<String> = expected.iter().map(|line| format!("  {line}")).collect();
    assert_eq!(lines, expected, "{source}");
}

#[test]
fn only_public_items_are_listed() {
    check_file(
        "pub fn a() {}\npub(crate) fn b() {}\npub(super) struct C;\nfn d() { pub fn e() {} }\nconst F: u8 = 1;",
        &["pub fn a()"],
    );
    check_file(
        "pub static B: u8 = 1; pub const A: [&str; 2] = [\n    \"x; {\",\n    \"y\", // why\n];",
        &[
            "pub const A: [&str; 2] = [\"x; {\", \"y\"]",
            "pub static B: u8 = 1",
        ],
    );
    check_file(
        "pub const fn a() -> u8 { 1 }\npub const B: X = X { y: 1 };\npub unsafe extern \"C\" fn c() {}",
        &[
            "pub const B: X = X { y: 1 }",
            "pub const fn a() -> u8",
            "pub unsafe extern \"C\" fn c()",
        ],
    );
    check_file(
        "pub type A<T, E = B> = C<T, E>;\ntype D = u8;",
        &["pub type A<T, E = B> = C<T, E>"],
    );
}

#[test]
fn signatures_have_one_line() {
    check_file(
        "pub fn a<\n    'x,\n    T: Into<Box<str>>, // why\n>(\n    mut t: &'x T,\n    /* no */ f: impl FnMut(&T) -> u8,\n) -> Result<\n    Vec<u8>,\n>\nwhere\n    T: for<'y> Fn(&'y str) -> [u8; 2],\n{\n}",
        &[
            "pub fn a<'x, T: Into<Box<str>>>(t: &'x T, f: impl FnMut(&T) -> u8) -> Result<Vec<u8>> where T: for<'y> Fn(&'y str) -> [u8; 2]",
        ],
    );
    check_file(
        "pub fn a(#[allow(unused)] b: (u8,)) {}",
        &["pub fn a(b: (u8,))"],
    );
    check_file(
        "pub fn a<T: B + ?Sized>(t: &mut T) {}\n",
        &["pub fn a<T: B + ?Sized>(t: &mut T)"],
    );
    check_file(
        "pub const A: usize = 1 << 20;\n",
        &["pub const A: usize = 1 << 20"],
    );
}

#[test]
fn quoted_items_are_none() {
    check_file(
        "/// pub fn a() {}\n// pub fn b() {}\n/* pub fn c() {} */\npub fn d() -> &'static str {\n    r#\"} pub fn e() {}\"#\n}\nconst F: &str = \"pub fn g() {}\";\npub fn h() { '}'; \"}\"; }\npub fn i() {}",
        &["pub fn d() -> &'static str", "pub fn h()", "pub fn i()"],
    );
}

#[test]
fn structs_show_their_public_fields() {
    check_file(
        "/// A.\n#[derive(Debug, Clone)]\n#[must_use]\npub struct A<T: Iterator<Item = u8>>\nwhere\n    T: Copy,\n{\n    /// B, and more.\n    #[serde(default)]\n    pub b: BTreeMap<u8, T>,\n    pub(crate) c: u8,\n    d: u8,\n}",
        &[
            "pub struct A<T: Iterator<Item = u8>> where T: Copy",
            "  #[derive(Debug, Clone)]",
            "  pub b: BTreeMap<u8, T>",
            "  .. private fields",
        ],
    );
    check_file(
        "pub struct A { pub b: u8 }\npub struct B;",
        &["pub struct A", "  pub b: u8", "pub struct B"],
    );
    check_file(
        "pub struct A<F: Fn(u8) -> u8>(pub F, u8, #[x] pub Vec<(u8, u8)>) where F: Copy;",
        &["pub struct A<F: Fn(u8) -> u8>(pub F, _, pub Vec<(u8, u8)>) where F: Copy"],
    );
}

#[test]
fn enums_show_variants_in_their_order() {
    check_file(
        "#[non_exhaustive]\npub enum A {\n    /// Z, first.\n    Z,\n    #[default]\n    B(u8, Vec<C<u8, u8>>),\n    #[cfg(feature = \"c\")]\n    C {\n        /// D.\n        #[serde(default)]\n        d: u8,\n    },\n    #[doc(hidden)]\n    E,\n    F = 1 << 3,\n    G,\n}\nenum H { I }",
        &[
            "pub enum A",
            "  #[non_exhaustive]",
            "  Z",
            "  B(u8, Vec<C<u8, u8>>)",
            "    #[default]",
            "  C { d: u8 }",
            "    #[cfg(feature = \"c\")]",
            "  F = 1 << 3",
            "  G",
        ],
    );
}

#[test]
fn traits_show_what_they_ask_and_provide() {
    check_file(
        "pub trait A: B + Send {\n    type C: D;\n    const E: u8;\n    fn f(&self) -> [u8; 2];\n    fn g(&self) where Self: Sized {\n        pub fn x() {}\n    }\n    #[doc(hidden)]\n    fn h(&self);\n}\ntrait I { fn j(&self); }",
        &[
            "pub trait A: B + Send",
            "  const E: u8",
            "  fn f(&self) -> [u8; 2]",
            "  fn g(&self) where Self: Sized { .. }",
            "  type C: D",
        ],
    );
}

#[test]
fn implementations_show_public_members() {
    check_file(
        "pub struct A;\nimpl A {\n    pub fn z(&self) {}\n    fn private(&self) {}\n}\nimpl A {\n    #[must_use]\n    pub fn b(mut self) -> Self { self }\n    pub const C: u8 = 1;\n    pub(crate) fn d() {}\n}\nimpl A { fn e() {} }",
        &[
            "impl A",
            "  pub const C: u8 = 1",
            "  pub fn b(self) -> Self",
            "  pub fn z(&self)",
            "pub struct A",
        ],
    );
    check_file(
        "impl<T: X> Iterator for A<T> {\n    type Item = T;\n    fn next(&mut self) -> Option<T> { None }\n}\nimpl<T> A<T> where for<'a> T: Fn(&'a u8) { pub fn forth() {} }",
        &[
            "impl<T: X> Iterator for A<T>",
            "  type Item = T",
            "impl<T> A<T> where for<'a> T: Fn(&'a u8)",
            "  pub fn forth()",
        ],
    );
    check_file(
        "impl A { pub fn a() {} }\n#[cfg(feature = \"b\")]\nimpl A { pub fn b() {} }",
        &[
            "impl A",
            "  pub fn a()",
            "impl A",
            "  #[cfg(feature = \"b\")]",
            "  pub fn b()",
        ],
    );
}

#[test]
fn implementations_of_and_for_private_types_are_not_listed() {
    check_file(
        "pub struct A;\nstruct B;\npub(crate) trait C {}\nimpl Debug for B {}\nimpl C for A {}\nimpl From<B> for A {}\nimpl From<u8> for A {}",
        &["impl From<u8> for A", "pub struct A"],
    );
}

#[test]
fn reexports_have_a_line_for_each_name() {
    check_file(
        "pub use a::{\n    B, c::{D, E as F},\n    self,\n};\npub use g::*;\nuse h::I;\npub(crate) use j::K;",
        &[
            "pub use a::B",
            "pub use a::c::D",
            "pub use a::c::E as F",
            "pub use a::self",
            "pub use g::*",
        ],
    );
}

#[test]
fn macros_show_what_they_make_and_their_calls() {
    check_file(
        "macro_rules! id {\n    ($(#[$doc:meta])* $name:ident($inner:ty)) => {\n        $(#[$doc])*\n        #[derive(Debug)]\n        pub struct $name(pub $inner);\n        impl $name {\n            pub fn new(inner: $inner) -> Self { Self(inner) }\n        }\n    };\n}\nid! {\n    /// A.\n    A(u8)\n}\nid!(B(u16));\nmacro_rules! sum { ($($x:expr),*) => { 0 $(+ $x)* }; }\nthread_local! { static C: u8 = 1; }",
        &[
            "id! { A(u8) }",
            "id!(B(u16))",
            "macro_rules! id",
            "  impl $name",
            "    pub fn new(inner: $inner) -> Self",
            "  pub struct $name(pub $inner)",
            "    #[derive(Debug)]",
        ],
    );
    check_file(
        "macro_rules! get { ($($f:ident,)*) => { $(#[doc = \"x\"] pub fn $f(&self) -> u8 { self.$f })* }; }\nimpl A { get!(b, c); }\nimpl D { vec!(1); }",
        &[
            "impl A",
            "  get!(b, c)",
            "macro_rules! get",
            "  pub fn $f(&self) -> u8",
        ],
    );
}

#[test]
fn modules_are_followed_unless_hidden_or_tests() {
    let tree = tree(&[
        (
            "crates/onefold-a/src/lib.rs",
            "#![doc = \"x\"]\nmod b;\npub mod c { pub fn c() {} mod d; }\n#[doc(hidden)]\npub mod e;\n#[cfg(test)]\nmod tests { pub fn t() {} }\n#[cfg(feature = \"f\")]\npub mod f;\nmod gone;\n",
        ),
        (
            "crates/onefold-a/src/b.rs",
            "mod g;\n#[cfg(all(test, feature = \"f\"))]\nmod tests;\n#[test]\npub fn t() {}\n",
        ),
        (
            "crates/onefold-a/src/b/g.rs",
            "#[doc(hidden)]\npub struct Hidden;\nimpl Debug for Hidden {}\npub struct G;\n",
        ),
        ("crates/onefold-a/src/b/tests.rs", "pub fn t() {}\n"),
        ("crates/onefold-a/src/c/d.rs", "pub fn d() {}\n"),
        ("crates/onefold-a/src/e.rs", "pub fn e() {}\n"),
        ("crates/onefold-a/src/f.rs", "pub fn f() {}\n"),
        ("crates/onefold-a/src/lost.rs", "pub fn lost() {}\n"),
    ]);
    let expected = "
mod onefold_a
  mod gone (not read: no file of its name)
  pub mod c
  pub mod f
    #[cfg(feature = \"f\")]

mod onefold_a::b::g
  pub struct G

mod onefold_a::c
  pub fn c()

mod onefold_a::c::d
  pub fn d()

mod onefold_a::f
  pub fn f()
";
    assert_eq!(snapshot(&tree), expected);
}

#[test]
fn unfinished_sources_end() {
    for source in [
        "pub",
        "pub fn",
        "pub struct A(",
        "impl {",
        "#[",
        "pub use a::{b",
        "macro_rules! a { (",
        "pub enum A { B<",
        "$(",
        "pub(",
        "mod",
        "}",
    ] {
        let tree = tree(&[("crates/onefold-a/src/lib.rs", source)]);
        assert_eq!(snapshots(&tree).len(), 1, "{source}");
    }
}

#[test]
fn differing_lines_are_told_with_their_place_and_the_command() {
    let source = "pub struct A;\nimpl A { pub fn b(&self) {} }\n";
    let lib = "crates/onefold-a/src/lib.rs";
    let missing = tree(&[(lib, source)]);
    assert_eq!(
        told(&check(&missing)),
        [
            "docs/api/onefold-a.txt: is not there: write it with `ONEFOLD_BLESS=1 cargo test -p tidy`"
        ]
    );
    let path = "docs/api/onefold-a.txt";
    let text = snapshots(&missing).remove(path).unwrap();
    assert_eq!(check(&tree(&[(lib, source), (path, &text)])), []);

    let changed = source.replace("b(&self)", "b(self)");
    assert_eq!(
        told(&check(&tree(&[(lib, &changed), (path, &text)]))),
        [
            "docs/api/onefold-a.txt: differs from the sources: read the lines, then renew it with `ONEFOLD_BLESS=1 cargo test -p tidy`\n    - mod onefold_a > impl A > pub fn b(&self)\n    + mod onefold_a > impl A > pub fn b(self)"
        ]
    );
}

#[test]
fn order_of_variants_is_part_of_it() {
    let lib = "crates/onefold-a/src/lib.rs";
    let path = "docs/api/onefold-a.txt";
    let text = snapshots(&tree(&[(lib, "pub enum A { B, C }")]))
        .remove(path)
        .unwrap();
    let problems = told(&check(&tree(&[
        (lib, "pub enum A { C, B }"),
        (path, &text),
    ])));
    assert!(
        problems[0].ends_with("the order of the lines differs"),
        "{problems:?}"
    );
}

#[test]
fn crates_that_are_not_published_have_no_snapshot() {
    let tree = Tree::of(&[
        (
            "crates/tidy/Cargo.toml",
            "[package]\nname = \"tidy\"\npublish = false\n",
        ),
        ("crates/tidy/src/lib.rs", "pub fn a() {}\n"),
        ("docs/api/tidy.txt", "mod tidy\n"),
    ]);
    assert_eq!(
        told(&check(&tree)),
        ["docs/api/tidy.txt: is of no published crate: remove it"]
    );
}
