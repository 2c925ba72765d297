//! One round: ask all, gather, resolve, store, tell.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use moai_core::{
    AgentId, AgentState, Batch, CoordinatorError, CorrelationId, Envelope, MessageKind, StateKey, StoreError, Version,
};
use tokio::sync::OwnedMutexGuard;

use super::gathering::Gathered;
use super::settling::{Settled, Stored, settle};
use super::{Shared, SyncError, SyncReport, Traffic, stored};
use crate::{Answer, Known, StateChange, StateDigest, StateRequest, StateUpdate, message_kinds};

/// How often a write is tried that others come before.
const TRIES: u32 = 64;

impl Shared {
    /// Waits until nobody else of this synchronizer is at work on any of these keys, which are sorted.
    async fn alone_at(&self, keys: &[StateKey]) -> Vec<OwnedMutexGuard<()>> {
        let mut guards = Vec::with_capacity(keys.len());
        for key in keys {
            let lock = {
                let mut at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
                // Nobody holds what only this map holds.
                if at_work.len() > 2 * keys.len() + 1_000 {
                    at_work.retain(|_, lock| Arc::strong_count(lock) > 1);
                }
                at_work.entry(key.clone()).or_default().clone()
            };
            guards.push(lock.lock_owned().await);
        }
        guards
    }

    pub(super) async fn synchronize(
        &self,
        keys: &[StateKey],
        timeout: Duration,
        traffic: &mut Traffic,
    ) -> Result<Vec<SyncReport>, SyncError> {
        let _alone = self.alone_at(keys).await;
        let known = self.look(keys).await?;
        let gathered = self.gather(keys, &known, timeout, traffic).await?;
        if gathered.answers.is_empty() && !(gathered.missing.is_empty() && gathered.refused.is_empty()) {
            let unasked = gathered.refused.into_iter().map(|refused| refused.agent_id);
            let missing: BTreeSet<AgentId> = gathered.missing.into_iter().chain(unasked).collect();
            return Err(SyncError::NobodyAnswered { missing: missing.into_iter().collect() });
        }
        let (mut reports, changes) = self.store(keys, &gathered).await?;
        // It is stored: whoever cannot be told in time is told by the next round.
        let told = tokio::time::timeout(timeout, self.tell(&gathered, &changes, &mut reports, traffic)).await;
        if told.is_err() {
            tracing::warn!("not every agent is told in time what the swarm holds");
        }
        Ok(reports)
    }

    /// What the swarm holds, as far as it is needed to ask.
    async fn look(&self, keys: &[StateKey]) -> Result<Vec<Known>, SyncError> {
        let mut known = Vec::with_capacity(keys.len());
        for key in keys {
            let held = self.memory.look(self.coordinator.swarm_id(), &stored::NAMESPACE, key).await?;
            known.push(match stored::held(&held, &self.options.limits)? {
                (Some(state), _) => Known::State(StateDigest::of(&state)),
                (None, Version::ZERO) => Known::Nothing,
                (None, version) => Known::Cleared(version),
            });
        }
        Ok(known)
    }

    async fn gather(
        &self,
        keys: &[StateKey],
        known: &[Known],
        timeout: Duration,
        traffic: &mut Traffic,
    ) -> Result<Gathered, SyncError> {
        let deadline = tokio::time::Instant::now() + timeout;
        let view = tokio::time::timeout_at(deadline, self.coordinator.view()).await;
        let unanswered = |_| CoordinatorError::Unavailable { why: format!("no answer within {timeout:?}") };
        let members = view.map_err(unanswered)??.members;
        let alive = members.into_iter().filter(|member| member.state != AgentState::Failed).map(|member| member.id);
        let correlation = CorrelationId::draw(self.options.chance.as_ref())?;
        let mut gathering = self.gatherings.begin(correlation, keys.len(), alive.collect());
        // Whoever takes in answers may have stopped before this round was known.
        if self.has_stopped() {
            return Err(SyncError::Stopped);
        }
        let request = StateRequest::new(keys.iter().cloned().zip(known.iter().copied()).collect()).to_bytes();
        let size = request.len() as u64;
        let question = self.envelope(correlation, message_kinds::REQUEST, request);
        let asked = async {
            let delivered = self.coordinator.broadcast(question, &[]).await?;
            for (agent, why) in &delivered.refused {
                gathering.not_asked(agent, format!("not reached: {why}"));
            }
            traffic.messages_sent += delivered.ids.len() as u64;
            traffic.bytes_sent += size * delivered.ids.len() as u64;
            Ok::<_, CoordinatorError>(gathering.complete().await)
        };
        match tokio::time::timeout_at(deadline, asked).await {
            Ok(Ok(true)) | Err(_) => {}
            Ok(Ok(false)) => return Err(SyncError::Stopped),
            Ok(Err(why)) => return Err(why.into()),
        }
        let gathered = gathering.end().ok_or(SyncError::Stopped)?;
        traffic.messages_received += gathered.answers.len() as u64;
        traffic.bytes_received += gathered.bytes;
        Ok(gathered)
    }

    /// Resolves all keys and stores what changed, at once. Whoever else stores something meanwhile comes first.
    async fn store(
        &self,
        keys: &[StateKey],
        gathered: &Gathered,
    ) -> Result<(Vec<SyncReport>, Vec<Option<StateChange>>), SyncError> {
        let (swarm, limits) = (self.coordinator.swarm_id(), &self.options.limits);
        let mut tries = 0;
        loop {
            tries += 1;
            let last = self.memory.standing(swarm).await?.last.version;
            let now = self.options.clock.timestamp();
            let (mut reports, mut changes) = (Vec::with_capacity(keys.len()), Vec::with_capacity(keys.len()));
            let (mut batch, mut written, mut floor) = (Batch::new(), Vec::new(), Version::ZERO);
            for (place, key) in keys.iter().enumerate() {
                let held = self.memory.look(swarm, &stored::NAMESPACE, key).await?;
                let (state, cleared) = stored::held(&held, limits)?;
                let stored = Stored { state, cleared, last };
                let answers = gathered.answers.iter().filter_map(|(agent, all)| Some((agent, all.get(place)?)));
                let Settled { mut report, write, greatest } =
                    settle(&self.resolver, limits, now, key, &stored, answers)?;
                report.responded = gathered.answers.keys().cloned().collect();
                report.missing = gathered.missing.iter().cloned().collect();
                report.refused.extend(gathered.refused.iter().cloned());
                report.refused.sort();
                match write {
                    Some(state) => {
                        batch = batch.put(stored::NAMESPACE, key.clone(), state.to_bytes());
                        batch = batch.require(stored::NAMESPACE, key.clone(), held.expected());
                        floor = floor.max(greatest);
                        written.push((place, state.clone()));
                        changes.push(Some(StateChange::Put(Box::new(state))));
                    }
                    None => changes.push(match (&report.state, stored.cleared) {
                        (Some(state), _) => Some(StateChange::Put(Box::new(state.clone()))),
                        (None, Version::ZERO) => None,
                        (None, version) => Some(StateChange::Cleared { state_key: key.clone(), version }),
                    }),
                }
                reports.push(report);
            }
            if !written.is_empty() {
                match self.memory.commit(swarm, batch.floor(floor)).await {
                    Ok(committed) => {
                        self.changed.notify_waiters();
                        for ((place, mut state), version) in written.into_iter().zip(committed.versions()) {
                            state.version = version;
                            if let (Some(report), Some(change)) = (reports.get_mut(place), changes.get_mut(place)) {
                                report.state = Some(state.clone());
                                *change = Some(StateChange::Put(Box::new(state)));
                            }
                        }
                    }
                    Err(StoreError::Conflict { key, .. }) if tries >= TRIES => {
                        return Err(SyncError::Contended { state_key: key, tries });
                    }
                    Err(StoreError::Conflict { .. }) => continue,
                    Err(why) => return Err(why.into()),
                }
            }
            return Ok((reports, changes));
        }
    }

    /// Tells each agent what the swarm holds of what it held differently.
    async fn tell(
        &self,
        gathered: &Gathered,
        changes: &[Option<StateChange>],
        reports: &mut [SyncReport],
        traffic: &mut Traffic,
    ) {
        let digests: Vec<Option<StateDigest>> = changes
            .iter()
            .map(|change| match change {
                Some(StateChange::Put(state)) => Some(StateDigest::of(state)),
                _ => None,
            })
            .collect();
        // Mostly all that differ lack the same: that is written once.
        let mut updates: BTreeMap<Vec<usize>, Vec<&AgentId>> = BTreeMap::new();
        for (agent, answers) in &gathered.answers {
            let lacks = |place: usize| {
                let (answer, digest) = (answers.get(place), digests.get(place).copied().flatten());
                match (answer, digest) {
                    // It answered before this was stored.
                    (Some(Answer::Same), Some(_)) => reports.get(place).is_some_and(|report| report.changed),
                    (Some(Answer::Holds(state)), Some(digest)) => StateDigest::of(state) != digest,
                    (Some(Answer::Nothing), Some(_)) => true,
                    // It was cleared. What was set aside by name is left to its agent.
                    (Some(Answer::Holds(_) | Answer::Same), None) => changes.get(place).is_some_and(Option::is_some),
                    (Some(Answer::Nothing) | None, _) => false,
                }
            };
            let lacking: Vec<usize> = (0..changes.len()).filter(|place| lacks(*place)).collect();
            if !lacking.is_empty() {
                updates.entry(lacking).or_default().push(agent);
            }
        }
        for (places, agents) in updates {
            let all = places.iter().filter_map(|place| changes.get(*place)?.clone());
            let bytes = StateUpdate::new(all.collect()).to_bytes();
            let size = bytes.len() as u64;
            let envelope = self.envelope(CorrelationId::from_bytes([0; 16]), message_kinds::UPDATE, bytes);
            for agent in agents {
                match self.coordinator.send(agent, envelope.clone()).await {
                    Ok(()) => {
                        traffic.messages_sent += 1;
                        traffic.bytes_sent += size;
                        for place in &places {
                            reports.get_mut(*place).into_iter().for_each(|report| report.informed.push(agent.clone()));
                        }
                    }
                    // It is told by the next round.
                    Err(cause) => tracing::warn!(%agent, %cause, "an agent is not told what the swarm holds"),
                }
            }
        }
    }

    fn envelope(&self, correlation: CorrelationId, kind: MessageKind, payload: Vec<u8>) -> Envelope {
        let (swarm, from) = (self.coordinator.swarm_id().clone(), self.options.id.clone());
        Envelope::new(swarm, from, kind, correlation, payload)
    }
}
