//! Calls: which function a name means, and the arguments that must be literals.

use std::{ops::Range, sync::Arc};

use super::{
    super::{
        super::{
            pattern::Pattern,
            similarity::Measure,
            time::{TimeFormat, Unit},
        },
        Expression, Failing, Function, Matching,
        lexer::Token,
    },
    Mistake, Parsed, Parser,
};

/// Names of the functions that are not in [`Function`].
const SPECIAL: [&str; 34] = [
    "jaro_winkler_similarity",
    "jaro_similarity",
    "levenshtein",
    "editdist3",
    "damerau_levenshtein",
    "jaccard",
    "hamming",
    "mismatches",
    "regexp_extract",
    "regexp_replace",
    "regexp_matches",
    "regexp_full_match",
    "strptime",
    "try_strptime",
    "date_diff",
    "datediff",
    "date_part",
    "datepart",
    "year",
    "month",
    "day",
    "hour",
    "minute",
    "second",
    "quarter",
    "list_transform",
    "array_transform",
    "list_apply",
    "list_filter",
    "array_filter",
    "list_value",
    "list_extract",
    "array_extract",
    "if",
];

fn measure(name: &str) -> Option<Measure> {
    Some(match name {
        "jaro_winkler_similarity" => Measure::JaroWinkler,
        "jaro_similarity" => Measure::Jaro,
        "levenshtein" | "editdist3" => Measure::Levenshtein,
        "damerau_levenshtein" => Measure::DamerauLevenshtein,
        "jaccard" => Measure::Jaccard,
        "hamming" | "mismatches" => Measure::Hamming,
        _ => return None,
    })
}

/// A call as it was read.
struct Call<'n> {
    name: &'n str,
    span: Range<usize>,
    arguments: Vec<Expression>,
}

impl Parser<'_> {
    /// `name(a, b)`, at the name.
    pub(super) fn call(&mut self, name: &str) -> Parsed {
        let span = self.span();
        self.place += 2;
        match name {
            "list_transform" | "array_transform" | "list_apply" => self.lambda(Expression::Each),
            "list_filter" | "array_filter" => self.lambda(Expression::Filter),
            _ => {
                let arguments = self.list(")")?;
                let call = Call {
                    name,
                    span,
                    arguments,
                };
                Ok(self.called(call).unwrap_or(Expression::Missing))
            }
        }
    }

    /// `list, x -> expression)` and `list, lambda x: expression)`.
    fn lambda(&mut self, make: fn(Box<str>, Box<[Expression; 2]>) -> Expression) -> Parsed {
        let list = self.any()?;
        self.expect(",")?;
        let is_worded = self.eat_word("lambda");
        let Some(Token::Word(variable)) = self.token().cloned() else {
            return Err(self.stop("a function of one variable is expected here: `x -> ..`"));
        };
        self.place += 1;
        self.expect(if is_worded { ":" } else { "->" })?;
        self.variables.push(variable.clone());
        let body = self.any();
        let _ = self.variables.pop();
        self.expect(")")?;
        Ok(make(variable.into(), Box::new([list, body?])))
    }

    /// The meaning of a call, or nothing where mistakes were noted.
    fn called(&mut self, call: Call<'_>) -> Option<Expression> {
        if let Some(function) = Function::named(call.name) {
            let (least, most) = function.arity();
            self.counted(&call, least, most)?;
            return Some(Expression::Call(function, call.arguments));
        }
        if let Some(measure) = measure(call.name) {
            let two = self.two(call)?;
            return Some(Expression::Similar(measure, two));
        }
        match call.name {
            "regexp_extract" | "regexp_replace" | "regexp_matches" | "regexp_full_match" => {
                self.matching(call)
            }
            "strptime" => self.strptime(call, Failing::Stops),
            "try_strptime" => self.strptime(call, Failing::Misses),
            "date_diff" | "datediff" | "date_part" | "datepart" => self.units(call),
            "list_value" => Some(Expression::List(call.arguments)),
            "list_extract" | "array_extract" => self.two(call).map(Expression::Item),
            "if" => {
                self.counted(&call, 3, 3)?;
                let [condition, then, otherwise] = three(call.arguments)?;
                Some(Expression::Case(
                    vec![[condition, then]],
                    Some(otherwise.into()),
                ))
            }
            name => match Unit::named(name).filter(|_| SPECIAL.contains(&name)) {
                Some(unit) => {
                    self.counted(&call, 1, 1)?;
                    Some(Expression::Part(
                        unit,
                        call.arguments.into_iter().next()?.into(),
                    ))
                }
                None => self.unknown(&call),
            },
        }
    }

    fn unknown(&mut self, call: &Call<'_>) -> Option<Expression> {
        let names = || Function::names().chain(SPECIAL);
        let near = |known: &&str| distance(known, call.name) <= 2 || known.contains(call.name);
        let nearest = names()
            .filter(near)
            .min_by_key(|known| distance(known, call.name));
        let help = nearest.map_or_else(
            || {
                let mut known: Vec<&str> = names().collect();
                known.sort_unstable();
                format!("understood are {}", known.join(", "))
            },
            |known| format!("did you mean `{known}`?"),
        );
        self.wrong(
            call,
            format!("the function `{}` is not understood", call.name),
            Some(help),
        )
    }

    fn wrong<T>(&mut self, call: &Call<'_>, message: String, help: Option<String>) -> Option<T> {
        self.mistakes.push(Mistake {
            message,
            span: call.span.clone(),
            help,
        });
        None
    }

    fn counted(&mut self, call: &Call<'_>, least: usize, most: usize) -> Option<()> {
        let count = call.arguments.len();
        if (least..=most).contains(&count) {
            return Some(());
        }
        let takes = match (least, most) {
            (least, most) if least == most => least.to_string(),
            (least, usize::MAX) => format!("at least {least}"),
            (least, most) => format!("{least} to {most}"),
        };
        let message = format!("`{}` has {count} arguments and takes {takes}", call.name);
        self.wrong(call, message, None)
    }

    fn two(&mut self, call: Call<'_>) -> Option<Box<[Expression; 2]>> {
        self.counted(&call, 2, 2)?;
        <[Expression; 2]>::try_from(call.arguments)
            .ok()
            .map(Box::new)
    }

    /// The literal text in this place, if there is an argument.
    fn text(&mut self, call: &Call<'_>, place: usize) -> Option<Option<Box<str>>> {
        match call.arguments.get(place) {
            None => Some(None),
            Some(Expression::Text(text)) => Some(Some(text.clone())),
            Some(_) => {
                let message = format!(
                    "argument {} of `{}` is no literal text",
                    place + 1,
                    call.name
                );
                self.wrong(call, message, Some("write it in quotes".into()))
            }
        }
    }

    /// The four functions of regular expressions.
    fn matching(&mut self, call: Call<'_>) -> Option<Expression> {
        let (least, most) = match call.name {
            "regexp_extract" => (2, 4),
            "regexp_replace" => (3, 4),
            _ => (2, 3),
        };
        self.counted(&call, least, most)?;
        let pattern = self.text(&call, 1)??;
        let options = self.text(&call, most - 1)?.unwrap_or_default();
        let matching = match call.name {
            "regexp_extract" => Matching::Extract(self.group(&call)?),
            "regexp_replace" => Matching::Replace(self.text(&call, 2)??),
            "regexp_matches" => Matching::IsIn,
            _ => Matching::IsWhole,
        };
        let read = match matching {
            Matching::IsWhole => Pattern::read_whole(&pattern, &options),
            _ => Pattern::read(&pattern, &options),
        };
        match read {
            Ok(pattern) => {
                let of = call.arguments.into_iter().next()?;
                Some(Expression::Match(matching, of.into(), Arc::new(pattern)))
            }
            Err(message) => self.wrong(&call, message, None),
        }
    }

    fn group(&mut self, call: &Call<'_>) -> Option<usize> {
        match call.arguments.get(2) {
            None => Some(0),
            Some(Expression::Number(group))
                if (0.0..=9.0).contains(group) && group.fract() == 0.0 =>
            {
                Some(*group as usize)
            }
            Some(_) => {
                let message = format!("argument 3 of `{}` is no group from 0 to 9", call.name);
                self.wrong(call, message, None)
            }
        }
    }

    fn strptime(&mut self, call: Call<'_>, failing: Failing) -> Option<Expression> {
        self.counted(&call, 2, 2)?;
        let texts: Option<Vec<&str>> = match call.arguments.get(1)? {
            Expression::Text(text) => Some(vec![text]),
            Expression::List(list) => list.iter().map(literal).collect(),
            _ => None,
        };
        let Some(texts) = texts.filter(|texts| !texts.is_empty()) else {
            let message = format!("the format of `{}` is no literal text", call.name);
            return self.wrong(&call, message, Some("such as '%Y-%m-%d'".into()));
        };
        let formats: Result<Vec<TimeFormat>, String> =
            texts.into_iter().map(TimeFormat::read).collect();
        match formats {
            Ok(formats) => {
                let of = call.arguments.into_iter().next()?;
                Some(Expression::Strptime(of.into(), formats.into(), failing))
            }
            Err(message) => self.wrong(&call, message, None),
        }
    }

    /// `date_diff('day', a, b)` and `date_part('year', a)`.
    fn units(&mut self, call: Call<'_>) -> Option<Expression> {
        let is_part = call.name.ends_with("part");
        let count = if is_part { 2 } else { 3 };
        self.counted(&call, count, count)?;
        let name = self.text(&call, 0)??;
        let Some(unit) = Unit::named(&name) else {
            let known: Vec<&str> = Unit::ALL.iter().map(|(name, _)| *name).collect();
            let help = format!("understood are {}", known.join(", "));
            return self.wrong(
                &call,
                format!("the unit `{name}` is not understood"),
                Some(help),
            );
        };
        let mut arguments = call.arguments;
        if is_part {
            return Some(Expression::Part(unit, arguments.pop()?.into()));
        }
        let [_, from, to] = three(arguments)?;
        Some(Expression::Between(unit, Box::new([from, to])))
    }
}

fn literal(expression: &Expression) -> Option<&str> {
    match expression {
        Expression::Text(text) => Some(text),
        _ => None,
    }
}

fn three(arguments: Vec<Expression>) -> Option<[Expression; 3]> {
    arguments.try_into().ok()
}

/// How far two names are apart.
fn distance(a: &str, b: &str) -> usize {
    Measure::DamerauLevenshtein
        .of(a, b)
        .map_or(usize::MAX, |edits| edits as usize)
}
