//! What must never happen to the store in a file.

#![allow(clippy::disallowed_methods, reason = "some tests are about threads")]

mod folder;

use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;

use folder::Folder;
use moai_core::{
    Batch, Coded, Durability, Expected, Held, Journal, KeyRange, MemoryProvider, NewRecord, Persistence, StateKey,
    StoreError, SwarmId, Timestamp, Version, namespace, record_kind, swarm_id,
};
use moai_store::{BlockingSqliteStore, SqliteStore};
use pollster::block_on;

fn swarm() -> SwarmId {
    swarm_id!("swarm-001")
}

fn key(number: usize) -> StateKey {
    StateKey::new(format!("key-{number:05}")).unwrap()
}

fn puts(count: usize) -> Batch {
    (0..count).fold(Batch::new(), |batch, number| batch.put(namespace!("state"), key(number), "value"))
}

fn open(folder: &Folder) -> BlockingSqliteStore {
    SqliteStore::open(folder.path("swarm.db")).unwrap().blocking().clone()
}

fn record() -> NewRecord {
    NewRecord::new(record_kind!("decision"), Timestamp::UNIX_EPOCH, "approved")
}

/// Changes the closed file behind the store's back.
fn meddle(folder: &Folder, sql: &str) {
    let tool = rusqlite::Connection::open(folder.path("swarm.db")).unwrap();
    tool.execute_batch(sql).unwrap();
}

#[test]
fn commits_that_share_a_sync_share_an_answer() {
    const WRITERS: usize = 16;
    const ROUNDS: usize = 30;
    let folder = Folder::new("group");
    let store = open(&folder);
    thread::scope(|threads| {
        for writer in 0..WRITERS {
            let store = store.clone();
            threads.spawn(move || {
                let own = key(writer);
                let put = |expected| {
                    let batch = Batch::new().put(namespace!("own"), own.clone(), "x").put(
                        namespace!("own"),
                        key(writer + 100),
                        "y",
                    );
                    batch.require(namespace!("own"), own.clone(), expected)
                };
                let mut held = Expected::Nothing;
                for _ in 0..ROUNDS {
                    // One that must be refused and one that must go through, in whatever group they end up.
                    let refused = store.commit(&swarm(), put(Expected::Version(Version::MAX))).unwrap_err();
                    assert!(matches!(refused, StoreError::Conflict { found, .. } if found == Some(held)), "{refused}");
                    let committed = store.commit(&swarm(), put(held)).unwrap();
                    assert_eq!(committed.last.get(), committed.first.get() + 1);
                    held = Expected::Version(committed.first);
                }
            });
        }
    });
    assert_eq!(store.standing(&swarm()).unwrap().last.version.get(), 2 * (WRITERS * ROUNDS) as u64);
    store.verify().unwrap();
}

#[test]
fn readers_see_half_a_batch_while_others_write() {
    const ROUNDS: usize = 200;
    let folder = Folder::new("half");
    let store = open(&folder);
    thread::scope(|threads| {
        for writer in 0..2 {
            let store = store.clone();
            threads.spawn(move || {
                for round in 0..ROUNDS {
                    let value = format!("{writer}-{round}");
                    let put = |batch: Batch, number| batch.put(namespace!("state"), key(number), value.clone());
                    let batch = Batch::new().delete_range(namespace!("state"), KeyRange::ALL);
                    let batch = (0..5).fold(batch, put).durability(Durability::Eventual);
                    store.commit(&swarm(), batch).unwrap();
                }
            });
        }
        let compacting = store.clone();
        threads.spawn(move || {
            for _ in 0..10 {
                let last = compacting.standing(&swarm()).unwrap().last.version;
                compacting.compact(&swarm(), last).unwrap();
            }
        });
        for _ in 0..2 {
            threads.spawn(|| {
                loop {
                    let listing = store.list(&swarm(), &namespace!("state"), &KeyRange::ALL, None, 10).unwrap();
                    assert!(listing.entries.is_empty() || listing.entries.len() == 5, "{listing:?}");
                    assert!(listing.entries.iter().all(|entry| entry.value == listing.entries[0].value));
                    let last = store.standing(&swarm()).unwrap().last.version.get();
                    assert_eq!(last % 6, 0);
                    if last == 2 * 6 * ROUNDS as u64 {
                        break;
                    }
                }
            });
        }
    });
    store.verify().unwrap();
}

#[test]
fn a_dropped_commit_is_half_done() {
    let folder = Folder::new("dropped");
    let store = SqliteStore::open(folder.path("swarm.db")).unwrap();
    for _ in 0..50 {
        let swarm = swarm();
        let mut commit = pin!(store.commit(&swarm, puts(3)));
        // Begun and dropped.
        if let Poll::Ready(done) = commit.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            done.unwrap();
        }
    }
    let after = store.blocking().commit(&swarm(), puts(3)).unwrap();
    assert_eq!(after.first.get() % 3, 1);
    store.blocking().verify().unwrap();
}

#[test]
fn a_call_after_which_the_store_is_dropped_waits_for_ever() {
    let folder = Folder::new("waits");
    let store = SqliteStore::open(folder.path("swarm.db")).unwrap();
    let journal = store.journal();
    assert_eq!(store.persistence(), Persistence::Crash);
    block_on(async {
        store.commit(&swarm(), puts(1)).await.unwrap();
        drop(store);
        journal.append(vec![record()]).await.unwrap();
        assert_eq!(journal.head().await.unwrap().seq, 1);
    });
}

#[test]
fn clearing_costs_what_lies_in_the_range() {
    let folder = Folder::new("clear");
    let store = open(&folder);
    store.commit(&swarm(), puts(20_000)).unwrap();
    let rows = store.verify().unwrap().rows;
    store.commit(&swarm(), Batch::new().delete_range(namespace!("state"), KeyRange::ALL)).unwrap();
    // One row that says so, and one stretch.
    assert_eq!(store.verify().unwrap().rows, rows + 2);
    assert_eq!(store.list(&swarm(), &namespace!("state"), &KeyRange::ALL, None, 10).unwrap().entries, []);
    assert!(matches!(store.look(&swarm(), &namespace!("state"), &key(7)).unwrap(), Held::Deleted(_)));

    let last = store.standing(&swarm()).unwrap().last.version;
    store.compact(&swarm(), last).unwrap();
    assert_eq!(store.verify().unwrap().rows, 0);
    assert_eq!(store.look(&swarm(), &namespace!("state"), &key(7)).unwrap(), Held::Nothing);
}

#[test]
fn the_log_grows_for_ever() {
    let folder = Folder::new("log");
    let store = open(&folder);
    for round in 0..300 {
        let put = |batch: Batch, number| batch.put(namespace!("state"), key(number), vec![7; 2_000]);
        let batch = (0..20).fold(Batch::new(), put).durability(Durability::Eventual);
        store.commit(&swarm(), batch).unwrap();
        let length = |name| std::fs::metadata(folder.path(name)).unwrap().len();
        assert!(length("swarm.db-wal") < 12 << 20, "round {round}: {}", length("swarm.db-wal"));
    }
}

#[test]
fn a_file_is_larger_than_three_times_what_it_holds() {
    // Updates in place: here 200,000 of 2,000 keys, whose pages lie ready when the next value comes.
    let folder = Folder::new("size");
    let store = open(&folder);
    for round in 0..100 {
        let put = |batch: Batch, number| batch.put(namespace!("state"), key(number), vec![round; 200]);
        store.commit(&swarm(), (0..2_000).fold(Batch::new(), put).durability(Durability::Eventual)).unwrap();
    }
    drop(store);
    let held = 2_000 * (9 + 200);
    let length = std::fs::metadata(folder.path("swarm.db")).unwrap().len();
    assert!(length <= 3 * held, "{length} bytes for {held}");
}

/// What was changed behind the store's back, and how it shows.
#[test]
fn a_changed_row_is_served() {
    let folder = Folder::new("changed");
    for change in [
        "UPDATE entries SET value = x'00' WHERE key = 'key-00001'",
        "UPDATE entries SET version = version + 100 WHERE key = 'key-00001'",
        "UPDATE entries SET crc = crc + 1 WHERE key = 'key-00001'",
        "UPDATE entries SET namespace = 'other' WHERE key = 'key-00001'; \
         UPDATE entries SET key = 'key-00001' WHERE key = 'key-00002'",
    ] {
        let store = open(&folder);
        store.commit(&swarm(), puts(3)).unwrap();
        drop(store);
        meddle(&folder, change);
        let store = open(&folder);
        let error = store.get(&swarm(), &namespace!("state"), &key(1)).unwrap_err();
        assert_eq!(error.code(), "store.corrupted", "{change}: {error}");
        assert!(error.to_string().contains("swarm.db") && error.to_string().contains("restore"), "{error}");
        assert_eq!(store.verify().unwrap_err().code(), "store.corrupted");
        assert_eq!(
            block_on(SqliteStore::clone(&reopened(&folder, store)).verify()).unwrap_err().code(),
            "store.corrupted"
        );
        remove(&folder);
    }
}

fn reopened(folder: &Folder, store: BlockingSqliteStore) -> SqliteStore {
    drop(store);
    SqliteStore::open(folder.path("swarm.db")).unwrap()
}

fn remove(folder: &Folder) {
    for name in ["swarm.db", "swarm.db-lock"] {
        std::fs::remove_file(folder.path(name)).unwrap();
    }
}

#[test]
fn a_missing_row_is_not_reported() {
    let folder = Folder::new("missing");
    for change in [
        "DELETE FROM entries WHERE key = 'key-00001'",
        "DELETE FROM ranges",
        "DELETE FROM stretches",
        "DELETE FROM records WHERE seq = 2",
        "DELETE FROM records WHERE seq = 1",
        "DELETE FROM swarms WHERE name = 'swarm-002'",
        "UPDATE entries SET crc = crc + 1 WHERE key = 'key-00001'",
    ] {
        let store = SqliteStore::open(folder.path("swarm.db")).unwrap();
        store.blocking().commit(&swarm(), puts(3)).unwrap();
        store.blocking().commit(&swarm_id!("swarm-002"), puts(3)).unwrap();
        let from_two = KeyRange { from: Some(key(2)), to: None };
        store.blocking().commit(&swarm(), Batch::new().delete_range(namespace!("state"), from_two)).unwrap();
        block_on(store.journal().append(vec![record(), record()])).unwrap();
        store.blocking().verify().unwrap();
        drop(store);
        meddle(&folder, change);
        // What the witness misses is not even opened.
        match SqliteStore::open(folder.path("swarm.db")) {
            Ok(store) => assert_eq!(store.blocking().verify().unwrap_err().code(), "store.corrupted", "{change}"),
            Err(error) => assert_eq!(error.code(), "open.corrupted", "{change}"),
        }
        remove(&folder);
    }
}

#[test]
fn a_lost_record_is_taken_for_the_end_of_the_journal() {
    let folder = Folder::new("records");
    let store = SqliteStore::open(folder.path("swarm.db")).unwrap();
    block_on(store.journal().append(vec![record(), record(), record()])).unwrap();
    drop(store);
    meddle(&folder, "DELETE FROM records WHERE seq = 3");
    let journal = SqliteStore::open(folder.path("swarm.db")).unwrap().journal();
    block_on(async {
        assert_eq!(journal.read(1, 2).await.unwrap().len(), 2);
        assert_eq!(journal.read(1, 3).await.unwrap_err().code(), "journal.corrupted");
        assert_eq!(journal.read(3, 1).await.unwrap_err().code(), "journal.corrupted");
        assert_eq!(journal.read(4, 1).await.unwrap(), []);
    });
}

#[test]
fn decisions_and_state_in_one_file_get_in_each_others_way() {
    let folder = Folder::new("both");
    let store = Arc::new(SqliteStore::open(folder.path("swarm.db")).unwrap());
    thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                for _ in 0..25 {
                    block_on(async {
                        store.commit(&swarm(), puts(2)).await.unwrap();
                        store.journal().append(vec![record(), record()]).await.unwrap();
                    });
                }
            });
        }
    });
    let verified = store.blocking().verify().unwrap();
    assert_eq!((verified.rows, verified.records), (2, 200));
}

#[test]
fn a_person_with_a_query_stops_the_writer() {
    let folder = Folder::new("query");
    let store = open(&folder);
    store.commit(&swarm(), puts(3)).unwrap();
    let tool = rusqlite::Connection::open(folder.path("swarm.db")).unwrap();
    tool.execute_batch("BEGIN").unwrap();
    let rows =
        |tool: &rusqlite::Connection| tool.query_row("SELECT count(*) FROM entries", [], |row| row.get::<_, i64>(0));
    assert_eq!(rows(&tool), Ok(3));
    for number in 0..500 {
        let batch = Batch::new().put(namespace!("state"), key(number), vec![7; 9_000]);
        store.commit(&swarm(), batch.durability(Durability::Eventual)).unwrap();
    }
    assert_eq!(rows(&tool), Ok(3));
    drop(tool);
    assert_eq!(store.verify().unwrap().rows, 500);
}

#[test]
fn a_file_in_a_folder_with_an_odd_name_is_not_found_again() {
    let folder = Folder::new("odd");
    let path = folder.path("ä b?mode=ro#%20.db");
    SqliteStore::open(&path).unwrap().blocking().commit(&swarm(), puts(1)).unwrap();
    assert!(Path::new(&path).exists());
    let last = SqliteStore::open(&path).unwrap().blocking().standing(&swarm()).unwrap().last.version;
    assert_eq!(last.get(), 1);
}

#[test]
fn records_that_lie_outside_of_the_journal_are_not_missed() {
    for place in [0, -1, 4, 7] {
        let folder = Folder::new("outside");
        let journal = SqliteStore::open(folder.path("swarm.db")).unwrap().journal();
        block_on(journal.append(vec![record(), record(), record()])).unwrap();
        assert_eq!(block_on(journal.head()).unwrap().seq, 3);
        drop(journal);
        meddle(
            &folder,
            &format!(
                "INSERT INTO records (seq, kind, time, payload, previous, digest, crc)
                 SELECT {place}, kind, time, payload, previous, digest, crc FROM records WHERE seq = 2"
            ),
        );
        let journal = SqliteStore::open(folder.path("swarm.db")).unwrap().journal();
        let found = block_on(journal.head()).unwrap_err();
        assert_eq!(found.code(), "journal.corrupted", "{place}: {found}");
        assert!(found.to_string().contains("outside of 1 to 3"), "{place}: {found}");
    }
}
