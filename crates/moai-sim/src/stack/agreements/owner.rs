//! The honest owners of a world of agreements.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moai_consensus::one_shot::{Agreement, AgreementError, Agreements};
use moai_consensus::{Answer, Choice, RecoverError, Request, serve, voter_async_fn};
use moai_core::{AgentId, Coordinator, Role};

use super::liar;
use super::notes::Notes;
use super::plan::Owner;
use crate::invariant::bounded_memory;
use crate::stack::{Life, SimClock, SimNetwork};
use crate::{Seeds, Violation};

/// One owner, over all of its lives.
pub(super) struct Owning {
    pub(super) place: u32,
    pub(super) id: AgentId,
    pub(super) notes: Arc<Notes>,
    pub(super) network: SimNetwork,
    pub(super) clock: SimClock,
    /// How often its voter was asked: it makes up its mind anew each time.
    pub(super) asked: Arc<AtomicU64>,
}

impl Owning {
    /// Takes part until it crashes.
    pub(super) async fn live(self: Arc<Self>, life: Life) {
        let door = self.network.door(&life);
        let Ok(mailbox) = door.join(self.id.clone(), Role::Member).await else { return };
        let owner = self.notes.plan.owners.get(self.place as usize).copied().unwrap_or(Owner::Silent);
        let Owner::Honest(choice) = owner else { return liar::lie(owner, &self, mailbox, door).await };
        let Some(disk) = self.notes.disks.get(self.place as usize) else { return };
        let journal = Arc::new(disk.open(&self.notes.ground, &life));
        let Some(signer) = self.notes.keys.signer(self.place).cloned() else { return };
        let verifier = self.notes.keys.verifier().clone();
        let half = Agreements::new(door.swarm_id().clone(), self.id.clone(), signer, verifier, journal).await;
        let Ok(half) = half.map(|half| half.with_clock(Arc::new(self.clock.clone()))) else { return };
        let mut serving = std::pin::pin!(serve(mailbox, door, vec![Box::new(half.clone())]));
        let mut taking = std::pin::pin!(self.take_part(&half, choice));
        tokio::select! {
            biased;
            _ = &mut serving => {}
            () = &mut taking => {}
        }
    }

    /// Takes part in everything, and goes on answering afterwards. It ends where it has to be started again.
    async fn take_part(&self, half: &Agreements, choice: Choice) {
        let mut agreements = Vec::new();
        for (proposal, setting) in &self.notes.questions {
            let (asked, seed) = (self.asked.clone(), self.notes.plan.seed ^ u64::from(self.place).rotate_left(32));
            let voter = voter_async_fn(move |_: Request| think(asked.clone(), seed, choice));
            match half.agree(proposal, setting.clone(), voter).await {
                Ok(agreement) => agreements.push(agreement),
                Err(AgreementError::Recover(RecoverError::Journal(_))) => return,
                Err(why) => return self.broke(&why),
            }
        }
        self.notes.ground.check(bounded_memory(half.open(), self.notes.questions.len()));
        for (question, agreement) in agreements.iter().enumerate() {
            match agreement.outcome().await {
                Ok(agreed) => self.notes.decide(question, self.place, &agreed),
                // What was being said may stand in the journal: another life reads it.
                Err(AgreementError::Journal(_)) => return,
                Err(why) => return self.broke(&why),
            }
            self.show(question, agreement);
        }
        std::future::pending().await
    }

    fn show(&self, question: usize, agreement: &Agreement) {
        let proofs = agreement.evidence();
        proofs.iter().for_each(|proof| self.notes.accused(question, proof));
        self.notes.shown(question, self.place, &proofs);
    }

    fn broke(&self, why: &AgreementError) {
        let what = format!("{} has no outcome: {why}", self.id);
        self.notes.ground.broke(Violation::new("an honest agent takes part", what));
    }
}

/// Asked again it says something else, which must not matter.
async fn think(asked: Arc<AtomicU64>, seed: u64, choice: Choice) -> Answer {
    let time = asked.fetch_add(1, Ordering::SeqCst);
    let mut seeds = Seeds::new(seed ^ time.rotate_left(48));
    let millis = if seeds.chance(15) { seeds.below(600) } else { seeds.below(20) };
    tokio::time::sleep(Duration::from_millis(millis)).await;
    let choice = match (time % 2, choice) {
        (0, choice) => choice,
        (_, Choice::For) => Choice::Against,
        (_, _) => Choice::For,
    };
    Answer::new(choice).because(format!("thought {time}"))
}
