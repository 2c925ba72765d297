//! How the cost of a set grows with its size.

use moai_crdt::Merge;

use super::set::{added, set_of};
use crate::contest::median;
use crate::gauge::Gauge;
use crate::inputs::{numbers, replicas};
#[cfg(feature = "peer-crdts")]
use crate::peers::crdts;
use crate::plot::{Curve, svg};

const SIZES: [usize; 7] = [1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000];
const ROUNDS: usize = 3;
/// How many elements are new where both sides know nearly everything.
const NEWS: usize = 100;

pub(crate) fn plot() -> String {
    let mut curves = Vec::new();
    for (colour, (name, ours)) in [
        ("add all", add as fn(&mut Gauge, &[u64], &[u64])),
        ("merge, nothing in common", merge),
        ("take in 100 changes", apply),
    ]
    .into_iter()
    .enumerate()
    {
        curves.push(curve(name, colour, true, ours));
    }
    #[cfg(feature = "peer-crdts")]
    {
        curves.push(curve("crdts: add all", 0, false, peer_add));
        curves.push(curve("crdts: merge, nothing in common", 1, false, peer_merge));
        curves.push(curve("crdts: merge, 100 changes", 2, false, peer_merge_news));
    }
    svg("A set of random numbers: processor time over size", "elements", &curves)
}

fn curve(name: &str, colour: usize, ours: bool, work: impl Fn(&mut Gauge, &[u64], &[u64])) -> Curve {
    let point = |size: usize| {
        let (left, right) = (numbers(1, size), numbers(2, size));
        let round = || {
            let mut gauge = Gauge::default();
            work(&mut gauge, &left, &right);
            gauge.per_operation()
        };
        (size as f64, median((0..ROUNDS).map(|_| round()).collect()))
    };
    Curve { name: name.into(), colour, ours, points: SIZES.into_iter().map(point).collect() }
}

fn add(gauge: &mut Gauge, left: &[u64], _: &[u64]) {
    let me = replicas(1)[0];
    gauge.time(1, || set_of(me, left));
}

fn merge(gauge: &mut Gauge, left: &[u64], right: &[u64]) {
    let replicas = replicas(2);
    let (mut here, there) = (set_of(replicas[0], left), set_of(replicas[1], right));
    gauge.time(1, || here.merge(&there));
}

fn apply(gauge: &mut Gauge, left: &[u64], right: &[u64]) {
    let replicas = replicas(2);
    let mut here = set_of(replicas[0], left);
    let delta = added(&mut here.clone(), replicas[1], &right[..NEWS]);
    gauge.time(1, || here.apply(&delta));
}

#[cfg(feature = "peer-crdts")]
fn peer_add(gauge: &mut Gauge, left: &[u64], _: &[u64]) {
    gauge.time(1, || crdts::set_of(1, left));
}

#[cfg(feature = "peer-crdts")]
fn peer_merge(gauge: &mut Gauge, left: &[u64], right: &[u64]) {
    let (mut here, there) = (crdts::set_of(1, left), crdts::set_of(2, right));
    gauge.time(1, || crdts::merge(&mut here, there));
}

#[cfg(feature = "peer-crdts")]
fn peer_merge_news(gauge: &mut Gauge, left: &[u64], right: &[u64]) {
    let mut here = crdts::set_of(1, left);
    let mut there = here.clone();
    crdts::add_all(&mut there, 2, &right[..NEWS]);
    gauge.time(1, || crdts::merge(&mut here, there));
}
