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

use super::desk::{Desk, Open};
use super::effects::{Answer, Recording, Sending};
use super::history::Ended;
use super::ticket::Ending;
use super::time::Time;
use super::{ManagerOptions, RequestError};
use crate::{Ballot, Entry, Input, Opening, Output, Session, VoteError};

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
    pub(super) to_record: Option<mpsc::UnboundedSender<Recording>>,
}

impl Shared {
    pub(super) fn new(
        coordinator: Arc<dyn Coordinator>,
        options: ManagerOptions,
        to_send: mpsc::UnboundedSender<Sending>,
        to_record: Option<mpsc::UnboundedSender<Recording>>,
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
            to_record,
        }
    }

    /// Nothing can panic while the desk is locked, so a poisoned lock is as good as any.
    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a new vote on the desk, and begins it.
    pub(super) fn begin(
        &self,
        mut session: Box<dyn Session>,
        deadline: Timestamp,
        everybody_is_asked: bool,
        first: Input,
    ) -> Result<watch::Receiver<Ending>, RequestError> {
        let outputs = handled(session.as_mut(), self.time.now(), first)?;
        self.lay(session, deadline, everybody_is_asked, outputs)
    }

    fn lay(
        &self,
        session: Box<dyn Session>,
        deadline: Timestamp,
        everybody_is_asked: bool,
        outputs: Vec<Output>,
    ) -> Result<watch::Receiver<Ending>, RequestError> {
        let (ending, waiting) = watch::channel(None);
        let id = session.proposal().clone();
        let named = id.clone();
        let instance = outputs.iter().find_map(|output| match output {
            Output::Send(request) => Some(request.instance),
            _ => None,
        });
        let session = Arc::new(Mutex::new(session));
        // Nobody else gets at it before its beginning is queued: the record has the order in which things happened.
        let guard = locked(&session);
        let open =
            Open { session: session.clone(), deadline, everybody_is_asked, instance, alarms: Vec::new(), ending };
        self.desk().lay(id.clone(), open, self.options.open)?;
        let (_, effects) = self.queue(self.time.now(), id, outputs, false);
        drop(guard);
        // Whatever its session asks for, it is ticked at its deadline.
        self.arm(deadline, named);
        if let Some(effects) = effects {
            self.carry_out(effects);
        }
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
        let start = (opening.opened_at, Input::Start);
        let (mut question, mut outputs) = (None, Vec::new());
        for (time, input) in std::iter::once(start).chain(inputs) {
            for output in handled(session.as_mut(), time, input)? {
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
        outputs.extend(handled(session.as_mut(), self.time.now(), Input::Tick)?);
        // Who was in the swarm then is not known: somebody may answer who is not asked.
        self.lay(session, opening.deadline, false, outputs)
    }

    /// Gives an input to an open vote; false when it is not open.
    pub(super) fn give(&self, id: &ProposalId, input: Input) -> bool {
        self.hand(self.time.now(), id, input, false).is_some()
    }

    /// Gives an input to an open vote, and gives the answer; none when it is not open.
    pub(super) fn hand(&self, now: Timestamp, id: &ProposalId, input: Input, waits: bool) -> Option<Answer> {
        let session = self.desk().session(id)?;
        let mut guard = locked(&session);
        let outputs = match handled(guard.as_mut(), now, input) {
            Ok(outputs) => outputs,
            Err(why) => {
                drop(guard);
                self.end(id, Some(&session), Err(why));
                return Some(Answer::None);
            }
        };
        let (answer, effects) = self.queue(now, id.clone(), outputs, waits);
        drop(guard);
        let said = effects.and_then(|effects| self.carry_out(effects));
        Some(said.map_or(answer, Answer::Now))
    }

    /// Whether nobody has answered, and nobody can who was not asked: everybody who may vote is a member of the swarm
    /// that could not be reached.
    pub(super) fn nobody_can_answer(&self, id: &ProposalId) -> bool {
        let asked = self.desk().get(id).is_some_and(|open| open.everybody_is_asked);
        let answered = |session: &dyn Session| session.tally().map(|tally| tally.cast().heads > 0);
        asked && !self.look_at(id, answered).unwrap_or(false)
    }

    /// Whether the open vote of this name is the one that asked this.
    pub(super) fn asks(&self, id: &ProposalId, instance: Digest) -> bool {
        self.instance_of(id) == Some(instance)
    }

    /// The open vote whose questions have this correlation.
    pub(super) fn asked_with(&self, correlation: CorrelationId) -> Option<ProposalId> {
        self.desk().asked_with(correlation)
    }

    /// Why an answer to what is not open does not count. A ballot is written down all the same.
    pub(super) fn too_late(&self, id: &ProposalId, voter: &AgentId, ballot: Option<Arc<Ballot>>) -> VoteError {
        let ended = self.desk().history.get(id).cloned();
        let Some(Ended { outcome, deadline }) = ended else {
            return VoteError::UnknownProposal { proposal: id.clone(), voter: voter.clone() };
        };
        if let Some(ballot) = ballot {
            self.note(&Entry::Late(ballot));
        }
        let late = self.time.now().unix_micros().saturating_sub(deadline.unix_micros());
        match u64::try_from(late) {
            Ok(late) => {
                let (proposal, by) = (id.clone(), Duration::from_micros(late));
                VoteError::Late { proposal, voter: voter.clone(), by }
            }
            Err(_) => VoteError::Closed { voter: voter.clone(), outcome },
        }
    }

    /// Ends everything that is open without an outcome, and takes in nothing more.
    pub(super) fn stop(&self, why: &RequestError) {
        let open = self.desk().close(why);
        // All get the same ending, so their order does not show.
        open.into_values().for_each(|open| drop(open.ending.send_replace(Some(Err(why.clone())))));
    }

    /// Looks at an open vote.
    pub(super) fn look_at<T>(&self, id: &ProposalId, look: impl FnOnce(&dyn Session) -> Option<T>) -> Option<T> {
        let session = self.desk().session(id)?;
        let guard = locked(&session);
        look(guard.as_ref())
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

/// A session that panicked has ended its vote, and is asked nothing more.
fn locked(session: &Mutex<Box<dyn Session>>) -> MutexGuard<'_, Box<dyn Session>> {
    session.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a session makes of an input. Its rule may be anybody's code.
///
/// # Errors
///
/// When it panics.
fn handled(session: &mut dyn Session, now: Timestamp, input: Input) -> Result<Vec<Output>, RequestError> {
    let proposal = session.proposal().clone();
    let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| session.handle(now, input)));
    made.map_err(|_| RequestError::Panicked { proposal })
}
