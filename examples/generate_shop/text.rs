//! Writing JSON objects and CSV rows by hand, to the byte.

/// A JSON object under construction; keys stay in the order written.
#[derive(Debug, Default)]
pub(crate) struct Object(String);

impl Object {
    /// An empty object.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A member whose value is text.
    pub(crate) fn text(self, key: &str, value: &str) -> Self {
        self.json(key, &quoted(value))
    }

    /// A member whose value is text, left out if there is none.
    pub(crate) fn maybe(self, key: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(key, value),
            None => self,
        }
    }

    /// A member whose value is JSON already.
    pub(crate) fn json(mut self, key: &str, value: &str) -> Self {
        if !self.0.is_empty() {
            self.0.push(',');
        }
        self.0.push_str(&format!("{}:{value}", quoted(key)));
        self
    }

    /// A member whose value is a number.
    pub(crate) fn number(self, key: &str, value: impl Into<i64>) -> Self {
        let value: i64 = value.into();
        self.json(key, &value.to_string())
    }

    /// The object as text.
    pub(crate) fn finish(self) -> String {
        format!("{{{}}}", self.0)
    }
}

/// A JSON array of texts.
pub(crate) fn texts<S: AsRef<str>>(items: &[S]) -> String {
    let items: Vec<String> = items.iter().map(|item| quoted(item.as_ref())).collect();
    format!("[{}]", items.join(","))
}

/// A JSON string.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            letter if letter.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(letter))),
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// One CSV row with its line end; cells are quoted only where they must be.
pub(crate) fn row<S: AsRef<str>>(delimiter: char, cells: &[S]) -> String {
    let cell = |cell: &S| {
        let cell = cell.as_ref();
        if cell.contains([delimiter, '"', '\n']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.to_owned()
        }
    };
    let cells: Vec<String> = cells.iter().map(cell).collect();
    format!("{}\n", cells.join(&delimiter.to_string()))
}

/// Cents as a number with a point: `12.50`.
pub(crate) fn decimal(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}

/// Cents as German tills print them: `1.249,00`.
pub(crate) fn german(cents: i64) -> String {
    let euros = cents / 100;
    let cents = cents % 100;
    if euros < 1_000 {
        format!("{euros},{cents:02}")
    } else {
        format!("{}.{:03},{cents:02}", euros / 1_000, euros % 1_000)
    }
}

/// The bytes of a text in windows-1252, as German spreadsheets save it.
pub(crate) fn windows_1252(text: &str) -> Vec<u8> {
    let byte = |letter: char| match letter {
        '€' => 0x80,
        '’' => 0x92,
        '–' => 0x96,
        letter => u8::try_from(u32::from(letter)).unwrap_or(b'?'),
    };
    text.chars().map(byte).collect()
}
