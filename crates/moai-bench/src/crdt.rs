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

/// So many short merges are timed at once, or the clock that times them would be most of it.
const AT_ONCE: usize = 1_000;

/// Merges `right` into `left`, each time fresh copies: some peers take the other state away, so each merge gets its own.
fn fresh_copies<C: Clone, T>(left: C, right: C, merge: impl Fn(&mut C, C) -> T) -> impl FnMut(&mut Gauge) -> Vec<C> {
    move |gauge| {
        let mut here = vec![left.clone(); AT_ONCE];
        let there = vec![right.clone(); AT_ONCE];
        gauge.time(AT_ONCE, || {
            for (here, there) in here.iter_mut().zip(there) {
                merge(here, there);
            }
        });
        here
    }
}
