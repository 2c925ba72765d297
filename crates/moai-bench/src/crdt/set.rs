//! Sets of random numbers.

use std::hint::black_box;

use moai_crdt::{Causal, Delta, Merge, OrSet, ReplicaId, WireForm};

use crate::contest::Contest;
use crate::gauge::Gauge;
use crate::inputs::{MANY, numbers, replicas};
use crate::peers::table;
use crate::report::Report;
use crate::unit::Unit;

#[cfg(feature = "peer-crdts")]
use crate::peers::crdts;

type Set = Causal<OrSet<u64>>;

pub(crate) fn add_all(set: &mut Set, me: ReplicaId, elements: &[u64]) {
    for &element in elements {
        // The delta is made and seen, as if it were sent.
        drop(black_box(set.add(me, element)));
    }
}

pub(crate) fn set_of(me: ReplicaId, elements: &[u64]) -> Set {
    let mut set = Set::default();
    add_all(&mut set, me, elements);
    set
}

/// Adds the elements, and says so in one delta.
pub(crate) fn added(set: &mut Set, me: ReplicaId, elements: &[u64]) -> Delta<OrSet<u64>> {
    let mut batch = Delta::default();
    for &element in elements {
        batch.join(&set.add(me, element));
    }
    batch
}

pub(super) fn run(report: &mut Report) {
    add(report);
    merge(report);
    actors(report);
    memory(report);
}

fn add(report: &mut Report) {
    let (me, elements) = (replicas(1)[0], &numbers(1, MANY));

    let contest = Contest::new("set-add-fresh", Unit::Time, move |gauge| gauge.time(MANY, || set_of(me, elements)));
    #[cfg(feature = "peer-crdts")]
    let contest = contest.peer("crdts", 8.0, move |gauge| gauge.time(MANY, || crdts::set_of(1, elements)));
    contest.peer("bare-table", None, move |gauge| gauge.time(MANY, || table::set_of(elements))).run(report);

    // Every element is there already, so nothing has to grow.
    let mut ours = set_of(me, elements);
    let contest =
        Contest::new("set-add-steady", Unit::Time, move |gauge| gauge.time(MANY, || add_all(&mut ours, me, elements)));
    #[cfg(feature = "peer-crdts")]
    let contest = contest.peer("crdts", 8.0, {
        let mut theirs = crdts::set_of(1, elements);
        move |gauge| gauge.time(MANY, || crdts::add_all(&mut theirs, 1, elements))
    });
    contest
        .peer("bare-table", None, {
            let mut table = table::set_of(elements);
            move |gauge| gauge.time(MANY, || table::add_all(&mut table, elements))
        })
        .run(report);
}

fn merge(report: &mut Report) {
    let replicas = replicas(2);
    let (left, right) = (&numbers(1, MANY), &numbers(2, MANY));

    let contest = Contest::new("set-merge-disjoint", Unit::Time, {
        let (ours, others) = (set_of(replicas[0], left), set_of(replicas[1], right));
        move |gauge| {
            let mut merged = ours.clone();
            gauge.time(1, || merged.merge(&others));
        }
    });
    #[cfg(feature = "peer-crdts")]
    let contest = contest.peer("crdts", 4.0, {
        let (ours, others) = (crdts::set_of(1, left), crdts::set_of(2, right));
        move |gauge| {
            let (mut merged, others) = (ours.clone(), others.clone());
            gauge.time(1, || crdts::merge(&mut merged, others));
        }
    });
    contest.run(report);

    // One element in a hundred is new.
    let news = &right[..MANY / 100];
    let contest = Contest::new("set-merge-1-percent", Unit::Time, {
        let ours = set_of(replicas[0], left);
        let delta = added(&mut ours.clone(), replicas[1], news);
        move |gauge| {
            let mut merged = ours.clone();
            gauge.time(1, || merged.apply(&delta));
        }
    });
    #[cfg(feature = "peer-crdts")]
    let contest = contest.peer("crdts", 5.0, {
        let ours = crdts::set_of(1, left);
        let mut others = ours.clone();
        crdts::add_all(&mut others, 2, news);
        move |gauge| {
            let (mut merged, others) = (ours.clone(), others.clone());
            gauge.time(1, || crdts::merge(&mut merged, others));
        }
    });
    // Its operations are smaller than its state, but none may be lost or come early.
    #[cfg(feature = "peer-crdts")]
    let contest = contest.peer("crdts-operations", 5.0, {
        let ours = crdts::set_of(1, left);
        let operations = crdts::added(&mut ours.clone(), 2, news);
        move |gauge| {
            let (mut merged, operations) = (ours.clone(), operations.clone());
            gauge.time(1, || crdts::apply_all(&mut merged, operations));
        }
    });
    contest.run(report);
}

fn actors(report: &mut Report) {
    /// Each of many replicas adds one element after the other.
    fn add_in_turn(set: &mut Set, replicas: &[ReplicaId], elements: &[u64]) {
        for (&me, &element) in replicas.iter().cycle().zip(elements) {
            drop(black_box(set.add(me, element)));
        }
    }
    fn ours<'a>(replicas: Vec<ReplicaId>, elements: &'a [u64]) -> impl FnMut(&mut Gauge) + 'a {
        let mut set = Set::default();
        add_in_turn(&mut set, &replicas, elements);
        move |gauge| gauge.time(elements.len(), || add_in_turn(&mut set, &replicas, elements))
    }

    let elements = &numbers(1, 20_000);
    let contest = Contest::new("set-add-1000-replicas", Unit::Time, ours(replicas(1_000), elements));
    #[cfg(feature = "peer-crdts")]
    let contest = contest.peer("crdts", 100.0, {
        let mut theirs = crdts::Set::default();
        crdts::add_in_turn(&mut theirs, 1_000, elements);
        move |gauge| gauge.time(elements.len(), || crdts::add_in_turn(&mut theirs, 1_000, elements))
    });
    contest.run(report);

    // The peer is ourselves with ten: a thousand times as many may cost three times as much.
    Contest::new("set-add-10000-replicas", Unit::Time, ours(replicas(10_000), elements))
        .peer("ours-with-10", 1.0 / 3.0, ours(replicas(10), elements))
        .run(report);
}

fn memory(report: &mut Report) {
    let (me, elements) = (replicas(1)[0], &numbers(1, MANY));

    let contest =
        Contest::new("set-heap-per-element", Unit::Bytes, move |gauge| gauge.heap(MANY, || set_of(me, elements)));
    #[cfg(feature = "peer-crdts")]
    let contest = contest.peer("crdts", 5.0, move |gauge| gauge.heap(MANY, || crdts::set_of(1, elements)));
    contest.run(report);

    let contest = Contest::new("set-bytes-per-element", Unit::Bytes, move |gauge| {
        gauge.bytes(MANY, set_of(me, elements).to_bytes().len());
    });
    #[cfg(feature = "peer-crdts")]
    let contest = contest.peer("crdts", 1.0 / 0.7, move |gauge| {
        gauge.bytes(MANY, crdts::bytes(&crdts::set_of(1, elements)));
    });
    contest.run(report);
}
