//! What the tests of bytes share: states to write, and a type of one's own.

#![allow(unused_must_use, reason = "the deltas go nowhere: only the state counts")]
#![allow(dead_code, reason = "each test takes what it needs")]

use moai_core::InvalidInput;
use moai_crdt::{Causal, Delta, Dot, DotFun, OrMap, OrSet, ReplicaId, Wire, WireReader, WireWriter};

pub(crate) type Set = OrSet<u64>;
pub(crate) type Sets = OrMap<String, OrSet<String>>;
pub(crate) type Registers = OrMap<String, DotFun<(Stamp, String)>>;

/// Three replicas: the least, one in between, the greatest.
pub(crate) fn replicas() -> [ReplicaId; 3] {
    [1, 0x0102_0304_0506_0708, u64::MAX].map(|number| ReplicaId::new(number).unwrap())
}

pub(crate) fn dot(replica: ReplicaId, seq: u64) -> Dot {
    Dot::new(replica, seq).unwrap()
}

/// A stamp, written as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub(crate) struct Stamp(pub(crate) u64);

impl Wire for Stamp {
    fn write(&self, to: &mut WireWriter) {
        to.stamp(self.0);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        from.stamp().map(Self)
    }
}

/// A type that nests itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Tree(pub(crate) Vec<Tree>);

impl Tree {
    pub(crate) fn of_depth(depth: usize) -> Self {
        (1..depth).fold(Self(Vec::new()), |tree, _| Self(vec![tree]))
    }
}

impl Wire for Tree {
    fn write(&self, to: &mut WireWriter) {
        self.0.write(to);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        Wire::read(from).map(Self)
    }
}

/// Three replicas added, two of them the same element; one removed; the third is known only in part.
pub(crate) fn set() -> Causal<Set> {
    let [a, b, c] = replicas();
    let (mut left, mut right, mut third) =
        (Causal::<Set>::default(), Causal::<Set>::default(), Causal::<Set>::default());
    for element in [10, 20, 30, 40] {
        left.add(a, element);
    }
    left.remove(&20);
    for element in [300, 30] {
        right.add(b, element);
    }
    let deltas: Vec<Delta<Set>> = [1, 2, 3, 4, 5, 6, 70_000].map(|element| third.add(c, element)).into();
    left.apply(&right.delta_for(&left.digest()));
    left.apply(&deltas[6]);
    left.apply(&deltas[4]);
    // What this one forgot is known here, and nothing of it is alive.
    let forgotten = third.remove(&5);
    left.apply(&forgotten);
    left
}

pub(crate) fn sets() -> Causal<Sets> {
    let [a, b, _] = replicas();
    let (mut left, mut right) = (Causal::<Sets>::default(), Causal::<Sets>::default());
    for (key, element) in [("x", "u"), ("y", "v"), ("x", "w")] {
        left.update(a, key.to_owned(), |set, writer| set.add(writer, element.to_owned()));
    }
    let delta = right.update(b, "y".to_owned(), |set, writer| set.add(writer, "v".to_owned()));
    left.apply(&delta);
    left
}

pub(crate) fn put(map: &mut Causal<Registers>, me: ReplicaId, key: &str, stamp: u64, value: &str) -> Delta<Registers> {
    map.update(me, key.to_owned(), |register, writer| register.replace(writer.dot(), (Stamp(stamp), value.to_owned())))
}

pub(crate) fn registers() -> Causal<Registers> {
    let [a, b, _] = replicas();
    let (mut left, mut right) = (Causal::<Registers>::default(), Causal::<Registers>::default());
    put(&mut left, a, "k", 70_000, "one");
    put(&mut left, a, "l", 70_001, "two");
    put(&mut left, a, "m", 140_002, "three");
    let delta = put(&mut right, b, "l", 900, "zwei");
    left.apply(&delta);
    left
}

/// Two additions, one of them again, and the removal of what another replica added.
pub(crate) fn delta() -> Delta<Set> {
    let [a, b, _] = replicas();
    let mut state = Causal::<Set>::default();
    state.add(b, 300);
    let mut delta = state.add(a, 10);
    delta.join(&state.add(a, 20));
    delta.join(&state.add(a, 10));
    delta.join(&state.remove(&300));
    delta
}

/// What a digest shows to be missing: one element that is alive, and three dots that are dead.
pub(crate) fn repair() -> Delta<Set> {
    let [a, ..] = replicas();
    let mut state = Causal::<Set>::default();
    for element in [10, 20, 30] {
        state.add(a, element);
        state.remove(&element);
    }
    state.add(a, 40);
    state.delta_for(&Causal::<Set>::default().digest())
}

pub(crate) fn from_hex(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
