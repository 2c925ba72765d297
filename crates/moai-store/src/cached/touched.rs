//! What a write is about.

use std::collections::{BTreeMap, BTreeSet};

use moai_core::{Batch, Change, KeyRange, Namespace, StateKey};

/// Beyond so many keys, or ranges, it is taken to be about everything in its swarm: that only means that less is kept.
const KEYS: usize = 10_000;
const RANGES: usize = 64;

/// The keys and the ranges that a write is about, or several.
#[derive(Debug, Clone, Default)]
pub(super) struct Touched {
    spaces: BTreeMap<Namespace, Space>,
    keys: usize,
    ranges: usize,
    all: bool,
}

#[derive(Debug, Clone, Default)]
struct Space {
    keys: BTreeSet<StateKey>,
    ranges: Vec<KeyRange>,
}

impl Touched {
    pub(super) fn by(batch: &Batch) -> Self {
        let mut touched = Self::default();
        for change in &batch.changes {
            match change {
                Change::Put { namespace, key, .. } | Change::Delete { namespace, key } => touched.key(namespace, key),
                Change::DeleteRange { namespace, range } => touched.range(namespace, range),
            }
        }
        touched
    }

    pub(super) fn covers(&self, namespace: &Namespace, key: &StateKey) -> bool {
        self.all
            || self
                .spaces
                .get(namespace)
                .is_some_and(|space| space.keys.contains(key) || space.ranges.iter().any(|range| range.contains(key)))
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (namespace, space) in &other.spaces {
            space.keys.iter().for_each(|key| self.key(namespace, key));
            space.ranges.iter().for_each(|range| self.range(namespace, range));
        }
        if other.all {
            *self = Self::everything();
        }
    }

    fn key(&mut self, namespace: &Namespace, key: &StateKey) {
        if self.all {
            return;
        }
        if self.spaces.entry(namespace.clone()).or_default().keys.insert(key.clone()) {
            self.keys += 1;
        }
        self.bound();
    }

    fn range(&mut self, namespace: &Namespace, range: &KeyRange) {
        if self.all {
            return;
        }
        let ranges = &mut self.spaces.entry(namespace.clone()).or_default().ranges;
        if !ranges.contains(range) {
            ranges.push(range.clone());
            self.ranges += 1;
        }
        self.bound();
    }

    fn bound(&mut self) {
        if self.keys > KEYS || self.ranges > RANGES {
            *self = Self::everything();
        }
    }

    fn everything() -> Self {
        Self { all: true, ..Self::default() }
    }
}
