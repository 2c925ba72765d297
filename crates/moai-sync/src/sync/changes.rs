//! What changed since somebody last looked.

use std::cmp::Ordering;
use std::sync::Arc;

use moai_core::{Cursor, SnapshotPlace, StateKey, StoreError, Version};

use super::{Shared, StateSynchronizer, SyncError, stored};
use crate::{StateChange, StateVersion};

/// Since when changes are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Since {
    /// Since the beginning. When the memory has compacted since then, that is [`TooOld`](StoreError::TooOld).
    Beginning,
    /// Since a version of the swarm, in this life of the memory.
    Version(Version),
    /// Since a place that an earlier answer gave.
    Cursor(Cursor),
}

impl From<Cursor> for Since {
    fn from(cursor: Cursor) -> Self {
        Self::Cursor(cursor)
    }
}

impl From<Version> for Since {
    fn from(version: Version) -> Self {
        Self::Version(version)
    }
}

/// What changed, in the order of versions.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delta {
    /// The changes. Of a key that changed several times there may be the last alone.
    pub changes: Vec<StateChange>,
    /// Where to go on.
    pub next: Cursor,
    /// Whether there is more to be had at once.
    pub more: bool,
}

/// A part of all that the swarm holds. **It replaces**: whoever takes it in drops what lies between `after` and `through` and is
/// not in it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SyncSnapshot {
    /// Behind which key it begins; at the first for none.
    pub after: Option<StateKey>,
    /// Up to which key it goes, that one included; to the last for none.
    pub through: Option<StateKey>,
    /// What there is, sorted by key.
    pub states: Vec<StateVersion>,
    /// Where to ask for changes after the last page.
    pub start: Cursor,
    /// Where the next page begins; none behind the last.
    pub next: Option<SnapshotPlace>,
}

/// How many changes one answer holds at the most.
const PAGE: usize = 1_000;

impl StateSynchronizer {
    /// What changed since then: it costs what changed, and not what there is. Nothing new is no error.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use moai_core::{LocalCoordinator, StateKey, Version, swarm_id};
    /// use moai_store::MemoryStore;
    /// use moai_sync::{ConflictResolver, StateSynchronizer};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let (swarm, memory) = (Arc::new(LocalCoordinator::new(swarm_id!("swarm-001"))), Arc::new(MemoryStore::new()?));
    /// let synchronizer = StateSynchronizer::new(swarm, memory, ConflictResolver::crdt()).await?;
    /// synchronizer.clear_state(&StateKey::new("old")?).await?;
    /// let delta = synchronizer.delta_sync(Version::ZERO).await?;
    /// assert_eq!((delta.changes.len(), delta.next.version.get()), (1, 1));
    /// assert!(synchronizer.delta_sync(delta.next).await?.changes.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`TooOld`](StoreError::TooOld) when that is no longer kept: read a [snapshot](Self::snapshot).
    pub async fn delta_sync(&self, since: impl Into<Since>) -> Result<Delta, SyncError> {
        let since = self.shared.cursor(since.into()).await?;
        self.shared.delta(since).await
    }

    /// A part of all that the swarm holds; `None` begins.
    ///
    /// # Errors
    ///
    /// When the memory does not tell.
    pub async fn snapshot(&self, place: Option<SnapshotPlace>) -> Result<SyncSnapshot, SyncError> {
        let shared = &self.shared;
        let mut place = place;
        loop {
            let page = shared.memory.snapshot(shared.coordinator.swarm_id(), place, PAGE).await?;
            let ends = page.through.as_ref().map(|(namespace, _)| namespace.cmp(&stored::NAMESPACE));
            if ends.is_some_and(Ordering::is_lt) && page.next.is_some() {
                // It says nothing of states, and so must not say that there are none.
                place = page.next;
                continue;
            }
            let states = page.entries.iter().filter(|entry| entry.namespace == stored::NAMESPACE);
            let states = states.map(|entry| stored::state_of(entry, &shared.options.limits));
            let key = |place: Option<(moai_core::Namespace, StateKey)>| match place {
                Some((namespace, key)) if namespace == stored::NAMESPACE => Some(key),
                _ => None,
            };
            return Ok(SyncSnapshot {
                after: key(page.after),
                through: key(page.through),
                states: states.collect::<Result<_, StoreError>>()?,
                start: page.start,
                // Behind the states comes nothing that is told.
                next: page.next.filter(|_| !ends.is_some_and(Ordering::is_gt)),
            });
        }
    }

    /// Watches what changes under keys that begin so, from a place on.
    ///
    /// # Errors
    ///
    /// When the memory does not tell.
    pub async fn watch(&self, prefix: &str, from: impl Into<Since>) -> Result<Watch, SyncError> {
        let at = self.shared.cursor(from.into()).await?;
        let (shared, prefix) = (self.shared.clone(), prefix.to_owned());
        Ok(Watch { shared, prefix, at, page_ends: at, waiting: Vec::new().into_iter() })
    }
}

/// Changes as they happen. It reads them from the memory, so a slow watcher takes no room and misses nothing as long as they
/// are kept.
///
/// It hears of what this synchronizer changes. What others change on the same memory it sees with the next change here.
pub struct Watch {
    shared: Arc<Shared>,
    prefix: String,
    /// Behind the last change that was told, or passed over.
    at: Cursor,
    /// Behind the changes that wait to be told.
    page_ends: Cursor,
    waiting: std::vec::IntoIter<StateChange>,
}

impl Watch {
    /// The next change; none when the synchronizer has stopped, and all is told. May be dropped half way.
    ///
    /// # Errors
    ///
    /// [`TooOld`](StoreError::TooOld) when it lags behind what is kept: read a [snapshot](StateSynchronizer::snapshot), and
    /// watch from its start.
    pub async fn next(&mut self) -> Result<Option<StateChange>, SyncError> {
        loop {
            for change in self.waiting.by_ref() {
                self.at.version = change.version();
                if concerns(&change, &self.prefix) {
                    return Ok(Some(change));
                }
            }
            self.at = self.page_ends;
            let mut changed = std::pin::pin!(self.shared.changed.notified());
            // From here on nothing is missed.
            changed.as_mut().enable();
            let delta = self.shared.delta(self.at).await?;
            let is_new = delta.next != self.at;
            self.page_ends = delta.next;
            self.waiting = delta.changes.into_iter();
            if is_new {
                continue;
            }
            if self.shared.has_stopped() {
                return Ok(None);
            }
            changed.await;
        }
    }

    /// Where it stands: behind the last change that was read.
    #[must_use]
    pub const fn at(&self) -> Cursor {
        self.at
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("prefix", &self.prefix).field("at", &self.at).finish_non_exhaustive()
    }
}

fn concerns(change: &StateChange, prefix: &str) -> bool {
    match change {
        StateChange::Put(state) => state.state_key.as_str().starts_with(prefix),
        StateChange::Cleared { state_key, .. } => state_key.as_str().starts_with(prefix),
        // Whether keys that begin so lie in it, only the watcher knows.
        StateChange::RangeCleared { .. } => true,
    }
}

impl Shared {
    async fn cursor(&self, since: Since) -> Result<Cursor, SyncError> {
        match since {
            Since::Cursor(cursor) => Ok(cursor),
            Since::Beginning => Ok(Cursor { version: Version::ZERO, ..self.standing().await?.last }),
            Since::Version(version) => Ok(Cursor { version, ..self.standing().await?.last }),
        }
    }

    pub(super) async fn standing(&self) -> Result<moai_core::Standing, SyncError> {
        Ok(self.memory.standing(self.coordinator.swarm_id()).await?)
    }

    async fn delta(&self, since: Cursor) -> Result<Delta, SyncError> {
        let page = self.memory.changes(self.coordinator.swarm_id(), Some(since), PAGE).await?;
        let mut changes = Vec::with_capacity(page.happened.len());
        for happened in &page.happened {
            changes.extend(stored::change_of(happened, &self.options.limits)?);
        }
        Ok(Delta { changes, next: page.next, more: page.more })
    }
}
