//! E-mail addresses in one form.

/// The address, trimmed and lower-case, or what is wrong with it.
///
/// Lower case is right for the domain by RFC 5321 and a choice for the local part, which a mail
/// system may read by case and none in use does. Dots and `+tags` are kept: dropping them is the
/// habit of one provider and would make two people one elsewhere. The domain is not turned into its
/// ASCII form, so an internationalised domain and its `xn--` form are two addresses.
pub(super) fn normalise(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let Some((local, domain)) = text.rsplit_once('@') else {
        return Err("has no `@`");
    };
    check_local(local)?;
    check_domain(domain)?;
    if text.len() > 254 {
        return Err("is longer than 254 bytes");
    }
    Ok(text.to_lowercase())
}

fn check_local(local: &str) -> Result<(), &'static str> {
    if local.is_empty() {
        return Err("has nothing before its `@`");
    }
    if local.len() > 64 {
        return Err("has more than 64 bytes before its `@`");
    }
    if local.split('.').any(str::is_empty) {
        return Err("has a dot at an end or two dots in a row before its `@`");
    }
    let legal =
        |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    match local.chars().all(|c| legal(c) && !unprintable(c)) {
        true => Ok(()),
        false => Err("has a character that an address cannot have before its `@`"),
    }
}

fn check_domain(domain: &str) -> Result<(), &'static str> {
    if !domain.contains('.') {
        return Err("has no dot after its `@`");
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| {
                (!c.is_ascii() && !unprintable(c)) || c.is_ascii_alphanumeric() || c == '-'
            })
    };
    let ends_in_digits = |domain: &str| {
        let last = domain.rsplit('.').next().unwrap_or_default();
        last.bytes().all(|b| b.is_ascii_digit())
    };
    match domain.split('.').all(label) && !ends_in_digits(domain) {
        true => Ok(()),
        false => Err("has something after its `@` that is not a domain name"),
    }
}

fn unprintable(c: char) -> bool {
    c.is_control()
        || c.is_whitespace()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}')
}
