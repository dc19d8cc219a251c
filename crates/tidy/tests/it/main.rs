//! The checks on the real tree: each lists everything that is wrong.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use tidy::{Problem, Tree, api, examples, features, links, lock, manifests, paths, rings, source};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn house() -> &'static Tree {
    static HOUSE: OnceLock<Tree> = OnceLock::new();
    HOUSE.get_or_init(|| {
        let tree = Tree::read(&root()).unwrap_or_default();
        assert!(tree.has("crates/tidy/src/lib.rs"), "this is not the house");
        tree
    })
}

fn check(problems: &[Problem]) {
    let told: String = problems
        .iter()
        .map(|problem| format!("\n  {problem}"))
        .collect();
    assert!(problems.is_empty(), "{} problems:{told}", problems.len());
}

#[test]
fn dependencies_point_to_lower_rings() {
    assert!(
        house().crate_manifests().count() >= 9,
        "the crates are gone"
    );
    check(&rings::check(house()));
}

#[test]
fn every_file_opens_with_what_it_is() {
    check(&source::undocumented(house()));
}

#[test]
fn files_and_functions_are_short() {
    check(&source::too_long(house()));
}

#[test]
fn no_file_is_named_mod() {
    check(&source::named_mod(house()));
}

#[test]
fn examples_are_declared_tested_and_listed() {
    check(&examples::check(house()));
}

#[test]
fn snippets_are_compiled() {
    check(&examples::uncompiled(house()));
}

#[test]
fn features_are_documented() {
    check(&features::check(house()));
}

#[test]
fn links_lead_somewhere() {
    check(&links::check(house()));
}

#[test]
fn named_files_are_there() {
    check(&links::gone(house()));
}

#[test]
fn one_arrow_in_the_lock_file() {
    check(&lock::arrows(house()));
}

#[test]
fn default_features_pull_rust_only() {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = [
        "tree",
        "-p",
        "onefold",
        "-e",
        "normal,build",
        "--prefix",
        "none",
    ];
    let output = Command::new(cargo)
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo tree failed: {complaint}");
    check(&lock::impure(&String::from_utf8_lossy(&output.stdout)));
}

#[test]
fn the_readme_names_the_two_commands() {
    check(&manifests::commands(house()));
}

#[test]
fn every_dependency_has_a_reason() {
    check(&manifests::unreasoned(house()));
}

#[test]
fn the_crates_are_pinned_to_each_other() {
    check(&manifests::unpinned(house()));
}

#[test]
fn every_package_takes_the_lints() {
    check(&manifests::unlinted(house()));
}

#[test]
fn nothing_names_a_place_on_one_machine() {
    check(&paths::check(house()));
}

#[test]
fn api_snapshots_say_what_the_sources_say() {
    if env::var_os("ONEFOLD_BLESS").is_none() {
        return check(&api::check(house()));
    }
    let snapshots = api::snapshots(house());
    assert!(!snapshots.is_empty(), "there are no crates");
    for (path, text) in snapshots {
        let path = root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}
