//! Clocks.

use moai_crdt::{Merge, VectorClock};

use crate::contest::Contest;
use crate::gauge::Gauge;
use crate::inputs::{numbers, replicas};
#[cfg(feature = "peer-crdts")]
use crate::peers::crdts;
use crate::report::Report;
use crate::unit::Unit;

/// So many merges are timed at once, or the clock that times them would be most of it.
const AT_ONCE: usize = 1_000;

pub(super) fn run(report: &mut Report) {
    merge(report, "vector-clock-merge-64", 64, 10.0);
    merge(report, "vector-clock-merge-1024", 1024, 30.0);
}

/// Both clocks know the same replicas, and each is ahead on about half of them.
fn merge(report: &mut Report, name: &'static str, entries: usize, bar: f64) {
    let counts = |seed| -> Vec<u64> { numbers(seed, entries).into_iter().map(|count| 1 + count % 1_000).collect() };
    let (left, right) = (&counts(1), &counts(2));

    let ours = |counts: &[u64]| -> VectorClock { replicas(entries).into_iter().zip(counts.iter().copied()).collect() };
    let contest = Contest::new(name, Unit::Time, side(ours(left), ours(right), |here, there| here.merge(&there)));
    #[cfg(feature = "peer-crdts")]
    let contest = contest.peer("crdts", bar, side(crdts::clock(left), crdts::clock(right), crdts::merge));
    contest.run(report);
}

/// Merges fresh copies: some peers take the other clock away, so each merge gets its own.
fn side<C: Clone, T>(left: C, right: C, merge: impl Fn(&mut C, C) -> T) -> impl FnMut(&mut Gauge) -> Vec<C> {
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
