//! The answers of one round of questions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use moai_core::{AgentId, CorrelationId, Envelope, Limits};
use tokio::sync::watch;

use super::Refused;
use crate::frame::unpacked_length;
use crate::{Answer, StateResponse};

/// The rounds that are under way.
#[derive(Default)]
pub(super) struct Gatherings {
    rounds: Mutex<BTreeMap<CorrelationId, Round>>,
}

/// One round that is under way.
struct Round {
    /// Who has not answered, and for how many keys it was asked.
    waits_for: BTreeMap<AgentId, usize>,
    gathered: Gathered,
    /// Says that nobody is waited for any more.
    complete: watch::Sender<bool>,
}

/// What one round has brought.
pub(super) struct Gathered {
    pub(super) correlation: CorrelationId,
    /// Of agents that were not asked: under which number each has said what it holds.
    pub(super) unasked: BTreeMap<AgentId, CorrelationId>,
    /// For each agent its answers, in the order of the keys.
    pub(super) answers: BTreeMap<AgentId, Vec<Answer>>,
    pub(super) refused: Vec<Refused>,
    /// Who has not answered.
    pub(super) missing: BTreeSet<AgentId>,
    pub(super) bytes: u64,
    /// The same, unpacked.
    pub(super) unpacked: usize,
}

impl Gathered {
    fn new(correlation: CorrelationId, unpacked: usize) -> Self {
        let (answers, missing) = (BTreeMap::new(), BTreeSet::new());
        Self { correlation, unasked: BTreeMap::new(), answers, refused: Vec::new(), missing, bytes: 0, unpacked }
    }

    /// What agents said without being asked: of each its number, and its answers in the order of the keys.
    pub(super) fn of_unasked(said: BTreeMap<AgentId, (CorrelationId, Vec<Answer>)>) -> Self {
        let mut gathered = Self::new(CorrelationId::from_bytes([0; 16]), 0);
        for (agent, (correlation, answers)) in said {
            gathered.unasked.insert(agent.clone(), correlation);
            gathered.answers.insert(agent, answers);
        }
        gathered
    }

    /// What each agent said, by itself.
    pub(super) fn of_each(self) -> impl Iterator<Item = Self> {
        let Self { unasked, answers, .. } = self;
        answers.into_iter().filter_map(move |(agent, answers)| {
            let number = *unasked.get(&agent)?;
            Some(Self::of_unasked(BTreeMap::from([(agent, (number, answers))])))
        })
    }

    /// Under which number an agent said what it holds.
    pub(super) fn number(&self, agent: &AgentId) -> CorrelationId {
        self.unasked.get(agent).copied().unwrap_or(self.correlation)
    }

    /// For which keys agents had no room in their answers.
    pub(super) fn left(&self) -> Vec<(AgentId, Vec<usize>)> {
        let left = self.answers.iter().map(|(agent, answers)| {
            let places = (0..).zip(answers).filter(|(_, answer)| **answer == Answer::Left).map(|(place, _)| place);
            (agent.clone(), places.collect::<Vec<usize>>())
        });
        left.filter(|(_, places)| !places.is_empty()).collect()
    }

    /// Takes in what agents answered when they were asked for what they had left. Says what they have left still; of one that
    /// has nothing more to say, or for which what is left does not fit into a message alone, nothing.
    pub(super) fn add(&mut self, asked: Vec<(AgentId, Vec<usize>)>, mut rest: Self) -> Vec<(AgentId, Vec<usize>)> {
        self.bytes += rest.bytes;
        self.unpacked = rest.unpacked;
        let mut left = Vec::new();
        for (agent, places) in asked {
            let Some(answers) = self.answers.get_mut(&agent) else { continue };
            let Some(more) = rest.answers.remove(&agent) else { continue };
            let (mut still, asked) = (Vec::new(), places.len());
            for (place, answer) in places.into_iter().zip(more) {
                if answer == Answer::Left {
                    still.push(place);
                } else if let Some(known) = answers.get_mut(place) {
                    *known = answer;
                }
            }
            if !still.is_empty() && still.len() < asked {
                left.push((agent, still));
            }
        }
        left
    }
}

impl Gatherings {
    fn rounds(&self) -> MutexGuard<'_, BTreeMap<CorrelationId, Round>> {
        self.rounds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a round in which these agents are asked, each for so many keys, and of which so many bytes are there already.
    pub(super) fn begin(
        self: &Arc<Self>,
        correlation: CorrelationId,
        waits_for: BTreeMap<AgentId, usize>,
        unpacked: usize,
    ) -> Gathering {
        let (complete, completed) = watch::channel(waits_for.is_empty());
        let round = Round { waits_for, gathered: Gathered::new(correlation, unpacked), complete };
        self.rounds().insert(correlation, round);
        Gathering { all: self.clone(), correlation, completed }
    }

    /// Takes in an answer. One that comes twice, too late, or from somebody who was not asked changes nothing.
    pub(super) fn take(&self, envelope: &Envelope, limits: &Limits, round_bytes: usize) {
        let (from, correlation) = (envelope.sender(), envelope.correlation());
        let waiting = self.rounds().get(&correlation).map(|round| {
            let keys = round.waits_for.get(from).copied();
            (keys, round_bytes.saturating_sub(round.gathered.unpacked))
        });
        let Some((Some(keys), room)) = waiting else {
            return tracing::debug!(%from, "an answer to nothing that is asked, or by somebody who was not, or has answered");
        };
        let size = unpacked_length(envelope.payload());
        let answers = if size > room {
            Err(format!("the answers of one round are longer than {round_bytes} bytes with its own of {size}"))
        } else {
            // Nobody waits for this one meanwhile.
            match StateResponse::from_bytes(envelope.payload(), limits) {
                Ok(response) if response.answers.len() == keys => Ok(response.answers),
                Ok(response) => Err(format!("{} answers to {keys} keys", response.answers.len())),
                Err(why) => Err(why.to_string()),
            }
        };
        let mut rounds = self.rounds();
        // It may have ended meanwhile.
        let Some(round) = rounds.get_mut(&correlation) else { return };
        if round.waits_for.remove(from).is_none() {
            return;
        }
        round.gathered.bytes += envelope.payload().len() as u64;
        match answers {
            Ok(answers) => {
                round.gathered.unpacked += size;
                round.gathered.answers.insert(from.clone(), answers);
            }
            Err(why) => round.gathered.refused.push(Refused { agent_id: from.clone(), why }),
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
            && round.waits_for.remove(agent).is_some()
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
        gathered.missing = waits_for.into_keys().collect();
        gathered.refused.sort();
        Some(gathered)
    }
}

impl Drop for Gathering {
    fn drop(&mut self) {
        self.all.rounds().remove(&self.correlation);
    }
}
