//! E-mail addresses: who reads the mail, behind dots, tags and other names of a provider.
//!
//! Invariant: the canonical address is an address itself, and its own canonical form.

use std::{collections::HashMap, sync::OnceLock};

use super::{
    Unusable,
    domain::{check, registered},
    words::{WordSet, entries},
};

static FREE_MAIL: WordSet = WordSet::new(include_str!("data/free_mail.txt"));
static ROLES: WordSet = WordSet::new(include_str!("data/role_mailboxes.txt"));

/// An e-mail address with its parts, as written and as the provider delivers it.
///
/// Rules are applied for providers that publish them (`mail_providers.txt`): tags behind `+` (or `-` at
/// Yahoo), dots that do not count, several domains of one mailbox. At other domains the local part stays, in lower case.
///
/// ```
/// # use onefold_identity::text::EmailParts;
/// let email = EmailParts::parse(" Ann.Lee+News@GoogleMail.com ")?;
/// assert_eq!((email.local.as_str(), email.domain.as_str()), ("ann.lee+news", "googlemail.com"));
/// assert_eq!((email.canonical(), email.is_free_mail()), ("annlee@gmail.com".to_owned(), true));
/// assert!(EmailParts::parse("Sales@Example.com")?.is_role());
/// # Ok::<(), onefold_identity::text::Unusable>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailParts {
    /// Before the `@`, in lower case, as written.
    pub local: String,
    /// Behind the `@`, in lower case, as written.
    pub domain: String,
    /// The mailbox: the local part without what the provider does not count.
    pub canonical_local: String,
    /// The domain by which the provider knows the mailbox: `gmail.com` for `googlemail.com`.
    pub canonical_domain: String,
}

impl EmailParts {
    /// The parts of one address; `mailto:`, angle brackets and a name before them are left out.
    ///
    /// # Errors
    ///
    /// Where it is no address: no `@` or several, nothing before it, white space inside, a domain that cannot exist.
    pub fn parse(text: &str) -> Result<Self, Unusable> {
        let text = bare(text);
        let (local, domain) = split(text)?;
        let (local, domain) = (local.to_lowercase(), domain.to_lowercase());
        let (canonical_local, canonical_domain) = canonical(&local, &domain);
        Ok(Self {
            local,
            domain,
            canonical_local,
            canonical_domain,
        })
    }

    /// Local part and domain of the mailbox: equal for two ways to write one address.
    #[must_use]
    pub fn canonical(&self) -> String {
        format!("{}@{}", self.canonical_local, self.canonical_domain)
    }

    /// Whether anybody can have an address there, so that the domain says nothing of an organisation.
    #[must_use]
    pub fn is_free_mail(&self) -> bool {
        FREE_MAIL.has(&self.domain) || FREE_MAIL.has(&self.canonical_domain)
    }

    /// Whether several people are likely to read it: `info`, `sales`, `noreply`.
    #[must_use]
    pub fn is_role(&self) -> bool {
        let plain: String = self
            .canonical_local
            .chars()
            .filter(|c| c.is_alphanumeric())
            .collect();
        ROLES.has(&plain)
    }

    /// The domain as somebody registered it: `example.co.uk` of `mail.example.co.uk`.
    #[must_use]
    pub fn registered_domain(&self) -> &str {
        registered(&self.canonical_domain)
    }
}

/// The address itself out of `Ann Lee <ann@example.com>` and `mailto:`.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let text = match (text.rfind('<'), text.ends_with('>')) {
        (Some(at), true) => text.get(at + 1..text.len() - 1).unwrap_or_default(),
        _ => text,
    };
    let scheme = text
        .get(..7)
        .filter(|it| it.eq_ignore_ascii_case("mailto:"));
    let text = scheme.and_then(|it| text.get(it.len()..)).unwrap_or(text);
    text.trim().trim_end_matches(['.', ',', ';'])
}

fn split(text: &str) -> Result<(&str, &str), Unusable> {
    if text.is_empty() {
        return Err(Unusable::new("is empty"));
    }
    let (local, domain) = text.rsplit_once('@').ok_or(Unusable::new("has no `@`"))?;
    if local.is_empty() {
        return Err(Unusable::new("has nothing before the `@`"));
    }
    if local.contains('@') {
        return Err(Unusable::new("has several `@`"));
    }
    if text
        .chars()
        .any(|letter| letter.is_whitespace() || letter.is_control())
    {
        return Err(Unusable::new("has white space inside"));
    }
    if local.chars().any(|letter| "<>()[]\\,;:\"".contains(letter)) || local.len() > 64 {
        return Err(Unusable::new("has a mailbox that cannot exist"));
    }
    check(&domain.to_lowercase())?;
    Ok((local, domain))
}

/// The rules of one provider, as a line of `mail_providers.txt` has them.
struct Provider {
    domain: &'static str,
    rules: &'static str,
}

fn provider(domain: &str) -> Option<Provider> {
    static LINES: OnceLock<HashMap<&str, &str>> = OnceLock::new();
    let read = || entries(include_str!("data/mail_providers.txt")).collect();
    let line = LINES.get_or_init(read).get(domain).copied()?;
    let (domain, rules) = line.split_once(' ').unwrap_or((line, ""));
    Some(Provider { domain, rules })
}

fn canonical(local: &str, domain: &str) -> (String, String) {
    if let Some(at_subdomain) = subdomain_mailbox(domain) {
        return at_subdomain;
    }
    let Some(provider) = provider(domain) else {
        return (local.to_owned(), domain.to_owned());
    };
    let has = |rule: &str| provider.rules.split(' ').any(|it| it == rule);
    let mut mailbox = local;
    if has("tag") {
        mailbox = before(mailbox, '+');
    }
    if has("dash") {
        mailbox = before(mailbox, '-');
    }
    let without_dots = || mailbox.replace('.', "");
    let mailbox = match has("dots") && mailbox.contains(|letter| letter != '.') {
        true => without_dots(),
        false => mailbox.to_owned(),
    };
    (mailbox, provider.domain.to_owned())
}

/// `anything@ann.fastmail.com` is delivered to `ann@fastmail.com`.
fn subdomain_mailbox(domain: &str) -> Option<(String, String)> {
    let (mailbox, rest) = domain.split_once('.')?;
    let provider = provider(rest)?;
    let delivers = provider.rules.split(' ').any(|it| it == "subdomain");
    delivers.then(|| (mailbox.to_owned(), provider.domain.to_owned()))
}

/// What is before the mark; all of it where nothing would be left.
fn before(local: &str, mark: char) -> &str {
    match local.split_once(mark) {
        Some((mailbox, _)) if !mailbox.is_empty() => mailbox,
        _ => local,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn canonical_addresses() {
        let check = |text: &str, expected: &str| {
            let found = EmailParts::parse(text);
            let found = found.map_or_else(|it| it.reason().to_owned(), |it| it.canonical());
            assert_eq!(found, expected, "{text}");
        };
        check("ann@example.com", "ann@example.com");
        check("Ann.Lee+x@Example.com", "ann.lee+x@example.com");
        check("a.n.n+x+y@gmail.com", "ann@gmail.com");
        check("A.N.N@googlemail.com", "ann@gmail.com");
        check("ann.lee+x@outlook.com", "ann.lee@outlook.com");
        check("ann+x@me.com", "ann@icloud.com");
        check("ann-shop@yahoo.co.uk", "ann@yahoo.co.uk");
        check("ann.lee@pm.me", "annlee@proton.me");
        check("shop@ann.fastmail.com", "ann@fastmail.com");
        check("+@gmail.com", "+@gmail.com");
        check("...@gmail.com", "...@gmail.com");
        check("Ann Lee <ann@example.com>", "ann@example.com");
        check("MAILTO:ann@example.com", "ann@example.com");
        check("", "is empty");
        check("ann", "has no `@`");
        check("@example.com", "has nothing before the `@`");
        check("a@b@example.com", "has several `@`");
        check("ann lee@example.com", "has white space inside");
        check("ann@localhost", "has a domain without a dot");
        check("ann@", "has no domain");
        check("a,b@example.com", "has a mailbox that cannot exist");
    }

    #[test]
    fn kinds() {
        let check = |text: &str, free: bool, role: bool, registered: &str| {
            let email = EmailParts::parse(text).unwrap();
            assert_eq!(
                (email.is_free_mail(), email.is_role()),
                (free, role),
                "{text}"
            );
            assert_eq!(email.registered_domain(), registered, "{text}");
        };
        check("info@example.com", false, true, "example.com");
        check("no-reply@mail.example.co.uk", false, true, "example.co.uk");
        check("ann@web.de", true, false, "web.de");
        check("sales+eu@gmail.com", true, true, "gmail.com");
    }

    proptest! {
        #[test]
        fn canonical_is_final(text in "[a-zA-Z.+-]{1,8}@(gmail\\.com|x\\.fastmail\\.com|yahoo\\.de|a\\.b|pm\\.me)|\\PC{0,20}") {
            if let Ok(email) = EmailParts::parse(&text) {
                let again = EmailParts::parse(&email.canonical());
                prop_assert_eq!(again.map(|it| it.canonical()), Ok(email.canonical()));
            }
        }
    }
}
