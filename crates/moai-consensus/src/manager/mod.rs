//! The manager: puts questions to a swarm, takes in answers, and tells what was decided at the deciding vote.

mod algorithm_taken;
mod arrived;
mod audience;
pub mod blocking;
mod calm;
mod desk;
mod effects;
mod guarded;
mod handing_in;
mod history;
mod incoming;
mod keeping;
mod options;
mod recording;
mod recover;
mod request_error;
mod shared;
mod statistics;
mod tasks;
mod ticket;
pub(crate) mod time;

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use moai_core::{
    AgentId, AgentState, AlgorithmName, Coordinator, CorrelationId, InvalidInput, Member, ProposalId, Role,
    algorithm_name,
};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tracing::Instrument as _;

use crate::algorithm::Unasked;
use crate::{
    Algorithm, Certificate, Draft, Electorate, Input, Opening, Outcome, Proposal, QuorumAlgorithm, UnanimousAlgorithm,
    WeightedAlgorithm,
};

use audience::Audience;
use effects::Recorder;
use shared::{Beginning, Shared};
use time::after;

pub use algorithm_taken::AlgorithmTaken;
pub use options::{Ask, ManagerOptions};
pub(crate) use recover::each_record;
pub use recover::{RecoverError, Recovered};
pub use request_error::RequestError;
pub use statistics::{Hour, Statistics, Tallied, Voting};
pub use ticket::{Progress, Ticket};

/// Puts questions to a swarm, takes in answers, and tells what was decided.
///
/// # What it promises
///
/// - **It never waits in vain.** Whoever asks is woken at the deciding vote; a question that reaches nobody ends at once,
///   with the reason in its outcome; and whatever the swarm and its coordinator do, it ends at its deadline. A journal
///   that hangs holds up what must be durable first, until the manager is [stopped](Self::shutdown).
/// - **It never tells what a crash could take back**: with a journal a ballot is acknowledged, and a decision told, only
///   once it is durable.
/// - Dropping the future of [`request_consensus`](Self::request_consensus) ends the waiting, not the question.
/// - Ballots may be recorded from anywhere, also from inside the coordinator while it carries the question.
/// - No lock is held while anything is awaited. When the last handle and ticket go, its tasks end.
///
/// Cloning gives another handle.
///
/// ```
/// use std::sync::Arc;
/// use moai_consensus::{Ask, Choice, ConsensusManager, Reply, Request, message_kinds};
/// use moai_core::{Coordinator, Limits, LocalCoordinator, Role, agent_id, swarm_id, value};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
/// let manager = ConsensusManager::new(swarm.clone()).await?;
/// let mut agent = swarm.join(agent_id!("agent-1"), Role::Member).await?;
///
/// let mut ticket = manager.open(value!({"action": "deploy"}), Ask::new()).await?;
/// // The agent, by hand. A `VoterHandler` does the same around a `Voter`.
/// let asked = agent.recv().await.ok_or("the agent was taken out")?;
/// let request = Request::from_bytes(asked.payload(), &Limits::default())?;
/// let ballot = request.ballot(agent_id!("agent-1"), Choice::For).because("the tests pass");
/// let answer = asked.reply(agent_id!("agent-1"), message_kinds::VOTE, Reply::Ballot(ballot).to_bytes());
/// swarm.send(asked.sender(), answer).await?;
///
/// let outcome = ticket.outcome().await?;
/// assert!(outcome.is_approved());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct ConsensusManager {
    shared: Arc<Shared>,
    algorithms: Arc<Mutex<BTreeMap<AlgorithmName, Arc<dyn Algorithm>>>>,
    electorate: Arc<Mutex<Option<Electorate>>>,
    life: Arc<Life>,
}

/// The tasks end when it goes with the last handle: then nobody can stop them any more.
struct Life {
    runtime: tokio::runtime::Handle,
    stop: watch::Sender<bool>,
    /// One at a time waits for them.
    tasks: tokio::sync::Mutex<Vec<JoinHandle<()>>>,
}

impl ConsensusManager {
    /// A manager with the default options, in the swarm of this coordinator.
    ///
    /// # Errors
    ///
    /// [`Join`](RequestError::Join) when the coordinator does not take it; [`Runtime`](RequestError::Runtime) outside of
    /// a tokio runtime; [`Memory`](RequestError::Memory) when the statistics of an earlier life cannot be looked up.
    pub async fn new(coordinator: Arc<dyn Coordinator>) -> Result<Self, RequestError> {
        Self::with(coordinator, ManagerOptions::default()).await
    }

    /// A manager with other options. It joins the swarm as a service, and knows the algorithms that need nothing to be said:
    /// `quorum`, `weighted` and `unanimous`. Byzantine and gossip votes stand on how many may lie and how ballots go round,
    /// so they are [registered](Self::register_algorithm) with that.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub async fn with(coordinator: Arc<dyn Coordinator>, options: ManagerOptions) -> Result<Self, RequestError> {
        let runtime =
            tokio::runtime::Handle::try_current().map_err(|error| RequestError::Runtime { why: error.to_string() })?;
        let options = options.settled();
        let mailbox = coordinator.join(options.id.clone(), Role::Service).await.map_err(RequestError::Join)?;
        let (to_send, sendings) = mpsc::unbounded_channel();
        let (stop, stopped) = watch::channel(false);
        let journal = options.journal.clone();
        let (to_record, recordings) = mpsc::unbounded_channel();
        let recorder = journal.as_ref().map(|_| Recorder::new(to_record));
        let shared = Arc::new(Shared::new(coordinator, options, to_send, recorder));
        let last = || tasks::Last(shared.clone());
        let mut tasks = vec![
            runtime.spawn(tasks::receive(last(), mailbox, stopped.clone())),
            runtime.spawn(tasks::send(last(), sendings, stopped.clone())),
        ];
        if let Some(journal) = journal {
            tasks.push(runtime.spawn(recording::record(last(), journal, recordings, stopped.clone())));
        }
        if let Some(memory) = shared.options.memory.clone() {
            if let Some(earlier) = keeping::load(&shared, memory.as_ref()).await.map_err(RequestError::Memory)? {
                shared.desk().statistics = earlier;
            }
            tasks.push(runtime.spawn(keeping::keep(shared.clone(), memory, stopped)));
        }
        let life = Arc::new(Life { runtime, stop, tasks: tokio::sync::Mutex::new(tasks) });
        let manager = Self { shared, algorithms: Arc::default(), electorate: Arc::default(), life };
        manager.replace_algorithm(algorithm_name!("quorum"), QuorumAlgorithm::new());
        manager.replace_algorithm(algorithm_name!("weighted"), WeightedAlgorithm::new());
        manager.replace_algorithm(algorithm_name!("unanimous"), UnanimousAlgorithm);
        Ok(manager)
    }

    /// Registers an algorithm under a name that is free.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use moai_consensus::{ConsensusManager, QuorumAlgorithm, WeightedAlgorithm};
    /// use moai_core::{LocalCoordinator, agent_id, algorithm_name, swarm_id};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let manager = ConsensusManager::new(Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")))).await?;
    /// manager.register_algorithm(algorithm_name!("two-thirds"), QuorumAlgorithm::with_threshold(0.66)?)?;
    ///
    /// // These are there from the beginning; with other settings one of them is replaced.
    /// let experts = WeightedAlgorithm::new().weigh(agent_id!("expert-senior"), 3.0)?;
    /// assert!(manager.register_algorithm(algorithm_name!("weighted"), experts.clone()).is_err());
    /// assert!(manager.replace_algorithm(algorithm_name!("weighted"), experts));
    /// assert_eq!(manager.algorithms().len(), 4); // and `quorum` and `unanimous`
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`AlgorithmTaken`] when there is one of that name, which stays: [`replace_algorithm`](Self::replace_algorithm)
    /// replaces it.
    pub fn register_algorithm(
        &self,
        name: AlgorithmName,
        algorithm: impl Algorithm + 'static,
    ) -> Result<(), AlgorithmTaken> {
        let mut algorithms = self.algorithms.lock().unwrap_or_else(PoisonError::into_inner);
        if algorithms.contains_key(&name) {
            return Err(AlgorithmTaken { name });
        }
        algorithms.insert(name, Arc::new(algorithm));
        Ok(())
    }

    /// Registers an algorithm under a name, in place of any other. Returns whether there was one. What is open goes on by
    /// the one it was opened with.
    pub fn replace_algorithm(&self, name: AlgorithmName, algorithm: impl Algorithm + 'static) -> bool {
        let mut algorithms = self.algorithms.lock().unwrap_or_else(PoisonError::into_inner);
        algorithms.insert(name, Arc::new(algorithm)).is_some()
    }

    /// The names under which algorithms are registered, sorted.
    #[must_use]
    pub fn algorithms(&self) -> Vec<AlgorithmName> {
        self.algorithms.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// Puts a question, and waits until it is decided.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open) and [`Ticket::outcome`].
    pub async fn request_consensus(
        &self,
        draft: impl Into<Draft> + Send,
        ask: Ask,
    ) -> Result<Arc<Outcome>, RequestError> {
        let mut ticket = self.open(draft, ask).await?;
        let span = tracing::info_span!("consensus", proposal = %ticket.proposal());
        ticket.outcome().instrument(span).await
    }

    /// Puts a question. Returns as soon as it stands; it goes out to the swarm at once, and the ticket tells the rest.
    ///
    /// A swarm that cannot be looked at, or in which nobody is, is no error here: the outcome says so.
    ///
    /// # Errors
    ///
    /// When the question itself does not stand: input that does not fit, an unknown algorithm, a name that is open
    /// already, an electorate that the algorithm does not take.
    pub async fn open(&self, draft: impl Into<Draft> + Send, ask: Ask) -> Result<Ticket, RequestError> {
        let name = ask.algorithm.clone().unwrap_or_else(|| self.shared.options.default_algorithm.clone());
        let opened = self.try_open(draft.into(), ask, &name).await;
        if opened.is_err() {
            let known = self.algorithm(&name).is_ok();
            self.shared.desk().statistics.refuse(known.then_some(&name));
            self.shared.counted.notify_one();
        }
        opened
    }

    async fn try_open(&self, draft: Draft, ask: Ask, name: &AlgorithmName) -> Result<Ticket, RequestError> {
        let options = &self.shared.options;
        let algorithm = self.algorithm(name)?;
        let timeout = ask.timeout(options.longest_timeout)?;
        let proposer = ask.proposer.clone().unwrap_or_else(|| options.id.clone());
        let proposal = self.identify(draft, proposer)?;
        let correlation = CorrelationId::draw(options.chance.as_ref())?;
        self.shared.room().await;
        // The wall clock is looked at anew for each question: it may have been set, or the machine may have slept.
        let opened_at = options.clock.now();
        let ahead = opened_at.unix_micros().saturating_sub(self.shared.time.now().unix_micros());
        let members = self.members(timeout).await?;
        let opening = |electorate| Opening {
            proposal,
            electorate,
            algorithm: name.clone(),
            opened_at,
            deadline: after(opened_at, timeout),
            on_deadline: ask.on_deadline,
            changes_allowed: ask.changes_allowed,
            scheme: options.scheme.clone(),
        };
        let (opening, audience, first) = match (members, ask.electorate) {
            // Nobody can be asked.
            (Err(why), _) => (opening(Electorate::of([])?), Audience::unknown(), Input::Broken { why }),
            (Ok(members), None) => {
                let electorate = self.electorate(&members)?;
                let audience = Audience::living(&members, &electorate);
                (opening(electorate), audience, Input::Start)
            }
            (Ok(members), Some(electorate)) => {
                let electorate = self.keyed(electorate);
                let audience = Audience::of(&members, &electorate);
                (opening(electorate), audience, Input::Start)
            }
        };
        self.check_record(&opening)?;
        let (id, deadline, eligible) = (opening.proposal.id().clone(), opening.deadline, opening.electorate.len());
        let voters = opening.electorate.clone();
        let session = match first {
            Input::Broken { .. } => guarded::opened(&Unasked, opening)?,
            _ => guarded::opened(algorithm.as_ref(), opening)?,
        };
        let beginning = Beginning { session, voters, algorithm: name.clone(), deadline, ahead, audience, correlation };
        let (session, ending) = self.shared.begin(id.clone(), beginning, opened_at, first)?;
        tracing::debug!(proposal = %id, algorithm = %name, eligible, %deadline, "a question stands");
        Ok(Ticket::new(&session, ending, self.clone(), ask.cancel_on_drop))
    }

    /// Who is in the swarm, or why that cannot be seen in time.
    async fn members(&self, timeout: Duration) -> Result<Result<Vec<Member>, String>, RequestError> {
        let (coordinator, mut stopped) = (self.shared.coordinator.clone(), self.life.stop.subscribe());
        let mut view = Box::pin(async move { coordinator.view().await });
        let seen = match poll_fn(|context| Poll::Ready(view.as_mut().poll(context))).await {
            Poll::Ready(view) => Ok(view),
            // The caller's runtime may know no time: whoever waits, waits in the manager's.
            Poll::Pending => {
                let waiting = async move {
                    tokio::select! {
                        biased;
                        seen = tokio::time::timeout(timeout, view) => Some(seen),
                        _ = stopped.wait_for(|stopped| *stopped) => None,
                    }
                };
                self.life.runtime.spawn(waiting).await.ok().flatten().ok_or(RequestError::Stopped)?
            }
        };
        Ok(match seen {
            Ok(Ok(view)) => Ok(view.members),
            Ok(Err(why)) => Err(format!("the swarm cannot be looked at: {why}")),
            Err(_) => Err(format!("the swarm cannot be looked at: no answer within {timeout:?}")),
        })
    }

    /// Whether what will be decided fits into a record, whatever will be said.
    fn check_record(&self, opening: &Opening) -> Result<(), RequestError> {
        /// Each voter's name stands in a decision up to five times: among those who could vote, took part and dissent,
        /// and in what algorithms tell. Of words there is a bound besides.
        const SHARE: usize = 8;
        if self.shared.recorder.is_none() || opening.electorate.len() < 1_000 {
            return Ok(());
        }
        let limit = self.shared.options.limits.record_bytes / SHARE;
        let got = serde_json::to_vec(&opening.electorate).map_or(usize::MAX, |json| json.len());
        if got <= limit {
            return Ok(());
        }
        Err(InvalidInput::TooLong { field: "record of the electorate", limit: limit as u64, got: got as u64 }.into())
    }

    fn algorithm(&self, name: &AlgorithmName) -> Result<Arc<dyn Algorithm>, RequestError> {
        let algorithms = self.algorithms.lock().unwrap_or_else(PoisonError::into_inner);
        algorithms.get(name).cloned().ok_or_else(|| RequestError::UnknownAlgorithm {
            name: name.clone(),
            known: algorithms.keys().map(ToString::to_string).collect(),
        })
    }

    fn identify(&self, draft: Draft, proposer: AgentId) -> Result<Proposal, RequestError> {
        let mut nonce = [0; 16];
        if !draft.is_named() {
            self.shared.options.chance.fill(&mut nonce)?;
        }
        Ok(draft.identify(proposer, nonce, &self.shared.options.limits)?)
    }

    /// The same voters with the keys that are known.
    fn keyed(&self, electorate: Electorate) -> Electorate {
        let keys = &self.shared.options.keys;
        if keys.is_empty() { electorate } else { electorate.keyed(|id| keys.get(id).copied()) }
    }

    /// Everybody who is in the swarm and was not found dead. The picture that was taken last serves as long as nobody
    /// came or went.
    fn electorate(&self, members: &[Member]) -> Result<Electorate, RequestError> {
        let alive = || members.iter().filter(|member| member.state != AgentState::Failed).map(|member| &member.id);
        let mut last = self.electorate.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = last.as_ref().filter(|last| last.ids().eq(alive())) {
            return Ok(last.clone());
        }
        let epoch = last.as_ref().map_or(0, |last| last.epoch() + 1);
        let electorate = self.keyed(Electorate::of(alive().cloned())?.in_epoch(epoch));
        *last = Some(electorate.clone());
        Ok(electorate)
    }

    /// What was decided, as far as it is remembered.
    #[must_use]
    pub fn outcome(&self, proposal: &ProposalId) -> Option<Arc<Outcome>> {
        self.shared.desk().history.get(proposal)?.ending.as_ref().ok().cloned()
    }

    /// What proves to others what was decided, as far as it is remembered: of the last votes in which somebody had a key, up
    /// to 16 MiB of ballots. A [`Ticket`] keeps that of its own vote, and a journal has what it takes for
    /// [all](Certificate::of_record).
    #[must_use]
    pub fn certificate(&self, proposal: &ProposalId) -> Option<Arc<Certificate>> {
        self.shared.desk().history.get(proposal)?.certificate.clone()
    }

    /// How many questions are open.
    #[must_use]
    pub fn open_count(&self) -> usize {
        self.shared.open_count()
    }

    /// How votes went.
    #[must_use]
    pub fn get_algorithm_stats(&self) -> Statistics {
        self.shared.desk().statistics.clone()
    }

    /// Stops: what is open ends without an outcome, the manager leaves the swarm, and its tasks have ended when this
    /// returns. Every other handle is stopped as well. What was handed in before is still recorded, and statistics are
    /// kept; a journal or memory that hangs is given up after the [grace](ManagerOptions::with_grace).
    pub async fn shutdown(&self) {
        self.shared.stop(&RequestError::Stopped);
        self.life.stop.send_replace(true);
        let mut tasks = self.life.tasks.lock().await;
        // Whoever stops waiting half way leaves the rest for the next one to wait for.
        while let Some(task) = tasks.last_mut() {
            // A task that was aborted with its runtime has ended as well.
            let _ = task.await;
            tasks.pop();
        }
    }
}

impl std::fmt::Debug for ConsensusManager {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (swarm, open) = (self.shared.coordinator.swarm_id(), self.open_count());
        f.debug_struct("ConsensusManager").field("swarm", swarm).field("open", &open).finish_non_exhaustive()
    }
}
