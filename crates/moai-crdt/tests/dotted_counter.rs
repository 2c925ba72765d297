//! A counter under dots: what must not happen to its sums.

use moai_core::agent_id;
use moai_crdt::{Causal, DottedCounter, Merge, OrMap, ReplicaId};

fn replicas() -> (ReplicaId, ReplicaId) {
    (ReplicaId::derive(&agent_id!("a"), 0), ReplicaId::derive(&agent_id!("b"), 0))
}

#[test]
fn a_sum_that_arrives_late_is_counted_beside_the_one_that_replaced_it() {
    let (a, _) = replicas();
    let mut here = Causal::<DottedCounter>::default();
    let deltas = [5, 1, 1].map(|n| here.add(a, n).unwrap());
    let mut there = Causal::<DottedCounter>::default();
    there.apply(&deltas[2]);
    there.apply(&deltas[0]); // the second, which took its place, is on its way
    assert_eq!(there.value(), 7);
    there.apply(&deltas[1]);
    assert_eq!(here, there);
}

#[test]
fn a_failure_draws_a_dot_or_makes_a_key() {
    let (a, _) = replicas();
    let mut counter = Causal::<DottedCounter>::default();
    let _sent = counter.add(a, i64::MAX).unwrap();
    let before = counter.clone();
    assert!(counter.add(a, 1).is_err());
    assert_eq!(counter, before);

    let mut map = Causal::<OrMap<&str, DottedCounter>>::default();
    let _sent = map.try_update(a, "full", |counter, writer| counter.add(writer, i64::MIN)).unwrap();
    let before = map.clone();
    assert!(map.try_update(a, "full", |counter, writer| counter.add(writer, -1)).is_err());
    assert!(map.try_update(a, "new", |_, _| Err("for another reason")).is_err());
    assert_eq!(map, before);
}

#[test]
fn the_sum_of_full_parts_wraps() {
    let (a, b) = replicas();
    let mut counter = Causal::<DottedCounter>::default();
    let _sent = counter.add(a, i64::MIN).unwrap();
    let _sent = counter.add(b, i64::MIN).unwrap();
    assert_eq!(counter.value(), 2 * i128::from(i64::MIN));
}

#[test]
fn the_part_of_a_dead_replica_is_lost_or_doubled_when_it_is_handed_over() {
    let (dead, heir) = replicas();
    let mut here = Causal::<DottedCounter>::default();
    let first = here.add(dead, 7).unwrap();
    let _sent = here.add(heir, 1).unwrap();
    let mut there = here.clone();
    let delta = here.retire(dead, heir).unwrap();
    there.apply(&delta);
    assert_eq!(there.parts().collect::<Vec<_>>(), [(heir, 8)]);
    assert!(!there.apply(&first), "what it had written does not come back");
    assert!(here.retire(dead, heir).unwrap().is_empty(), "the second time there is nothing to hand over");
    assert_eq!(here, there);
}

#[test]
fn handing_over_overflows_and_changes_something() {
    let (dead, heir) = replicas();
    let mut counter = Causal::<DottedCounter>::default();
    let _sent = counter.add(dead, i64::MAX).unwrap();
    let _sent = counter.add(heir, 1).unwrap();
    let before = counter.clone();
    assert!(counter.retire(dead, heir).is_err());
    assert!(counter.retire(heir, heir).unwrap().is_empty());
    assert_eq!(counter, before);
}

#[test]
fn the_anomaly_is_another_than_the_page_says() {
    let (a, b) = replicas();
    let mut left = Causal::<OrMap<&str, DottedCounter>>::default();
    let _sent = left.try_update(a, "votes", |votes, writer| votes.add(writer, 7)).unwrap();
    let _sent = left.try_update(b, "votes", |votes, writer| votes.add(writer, 3)).unwrap();
    let mut right = left.clone();
    let _sent = right.remove("votes");
    let _sent = left.try_update(a, "votes", |votes, writer| votes.add(writer, 1)).unwrap();
    left.merge(&right);
    assert_eq!(left.get("votes").map(DottedCounter::value), Some(8));
}
