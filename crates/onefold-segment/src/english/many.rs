//! Ranks, samples, members, organisations and consent, in words.

use super::{quoted, value};
use crate::ast::{Band, ConsentState, Count, Predicate, Quantifier};

pub(super) fn clause(predicate: &Predicate) -> String {
    match predicate {
        Predicate::Rank { band, by } => {
            format!("who are {} by {}", rank(*band), value::quantity(by))
        }
        Predicate::Sample { from, to, salt } => {
            let salt = quoted(salt);
            if from.is_zero() {
                format!("who fall into the fixed random {to} % of the draw {salt}")
            } else {
                format!("who fall between {from} % and {to} % of the fixed random draw {salt}")
            }
        }
        Predicate::Members {
            quantifier,
            role,
            that,
        } => group(*quantifier, "member", role.as_deref(), that),
        Predicate::Organisations {
            quantifier,
            role,
            that,
        } => group(*quantifier, "organisation", role.as_deref(), that),
        Predicate::Consent {
            purpose,
            channel,
            is,
        } => {
            let by = channel.as_ref();
            let by = by.map_or(String::new(), |by| format!(" by {}", quoted(by)));
            let purpose = quoted(purpose);
            match is {
                ConsentState::Granted => format!("who agreed to {purpose}{by}"),
                ConsentState::Denied => format!("who refused {purpose}{by}"),
                ConsentState::Unknown => format!("who said nothing valid about {purpose}{by}"),
            }
        }
        _ => String::new(),
    }
}

fn rank(band: Band) -> String {
    match band {
        Band::Top(count) => format!("among the {count} highest"),
        Band::Bottom(count) => format!("among the {count} lowest"),
        Band::TopPercent(share) => format!("in the top {share} %"),
        Band::BottomPercent(share) => format!("in the bottom {share} %"),
        Band::Percentile { from, to } => format!("between the percentiles {from} and {to}"),
    }
}

fn group(quantifier: Quantifier, noun: &str, role: Option<&str>, that: &Predicate) -> String {
    let role = role.map_or(String::new(), |role| match noun {
        "member" => format!(" with the role {}", quoted(role)),
        _ => format!(" in which they have the role {}", quoted(role)),
    });
    let some = match quantifier {
        Quantifier::All => format!("only {noun}s"),
        Quantifier::Count(Count::AtLeast(1)) => format!("at least one {noun}"),
        Quantifier::Count(count) => {
            let (how, number) = super::behaviour::count(count);
            format!("{how} {}", super::counted(number, noun))
        }
        Quantifier::AtLeastPercent(share) => {
            return format!(
                "at least {share} % of whose {noun}s{role} are such [{}]",
                super::clause(that)
            );
        }
    };
    format!("who have {some}{role} [{}]", super::clause(that))
}
