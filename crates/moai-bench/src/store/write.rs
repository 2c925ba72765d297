//! Durable commits of one value each: one writer, and many at the same time. By the clock on the wall, for the disk is
//! what they wait for.

use std::sync::Arc;

use moai_core::{Batch, MemoryProvider, StateKey};
use moai_store::SqliteStore;
use tokio::runtime::Builder;

use super::bare::Bare;
use super::place::{Place, VALUE, space, state_keys, swarm};
use crate::contest::Contest;
use crate::gauge::Gauge;
use crate::report::Report;
use crate::unit::Unit;

/// Commits in one round.
const ALONE: usize = 400;
const TOGETHER: usize = 10_240;
const WRITERS: usize = 256;

pub(super) fn run(report: &mut Report) {
    if !report.wants("durable-1-writer") && !report.wants("durable-256-writers") {
        return;
    }
    let place = Place::new("write");
    let keys = Arc::new(state_keys(10_000));
    let store = SqliteStore::open(place.path("ours.db")).expect("a store");
    let mut bare = Bare::open(&place.path("bare.db"));
    Contest::new("durable-1-writer", Unit::Time, alone(&store, &keys))
        .peer("bare-sqlite", 1.0 / 1.3, |gauge| {
            gauge.wall(ALONE, || keys.iter().take(ALONE).for_each(|key| bare.put(key)));
        })
        .run(report);
    Contest::new("durable-256-writers", Unit::Time, together(&store, &keys))
        .peer("ours-with-1-writer", 4.0, alone(&store, &keys))
        .run(report);
}

fn put(key: &StateKey) -> Batch {
    Batch::new().put(space(), key.clone(), vec![7; VALUE])
}

fn alone(store: &SqliteStore, keys: &Arc<Vec<StateKey>>) -> impl FnMut(&mut Gauge) {
    let (store, keys) = (store.blocking().clone(), Arc::clone(keys));
    move |gauge| {
        gauge.wall(ALONE, || {
            for key in keys.iter().take(ALONE) {
                store.commit(&swarm(), put(key)).expect("a commit");
            }
        });
    }
}

/// Each writer is a task that waits for its commit before it makes the next.
fn together(store: &SqliteStore, keys: &Arc<Vec<StateKey>>) -> impl FnMut(&mut Gauge) {
    let (store, keys) = (store.clone(), Arc::clone(keys));
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    move |gauge| {
        gauge.wall(TOGETHER, || {
            runtime.block_on(async {
                let mut writers = Vec::new();
                for writer in 0..WRITERS {
                    let (store, keys) = (store.clone(), Arc::clone(&keys));
                    #[expect(clippy::disallowed_methods, reason = "writers are tasks of their own")]
                    writers.push(tokio::spawn(async move {
                        for number in 0..TOGETHER / WRITERS {
                            let key = &keys[(writer + number * WRITERS) % keys.len()];
                            store.commit(&swarm(), put(key)).await.expect("a commit");
                        }
                    }));
                }
                for writer in writers {
                    writer.await.expect("a writer");
                }
            });
        });
    }
}
