//! A bare hash table, which keeps as much for each element and cannot merge: what it takes is the floor.

use std::hint::black_box;

use hashbrown::HashMap;

use crate::inputs::stamps;

/// Elements, each with as much as a dot takes.
pub(crate) type Set = HashMap<u64, [u64; 2]>;

pub(crate) fn add_all(set: &mut Set, elements: &[u64]) {
    for (&element, seq) in elements.iter().zip(1..) {
        black_box(set.insert(element, [1, seq]));
    }
}

pub(crate) fn set_of(elements: &[u64]) -> Set {
    let mut set = Set::new();
    add_all(&mut set, elements);
    set
}

/// Keys, each with as much as a dot, a stamp and a value take.
pub(crate) fn map_of(keys: &[String]) -> HashMap<String, [u64; 4]> {
    let mut map = HashMap::new();
    for ((key, stamp), value) in keys.iter().zip(stamps()).zip(0..) {
        black_box(map.insert(key.clone(), [1, value, stamp.to_bits(), value]));
    }
    map
}
