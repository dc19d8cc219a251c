//! What mappings make of rows: events, identify calls, records and consent.

use expect_test::{Expect, expect};
use onefold_connect::{Content, FileFormat};

use crate::support::{config, csv, told};

fn check(mapping: &str, text: &str, expected: Expect) {
    let told = match csv(mapping, text.as_bytes()) {
        Ok(items) => told(&items),
        Err(error) => format!("{error}\n"),
    };
    expected.assert_eq(&told);
}

#[test]
fn order_lines_as_events() {
    let mapping = r#"
        as = "event"
        event_name = "Line Adjusted"
        key = ["order", "line"]
        time = { column = "placed", format = "%d.%m.%Y %H:%M" }
        zone = "Europe/Berlin"
        gap = "reject"
        number = { decimal = ",", grouping = "." }
        currency = { value = "EUR" }
        null_words = ["-", "N/A"]

        [identifiers]
        user_id = "customer"
        email = "mail"

        [[event_names]]
        name = "Line Returned"
        when = { column = "order", starts_with = "R" }

        [[event_names]]
        name = "Line Bought"
        when = [{ column = "quantity", more_than = 0 }, { column = "price", is_empty = false }]

        [properties]
        quantity = { column = "quantity", type = "number" }
        price = { column = "price", type = "amount" }
        gift = { column = "gift", type = "bool" }
        details = { column = "details", type = "json" }
    "#;
    check(
        mapping,
        "order,line,placed,customer,mail,quantity,price,gift,details,note\n\
         A1,1,01.07.2025 08:30,17,Ann@Example.com,2,\"1.234,50 €\",yes,\"{\"\"a\"\":1}\",first \"one\"\n\
         R1,1,01.07.2025 08:30,,-,-1,\"(3,00)\",N/A,,\n\
         A2,1,30.03.2025 02:30,18,ann@,x,\"1,2,3\",maybe,{,\n\
         A3,1,01.07.2025 08:30,19,,0,,,,\n",
        expect![[r#"
            orders.csv line 2: {"type":"track","messageId":"A1|1","userId":"17","event":"Line Bought","timestamp":"2025-07-01T06:30:00Z","properties":{"note":"first \"one\"","details":{"a":1},"gift":true,"price":1234.50,"quantity":2,"currency":"EUR"},"context":{"traits":{"email":"ann@example.com"},"externalIds":[{"id":"ann@example.com","type":"email"}]}}
            orders.csv line 3: {"type":"track","messageId":"R1|1","event":"Line Returned","timestamp":"2025-07-01T06:30:00Z","properties":{"price":-3.00,"quantity":-1,"currency":"EUR"}}
            orders.csv line 4: quarantined `A2,1,30.03.2025 02:30,18,ann@,x,"1,2,3",maybe,{,`: /placed: `30.03.2025 02:30` exists twice or not at all in `Europe/Berlin`; /mail: `ann@` is not an e-mail address: it has no dot after its `@`; /quantity: `x` is not a number; /details: `{` is not a JSON value; /gift: `maybe` is not a truth value; /price: `1,2,3` is not an amount
            orders.csv line 5: {"type":"track","messageId":"A3|1","userId":"19","event":"Line Adjusted","timestamp":"2025-07-01T06:30:00Z","properties":{"quantity":0,"currency":"EUR"}}
        "#]],
    );
}

#[test]
fn an_amount_carries_the_sign_of_its_currency_alone() {
    let amounts = |currency: &str| {
        let mapping = format!(
            "as = \"event\"\nevent_name = \"A\"\nkey = \"id\"\ntime = {{ value = \"2026-01-01\" }}\n{currency}\n\
             rest = \"drop\"\nproperties = {{ sum = {{ column = \"sum\", type = \"amount\" }} }}"
        );
        let rows = "id,sum,code\n1,5.00,EUR\n2,5.00 €,EUR\n3,EUR 5.00,EUR\n4,$5.00,EUR\n5,5.00 USD,USD\n6,5.00 kr,\n";
        let items = csv(&mapping, rows.as_bytes()).unwrap();
        let taken = items.iter().map(|item| match &item.content {
            Content::Event(event) => event.properties().unwrap().text().to_owned(),
            Content::Quarantined(kept) => kept.reasons[0].to_string(),
            other => panic!("{other:?}"),
        });
        taken.collect::<Vec<_>>().join("\n")
    };
    // A sign of another currency makes the cell no amount, and nothing is converted.
    expect![[r#"
        {"sum":5.00,"currency":"EUR"}
        {"sum":5.00,"currency":"EUR"}
        {"sum":5.00,"currency":"EUR"}
        /sum: `$5.00` is not an amount
        /sum: `5.00 USD` is not an amount
        /sum: `5.00 kr` is not an amount"#]]
    .assert_eq(&amounts("currency = { value = \"EUR\" }"));
    // Without a currency amounts are bare numbers.
    expect![[r#"
        {"sum":5.00}
        /sum: `5.00 €` is not an amount
        /sum: `EUR 5.00` is not an amount
        /sum: `$5.00` is not an amount
        /sum: `5.00 USD` is not an amount
        /sum: `5.00 kr` is not an amount"#]]
    .assert_eq(&amounts(""));
    // Each row names its own.
    expect![[r#"
        {"sum":5.00,"currency":"EUR"}
        {"sum":5.00,"currency":"EUR"}
        {"sum":5.00,"currency":"EUR"}
        /sum: `$5.00` is not an amount
        {"sum":5.00,"currency":"USD"}
        /sum: `5.00 kr` is not an amount"#]]
    .assert_eq(&amounts("currency = \"code\""));
}

#[test]
fn contacts_as_records_and_as_identify_events() {
    let record = r#"
        as = "record"
        collection = "contacts"
        key = "id"
        time = "changed"
        region = "GB"
        identifiers = { crm_id = "id", email = ["mail", { column = "mail2", invalid = "skip" }], phone = "tel" }
        traits = { plan = { column = "plan", values = { P = "pro" } }, age = { column = "age", type = "number" } }

        [[memberships]]
        organisation = { domain = "company" }
        role = "title"
        from = "since"
    "#;
    let rows = "id,changed,mail,mail2,tel,plan,age,company,title,since,note\n\
                7,2026-01-02,a@example.com,none,020 7946 0958,P,41,example.com,CTO,2020-01-01,hi\n\
                8,,B@example.com,,,F,,,,,\n\
                9,,c@example.com,,,F,4O,,,2020-13-01,\n";
    check(
        record,
        rows,
        expect![[r#"
        orders.csv line 2: contacts at 2026-01-02T00:00:00Z crm_id:7 email:a@example.com phone:+442079460958 age=41 plan="pro" [Membership { organisation: domain:example.com, role: Some("CTO"), from: Some(2020-01-01T00:00:00Z), to: None }] {"note":"hi","mail2":"none"}
        orders.csv line 3: contacts crm_id:8 email:b@example.com plan="F" {}
        orders.csv line 4: quarantined `9,,c@example.com,,,F,4O,,,2020-13-01,`: /age: `4O` is not a number
    "#]],
    );
    let identify = r#"
        as = "identify"
        time = { column = "changed" }
        rest = "drop"
        identifiers = { user_id = "id", email = ["mail", "mail2"] }
        traits = { plan = "plan" }
    "#;
    let rows = "id,changed,mail,mail2,plan\n7,2026-01-02,a@example.com,b@example.com,pro\n8,,,,\n";
    check(
        identify,
        rows,
        expect![[r#"
            orders.csv line 2: {"type":"identify","messageId":"row-24024a00d925457cea8ba22d3e28fea6","userId":"7","timestamp":"2026-01-02T00:00:00Z","traits":{"email":"a@example.com","email_2":"b@example.com","plan":"pro"},"context":{"externalIds":[{"id":"a@example.com","type":"email"},{"id":"b@example.com","type":"email"}]}}
            orders.csv line 3: quarantined `8,,,,`: /changed: the row has no time
        "#]],
    );
}

#[test]
fn consent_from_a_table() {
    let mapping = r#"
        as = "consent"
        time = "when"
        identifiers = { email = "mail", crm_id = "id" }

        [consent]
        purpose = { value = "Newsletter" }
        channel = "channel"
        action = { column = "optin", values = { Y = "grant", N = "withdraw" } }
        expires = "until"
        evidence = { method = { value = "web form" }, reference = "ticket" }
    "#;
    check(
        mapping,
        "mail,id,when,channel,optin,until,ticket\n\
         a@example.com,7,2026-01-02,Email,Y,2027-01-02,T-1\n\
         ,8,2026-01-03,,N,,\n\
         ,,2026-01-03,,N,,\n\
         b@example.com,,,sms,perhaps,soon,\n",
        expect![[r#"
            orders.csv line 2: {"subject":{"kind":"email","value":"a@example.com"},"purpose":"newsletter","channel":"email","action":"grant","time":"2026-01-02T00:00:00Z","expires":"2027-01-02T00:00:00Z","evidence":{"method":"web form","reference":"T-1"}}
            orders.csv line 3: {"subject":{"kind":"crm_id","value":"8"},"purpose":"newsletter","action":"withdraw","time":"2026-01-03T00:00:00Z","evidence":{"method":"web form"}}
            orders.csv line 4: quarantined `,,2026-01-03,,N,,`: the row has no identifier: nobody's consent
            orders.csv line 5: quarantined `b@example.com,,,sms,perhaps,soon,`: /when: the row has no time; /optin: `perhaps` is not a consent action: write `grant`, `refuse`, `withdraw` or `object`; /until: `soon` is not a time such as `2026-03-01 12:00:00`; say the `format` if it is written in another way
        "#]],
    );
}

#[test]
fn a_no_in_an_undeclared_word_is_a_no_to_everything() {
    let mapping = r#"
        as = "consent"
        time = "when"
        identifiers = { email = "mail" }

        [consent]
        purpose = "purpose"
        channel = "channel"
        action = "action"
        evidence = { method = "how" }
        purposes = ["newsletter", "profiling"]
        channels = ["email"]
    "#;
    check(
        mapping,
        "mail,when,purpose,channel,action,how\n\
         a@example.com,2026-01-02,newsletter,all,withdraw,mail\n\
         a@example.com,2026-01-02,*,Email,withdraw,mail\n\
         a@example.com,2026-01-02,newsletter,e-mail,withdraw,mail\n\
         a@example.com,2026-01-02,everything,,object,\n\
         a@example.com,2026-01-02,Newsletter,e-mail,grant,form\n",
        expect![[r#"
            orders.csv line 2: {"subject":{"kind":"email","value":"a@example.com"},"purpose":"newsletter","action":"withdraw","time":"2026-01-02T00:00:00Z","evidence":{"method":"mail"}}
            orders.csv line 3: {"subject":{"kind":"email","value":"a@example.com"},"purpose":"all","channel":"email","action":"withdraw","time":"2026-01-02T00:00:00Z","evidence":{"method":"mail"}}
            orders.csv line 4: {"subject":{"kind":"email","value":"a@example.com"},"purpose":"newsletter","action":"withdraw","time":"2026-01-02T00:00:00Z","evidence":{"method":"mail (held for every one: the channel `e-mail` is not declared; there are `email`)"}}
            orders.csv line 5: {"subject":{"kind":"email","value":"a@example.com"},"purpose":"all","action":"object","time":"2026-01-02T00:00:00Z","evidence":{"method":"held for every one: the purpose `everything` is not declared; there are `newsletter`, `profiling`"}}
            orders.csv line 6: quarantined `a@example.com,2026-01-02,Newsletter,e-mail,grant,form`: /channel: the channel `e-mail` is not declared; there are `email`
        "#]],
    );
}

#[test]
fn all_mistakes_of_a_mapping_at_once() {
    let mapping = r#"
        as = "event"
        collection = "orders"
        zone = "Europe/Berln"
        time = { column = "when", format = "%Q" }
        region = "England"
        identifiers = { Email = "mail", user_id = ["a", "b"] }
        properties = { x = { type = "number" }, y = { column = "y", format = "%Y" } }
        [[event_names]]
        name = "Empty"
        when = { column = "z" }
    "#;
    check(
        mapping,
        "when\n",
        expect![[r#"
        the mapping cannot be used
        /event_name: `as = "event"` needs `event_name`
        /collection: `as = "event"` has no `collection`
        /time: unknown time zone `Europe/Berln`; did you mean `Europe/Berlin`?
        /identifiers/Email: `Email` is not an identifier kind: write `a-z`, `0-9`, `_`, `-`, `.`
        /identifiers/user_id: an event has one `user_id`
        /region: `England` is not a region: write two letters, such as `DE`
        /event_names/0: nothing is asked of column `z`
        /properties/x: write either `column` or `value`
        /properties/y: `format` and `zone` are for columns of type `time`
    "#]],
    );
    check(
        "as = \"consent\"",
        "when\n",
        expect![[r#"
        the mapping cannot be used
        /time: `as = "consent"` needs `time`
        /consent: `as = "consent"` needs `consent`
        /identifiers: `as = "consent"` needs `identifiers`
    "#]],
    );
}

/// A row of an event keeps every identifier that its mapping declares, of any kind and number.
#[test]
fn a_mapped_event_carries_all_its_identifiers() {
    let mapping = "as = \"event\"\nevent_name = \"Order\"\ntime = \"at\"\n\
                   [identifiers]\nemail = [\"a\", \"b\"]\ncustomer_id = \"c\"\n";
    let config = onefold_connect::SourceConfig::mapped(
        onefold_event::SourceName::new("orders").unwrap(),
        "orders.csv",
        onefold_connect::FileFormat::Csv,
        onefold_connect::Mapping::from_toml(mapping).unwrap(),
    );
    let text = "at,a,b,c\n2026-01-01,one@example.com,two@example.com,K-1\n";
    let reader = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
    let now = "2026-02-01".parse().unwrap();
    let mut source = onefold_connect::FileSource::from_reader(&config, reader, now).unwrap();
    let items = onefold_connect::Source::next_batch(&mut source, 10)
        .unwrap()
        .unwrap();
    let onefold_connect::Content::Event(event) = &items[0].content else {
        panic!("{:?}", items[0]);
    };
    let (found, mistakes) = onefold_event::IdentifierFields::default().identifiers(event);
    let mut found: Vec<_> = found.iter().map(ToString::to_string).collect();
    found.sort();
    assert_eq!(
        found,
        [
            "customer_id:K-1",
            "email:one@example.com",
            "email:two@example.com"
        ]
    );
    assert!(mistakes.is_empty(), "{mistakes:?}");
}

/// What is no text and no number identifies nobody, least of all everybody at once.
#[test]
fn a_truth_value_or_a_list_is_no_identifier() {
    let mapping = "as = \"record\"\ncollection = \"rows\"\n[identifiers]\nuser_id = \"u\"\n";
    let config = onefold_connect::SourceConfig::mapped(
        onefold_event::SourceName::new("rows").unwrap(),
        "rows.jsonl",
        onefold_connect::FileFormat::JsonLines,
        onefold_connect::Mapping::from_toml(mapping).unwrap(),
    );
    let text = "{\"u\":false}\n{\"u\":[]}\n{\"u\":{\"a\":1}}\n{\"u\":null}\n{\"u\":7}\n";
    let reader = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
    let now = "2026-02-01".parse().unwrap();
    let mut source = onefold_connect::FileSource::from_reader(&config, reader, now).unwrap();
    let items = onefold_connect::Source::next_batch(&mut source, 10)
        .unwrap()
        .unwrap();
    let quarantined = |item: &onefold_connect::Item| {
        matches!(item.content, onefold_connect::Content::Quarantined(_))
    };
    let fates: Vec<bool> = items.iter().map(quarantined).collect();
    assert_eq!(fates, [true, true, true, false, false]);
}

#[test]
fn a_source_is_checked_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), "id,name\n1,Ann\n").unwrap();
    let check = |path: &str, mapping: &str, expected: &[&str]| {
        let config = config(path, FileFormat::Csv, mapping).unwrap();
        let mistakes = config.check(folder.path()).err().unwrap_or_default();
        let shown: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
        let place = format!("{}/", folder.path().display());
        let shown: Vec<_> = shown.iter().map(|told| told.replace(&place, "")).collect();
        assert_eq!(shown, expected);
    };
    let contacts = "as = \"record\"\ncollection = \"contacts\"\n";
    check("a.csv", contacts, &[]);
    let fits = format!("{contacts}key = \"nmae\"");
    check(
        "a.csv",
        &fits,
        &[
            "source `shop`: a.csv: the columns of the file do not fit the mapping; there are `id`, `name`\n\
           there is no column `nmae` (did you mean `name`?)",
        ],
    );
    // A mapping that cannot be used and a file that is not there are two mistakes.
    check(
        "b.csv",
        "as = \"event\"\nevent_name = \"A\"",
        &[
            "source `shop`: the mapping cannot be used\n/time: `as = \"event\"` needs `time`",
            "source `shop`: cannot open `b.csv`: No such file or directory (os error 2)",
        ],
    );
    check(
        "${ONEFOLD_NOT_SET}/a.csv",
        "as = \"record\"",
        &[
            "source `shop`: the variable `ONEFOLD_NOT_SET` is not set (set it, or write `${ONEFOLD_NOT_SET:-default}`)",
            "source `shop`: the mapping cannot be used\n/collection: `as = \"record\"` needs `collection`",
        ],
    );
    let quote = format!("{contacts}quote = \";\"\ndelimiter = \";\"");
    check(
        ".",
        &quote,
        &[
            "source `shop`: `delimiter` and `quote` are the same sign",
            "source `shop`: `.` is a folder; name a file in it",
        ],
    );
}
