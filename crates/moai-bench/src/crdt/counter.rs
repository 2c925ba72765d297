//! Counters.

use std::hint::black_box;

use moai_crdt::{GCounter, Merge};

use crate::contest::Contest;
use crate::crdt::fresh_copies;
use crate::inputs::replicas;
#[cfg(any(feature = "peer-automerge", feature = "peer-crdts", feature = "peer-loro"))]
use crate::peers;
use crate::report::Report;
use crate::unit::Unit;

/// How often one replica counts in a row.
const STEPS: usize = 100_000;

/// Documents get few: each step of automerge takes longer than the one before.
#[cfg(any(feature = "peer-automerge", feature = "peer-loro"))]
const STEPS_OF_DOCUMENTS: usize = 100;

pub(super) fn run(report: &mut Report) {
    increment(report);
    merge(report);
}

fn increment(report: &mut Report) {
    let me = replicas(1)[0];
    let mut ours = GCounter::default();
    let contest = Contest::new("counter-increment", Unit::Time, move |gauge| {
        gauge.time(STEPS, || {
            for _ in 0..STEPS {
                // The delta is made and seen, as if it were sent.
                drop(black_box(ours.increment(black_box(me))));
            }
        });
    });
    #[cfg(feature = "peer-crdts")]
    let contest = contest.peer("crdts", 3.0, {
        let mut theirs = peers::crdts::Counter::default();
        move |gauge| {
            gauge.time(STEPS, || {
                for _ in 0..STEPS {
                    peers::crdts::increment(&mut theirs, black_box(1));
                }
            });
        }
    });
    #[cfg(feature = "peer-loro")]
    let contest =
        contest.peer("loro", None, |gauge| gauge.time(STEPS_OF_DOCUMENTS, || peers::loro::counted(STEPS_OF_DOCUMENTS)));
    #[cfg(feature = "peer-automerge")]
    let contest = contest.peer("automerge", None, |gauge| {
        gauge.time(STEPS_OF_DOCUMENTS, || peers::automerge::counted(STEPS_OF_DOCUMENTS))
    });
    contest.run(report);
}

/// Both sides know the same 64 replicas, and each is ahead on half of them.
fn merge(report: &mut Report) {
    let count = |ahead: usize| {
        let mut counter = GCounter::default();
        for (at, me) in replicas(64).into_iter().enumerate() {
            let steps = if at % 2 == ahead { 900 } else { 500 };
            drop(counter.add(me, steps));
        }
        counter
    };
    let side = fresh_copies(count(0), count(1), 64, |here, there| here.merge(&there));
    let contest = Contest::new("counter-merge-64", Unit::Time, side);
    #[cfg(feature = "peer-crdts")]
    let contest = {
        let count = |ahead: u64| {
            let mut counter = peers::crdts::Counter::default();
            for actor in 0..64 {
                peers::crdts::count(&mut counter, actor, if actor % 2 == ahead { 900 } else { 500 });
            }
            counter
        };
        contest.peer("crdts", 6.0, fresh_copies(count(0), count(1), 64, peers::crdts::merge))
    };
    contest.run(report);
}
