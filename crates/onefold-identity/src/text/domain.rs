//! Domain names: the part that somebody registered.

use super::{Unusable, words::WordSet};

static TWO_LEVELS: WordSet = WordSet::new(include_str!("data/two_level_suffixes.txt"));

/// The registered domain of an address of the web or of mail: `example.co.uk` of `https://www.example.co.uk/shop`.
///
/// Scheme, user, port, path and subdomains go. Suffixes of two levels come from a short list, not from the whole
/// Public Suffix List: a rare one gives the suffix itself, or a subdomain less.
///
/// # Errors
///
/// Where the host is empty, has no dot, is an IP address or has characters that no domain has.
///
/// ```
/// # use onefold_identity::text::web_domain;
/// assert_eq!(web_domain("https://shop.example.co.uk:8080/a?b")?, "example.co.uk");
/// assert_eq!(web_domain("info@Mail.Example.com")?, "example.com");
/// # Ok::<(), onefold_identity::text::Unusable>(())
/// ```
pub fn web_domain(text: &str) -> Result<String, Unusable> {
    let text = text.trim();
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    let host = host.trim_matches('.').to_lowercase();
    check(&host)?;
    Ok(registered(&host).to_owned())
}

/// What is wrong with a host in lower case, if anything.
pub(super) fn check(host: &str) -> Result<(), Unusable> {
    let label = |it: &str| {
        let letters = it
            .chars()
            .all(|c| c.is_alphanumeric() || c == '-' || c == '_');
        letters && (1..=63).contains(&it.len()) && !it.starts_with('-') && !it.ends_with('-')
    };
    match host {
        "" => Err(Unusable::new("has no domain")),
        _ if !host.contains('.') => Err(Unusable::new("has a domain without a dot")),
        _ if !host.split('.').all(label) || host.len() > 253 => {
            Err(Unusable::new("has a domain that cannot exist"))
        }
        _ if host
            .rsplit('.')
            .next()
            .is_some_and(|it| it.chars().all(|c| c.is_ascii_digit())) =>
        {
            Err(Unusable::new("has a number where the domain should be"))
        }
        _ => Ok(()),
    }
}

/// The last two labels, or three where the last two are a suffix themselves.
pub(super) fn registered(host: &str) -> &str {
    let mut dots = host.rmatch_indices('.').map(|(at, _)| at);
    let (_, second, third) = (dots.next(), dots.next(), dots.next());
    let behind = |at: Option<usize>| at.and_then(|at| host.get(at + 1..)).unwrap_or(host);
    match TWO_LEVELS.has(behind(second)) {
        true => behind(third),
        false => behind(second),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn domains() {
        let check = |text: &str, expected: &str| {
            let found = web_domain(text).unwrap_or_else(|it| it.reason().to_owned());
            assert_eq!(found, expected, "{text}");
        };
        check("example.com", "example.com");
        check("WWW.Example.COM.", "example.com");
        check("http://a.b.c.example.de/x@y", "example.de");
        check("ftp://me:secret@files.example.org:21", "example.org");
        check("ann@example.com.au", "example.com.au");
        check("co.uk", "co.uk");
        check("bbc.co.uk", "bbc.co.uk");
        check("münchen.de", "münchen.de");
        check("", "has no domain");
        check("localhost", "has a domain without a dot");
        check(
            "http://192.168.0.1/",
            "has a number where the domain should be",
        );
        check("exa mple.com", "has a domain that cannot exist");
        check("a..b", "has a domain that cannot exist");
    }

    proptest! {
        #[test]
        fn found_again(text in "([a-z]{1,3}\\.){0,4}(co\\.uk|com|de)|\\PC{0,20}") {
            if let Ok(domain) = web_domain(&text) {
                prop_assert_eq!(web_domain(&domain), Ok(domain.clone()));
            }
        }
    }
}
