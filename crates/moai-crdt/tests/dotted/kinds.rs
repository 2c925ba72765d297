//! The types, each with its specification: what must be read, computed from the history alone.

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;

use moai_crdt::{DotStore, DottedCounter, DwFlag, EwFlag, LwwMap, LwwRegister, MvRegister, OrMap, OrSet};
use moai_crdt::{ReplicaId, RwSet, Stamp, Writer};
use proptest::prelude::*;

use crate::history::{Act, History};
use crate::world::{Kind, replica};

type ChangeOf<S> = <S as DotStore>::Change;

const KEYS: [u8; 3] = [0, 1, 2];

/// The values of the writes that nobody has overwritten or taken back.
pub(crate) struct Mv;

impl Kind for Mv {
    type Store = MvRegister<u8>;
    type Op = u8;
    type Reading = Vec<u8>;

    fn ops() -> BoxedStrategy<u8> {
        any::<u8>().boxed()
    }

    fn act(store: &mut MvRegister<u8>, writer: &mut Writer<'_>, op: &u8) -> ChangeOf<MvRegister<u8>> {
        store.write(writer, *op)
    }

    fn read(store: &MvRegister<u8>) -> Vec<u8> {
        let mut values: Vec<u8> = store.values().copied().collect();
        assert_eq!(store.get(), (values.len() == 1).then_some(&values[0]));
        values.sort_unstable();
        values
    }

    fn spec(history: &History<u8>) -> Option<Vec<u8>> {
        let mut values: Vec<u8> = history.standing(|_| true).map(|(_, value)| *value).collect();
        values.sort_unstable();
        (!values.is_empty()).then_some(values)
    }
}

/// The same, sorted by stamp and replica, the greatest first; with the winner under the order of the agents' names
/// turned round.
pub(crate) struct Lww;

impl Kind for Lww {
    type Store = LwwRegister<u8>;
    type Op = (u64, u8);
    type Reading = (Vec<(Stamp, ReplicaId, u8)>, u8);

    fn ops() -> BoxedStrategy<(u64, u8)> {
        (0..4_u64, any::<u8>()).boxed()
    }

    fn act(store: &mut Self::Store, writer: &mut Writer<'_>, &(stamp, value): &(u64, u8)) -> ChangeOf<Self::Store> {
        store.write(writer, Stamp::from_bits(stamp), value)
    }

    fn read(store: &Self::Store) -> Self::Reading {
        let values: Vec<_> = store.values().into_iter().map(|(stamp, by, value)| (stamp, by, *value)).collect();
        assert_eq!(store.get().copied(), Some(values[0].2));
        assert_eq!(store.stamp(), Some(values[0].0));
        let turned = store.get_by(|by| (0..3).rev().position(|at| replica(at) == by));
        (values, *turned.unwrap())
    }

    fn spec(history: &History<(u64, u8)>) -> Option<Self::Reading> {
        let standing = history.standing(|_| true);
        let standing: Vec<_> = standing.map(|(at, &(stamp, value))| (stamp, at, value)).collect();
        let turned = standing.iter().max_by_key(|(stamp, at, _)| (*stamp, std::cmp::Reverse(*at)))?.2;
        let mut values: Vec<_> =
            standing.into_iter().map(|(stamp, at, value)| (Stamp::from_bits(stamp), replica(at), value)).collect();
        values.sort_unstable();
        values.reverse();
        Some((values, turned))
    }
}

/// Under each key the standing write with the greatest stamp, then replica.
pub(crate) struct LwwMaps;

impl Kind for LwwMaps {
    type Store = LwwMap<u8, u8>;
    type Op = (u8, Option<(u64, u8)>);
    type Reading = Vec<(u8, u8)>;

    fn ops() -> BoxedStrategy<Self::Op> {
        (prop::sample::select(KEYS.to_vec()), prop::option::weighted(0.7, Lww::ops())).boxed()
    }

    fn act(store: &mut Self::Store, writer: &mut Writer<'_>, op: &Self::Op) -> ChangeOf<Self::Store> {
        match *op {
            (key, Some((stamp, value))) => store.set(writer, key, Stamp::from_bits(stamp), value),
            (key, None) => store.remove(&key),
        }
    }

    fn read(store: &Self::Store) -> Self::Reading {
        let all: Vec<_> = store.iter().map(|(key, value)| (*key, *value)).collect();
        assert!(
            KEYS.into_iter()
                .all(|key| store.get(&key).copied() == all.iter().find(|pair| pair.0 == key).map(|pair| pair.1))
        );
        all
    }

    fn spec(history: &History<Self::Op>) -> Option<Self::Reading> {
        let all = KEYS.into_iter().filter_map(|key| {
            let there = history.at(|&(at, write)| (at == key).then(|| write.map_or(Act::Wipe, Act::Do)));
            let standing = there.standing(|_| true);
            let winner = standing.max_by_key(|&(at, &(stamp, _))| (stamp, replica(at)))?;
            Some((key, winner.1.1))
        });
        let all: Vec<_> = all.collect();
        (!all.is_empty()).then_some(all)
    }
}

/// True when true was set, and not set to false or taken back since.
pub(crate) struct Ew;

impl Kind for Ew {
    type Store = EwFlag;
    type Op = bool;
    type Reading = bool;

    fn ops() -> BoxedStrategy<bool> {
        any::<bool>().boxed()
    }

    fn act(store: &mut EwFlag, writer: &mut Writer<'_>, op: &bool) -> ChangeOf<EwFlag> {
        store.set(writer, *op)
    }

    fn read(store: &EwFlag) -> bool {
        store.get()
    }

    fn spec(history: &History<bool>) -> Option<bool> {
        let is_set = history.standing(|_| true).next().is_some();
        let on = history.standing(|act| matches!(act, Act::Do(false) | Act::Wipe)).any(|(_, value)| *value);
        is_set.then_some(on)
    }
}

/// True when it was set, and false was never set without being set to true, or taken back, since.
pub(crate) struct Dw;

impl Kind for Dw {
    type Store = DwFlag;
    type Op = bool;
    type Reading = bool;

    fn ops() -> BoxedStrategy<bool> {
        any::<bool>().boxed()
    }

    fn act(store: &mut DwFlag, writer: &mut Writer<'_>, op: &bool) -> ChangeOf<DwFlag> {
        store.set(writer, *op)
    }

    fn read(store: &DwFlag) -> bool {
        store.get()
    }

    fn spec(history: &History<bool>) -> Option<bool> {
        let is_set = history.standing(|_| true).next().is_some();
        let off = history.standing(|act| matches!(act, Act::Do(true) | Act::Wipe)).any(|(_, value)| !*value);
        is_set.then_some(!off)
    }
}

/// An element is in when it was added, and not removed since.
pub(crate) struct AddWins;

/// An element is in when it was added, and no removal stands that nobody has added it since. What is out may still be
/// marked.
pub(crate) struct RemoveWins;

/// Elements, and whether to add.
type SetOp = (u8, bool);

impl Kind for AddWins {
    type Store = OrSet<u8>;
    type Op = SetOp;
    type Reading = BTreeSet<u8>;

    fn ops() -> BoxedStrategy<SetOp> {
        (prop::sample::select(KEYS.to_vec()), any::<bool>()).boxed()
    }

    fn act(store: &mut OrSet<u8>, writer: &mut Writer<'_>, &(element, add): &SetOp) -> ChangeOf<OrSet<u8>> {
        if add { store.add(writer, element) } else { store.remove(&element) }
    }

    fn read(store: &OrSet<u8>) -> BTreeSet<u8> {
        store.iter().copied().collect()
    }

    fn spec(history: &History<SetOp>) -> Option<BTreeSet<u8>> {
        let is_in = |element: &u8| {
            let there = history.at(|op| (op.0 == *element).then_some(Act::Do(op.1)));
            there.standing(|act| matches!(act, Act::Do(false) | Act::Wipe)).any(|(_, add)| *add)
        };
        let all: BTreeSet<u8> = KEYS.into_iter().filter(is_in).collect();
        (!all.is_empty()).then_some(all)
    }
}

impl Kind for RemoveWins {
    type Store = RwSet<u8>;
    type Op = SetOp;
    type Reading = (BTreeSet<u8>, BTreeSet<u8>);

    fn ops() -> BoxedStrategy<SetOp> {
        (prop::sample::select(KEYS.to_vec()), any::<bool>()).boxed()
    }

    fn act(store: &mut RwSet<u8>, writer: &mut Writer<'_>, &(element, add): &SetOp) -> ChangeOf<RwSet<u8>> {
        if add { store.add(writer, element) } else { store.remove(writer, element) }
    }

    fn read(store: &RwSet<u8>) -> Self::Reading {
        let all: BTreeSet<u8> = store.iter().copied().collect();
        assert!(KEYS.into_iter().all(|element| store.contains(&element) == all.contains(&element)));
        assert_eq!((store.len(), store.is_empty()), (all.len(), all.is_empty()));
        (all, store.removed().copied().collect())
    }

    fn spec(history: &History<SetOp>) -> Option<Self::Reading> {
        let (mut all, mut marked) = (BTreeSet::new(), BTreeSet::new());
        for element in KEYS {
            let there = history.at(|op| (op.0 == element).then_some(Act::Do(op.1)));
            let added = there.standing(|act| matches!(act, Act::Wipe)).any(|(_, add)| *add);
            let out = there.standing(|act| matches!(act, Act::Do(true) | Act::Wipe)).any(|(_, add)| !*add);
            if out {
                marked.insert(element);
            } else if added {
                all.insert(element);
            }
        }
        (!all.is_empty() || !marked.is_empty()).then_some((all, marked))
    }
}

/// The sum, over the replicas, of what each has added since it learnt that its part was taken back; less the parts that
/// were taken back since.
pub(crate) struct Counter;

impl Kind for Counter {
    type Store = DottedCounter;
    type Op = i64;
    type Reading = i128;

    fn ops() -> BoxedStrategy<i64> {
        prop_oneof![9 => -9..9_i64, 1 => Just(i64::MAX), 1 => Just(i64::MIN)].boxed()
    }

    fn act(store: &mut DottedCounter, writer: &mut Writer<'_>, op: &i64) -> ChangeOf<DottedCounter> {
        let before = (store.clone(), format!("{writer:?}"));
        store.add(writer, *op).unwrap_or_else(|_| {
            assert_eq!(before, (store.clone(), format!("{writer:?}")), "a failure leaves nothing, not even a dot");
            Default::default()
        })
    }

    fn read(store: &DottedCounter) -> i128 {
        store.value()
    }

    fn spec(history: &History<i64>) -> Option<i128> {
        let saw = |event: usize, earlier: usize| {
            history.0.iter().any(|known| known.id == event && known.saw >> earlier & 1 == 1)
        };
        // The wipes that took back a part: those that saw it, and were the first as far as they knew.
        let wipes_of = |part: usize| {
            let mut wipes: Vec<usize> = Vec::new();
            for event in &history.0 {
                let first = !wipes.iter().any(|earlier| saw(event.id, *earlier));
                if matches!(event.act, Act::Wipe) && saw(event.id, part) && first {
                    wipes.push(event.id);
                }
            }
            wipes
        };
        let mut parts = BTreeMap::<usize, (usize, i64)>::new();
        for event in &history.0 {
            let Act::Do(n) = event.act else { continue };
            let kept = parts
                .get(&event.replica)
                .filter(|(last, _)| !wipes_of(*last).into_iter().any(|wipe| saw(event.id, wipe)));
            let sum = kept.map_or(0, |(_, sum)| *sum).checked_add(n);
            if let Some(sum) = sum {
                parts.insert(event.replica, (event.id, sum));
            }
        }
        parts.retain(|_, (last, _)| wipes_of(*last).is_empty());
        (!parts.is_empty()).then(|| parts.values().map(|(_, sum)| i128::from(*sum)).sum())
    }
}

/// A map: under each key what the kind below says of the events there, where a removal is a wipe. A key is there exactly
/// when something under it is alive.
pub(crate) struct Under<K>(PhantomData<K>);

impl<K: Kind> Kind for Under<K> {
    type Store = OrMap<u8, K::Store>;
    /// A key, and what happens under it: nothing for its removal.
    type Op = (u8, Option<K::Op>);
    type Reading = BTreeMap<u8, K::Reading>;

    fn ops() -> BoxedStrategy<Self::Op> {
        (prop::sample::select(KEYS.to_vec()), prop::option::weighted(0.75, K::ops())).boxed()
    }

    fn act(store: &mut Self::Store, writer: &mut Writer<'_>, op: &Self::Op) -> ChangeOf<Self::Store> {
        match op {
            (key, Some(op)) => store.update(writer, *key, |inner, writer| K::act(inner, writer, op)),
            (key, None) => store.remove(key),
        }
    }

    fn read(store: &Self::Store) -> Self::Reading {
        store.iter().map(|(key, inner)| (*key, K::read(inner))).collect()
    }

    fn spec(history: &History<Self::Op>) -> Option<Self::Reading> {
        let all = KEYS.into_iter().filter_map(|key| {
            let there = history.at(|(at, op)| (*at == key).then(|| op.clone().map_or(Act::Wipe, Act::Do)));
            Some((key, K::spec(&there)?))
        });
        let all: BTreeMap<_, _> = all.collect();
        (!all.is_empty()).then_some(all)
    }
}

/// A register whose writes come to nothing: every law holds for it.
pub(crate) struct Forgetful;

impl Kind for Forgetful {
    type Store = MvRegister<u8>;
    type Op = u8;
    type Reading = Vec<u8>;

    fn ops() -> BoxedStrategy<u8> {
        Mv::ops()
    }

    fn act(_: &mut MvRegister<u8>, _: &mut Writer<'_>, _: &u8) -> ChangeOf<MvRegister<u8>> {
        Default::default()
    }

    fn read(store: &MvRegister<u8>) -> Vec<u8> {
        Mv::read(store)
    }

    fn spec(history: &History<u8>) -> Option<Vec<u8>> {
        Mv::spec(history)
    }
}

/// A flag for which true wins, held against the specification of one for which false does.
pub(crate) struct Mistaken;

impl Kind for Mistaken {
    type Store = EwFlag;
    type Op = bool;
    type Reading = bool;

    fn ops() -> BoxedStrategy<bool> {
        Ew::ops()
    }

    fn act(store: &mut EwFlag, writer: &mut Writer<'_>, op: &bool) -> ChangeOf<EwFlag> {
        Ew::act(store, writer, op)
    }

    fn read(store: &EwFlag) -> bool {
        Ew::read(store)
    }

    fn spec(history: &History<bool>) -> Option<bool> {
        Dw::spec(history)
    }
}
