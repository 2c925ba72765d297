//! Area `crdt`: clocks, and data that merges.

mod clock;
mod counter;
mod curves;
mod map;
mod set;

use crate::gauge::Gauge;
use crate::report::Report;

pub(crate) use curves::plot;

pub(crate) fn run(report: &mut Report) {
    set::run(report);
    map::run(report);
    counter::run(report);
    clock::run(report);
}

/// Merges `right` into `left`, each time fresh copies: some peers take the other state away, so each merge gets its own.
/// Of short merges so many are timed at once that looking at the time does not count, and not so many that they no longer
/// fit into the cache.
fn fresh_copies<C: Clone, T>(
    left: C,
    right: C,
    entries: usize,
    merge: impl Fn(&mut C, C) -> T,
) -> impl FnMut(&mut Gauge) -> Vec<C> {
    let at_once = 20_000 / entries;
    move |gauge| {
        let mut here = vec![left.clone(); at_once];
        let there = vec![right.clone(); at_once];
        gauge.time(at_once, || {
            for (here, there) in here.iter_mut().zip(there) {
                merge(here, there);
            }
        });
        here
    }
}
