//! The manager for callers without a runtime.

use std::sync::Arc;

use moai_core::{AlgorithmName, Coordinator};
use tokio::runtime::{Builder, Handle, Runtime};

use super::{Ask, ManagerOptions, RequestError, Statistics};
use crate::{Algorithm, Ballot, Draft, Outcome, Receipt, VoteError};

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
    // Goes first, so that its tasks hear of it while there is still a runtime.
    manager: super::ConsensusManager,
    runtime: Runtime,
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
        let runtime = runtime.map_err(|error| RequestError::Runtime(error.to_string()))?;
        let manager = runtime.block_on(super::ConsensusManager::with(coordinator, options))?;
        Ok(Self { manager, runtime })
    }

    /// Registers an algorithm under a name that is free. Returns false, and keeps the first, when it is not.
    pub fn register_algorithm(&self, name: AlgorithmName, algorithm: impl Algorithm + 'static) -> bool {
        self.manager.register_algorithm(name, algorithm)
    }

    /// Puts a question, and waits until it is decided.
    ///
    /// # Errors
    ///
    /// As [`open`](super::ConsensusManager::open) and [`Ticket::outcome`](super::Ticket::outcome);
    /// [`Runtime`](RequestError::Runtime) inside of a runtime.
    pub fn request_consensus(&self, draft: impl Into<Draft> + Send, ask: Ask) -> Result<Arc<Outcome>, RequestError> {
        outside()?;
        self.runtime.block_on(self.manager.request_consensus(draft, ask))
    }

    /// Records a ballot.
    ///
    /// # Errors
    ///
    /// Why it does not count.
    pub fn record_vote(&self, ballot: Ballot) -> Result<Receipt, VoteError> {
        self.runtime.block_on(self.manager.record_vote(ballot))
    }

    /// How votes went.
    #[must_use]
    pub fn get_algorithm_stats(&self) -> Statistics {
        self.manager.get_algorithm_stats()
    }

    /// The manager inside: its handles work under any runtime, as long as this one is in a call.
    #[must_use]
    pub fn handle(&self) -> &super::ConsensusManager {
        &self.manager
    }
}

/// # Errors
///
/// Inside of a runtime.
fn outside() -> Result<(), RequestError> {
    match Handle::try_current() {
        Ok(_) => Err(RequestError::Runtime("a blocking manager is called inside of a runtime".into())),
        Err(_) => Ok(()),
    }
}
