//! What one swarm holds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use moai_core::planted::planted;
use moai_core::{Batch, Change, Committed, Cursor, Epoch, Expected, Namespace, Precondition, StoreError, Version};

use super::feed::{Feed, Link, What};
use super::row::Row;
use super::space::Space;

/// How many values that are gone each change sweeps out: more than it brings in, so that they become fewer.
const SWEPT_PER_CHANGE: usize = 4;

/// What one swarm holds: its namespaces, and the feed of changes over all of them.
///
/// Every change has a link in the feed until a later change to the same key or range takes its place, or the horizon
/// passes it.
#[derive(Debug, Default)]
pub(super) struct Swarm {
    pub(super) last: Version,
    pub(super) horizon: Version,
    pub(super) spaces: BTreeMap<Namespace, Space>,
    pub(super) feed: Feed,
    /// The namespaces in which values lie that are gone.
    unswept: BTreeSet<Namespace>,
}

impl Swarm {
    /// Makes the changes of a batch that was held against the limits, all or none.
    pub(super) fn commit(&mut self, epoch: Epoch, batch: Batch) -> Result<Committed, StoreError> {
        for precondition in batch.preconditions {
            self.require(precondition)?;
        }
        let before = self.last.max(batch.floor);
        let more = batch.changes.len() as u64;
        let number = |steps| before.plus(steps).map_err(|_| StoreError::SequenceExhausted { last: before, more });
        let committed = Committed::new(epoch, number(1)?, number(more)?);

        let steps = batch.changes.len().saturating_mul(SWEPT_PER_CHANGE);
        for (version, change) in committed.versions().zip(batch.changes) {
            self.change(change, version, committed.last);
        }
        if !planted("giving_a_number_twice") || more > 1 || !committed.last.get().is_multiple_of(3) {
            self.last = committed.last;
        }
        self.sweep(steps);
        Ok(committed)
    }

    fn require(&self, precondition: Precondition) -> Result<(), StoreError> {
        let Precondition { namespace, key, expected, .. } = precondition;
        let found = self.spaces.get(&namespace).map_or(Expected::Nothing, |space| space.state_of(&key));
        if expected.holds(found) {
            return Ok(());
        }
        Err(StoreError::Conflict { namespace, key, expected, found: Some(found) })
    }

    fn change(&mut self, change: Change, version: Version, batch_end: Version) {
        let (Change::Put { namespace, .. } | Change::Delete { namespace, .. } | Change::DeleteRange { namespace, .. }) =
            &change;
        let space = self.spaces.entry(namespace.clone()).or_insert_with_key(Space::new);
        let (what, replaced) = match change {
            Change::Put { key, value, .. } => {
                let row = Row::new(version, &value);
                let (key, replaced) = space.put(key, row.clone());
                (What::Key(key, Some(row.value)), replaced)
            }
            Change::Delete { key, .. } => {
                let (key, replaced) = space.delete(key, version);
                (What::Key(key, None), replaced)
            }
            Change::DeleteRange { range, .. } => {
                let replaced = space.clear(&range, version);
                if !space.is_swept() {
                    self.unswept.insert(Namespace::clone(&space.name));
                }
                (What::Range(Box::new(range)), replaced)
            }
        };
        if let Some(replaced) = replaced {
            self.feed.remove(replaced);
        }
        self.feed.push(Link { version, batch_end, namespace: Arc::clone(&space.name), what });
    }

    /// Takes out values that are gone, up to `steps` of them; whether none are left.
    pub(super) fn sweep(&mut self, steps: usize) -> bool {
        for _ in 0..steps {
            let Some(name) = self.unswept.first() else { break };
            let swept = self.spaces.get_mut(name).and_then(Space::sweep);
            if let Some(version) = swept {
                self.feed.remove(version);
            } else if self.spaces.get(name).is_none_or(Space::is_swept) {
                self.unswept.pop_first();
            }
        }
        self.unswept.is_empty()
    }

    /// Moves the horizon towards `target`, looking at no more than `steps` changes; whether it is there. Each step
    /// leaves a horizon that holds.
    pub(super) fn compact(&mut self, target: Version, steps: usize) -> bool {
        let due: Vec<Link> =
            self.feed.after(Version::ZERO).take_while(|link| link.version <= target).take(steps).cloned().collect();
        let arrived = due.len() < steps;
        for link in due {
            if let Some(space) = self.spaces.get_mut(&*link.namespace) {
                space.forget(&link);
            }
            // No cursor reaches back behind the horizon, so that links are of no use there, not to values either.
            self.feed.remove(link.version);
            self.horizon = link.version;
        }
        if arrived {
            self.horizon = self.horizon.max(target);
            self.spaces.retain(|_, space| !space.is_empty());
        }
        arrived
    }

    /// Where a reader of changes stands, if it can read on from there.
    pub(super) fn reader(&self, epoch: Epoch, since: Option<Cursor>) -> Result<Version, StoreError> {
        let since = since.unwrap_or(Cursor { epoch, version: Version::ZERO });
        if since.epoch != epoch || since.version < self.horizon {
            return Err(StoreError::TooOld { since, oldest: Cursor { epoch, version: self.horizon } });
        }
        if since.version > self.last {
            return Err(StoreError::CursorAhead { since, last: Cursor { epoch, version: self.last } });
        }
        Ok(since.version)
    }
}

#[cfg(test)]
mod tests {
    use moai_core::{KeyRange, StateKey, namespace};

    use super::super::edge::Edge;
    use super::*;

    const KEYS: usize = 100_000;
    const EPOCH: Epoch = Epoch::from_bytes([0; 8]);

    fn key(number: usize) -> StateKey {
        StateKey::new(format!("key-{number:06}")).unwrap()
    }

    fn full() -> Swarm {
        let mut swarm = Swarm::default();
        let put = |batch: Batch, number| batch.put(namespace!("state"), key(number), "value");
        swarm.commit(EPOCH, (0..KEYS).fold(Batch::new(), put)).unwrap();
        swarm
    }

    fn held(swarm: &Swarm) -> usize {
        swarm.spaces.values().map(Space::values_held).sum()
    }

    fn alive(swarm: &Swarm) -> usize {
        swarm.spaces.values().map(|space| space.rows(Edge::Start).count()).sum()
    }

    #[test]
    fn clearing_many_keys_touches_few_and_gives_their_memory_back_in_time() {
        let mut swarm = full();
        swarm.commit(EPOCH, Batch::new().delete_range(namespace!("state"), KeyRange::ALL)).unwrap();
        assert_eq!(held(&swarm), KEYS - SWEPT_PER_CHANGE);
        assert_eq!(alive(&swarm), 0);

        // Changes elsewhere sweep too, and keys that come back in between stay.
        let mut commits = 0;
        while held(&swarm) > commits + 1 {
            let batch = Batch::new().put(namespace!("state"), key(commits * 7 % KEYS), "again");
            swarm.commit(EPOCH, batch.put(namespace!("elsewhere"), key(0), "value")).unwrap();
            commits += 1;
            assert!(commits <= KEYS / SWEPT_PER_CHANGE);
        }
        assert_eq!(alive(&swarm), commits + 1);
        assert_eq!(swarm.feed.after(Version::ZERO).count(), alive(&swarm) + 1);
    }

    #[test]
    fn a_compaction_goes_step_by_step_and_leaves_nothing_of_what_is_gone() {
        let mut swarm = full();
        let delete = |batch: Batch, number| batch.delete(namespace!("state"), key(number));
        swarm.commit(EPOCH, (0..100).fold(Batch::new(), delete)).unwrap();
        swarm.commit(EPOCH, Batch::new().delete_range(namespace!("state"), KeyRange::ALL)).unwrap();

        let target = swarm.last;
        while !swarm.sweep(1_000) {}
        assert!(!swarm.compact(target, 50));
        assert!(Version::ZERO < swarm.horizon && swarm.horizon < target);
        while !swarm.compact(target, 50) {}
        assert_eq!(swarm.horizon, target);
        assert_eq!(swarm.feed.after(Version::ZERO).count(), 0);
        assert!(swarm.spaces.is_empty());
        assert_eq!(swarm.last, target);
    }

    #[test]
    fn clearing_the_same_range_again_and_again_leaves_one_tombstone() {
        let mut swarm = Swarm::default();
        for _ in 0..100 {
            let batch = Batch::new().put(namespace!("state"), key(1), "value");
            swarm.commit(EPOCH, batch.delete_range(namespace!("state"), KeyRange::ALL)).unwrap();
        }
        while !swarm.sweep(1) {}
        assert_eq!(swarm.feed.after(Version::ZERO).count(), 1);
    }
}
