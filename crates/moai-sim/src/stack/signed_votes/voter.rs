//! The voters of a world of signed votes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moai_consensus::{Answer, Choice, Request, VoterHandler, serve, voter_async_fn};
use moai_core::{AgentId, Coordinator, Role};

use super::lying;
use super::notes::Notes;
use super::plan::SignedVoter;
use crate::Seeds;
use crate::stack::{Life, SimClock, SimNetwork};

/// One voter in all of its lives.
pub(super) struct Voting {
    pub(super) number: usize,
    pub(super) id: AgentId,
    pub(super) manner: SignedVoter,
    pub(super) notes: Arc<Notes>,
    pub(super) network: SimNetwork,
    pub(super) clock: SimClock,
    /// How often it was asked, in all of its lives: it makes up its mind anew each time.
    pub(super) asked: AtomicU64,
}

impl Voting {
    /// Votes until it crashes.
    pub(super) async fn live(self: Arc<Self>, life: Life) {
        let door = self.network.door(&life);
        let Some(signer) = self.notes.ballots.signer(self.number) else { return };
        let Ok(mailbox) = door.join(self.id.clone(), Role::Member).await else { return };
        let Some(disk) = self.notes.journals.get(&self.id) else {
            let me = (&self.id, signer.as_ref());
            return lying::lie(self.manner, me, &self.notes.ground, mailbox, &door).await;
        };
        let me = Arc::clone(&self);
        let thinks = voter_async_fn(move |request: Request| Arc::clone(&me).think(request));
        let voter = VoterHandler::new(door.swarm_id().clone(), self.id.clone(), thinks)
            .with_clock(Arc::new(self.clock.clone()))
            .with_signer(signer)
            .with_remembered(self.notes.plan.memory);
        let journal = Arc::new(disk.open(&self.notes.ground, &life));
        let Ok(voter) = voter.recover(journal).await else { return };
        serve(mailbox, door, vec![Box::new(voter)]).await;
    }

    async fn think(self: Arc<Self>, request: Request) -> Answer {
        let time = self.asked.fetch_add(1, Ordering::SeqCst);
        let mut seeds = Seeds::new(self.notes.plan.seed ^ (self.number as u64).rotate_left(17) ^ time.rotate_left(40));
        seeds.next();
        let thinks = if seeds.chance(10) { seeds.below(300) } else { seeds.below(20) };
        let choice = if seeds.chance(65) { Choice::For } else { Choice::Against };
        let reason = format!("thought {time} of {}", self.id);
        self.notes.thought(&self.id, &request, &reason);
        tokio::time::sleep(Duration::from_millis(thinks)).await;
        Answer::new(choice).because(reason)
    }
}
