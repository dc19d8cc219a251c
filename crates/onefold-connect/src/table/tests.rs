//! Tables as text, and what is read of them.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

fn open(bytes: &[u8]) -> Result<TableFile> {
    TableFile::from_reader(Box::new(io::Cursor::new(bytes.to_vec())))
}

/// Header, rows and flaws, a line each.
fn shown(bytes: &[u8]) -> String {
    let mut table = match open(bytes) {
        Ok(table) => table,
        Err(error) => return format!("{error}\n"),
    };
    let mut out = table.header().collect::<Vec<_>>().join("|");
    while let Some(row) = table.next_row().unwrap() {
        let cells: Vec<&str> = row.cells().collect();
        out += &format!("\n{}@{} {}", row.number, row.line, cells.join("|"));
    }
    format!("{out}\n{}\n", table.flaws())
}

fn check(text: &[u8], expected: Expect) {
    expected.assert_eq(&shown(text));
}

#[test]
fn plain_and_quoted_cells() {
    check(
        b"a,b\r\n1,\"x, \"\"y\"\"\"\r\n\r\n\"two\nlines\",2",
        expect![[r#"
            a|b
            0@2 1|x, "y"
            1@4 two
            lines|2

        "#]],
    );
    check(
        b"\xef\xbb\xbfa\tb;c\td\n1\t2\t3\n",
        expect![[r#"
        a|b;c|d
        0@2 1|2|3

    "#]],
    );
}

#[test]
fn nothing_is_lost() {
    check(
        b"a,b\n1\n1,2,3\n\xff,\"\"\"\xfe\n\"x\"y,z\n\"p\"\"q\"r,\"s\"t\nM\xc3\xbcller,\xfc\n",
        expect![[r#"
            a|b
            0@2 1|
            1@3 1|2
            2@4 �|"�
            x"y
            3@6 p"qr|st
            4@7 Müller|�
            2 rows with bytes that are no UTF-8, now U+FFFD (lines 4, 7); 1 row with too few fields (line 2); 2 rows with more fields than the header, left out (lines 3, 4); 2 rows with text behind a closing quote (lines 4, 6)
        "#]],
    );
}

#[test]
fn headers() {
    check(
        b"",
        expect![[r#"
        the header cannot be read
        the file is empty (its first line names the columns)
    "#]],
    );
    check(
        b"\n\r\n",
        expect![[r#"
        the header cannot be read
        the file is empty (its first line names the columns)
    "#]],
    );
    check(
        b"\"a\n",
        expect![[r#"
        the header cannot be read
        a quote is opened and never closed (close it, or say `quote = ""` if quotes are ordinary signs in this file)
    "#]],
    );
    check(
        b"a",
        expect![[r#"
        a

    "#]],
    );
    check(
        b",a,a,a (2),\n1,2,3,4,5\n",
        expect![[r#"
            column 1|a|a (2)|a (2) (2)|column 5
            0@2 1|2|3|4|5
            4 columns without a name of its own, given one (line 1)
        "#]],
    );
}

#[test]
fn what_is_compressed_has_the_digest_of_the_stored_bytes() {
    use std::io::Write;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"a,b\n1,2\n").unwrap();
    let bytes = gzip.finish().unwrap();
    assert_eq!(shown(&bytes), "a|b\n0@2 1|2\n\n");
    let mut table = open(&bytes).unwrap();
    while table.next_row().unwrap().is_some() {}
    let digest = Sha256::digest(&bytes);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(table.sha256(), hex);
    // A stream that was cut off is an error, not an end.
    let mut cut = open(bytes.get(..bytes.len() - 9).unwrap()).unwrap();
    let ended = loop {
        match cut.next_row() {
            Ok(Some(_)) => {}
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    assert_eq!(ended.unwrap_err().kind(), onefold_event::ErrorKind::Io);
}

proptest! {
    /// Whatever the bytes are, each row has the cells of the header.
    #[test]
    fn any_bytes_are_rows(bytes in proptest::collection::vec(prop_oneof![Just(b','), Just(b'"'), Just(b'\n'), Just(b'a'), any::<u8>()], 0..200)) {
        if let Ok(mut table) = open(&bytes) {
            let columns = table.header().len();
            let mut rows = 0;
            while let Some(row) = table.next_row().unwrap() {
                prop_assert_eq!((row.number, row.cells().len()), (rows, columns));
                rows += 1;
            }
        }
    }

    /// What another writer wrote is read as it was.
    #[test]
    fn reads_what_was_written(rows in proptest::collection::vec(proptest::collection::vec("[a-c,\"\n\r ü]{0,5}", 2), 1..8)) {
        let mut writer = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
        writer.write_record(["x", "y"]).unwrap();
        rows.iter().for_each(|row| writer.write_record(row).unwrap());
        let mut table = open(&writer.into_inner().unwrap()).unwrap();
        for row in &rows {
            let read = table.next_row().unwrap().unwrap();
            prop_assert_eq!(&read.cells().collect::<Vec<_>>(), row);
        }
        prop_assert!(table.next_row().unwrap().is_none() && table.flaws().is_empty());
    }
}
