//! The half of an agent that votes.

use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use moai_core::planted::planted;
use moai_core::{
    AgentId, Clock, Coded, CorrelationId, Envelope, Handled, Handler, Journal, Limits, Outgoing, SwarmId, SystemClock,
};

use super::desk::{Desk, Next, Waiting};
use super::record::Recorded;
use super::thought::Thought;
use super::words::{Kept, Key, Said};
use super::{Voter, VoterCounts, VoterError};
use crate::manager::{RecoverError, each_record};
use crate::{Ballot, Closed, Reply, Request, RequestFlaw, Signer, message_kinds};

/// How many bytes of a cause are told.
pub(super) const CAUSE: usize = 1_024;

/// The half of an agent that votes: takes questions, asks a [`Voter`], and gives its ballots.
///
/// # What it promises
///
/// - **The voter is asked once for each question.** Later rounds, and whoever asks again, get the same ballot with the
///   number of their round. The same proposal under another electorate or rule is another question. Where the voter
///   failed, that stands for this vote, and it is asked again when the question is put anew with another deadline.
/// - **With a journal a ballot is written down before it is given**, signature and all, and after a restart it is repeated, not
///   thought about again. A ballot that cannot be written down is not given; the next time it is asked for, that is tried again.
/// - **The voter can do no harm**: what it does wrong, panics included, goes to whoever asked as
///   [`Reply::Failed`] with the cause, at once, and is never taken for an abstention.
/// - **It thinks no longer than somebody waits**: it is dropped when the vote is closed by who opened it, at the deadline,
///   and in any case after [`with_longest_thought`](Self::with_longest_thought).
/// - **Its memory is bounded**: it holds its last 10,000 words, and thinks about 1,000 questions at once; further ones are
///   told so. Of a word that leaves its memory a mark of 16 bytes stays, for no word is ever given differently: with a journal it
///   is read from there, and given byte for byte; who signs without a journal gives [none any more](VoterError::Forgotten). Who
///   has neither keeps no marks, and thinks anew.
/// - **It votes on nothing but what it was shown**: a question that asks for ballots on something else than the proposal, the
///   electorate and the rule that stand in it, or for a round that there is not, is counted and answered by nothing.
/// - What is no question, or belongs to another swarm, is counted and answered by nothing.
///
/// Deadlines are wall time: the clocks of those who vote together should agree to a fraction of the time they have. Where
/// the names of senders can be forged, so can questions.
///
/// Cloning gives another handle to the same half. Its work wants tokio's clock: make it in the runtime that it runs in.
///
/// # The documents' `handle_consensus_request`
///
/// ```
/// use std::sync::Arc;
/// use moai_consensus::{Answer, Ask, Choice, ConsensusManager, Request, VoterHandler, serve, voter_fn};
/// use moai_core::{Coordinator, LocalCoordinator, Role, Value, agent_id, swarm_id, value};
///
/// // The agent evaluates the proposal, and says why.
/// fn handle_consensus_request(request: &Request) -> Answer {
///     let should_approve = request.proposal.content().get("version").and_then(Value::as_text) == Some("v2.0");
///     let choice = if should_approve { Choice::For } else { Choice::Against };
///     Answer::new(choice).because("deployment_approved")
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
/// let manager = ConsensusManager::new(swarm.clone()).await?;
///
/// let mailbox = swarm.join(agent_id!("agent-001"), Role::Member).await?;
/// let voter = VoterHandler::new(swarm_id!("swarm-001"), agent_id!("agent-001"), voter_fn(handle_consensus_request));
/// let agent = tokio::spawn(serve(mailbox, swarm.clone(), vec![Box::new(voter)]));
///
/// let outcome = manager.request_consensus(value!({"action": "deploy", "version": "v2.0"}), Ask::new()).await?;
/// assert!(outcome.is_approved());
/// # swarm.leave(&agent_id!("agent-001")).await?;
/// # assert_eq!(agent.await?.sent, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct VoterHandler {
    pub(super) setup: Arc<Setup>,
    desk: Arc<Mutex<Desk>>,
    /// This handle's agent is about to leave. The other handles are other lives.
    leaves: bool,
}

/// What nearly every voter of a process is set up with: one for all.
static DEFAULTS: LazyLock<Arc<Limits>> = LazyLock::new(Arc::default);
static CLOCK: LazyLock<Arc<SystemClock>> = LazyLock::new(|| Arc::new(SystemClock));

/// What it is set up with.
#[derive(Clone)]
pub(super) struct Setup {
    pub(super) swarm: SwarmId,
    pub(super) agent: AgentId,
    pub(super) voter: Arc<dyn Voter>,
    pub(super) journal: Option<Arc<dyn Journal>>,
    pub(super) limits: Arc<Limits>,
    pub(super) longest: Duration,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) signer: Option<Arc<dyn Signer>>,
}

impl VoterHandler {
    /// The voting half of this agent in this swarm. It remembers in this process only: see [`recover`](Self::recover).
    #[must_use]
    pub fn new(swarm: SwarmId, agent: AgentId, voter: impl Voter + 'static) -> Self {
        let setup = Setup {
            swarm,
            agent,
            voter: Arc::new(voter),
            journal: None,
            limits: DEFAULTS.clone(),
            longest: Duration::from_secs(300),
            clock: CLOCK.clone(),
            signer: None,
        };
        Self { setup: Arc::new(setup), desk: Arc::new(Mutex::new(Desk::new(1_000, 10_000))), leaves: false }
    }

    /// The same with a journal: its words of an earlier life are read from it, and new ones are written to it before they
    /// are given. An empty journal does as well. Other records may stand in it, those of other agents included. What it said in
    /// another swarm is its word here too: one key speaks with one tongue.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read, or a ballot in it is none.
    pub async fn recover(mut self, journal: Arc<dyn Journal>) -> Result<Self, RecoverError> {
        each_record(journal.as_ref(), |record| {
            if let Some(Recorded { ballot, .. }) = Recorded::read(record, &self.setup.agent)? {
                if planted("forgetting_a_word_over_a_crash") {
                    return Ok(());
                }
                let question = Key::new(ballot.proposal.clone(), ballot.instance);
                self.desk().words.put(question, Said::Ballot { ballot: Arc::new(ballot), kept: Kept::At(record.seq) });
            }
            Ok(())
        })
        .await?;
        self.setup_mut().journal = Some(journal);
        Ok(self)
    }

    /// The limits for questions and ballots.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.setup_mut().limits = Arc::new(limits);
        self
    }

    /// Where the wall time comes from. Default: [`SystemClock`]. It is looked at for each question; the time that is left goes
    /// by tokio's clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.setup_mut().clock = clock;
        self
    }

    /// It signs whatever it says: a ballot, and that it has none. Where its key stands in the electorate nobody else can speak in
    /// its name.
    ///
    /// **Whoever signs should have a [journal](Self::recover)**: who answers differently after a restart, because it does not
    /// know what it said, has proven itself to be a liar. With a journal it answers with the same bytes.
    ///
    /// ```
    /// # #[cfg(feature = "signing")] {
    /// use std::sync::Arc;
    /// use moai_consensus::{Choice, SigningKey, VoterHandler, voter_fn};
    /// use moai_core::{SystemChance, agent_id, swarm_id};
    ///
    /// let key = Arc::new(SigningKey::generate(&SystemChance)?);
    /// let voter = VoterHandler::new(swarm_id!("swarm-001"), agent_id!("agent-1"), voter_fn(|_| Choice::For));
    /// let voter = voter.with_signer(key);
    /// # let _ = voter;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_signer(mut self, signer: Arc<dyn Signer>) -> Self {
        self.setup_mut().signer = Some(signer);
        self.desk().words.mark_all();
        self
    }

    /// How long a voter may think, whatever the deadline. Default: 300 seconds.
    #[must_use]
    pub fn with_longest_thought(mut self, longest: Duration) -> Self {
        self.setup_mut().longest = longest;
        self
    }

    /// How many questions are thought about at once. Default: 1,000.
    #[must_use]
    pub fn with_most_thinking(self, most: usize) -> Self {
        self.desk().most_open = most;
        self
    }

    /// How many words are held in memory. Default: 10,000. The limits bound each of them: to 80 KiB by default.
    #[must_use]
    pub fn with_remembered(self, words: usize) -> Self {
        self.desk().words.resize(words);
        self
    }

    /// How often it did what.
    #[must_use]
    pub fn counts(&self) -> VoterCounts {
        self.desk().counts
    }

    /// How many questions it is thinking about.
    #[must_use]
    pub fn thinking(&self) -> usize {
        self.desk().thinking()
    }

    /// How many words it holds in memory.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.desk().words.len()
    }

    /// How many words it gave that it does not hold in memory any more, and will not contradict: 16 bytes are kept of each.
    #[must_use]
    pub fn marked(&self) -> usize {
        self.desk().words.marked()
    }

    /// Nothing foreign runs while the desk is held, so a poisoned lock is as good as any.
    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn setup_mut(&mut self) -> &mut Setup {
        Arc::make_mut(&mut self.setup)
    }

    fn take_request(&self, envelope: &Envelope) -> Handled {
        let request = match Request::from_envelope(envelope, &self.setup.limits) {
            Ok(request) => request,
            Err(why) => return self.refuse(envelope, why),
        };
        // Whoever signs without this signs for what it was not shown.
        if let Err(flaw) = request.check()
            && !planted("signing_for_any_instance")
        {
            return self.turn_away(envelope, &request, flaw);
        }
        let waiting = Waiting::of(envelope, request.round);
        let (asker, correlation) = (waiting.asker.clone(), waiting.correlation);
        let next = self.desk().take(self.setup.clock.now(), &request, waiting, self.leaves);
        match next {
            Next::Wait => Handled::NOTHING,
            Next::Repeat(ballot) => Handled::Done(vec![self.ballot(asker, correlation, request.round, &ballot)]),
            Next::Fail(why) => Handled::Done(vec![self.failure(asker, correlation, &request, request.round, &why)]),
            Next::Think { ticket, begins, stopped } => {
                let thought = Thought::new(self.clone(), Key::of(&request), ticket);
                Handled::later(thought.think(request, begins, stopped))
            }
        }
    }

    fn take_closed(&self, envelope: &Envelope) -> Handled {
        match Closed::from_bytes(envelope.payload(), &self.setup.limits) {
            Err(why) => self.refuse(envelope, why),
            Ok(closed) => {
                let Closed { proposal, instance, decision } = closed;
                let waiting = Waiting::of(envelope, 0);
                if self.desk().close(&Key::new(proposal.clone(), instance), &waiting) {
                    tracing::debug!(agent = %self.setup.agent, %proposal, %decision, "a voter is told to stop");
                }
                Handled::NOTHING
            }
        }
    }

    /// Nobody is answered: who does not speak the language cannot be told so in it.
    fn refuse(&self, envelope: &Envelope, cause: impl std::fmt::Display) -> Handled {
        self.desk().counts.refused += 1;
        let (from, kind) = (envelope.sender(), envelope.kind());
        tracing::warn!(agent = %self.setup.agent, %from, %kind, %cause, "a message is refused");
        Handled::NOTHING
    }

    /// Nobody is answered: whoever asks like this would be glad of any word that is signed for what it names.
    fn turn_away(&self, envelope: &Envelope, request: &Request, flaw: RequestFlaw) -> Handled {
        self.desk().counts.flawed += 1;
        let (from, proposal, code) = (envelope.sender(), request.proposal.id(), flaw.code());
        tracing::warn!(agent = %self.setup.agent, %from, %proposal, code, cause = %flaw, "a question is turned away");
        Handled::NOTHING
    }

    pub(super) fn ballot(&self, asker: AgentId, correlation: CorrelationId, round: u32, ballot: &Ballot) -> Outgoing {
        // What was said in this round is repeated as it was, byte for byte.
        let ballot = if ballot.round == round { ballot.clone() } else { ballot.clone().in_round(round) };
        self.reply(asker, correlation, &Reply::Ballot(self.signed(ballot)))
    }

    /// A ballot as it is given: one that is not signed yet is, where it can be.
    pub(super) fn signed(&self, ballot: Ballot) -> Ballot {
        match &self.setup.signer {
            Some(signer) if !ballot.is_signed() => ballot.sign(signer.as_ref()),
            _ => ballot,
        }
    }

    pub(super) fn failure(
        &self,
        asker: AgentId,
        correlation: CorrelationId,
        request: &Request,
        round: u32,
        why: &VoterError,
    ) -> Outgoing {
        let (agent, proposal) = (self.setup.agent.clone(), request.proposal.id().clone());
        let mut cause = why.to_string();
        cause.truncate(cause.floor_char_boundary(CAUSE.min(self.setup.limits.reason_bytes)));
        tracing::warn!(%agent, %proposal, round, %cause, "a voter gives no ballot");
        self.reply(
            asker,
            correlation,
            &Reply::Failed { voter: agent, proposal, instance: request.instance, round, cause },
        )
    }

    fn reply(&self, asker: AgentId, correlation: CorrelationId, reply: &Reply) -> Outgoing {
        let (swarm, agent) = (self.setup.swarm.clone(), self.setup.agent.clone());
        let bytes = match &self.setup.signer {
            Some(signer) => reply.to_signed_bytes(signer.as_ref(), correlation),
            None => reply.to_bytes(),
        };
        Outgoing::new(asker, Envelope::new(swarm, agent, message_kinds::VOTE, correlation, bytes))
    }
}

impl Handler for VoterHandler {
    fn handle(&mut self, envelope: &Envelope) -> Handled {
        let asked = *envelope.kind() == message_kinds::REQUEST;
        if !asked && *envelope.kind() != message_kinds::CLOSED {
            return Handled::NotMine;
        }
        if *envelope.swarm() != self.setup.swarm {
            return self.refuse(envelope, format_args!("it belongs to swarm {}", envelope.swarm()));
        }
        if asked { self.take_request(envelope) } else { self.take_closed(envelope) }
    }

    /// What it is thinking about is seen to by its loop; what it is asked anew is turned down, and who asked need not wait.
    fn poll_leave(&mut self, _: &mut Context<'_>) -> Poll<()> {
        self.leaves = true;
        Poll::Ready(())
    }
}

impl std::fmt::Debug for VoterHandler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts = f.debug_struct("VoterHandler");
        parts.field("agent", &self.setup.agent).field("thinking", &self.thinking()).finish_non_exhaustive()
    }
}
