//! What the manager, its tickets and its tasks share: the open votes, and how an input gets to one of them.
//!
//! ```text
//!   input ─▶ session, under its own lock ─▶ outputs ─┬─ no journal ─────────────────────▶ effects
//!                                                    └─ journal: recorder, in order, ──▶ effects
//!                                                       many in one append
//! ```
//!
//! **The desk is never locked while anybody's code runs or anything is awaited.** A session runs under a lock of its own,
//! so that a rule may look at the manager; one that panics ends its own vote, and no other.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use moai_core::{AgentId, Coordinator, CorrelationId, Digest, ProposalId, Timestamp};
use tokio::sync::{Notify, mpsc, watch};

use super::audience::Audience;
use super::desk::{Desk, Open};
use super::effects::{Answer, Recorder, Sending};
use super::guarded::{Guarded, handled, is_inside};
use super::history::Ended;
use super::ticket::Ending;
use super::time::Time;
use super::{ManagerOptions, RequestError};
use crate::{Entry, Input, Opening, Output, Session, VoteError};

/// What the manager, its tickets and its tasks share.
pub(super) struct Shared {
    pub(super) coordinator: Arc<dyn Coordinator>,
    pub(super) options: ManagerOptions,
    pub(super) time: Time,
    desk: Mutex<Desk>,
    /// Rings when the earliest alarm became earlier.
    pub(super) alarm: Notify,
    /// Rings when something was counted.
    pub(super) counted: Notify,
    pub(super) to_send: mpsc::UnboundedSender<Sending>,
    pub(super) recorder: Option<Recorder>,
}

/// A vote that is to begin.
pub(super) struct Beginning {
    pub(super) session: Box<dyn Session>,
    pub(super) deadline: Timestamp,
    pub(super) audience: Audience,
}

impl Shared {
    pub(super) fn new(
        coordinator: Arc<dyn Coordinator>,
        options: ManagerOptions,
        to_send: mpsc::UnboundedSender<Sending>,
        recorder: Option<Recorder>,
    ) -> Self {
        let time = Time::starting(options.clock.as_ref());
        let desk = Desk::new(options.history);
        Self {
            coordinator,
            options,
            time,
            desk: Mutex::new(desk),
            alarm: Notify::new(),
            counted: Notify::new(),
            to_send,
            recorder,
        }
    }

    /// Nothing can panic while the desk is locked, so a poisoned lock is as good as any.
    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a new vote on the desk, and begins it.
    pub(super) fn begin(
        &self,
        mut beginning: Beginning,
        first: Input,
    ) -> Result<watch::Receiver<Ending>, RequestError> {
        let id = beginning.session.proposal().clone();
        let outputs = handled(beginning.session.as_mut(), &id, self.time.now(), first)?;
        self.lay(id, beginning, outputs)
    }

    fn lay(
        &self,
        id: ProposalId,
        beginning: Beginning,
        outputs: Vec<Output>,
    ) -> Result<watch::Receiver<Ending>, RequestError> {
        let (ending, waiting) = watch::channel(None);
        let instance = outputs.iter().find_map(|output| match output {
            Output::Send(request) => Some(request.instance),
            _ => None,
        });
        let Beginning { session, deadline, audience } = beginning;
        let session = Arc::new(Guarded::new(id.clone(), session));
        // Nobody else gets at it before its beginning is queued: the record has the order in which things happened.
        let guard = session.lock();
        let open = Open { session: session.clone(), deadline, audience, instance, alarms: Vec::new(), ending };
        self.desk().lay(id.clone(), open, self.options.open)?;
        let (_, outputs) = self.queue(self.time.now(), &session, outputs, None);
        drop(guard);
        // Whatever its session asks for, it is ticked at its deadline.
        self.arm(deadline, &id);
        self.act(&session, outputs);
        Ok(waiting)
    }

    /// Puts a vote back on the desk as it was recorded: what it said and wrote down then is not said again, but for the
    /// question. Then what has passed since is seen.
    pub(super) fn resume(
        &self,
        mut session: Box<dyn Session>,
        opening: &Opening,
        inputs: Vec<(Timestamp, Input)>,
    ) -> Result<watch::Receiver<Ending>, RequestError> {
        let id = session.proposal().clone();
        let start = (opening.opened_at, Input::Start);
        let (mut question, mut outputs) = (None, Vec::new());
        for (time, input) in std::iter::once(start).chain(inputs) {
            for output in handled(session.as_mut(), &id, time, input)? {
                match output {
                    // Of several rounds only the last question is still open.
                    Output::Send(_) => question = Some(output),
                    Output::Arm(_) => outputs.push(output),
                    // A decision that was not recorded was told to nobody.
                    Output::Persist(Entry::Decided(_)) | Output::Decided(_) => {
                        question = None;
                        outputs.push(output);
                    }
                    _ => {}
                }
            }
        }
        outputs.extend(question);
        outputs.extend(handled(session.as_mut(), &id, self.time.now(), Input::Tick)?);
        // Who was in the swarm then is not known: somebody may answer who is not asked.
        let beginning = Beginning { session, deadline: opening.deadline, audience: Audience::unknown() };
        self.lay(id, beginning, outputs)
    }

    /// Gives an input to an open vote, in nobody's name.
    pub(super) fn give(&self, id: &ProposalId, input: Input) {
        if is_inside() {
            return tracing::error!(proposal = %id, ?input, "a rule acts on a vote while it judges: that is ignored");
        }
        let session = self.desk().session(id);
        if let Some(session) = session {
            self.hand(&session, self.time.now(), input, None);
        }
    }

    /// Gives an input to an open vote, and gives the answer.
    pub(super) fn hand(&self, session: &Arc<Guarded>, now: Timestamp, input: Input, waits: Option<&AgentId>) -> Answer {
        let mut guard = session.lock();
        let outputs = match handled(guard.as_mut(), &session.id, now, input) {
            Ok(outputs) => outputs,
            Err(why) => {
                drop(guard);
                self.end(session, Err(why));
                return Answer::None;
            }
        };
        let (answer, outputs) = self.queue(now, session, outputs, waits);
        drop(guard);
        session.ring();
        self.act(session, outputs).map_or(answer, Answer::Now)
    }

    /// Gives a voter's answer to its vote, whether that is open or has ended, and gives what becomes of it.
    pub(super) fn hand_in(&self, proposal: &ProposalId, voter: &AgentId, input: Input) -> Result<Answer, VoteError> {
        if is_inside() {
            let why = RequestError::Runtime("a rule cannot hand in a vote while it judges".into());
            return Err(VoteError::NotTaken { proposal: proposal.clone(), voter: voter.clone(), why: Box::new(why) });
        }
        let session = self.desk().session(proposal);
        match session {
            Some(session) => Ok(self.hand(&session, self.time.now(), input, Some(voter))),
            None => Err(self.too_late(proposal, voter, input)),
        }
    }

    /// The open vote whose questions have this correlation.
    pub(super) fn asked_with(&self, correlation: CorrelationId) -> Option<ProposalId> {
        self.desk().asked_with(correlation)
    }

    /// Why an answer to what is not open does not count. The first ballot of each who might vote is written down all the
    /// same.
    pub(super) fn too_late(&self, proposal: &ProposalId, voter: &AgentId, input: Input) -> VoteError {
        let (proposal, voter) = (proposal.clone(), voter.clone());
        let ballot = match input {
            Input::Ballot(ballot) => Some(ballot),
            _ => None,
        };
        let mut desk = self.desk();
        let stopped = desk.stopped().cloned();
        let Some(Ended { ending, deadline, noted }) = desk.history.get_mut(&proposal) else {
            return match stopped {
                Some(why) => VoteError::NotTaken { proposal, voter, why: Box::new(why) },
                None => VoteError::UnknownProposal { proposal, voter },
            };
        };
        let outcome = match ending {
            Ok(outcome) => outcome.clone(),
            Err(why) => return VoteError::NotTaken { proposal, voter, why: Box::new(why.clone()) },
        };
        let Some(place) = outcome.electorate.index_of(&voter) else {
            return VoteError::NotEligible { proposal, voter };
        };
        let bound = ballot.as_ref().is_none_or(|ballot| ballot.instance == outcome.instance);
        if !bound {
            return VoteError::WrongElectorate { proposal, voter };
        }
        let late = self.time.now().unix_micros().saturating_sub(deadline.unix_micros());
        let worth_noting = ballot.filter(|_| noted.insert(place));
        drop(desk);
        if let Some(ballot) = worth_noting {
            self.note(&Entry::Late(ballot));
        }
        match u64::try_from(late) {
            Ok(late) => VoteError::Late { proposal, voter, by: Duration::from_micros(late) },
            Err(_) => VoteError::Closed { voter, outcome },
        }
    }

    /// Why a vote that was taken in has no answer: it ended without an outcome.
    pub(super) fn not_taken(&self, proposal: ProposalId, voter: AgentId) -> VoteError {
        let desk = self.desk();
        let ended = desk.history.get(&proposal).and_then(|ended| ended.ending.as_ref().err());
        let why = ended.or(desk.stopped()).cloned().unwrap_or(RequestError::Stopped);
        VoteError::NotTaken { proposal, voter, why: Box::new(why) }
    }

    /// Ends everything that is open without an outcome, and takes in nothing more.
    pub(super) fn stop(&self, why: &RequestError) {
        let open = self.desk().close(why);
        // All get the same ending, so their order does not show.
        open.into_values().for_each(|open| drop(open.ending.send_replace(Some(Err(why.clone())))));
    }

    /// Whether anybody has answered an open vote.
    pub(super) fn has_answers(&self, id: &ProposalId) -> bool {
        self.look_at(id, |session| session.tally().map(|tally| tally.cast().heads > 0)).unwrap_or(false)
    }

    /// Looks at an open vote.
    pub(super) fn look_at<T>(&self, id: &ProposalId, look: impl FnOnce(&dyn Session) -> Option<T>) -> Option<T> {
        let session = self.desk().session(id)?;
        session.look_at(look)
    }

    /// Which round of an open vote is at hand; the first where that is not known.
    pub(super) fn round_of(&self, id: &ProposalId) -> u32 {
        self.look_at(id, |session| Some(session.round())).unwrap_or(1)
    }

    /// What ballots on an open vote are bound to.
    pub(super) fn instance_of(&self, id: &ProposalId) -> Option<Digest> {
        self.desk().get(id)?.instance
    }

    pub(super) fn open_count(&self) -> usize {
        self.desk().open_count()
    }
}
