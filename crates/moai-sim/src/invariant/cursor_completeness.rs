//! Who reads by cursor misses nothing.

use std::collections::BTreeMap;

use moai_core::{Cursor, StateKey, Value};
use moai_sync::{Delta, StateChange, StateVersion};

use crate::Violation;

/// **Who reads what changed, page by page from where it stands, ends with exactly what is there**, and is told every change in
/// the order of versions and none twice.
///
/// ```
/// use std::sync::Arc;
/// use moai_core::{LocalCoordinator, StateKey, Version, swarm_id};
/// use moai_sim::invariant::CursorReader;
/// use moai_store::MemoryStore;
/// use moai_sync::{ConflictResolver, StateSynchronizer};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let (swarm, memory) = (Arc::new(LocalCoordinator::new(swarm_id!("swarm-001"))), Arc::new(MemoryStore::new()?));
/// let synchronizer = StateSynchronizer::new(swarm, memory, ConflictResolver::crdt()).await?;
/// synchronizer.clear_state(&StateKey::new("old")?).await?;
/// let delta = synchronizer.delta_sync(Version::ZERO).await?;
/// let mut reader = CursorReader::default();
/// reader.read(&delta)?;
/// assert!(reader.compare(&[]).is_ok());
/// assert!(reader.read(&delta).is_err(), "it is told twice");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct CursorReader {
    at: Option<Cursor>,
    holds: BTreeMap<StateKey, Value>,
}

impl CursorReader {
    /// Where it stands; nowhere before the first page.
    #[must_use]
    pub fn at(&self) -> Option<Cursor> {
        self.at
    }

    /// Takes in a page of changes.
    ///
    /// # Errors
    ///
    /// When a change comes twice, or out of order.
    pub fn read(&mut self, delta: &Delta) -> Result<(), Violation> {
        let mut last = self.at.map(|at| at.version).unwrap_or_default();
        for change in &delta.changes {
            if change.version() <= last {
                return Err(Violation::new(
                    "a cursor is complete",
                    format!("{} comes behind {last}", change.version()),
                ));
            }
            last = change.version();
            match change {
                StateChange::Put(state) => drop(self.holds.insert(state.state_key.clone(), state.value.clone())),
                StateChange::Cleared { state_key, .. } => drop(self.holds.remove(state_key)),
                StateChange::RangeCleared { range, .. } => self.holds.retain(|key, _| !range.contains(key)),
                other => return Err(Violation::new("a cursor is complete", format!("{other:?} is not known here"))),
            }
        }
        if delta.next.version < last {
            return Err(Violation::new("a cursor is complete", format!("{} lies before {last}", delta.next)));
        }
        self.at = Some(delta.next);
        Ok(())
    }

    /// Begins anew with all that there is: what changed is no longer known one by one.
    pub fn begin_with(&mut self, states: &[StateVersion], start: Cursor) {
        self.holds = states.iter().map(|state| (state.state_key.clone(), state.value.clone())).collect();
        self.at = Some(start);
    }

    /// Compares what it holds with what is there.
    ///
    /// # Errors
    ///
    /// When they differ.
    pub fn compare(&self, states: &[StateVersion]) -> Result<(), Violation> {
        let there: BTreeMap<_, _> = states.iter().map(|state| (state.state_key.clone(), state.value.clone())).collect();
        if there == self.holds {
            return Ok(());
        }
        let differ = |key: &&StateKey| there.get(*key) != self.holds.get(*key);
        let key = there.keys().chain(self.holds.keys()).find(differ).map(ToString::to_string).unwrap_or_default();
        let what = format!("a reader at {:?} differs in {key}", self.at);
        Err(Violation::new("a cursor is complete", what))
    }
}
