//! Our side of the rows that have several peers.

use std::hint::black_box;

use moai_core::InvalidInput;
use moai_crdt::{Causal, DotFun, Merge, OrMap, ReplicaId, Stamp, Wire, WireForm, WireReader, WireWriter};

use crate::inputs::{replicas, stamps};
use crate::map_side::MapSide;

type Inner = Causal<OrMap<String, DotFun<Stamped>>>;

/// A value as a last-write-wins register keeps it.
#[derive(Clone, PartialEq)]
pub(crate) struct Stamped {
    stamp: Stamp,
    value: u64,
}

impl Wire for Stamped {
    fn write(&self, to: &mut WireWriter) {
        to.stamp(self.stamp);
        self.value.write(to);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        Ok(Self { stamp: from.stamp()?, value: Wire::read(from)? })
    }
}

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
            let write = self.map.update(self.me, key.clone(), |register, writer| {
                register.replace(writer.dot(), Stamped { stamp, value })
            });
            // The delta is made and seen, as if it were sent.
            drop(black_box(write));
        }
    }

    fn sum(&self, keys: &[String]) -> u64 {
        let values = keys.iter().filter_map(|key| self.map.get(key)?.values().next());
        values.map(|stamped| stamped.value).sum()
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
