//! Opening a large store again, as a killed process has left it: with a log.

use std::fs;
use std::path::Path;

use moai_core::{Batch, Durability};
use moai_store::SqliteStore;

use super::place::{Place, VALUE, fill, space, state_keys, swarm};
use crate::contest::Contest;
use crate::report::Report;
use crate::unit::Unit;

/// What it may take, in nanoseconds.
const LIMIT: f64 = 100e6;

pub(super) fn run(report: &mut Report) {
    let (name, entries) = if report.quick { ("reopen-100000", 100_000) } else { ("reopen-1000000", 1_000_000) };
    if !report.wants(name) {
        return;
    }
    let place = Place::new("reopen");
    let keys = state_keys(entries);
    let path = place.path("0.db");
    fill(SqliteStore::open(&path).expect("a store").blocking(), &keys);
    let mut path = path;
    let mut round = 0;
    Contest::new(name, Unit::Time, |gauge| {
        let store = SqliteStore::open(&path).expect("a store");
        for key in keys.iter().step_by(entries / 500) {
            let batch = Batch::new().put(space(), key.clone(), vec![8; VALUE]).durability(Durability::Eventual);
            store.blocking().commit(&swarm(), batch).expect("a commit");
        }
        // The files as they are while somebody writes are what a kill leaves.
        round += 1;
        let killed = place.path(&format!("{round}.db"));
        copy(&path, &killed);
        drop(store);
        path = killed;
        gauge.wall(1, || SqliteStore::open(&path).expect("a store"));
    })
    .peer("limit-of-100-ms", 1.0, |gauge| gauge.recorded(LIMIT))
    .run(report);
}

fn copy(from: &Path, to: &Path) {
    for end in ["", "-wal", "-lock"] {
        let name = |path: &Path| format!("{}{end}", path.display());
        fs::copy(name(from), name(to)).expect("a copy");
        // Else the copying would be waited for, not the opening.
        fs::File::open(name(to)).and_then(|file| file.sync_all()).expect("a sync");
    }
}
