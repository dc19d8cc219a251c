//! Features: each has a `##` line above it, which becomes its documentation.

use crate::{Problem, Tree};

/// Features without a `##` line.
pub fn check(tree: &Tree) -> Vec<Problem> {
    tree.crate_manifests()
        .flat_map(|(path, text)| undocumented(path, text))
        .collect()
}

fn undocumented(path: &str, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let (mut in_features, mut documented) = (false, false);
    for (index, line) in text.lines().enumerate() {
        let name = line.split('=').next().unwrap_or_default().trim();
        // The lines of a list, and its end, belong to the feature above.
        let begins = line.starts_with(|letter: char| letter.is_alphanumeric() || letter == '"');
        if line.starts_with('[') {
            in_features = line.trim() == "[features]";
        } else if in_features && begins && line.contains('=') && !documented {
            let message = format!("feature `{name}` has no `##` line above it");
            problems.push(Problem::in_line(path, index + 1, message));
        }
        documented = line.starts_with("##");
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::told;

    #[test]
    fn every_feature_is_documented() {
        let manifest = "[features]\n## The pure rings.\ndefault = [\n  \"a\",\n]\n# A plain comment.\narrow = []\n\nparquet = []\n[dependencies]\nserde = \"1\"\n";
        let tree = Tree::of(&[("crates/onefold/Cargo.toml", manifest)]);
        assert_eq!(
            told(&check(&tree)),
            [
                "crates/onefold/Cargo.toml:7: feature `arrow` has no `##` line above it",
                "crates/onefold/Cargo.toml:9: feature `parquet` has no `##` line above it",
            ]
        );
    }
}
