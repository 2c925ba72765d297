//! One namespace of one swarm.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Place;
use std::sync::Arc;

use moai_core::{Entry, Expected, Happened, Held, KeyRange, Listing, Namespace, StateKey, Version};

use super::cleared::Cleared;
use super::deletions::Deletions;
use super::edge::Edge;
use super::feed::{Link, What};
use super::row::Row;
use crate::room::Room;

/// One namespace of one swarm.
///
/// **A key is in `values` or in `tombstones`, never in both**, so that reading values never walks over tombstones. For
/// each row, each tombstone and each range that is not behind the horizon there is one link in the swarm's feed: a method
/// that takes one out hands back its version, so that the caller takes out the link.
#[derive(Debug)]
pub(super) struct Space {
    /// Its name, shared by the links of the feed.
    pub(super) name: Arc<Namespace>,
    values: BTreeMap<StateKey, Row>,
    /// Deleted keys, and the change that deleted them.
    tombstones: BTreeMap<StateKey, Version>,
    /// Deleted ranges, and the change that deleted them: the same range deleted again replaces its tombstone.
    ranges: BTreeMap<(Option<StateKey>, Option<StateKey>), Version>,
    /// The same ranges, by the keys in them.
    deletions: Deletions,
    /// Where the values are gone, though they still lie in `values`.
    cleared: Cleared,
}

impl Space {
    pub(super) fn new(name: &Namespace) -> Self {
        Self {
            name: Arc::new(name.clone()),
            values: BTreeMap::new(),
            tombstones: BTreeMap::new(),
            ranges: BTreeMap::new(),
            deletions: Deletions::default(),
            cleared: Cleared::default(),
        }
    }

    /// Whether there is nothing to remember.
    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty() && self.tombstones.is_empty() && self.ranges.is_empty()
    }

    /// Whether values lie here that are gone.
    pub(super) fn is_swept(&self) -> bool {
        self.cleared.is_empty()
    }

    /// Gives `key` a value. Hands back the key as it is stored, and the version that this replaces.
    pub(super) fn put(&mut self, key: StateKey, row: Row) -> (StateKey, Option<Version>) {
        self.cleared.cut(&key);
        let deleted = self.tombstones.remove(&key);
        let (key, replaced) = replace(&mut self.values, key, row);
        (key, replaced.map(|row| row.version).or(deleted))
    }

    /// Deletes `key`. Hands back the key as it is stored, and the version that this replaces.
    pub(super) fn delete(&mut self, key: StateKey, version: Version) -> (StateKey, Option<Version>) {
        let written = self.values.remove(&key).map(|row| row.version);
        let (key, replaced) = replace(&mut self.tombstones, key, version);
        (key, replaced.or(written))
    }

    /// Deletes a range. Hands back the version that this replaces.
    pub(super) fn clear(&mut self, range: &KeyRange, version: Version) -> Option<Version> {
        let (from, to) = Edge::of(range);
        if Edge::stretch(&from, &to).is_some_and(|keys| self.values.range::<StateKey, _>(keys).next().is_some()) {
            self.cleared.clear(range);
        }
        self.deletions.note(range, version);
        self.ranges.insert((range.from.clone(), range.to.clone()), version)
    }

    /// Looks at one value that is gone and takes it out. Hands back its version, or `None` when a stretch was done.
    pub(super) fn sweep(&mut self) -> Option<Version> {
        let (from, to) = self.cleared.pop()?;
        let (key, _) = self.values.range::<StateKey, _>(Edge::stretch(&from, &to)?).next()?;
        let key = key.clone();
        let row = self.values.remove(&key);
        self.cleared.note(Edge::Behind(key), to);
        row.map(|row| row.version)
    }

    /// Forgets the tombstone that this link tells of, if it tells of one.
    pub(super) fn forget(&mut self, link: &Link) {
        match &link.what {
            What::Key(key, _) => self.tombstones.remove(key),
            What::Range(range) => {
                self.deletions.forget(link.version);
                self.ranges.remove(&(range.from.clone(), range.to.clone()))
            }
        };
    }

    /// What there is under a key.
    pub(super) fn look(&self, key: &StateKey) -> Held {
        match self.row(key) {
            Some(row) => Held::Value(row.entry(&self.name, key)),
            None => self.deleted(key).map_or(Held::Nothing, Held::Deleted),
        }
    }

    /// The same, without the value.
    pub(super) fn state_of(&self, key: &StateKey) -> Expected {
        match self.row(key) {
            Some(row) => Expected::Version(row.version),
            None => self.deleted(key).map_or(Expected::Nothing, Expected::Deleted),
        }
    }

    /// The last deletion of a key that has no value: by itself, or with a range.
    fn deleted(&self, key: &StateKey) -> Option<Version> {
        self.tombstones.get(key).copied().max(self.deletions.over(key))
    }

    /// The living values from an edge on.
    pub(super) fn rows(&self, from: Edge) -> impl Iterator<Item = (&StateKey, &Row)> {
        self.rows_within(from, Edge::End)
    }

    /// The living values between two edges.
    fn rows_within(&self, from: Edge, end: Edge) -> impl Iterator<Item = (&StateKey, &Row)> {
        let within = move |(from, to): (Edge, Edge)| (from < end).then(|| (from, to.min(end.clone())));
        self.cleared.gaps(from).map_while(within).flat_map(|(from, to)| {
            Edge::stretch(&from, &to).map(|keys| self.values.range::<StateKey, _>(keys)).into_iter().flatten()
        })
    }

    pub(super) fn list(&self, range: &KeyRange, after: Option<&StateKey>, room: Room) -> Listing {
        let (from, to) = Edge::of(range);
        let from = from.max(after.map_or(Edge::Start, |key| Edge::Behind(key.clone())));
        let mut rows = self.rows_within(from, to).map(|(key, row)| row.entry(&self.name, key));
        let entries = room.fill(&mut rows, Entry::bytes);
        let next = rows.next().and_then(|_| entries.last()).map(|entry| entry.key.clone());
        Listing::new(entries, next)
    }

    /// What a link tells; nothing when its value is gone with a range, which tells it.
    pub(super) fn tell(&self, link: &Link) -> Option<Happened> {
        let (namespace, version) = (Namespace::clone(&self.name), link.version);
        match &link.what {
            What::Range(range) => Some(Happened::RangeDeleted { namespace, range: KeyRange::clone(range), version }),
            What::Key(key, None) => Some(Happened::Deleted { namespace, key: key.clone(), version }),
            What::Key(key, Some(_)) if self.cleared.covers(key) => None,
            What::Key(key, Some(value)) => {
                let row = Row { version, value: Arc::clone(value) };
                Some(Happened::Put(row.entry(&self.name, key)))
            }
        }
    }

    /// How many values lie here, the ones that are gone included.
    #[cfg(test)]
    pub(super) fn values_held(&self) -> usize {
        self.values.len()
    }

    fn row(&self, key: &StateKey) -> Option<&Row> {
        self.values.get(key).filter(|_| !self.cleared.covers(key))
    }
}

/// Puts `value` under `key`. Hands back the key as it is stored (one text for the map and the feed), and the old value.
fn replace<V>(map: &mut BTreeMap<StateKey, V>, key: StateKey, value: V) -> (StateKey, Option<V>) {
    match map.entry(key) {
        Place::Vacant(place) => {
            let key = place.key().clone();
            place.insert(value);
            (key, None)
        }
        Place::Occupied(mut place) => {
            let old = place.insert(value);
            (place.key().clone(), Some(old))
        }
    }
}
