//! A manager that lies, one way of lying a file. It hears every ballot that anybody sends, and signs nothing.

mod divider;
mod exchanger;
mod repeater;
mod withholder;

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::{Request, message_kinds};
use moai_core::{AgentId, Clock, Coordinator, CorrelationId, Envelope, Role, Timestamp, agent_id};

use super::notes::Notes;
use super::plan::{self, Deceit};
use crate::Seeds;
use crate::stack::{Life, SimClock, SimNetwork};

/// A manager that lies, in all of its lives.
pub(super) struct Deceiver {
    pub(super) notes: Arc<Notes>,
    pub(super) network: SimNetwork,
    pub(super) clock: SimClock,
}

/// The questions that it puts, and to whom.
type Questions = Vec<(AgentId, Request)>;

const NAME: AgentId = agent_id!("deceiver");

impl Deceiver {
    /// Does one thing after another until it crashes, and begins anew then.
    pub(super) async fn live(self: Arc<Self>, life: Life, number: u64) {
        let door = self.network.door(&life);
        let Ok(mut mailbox) = door.join(NAME, Role::Service).await else { return };
        let mut seeds = Seeds::new(self.notes.plan.seed ^ number.rotate_left(23) ^ 0x6c69_6172);
        for deceit in &self.notes.plan.deceits {
            let pause = Duration::from_millis(1 + seeds.below(300));
            tokio::select! {
                biased;
                () = async { while mailbox.recv().await.is_some() {} } => return,
                () = tokio::time::sleep(pause) => {}
            }
            let questions = match deceit {
                Deceit::Exchange => exchanger::questions(&self, &mut seeds),
                Deceit::Repeat => repeater::questions(&self, &mut seeds),
                Deceit::Divide => divider::questions(&self, &mut seeds),
                Deceit::Withhold => {
                    withholder::certify(&self.notes, &mut seeds);
                    Vec::new()
                }
            };
            for (to, request) in questions {
                let correlation = CorrelationId::from_bytes(u128::from(seeds.next()).to_be_bytes());
                let (swarm, bytes) = (door.swarm_id().clone(), request.to_bytes());
                let asked = Envelope::new(swarm, NAME, message_kinds::REQUEST, correlation, bytes);
                // Whoever is asked may be gone.
                let _ = door.send(&to, asked).await;
            }
        }
        while mailbox.recv().await.is_some() {}
    }

    /// All voters.
    fn voters(&self) -> impl Iterator<Item = AgentId> {
        (0..self.notes.plan.voters.len()).filter_map(plan::voter)
    }

    /// A while from now.
    fn soon(&self, seeds: &mut Seeds) -> Timestamp {
        let micros = i64::try_from((200 + seeds.below(800)) * 1_000).unwrap_or(0);
        let until = self.clock.now().unix_micros().saturating_add(micros);
        Timestamp::from_unix_micros(until).unwrap_or(Timestamp::MAX)
    }

    /// The number of a question.
    fn number(&self, seeds: &mut Seeds) -> usize {
        usize::try_from(seeds.below(self.notes.ballots.questions.len() as u64)).unwrap_or(0)
    }
}
