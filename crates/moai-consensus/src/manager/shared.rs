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

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use moai_core::{AgentId, AlgorithmName, Coordinator, CorrelationId, ProposalId, Timestamp};
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;

use super::audience::Audience;
use super::desk::{Desk, Open};
use super::effects::{Answer, Recorder, Sending};
use super::guarded::{Gone, Guarded, Locked, caught, handled, is_inside, shifted};
use super::history::Ended;
use super::ticket::Ending;
use super::time::Time;
use super::{ManagerOptions, RequestError};
use crate::{Electorate, Entry, Input, Output, Session, VoteError};

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
    /// When nothing is waited for any more, once the manager has been stopped.
    grace_ends: OnceLock<Instant>,
}

/// A vote that is to begin.
pub(super) struct Beginning {
    pub(super) session: Box<dyn Session>,
    /// Who may vote, with their keys.
    pub(super) voters: Electorate,
    pub(super) algorithm: AlgorithmName,
    /// By its own time.
    pub(super) deadline: Timestamp,
    /// How far its time is ahead of the manager's.
    pub(super) ahead: i64,
    pub(super) audience: Audience,
    pub(super) correlation: CorrelationId,
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
            grace_ends: OnceLock::new(),
        }
    }

    /// When nothing is waited for any more: the grace begins when somebody first asks.
    pub(super) fn grace_ends(&self) -> Instant {
        *self.grace_ends.get_or_init(|| Instant::now() + self.options.grace)
    }

    /// Nothing can panic while the desk is locked, so a poisoned lock is as good as any.
    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a new vote on the desk, and begins it: at the time that its opening says, so that the record tells it.
    pub(super) fn begin(
        &self,
        id: ProposalId,
        mut beginning: Beginning,
        opened_at: Timestamp,
        first: Input,
    ) -> Result<(Arc<Guarded>, watch::Receiver<Ending>), RequestError> {
        let now = match first {
            Input::Start => opened_at,
            _ => shifted(self.time.now(), beginning.ahead),
        };
        let outputs = handled(beginning.session.as_mut(), &id, now, first)?;
        self.lay(id, beginning, now, outputs)
    }

    fn lay(
        &self,
        id: ProposalId,
        beginning: Beginning,
        now: Timestamp,
        outputs: Vec<Output>,
    ) -> Result<(Arc<Guarded>, watch::Receiver<Ending>), RequestError> {
        let (ending, waiting) = watch::channel(None);
        let Beginning { session, voters, algorithm, deadline, ahead, audience, correlation } = beginning;
        let instance = caught(&id, || session.instance())?.or_else(|| {
            outputs.iter().find_map(|output| match output {
                Output::Send(request) => Some(request.instance),
                _ => None,
            })
        });
        let session = Arc::new(Guarded::new(id.clone(), correlation, voters, ahead, now, session));
        // Nobody else gets at it before its beginning is queued: the record has the order in which things happened.
        let guard = session.lock();
        let alarms = Vec::new();
        let open = Open { session: session.clone(), deadline, algorithm, audience, instance, alarms, ending };
        self.desk().lay(id, open, self.options.open)?;
        let (_, outputs) = self.queue(now, &session, outputs, None);
        drop(guard);
        // Whatever its session asks for, it is ticked at its deadline.
        self.arm(deadline, &session);
        self.act(&session, outputs);
        Ok((session, waiting))
    }

    /// Puts a vote back on the desk as it was recorded: what it said and wrote down then is not said again, but for the
    /// question. Then what has passed since is seen.
    pub(super) fn resume(
        &self,
        id: ProposalId,
        mut beginning: Beginning,
        opened_at: Timestamp,
        inputs: Vec<(Timestamp, Input)>,
    ) -> Result<(Arc<Guarded>, watch::Receiver<Ending>), RequestError> {
        let start = (opened_at, Input::Start);
        let (mut question, mut outputs) = (None, Vec::new());
        // The wall clock may have been set back meanwhile.
        let latest = inputs.iter().map(|(time, _)| *time).fold(opened_at, Timestamp::max);
        for (time, input) in std::iter::once(start).chain(inputs) {
            for output in handled(beginning.session.as_mut(), &id, time, input)? {
                match output {
                    // Of several rounds only the last question is still open.
                    Output::Send(_) => question = Some(output),
                    Output::Arm(_) => outputs.push(output),
                    // A decision that was not recorded was told to nobody.
                    Output::Persist(Entry::Decided(_)) | Output::Decided(_) => {
                        question = None;
                        outputs.push(output);
                    }
                    // What was acknowledged must not get lost in silence.
                    Output::Answer(Err(
                        why @ (VoteError::WrongElectorate { .. }
                        | VoteError::NotEligible { .. }
                        | VoteError::WrongRound { .. }
                        | VoteError::Unsigned { .. }
                        | VoteError::BadSignature { .. }
                        | VoteError::UnknownProposal { .. }),
                    )) => return Err(RequestError::Changed { proposal: id, why: Box::new(why) }),
                    _ => {}
                }
            }
        }
        outputs.extend(question);
        let now = shifted(self.time.now(), beginning.ahead).max(latest);
        outputs.extend(handled(beginning.session.as_mut(), &id, now, Input::Tick)?);
        self.lay(id, beginning, now, outputs)
    }

    /// Gives an input to a vote, in nobody's name; one that has ended is left alone.
    pub(super) fn give(&self, session: &Arc<Guarded>, input: Input) {
        if is_inside() {
            let proposal = &session.id;
            return tracing::error!(%proposal, ?input, "a rule acts on a vote while it judges: that is ignored");
        }
        if !session.has_ended() {
            self.hand(session, self.time.now(), input, None);
        }
    }

    /// Gives an input to an open vote at a time of the manager's, and gives the answer.
    pub(super) fn hand(&self, session: &Arc<Guarded>, now: Timestamp, input: Input, waits: Option<&AgentId>) -> Answer {
        let mut guard = session.lock();
        let now = guard.time(session.time(now));
        let outputs = match guard.handle(now, input) {
            Ok(outputs) => outputs,
            Err(gone) => {
                let answer = waits.map_or(Answer::None, |voter| {
                    let (proposal, voter, why) = (session.id.clone(), voter.clone(), Box::new(gone.why.clone()));
                    Answer::Now(Err(VoteError::NotTaken { proposal, voter, why }))
                });
                self.abandon(session, guard, gone);
                return answer;
            }
        };
        let (answer, outputs) = self.queue(now, session, outputs, waits);
        drop(guard);
        session.ring();
        self.act(session, outputs).map_or(answer, Answer::Now)
    }

    /// Ends a vote whose session is gone: behind what it has brought about, and on the record.
    pub(super) fn abandon(&self, session: &Arc<Guarded>, guard: Locked<'_>, gone: Gone) {
        if !gone.is_news {
            return;
        }
        let why = self.queue_end(session, gone.why);
        drop(guard);
        if let Some(why) = why {
            self.end(session, Err(why));
        }
    }

    /// Gives a voter's answer to its vote, whether that is open or has ended, and gives what becomes of it.
    pub(super) fn hand_in(&self, proposal: &ProposalId, voter: &AgentId, input: Input) -> Result<Answer, VoteError> {
        if is_inside() {
            let why = RequestError::Runtime { why: "a rule cannot hand in a vote while it judges".into() };
            return Err(VoteError::NotTaken { proposal: proposal.clone(), voter: voter.clone(), why: Box::new(why) });
        }
        let session = self.desk().session(proposal);
        match session {
            Some(session) => {
                let input = self.check_input(&session.voters, input).inspect_err(|refused| self.refuse(refused))?;
                Ok(self.hand(&session, self.time.now(), input, Some(voter)))
            }
            None => Err(self.too_late(proposal, voter, input)).inspect_err(|refused| self.refuse(refused)),
        }
    }

    /// Waits until the record has caught up, if an open vote of this name would add to it.
    pub(super) async fn room_for(&self, proposal: &ProposalId) {
        let open = self.desk().get(proposal).is_some();
        if open {
            self.room().await;
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
        let ended = self.desk().history.get(&proposal).and_then(|ended| ended.ending.clone().ok());
        // Outside of the desk: a signature takes time.
        let checked = match ended {
            Some(outcome) => self.check_input(&outcome.electorate, input),
            None => Ok(input),
        };
        let ballot = match checked {
            Ok(Input::Ballot(ballot)) => Some(ballot),
            Ok(_) => None,
            Err(refused) => return refused,
        };
        let mut desk = self.desk();
        let stopped = desk.stopped().cloned();
        let Some(Ended { ending, deadline, ahead, noted, .. }) = desk.history.get_mut(&proposal) else {
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
        let ahead = *ahead;
        let late = shifted(self.time.now(), ahead).unix_micros().saturating_sub(deadline.unix_micros());
        // Who has voted has said so on the record.
        let has_voted = outcome.participants.binary_search(&voter).is_ok();
        let worth_noting = ballot.filter(|_| !has_voted && noted.insert(place));
        if let Some(ballot) = worth_noting {
            // While the desk is locked, so before anything of another vote of that name.
            self.note(&Entry::Late(ballot), shifted(self.time.now(), ahead));
        }
        drop(desk);
        match u64::try_from(late) {
            Ok(late) => VoteError::Late { proposal, voter, by: Duration::from_micros(late) },
            Err(_) => VoteError::Closed { voter, outcome },
        }
    }

    /// Why a vote that was handed in has no answer: mostly because it ended without an outcome.
    pub(super) fn not_taken(&self, proposal: ProposalId, voter: AgentId) -> VoteError {
        let desk = self.desk();
        let ended = desk.history.get(&proposal).and_then(|ended| ended.ending.as_ref().err());
        let why = ended.or(desk.stopped()).cloned();
        let why = why.unwrap_or_else(|| RequestError::Runtime { why: "the algorithm gave no answer".into() });
        VoteError::NotTaken { proposal, voter, why: Box::new(why) }
    }

    /// Ends everything that is open without an outcome, and takes in nothing more.
    pub(super) fn stop(&self, why: &RequestError) {
        let open = self.desk().close(why);
        // All get the same ending, so their order does not show.
        for open in open.into_values() {
            open.ending.send_replace(Some(Err(why.clone())));
            open.session.end();
        }
        self.counted.notify_one();
    }

    /// Whether anybody has answered an open vote.
    pub(super) fn has_answers(session: &Guarded) -> bool {
        session.look_at(|session| session.tally().map(|tally| tally.cast().heads > 0)).unwrap_or(false)
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

    pub(super) fn open_count(&self) -> usize {
        self.desk().open_count()
    }
}
