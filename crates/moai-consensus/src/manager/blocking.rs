//! The manager for callers without a runtime.

use std::sync::Arc;

use moai_core::{AlgorithmName, Coordinator, ProposalId};
use tokio::runtime::{Builder, Handle, Runtime};

use super::{AlgorithmTaken, Ask, ManagerOptions, RequestError, Statistics};
use crate::{Algorithm, Ballot, Certificate, Draft, Outcome, Receipt, VoteError};

/// A manager that brings its own runtime: its calls block the thread that makes them.
///
/// Answers are taken in while a call waits. Agents run wherever they like: on threads of their own, or under another
/// runtime.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use moai_consensus::{Ask, Decision, blocking};
/// use moai_core::{LocalCoordinator, swarm_id, value};
///
/// let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
/// let manager = blocking::ConsensusManager::new(swarm)?;
/// let outcome = manager.request_consensus(value!({"action": "deploy"}), Ask::new())?;
/// assert_eq!((outcome.decision, outcome.why.as_str()), (Decision::Rejected, "nobody may vote"));
/// # Ok::<(), moai_consensus::RequestError>(())
/// ```
#[derive(Debug)]
pub struct ConsensusManager {
    manager: super::ConsensusManager,
    /// There until it is dropped.
    runtime: Option<Runtime>,
}

impl ConsensusManager {
    /// A manager with the default options, in the swarm of this coordinator.
    ///
    /// # Errors
    ///
    /// [`Join`](RequestError::Join) when the coordinator does not take it; [`Runtime`](RequestError::Runtime) inside of
    /// a runtime, whose threads must not be blocked.
    pub fn new(coordinator: Arc<dyn Coordinator>) -> Result<Self, RequestError> {
        Self::with(coordinator, ManagerOptions::default())
    }

    /// A manager with other options.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with(coordinator: Arc<dyn Coordinator>, options: ManagerOptions) -> Result<Self, RequestError> {
        outside()?;
        let runtime = Builder::new_current_thread().enable_time().build();
        let runtime = runtime.map_err(|error| RequestError::Runtime { why: error.to_string() })?;
        let manager = runtime.block_on(super::ConsensusManager::with(coordinator, options))?;
        Ok(Self { manager, runtime: Some(runtime) })
    }

    /// Registers an algorithm under a name that is free.
    ///
    /// # Errors
    ///
    /// [`AlgorithmTaken`] when there is one of that name, which stays.
    pub fn register_algorithm(
        &self,
        name: AlgorithmName,
        algorithm: impl Algorithm + 'static,
    ) -> Result<(), AlgorithmTaken> {
        self.manager.register_algorithm(name, algorithm)
    }

    /// Registers an algorithm under a name, in place of any other. Returns whether there was one.
    pub fn replace_algorithm(&self, name: AlgorithmName, algorithm: impl Algorithm + 'static) -> bool {
        self.manager.replace_algorithm(name, algorithm)
    }

    /// Puts a question, and waits until it is decided.
    ///
    /// # Errors
    ///
    /// As [`open`](super::ConsensusManager::open) and [`Ticket::outcome`](super::Ticket::outcome);
    /// [`Runtime`](RequestError::Runtime) inside of a runtime.
    pub fn request_consensus(&self, draft: impl Into<Draft> + Send, ask: Ask) -> Result<Arc<Outcome>, RequestError> {
        self.run(self.manager.request_consensus(draft, ask))?
    }

    /// Records a ballot.
    ///
    /// # Errors
    ///
    /// Why it does not count; [`NotTaken`](VoteError::NotTaken) inside of a runtime.
    pub fn record_vote(&self, ballot: Ballot) -> Result<Receipt, VoteError> {
        let (proposal, voter) = (ballot.proposal.clone(), ballot.voter.clone());
        let recorded = self.run(self.manager.record_vote(ballot));
        recorded.unwrap_or_else(|why| Err(VoteError::NotTaken { proposal, voter, why: Box::new(why) }))
    }

    /// What proves to others what was decided, as far as it is remembered.
    #[must_use]
    pub fn certificate(&self, proposal: &ProposalId) -> Option<Arc<Certificate>> {
        self.manager.certificate(proposal)
    }

    /// How votes went.
    #[must_use]
    pub fn get_algorithm_stats(&self) -> Statistics {
        self.manager.get_algorithm_stats()
    }

    /// The manager inside. What of it is async goes on as long as this one is in a call: give it to
    /// [`run`](Self::run), or await it under any other runtime meanwhile.
    #[must_use]
    pub fn handle(&self) -> &super::ConsensusManager {
        &self.manager
    }

    /// Waits for anything: for whatever else the manager can do, above all.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use moai_consensus::{Ask, blocking};
    /// # use moai_core::{LocalCoordinator, swarm_id, value};
    /// # let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    /// let manager = blocking::ConsensusManager::new(swarm)?;
    /// let mut ticket = manager.run(manager.handle().open(value!({"action": "deploy"}), Ask::new()))??;
    /// let outcome = manager.run(ticket.outcome())??;
    /// assert!(!outcome.is_approved());
    /// # Ok::<(), moai_consensus::RequestError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Runtime`](RequestError::Runtime) inside of a runtime.
    pub fn run<F: Future>(&self, future: F) -> Result<F::Output, RequestError> {
        outside()?;
        let runtime = self.runtime.as_ref().ok_or(RequestError::Stopped)?;
        Ok(runtime.block_on(future))
    }
}

/// Stops the manager, as [`shutdown`](super::ConsensusManager::shutdown) does. Inside of a runtime it only begins to:
/// nothing may be waited for there.
impl Drop for ConsensusManager {
    fn drop(&mut self) {
        let Some(runtime) = self.runtime.take() else { return };
        if outside().is_ok() {
            runtime.block_on(self.manager.shutdown());
        }
        runtime.shutdown_background();
    }
}

/// # Errors
///
/// Inside of a runtime.
fn outside() -> Result<(), RequestError> {
    match Handle::try_current() {
        Ok(_) => Err(RequestError::Runtime { why: "a blocking manager is called inside of a runtime".into() }),
        Err(_) => Ok(()),
    }
}
