//! Rows against the `csv` crate, and what becomes of broken quotes.

use proptest::prelude::*;

use super::*;

const COMMA: Dialect = Dialect {
    delimiter: b',',
    quote: Some(b'"'),
};

type Read = (u64, Option<RowFault>, Vec<u8>, Vec<String>);

fn read(bytes: &[u8], limit: usize) -> Vec<Read> {
    let reader = Box::new(std::io::Cursor::new(bytes.to_vec()));
    let mut rows = Rows::with_limit(Buffer::new(reader), COMMA, limit);
    let mut all = Vec::new();
    while let Some(row) = rows.advance().unwrap() {
        let bytes = rows.bytes().to_vec();
        let field = |span: &FieldSpan| {
            let text = String::from_utf8_lossy(&bytes[span.start..span.end]).into_owned();
            if span.doubled {
                text.replace("\"\"", "\"")
            } else {
                text
            }
        };
        let fields = rows.fields().iter().map(field).collect();
        all.push((row.line, row.fault, bytes, fields));
    }
    all
}

fn check(text: &str, expected: &[(u64, Option<RowFault>, &str)]) {
    let found = read(text.as_bytes(), 1 << 20);
    let found: Vec<_> = found
        .iter()
        .map(|(line, fault, _, fields)| (*line, *fault, fields.join("|")))
        .collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(line, fault, fields)| (*line, *fault, (*fields).to_owned()))
        .collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn fields_and_lines() {
    check("a,b\n1,2\n", &[(1, None, "a|b"), (2, None, "1|2")]);
    check("a,b\r\n\r\n1,\r\n", &[(1, None, "a|b"), (3, None, "1|")]);
    check("\"x,\ny\",z\nq", &[(1, None, "x,\ny|z"), (3, None, "q")]);
    check("\"say \"\"hi\"\"\",2\"\n", &[(1, None, "say \"hi\"|2\"")]);
    check("\"\",\"a\"", &[(1, None, "|a")]);
}

#[test]
fn broken_quotes_cost_their_own_line() {
    let behind = Some(RowFault::TextAfterQuote);
    check("\"a\"b,c\nd,e\n", &[(1, behind, "a|c"), (2, None, "d|e")]);
    let open = Some(RowFault::UnclosedQuote);
    let found = read(b"x,\"a\nb,c\nd,e\n", 1 << 20);
    let lines: Vec<_> = found.iter().map(|r| (r.0, r.1, r.2.as_slice())).collect();
    let expected: [(u64, Option<RowFault>, &[u8]); 3] =
        [(1, open, b"x,\"a"), (2, None, b"b,c"), (3, None, b"d,e")];
    assert_eq!(lines, expected);
}

#[test]
fn a_row_over_the_limit_is_told_by_its_prefix() {
    let mut text = vec![b'x'; 3 << 20];
    text.extend(b"\na,b\n");
    let found = read(&text, 1 << 20);
    assert_eq!(found[0].1, Some(RowFault::TooLong(3 << 20)));
    assert_eq!(found[0].2.len(), PREFIX_BYTES);
    assert_eq!(found[1].3, ["a", "b"]);
}

proptest! {
    #[test]
    fn agrees_with_the_csv_crate(
        rows in prop::collection::vec(prop::collection::vec("[a\",\n\r é]{0,6}", 1..4), 0..8),
        terminator in prop::sample::select(vec!["\n", "\r\n"]),
    ) {
        let mut writer = csv::WriterBuilder::new()
            .flexible(true)
            .quote_style(csv::QuoteStyle::Always)
            .terminator(match terminator {
                "\n" => csv::Terminator::Any(b'\n'),
                _ => csv::Terminator::CRLF,
            })
            .from_writer(Vec::new());
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let text = writer.into_inner().unwrap();
        let found: Vec<_> = read(&text, 1 << 20).into_iter().map(|row| row.3).collect();
        prop_assert_eq!(found, rows);
    }

    #[test]
    fn every_line_belongs_to_one_row(text in "[a\",\n\r]{0,80}", limit in 1..40_usize) {
        let rows = read(text.as_bytes(), limit);
        let lines = text.split('\n').count() - usize::from(text.ends_with('\n') || text.is_empty());
        let mut next = 1;
        for (line, fault, bytes, _) in &rows {
            prop_assert!(*line >= next && *line <= lines.max(1) as u64);
            let inside = match fault {
                Some(RowFault::TooLong(_)) => 0,
                _ => bytes.iter().filter(|b| **b == b'\n').count() as u64,
            };
            next = line + 1 + inside;
        }
        // Only blank lines are left out.
        let blank = text.split('\n').filter(|line| line.is_empty() || *line == "\r").count();
        prop_assert!(next > lines.saturating_sub(blank) as u64);
    }
}
