//! The tasks that ask for the same capabilities and that nobody has begun.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{TaskId, Worker};

/// A rank and the number of its task.
pub(super) type Turn = (Duration, TaskId);

#[derive(Debug, Default)]
pub(super) struct Waiting {
    pub(super) ready: BTreeSet<Turn>,
    /// Those of them that have a place.
    placed: BTreeMap<String, BTreeSet<Turn>>,
    pub(super) offered: BTreeSet<Turn>,
}

impl Waiting {
    pub(super) fn add(&mut self, turn: Turn, place: Option<&String>) {
        self.ready.insert(turn);
        if let Some(place) = place {
            self.placed.entry(place.clone()).or_default().insert(turn);
        }
    }

    pub(super) fn remove(&mut self, turn: Turn, place: Option<&String>) {
        self.ready.remove(&turn);
        if let Some(there) = place.and_then(|place| self.placed.get_mut(place)) {
            there.remove(&turn);
            if there.is_empty() {
                place.and_then(|place| self.placed.remove(place));
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ready.len().saturating_add(self.offered.len())
    }

    /// What comes first for an agent. What is at its place has an advance: the others are set back instead, for nothing
    /// comes before the beginning of time. What another was offered is set back twice.
    pub(super) fn first_for(&self, worker: &Worker, advance: Duration) -> Option<Turn> {
        let back = |turn: &Turn, by: Duration| (turn.0.saturating_add(by), turn.1);
        let near = worker.places.iter().filter_map(|place| self.placed.get(place)?.first().copied());
        let ready = self.ready.first().map(|turn| back(turn, advance));
        let offered = self.offered.first().map(|turn| back(turn, advance.saturating_mul(2)));
        near.chain(ready).chain(offered).min()
    }
}
