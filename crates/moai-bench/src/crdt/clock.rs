//! Clocks.

use std::hint::black_box;
use std::time::{SystemTime, UNIX_EPOCH};

use moai_crdt::{HybridClock, Merge, VectorClock};

use crate::contest::Contest;
use crate::crdt::fresh_copies;
use crate::inputs::{numbers, replicas};
#[cfg(any(feature = "peer-crdts", feature = "peer-uhlc"))]
use crate::peers;
use crate::report::Report;
use crate::unit::Unit;

pub(super) fn run(report: &mut Report) {
    merge(report, "vector-clock-merge-64", 64, 10.0);
    merge(report, "vector-clock-merge-1024", 1024, 30.0);
    now(report);
}

/// Both clocks know the same replicas, and each is ahead on about half of them.
#[cfg_attr(not(feature = "peer-crdts"), expect(unused_variables, reason = "the bar is held against a peer"))]
fn merge(report: &mut Report, name: &'static str, entries: usize, bar: f64) {
    let counts = |seed| -> Vec<u64> { numbers(seed, entries).into_iter().map(|count| 1 + count % 1_000).collect() };
    let (left, right) = (&counts(1), &counts(2));

    let ours = |counts: &[u64]| -> VectorClock { replicas(entries).into_iter().zip(counts.iter().copied()).collect() };
    let side = fresh_copies(ours(left), ours(right), entries, |here, there| here.merge(&there));
    let contest = Contest::new(name, Unit::Time, side);
    #[cfg(feature = "peer-crdts")]
    let contest = {
        let (left, right) = (peers::crdts::clock(left), peers::crdts::clock(right));
        contest.peer("crdts", bar, fresh_copies(left, right, entries, peers::crdts::merge))
    };
    contest.run(report);
}

/// One stamp after the other, each with a look at the system's clock.
fn now(report: &mut Report) {
    const STAMPS: usize = 100_000;

    let ours = HybridClock::new(system_millis);
    let contest = Contest::new("hybrid-clock-now", Unit::Time, move |gauge| {
        gauge.time(STAMPS, || (0..STAMPS).for_each(|_| _ = black_box(ours.now())));
    });
    #[cfg(feature = "peer-uhlc")]
    let contest = contest.peer("uhlc", 1.0, {
        let theirs = peers::uhlc::clock();
        move |gauge| gauge.time(STAMPS, || (0..STAMPS).for_each(|_| _ = black_box(theirs.new_timestamp())))
    });
    contest.run(report);
}

#[expect(clippy::disallowed_methods, reason = "a row about the cost of looking at the system's clock")]
fn system_millis() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}
