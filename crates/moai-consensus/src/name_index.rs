//! Where a name stands among sorted names.

use moai_core::AgentId;

use crate::Elector;

/// Finds a name among voters that are sorted by name: a ballot comes with a name, and a tally counts by place.
///
/// Names lie all over memory, and a search that compares whole names waits for each. Names of a swarm mostly begin alike
/// and differ soon after; so the eight bytes behind the common beginning stand here side by side, in the order of the
/// names. Whatever names a stranger picks, it takes no longer than a plain search and one more.
pub(crate) struct NameIndex {
    /// How many bytes all names have in common at their beginning.
    common: usize,
    /// For each name the bytes that follow, so that they compare as the names do.
    keys: Vec<u64>,
}

impl NameIndex {
    /// Of these, which are sorted by name.
    pub(crate) fn new(electors: &[Elector]) -> Self {
        let [first, last] = [electors.first(), electors.last()].map(|it| it.map_or("", |it| it.id.as_str()));
        // What the first and the last begin with, everybody between them does.
        let common = first.bytes().zip(last.bytes()).take_while(|(left, right)| left == right).count();
        let keys = electors.iter().map(|elector| key(&elector.id, common)).collect();
        Self { common, keys }
    }

    /// The place of a name among the same voters.
    pub(crate) fn find(&self, electors: &[Elector], id: &AgentId) -> Option<usize> {
        // A name that begins otherwise gets a key without meaning: it is compared whole before it counts as found.
        let key = key(id, self.common);
        let start = self.keys.partition_point(|other| *other < key);
        if electors.get(start)?.id == *id {
            return Some(start);
        }
        let alike = self.keys.get(start..)?.partition_point(|other| *other == key);
        let alike = electors.get(start..start + alike)?;
        alike.binary_search_by(|elector| elector.id.cmp(id)).ok().map(|place| start + place)
    }
}

/// Eight bytes of a name as a number that compares as they do; behind the end of the name there are zeros, which stand in
/// no name.
fn key(id: &AgentId, from: usize) -> u64 {
    let mut key = [0; 8];
    let rest = id.as_str().as_bytes().get(from..).unwrap_or_default();
    for (place, byte) in key.iter_mut().zip(rest) {
        *place = *byte;
    }
    u64::from_be_bytes(key)
}
