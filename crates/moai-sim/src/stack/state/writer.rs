//! An agent of a world of states: it writes, pushes and follows.

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::serve;
use moai_core::{AgentId, Coordinator, KeyRange, Role, SeededChance};
use moai_sync::{Replica, ReplicaHandler, WriteError};

use super::notes::{Notes, key};
use super::plan::Kind;
use crate::stack::{Life, SimClock, SimNetwork};

/// One agent, in all of its lives.
pub(super) struct Writer {
    pub(super) number: usize,
    pub(super) id: AgentId,
    pub(super) notes: Arc<Notes>,
    pub(super) network: SimNetwork,
    pub(super) clock: SimClock,
}

impl Writer {
    /// One life of it.
    pub(super) async fn live(self: Arc<Self>, life: Life, number: u64) {
        let door = self.network.door(&life);
        let Ok(mailbox) = door.join(self.id.clone(), Role::Member).await else { return };
        let replica = Replica::new(self.id.clone()).with_clock(Arc::new(self.clock.clone()));
        let seed = self.notes.plan.seed ^ number.rotate_left(32) ^ (self.number as u64 + 1).rotate_left(48);
        let half = ReplicaHandler::new(door.swarm_id().clone(), replica.clone())
            .follows(KeyRange::ALL)
            .pushes()
            .with_chance(Arc::new(SeededChance::new(seed)));
        self.notes.begins(self.number, &replica);
        tokio::select! {
            biased;
            _ = serve(mailbox, door, vec![Box::new(half)]) => {}
            () = self.write(&replica) => {}
        }
    }

    async fn write(&self, replica: &Replica) {
        let ground = &self.notes.ground;
        for (at, (by, when, kind)) in self.notes.plan.writes.iter().enumerate() {
            if *by != self.number || self.notes.known().writes.contains(&at) {
                continue;
            }
            ground.until(Duration::from_millis(*when)).await;
            self.notes.known().writes.insert(at);
            match self.put(replica, *kind, i64::try_from(at).unwrap_or(0)) {
                Ok(()) => ground.reach("a state was written"),
                Err(why) => ground.note([why.to_string().as_bytes()]),
            }
        }
        std::future::pending().await
    }

    fn put(&self, replica: &Replica, kind: Kind, element: i64) -> Result<(), WriteError> {
        let Some(key) = key(kind, self.number) else { return Ok(()) };
        match kind {
            Kind::Set => {
                replica.add(&key, element)?;
                self.notes.wrote(self.number, element);
                Ok(())
            }
            Kind::Scratch => replica.add(&key, element),
            Kind::Count => replica.contribute(&key, element),
            Kind::Leader | Kind::Note => replica.put(&key, element),
        }
    }
}
