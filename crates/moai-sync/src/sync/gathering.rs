//! The answers of one round of questions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use moai_core::{AgentId, CorrelationId, Envelope, Limits};
use tokio::sync::watch;

use super::Refused;
use crate::{Answer, StateResponse};

/// The rounds that are under way.
#[derive(Default)]
pub(super) struct Gatherings {
    rounds: Mutex<BTreeMap<CorrelationId, Round>>,
}

/// One round that is under way.
struct Round {
    keys: usize,
    waits_for: BTreeSet<AgentId>,
    gathered: Gathered,
    /// Says that nobody is waited for any more.
    complete: watch::Sender<bool>,
}

/// What one round has brought.
#[derive(Default)]
pub(super) struct Gathered {
    /// For each agent its answers, in the order of the keys.
    pub(super) answers: BTreeMap<AgentId, Vec<Answer>>,
    pub(super) refused: Vec<Refused>,
    /// Who has not answered.
    pub(super) missing: BTreeSet<AgentId>,
    pub(super) bytes: u64,
}

impl Gatherings {
    fn rounds(&self) -> MutexGuard<'_, BTreeMap<CorrelationId, Round>> {
        self.rounds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a round of so many keys.
    pub(super) fn begin(
        self: &Arc<Self>,
        correlation: CorrelationId,
        keys: usize,
        waits_for: BTreeSet<AgentId>,
    ) -> Gathering {
        let (complete, completed) = watch::channel(waits_for.is_empty());
        let round = Round { keys, waits_for, gathered: Gathered::default(), complete };
        self.rounds().insert(correlation, round);
        Gathering { all: self.clone(), correlation, completed }
    }

    /// Takes in an answer. One that comes twice, too late, or from somebody who was not asked changes nothing.
    pub(super) fn take(&self, envelope: &Envelope, limits: &Limits) {
        let mut rounds = self.rounds();
        let Some(round) = rounds.get_mut(&envelope.correlation()) else {
            return tracing::debug!(from = %envelope.from(), "an answer to nothing that is asked");
        };
        let from = envelope.from();
        if !round.waits_for.remove(from) {
            return tracing::debug!(%from, "an answer from somebody who was not asked, or has answered");
        }
        round.gathered.bytes += envelope.payload().len() as u64;
        match StateResponse::read(envelope.payload(), limits) {
            Ok(response) if response.answers.len() == round.keys => {
                round.gathered.answers.insert(from.clone(), response.answers);
            }
            Ok(response) => {
                let why = format!("{} answers to {} keys", response.answers.len(), round.keys);
                round.gathered.refused.push(Refused { agent_id: from.clone(), why });
            }
            Err(why) => round.gathered.refused.push(Refused { agent_id: from.clone(), why: why.to_string() }),
        }
        if round.waits_for.is_empty() {
            round.complete.send_replace(true);
        }
    }

    /// Nobody will take in answers any more.
    pub(super) fn stop(&self) {
        self.rounds().clear();
    }

    pub(super) fn len(&self) -> usize {
        self.rounds().len()
    }
}

/// One round that is waited for. Dropping it ends the round.
pub(super) struct Gathering {
    all: Arc<Gatherings>,
    correlation: CorrelationId,
    completed: watch::Receiver<bool>,
}

impl Gathering {
    /// This agent could not be asked.
    pub(super) fn not_asked(&self, agent: &AgentId, why: String) {
        if let Some(round) = self.all.rounds().get_mut(&self.correlation)
            && round.waits_for.remove(agent)
        {
            round.gathered.refused.push(Refused { agent_id: agent.clone(), why });
            if round.waits_for.is_empty() {
                round.complete.send_replace(true);
            }
        }
    }

    /// Waits until everybody has answered. Says whether that is so: it is not when nobody takes in answers any more.
    pub(super) async fn complete(&mut self) -> bool {
        self.completed.wait_for(|complete| *complete).await.is_ok()
    }

    /// Ends the round, and gives what it has brought; nothing when nobody has taken in answers.
    pub(super) fn end(self) -> Option<Gathered> {
        let Round { waits_for, mut gathered, .. } = self.all.rounds().remove(&self.correlation)?;
        gathered.missing = waits_for;
        gathered.refused.sort();
        Some(gathered)
    }
}

impl Drop for Gathering {
    fn drop(&mut self) {
        self.all.rounds().remove(&self.correlation);
    }
}
