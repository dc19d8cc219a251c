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
    // No calling code starts with another, so the first that fits is the one.
    let mut plans = PLANS.iter();
    let Some(plan) = plans.find(|plan| digits.starts_with(plan.calling_code)) else {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, region: &str, expected: &str) {
        let region = Region::new(region).ok();
        assert_eq!(
            normalise(text, region).unwrap_or_else(str::to_owned),
            expected,
            "{text}"
        );
    }

    #[test]
    fn international() {
        check("+49 30 123456", "", "+4930123456");
        check("0049 30 123456", "", "+4930123456");
        check("+49 (0) 30 123456", "", "+4930123456");
        check("+49 0170 1234567", "", "+491701234567");
        check("+1 (415) 555-2671", "DE", "+14155552671");
        check("011 44 20 7946 0018", "US", "+442079460018");
        check("+39 06 1234 5678", "", "+390612345678");
        check("\u{a0}+44 20\u{2011}7946 0018 ", "", "+442079460018");
    }

    #[test]
    fn national() {
        check("0170/1234567", "DE", "+491701234567");
        check("(415) 555-2671", "US", "+14155552671");
        check("1-415-555-2671", "CA", "+14155552671");
        check("8 (916) 123-45-67", "RU", "+79161234567");
        check("06 30 123 4567", "HU", "+36301234567");
        check("06 1234 5678", "IT", "+390612345678");
        check("06 12 34 56 78", "FR", "+33612345678");
        // A spreadsheet took the zero; nine digits are a whole French number all the same.
        check("612345678", "FR", "+33612345678");
        check("777 123 456", "CZ", "+420777123456");
    }

    #[test]
    fn refused() {
        check(
            "030123456",
            "",
            "has no country: it starts with neither `+` nor `00`, and no region is given",
        );
        check("123456", "DE", "is a local number without its area code");
        check(
            "+999 123456",
            "",
            "has a country calling code that does not exist",
        );
        check(
            "+33 1 23",
            "",
            "has a length that its country does not have",
        );
        check(
            "+1 115 555 2671",
            "",
            "has a length that its country does not have",
        );
        check(
            "0800-FLOWERS",
            "DE",
            "has characters other than digits and separators",
        );
        check(
            "++4930123456",
            "",
            "has characters other than digits and separators",
        );
        check(" () ", "DE", "has no digits");
        check(
            "030123456",
            "ZZ",
            "is in a region that has no numbering plan",
        );
        check("+49 000", "", "has a length that its country does not have");
    }

    #[test]
    fn a_calling_code_starts_no_other_and_a_region_has_one_plan() {
        for (at, plan) in PLANS.iter().enumerate() {
            for other in PLANS.iter().skip(at + 1) {
                assert!(
                    !other.calling_code.starts_with(plan.calling_code),
                    "{other:?}"
                );
                let shared = plan
                    .regions
                    .split(' ')
                    .find(|region| other.regions.contains(region));
                assert_eq!(shared, None, "{other:?}");
            }
            assert!(plan.length_min <= plan.length_max, "{plan:?}");
            assert!(plan.calling_code.len() + plan.length_max <= 15, "{plan:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_normal_form_is_its_own(text in "[+0-9 ()/-]{0,20}", region in 0..PLANS.len()) {
            let region = PLANS[region].regions.get(..2).and_then(|code| Region::new(code).ok());
            if let Ok(number) = normalise(&text, region) {
                proptest::prop_assert_eq!(normalise(&number, None), Ok(number));
            }
        }
    }
}
