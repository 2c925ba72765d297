//! A cache before a file, with writers and readers on threads: who begins to read after a commit came back sees it, or what
//! came behind it.

#![allow(clippy::disallowed_methods, reason = "the test is about threads")]

mod folder;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Waker};
use std::thread;

use folder::Folder;
use moai_core::{Batch, Durability, Held, KeyRange, MemoryProvider, StateKey, namespace, swarm_id};
use moai_store::{CachedStore, SqliteStore};
use pollster::block_on;

const KEYS: usize = 3;
const COMMITS: usize = 600;
/// How many times each reader reads at least.
const READS: usize = 2_000;

/// Readers end when the writers have, and also when one of those has failed.
struct Written<'a>(&'a AtomicBool);

impl Drop for Written<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn key(number: usize) -> StateKey {
    StateKey::new(format!("key-{number}")).unwrap()
}

fn version(held: &Held) -> u64 {
    match held {
        Held::Value(entry) => entry.version.get(),
        Held::Deleted(version) => version.get(),
        Held::Nothing => 0,
    }
}

/// What a writer does next: mostly one key, now and then all of them. Which keys it touches.
fn batch(number: usize) -> (Batch, Vec<usize>) {
    let (space, at) = (namespace!("state"), number % KEYS);
    let batch = Batch::new().durability(Durability::Eventual);
    match number % 17 {
        3 => (batch.delete_range(space, KeyRange::ALL), (0..KEYS).collect()),
        7 => (batch.delete(space, key(at)), vec![at]),
        _ => (batch.put(space, key(at), number.to_string()), vec![at]),
    }
}

#[test]
fn a_reader_misses_what_was_answered_before() {
    let (folder, swarm) = (Folder::new("cached"), swarm_id!("swarm-001"));
    let sqlite = SqliteStore::open(folder.path("swarm.db")).unwrap();
    let store = CachedStore::new(Arc::new(sqlite.clone()), 1 << 20);
    // By key: the greatest version whose commit came back.
    let answered: [AtomicU64; KEYS] = Default::default();
    let written = AtomicBool::new(false);
    thread::scope(|threads| {
        let writers: Vec<_> = (0..2)
            .map(|writer| {
                let (store, swarm, answered) = (&store, &swarm, &answered);
                threads.spawn(move || {
                    for number in 0..COMMITS {
                        let (batch, touched) = batch(number * 7 + writer);
                        if number % 29 == 11 {
                            // Nobody waits for this one: it lands whenever it does.
                            let mut commit = pin!(store.commit(swarm, batch));
                            let _ = commit.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                            continue;
                        }
                        let committed = block_on(store.commit(swarm, batch)).unwrap();
                        for at in touched {
                            answered[at].fetch_max(committed.last.get(), Ordering::SeqCst);
                        }
                    }
                })
            })
            .collect();
        for reader in 0..3 {
            let (store, swarm, answered, written) = (&store, &swarm, &answered, &written);
            threads.spawn(move || {
                let mut seen = [0; KEYS];
                for number in reader.. {
                    if number > READS && written.load(Ordering::SeqCst) {
                        return;
                    }
                    let at = number % KEYS;
                    let due = answered[at].load(Ordering::SeqCst).max(seen[at]);
                    let held = block_on(store.look(swarm, &namespace!("state"), &key(at))).unwrap();
                    assert!(version(&held) >= due, "key {at} was at {due}, and then {held:?} was answered");
                    seen[at] = version(&held);
                }
            });
        }
        let _written = Written(&written);
        writers.into_iter().for_each(|writer| writer.join().unwrap());
    });
    for at in 0..KEYS {
        let look = |store: &dyn MemoryProvider| block_on(store.look(&swarm, &namespace!("state"), &key(at))).unwrap();
        assert_eq!(look(&store), look(&sqlite));
    }
    assert!(store.statistics().hits > 0, "no answer came from the cache, so nothing was tried");
}
