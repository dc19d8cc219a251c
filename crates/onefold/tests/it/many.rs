//! A hundred tenants in one process, and limits that hold.

use onefold::{CollectionBasis, ErrorKind, Ingested, Onefold};

use crate::support::{builder, feed, items, source};

#[test]
fn a_hundred_hubs_in_one_process() {
    let directory = tempfile::tempdir().unwrap();
    let open = |n: usize| {
        builder()
            .memory_mib_max(8)
            .open(directory.path().join(n.to_string()))
            .unwrap()
    };
    let hubs: Vec<Onefold> = (0..100).map(open).collect();
    for (n, hub) in hubs.iter().enumerate() {
        feed(hub, 0..(n as u64 % 7 + 1) * 5);
    }
    for (n, hub) in hubs.iter().enumerate() {
        assert_eq!(hub.fates().accepted, (n as u64 % 7 + 1) * 5);
    }
}

#[test]
fn beyond_its_memory_a_hub_rejects_and_keeps_what_it_has() {
    let hub = builder().memory_mib_max(1).in_memory().unwrap();
    let mut rejected = 0;
    let mut accepted = 0u64;
    for batch in 0..60u64 {
        let many = (batch * 500..(batch + 1) * 500).map(|n| {
            let id = format!("person number {n} with a rather long identifier");
            let event = onefold::Event::identify()
                .user_id(&id)
                .message_id(&id)
                .trait_value("name", id.as_str());
            let event = event.timestamp(crate::support::at("2026-01-01"));
            onefold::connect::Item::from(event.build().unwrap())
        });
        for fate in hub
            .ingest(&source("web"), CollectionBasis::Contract, many.collect())
            .unwrap()
        {
            match fate {
                Ingested::Accepted(_) => accepted += 1,
                Ingested::Rejected(_) => rejected += 1,
                other => panic!("{other:?}"),
            }
        }
    }
    assert!(rejected > 0, "30,000 people do not fit one MiB");
    assert!(accepted > 0);
    assert_eq!(hub.snapshot().totals().events, accepted);
}

#[test]
fn an_objection_is_heard_when_nothing_else_fits() {
    let hub = builder().memory_mib_max(1).in_memory().unwrap();
    let mut people = 0..;
    let is_full = |people: std::ops::Range<u64>| {
        let fates = hub.ingest(&source("web"), CollectionBasis::Contract, items(people));
        let last = fates.unwrap().pop();
        matches!(last, Some(Ingested::Rejected(_)))
    };
    while !people
        .next()
        .is_some_and(|n| is_full(n * 500..(n + 1) * 500))
    {}
    let subject = onefold::Identifier::email("ann@example.com").unwrap();
    let objection = onefold::consent::ConsentEntry::new(
        subject,
        onefold::consent::Purpose::all(),
        onefold::consent::Action::Object,
        crate::support::at("2026-01-01"),
    );
    let fates = hub.ingest(
        &source("web"),
        CollectionBasis::Contract,
        vec![objection.into()],
    );
    assert!(matches!(fates.unwrap()[..], [Ingested::Accepted(_)]));
}

#[test]
fn a_full_queue_answers_busy_and_takes_nothing() {
    let hub = builder().queue_batches_max(1).in_memory().unwrap();
    let mut tickets = Vec::new();
    let mut busy = 0;
    for n in 0..2_000u64 {
        match hub.submit(
            &source("web"),
            CollectionBasis::Contract,
            items(n * 50..(n + 1) * 50),
        ) {
            Ok(ticket) => tickets.push(ticket),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Busy);
                busy += 1;
            }
        }
        if busy > 0 {
            break;
        }
    }
    assert!(busy > 0);
    let taken = tickets.len() as u64;
    for ticket in tickets {
        assert_eq!(ticket.wait().unwrap().len(), 50);
    }
    assert_eq!(hub.fates().accepted, taken * 50);
}

#[test]
fn closing_while_others_ingest_comes_to_an_end() {
    for _ in 0..20 {
        let hub = builder().in_memory().unwrap();
        let writers: Vec<_> = (0..3u64)
            .map(|thread| {
                let hub = hub.clone();
                std::thread::spawn(move || {
                    for n in 0.. {
                        let first = (thread * 100_000 + n) * 5;
                        let batch = items(first..first + 5);
                        if hub
                            .ingest(&source("web"), CollectionBasis::Contract, batch)
                            .is_err()
                        {
                            return;
                        }
                    }
                })
            })
            .collect();
        std::thread::sleep(std::time::Duration::from_millis(2));
        hub.close().unwrap();
        writers
            .into_iter()
            .for_each(|writer| writer.join().unwrap());
    }
}

#[test]
fn every_one_of_several_checkpoints_is_answered() {
    let hub = builder().in_memory().unwrap();
    feed(&hub, 0..20);
    std::thread::scope(|scope| {
        let asked: Vec<_> = (0..8).map(|_| scope.spawn(|| hub.checkpoint())).collect();
        asked
            .into_iter()
            .for_each(|asked| asked.join().unwrap().unwrap());
    });
}

#[test]
fn a_batch_that_is_too_large_is_refused_and_nothing_else() {
    let hub = builder().in_memory().unwrap();
    let text = "x".repeat(1_000_000);
    let large = |n: u64| {
        let event = onefold::Event::track("Upload")
            .user_id("ann")
            .message_id(format!("large {n}"));
        let event = event
            .property("text", text.as_str())
            .timestamp(crate::support::at("2026-01-01"));
        onefold::connect::Item::from(event.build().unwrap())
    };
    let batch = (0..280).map(large).collect();
    let refused = hub
        .ingest(&source("web"), CollectionBasis::Contract, batch)
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::LimitExceeded);
    feed(&hub, 0..20);
    assert_eq!(hub.fates().accepted, 20);
}
