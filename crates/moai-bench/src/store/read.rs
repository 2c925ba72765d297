//! Reading one value, and reading what has changed.

use moai_core::{Cursor, MemoryProvider, StateKey, Version};
use moai_store::{BlockingSqliteStore, SqliteStore};
use tokio::runtime::Builder;

use super::bare::Bare;
use super::place::{Place, fill, space, state_keys, swarm};
use crate::contest::Contest;
use crate::inputs::MANY;
use crate::report::Report;
use crate::unit::Unit;

/// Gets in one round.
const GETS: usize = 20_000;

/// How many changes a page holds.
const PAGE: usize = 10_000;

pub(super) fn run(report: &mut Report) {
    if !["get", "get-async", "changes-100000"].iter().any(|name| report.wants(name)) {
        return;
    }
    let place = Place::new("read");
    let keys = state_keys(MANY);
    let store = SqliteStore::open(place.path("ours.db")).expect("a store");
    let mut bare = Bare::open(&place.path("bare.db"));
    fill(store.blocking(), &keys);
    bare.fill(&keys);
    // In another order than that in which they were put.
    let mut asked: Vec<StateKey> = keys.iter().step_by(MANY / GETS).cloned().collect();
    asked.sort_by_cached_key(|key| key.as_str().bytes().rev().collect::<Vec<u8>>());

    let blocking = store.blocking();
    Contest::new("get", Unit::Time, |gauge| {
        gauge.time(GETS, || {
            asked.iter().for_each(|key| assert!(blocking.get(&swarm(), &space(), key).is_ok_and(|it| it.is_some())))
        });
    })
    .peer("bare-sqlite", 1.0 / 1.5, |gauge| {
        gauge.time(GETS, || asked.iter().map(|key| bare.get(key).1.len()).sum::<usize>())
    })
    .run(report);

    let runtime = Builder::new_current_thread().build().expect("a runtime");
    Contest::new("get-async", Unit::Time, |gauge| {
        gauge.wall(GETS, || {
            runtime.block_on(async {
                for key in &asked {
                    assert!(store.get(&swarm(), &space(), key).await.is_ok_and(|it| it.is_some()));
                }
            });
        });
    })
    .peer("bare-sqlite", None, |gauge| {
        gauge.wall(GETS, || asked.iter().map(|key| bare.get(key).1.len()).sum::<usize>())
    })
    .run(report);

    Contest::new("changes-100000", Unit::Time, |gauge| gauge.time(MANY, || assert_eq!(changes(blocking), MANY)))
        .peer("bare-sqlite", 1.0 / 1.5, |gauge| gauge.time(MANY, || assert_eq!(bare.changes(PAGE), MANY)))
        .run(report);
}

/// Every change, in pages.
fn changes(store: &BlockingSqliteStore) -> usize {
    let mut since: Option<Cursor> = None;
    let mut read = 0;
    loop {
        let page = store.changes(&swarm(), since, PAGE).expect("a page");
        read += page.happened.len();
        since = Some(page.next);
        if !page.more {
            assert!(page.next.version > Version::ZERO);
            return read;
        }
    }
}
