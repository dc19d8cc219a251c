//! The codes of mistakes and lints: `SEG0015` stays what it is, whatever its message says.
//!
//! Invariant: a code is never given a second meaning, and every diagnostic of this crate has one in front of
//! its message.

use onefold_event::Diagnostic;

macro_rules! codes {
    ($($name:ident = $number:literal, $about:literal;)*) => {
        /// What kind of mistake or lint it is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $about] $name = $number,)*
        }

        impl Code {
            /// Every code, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// What it is about, in one line.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$name => $about,)* }
            }
        }
    };
}

codes! {
    Sign = 1, "a sign that has no meaning";
    OpenText = 2, "text in quotes without an end, or with a backslash that means nothing";
    LongNumber = 3, "a number of more than 28 digits";
    NoTime = 4, "a date or time that does not exist";
    Expected = 5, "something else was expected here";
    ReservedName = 6, "a word of the language where a name was expected";
    TooDeep = 7, "nested too deep, or too many operations in a row";
    Repeated = 8, "a part that may stand once stands twice";
    BareWord = 9, "text without quotes";
    UnitOfTime = 10, "no unit of time, or a calendar word in its place";
    Version = 11, "a version of the language that is not known here";
    UnknownEvent = 12, "an event that was never seen";
    UnknownProperty = 13, "a property that the event was never seen with";
    UnknownTrait = 14, "a trait that nobody has";
    UnknownSegment = 15, "a segment that is not defined";
    DefinedTwice = 16, "a name that is defined twice";
    Cycle = 17, "a definition that leads back to itself";
    LongChain = 18, "too many segments or traits that refer to each other";
    Name = 19, "a name that is empty, too long or has control characters";
    Types = 20, "a test that does not fit the kind of value";
    List = 21, "a list that is empty, too long or of several types";
    Range = 22, "a range that nothing lies in";
    Window = 23, "a window that ends before it begins";
    Duration = 24, "a length of time that is zero or too long";
    WrongPlace = 25, "a condition on the person in the filter of an event";
    Incomplete = 26, "a part is missing";
    StepName = 27, "a name of a step that is repeated, unknown or of a later step";
    Sequence = 28, "a sequence that is too long or speaks of too many steps";
    Percentage = 29, "a percentage outside 0 to 100, or with more than 6 decimals";
    Form = 30, "something that must be written in another form";
    Zone = 31, "a time zone that is not known";
    Entity = 32, "a condition that is not about this kind of thing";
    Universe = 33, "a universe that does not fit";
    MemberFunction = 34, "a function that members have no order for";
    Currency = 35, "a currency that stands where none can be";
    Count = 36, "a number that cannot be counted so";
    Size = 37, "more text or definitions than are allowed";
    Json = 38, "JSON that is no library";
    NeverFits = 51, "a test that no value seen so far can pass, by its type";
    NeverTrue = 52, "a condition that nobody can meet";
    AlwaysTrue = 53, "a condition that everybody meets";
    Retention = 54, "a window that reaches back further than events are kept";
    Purpose = 55, "personal data without a purpose";
    NoEffect = 56, "a part that changes nothing";
}

impl Code {
    /// The message with the code in front.
    pub(crate) fn tell(self, message: impl std::fmt::Display) -> Diagnostic {
        Diagnostic::new(format!("{self} {message}"))
    }

    /// The code of a diagnostic of this crate.
    ///
    /// ```
    /// use onefold_segment::{Code, Library};
    /// let error = Library::parse("segment a = in b").unwrap_err();
    /// assert_eq!(Code::of(&error.diagnostics()[0]), Some(Code::UnknownSegment));
    /// assert_eq!(Code::UnknownSegment.to_string(), "SEG0015");
    /// ```
    pub fn of(diagnostic: &Diagnostic) -> Option<Self> {
        let digits = diagnostic.message.strip_prefix("SEG")?.get(..4)?;
        let number: u16 = digits.parse().ok()?;
        let mut all = Self::ALL.iter().copied();
        all.find(|code| *code as u16 == number)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SEG{:04}", *self as u16)
    }
}
