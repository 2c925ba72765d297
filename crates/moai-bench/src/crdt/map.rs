//! Maps of 22-byte keys to numbers.

use crate::contest::Contest;
use crate::gauge::Gauge;
use crate::inputs::{MANY, keys};
use crate::map_side::MapSide;
use crate::ours;
use crate::peers;
use crate::report::Report;
use crate::unit::Unit;

/// The same row for us and for every peer that has a map; `$bar` is meant for `crdts`.
macro_rules! contest {
    ($name:literal, $unit:expr, $row:ident($($input:expr),*), bar: $bar:expr) => {{
        let contest = Contest::new($name, $unit, $row::<ours::Map>($($input),*));
        #[cfg(feature = "peer-crdts")]
        let contest = contest.peer("crdts", $bar, $row::<peers::crdts::Map>($($input),*));
        #[cfg(feature = "peer-yrs")]
        let contest = contest.peer("yrs", None, $row::<peers::yrs::Map>($($input),*));
        #[cfg(feature = "peer-loro")]
        let contest = contest.peer("loro", None, $row::<peers::loro::Map>($($input),*));
        #[cfg(feature = "peer-automerge")]
        let contest = contest.peer("automerge", None, $row::<peers::automerge::Map>($($input),*));
        contest
    }};
}

pub(super) fn run(report: &mut Report) {
    let (left, right) = (&keys(0, MANY), &keys(MANY, MANY));
    contest!("map-set", Unit::Time, set(left), bar: 6.0)
        .peer("bare-table", None, |gauge| gauge.time(left.len(), || peers::table::map_of(left)))
        .run(report);
    contest!("map-get", Unit::Time, get(left), bar: 20.0).run(report);
    contest!("map-merge-disjoint", Unit::Time, merge(left, right), bar: 5.0).run(report);
    contest!("map-heap-per-key", Unit::Bytes, heap(left), bar: 5.0).run(report);
    contest!("map-bytes-per-key", Unit::Bytes, bytes(left), bar: 1.0 / 0.75).run(report);
    contest!("map-bytes-after-churn", Unit::Bytes, bytes_after_churn(&left[..10_000]), bar: None).run(report);
    contest!("map-heap-after-churn", Unit::Bytes, heap_after_churn(&left[..10_000]), bar: None)
        .peer("limit-of-1-KB", 1.0, |gauge| gauge.bytes(1, 1_000))
        .run(report);
}

fn set<M: MapSide>(keys: &[String]) -> impl FnMut(&mut Gauge) -> M {
    move |gauge| gauge.time(keys.len(), || M::of(1, keys))
}

fn get<M: MapSide>(keys: &[String]) -> impl FnMut(&mut Gauge) {
    // Made when it is first asked for: rows that are left out cost nothing.
    let mut map = None;
    move |gauge| {
        let map = map.get_or_insert_with(|| M::of(1, keys));
        let sum = gauge.time(keys.len(), || map.sum(keys));
        assert_eq!(sum, sum_of_places(keys), "a peer that finds nothing would be fast");
    }
}

fn merge<M: MapSide>(left: &[String], right: &[String]) -> impl FnMut(&mut Gauge) -> M {
    move |gauge| {
        let mut here = M::of(1, left);
        let sent = M::of(2, right).send();
        gauge.time(1, || here.receive(sent));
        assert_eq!(here.sum(right), sum_of_places(right), "what was sent must have come");
        here
    }
}

/// What all values come to: each is the place of its key.
fn sum_of_places(keys: &[String]) -> u64 {
    (0..keys.len() as u64).sum::<u64>()
}

fn heap<M: MapSide>(keys: &[String]) -> impl FnMut(&mut Gauge) -> M {
    move |gauge| gauge.heap(keys.len(), || M::of(1, keys))
}

fn bytes<M: MapSide>(keys: &[String]) -> impl FnMut(&mut Gauge) {
    move |gauge| gauge.bytes(keys.len(), M::of(1, keys).bytes())
}

fn bytes_after_churn<M: MapSide>(keys: &[String]) -> impl FnMut(&mut Gauge) {
    move |gauge| gauge.bytes(1, churned::<M>(keys).bytes())
}

fn heap_after_churn<M: MapSide>(keys: &[String]) -> impl FnMut(&mut Gauge) -> M {
    move |gauge| gauge.heap(1, || churned(keys))
}

/// What is left after ten rounds of setting and removing every key.
fn churned<M: MapSide>(keys: &[String]) -> M {
    let mut map = M::new(1);
    for _ in 0..10 {
        map.set_all(keys);
        map.remove_all(keys);
    }
    map
}
