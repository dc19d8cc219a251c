//! "Did you mean": the closest of the names there are.

/// The name that is meant, if one is close enough: at most a third of its letters may be wrong, and one
/// more. For the messages of a host that has names of its own.
///
/// ```
/// let names = ["first_name", "city"];
/// assert_eq!(onefold_connect::closest("frist_name", names), Some("first_name"));
/// assert_eq!(onefold_connect::closest("revenue", names), None);
/// ```
pub fn closest<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = written.to_lowercase();
    let scored = names.into_iter().map(|name| {
        (
            strsim::damerau_levenshtein(&lower, &name.to_lowercase()),
            name,
        )
    });
    let (distance, name) = scored.min_by_key(|(distance, _)| *distance)?;
    // A third of the letters may be wrong; more is another word.
    let limit = 1 + written.chars().count() / 3;
    (distance <= limit).then_some(name)
}

/// The names in backticks, with commas between.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
