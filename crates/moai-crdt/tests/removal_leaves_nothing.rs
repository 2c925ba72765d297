//! What was removed leaves nothing but numbers in the context, and those stay few.

use moai_core::agent_id;
use moai_crdt::{Causal, DotStore, DottedCounter, EwFlag, LwwMap, Merge, MvRegister, OrMap, OrSet, ReplicaId, Stamp};

/// Ten rounds in which two replicas add a thousand keys, and one removes them all.
fn ten_rounds<S: DotStore + PartialEq>(
    add: impl Fn(&mut Causal<S>, ReplicaId, u32),
    remove: impl Fn(&mut Causal<S>, u32),
) {
    let (a, b) = (ReplicaId::derive(&agent_id!("a"), 0), ReplicaId::derive(&agent_id!("b"), 0));
    let (mut left, mut right) = (Causal::<S>::default(), Causal::<S>::default());
    for _ in 0..10 {
        for key in 0..1_000 {
            add(&mut left, a, key);
            add(&mut right, b, key);
        }
        left.merge(&right);
        for key in 0..1_000 {
            remove(&mut left, key);
        }
        let missing = left.delta_for(&right.digest());
        right.apply(&missing);
    }
    for state in [&left, &right] {
        assert!(*state.store() == S::default());
        let runs: Vec<_> = state.seen().runs().map(|(replica, first, _)| (replica, first)).collect();
        let mut all = [(a, 1), (b, 1)];
        all.sort_unstable();
        assert_eq!(runs, all, "one run for each replica");
    }
    assert!(left.digest() == right.digest());
}

#[test]
fn a_set_keeps_something_of_what_was_removed() {
    ten_rounds::<OrSet<u32>>(|set, me, key| drop(set.add(me, key)), |set, key| drop(set.remove(&key)));
}

#[test]
fn a_map_keeps_something_of_what_was_removed() {
    let set = |map: &mut Causal<LwwMap<u32, u32>>, me, key| drop(map.set(me, key, Stamp::from_bits(1), key));
    ten_rounds(set, |map, key| drop(map.remove(&key)));
}

#[test]
fn a_map_of_maps_keeps_something_of_what_was_removed() {
    type Nested = OrMap<u32, OrMap<u32, MvRegister<u32>>>;
    let set = |map: &mut Causal<Nested>, me, key: u32| {
        let delta = map.update(me, key % 10, |inner, writer| {
            inner.update(writer, key, |register, writer| register.write(writer, key))
        });
        drop(delta);
    };
    let remove = |map: &mut Causal<Nested>, key: u32| {
        drop(map.mutate(ReplicaId::derive(&agent_id!("c"), 0), |map, writer| {
            map.update(writer, key % 10, |inner, _| inner.remove(&key))
        }));
    };
    ten_rounds(set, remove);
}

#[test]
fn a_counter_keeps_something_of_what_was_removed() {
    let add = |map: &mut Causal<OrMap<u32, DottedCounter>>, me, key| {
        drop(map.try_update(me, key, |counter, writer| counter.add(writer, 1)).unwrap());
    };
    ten_rounds(add, |map, key| drop(map.remove(&key)));
}

#[test]
fn a_flag_keeps_something_of_what_was_removed() {
    let set = |map: &mut Causal<OrMap<u32, EwFlag>>, me, key| drop(map.update(me, key, |flag, w| flag.set(w, false)));
    ten_rounds(set, |map, key| drop(map.remove(&key)));
}
