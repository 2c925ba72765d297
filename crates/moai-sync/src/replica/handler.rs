//! The half of an agent that tells the swarm what it holds.

use std::collections::BTreeSet;
use std::sync::Arc;

use moai_core::{AgentId, Envelope, Handled, Handler, Outgoing, SwarmId, Version, agent_id};

use super::Replica;
use crate::{Answer, StateChange, StateDigest, StateRequest, StateResponse, StateUpdate, message_kinds};

/// The half of an agent that tells the swarm what it holds, and takes in what the swarm holds. It owns no mailbox: a loop
/// over an agent's handlers drives it.
///
/// What is no message of these, belongs to another swarm, or is an update by somebody who is no synchronizer, is answered by
/// nothing and changes nothing.
#[derive(Debug, Clone)]
pub struct ReplicaHandler {
    swarm: SwarmId,
    replica: Replica,
    /// Who may tell what the swarm holds.
    synchronizers: BTreeSet<AgentId>,
}

impl ReplicaHandler {
    /// The half around this replica, in this swarm. It is told what the swarm holds by whoever is called
    /// `state-synchronizer`.
    #[must_use]
    pub fn new(swarm: SwarmId, replica: Replica) -> Self {
        Self { swarm, replica, synchronizers: BTreeSet::from([agent_id!("state-synchronizer")]) }
    }

    /// The same, told by these instead: a swarm may have several synchronizers, under other names.
    #[must_use]
    pub fn told_by(mut self, synchronizers: impl IntoIterator<Item = AgentId>) -> Self {
        self.synchronizers = synchronizers.into_iter().collect();
        self
    }

    /// What it holds under the keys of a question.
    fn answer(&self, asked: &Envelope, request: StateRequest) -> StateResponse {
        let mut inner = self.replica.inner();
        let is_told = self.synchronizers.contains(asked.from());
        if is_told {
            inner.in_epoch(request.epoch);
        }
        let answers = request.keys.into_iter().map(|(key, known)| {
            if is_told && known.cleared != Version::ZERO {
                // What it holds was written before it knew of this, or is new.
                inner.clear(key.clone(), known.cleared);
            }
            match (inner.states.get_mut(&key), known.state) {
                (None, _) => Answer::Nothing,
                (Some(held), Some(digest)) if digest == StateDigest::of(&held.state) => Answer::Same,
                (Some(held), _) => {
                    // Whoever else asks stores nothing.
                    let (state, contains) = held.give(is_told.then(|| asked.correlation()));
                    Answer::Holds { state: Box::new(state), contains }
                }
            }
        });
        StateResponse::new(answers.collect())
    }
}

impl Handler for ReplicaHandler {
    fn handle(&mut self, envelope: &Envelope) -> Handled {
        let (asked, told) = (message_kinds::REQUEST, message_kinds::UPDATE);
        if *envelope.kind() != asked && *envelope.kind() != told {
            return Handled::NotMine;
        }
        let (agent, from, kind) = (&self.replica.agent, envelope.from(), envelope.kind());
        if *envelope.swarm() != self.swarm {
            tracing::warn!(%agent, %from, %kind, swarm = %envelope.swarm(), "a message of another swarm is refused");
            return Handled::NOTHING;
        }
        let limits = &self.replica.limits;
        if *kind == asked {
            return match StateRequest::read(envelope.payload(), limits) {
                Ok(request) => {
                    let answer = self.answer(envelope, request).to_bytes_within(limits);
                    Handled::Done(vec![Outgoing::reply(envelope, agent.clone(), message_kinds::RESPONSE, answer)])
                }
                Err(cause) => {
                    tracing::warn!(%agent, %from, %kind, %cause, "a message is refused");
                    Handled::NOTHING
                }
            };
        }
        if !self.synchronizers.contains(from) {
            tracing::warn!(%agent, %from, %kind, "an update by somebody who is no synchronizer is refused");
            return Handled::NOTHING;
        }
        // Agents of one process share what they read.
        let read = || StateUpdate::read(envelope.payload(), limits);
        let shared = envelope.read_once(|_| read().map(|update| Arc::new((limits.clone(), update))));
        match shared.and_then(|shared| if shared.0 == *limits { Ok(shared.1.clone()) } else { read() }) {
            Ok(update) => {
                let fits = |change: &StateChange| match change {
                    StateChange::Put(state) => state.check(limits).is_ok(),
                    _ => true,
                };
                self.replica.take(update.changes.into_iter().filter(fits), Some(envelope.correlation()));
            }
            Err(cause) => tracing::warn!(%agent, %from, %kind, %cause, "a message is refused"),
        }
        Handled::NOTHING
    }
}
