//! Telephone numbers in E.164.
//!
//! Invariant: a normalised number is `+`, an existing country calling code, and a national number of
//! a length which that country has. Nothing is guessed: a number that could be read in two ways is
//! refused, because a wrong number would make two people one.

mod plans;

use plans::{PLANS, Plan};

use super::Region;

/// The number in E.164, or what is wrong with it.
pub(super) fn normalise(text: &str, region: Option<Region>) -> Result<String, &'static str> {
    let (international, digits) = digits(text)?;
    let plan = region.map(plan_of_region).transpose()?;
    let prefix = match plan {
        // North America dials abroad by 011; 00 is the prefix nearly everywhere else.
        Some(plan) if plan.calling_code == "1" => "011",
        _ => "00",
    };
    if international {
        return international_number(&digits);
    }
    if let Some(rest) = digits.strip_prefix(prefix) {
        return international_number(rest);
    }
    match plan {
        Some(plan) => national_number(plan, &digits),
        None => Err("has no country: it starts with neither `+` nor `00`, and no region is given"),
    }
}

/// The digits, and whether a `+` came before them. A `(0)` after the calling code is left out.
fn digits(text: &str) -> Result<(bool, String), &'static str> {
    let text = text.trim();
    let (international, rest) = match text.strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let rest = rest.replacen(
        "(0)",
        "",
        usize::from(international || rest.starts_with("00")),
    );
    let separators = [
        ' ', '.', '-', '/', '(', ')', '\u{a0}', '\u{2010}', '\u{2011}', '\u{2013}',
    ];
    let kept: String = rest.chars().filter(|c| !separators.contains(c)).collect();
    if kept.is_empty() {
        return Err("has no digits");
    }
    match kept.bytes().all(|b| b.is_ascii_digit()) {
        true => Ok((international, kept)),
        false => Err("has characters other than digits and separators"),
    }
}

fn international_number(digits: &str) -> Result<String, &'static str> {
    let plan = PLANS
        .iter()
        .filter(|plan| digits.starts_with(plan.calling_code))
        .max_by_key(|plan| plan.calling_code.len());
    let Some(plan) = plan else {
        return Err("has a country calling code that does not exist");
    };
    let national = digits.get(plan.calling_code.len()..).unwrap_or_default();
    match plan.accepts(national) {
        true => Ok(plan.international(national)),
        // Some write the trunk prefix behind the calling code: +49 0170 ...
        false => plan
            .without_trunk_prefix(national)
            .map(|national| plan.international(national))
            .ok_or("has a length that its country does not have"),
    }
}

fn national_number(plan: &Plan, digits: &str) -> Result<String, &'static str> {
    if let Some(national) = plan.without_trunk_prefix(digits) {
        return Ok(plan.international(national));
    }
    // Where lengths vary, a number without its trunk prefix may be a local one of any town.
    let whole = plan.trunk_prefix.is_empty() || plan.length_min == plan.length_max;
    if whole && plan.accepts(digits) {
        return Ok(plan.international(digits));
    }
    match plan.trunk_prefix.is_empty() || digits.starts_with(plan.trunk_prefix) || whole {
        true => Err("has a length that its country does not have"),
        false => Err("is a local number without its area code"),
    }
}

fn plan_of_region(region: Region) -> Result<&'static Plan, &'static str> {
    let code = region.as_str();
    PLANS
        .iter()
        .find(|plan| plan.regions.split(' ').any(|region| region == code))
        .ok_or("is in a region that has no numbering plan")
}

impl Plan {
    fn accepts(&self, national: &str) -> bool {
        let length = (self.length_min..=self.length_max).contains(&national.len());
        // A national number does not start with its own trunk prefix.
        let trunk = self.trunk_prefix == "0" && national.starts_with('0');
        let north_american = self.calling_code != "1"
            || [0, 3]
                .iter()
                .all(|at| national.as_bytes().get(*at).is_some_and(|b| *b >= b'2'));
        length && !trunk && north_american
    }

    fn without_trunk_prefix<'a>(&self, digits: &'a str) -> Option<&'a str> {
        let rest = digits.strip_prefix(self.trunk_prefix)?;
        (!self.trunk_prefix.is_empty() && self.accepts(rest)).then_some(rest)
    }

    fn international(&self, national: &str) -> String {
        format!("+{}{national}", self.calling_code)
    }
}
