//! Every code of a refusal is met by something that really goes wrong, and every text ends with what state is left.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use moai_core::Coordinator;
use moai_core::{
    Batch, Changes, Coded, Committed, Cursor, Held, KeyRange, Listing, LocalCoordinator, MemoryProvider, Namespace,
    Persistence, Role, SnapshotPage, SnapshotPlace, Standing, StateKey, StoreError, SwarmId, Version, swarm_id, value,
};
use moai_store::MemoryStore;
use moai_sync::{ConflictResolver, Replica, StateSynchronizer, SyncError, WriteError};

use crate::world::{World, agent, key};

fn note<T>(met: &mut BTreeSet<&'static str>, code: &'static str, result: Result<T, impl Coded>) {
    let Err(error) = result else { panic!("{code} was to be met") };
    assert_eq!(error.code(), code, "{error}");
    let text = error.to_string();
    assert!(text.ends_with(&error.aftermath().to_string()), "{text:?} does not say what state is left");
    met.insert(code);
}

/// A memory of which somebody else always changes what is about to be written.
struct Restless(MemoryStore);

#[async_trait]
impl MemoryProvider for Restless {
    fn persistence(&self) -> Persistence {
        self.0.persistence()
    }
    async fn commit(&self, swarm: &SwarmId, batch: Batch) -> Result<Committed, StoreError> {
        if let Some(first) = batch.preconditions.first() {
            let older = Replica::new(agent(9)).with_clock(Arc::new(moai_core::FixedClock(moai_core::Timestamp::MIN)));
            older.put(&first.key, "older").unwrap();
            let older = older.get(&first.key).unwrap().to_bytes();
            self.0.commit(swarm, Batch::new().put(first.namespace.clone(), first.key.clone(), older)).await?;
        }
        self.0.commit(swarm, batch).await
    }
    async fn look(&self, swarm: &SwarmId, namespace: &Namespace, key: &StateKey) -> Result<Held, StoreError> {
        self.0.look(swarm, namespace, key).await
    }
    async fn list(
        &self,
        swarm: &SwarmId,
        namespace: &Namespace,
        range: &KeyRange,
        after: Option<&StateKey>,
        limit: usize,
    ) -> Result<Listing, StoreError> {
        self.0.list(swarm, namespace, range, after, limit).await
    }
    async fn changes(&self, swarm: &SwarmId, since: Option<Cursor>, limit: usize) -> Result<Changes, StoreError> {
        self.0.changes(swarm, since, limit).await
    }
    async fn snapshot(
        &self,
        swarm: &SwarmId,
        place: Option<SnapshotPlace>,
        limit: usize,
    ) -> Result<SnapshotPage, StoreError> {
        self.0.snapshot(swarm, place, limit).await
    }
    async fn standing(&self, swarm: &SwarmId) -> Result<Standing, StoreError> {
        self.0.standing(swarm).await
    }
    async fn compact(&self, swarm: &SwarmId, horizon: Version) -> Result<Standing, StoreError> {
        self.0.compact(swarm, horizon).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_code_of_a_refused_synchronization_is_never_met() {
    let mut met = BTreeSet::new();
    let world = World::new(ConflictResolver::crdt()).await;
    note(&mut met, "input.out_of_range", world.synchronizer.synchronize_within(&key("k"), Duration::ZERO).await);
    let long = Duration::from_secs(3_601);
    note(&mut met, "input.out_of_range", world.synchronizer.synchronize_within(&key("k"), long).await);
    let silent = world.swarm.join(agent(9), Role::Member).await.unwrap();
    note(&mut met, "sync.nobody_answered", world.synchronizer.synchronize_state(&key("k")).await);
    // One that nobody answers takes all the room there is.
    let options = moai_sync::SyncOptions::default().with_rounds(1).with_id(agent(8));
    let narrow = StateSynchronizer::with(world.swarm.clone(), world.memory.clone(), ConflictResolver::lww(), options);
    let (narrow, keys) = (narrow.await.unwrap(), [key("k"), key("l")]);
    let waits = narrow.synchronize_within(&keys[0], Duration::from_secs(2));
    let (waits, busy) = tokio::join!(waits, narrow.synchronize_within(&keys[1], Duration::from_secs(1)));
    note(&mut met, "sync.nobody_answered", waits);
    note(&mut met, "sync.busy", busy);
    narrow.shutdown().await;
    drop(silent);
    for number in 1..3 {
        world.agent(number).await.replica.contribute(&key("sum"), i64::MIN).unwrap();
    }
    let report = world.synchronizer.synchronize_state(&key("sum")).await.unwrap();
    assert!(report.refused.len() == 1 && report.refused[0].why.contains("does not fit into 64 bits"), "{report:?}");
    let again = StateSynchronizer::new(world.swarm.clone(), world.memory.clone(), ConflictResolver::lww()).await;
    note(&mut met, "coordinator.already_joined", again);
    world.synchronizer.shutdown().await;
    note(&mut met, "sync.stopped", world.synchronizer.synchronize_state(&key("k")).await);

    let restless: Arc<dyn MemoryProvider> = Arc::new(Restless(MemoryStore::new().unwrap()));
    let synchronizer =
        World::synchronizer(&world.swarm, restless, ConflictResolver::lww(), &world.clock, "other").await;
    let replica = Replica::new(agent(5)).with_clock(world.clock.clone());
    replica.put(&key("k"), 1).unwrap();
    world.agent_with(replica).await;
    note(&mut met, "sync.contended", synchronizer.synchronize_state(&key("k")).await);
    let memory = Arc::new(MemoryStore::new().unwrap());
    let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    let outside = std::thread::spawn(move || {
        let mut future = std::pin::pin!(StateSynchronizer::new(swarm, memory, ConflictResolver::lww()));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(made) => made.map(drop),
            std::task::Poll::Pending => panic!("it does not wait"),
        }
    });
    note(&mut met, "sync.runtime", outside.join().unwrap());
    let missing: Vec<_> = SyncError::CODES.iter().filter(|code| !met.contains(*code)).collect();
    assert!(missing.is_empty(), "never met: {missing:?}");
}

#[test]
fn a_code_of_a_refused_write_is_never_met() {
    let mut met = BTreeSet::new();
    let replica = Replica::new(agent(1)).with_limits(moai_core::Limits { value_bytes: 100, ..Default::default() });
    replica.contribute(&key("count"), 1).unwrap();
    note(&mut met, "replica.other_type", replica.put(&key("count"), 1));
    note(&mut met, "replica.other_type", replica.add(&key("count"), 1));
    note(&mut met, "input.too_long", replica.put(&key("text"), "x".repeat(200)));
    let other = Replica::new(agent(2));
    other.contribute(&key("count"), i64::MIN).unwrap();
    replica.apply([moai_sync::StateChange::Put(moai_sync::SharedState::from(other.get(&key("count")).unwrap()))]);
    note(&mut met, "replica.overflow", replica.contribute(&key("count"), i64::MIN));
    assert_eq!(replica.value(&key("text")), None, "nothing changed");
    assert!(WriteError::CODES.iter().all(|code| met.contains(code)), "{met:?}");
    assert_eq!(replica.value(&key("count")), Some(value!(i64::MIN + 1)));
}
