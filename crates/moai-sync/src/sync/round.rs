//! One round: ask all, gather, resolve, store, tell.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use moai_core::planted::planted;
use moai_core::{
    AgentId, AgentState, Batch, CoordinatorError, CorrelationId, Envelope, MessageKind, StateKey, StoreError, Version,
};
use tokio::sync::OwnedMutexGuard;
use tokio::time::{Instant, timeout, timeout_at};

use super::gathering::Gathered;
use super::settling::{Settled, Settling, Stored};
use super::{Priority, Shared, SyncError, SyncReport, Traffic, stored};
use crate::{Answer, Known, StateChange, StateDigest, StateRequest, StateUpdate, message_kinds};

/// How often a write is tried that others come before.
const TRIES: u32 = 64;

/// What came of a round for each of its keys.
pub(super) struct Outcome {
    pub(super) reports: Vec<SyncReport>,
    /// What is to be told to whoever holds something else.
    pub(super) tell: Vec<Option<StateChange>>,
}

/// Who is asked what.
enum Asked<'a> {
    All(Envelope),
    Each(Vec<(&'a AgentId, Envelope)>),
}

impl Shared {
    pub(super) async fn synchronize(
        &self,
        keys: &[StateKey],
        within: Duration,
        priority: Priority,
    ) -> Result<(Vec<SyncReport>, Traffic), SyncError> {
        let deadline = Instant::now() + within;
        let turn = timeout_at(deadline, self.lanes.turn(priority)).await;
        let _turn = turn.map_err(|_| SyncError::Busy { waited: within })?;
        let mut traffic = Traffic::default();
        let asked = StateRequest::new(self.standing().await?.last.epoch, self.look(keys).await?);
        let gathered = self.gather(&asked, deadline, &mut traffic).await?;
        if gathered.answers.is_empty() && !(gathered.missing.is_empty() && gathered.refused.is_empty()) {
            let (missing, refused) = (gathered.missing.into_iter().collect(), gathered.refused);
            return Err(SyncError::NobodyAnswered { missing, refused });
        }
        let Outcome { mut reports, tell } = self.store(keys, &gathered).await?;
        // It is stored: whoever cannot be told in time is told by the next round.
        let mut informed = Vec::new();
        let told = self.tell(&gathered, &tell, &reports, &mut informed, &mut traffic);
        if timeout(within, told).await.is_err() {
            tracing::warn!("not every agent is told in time what the swarm holds");
        }
        for (agent, places) in informed {
            for place in places {
                reports.get_mut(place).into_iter().for_each(|report| report.informed.push(agent.clone()));
            }
        }
        for report in &mut reports {
            report.informed.sort_unstable();
            report.traffic = traffic;
        }
        Ok((reports, traffic))
    }

    /// What the swarm holds, as far as it is needed to ask.
    async fn look(&self, keys: &[StateKey]) -> Result<Vec<(StateKey, Known)>, SyncError> {
        let mut known = Vec::with_capacity(keys.len());
        for key in keys {
            let held = self.memory.look(self.coordinator.swarm_id(), &stored::NAMESPACE, key).await?;
            // What cannot be read is told with its key later.
            let stored::Known { state, cleared, .. } = stored::held(&held, &self.options.limits).unwrap_or_default();
            known.push((key.clone(), Known { state: state.as_ref().map(StateDigest::of), cleared }));
        }
        Ok(known)
    }

    async fn gather(
        &self,
        request: &StateRequest,
        deadline: Instant,
        traffic: &mut Traffic,
    ) -> Result<Gathered, SyncError> {
        let unanswered = |_| CoordinatorError::Unavailable { why: "no view in time".into() };
        let members = timeout_at(deadline, self.coordinator.view()).await.map_err(unanswered)??.members;
        let alive = members.into_iter().filter(|member| member.state != AgentState::Failed);
        let correlation = CorrelationId::draw(self.options.chance.as_ref())?;
        let waits_for = alive.map(|member| (member.id, request.keys.len())).collect();
        let question = self.envelope(correlation, message_kinds::REQUEST, request.to_bytes());
        let mut gathered = self.ask((correlation, 0), waits_for, Asked::All(question), deadline, traffic).await?;
        // Who had more to say than fits into a message is asked for the rest.
        let mut left = gathered.left();
        while !left.is_empty() {
            let waits_for = left.iter().map(|(agent, places)| (agent.clone(), places.len())).collect();
            let questions = left.iter().map(|(agent, places)| {
                let keys = places.iter().filter_map(|place| request.keys.get(*place).cloned()).collect();
                let request = StateRequest::new(request.epoch, keys).to_bytes();
                (agent, self.envelope(correlation, message_kinds::REQUEST, request))
            });
            let asked = Asked::Each(questions.collect());
            let rest = self.ask((correlation, gathered.unpacked), waits_for, asked, deadline, traffic).await?;
            left = gathered.add(left, rest);
        }
        Ok(gathered)
    }

    /// Asks agents, and waits for their answers until the deadline. So many bytes of the round are there already.
    async fn ask(
        &self,
        (correlation, unpacked): (CorrelationId, usize),
        waits_for: BTreeMap<AgentId, usize>,
        asked: Asked<'_>,
        deadline: Instant,
        traffic: &mut Traffic,
    ) -> Result<Gathered, SyncError> {
        let mut gathering = self.gatherings.begin(correlation, waits_for, unpacked);
        // Whoever takes in answers may have stopped before this round was known.
        if self.has_stopped() {
            return Err(SyncError::Stopped);
        }
        let gathers = async {
            match asked {
                Asked::All(question) => {
                    let size = question.payload().len() as u64;
                    let delivered = self.coordinator.broadcast(question, &[]).await?;
                    for (agent, why) in &delivered.refused {
                        gathering.not_asked(agent, format!("not reached: {why}"));
                    }
                    let count = delivered.ids.len() as u64;
                    traffic.messages_sent += count;
                    traffic.bytes_sent += size * count;
                }
                Asked::Each(questions) => {
                    for (agent, question) in questions {
                        let size = question.payload().len() as u64;
                        match self.coordinator.send(agent, question).await {
                            Ok(()) => {
                                traffic.messages_sent += 1;
                                traffic.bytes_sent += size;
                            }
                            Err(why) => gathering.not_asked(agent, format!("not reached: {why}")),
                        }
                    }
                }
            }
            Ok::<_, CoordinatorError>(gathering.complete().await)
        };
        match timeout_at(deadline, gathers).await {
            Ok(Ok(true)) | Err(_) => {}
            Ok(Ok(false)) => return Err(SyncError::Stopped),
            Ok(Err(why)) => return Err(why.into()),
        }
        let gathered = gathering.end().ok_or(SyncError::Stopped)?;
        traffic.messages_received += gathered.answers.len() as u64;
        traffic.bytes_received += gathered.bytes;
        Ok(gathered)
    }

    /// Waits until nobody else of this synchronizer stores something under any of these keys, which are sorted: else many
    /// would come before each other again and again.
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

    /// Resolves all keys and stores what changed, at once. Whoever else stores something meanwhile comes first.
    pub(super) async fn store(&self, keys: &[StateKey], gathered: &Gathered) -> Result<Outcome, SyncError> {
        let _alone = self.alone_at(keys).await;
        let swarm = self.coordinator.swarm_id();
        let mut tries = 0;
        loop {
            tries += 1;
            let last = self.standing().await?.last.version;
            let mut outcome = Outcome { reports: Vec::with_capacity(keys.len()), tell: Vec::with_capacity(keys.len()) };
            let (mut batch, mut written, mut floor) = (Batch::new(), Vec::new(), Version::ZERO);
            for (place, key) in keys.iter().enumerate() {
                let held = self.memory.look(swarm, &stored::NAMESPACE, key).await?;
                let Settled { report, write, greatest, tell } = self.settle(key, place, &held, last, gathered);
                if let Some(state) = write {
                    batch = batch.put(stored::NAMESPACE, key.clone(), state.to_bytes());
                    if !planted("storing_over_others") {
                        batch = batch.require(stored::NAMESPACE, key.clone(), held.expected());
                    }
                    floor = floor.max(greatest);
                    written.push((place, state));
                }
                outcome.reports.push(report);
                outcome.tell.push(tell);
            }
            if written.is_empty() {
                return Ok(outcome);
            }
            match self.memory.commit(swarm, batch.floor(floor)).await {
                Ok(committed) => {
                    self.changed.notify_waiters();
                    for ((place, mut state), version) in written.into_iter().zip(committed.versions()) {
                        state.version = version;
                        if let (Some(report), Some(tell)) =
                            (outcome.reports.get_mut(place), outcome.tell.get_mut(place))
                        {
                            report.state = Some(state.clone());
                            *tell = Some(StateChange::Put(state.into()));
                        }
                    }
                    return Ok(outcome);
                }
                Err(StoreError::Conflict { key, .. }) if tries >= TRIES => {
                    return Err(SyncError::Contended { state_key: key, tries });
                }
                Err(StoreError::Conflict { .. }) => {}
                Err(why) => return Err(why.into()),
            }
        }
    }

    /// Settles one key. What fails is told in its report, and blocks no other key.
    fn settle(
        &self,
        key: &StateKey,
        place: usize,
        held: &moai_core::Held,
        last: Version,
        gathered: &Gathered,
    ) -> Settled {
        let options = &self.options;
        let answers = gathered.answers.iter().filter_map(|(agent, all)| Some((agent, all.get(place)?)));
        let settled = stored::held(held, &options.limits).map_err(SyncError::from).and_then(|known| {
            let (stored, now) = (Stored { known, last }, self.clock.now());
            let (resolver, limits, hearsay) = (&self.resolver, &options.limits, options.hearsay);
            Settling { resolver, limits, hearsay, now, key, stored: &stored }.settle(answers.clone())
        });
        let mut settled = settled.unwrap_or_else(|why| {
            let report = SyncReport { failed: Some(why), ..SyncReport::new(key.clone()) };
            Settled { report, write: None, greatest: Version::ZERO, tell: None }
        });
        let report = &mut settled.report;
        let is_refused = |agent: &AgentId| report.refused.iter().any(|refused| refused.agent_id == *agent);
        for (agent, answer) in answers {
            match answer {
                Answer::Left => report.missing.push(agent.clone()),
                _ if is_refused(agent) => {}
                _ => report.responded.push(agent.clone()),
            }
        }
        report.missing.extend(gathered.missing.iter().cloned());
        report.missing.sort_unstable();
        report.refused.extend(gathered.refused.iter().cloned());
        report.refused.sort();
        settled
    }

    /// Tells each agent what the swarm holds of what it held differently, and notes who was told of which keys. What was set
    /// aside by name is left to its agent.
    pub(super) async fn tell(
        &self,
        gathered: &Gathered,
        changes: &[Option<StateChange>],
        reports: &[SyncReport],
        informed: &mut Vec<(AgentId, Vec<usize>)>,
        traffic: &mut Traffic,
    ) {
        // Mostly all that differ lack the same: that is written once.
        let mut updates: BTreeMap<(CorrelationId, Vec<usize>), Vec<&AgentId>> = BTreeMap::new();
        let digests: Vec<Option<StateDigest>> = changes.iter().map(|change| digest(change.as_ref())).collect();
        for (agent, answers) in &gathered.answers {
            let lacks = |place: usize| {
                let (Some(report), Some(Some(_)), Some(answer)) =
                    (reports.get(place), changes.get(place), answers.get(place))
                else {
                    return false;
                };
                if report.refused.iter().any(|refused| refused.agent_id == *agent) {
                    return false;
                }
                match (answer, digests.get(place).copied().flatten()) {
                    // It answered before this was stored.
                    (Answer::Same, Some(_)) => report.changed,
                    (Answer::Holds { state, .. }, Some(digest)) => StateDigest::of(state) != digest,
                    (Answer::Nothing, digest) => digest.is_some(),
                    // It was cleared.
                    (Answer::Holds { .. } | Answer::Same, None) => true,
                    (Answer::Left, _) => false,
                }
            };
            let lacking: Vec<usize> = (0..changes.len()).filter(|place| lacks(*place)).collect();
            if !lacking.is_empty() {
                updates.entry((gathered.number(agent), lacking)).or_default().push(agent);
            }
        }
        for ((round, places), agents) in updates {
            let all = places.iter().filter_map(|place| changes.get(*place)?.clone());
            let messages = StateUpdate::messages(all.collect(), &self.options.limits);
            let size: u64 = messages.iter().map(|message| message.len() as u64).sum();
            let count = messages.len() as u64;
            let envelopes = messages.into_iter().map(|bytes| self.envelope(round, message_kinds::UPDATE, bytes));
            let envelopes: Vec<Envelope> = envelopes.collect();
            'agents: for agent in agents {
                for envelope in &envelopes {
                    if let Err(cause) = self.coordinator.send(agent, envelope.clone()).await {
                        // It is told by the next round.
                        tracing::warn!(%agent, %cause, "an agent is not told what the swarm holds");
                        continue 'agents;
                    }
                }
                traffic.messages_sent += count;
                traffic.bytes_sent += size;
                informed.push((agent.clone(), places.clone()));
            }
        }
    }

    pub(super) fn envelope(&self, correlation: CorrelationId, kind: MessageKind, payload: Vec<u8>) -> Envelope {
        let (swarm, from) = (self.coordinator.swarm_id().clone(), self.options.id.clone());
        Envelope::new(swarm, from, kind, correlation, payload)
    }
}

fn digest(change: Option<&StateChange>) -> Option<StateDigest> {
    match change {
        Some(StateChange::Put(state)) => Some(state.digest()),
        _ => None,
    }
}
