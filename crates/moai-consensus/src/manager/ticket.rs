//! An open question that somebody waits for.

use std::sync::{Arc, OnceLock, Weak};

use moai_core::ProposalId;
use tokio::sync::watch;

use super::guarded::Guarded;
use super::{ConsensusManager, RequestError};
use crate::{Certificate, Input, Outcome, Standing};

/// How a question ended; nothing as long as it is open.
pub(super) type Ending = Option<Result<Arc<Outcome>, RequestError>>;

/// An open question that somebody waits for. Dropping it ends the waiting, not the question, unless
/// [`cancel_on_drop`](crate::Ask::cancel_on_drop) was asked for.
#[must_use = "the question is open: wait for it, cancel it, or let it go on purpose"]
pub struct Ticket {
    id: ProposalId,
    /// There as long as it is open: another vote may begin under its name later.
    session: Weak<Guarded>,
    ending: watch::Receiver<Ending>,
    /// How it stood when that was told last.
    seen: Option<Progress>,
    certificate: Arc<OnceLock<Arc<Certificate>>>,
    manager: ConsensusManager,
    cancel_on_drop: bool,
}

impl Ticket {
    pub(super) fn new(
        session: &Arc<Guarded>,
        ending: watch::Receiver<Ending>,
        manager: ConsensusManager,
        cancel_on_drop: bool,
    ) -> Self {
        let (id, weak, certificate) = (session.id.clone(), Arc::downgrade(session), session.certificate.clone());
        Self { id, session: weak, ending, seen: None, certificate, manager, cancel_on_drop }
    }

    /// The name of the proposal.
    #[must_use]
    pub fn proposal(&self) -> &ProposalId {
        &self.id
    }

    /// Waits until it is decided. May be called again, and dropped half way: then it is as if it had not been called.
    ///
    /// # Errors
    ///
    /// [`Journal`](RequestError::Journal) when the decision could not be made durable, [`Stopped`](RequestError::Stopped)
    /// when the manager has stopped.
    pub async fn outcome(&mut self) -> Result<Arc<Outcome>, RequestError> {
        match self.ending.wait_for(Option::is_some).await {
            Ok(ended) => ended.clone().unwrap_or(Err(RequestError::Stopped)),
            Err(_) => Err(RequestError::Stopped),
        }
    }

    /// The outcome, if it is decided by now.
    ///
    /// # Errors
    ///
    /// As [`outcome`](Self::outcome).
    pub fn look(&self) -> Result<Option<Arc<Outcome>>, RequestError> {
        self.ending.borrow().clone().transpose()
    }

    /// What proves the outcome to others; nothing before it is decided, and where nobody has a key.
    #[must_use]
    pub fn certificate(&self) -> Option<Arc<Certificate>> {
        self.certificate.get().filter(|_| self.ending.borrow().is_some()).cloned()
    }

    /// How the vote stands at this moment, as long as it is open; nothing when it has ended, or where the algorithm shows
    /// nothing. With a journal it tells of ballots that may not be durable yet.
    #[must_use]
    pub fn progress(&self) -> Option<Progress> {
        let session = self.session.upgrade().filter(|session| !session.has_ended())?;
        session.look_at(|session| {
            let heads = |standing| session.tally().map(|tally| tally.count(standing).heads);
            Some(Progress {
                in_favour: heads(Standing::For)?,
                against: heads(Standing::Against)?,
                abstained: heads(Standing::Abstain)?,
                invalid: heads(Standing::Invalid)?,
                outstanding: heads(Standing::Outstanding)?,
            })
        })
    }

    /// Waits until it stands differently than it did when this returned last, and says how; nothing when it has ended, or
    /// where the algorithm shows nothing. The first call tells at once. What happens between two calls is told as one. May
    /// be dropped half way.
    ///
    /// ```
    /// use std::sync::{Arc, Weak};
    /// use moai_consensus::{Ask, Choice, ConsensusManager};
    /// use moai_core::{Coordinator, LocalCoordinator, Role, agent_id, swarm_id, value};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    /// let _members = [swarm.join(agent_id!("a"), Role::Member).await?, swarm.join(agent_id!("b"), Role::Member).await?];
    /// let manager = ConsensusManager::new(swarm).await?;
    /// let mut ticket = manager.open(value!({"action": "deploy"}), Ask::new()).await?;
    /// for voter in [agent_id!("a"), agent_id!("b")] {
    ///     let progress = ticket.progressed().await.ok_or("it has ended")?;
    ///     println!("{} for it, {} to come", progress.in_favour, progress.outstanding);
    ///     let ballot = manager.ballot(ticket.proposal(), voter, Choice::For).ok_or("it has ended")?;
    ///     manager.record_vote(ballot).await?;
    /// }
    /// assert_eq!(ticket.progressed().await, None);
    /// assert!(ticket.outcome().await?.is_approved());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn progressed(&mut self) -> Option<Progress> {
        loop {
            let session = self.session.upgrade()?;
            let mut moved = std::pin::pin!(session.moved().notified());
            // From here on nothing is missed, not even its end.
            moved.as_mut().enable();
            let now = self.progress();
            if now.is_none() || now != self.seen {
                self.seen = now;
                return now;
            }
            moved.await;
        }
    }

    /// Takes the question back: it is rejected as cancelled, unless it was decided before.
    pub fn cancel(&self, reason: impl Into<String>) {
        if let Some(session) = self.session.upgrade() {
            self.manager.shared.give(&session, Input::Cancel { reason: reason.into() });
        }
    }
}

/// How an open vote stands: how many voters said what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// For it.
    pub in_favour: u64,
    /// Against it.
    pub against: u64,
    /// Neither.
    pub abstained: u64,
    /// What is no ballot.
    pub invalid: u64,
    /// Nothing yet.
    pub outstanding: u64,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.cancel_on_drop && self.ending.borrow().is_none() {
            self.cancel("nobody waits for it any more");
        }
    }
}

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ticket").field("proposal", &self.id).finish_non_exhaustive()
    }
}
