//! CSV and TSV: headers, widths, encodings, signs, and the ids of rows.

use expect_test::{Expect, expect};
use onefold_connect::{FileFormat, conformance};

use crate::support::{config, csv, open, read, told};

const CONTACTS: &str = "
    as = \"record\"
    collection = \"contacts\"
    rest = \"drop\"
    identifiers = { crm_id = \"id\" }
    traits = { name = \"name\" }
";

fn check(mapping: &str, bytes: &[u8], expected: Expect) {
    let told = match csv(mapping, bytes) {
        Ok(items) => told(&items),
        Err(error) => format!("{error}\n"),
    };
    expected.assert_eq(&told);
}

#[test]
fn rows_of_the_wrong_shape_are_kept_with_their_line() {
    check(
        CONTACTS,
        b"id,name\n1,Ann\n2\n3,Cid,x\n\"4\"x,Dan\n\n5,\"Eve\nAdams\"\n6,Fay",
        expect![[r#"
            orders.csv line 2: contacts crm_id:1 name="Ann" {}
            orders.csv line 3: quarantined `2`: the row has 1 fields, the header has 2
            orders.csv line 4: quarantined `3,Cid,x`: the row has 3 fields, the header has 2
            orders.csv line 5: quarantined `"4"x,Dan`: text stands behind a closing quote (write a quote inside a quoted field twice)
            orders.csv line 7: contacts crm_id:5 name="Eve\nAdams" {}
            orders.csv line 9: contacts crm_id:6 name="Fay" {}
        "#]],
    );
}

#[test]
fn a_header_that_does_not_fit_is_an_error_with_help() {
    check(
        CONTACTS,
        b"Id,nmae,age\n1,Ann,7\n",
        expect![[r#"
        the columns of the file do not fit the mapping; there are `Id`, `nmae`, `age`
        there is no column `id` (did you mean `Id`?)
        there is no column `name` (did you mean `nmae`?)
    "#]],
    );
    check(
        CONTACTS,
        b"id,name,id\n1,Ann,7\n",
        expect![[r#"
        the columns of the file do not fit the mapping; there are `id`, `name`, `id`
        there are two columns `id`
    "#]],
    );
    check(
        CONTACTS,
        b"",
        expect![[r#"
        the header cannot be read
        the file is empty
    "#]],
    );
    let clash = CONTACTS.replace("rest = \"drop\"", "fields = { note = \"name\" }");
    check(
        &clash,
        b"id,name,note\n1,Ann,x\n",
        expect![[r#"
        two columns have one name
        column `note` has the name that the mapping gives another (map it under a name of its own, or write `rest = "drop"`)
    "#]],
    );
}

#[test]
fn bytes_that_mean_nothing_quarantine_their_row() {
    check(
        CONTACTS,
        b"id,name\n1,M\xfcller\n2,Ann\n",
        expect![[r#"
        orders.csv line 2: quarantined `1,M�ller`: /name: byte 0xfc at offset 1 is not utf-8 (say the `encoding` of the file)
        orders.csv line 3: contacts crm_id:2 name="Ann" {}
    "#]],
    );
    let western = format!("{CONTACTS}\nencoding = \"windows-1252\"");
    check(
        &western,
        b"id,name\n1,M\xfcller \x80\n",
        expect![[r#"
        orders.csv line 2: contacts crm_id:1 name="Müller €" {}
    "#]],
    );
    let japanese = format!("{CONTACTS}\nencoding = \"shift_jis\"");
    check(
        &japanese,
        b"id,name\n1,\x83\x65\n2,\x83\n",
        expect![[r#"
            orders.csv line 2: contacts crm_id:1 name="テ" {}
            orders.csv line 3: quarantined `2,�`: /name: byte 0x83 at offset 0 is not Shift_JIS (say the `encoding` of the file)
        "#]],
    );
}

#[test]
fn marks_and_wide_letters() {
    check(
        CONTACTS,
        b"\xef\xbb\xbfid,name\n1,Ann\n",
        expect![[r#"
        orders.csv line 2: contacts crm_id:1 name="Ann" {}
    "#]],
    );
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(
            "id,name\r\n1,Zoë 😀\r\n"
                .encode_utf16()
                .flat_map(u16::to_le_bytes),
        )
        .chain([0x32, 0, 0x2c, 0, 0x00, 0xd8])
        .collect();
    check(
        CONTACTS,
        &wide,
        expect![[r#"
        orders.csv line 2: contacts crm_id:1 name="Zoë 😀" {}
        orders.csv line 3: quarantined `2,�`: /name: the line holds half of a UTF-16 pair
    "#]],
    );
}

#[test]
fn signs_lines_before_the_header_and_files_without_one() {
    let signs = format!("{CONTACTS}\ndelimiter = \";\"\nquote = \"'\"\nskip_lines = 2");
    check(
        &signs,
        b"Export, 2026\n\nid;name\n1;'O''Neill; Ann'\n",
        expect![[r#"
            orders.csv line 4: contacts crm_id:1 name="O'Neill; Ann" {}
        "#]],
    );
    let plain = format!("{CONTACTS}\nquote = \"\"\ncolumns = [\"id\", \"name\"]");
    check(
        &plain,
        b"1,\"Ann\n2,5\" pipe\n",
        expect![[r#"
        orders.csv line 1: contacts crm_id:1 name="\"Ann" {}
        orders.csv line 2: contacts crm_id:2 name="5\" pipe" {}
    "#]],
    );
    let tsv = config("a.tsv", FileFormat::Tsv, CONTACTS).unwrap();
    let items = read(&mut open(&tsv, b"id\tname\n1\tAnn, B\n").unwrap());
    expect![[r#"
        a.tsv line 2: contacts crm_id:1 name="Ann, B" {}
    "#]]
    .assert_eq(&told(&items));
    let wrong = format!("{CONTACTS}\ndelimiter = \"é\"");
    check(
        &wrong,
        b"id,name\n",
        expect![[r#"
        `delimiter` is one ASCII sign, not `é`
    "#]],
    );
}

#[test]
fn ids_do_not_depend_on_path_compression_or_line_ends() {
    let text = b"id,name\n1,Ann\n2,Bob\n1,Ann\n1,Ann\n";
    let ids = |path: &str, bytes: &[u8]| {
        let config = config(path, FileFormat::Csv, CONTACTS).unwrap();
        let items = read(&mut open(&config, bytes).unwrap());
        items.into_iter().map(|item| item.id).collect::<Vec<_>>()
    };
    let plain = ids("a.csv", text);
    assert_eq!(plain.len(), 4);
    assert_eq!(*plain[2], format!("{}-2", plain[0]));
    assert_eq!(*plain[3], format!("{}-3", plain[0]));
    assert_ne!(plain[0], plain[1]);
    assert_eq!(ids("other/b.csv", text), plain);
    assert_eq!(ids("a.csv.gz", &gzip(text)), plain);
    let returns = String::from_utf8_lossy(text).replace('\n', "\r\n");
    assert_eq!(ids("a.csv", returns.as_bytes()), plain);
}

#[test]
fn a_compressed_file_that_is_cut_gives_its_rows_and_then_the_error() {
    use onefold_connect::Source;
    let rows: String = (0..50_000)
        .map(|n| format!("{n},{}\n", n * 7919 % 1000))
        .collect();
    let whole = gzip(format!("id,name\n{rows}").as_bytes());
    let config = config("a.csv.gz", FileFormat::Csv, CONTACTS).unwrap();
    let mut source = open(&config, &whole[..whole.len() / 2]).unwrap();
    let mut count = 0;
    let error = loop {
        match source.next_batch(1_000) {
            Ok(Some(items)) => count += items.len(),
            Ok(None) => panic!("the file is cut"),
            Err(error) => break error,
        }
    };
    assert!(
        (10_000..45_000).contains(&count),
        "{count} rows before the cut"
    );
    let place = format!("a.csv.gz after item {count}: ");
    assert!(error.to_string().starts_with(&place), "{error}");
    assert!(source.next_batch(1_000).unwrap().is_none());
}

#[test]
fn bytes_behind_the_gzip_stream_are_told_with_their_place() {
    use onefold_connect::Source;
    let whole = gzip(b"id,name\n1,Ann\n2,Bob\n");
    let config = config("a.csv.gz", FileFormat::Csv, CONTACTS).unwrap();
    let end = whole.len();
    for behind in [&b"3,Eve\n"[..], b"\0", &[0; 200_000]] {
        let mut source = open(&config, &[&whole, behind].concat()).unwrap();
        let items = source.next_batch(100).unwrap().unwrap();
        assert_eq!(items.len(), 2);
        let error = source.next_batch(100).unwrap_err();
        let expected = format!(
            "a.csv.gz after item 2: bytes follow the end of the gzip stream at byte {end}, and they are no \
             gzip; cut the file there, or compress what follows too"
        );
        assert_eq!(error.to_string(), expected);
        assert!(source.next_batch(100).unwrap().is_none());
    }
    // Many members, as `bgzip` makes them, and a member of nothing.
    let many: Vec<u8> = (0..1_000).flat_map(|_| gzip(b"")).collect();
    let mut source = open(&config, &[whole, many].concat()).unwrap();
    assert_eq!(read(&mut source).len(), 2);
}

#[test]
fn conforms() {
    let text = b"id,name\n1,Ann\n2\n,\n1,Ann\n3,\"x\n4,Bob\xff\n";
    let config = config("a.csv", FileFormat::Csv, CONTACTS).unwrap();
    conformance::source(|| open(&config, text).unwrap());
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    // Two members, as `cat a.gz b.gz` makes them.
    let (head, tail) = bytes.split_at(bytes.len() / 2);
    let mut all = Vec::new();
    for part in [head, tail] {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(part).unwrap();
        all.extend(encoder.finish().unwrap());
    }
    all
}
