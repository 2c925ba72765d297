//! The voters of a world of votes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moai_consensus::{Answer, Choice, Request, VoterHandler, serve, voter_async_fn};
use moai_core::{AgentId, Coordinator, Role};

use super::liar;
use super::notes::Notes;
use super::plan::Manner;
use crate::Seeds;
use crate::stack::{Life, SimClock, SimNetwork};

/// One life of a voter.
pub(super) struct Voting {
    pub(super) id: AgentId,
    pub(super) manner: Manner,
    pub(super) notes: Arc<Notes>,
    pub(super) network: SimNetwork,
    pub(super) clock: SimClock,
    /// How often it was asked, in all of its lives: it makes up its mind anew each time.
    pub(super) asked: Arc<AtomicU64>,
}

impl Voting {
    /// Votes until it crashes.
    pub(super) async fn live(self: Arc<Self>, life: Life) {
        let door = self.network.door(&life);
        let Ok(mut mailbox) = door.join(self.id.clone(), Role::Member).await else { return };
        match self.manner {
            Manner::Honest => {
                let Some(disk) = self.notes.journals.get(&self.id) else { return };
                let me = Arc::clone(&self);
                let thinks = voter_async_fn(move |request: Request| Arc::clone(&me).think(request));
                let voter = VoterHandler::new(door.swarm_id().clone(), self.id.clone(), thinks);
                let voter = voter.with_clock(Arc::new(self.clock.clone()));
                let journal = Arc::new(disk.open(&self.notes.ground, &life));
                let Ok(voter) = voter.recover(journal).await else { return };
                serve(mailbox, door, vec![Box::new(voter)]).await;
            }
            Manner::ByHand => while mailbox.recv().await.is_some() {},
            manner => liar::lie(manner, &self, mailbox, door).await,
        }
    }

    async fn think(self: Arc<Self>, request: Request) -> Answer {
        let time = self.asked.fetch_add(1, Ordering::SeqCst);
        let question = request.proposal.id().as_str().bytes().fold(0, |sum, byte| sum * 31 + u64::from(byte));
        let mut seeds = Seeds::new(self.notes.plan.seed ^ question.rotate_left(17) ^ time.rotate_left(40));
        seeds.next();
        let thinks = if seeds.chance(10) { seeds.below(400) } else { seeds.below(20) };
        tokio::time::sleep(Duration::from_millis(thinks)).await;
        Answer::new(choice(&mut seeds)).because(format!("thought {time} of {}", self.id))
    }
}

/// What somebody chooses.
pub(super) fn choice(seeds: &mut Seeds) -> Choice {
    match seeds.below(10) {
        0..7 => Choice::For,
        7 | 8 => Choice::Against,
        _ => Choice::Abstain,
    }
}
