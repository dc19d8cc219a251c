//! The functions that need no more than their arguments.
//!
//! Invariant: a name has one meaning, and a function is called with as many arguments as it takes.

use super::super::value::Kind;

/// A function of DuckDB; several names may mean one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Function {
    Lower,
    Upper,
    Trim,
    TrimStart,
    TrimEnd,
    Length,
    Substring,
    Left,
    Right,
    Concat,
    ConcatWith,
    SplitPart,
    Split,
    Replace,
    Contains,
    StartsWith,
    EndsWith,
    NullIf,
    Coalesce,
    Greatest,
    Least,
    Absolute,
    Round,
    Floor,
    Ceiling,
    SquareRoot,
    Power,
    NaturalLogarithm,
    Logarithm2,
    Logarithm10,
    Exponential,
    Radians,
    Degrees,
    Sine,
    Cosine,
    Tangent,
    ArcSine,
    ArcCosine,
    ArcTangent,
    Epoch,
    ListLength,
    ListIntersect,
    ListDistinct,
    ListContains,
    ListHasAny,
    ListMaximum,
    ListMinimum,
    ListConcat,
    ListJoin,
    Flatten,
    CosineSimilarity,
}

/// Any number of arguments.
const MANY: usize = usize::MAX;

struct Entry {
    function: Function,
    /// The first is the one that is printed.
    names: &'static [&'static str],
    least: usize,
    most: usize,
    /// As what an argument that is a bare column is read.
    takes: Option<Kind>,
}

const fn entry(
    function: Function,
    names: &'static [&'static str],
    (least, most): (usize, usize),
    takes: Option<Kind>,
) -> Entry {
    Entry {
        function,
        names,
        least,
        most,
        takes,
    }
}

const TEXT: Option<Kind> = Some(Kind::Text);
const NUMBER: Option<Kind> = Some(Kind::Number);
const INSTANT: Option<Kind> = Some(Kind::Instant);
const LIST: Option<Kind> = Some(Kind::List);

static ENTRIES: [Entry; 51] = [
    entry(Function::Lower, &["lower", "lcase"], (1, 1), TEXT),
    entry(Function::Upper, &["upper", "ucase"], (1, 1), TEXT),
    entry(Function::Trim, &["trim"], (1, 2), TEXT),
    entry(Function::TrimStart, &["ltrim"], (1, 2), TEXT),
    entry(Function::TrimEnd, &["rtrim"], (1, 2), TEXT),
    entry(
        Function::Length,
        &["length", "len", "char_length", "character_length"],
        (1, 1),
        None,
    ),
    entry(Function::Substring, &["substring", "substr"], (2, 3), None),
    entry(Function::Left, &["left"], (2, 2), None),
    entry(Function::Right, &["right"], (2, 2), None),
    entry(Function::Concat, &["concat"], (1, MANY), None),
    entry(Function::ConcatWith, &["concat_ws"], (2, MANY), None),
    entry(Function::SplitPart, &["split_part"], (3, 3), None),
    entry(
        Function::Split,
        &["string_split", "str_split", "split", "string_to_array"],
        (2, 2),
        TEXT,
    ),
    entry(Function::Replace, &["replace"], (3, 3), TEXT),
    entry(Function::Contains, &["contains"], (2, 2), TEXT),
    entry(
        Function::StartsWith,
        &["starts_with", "prefix"],
        (2, 2),
        TEXT,
    ),
    entry(Function::EndsWith, &["ends_with", "suffix"], (2, 2), TEXT),
    entry(Function::NullIf, &["nullif"], (2, 2), None),
    entry(Function::Coalesce, &["coalesce", "ifnull"], (1, MANY), None),
    entry(Function::Greatest, &["greatest"], (1, MANY), None),
    entry(Function::Least, &["least"], (1, MANY), None),
    entry(Function::Absolute, &["abs"], (1, 1), NUMBER),
    entry(Function::Round, &["round"], (1, 2), NUMBER),
    entry(Function::Floor, &["floor"], (1, 1), NUMBER),
    entry(Function::Ceiling, &["ceil", "ceiling"], (1, 1), NUMBER),
    entry(Function::SquareRoot, &["sqrt"], (1, 1), NUMBER),
    entry(Function::Power, &["power", "pow"], (2, 2), NUMBER),
    entry(Function::NaturalLogarithm, &["ln"], (1, 1), NUMBER),
    entry(Function::Logarithm2, &["log2"], (1, 1), NUMBER),
    entry(Function::Logarithm10, &["log10", "log"], (1, 1), NUMBER),
    entry(Function::Exponential, &["exp"], (1, 1), NUMBER),
    entry(Function::Radians, &["radians"], (1, 1), NUMBER),
    entry(Function::Degrees, &["degrees"], (1, 1), NUMBER),
    entry(Function::Sine, &["sin"], (1, 1), NUMBER),
    entry(Function::Cosine, &["cos"], (1, 1), NUMBER),
    entry(Function::Tangent, &["tan"], (1, 1), NUMBER),
    entry(Function::ArcSine, &["asin"], (1, 1), NUMBER),
    entry(Function::ArcCosine, &["acos"], (1, 1), NUMBER),
    entry(Function::ArcTangent, &["atan"], (1, 1), NUMBER),
    entry(Function::Epoch, &["epoch"], (1, 1), INSTANT),
    entry(
        Function::ListLength,
        &["array_length", "list_length"],
        (1, 1),
        LIST,
    ),
    entry(
        Function::ListIntersect,
        &["list_intersect", "array_intersect"],
        (2, 2),
        LIST,
    ),
    entry(
        Function::ListDistinct,
        &["list_distinct", "array_distinct"],
        (1, 1),
        LIST,
    ),
    entry(
        Function::ListContains,
        &["list_contains", "array_contains", "list_has"],
        (2, 2),
        None,
    ),
    entry(
        Function::ListHasAny,
        &["list_has_any", "array_has_any"],
        (2, 2),
        LIST,
    ),
    entry(
        Function::ListMaximum,
        &["list_max", "array_max"],
        (1, 1),
        LIST,
    ),
    entry(
        Function::ListMinimum,
        &["list_min", "array_min"],
        (1, 1),
        LIST,
    ),
    entry(
        Function::ListConcat,
        &["list_concat", "array_concat", "list_cat"],
        (2, 2),
        LIST,
    ),
    entry(Function::ListJoin, &["array_to_string"], (2, 2), None),
    entry(Function::Flatten, &["flatten"], (1, 1), LIST),
    entry(
        Function::CosineSimilarity,
        &["list_cosine_similarity", "array_cosine_similarity"],
        (2, 2),
        LIST,
    ),
];

impl Function {
    /// A function by its name in lower case.
    pub(crate) fn named(name: &str) -> Option<Self> {
        ENTRIES
            .iter()
            .find(|entry| entry.names.contains(&name))
            .map(|entry| entry.function)
    }

    /// Every name that is known.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        ENTRIES.iter().flat_map(|entry| entry.names).copied()
    }

    pub(crate) fn name(self) -> &'static str {
        self.entry()
            .and_then(|entry| entry.names.first())
            .copied()
            .unwrap_or_default()
    }

    /// How many arguments it takes at least and at most.
    pub(crate) fn arity(self) -> (usize, usize) {
        self.entry()
            .map_or((0, MANY), |entry| (entry.least, entry.most))
    }

    /// As what a bare column in this place is read; nothing where any value will do.
    pub(crate) fn takes(self, place: usize) -> Option<Kind> {
        match (self, place) {
            (Self::ListContains | Self::ListJoin, 0) => LIST,
            (Self::Substring | Self::Left | Self::Right | Self::SplitPart, 0) => TEXT,
            _ => self.entry().and_then(|entry| entry.takes),
        }
    }

    fn entry(self) -> Option<&'static Entry> {
        ENTRIES.iter().find(|entry| entry.function == self)
    }
}
