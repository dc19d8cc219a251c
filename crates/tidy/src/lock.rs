//! What is really built: one arrow in the lock file, and nothing but Rust in the facade's default tree.

use std::collections::BTreeSet;

use toml::{Table, Value};

use crate::{Problem, Tree};

/// Runtimes, TLS and what compiles or binds C.
const FORBIDDEN: [&str; 22] = [
    "async-executor",
    "async-std",
    "aws-lc-rs",
    "aws-lc-sys",
    "bindgen",
    "cc",
    "cmake",
    "cxx",
    "hyper",
    "mio",
    "native-tls",
    "nasm-rs",
    "openssl",
    "pkg-config",
    "reqwest",
    "ring",
    "rustls",
    "smol",
    "tokio",
    "vcpkg",
    "zstd",
    "zstd-safe",
];
/// Packages called `-sys` that are Rust: they declare system calls and compile nothing.
const PURE_SYS: [&str; 5] = [
    "js-sys",
    "linux-raw-sys",
    "web-sys",
    "windows-sys",
    "wasi-sys",
];

/// More than one major version of arrow and parquet in `Cargo.lock`.
pub fn arrows(tree: &Tree) -> Vec<Problem> {
    let Some(text) = tree.text("Cargo.lock") else {
        return vec![Problem::in_file("Cargo.lock", "is missing")];
    };
    let lock = match text.parse::<Table>() {
        Ok(lock) => lock,
        Err(error) => {
            return vec![Problem::in_file(
                "Cargo.lock",
                format!("is not TOML: {error}"),
            )];
        }
    };
    let packages = lock.get("package").and_then(Value::as_array);
    let mut majors = BTreeSet::new();
    for package in packages.into_iter().flatten() {
        let field = |name: &str| {
            package
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let name = field("name");
        if name == "parquet" || name == "arrow" || name.starts_with("arrow-") {
            majors.insert(field("version").split('.').next().unwrap_or_default());
        }
    }
    if majors.len() < 2 {
        return Vec::new();
    }
    let majors = majors.into_iter().collect::<Vec<_>>().join(", ");
    vec![Problem::in_file(
        "Cargo.lock",
        format!("holds several majors of arrow: {majors}"),
    )]
}

/// Packages in the output of `cargo tree -p onefold -e normal,build --prefix none` that do not belong there.
pub fn impure(cargo_tree: &str) -> Vec<Problem> {
    let names: BTreeSet<&str> = cargo_tree
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    if !names.contains("onefold") {
        return vec![Problem::in_file("cargo tree", "does not show `onefold`")];
    }
    let foreign = |name: &&str| {
        let system = name.ends_with("-sys") && !PURE_SYS.contains(name);
        FORBIDDEN.contains(name) || system
    };
    names
        .into_iter()
        .filter(foreign)
        .map(|name| {
            Problem::in_file(
                "cargo tree",
                format!("the default features of `onefold` pull `{name}`"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::told;

    #[test]
    fn one_arrow() {
        let package = |name: &str, version: &str| {
            format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n")
        };
        let one = [
            package("arrow-array", "59.3.0"),
            package("parquet", "59.4.1"),
            package("arrowhead", "1.0.0"),
        ]
        .concat();
        assert!(arrows(&Tree::of(&[("Cargo.lock", &one)])).is_empty());
        let two = [one, package("arrow-schema", "60.0.0")].concat();
        assert_eq!(
            told(&arrows(&Tree::of(&[("Cargo.lock", &two)]))),
            ["Cargo.lock: holds several majors of arrow: 59, 60"]
        );
        assert_eq!(arrows(&Tree::default()).len(), 1);
    }

    #[test]
    fn default_features_are_rust() {
        assert!(
            impure("onefold v0.1.0\nserde v1.0.0\nlinux-raw-sys v0.9.0\nring-buffer v1.0.0\n")
                .is_empty()
        );
        assert_eq!(
            told(&impure(
                "onefold v0.1.0\ncc v1.2.0\ntokio v1.0.0 (*)\nzstd-sys v2.0.0\n"
            )),
            [
                "cargo tree: the default features of `onefold` pull `cc`",
                "cargo tree: the default features of `onefold` pull `tokio`",
                "cargo tree: the default features of `onefold` pull `zstd-sys`",
            ]
        );
        assert_eq!(impure("").len(), 1, "an empty tree proves nothing");
    }
}
