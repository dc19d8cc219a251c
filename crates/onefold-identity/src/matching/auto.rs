//! From columns alone: what each is, how it is cleaned and compared, and which pairs are worth comparing.

use super::{
    blocking::{Atom, AtomKeys, Part, Rule, count_pairs, parts, rule_key},
    field::{FieldPlan, Fields},
    kind::FieldKind,
    records::Records,
    train::Random,
};

/// What was found out of a column.
struct Profile {
    filled: usize,
    distinct: usize,
    repeated: usize,
    digits: f64,
    at_signs: f64,
    dates: f64,
    leads_with_digit: f64,
    words: f64,
    letters: f64,
    phones: f64,
    initials: f64,
    separators: f64,
    length: f64,
}

fn profile(records: &Records, column: usize) -> Profile {
    let column = &records.columns()[column];
    let mut counts = vec![0_u32; column.values.codes()];
    column.codes.iter().for_each(|code| counts[*code as usize] += 1);
    let filled = column.codes.len() - counts[0] as usize;
    let distinct = column.values.codes() - 1;
    let repeated = counts[1..].iter().filter(|count| **count > 1).count();
    let step = (distinct / 5000).max(1);
    let mut seen = 0.0;
    let mut it = Profile { filled, distinct, repeated, digits: 0.0, at_signs: 0.0, dates: 0.0, leads_with_digit: 0.0, words: 0.0, letters: 0.0, phones: 0.0, initials: 0.0, separators: 0.0, length: 0.0 };
    for text in column.values.texts().step_by(step) {
        seen += 1.0;
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
        let share = |holds: bool| f64::from(u8::from(holds));
        it.digits += share(digits > 0 && letters == 0);
        it.letters += share(letters > 0 && digits == 0);
        it.at_signs += share(text.contains('@'));
        it.dates += share(looks_like_date(text));
        it.leads_with_digit += share(text.starts_with(|letter: char| letter.is_ascii_digit()) && letters > 2);
        it.words += text.split_whitespace().count() as f64;
        it.phones += share((9..=15).contains(&digits) && letters == 0 && (text.starts_with('+') || text.contains(['-', '/', ' ', '('])));
        it.initials += share(text.chars().count() == 1);
        it.separators += share(text.contains("**") || text.contains('|') || text.matches(';').count() > 1);
        it.length += text.chars().count() as f64;
    }
    let seen = f64::max(seen, 1.0);
    for share in [&mut it.digits, &mut it.at_signs, &mut it.dates, &mut it.leads_with_digit, &mut it.words, &mut it.letters, &mut it.phones, &mut it.initials, &mut it.separators, &mut it.length] {
        *share /= seen;
    }
    it
}

fn looks_like_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split(|letter: char| !letter.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let number = |text: &str| text.parse::<u32>().unwrap_or(0);
    let year = |text: &str| text.len() == 4 && (1850..=2100).contains(&number(text));
    match parts.as_slice() {
        [whole] => whole.len() == 8 && year(&whole[..4]) && text.len() == 8,
        [y, m, d] if year(y) => number(m) <= 31 && number(d) <= 31,
        [a, b, y] if year(y) => number(a) <= 31 && number(b) <= 31,
        _ => false,
    }
}

fn name_words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before_lower = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() || (letter.is_uppercase() && before_lower) {
            words.push(String::new());
        }
        before_lower = letter.is_lowercase();
        if letter.is_alphanumeric() {
            words.last_mut().unwrap().extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The plan of fields for these records.
pub(crate) fn propose(records: &Records, never: &[&str]) -> (Vec<FieldPlan>, Vec<String>) {
    let mut plans = Vec::new();
    let mut reasons = Vec::new();
    let names: Vec<&str> = records.names().collect();
    let mut dates: [Option<usize>; 3] = [None; 3];
    for (column, name) in names.iter().enumerate() {
        if never.contains(name) {
            continue;
        }
        let profile = profile(records, column);
        let words = name_words(name);
        match kind_of(&words, &profile, records.rows()) {
            Ok((kind, why)) => {
                reasons.push(format!("`{name}` is compared as {kind:?}: {why}"));
                plans.push(FieldPlan { name: (*name).into(), kind, columns: vec![column] });
            }
            Err(Left::DatePart(part)) if dates[part].is_none() => dates[part] = Some(column),
            Err(Left::DatePart(_)) => {}
            Err(Left::Because(why)) => reasons.push(format!("`{name}` is left out: {why}")),
        }
    }
    match dates {
        [Some(year), Some(month), Some(day)] => {
            reasons.push(format!("`{}`, `{}` and `{}` are one date", names[year], names[month], names[day]));
            plans.push(FieldPlan { name: "date".into(), kind: FieldKind::Date, columns: vec![year, month, day] });
        }
        others => {
            for column in others.into_iter().flatten() {
                plans.push(FieldPlan { name: names[column].into(), kind: FieldKind::HouseNumber, columns: vec![column] });
            }
        }
    }
    plans.truncate(super::compare::FIELDS_MAX);
    (plans, reasons)
}

enum Left {
    Because(String),
    DatePart(usize),
}

fn kind_of(words: &[String], it: &Profile, rows: usize) -> Result<(FieldKind, String), Left> {
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    let joined = words.concat();
    let like = |wanted: &[&str]| wanted.iter().any(|part| joined.contains(part));
    if it.filled == 0 || it.distinct <= 1 {
        return Err(Left::Because("it says the same of everybody".to_owned()));
    }
    if has(&["cluster"]) {
        return Err(Left::Because("its name says that it holds clusters".to_owned()));
    }
    if has(&["source", "src", "dataset", "file"]) {
        return Err(Left::Because("it says where a record came from, not whom it is about".to_owned()));
    }
    if it.at_signs > 0.5 || (like(&["email", "mail"]) && it.at_signs > 0.1) {
        return Ok((FieldKind::Email, "its values have `@`".to_owned()));
    }
    let uniqueness = it.distinct as f64 / it.filled as f64;
    let known_code = like(&["ssn", "socsec", "socialsec", "passport", "nino", "taxid", "nhs", "siren", "siret", "vatid", "licence", "license", "nationalid", "taxnumber", "registration"]);
    if known_code {
        return Ok((FieldKind::Code, "its name is that of a number given once".to_owned()));
    }
    if like(&["phone", "tel", "mobile", "fax", "cell"]) && it.letters < 0.3 {
        return Ok((FieldKind::Phone, "its name is that of a telephone number".to_owned()));
    }
    if it.dates > 0.5 {
        return Ok((FieldKind::Date, "its values are dates".to_owned()));
    }
    let is_number_name = has(&["by", "bm", "bd"]) || like(&["birthyear", "birthmonth", "birthday", "yearofbirth", "monthofbirth", "dayofbirth"]) || (words.len() == 1 && has(&["year", "month", "day"]));
    if is_number_name && it.digits > 0.9 {
        let part = if joined == "by" || like(&["year"]) { 0 } else if joined == "bm" || like(&["month"]) { 1 } else { 2 };
        return Err(Left::DatePart(part));
    }
    let is_serial_name = words.last().is_some_and(|word| matches!(word.as_str(), "id" | "key" | "uuid" | "guid" | "index" | "idx" | "row" | "rownum" | "serial" | "no" | "nr"));
    let single_words = it.words < 1.05;
    if uniqueness > 0.95 && single_words && (it.letters < 0.5 || is_serial_name) && it.phones < 0.5 {
        return Err(Left::Because(format!("{:.0} % of its values are unique: a serial number", uniqueness * 100.0)));
    }
    if is_serial_name && words.len() == 1 {
        return Err(Left::Because("its name is that of a key".to_owned()));
    }
    if it.phones > 0.5 {
        return Ok((FieldKind::Phone, "its values look like telephone numbers".to_owned()));
    }
    if it.separators > 0.3 {
        return Ok((FieldKind::Set, "its cells hold several values".to_owned()));
    }
    if like(&["zip", "postcode", "postal", "plz"]) || joined == "pc" {
        return Ok((FieldKind::Postcode, "its name is that of a postal code".to_owned()));
    }
    if (like(&["streetnumber", "housenumber", "unitnumber", "houseno", "streetno", "unit", "apartment", "flat"])) && it.words < 1.5 {
        return Ok((FieldKind::HouseNumber, "its name is that of a house number".to_owned()));
    }
    if like(&["address", "addr", "street", "road"]) {
        return if it.leads_with_digit > 0.4 {
            Ok((FieldKind::Address, "its values begin with a number and go on with a street".to_owned()))
        } else {
            Ok((FieldKind::Street, "its name is that of a street".to_owned()))
        };
    }
    if has(&["city", "town", "suburb", "locality", "village", "municipality", "place"]) {
        return Ok((FieldKind::Place, "its name is that of a place".to_owned()));
    }
    if has(&["state", "province", "region", "country", "county", "sex", "gender", "nationality"]) {
        return Ok((FieldKind::Category, "its name is that of a category".to_owned()));
    }
    let multiple = it.words > 2.2;
    if !multiple && (like(&["firstname", "givenname", "forename", "vorname", "prenom", "fname", "middle"]) || has(&["first", "given", "middle"])) {
        return Ok((FieldKind::GivenName, "its name is that of a given name".to_owned()));
    }
    if !multiple && (like(&["surname", "lastname", "familyname", "nachname", "lname", "maiden"]) || has(&["last", "family"])) {
        return Ok((FieldKind::Surname, "its name is that of a family name".to_owned()));
    }
    if it.digits > 0.9 {
        return if like(&["lat", "lng", "lon", "price", "amount", "age"]) {
            Ok((FieldKind::Number, "its values are measures".to_owned()))
        } else if uniqueness > 0.2 && it.length > 5.0 {
            Ok((FieldKind::Code, "its values are numbers that few rows share".to_owned()))
        } else {
            Ok((FieldKind::HouseNumber, "its values are numbers".to_owned()))
        };
    }
    if it.distinct <= 40.max(rows / 200) && it.words < 2.0 {
        return Ok((FieldKind::Category, format!("it has {} values only", it.distinct)));
    }
    if it.words > 1.6 {
        return Ok((FieldKind::Title, "its values have several words".to_owned()));
    }
    Ok((FieldKind::Word, "its values are single words".to_owned()))
}

/// Rules that bring together most matches within the budget of pairs, by a simulation of matches that agree as
/// the kinds of fields usually do.
pub(crate) fn propose_rules(fields: &Fields, rows: u32, budget: u64) -> Vec<(Rule, u64)> {
    let atoms: Vec<Atom> = fields
        .iter()
        .enumerate()
        .flat_map(|(field, it)| parts(it.kind).iter().filter(|part| **part != Part::Word).map(move |part| Atom { field, part: *part }))
        .collect();
    let mut rules: Vec<(Rule, u64)> = fields
        .iter()
        .enumerate()
        .filter(|(_, field)| parts(field.kind).contains(&Part::Word))
        .map(|(field, _)| (Rule { atoms: vec![Atom { field, part: Part::Word }] }, 0))
        .collect();
    let keys: Vec<AtomKeys> = atoms.iter().map(|atom| AtomKeys::new(fields, *atom)).collect();
    let stride = (rows / 50_000).max(1);
    let sample: Vec<u32> = (0..rows).step_by(stride as usize).collect();
    let scale = f64::from(stride) * f64::from(stride);
    let mut costs: Vec<(Vec<usize>, f64)> = Vec::new();
    let cost = |chosen: &[usize]| {
        let chosen: Vec<&AtomKeys> = chosen.iter().map(|at| &keys[*at]).collect();
        count_pairs(sample.iter().map(|row| rule_key(fields, &chosen, *row)).collect()) as f64 * scale
    };
    let single: Vec<f64> = (0..atoms.len()).map(|at| cost(&[at])).collect();
    let limit = budget as f64 * 0.5;
    for (at, pairs) in single.iter().enumerate() {
        if *pairs <= limit {
            costs.push((vec![at], *pairs));
        }
    }
    for a in 0..atoms.len() {
        for b in 0..a {
            if atoms[a].field == atoms[b].field || single[a].min(single[b]) <= f64::from(rows) {
                continue;
            }
            let pairs = cost(&[a, b]);
            if pairs <= limit {
                costs.push((vec![b, a], pairs));
            }
        }
    }
    let matches = simulate(fields, &atoms, 4000);
    let mut covered = vec![0_usize; 4000];
    const WORTH: [u32; 4] = [100, 12, 3, 0];
    let mut spent = 0.0;
    let mut taken = vec![false; costs.len()];
    let floor = f64::from(rows) * 0.02 + 10.0;
    loop {
        let mut best: Option<(f64, usize)> = None;
        for (number, (chosen, pairs)) in costs.iter().enumerate() {
            if spent + pairs > budget as f64 {
                continue;
            }
            let gain: u32 = (0..4000).filter(|it| chosen.iter().all(|at| matches[*it] >> at & 1 == 1)).map(|it| WORTH[covered[it]]).sum();
            let value = f64::from(gain) / (pairs + floor);
            if gain > 100 && !taken[number] && best.is_none_or(|(most, _)| value > most) {
                best = Some((value, number));
            }
        }
        let Some((_, number)) = best else { break };
        taken[number] = true;
        let (chosen, pairs) = costs[number].clone();
        for (it, covered) in covered.iter_mut().enumerate() {
            *covered = (*covered + usize::from(chosen.iter().all(|at| matches[it] >> at & 1 == 1))).min(3);
        }
        spent += pairs;
        rules.push((Rule { atoms: chosen.iter().map(|at| atoms[*at]).collect() }, pairs as u64));
        if rules.len() >= 24 {
            break;
        }
    }
    rules
}

/// Made-up matches: for each, a bit an atom that says whether the two rows agree in it.
fn simulate(fields: &Fields, atoms: &[Atom], count: usize) -> Vec<u64> {
    let mut random = Random(11);
    let mut unit = move || (random.next() >> 11) as f64 / (1_u64 << 53) as f64;
    let mut out = Vec::with_capacity(count);
    for _ in 0..count {
        let mut bits = 0_u64;
        let mut state: Vec<(u8, f64)> = Vec::new();
        for field in fields.iter() {
            let rows = fields.rows().max(1) as f64;
            let filled = 1.0 - f64::from(field.counts[0]) / rows;
            let both = filled * filled;
            let levels = field.kind.levels();
            let (equal, different) = (levels.last().unwrap().match_prior, levels[0].match_prior);
            let draw = unit();
            let state_of = if unit() > both { 0 } else if draw < equal { 2 } else if draw < 1.0 - different { 1 } else { 0 };
            state.push((state_of, unit()));
        }
        for (at, atom) in atoms.iter().enumerate().take(64) {
            let (state, luck) = state[atom.field];
            let holds = match (state, atom.part) {
                (2, _) => true,
                (1, Part::Sound) => luck < 0.6,
                (1, Part::Prefix(_)) => luck > 0.3,
                (1, Part::Suffix(_)) => luck < 0.5,
                (1, Part::Root) => luck < 0.5,
                (1, Part::Year) => luck < 0.6,
                (1, Part::MonthDay) => luck > 0.6,
                _ => false,
            };
            bits |= u64::from(holds) << at;
        }
        out.push(bits);
    }
    out
}
