//! Equality, the total order and hashes: two walks side by side.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use super::{Event, Value, Walk};

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        Walk::of(self).eq(Walk::of(other))
    }
}

impl Eq for Value {}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        Walk::of(self)
            .zip(Walk::of(other))
            .find_map(|pair| match pair {
                // Lengths do not order: [1, 2] comes before [3].
                (Event::ArrayStart(_), Event::ArrayStart(_)) | (Event::MapStart(_), Event::MapStart(_)) => None,
                // Most parts are equal, and that is seen sooner than their order.
                (one, other) => (one != other).then(|| one.cmp(&other)),
            })
            .unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Walk::of(self).for_each(|event| event.hash(state));
    }
}
