//! The crate `crdts`: states and operations that merge.

use crdts::orswot::Op;
use crdts::{CmRDT, CvRDT, GCounter, MVReg, Orswot, VClock};

use crate::map_side::MapSide;

pub(crate) type Set = Orswot<u64, u64>;

pub(crate) fn add_all(set: &mut Set, actor: u64, elements: &[u64]) {
    for &element in elements {
        add(set, actor, element);
    }
}

/// Actors add one after the other.
pub(crate) fn add_in_turn(set: &mut Set, actors: u64, elements: &[u64]) {
    for (actor, &element) in (1..=actors).cycle().zip(elements) {
        add(set, actor, element);
    }
}

fn add(set: &mut Set, actor: u64, element: u64) {
    set.apply(set.add(element, set.read_ctx().derive_add_ctx(actor)));
}

pub(crate) fn set_of(actor: u64, elements: &[u64]) -> Set {
    let mut set = Set::default();
    add_all(&mut set, actor, elements);
    set
}

/// Adds the elements, and returns the operations.
pub(crate) fn added(set: &mut Set, actor: u64, elements: &[u64]) -> Vec<Op<u64, u64>> {
    let mut operations = Vec::new();
    for &element in elements {
        let operation = set.add(element, set.read_ctx().derive_add_ctx(actor));
        set.apply(operation.clone());
        operations.push(operation);
    }
    operations
}

pub(crate) fn apply_all(set: &mut Set, operations: Vec<Op<u64, u64>>) {
    for operation in operations {
        set.apply(operation);
    }
}

pub(crate) fn merge<T: CvRDT>(here: &mut T, there: T) {
    here.merge(there);
}

pub(crate) fn bytes(state: &impl serde::Serialize) -> usize {
    postcard::to_stdvec(state).map_or(0, |bytes| bytes.len())
}

pub(crate) type Counter = GCounter<u64>;

pub(crate) fn increment(counter: &mut Counter, actor: u64) {
    counter.apply(counter.inc(actor));
}

pub(crate) fn count(counter: &mut Counter, actor: u64, steps: u64) {
    counter.apply(counter.inc_many(actor, steps));
}

/// The counts of the actors 1, 2, 3, …
pub(crate) fn clock(counts: &[u64]) -> VClock<u64> {
    VClock { dots: (1..).zip(counts.iter().copied()).collect() }
}

pub(crate) struct Map {
    actor: u64,
    map: Inner,
}

type Inner = crdts::Map<String, MVReg<u64, u64>, u64>;

impl MapSide for Map {
    type Sent = Inner;

    fn new(replica: u64) -> Self {
        Self { actor: replica, map: Inner::new() }
    }

    fn set_all(&mut self, keys: &[String]) {
        for (key, value) in keys.iter().zip(0..) {
            let context = self.map.read_ctx().derive_add_ctx(self.actor);
            let operation = self.map.update(key.clone(), context, |register, context| register.write(value, context));
            self.map.apply(operation);
        }
    }

    fn sum(&self, keys: &[String]) -> u64 {
        let values = keys.iter().filter_map(|key| self.map.get(key).val);
        values.flat_map(|register| register.read().val).sum()
    }

    fn remove_all(&mut self, keys: &[String]) {
        for key in keys {
            let operation = self.map.rm(key.clone(), self.map.get(key).derive_rm_ctx());
            self.map.apply(operation);
        }
    }

    fn send(&mut self) -> Inner {
        self.map.clone()
    }

    fn receive(&mut self, sent: Inner) {
        self.map.merge(sent);
    }

    fn bytes(&mut self) -> usize {
        bytes(&self.map)
    }
}
