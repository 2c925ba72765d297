//! The honest manager of a world of signed votes, and who asks it.

use std::sync::Arc;
use std::time::Duration;

use moai_consensus::{Ask, ConsensusManager, Draft, ManagerOptions, RequestError, Ticket};
use moai_core::SeededChance;
use tokio::task::JoinSet;

use super::ballot_box::{BYZANTINE, OWNER};
use super::notes::Notes;
use crate::Violation;
use crate::stack::{Life, SimClock, SimNetwork};

/// The honest manager in all of its lives, and those who ask it.
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
        for number in (0..self.notes.plan.questions.len()).filter(|number| !self.notes.has_ended(*number)) {
            let Some((proposal, ..)) = self.notes.ballots.questions.get(number) else { continue };
            if let Some(outcome) = manager.outcome(proposal.id()) {
                self.notes.told(number, &outcome);
                continue;
            }
            let place = open.iter().position(|ticket| ticket.proposal() == proposal.id());
            let ticket = place.map(|place| open.swap_remove(place));
            let (me, manager) = (Arc::clone(&self), manager.clone());
            asking.spawn(async move { me.ask(&manager, number, ticket).await });
        }
        while let Some(asked) = asking.join_next().await {
            match asked {
                Ok(Ok(())) => {}
                Ok(Err(Again)) => return,
                Err(why) => return self.notes.ground.broke(Violation::new("nothing panics", why.to_string())),
            }
        }
        std::future::pending().await
    }

    /// A manager that knows the keys, and what was written down.
    async fn begin(&self, life: &Life, number: u64) -> Option<(ConsensusManager, Vec<Ticket>)> {
        let seed = self.notes.plan.seed ^ number.rotate_left(32);
        let options = ManagerOptions::default()
            .with_clock(Arc::new(self.clock.clone()))
            .with_chance(Arc::new(SeededChance::new(seed)))
            .with_verifier(Arc::clone(self.notes.ballots.keys.verifier()))
            .with_journal(Arc::new(self.notes.disk.open(&self.notes.ground, life)));
        let manager = ConsensusManager::with(self.network.door(life), options).await.ok()?;
        manager.replace_algorithm(BYZANTINE, self.notes.ballots.bearing());
        let recovered = manager.recover().await.ok()?;
        Some((manager, recovered.open))
    }

    async fn ask(&self, manager: &ConsensusManager, number: usize, ticket: Option<Ticket>) -> Result<(), Again> {
        let Notes { plan, ballots, ground, .. } = self.notes.as_ref();
        let (Some((by, asked, within)), Some((proposal, ..))) =
            (plan.questions.get(number), ballots.questions.get(number))
        else {
            return Ok(());
        };
        let ticket = match ticket {
            Some(ticket) => Ok(ticket),
            None => {
                ground.until(Duration::from_millis(*asked)).await;
                let ask = Ask::by(ballots.algorithm(*by).0).within(Duration::from_millis(*within));
                let ask = ask.among(ballots.electorate.clone()).proposed_by(OWNER);
                manager.open(Draft::from(proposal.content().clone()), ask).await
            }
        };
        let outcome = match ticket {
            Ok(mut ticket) => ticket.outcome().await,
            Err(why) => Err(why),
        };
        match outcome {
            Ok(outcome) => self.notes.told(number, &outcome),
            Err(RequestError::Stopped | RequestError::Journal(_)) => return Err(Again),
            Err(why) => {
                ground.note([why.to_string().as_bytes()]);
                self.notes.ended(number);
            }
        }
        Ok(())
    }
}
