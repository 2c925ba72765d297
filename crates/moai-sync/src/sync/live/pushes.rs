//! What agents write unasked is settled as the answers of a round.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use moai_core::{AgentId, CorrelationId, StateKey, Version};
use tokio::time::timeout;

use super::Live;
use super::beside::Done;
use crate::frame::unpacked_length;
use crate::message::MOST_KEYS;
use crate::sync::gathering::Gathered;
use crate::sync::round::Outcome;
use crate::sync::{Shared, SyncError, Traffic};
use crate::{Answer, StateBegun, StateFollowed, StateUpdate, StateVersion, StateWritten, Told, message_kinds};

/// How many bytes are settled at once; the last message may go beyond.
const AT_ONCE: usize = 8 << 20;

/// What agents wrote, to be settled at once.
#[derive(Default)]
struct Written {
    said: BTreeMap<AgentId, (CorrelationId, Vec<(StateVersion, Version)>)>,
    keys: BTreeSet<StateKey>,
    bytes: usize,
}

impl Live {
    /// Settles what waits, as much as goes at once. Says whether more waits.
    pub(super) async fn settle(&mut self) -> bool {
        let shared = self.shared.clone();
        let written = self.gather().await;
        if !written.said.is_empty() {
            match shared.settle_written(written).await {
                Ok((gathered, outcome)) => {
                    let outcome = Arc::new(outcome);
                    for gathered in gathered.of_each() {
                        let (shared, outcome) = (shared.clone(), outcome.clone());
                        self.beside(async move { shared.answer(gathered, &outcome).await }).await;
                    }
                }
                // Whoever is not answered writes again.
                Err(cause) => tracing::warn!(%cause, "what agents wrote is not settled"),
            }
        }
        shared.inbox.has_pushes()
    }

    async fn gather(&mut self) -> Written {
        let shared = self.shared.clone();
        let mut written = Written::default();
        let epoch = match shared.standing().await {
            Ok(standing) => standing.last.epoch,
            Err(cause) => {
                // What waits would wait for ever: it is read and left, and comes again.
                while shared.inbox.next_push(|_| true).is_some() {}
                tracing::warn!(%cause, "what agents wrote is not settled");
                return written;
            }
        };
        // One message of each agent: what it says later is said under another number.
        while written.keys.len() < MOST_KEYS && written.bytes < AT_ONCE {
            let Some(envelope) = shared.inbox.next_push(|next| !written.said.contains_key(next.sender())) else {
                break;
            };
            let (from, correlation) = (envelope.sender(), envelope.correlation());
            let read = match StateWritten::from_bytes(envelope.payload(), &shared.options.limits) {
                Ok(read) => read,
                Err(cause) => {
                    tracing::warn!(%from, %cause, "what an agent wrote is refused");
                    continue;
                }
            };
            if read.epoch != Some(epoch) {
                // Its versions mean something else, or it could not tell when they will. It writes again when it knows.
                let begun = StateBegun::new(epoch).to_bytes();
                self.send(from.clone(), shared.envelope(correlation, message_kinds::BEGUN, begun), None).await;
                continue;
            }
            if read.follows && !self.followers.contains_key(from) {
                let stands = StateFollowed::new(0, Told::Stands).to_bytes();
                self.send(from.clone(), shared.envelope(correlation, message_kinds::FOLLOWED, stands), None).await;
            }
            written.bytes += unpacked_length(envelope.payload());
            written.keys.extend(read.states.iter().map(|(state, _)| state.state_key.clone()));
            written.said.insert(from.clone(), (correlation, read.states));
        }
        written
    }
}

impl Shared {
    /// Settles it by the way of a round in which these agents answered.
    async fn settle_written(&self, written: Written) -> Result<(Gathered, Outcome), SyncError> {
        let keys: Vec<StateKey> = written.keys.into_iter().collect();
        let answers = |states: Vec<(StateVersion, Version)>| {
            // Of keys that it did not write it has said nothing.
            let mut answers = vec![Answer::Left; keys.len()];
            for (state, contains) in states {
                let place = keys.binary_search(&state.state_key).ok();
                if let Some(answer) = place.and_then(|place| answers.get_mut(place)) {
                    *answer = Answer::Holds { state: state.into(), contains };
                }
            }
            answers
        };
        let said = written.said.into_iter().map(|(agent, (number, states))| (agent, (number, answers(states))));
        let gathered = Gathered::of_unasked(said.collect());
        let outcome = self.store(&keys, &gathered).await?;
        for report in &outcome.reports {
            let key = &report.state_key;
            for refused in &report.refused {
                tracing::warn!(agent = %refused.agent_id, %key, why = %refused.why, "what an agent wrote is set aside");
            }
            if let Some(cause) = &report.failed {
                tracing::warn!(%key, %cause, "what agents wrote is not settled");
            }
        }
        Ok((gathered, outcome))
    }

    /// Answers one of those who wrote.
    async fn answer(&self, gathered: Gathered, outcome: &Outcome) -> Done {
        let told = async {
            let mut informed = Vec::new();
            let traffic = &mut Traffic::default();
            self.tell(&gathered, &outcome.tell, &outcome.reports, &mut informed, traffic).await;
            for (agent, number) in gathered.unasked.iter().filter(|_| informed.is_empty()) {
                // It has come, and there is nothing to say to it.
                let nothing = StateUpdate::new(Vec::new()).to_bytes();
                let answer = self.envelope(*number, message_kinds::UPDATE, nothing);
                if let Err(cause) = self.coordinator.send(agent, answer).await {
                    tracing::debug!(%agent, %cause, "an agent is not answered");
                }
            }
        };
        if timeout(self.options.timeout, told).await.is_err() {
            tracing::warn!("an agent is not told in time what the swarm holds");
        }
        Done::Answered
    }
}
