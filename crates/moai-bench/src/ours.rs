//! Our side of the rows that have several peers.

use std::hint::black_box;

use moai_crdt::{Causal, LwwMap, Merge, ReplicaId, WireForm};

use crate::inputs::{replicas, stamps};
use crate::map_side::MapSide;

type Inner = Causal<LwwMap<String, u64>>;

pub(crate) struct Map {
    me: ReplicaId,
    map: Inner,
}

impl MapSide for Map {
    type Sent = Inner;

    fn new(replica: u64) -> Self {
        Self { me: replicas(replica as usize)[replica as usize - 1], map: Inner::default() }
    }

    fn set_all(&mut self, keys: &[String]) {
        for ((key, stamp), value) in keys.iter().zip(stamps()).zip(0..) {
            // The delta is made and seen, as if it were sent.
            drop(black_box(self.map.set(self.me, key.clone(), stamp, value)));
        }
    }

    fn sum(&self, keys: &[String]) -> u64 {
        keys.iter().filter_map(|key| self.map.get(key)).sum()
    }

    fn remove_all(&mut self, keys: &[String]) {
        for key in keys {
            drop(black_box(self.map.remove(key)));
        }
    }

    fn send(&mut self) -> Inner {
        self.map.clone()
    }

    fn receive(&mut self, sent: Inner) {
        self.map.merge(&sent);
    }

    fn bytes(&mut self) -> usize {
        self.map.to_bytes().len()
    }
}
