//! The process of a world of states that holds what all know.

use std::sync::Arc;
use std::time::Duration;

use moai_core::{MemoryProvider, SeededChance, StoreError, Version};
use moai_sync::{ConflictResolver, Since, StateSynchronizer, StateVersion, SyncError, SyncOptions};

use super::notes::{Notes, elements, key};
use super::plan::{Deed, Kind};
use crate::stack::{Life, SimClock, SimMemory, SimNetwork};

/// The memory, the synchronizer, and who works with them.
pub(super) struct Hub {
    pub(super) notes: Arc<Notes>,
    pub(super) network: SimNetwork,
    pub(super) clock: SimClock,
}

/// How long answers are waited for.
const WITHIN: Duration = Duration::from_millis(100);

impl Hub {
    /// One life of it.
    pub(super) async fn live(self: Arc<Self>, life: Life, number: u64) {
        let Some((synchronizer, memory)) = self.begin(&life, number).await else { return };
        let ground = &self.notes.ground;
        loop {
            let at = self.notes.known().deeds;
            let Some((when, deed)) = self.notes.plan.deeds.get(at).copied() else { break };
            ground.until(Duration::from_millis(when)).await;
            self.notes.known().deeds = at + 1;
            if self.does(&synchronizer, &memory, deed).await.is_err() {
                ground.reach("a deed was refused");
            }
        }
        std::future::pending().await
    }

    /// A synchronizer over what was stored.
    pub(super) async fn begin(&self, life: &Life, number: u64) -> Option<(StateSynchronizer, SimMemory)> {
        let (notes, clock) = (&self.notes, Arc::new(self.clock.clone()));
        let memory = notes.disk.open(&notes.ground, life);
        let door = self.network.door(life);
        let standing = memory.standing(self.network.swarm()).await.ok()?;
        notes.ground.check(notes.known().versions.stands(standing.last.version));
        let chance = SeededChance::new(notes.plan.seed ^ number.rotate_left(40));
        let options =
            SyncOptions::default().with_clock(clock.clone()).with_chance(Arc::new(chance)).with_timeout(WITHIN);
        let resolver = ConflictResolver::crdt().with_clock(clock);
        let made = StateSynchronizer::with(door, Arc::new(memory.clone()), resolver, options).await.ok()?;
        Some((made, memory))
    }

    async fn does(&self, synchronizer: &StateSynchronizer, memory: &SimMemory, deed: Deed) -> Result<(), SyncError> {
        let notes = &self.notes;
        let before = notes.known().versions.begins();
        match deed {
            Deed::Synchronize => {
                let kinds = [Kind::Set, Kind::Scratch, Kind::Count, Kind::Leader];
                let keys: Vec<_> = kinds.into_iter().filter_map(|kind| key(kind, 0)).collect();
                let (reports, _) = synchronizer.synchronize_many(&keys, WITHIN).await?;
                for report in reports {
                    report.state.iter().for_each(|state| notes.saw(state));
                    if let Some(version) = report.version().filter(|_| report.changed) {
                        notes.ground.reach("a round stored something");
                        notes.ground.check(notes.known().versions.acknowledged(before, version));
                    }
                }
            }
            Deed::Clear => {
                let Some(scratch) = key(Kind::Scratch, 0) else { return Ok(()) };
                let held = synchronizer.get_state(&scratch).await?;
                let version = synchronizer.clear_state(&scratch).await?;
                notes.ground.check(notes.known().versions.acknowledged(before, version));
                let gone = held.map(|state| elements(&state.value)).unwrap_or_default();
                if !gone.is_empty() {
                    notes.ground.reach("something was cleared");
                }
                notes.cleared(gone);
            }
            Deed::Read => self.read(synchronizer).await?,
            Deed::Forget => {
                let last = synchronizer_version(memory, self.network.swarm()).await?;
                memory.compact(self.network.swarm(), last).await?;
                notes.ground.reach("deletions were forgotten");
            }
        }
        Ok(())
    }

    /// Reads what changed since the last time, in whichever life that was.
    pub(super) async fn read(&self, synchronizer: &StateSynchronizer) -> Result<(), SyncError> {
        let notes = &self.notes;
        loop {
            let since = notes.known().reader.at().map_or(Since::Beginning, Since::Cursor);
            match synchronizer.delta_sync(since).await {
                Ok(delta) => {
                    for change in &delta.changes {
                        if let moai_sync::StateChange::Put(state) = change {
                            notes.saw(state);
                        }
                    }
                    notes.ground.check(notes.known().reader.read(&delta));
                    if !delta.more {
                        return Ok(());
                    }
                }
                Err(SyncError::Store(StoreError::TooOld { .. })) => {
                    notes.ground.reach("a reader was too far behind");
                    let page = synchronizer.snapshot(None).await?;
                    notes.known().reader.begin_with(&page.states, page.start);
                }
                Err(why) => return Err(why),
            }
        }
    }

    /// All that is stored.
    pub(super) async fn stored(&self, synchronizer: &StateSynchronizer) -> Result<Vec<StateVersion>, SyncError> {
        let (mut states, mut place) = (Vec::new(), None);
        loop {
            let page = synchronizer.snapshot(place).await?;
            states.extend(page.states);
            place = page.next;
            if place.is_none() {
                return Ok(states);
            }
        }
    }
}

async fn synchronizer_version(memory: &SimMemory, swarm: &moai_core::SwarmId) -> Result<Version, SyncError> {
    Ok(memory.standing(swarm).await?.last.version)
}
