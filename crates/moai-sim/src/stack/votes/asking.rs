//! The manager of a world of votes, and who asks it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use moai_consensus::{
    Ask, ByzantineConsensus, ConsensusManager, Draft, ManagerOptions, RequestError, Ticket, WeightedAlgorithm,
};
use moai_core::{AlgorithmName, ProposalId, SeededChance, algorithm_name};
use tokio::task::JoinSet;

use super::notes::Notes;
use super::plan::{self, Manner, Question};
use super::voter::choice;
use crate::invariant::{Counted, bounded_memory};
use crate::stack::{Life, SimClock, SimNetwork};
use crate::{Seeds, Violation};

/// One life of the manager, and of those who ask it.
pub(super) struct Asking {
    pub(super) notes: Arc<Notes>,
    pub(super) network: SimNetwork,
    pub(super) clock: SimClock,
}

/// It has to be started again.
struct Again;

impl Asking {
    /// Asks what is due until it crashes.
    pub(super) async fn live(self: Arc<Self>, life: Life, number: u64) {
        let Some((manager, mut open)) = self.begin(&life, number).await else { return };
        let mut asking = JoinSet::new();
        for (number, question) in self.notes.plan.questions.iter().enumerate() {
            let Some(id) = plan::question(number) else { continue };
            let known = manager.outcome(&id);
            self.notes.remembered(&id, known.as_ref());
            if self.notes.has_ended(&id) {
                continue;
            }
            if let Some(outcome) = known {
                self.notes.ground.reach("an outcome was told after a crash");
                self.notes.told(number, &outcome);
                continue;
            }
            let (me, manager, ticket) = (Arc::clone(&self), manager.clone(), open.remove(&id));
            if ticket.is_some() {
                self.notes.ground.reach("a question went on after a crash");
            }
            asking.spawn(me.ask(manager, number, *question, id, ticket));
        }
        while let Some(asked) = asking.join_next().await {
            match asked {
                Ok(Ok(())) => {}
                Ok(Err(Again)) => return,
                Err(why) => return self.notes.ground.broke(Violation::new("nothing panics", why.to_string())),
            }
        }
        // Whoever has an answer is not kept open.
        self.notes.ground.check(bounded_memory(manager.open_count(), 0));
        std::future::pending().await
    }

    /// A manager that knows what was written down.
    pub(super) async fn begin(
        &self,
        life: &Life,
        number: u64,
    ) -> Option<(ConsensusManager, BTreeMap<ProposalId, Ticket>)> {
        let seed = self.notes.plan.seed ^ number.rotate_left(32);
        let options = ManagerOptions::default()
            .with_clock(Arc::new(self.clock.clone()))
            .with_chance(Arc::new(SeededChance::new(seed)))
            .with_journal(Arc::new(self.notes.disk.open(&self.notes.ground, life)));
        let manager = ConsensusManager::with(self.network.door(life), options).await.ok()?;
        manager.replace_algorithm(BYZANTINE, ByzantineConsensus::new(1, 3).ok()?);
        manager.replace_algorithm(WEIGHTED, WeightedAlgorithm::new());
        let recovered = manager.recover().await.ok()?;
        if let Some((id, why)) = recovered.lost.first() {
            self.notes.ground.broke(Violation::new("nothing is lost over a crash", format!("{id}: {why}")));
        }
        let open = recovered.open.into_iter().map(|ticket| (ticket.proposal().clone(), ticket)).collect();
        Some((manager, open))
    }

    async fn ask(
        self: Arc<Self>,
        manager: ConsensusManager,
        number: usize,
        question: Question,
        id: ProposalId,
        ticket: Option<Ticket>,
    ) -> Result<(), Again> {
        let ticket = match ticket {
            Some(ticket) => Ok(ticket),
            None => {
                self.notes.ground.until(Duration::from_millis(question.asked)).await;
                let ask = Ask::by(name(question.by)).within(Duration::from_millis(question.within));
                manager.open(Draft::new(id.as_str()).named(id.clone()), ask).await
            }
        };
        let mut ticket = match ticket {
            Ok(ticket) => ticket,
            Err(why) => return self.refused(&id, &why),
        };
        let hands = self.by_hand(&manager, &id);
        let mut hands = std::pin::pin!(hands);
        let outcome = tokio::select! {
            biased;
            outcome = ticket.outcome() => outcome,
            () = &mut hands => ticket.outcome().await,
        };
        match outcome {
            Ok(outcome) => {
                self.notes.told(number, &outcome);
                Ok(())
            }
            Err(why) => self.refused(&id, &why),
        }
    }

    /// What is to be done where there is no outcome.
    fn refused(&self, id: &ProposalId, why: &RequestError) -> Result<(), Again> {
        match why {
            RequestError::Stopped | RequestError::Journal(_) => Err(Again),
            why => {
                self.notes.ground.reach("a question was refused");
                self.notes.ground.note([why.to_string().as_bytes()]);
                self.notes.ended(id);
                Ok(())
            }
        }
    }

    /// Hands in the ballots of those who do not answer messages.
    async fn by_hand(&self, manager: &ConsensusManager, id: &ProposalId) {
        let voters = self.notes.plan.voters.iter().enumerate().filter(|(_, manner)| **manner == Manner::ByHand);
        for (number, _) in voters {
            let mut seeds = Seeds::new(self.notes.plan.seed ^ number as u64);
            let Some(voter) = plan::voter(number) else { continue };
            tokio::time::sleep(Duration::from_millis(seeds.below(100))).await;
            let Some(ballot) = manager.ballot(id, voter, choice(&mut seeds)) else { return };
            let ballot = ballot.because("by hand");
            self.notes.give(ballot.clone());
            if manager.record_vote(ballot.clone()).await.is_ok() {
                self.notes.acknowledged(&ballot);
            }
        }
    }
}

const BYZANTINE: AlgorithmName = algorithm_name!("byzantine");
const WEIGHTED: AlgorithmName = algorithm_name!("weighted");

fn name(by: Counted) -> AlgorithmName {
    match by {
        Counted::MoreThan(1, 2) => algorithm_name!("quorum"),
        Counted::MoreThan(..) => WEIGHTED,
        Counted::Everybody => algorithm_name!("unanimous"),
        Counted::Confirmed { .. } => BYZANTINE,
    }
}
