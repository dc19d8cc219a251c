//! Live, reopened and rebuilt states are one state.

use onefold::{CollectionBasis, Ingested};

use crate::support::{builder, consent, email, feed, items, source};
use onefold::consent::Action;

#[test]
fn live_reopened_and_rebuilt_dumps_are_equal() {
    let directory = tempfile::tempdir().unwrap();
    let hub = builder().open(directory.path()).unwrap();
    feed(&hub, 0..300);
    hub.checkpoint().unwrap();
    feed(&hub, 300..400);
    let _ = hub
        .ingest(
            &source("crm"),
            CollectionBasis::Contract,
            vec![consent(
                email("p1@example.com"),
                Action::Grant,
                "2026-01-01",
            )],
        )
        .unwrap();
    let live = hub.snapshot().dump().to_string();
    assert!(hub.verify().unwrap().is_equal());
    assert!(live.contains("p1@example.com"), "{live}");
    drop(hub);

    let reopened = builder().open(directory.path()).unwrap();
    assert_eq!(reopened.opened_from(), reopened.snapshot().position());
    assert_eq!(reopened.snapshot().dump().to_string(), live);
    reopened.close().unwrap();
    // Without its checkpoint the store is folded from the beginning.
    std::fs::remove_file(directory.path().join("checkpoint.ofc")).unwrap();
    let rebuilt = builder().open(directory.path()).unwrap();
    assert_eq!(rebuilt.opened_from(), onefold::Position::START);
    assert_eq!(rebuilt.snapshot().dump().to_string(), live);
}

#[test]
fn a_second_run_finds_only_duplicates_also_after_reopening() {
    let directory = tempfile::tempdir().unwrap();
    let hub = builder().open(directory.path()).unwrap();
    feed(&hub, 0..100);
    drop(hub);
    let hub = builder().open(directory.path()).unwrap();
    let fates = hub
        .ingest(&source("web"), CollectionBasis::Contract, items(0..100))
        .unwrap();
    assert!(
        fates.iter().all(|fate| *fate == Ingested::Duplicate),
        "{fates:?}"
    );
    // The same ids of another source are other events.
    let fates = hub
        .ingest(&source("app"), CollectionBasis::Contract, items(0..1))
        .unwrap();
    assert!(matches!(fates[..], [Ingested::Accepted(_)]), "{fates:?}");
}

#[test]
fn a_new_definition_knows_the_whole_past() {
    let directory = tempfile::tempdir().unwrap();
    let hub = builder().open(directory.path()).unwrap();
    feed(&hub, 0..100);
    hub.close().unwrap();
    let hub = builder()
        .segments("segment visitors = did page")
        .open(directory.path())
        .unwrap();
    assert_eq!(hub.snapshot().members("visitors").unwrap().len(), 20);
}

#[test]
fn a_second_opening_is_refused_while_the_first_is_there() {
    let directory = tempfile::tempdir().unwrap();
    let hub = builder().open(directory.path()).unwrap();
    let refused = builder().open(directory.path()).unwrap_err();
    assert_eq!(refused.kind(), onefold::ErrorKind::Locked);
    let told = refused.to_string();
    assert_eq!(told.matches("opening the store").count(), 1, "{told}");
    drop(hub);
    assert!(builder().open(directory.path()).is_ok());
}

#[test]
fn a_folder_with_other_files_does_not_become_a_store() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["notes.txt", "b.csv"] {
        std::fs::write(directory.path().join(name), "mine").unwrap();
    }
    let refused = builder().open(directory.path()).unwrap_err();
    assert_eq!(refused.kind(), onefold::ErrorKind::InvalidInput);
    let expected = format!(
        "opening the store `{}`: the folder holds `b.csv` and is no store; name an empty folder, or one that is not there yet",
        directory.path().display()
    );
    assert_eq!(refused.to_string(), expected);
    let left = std::fs::read_dir(directory.path()).unwrap().count();
    assert_eq!(left, 2, "nothing was made there");
    // A store beside which somebody put a file, and what an interrupted creation left, are opened.
    let store = directory.path().join("store");
    drop(builder().open(&store).unwrap());
    std::fs::write(store.join("notes.txt"), "mine").unwrap();
    drop(builder().open(&store).unwrap());
    let begun = directory.path().join("begun");
    std::fs::create_dir(&begun).unwrap();
    std::fs::write(begun.join("LOCK"), "").unwrap();
    assert!(builder().open(&begun).is_ok());
    let mounted = directory.path().join("mounted");
    std::fs::create_dir_all(mounted.join("lost+found")).unwrap();
    assert!(builder().open(&mounted).is_ok());
}
