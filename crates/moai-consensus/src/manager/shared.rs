//! What the manager, its tickets and its tasks share: the open votes, and the way from an input to its effects.
//!
//! ```text
//!   input ─▶ session (under the lock) ─▶ outputs ─┬─ no journal ─────────────────────▶ effects
//!                                                 └─ journal: recorder, in order, ──▶ effects
//!                                                    many in one append
//!   effects: wake who waits, arm, answer: at once;  put the question, release: the sender, in order
//! ```
//!
//! The lock is never held while anything is awaited or anybody's code runs but a session's.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use moai_core::{AgentId, Coordinator, Digest, JournalError, NewRecord, ProposalId, Timestamp};
use tokio::sync::{Notify, mpsc, oneshot, watch};

use super::history::{Ended, History};
use super::statistics::Statistics;
use super::ticket::Ending;
use super::time::Time;
use super::{ManagerOptions, RequestError};
use crate::{Ballot, Entry, Input, Opening, Outcome, Output, Receipt, Request, Session, VoteError};

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
    to_record: Option<mpsc::UnboundedSender<Recording>>,
}

/// What is open, and what became of the rest.
pub(super) struct Desk {
    open: HashMap<ProposalId, Open>,
    alarms: BTreeSet<(Timestamp, ProposalId)>,
    /// When the alarm will ring.
    rings_at: Option<Timestamp>,
    pub(super) history: History,
    pub(super) statistics: Statistics,
    /// Why nothing is taken in any more.
    stopped: Option<RequestError>,
}

/// One open vote.
struct Open {
    session: Box<dyn Session>,
    deadline: Timestamp,
    /// Whether everybody who may vote was in the swarm when it was opened.
    everybody_is_asked: bool,
    instance: Option<Digest>,
    ending: watch::Sender<Ending>,
}

/// What goes out to others.
pub(super) enum Sending {
    /// The question of a round.
    Question(Arc<Request>),
    /// Who need not answer any more.
    Release(Arc<Outcome>, Vec<AgentId>),
}

/// What must be durable before its effects show.
pub(super) struct Recording {
    pub(super) records: Vec<NewRecord>,
    pub(super) effects: Effects,
}

/// What is to be done once it may.
pub(super) struct Effects {
    pub(super) id: ProposalId,
    outputs: Vec<Output>,
    /// Who waits for the answer, if anybody does.
    answer: Option<oneshot::Sender<Result<Receipt, VoteError>>>,
}

/// What a voter is answered.
pub(super) enum Answer {
    Now(Result<Receipt, VoteError>),
    /// Once it is durable.
    Later(oneshot::Receiver<Result<Receipt, VoteError>>),
    /// The input has no answer, or nobody waits for it.
    None,
}

impl Shared {
    pub(super) fn new(
        coordinator: Arc<dyn Coordinator>,
        options: ManagerOptions,
        to_send: mpsc::UnboundedSender<Sending>,
        to_record: Option<mpsc::UnboundedSender<Recording>>,
    ) -> Self {
        let time = Time::starting(options.clock.as_ref());
        let desk = Desk {
            open: HashMap::new(),
            alarms: BTreeSet::new(),
            rings_at: None,
            history: History::new(options.history),
            statistics: Statistics::default(),
            stopped: None,
        };
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

    /// A session that panicked has not changed the desk half way, so a poisoned lock is as good as any.
    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a new vote on the desk, and begins it.
    pub(super) fn begin(
        &self,
        mut session: Box<dyn Session>,
        deadline: Timestamp,
        everybody_is_asked: bool,
        first: Vec<Input>,
    ) -> Result<watch::Receiver<Ending>, RequestError> {
        let now = self.time.now();
        let outputs = first.into_iter().flat_map(|input| session.handle(now, input)).collect();
        self.lay(session, deadline, everybody_is_asked, outputs, None)
    }

    fn lay(
        &self,
        mut session: Box<dyn Session>,
        deadline: Timestamp,
        everybody_is_asked: bool,
        mut outputs: Vec<Output>,
        last: Option<Input>,
    ) -> Result<watch::Receiver<Ending>, RequestError> {
        let (ending, waiting) = watch::channel(None);
        let (id, now) = (session.proposal().clone(), self.time.now());
        outputs.extend(last.into_iter().flat_map(|input| session.handle(now, input)));
        let instance = outputs.iter().find_map(|output| match output {
            Output::Send(request) => Some(request.instance),
            _ => None,
        });
        let mut desk = self.desk();
        if let Some(why) = &desk.stopped {
            return Err(why.clone());
        }
        if desk.open.contains_key(&id) {
            return Err(RequestError::AlreadyOpen { proposal: id });
        }
        if desk.open.len() >= self.options.open {
            return Err(RequestError::TooManyOpen { limit: self.options.open });
        }
        desk.open.insert(id.clone(), Open { session, deadline, everybody_is_asked, instance, ending });
        let (_, effects) = self.queue(now, id, outputs, false);
        drop(desk);
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
            for output in session.handle(time, input) {
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
        self.lay(session, opening.deadline, true, outputs, Some(Input::Tick))
    }

    /// Gives an input to an open vote; false when it is not open.
    pub(super) fn give(&self, id: &ProposalId, input: Input) -> bool {
        self.hand(self.time.now(), id, input, false).is_some()
    }

    /// Gives an input to an open vote, and gives the answer; none when it is not open.
    pub(super) fn hand(&self, now: Timestamp, id: &ProposalId, input: Input, waits: bool) -> Option<Answer> {
        let mut desk = self.desk();
        let open = desk.open.get_mut(id)?;
        let outputs = open.session.handle(now, input);
        let (answer, effects) = self.queue(now, id.clone(), outputs, waits);
        drop(desk);
        let said = effects.and_then(|effects| self.carry_out(effects));
        Some(said.map_or(answer, Answer::Now))
    }

    /// Lets outputs wait for the record if there is one; else they may take effect at once. Under the lock, so that the
    /// record has the order in which things happened.
    fn queue(&self, now: Timestamp, id: ProposalId, outputs: Vec<Output>, waits: bool) -> (Answer, Option<Effects>) {
        let Some(to_record) = &self.to_record else {
            return (Answer::None, Some(Effects { id, outputs, answer: None }));
        };
        let (answer, waiting) = if waits {
            let (answer, waiting) = oneshot::channel();
            (Some(answer), Answer::Later(waiting))
        } else {
            (None, Answer::None)
        };
        let records = outputs.iter().filter_map(|output| match output {
            Output::Persist(entry) => Some(record(entry, now)),
            _ => None,
        });
        let recording = Recording { records: records.collect(), effects: Effects { id, outputs, answer } };
        // Nobody records any more: the manager has stopped, and the answer says so by not coming.
        let _ = to_record.send(recording);
        (waiting, None)
    }

    /// Whether nobody has answered, and nobody can who was not asked: everybody who may vote is a member of the swarm
    /// that could not be reached.
    pub(super) fn nobody_can_answer(&self, id: &ProposalId) -> bool {
        self.desk().open.get(id).is_some_and(|open| open.everybody_is_asked)
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

    /// Writes down what is not a part of an open vote.
    pub(super) fn note(&self, entry: &Entry) {
        if let Some(to_record) = &self.to_record {
            let effects = Effects { id: entry.proposal().clone(), outputs: Vec::new(), answer: None };
            let _ = to_record.send(Recording { records: vec![record(entry, self.time.now())], effects });
        }
    }

    /// Does what is due now that everything before it is durable. Returns the answer that nobody waited for.
    pub(super) fn carry_out(&self, effects: Effects) -> Option<Result<Receipt, VoteError>> {
        let Effects { id, outputs, answer } = effects;
        let (mut said, mut decided) = (None, None);
        for output in outputs {
            match output {
                Output::Persist(_) => {}
                Output::Send(request) => {
                    let _ = self.to_send.send(Sending::Question(request));
                }
                Output::Arm(time) => self.arm(time, id.clone()),
                Output::Answer(answer) => said = Some(answer),
                Output::Evidence(evidence) => {
                    tracing::warn!(proposal = %id, voter = %evidence.voter(), kind = ?evidence.kind, "a voter contradicts itself");
                }
                Output::Decided(outcome) => {
                    self.end(&id, Ok(outcome.clone()));
                    decided = Some(outcome);
                }
                Output::Release(ids) => {
                    if let Some(outcome) = &decided {
                        let _ = self.to_send.send(Sending::Release(outcome.clone(), ids));
                    }
                }
            }
        }
        match (answer, said) {
            (Some(answer), Some(said)) => {
                // Whoever asked may have stopped waiting.
                let _ = answer.send(said);
                None
            }
            (_, said) => said,
        }
    }

    /// What could not be made durable has no effect, and whoever waits is told.
    pub(super) fn give_up(&self, effects: Effects, why: &JournalError) {
        self.end(&effects.id, Err(RequestError::Journal(why.clone())));
        let voter = effects.outputs.iter().find_map(|output| match output {
            Output::Persist(Entry::Ballot(ballot)) => Some(ballot.voter.clone()),
            _ => None,
        });
        if let (Some(voter), Some(answer)) = (voter, effects.answer) {
            let (proposal, why) = (effects.id, Box::new(why.clone()));
            let _ = answer.send(Err(VoteError::NotRecorded { proposal, voter, why }));
        }
    }

    /// Takes a vote from the desk, and wakes whoever waits for it.
    fn end(&self, id: &ProposalId, ending: Result<Arc<Outcome>, RequestError>) {
        let mut desk = self.desk();
        let Some(open) = desk.open.remove(id) else { return };
        desk.alarms.remove(&(open.deadline, id.clone()));
        match &ending {
            Ok(outcome) => {
                desk.statistics.count(outcome);
                desk.history.push(Ended { outcome: outcome.clone(), deadline: open.deadline });
                tell(outcome);
            }
            Err(why) => {
                desk.statistics.refused += 1;
                tracing::error!(proposal = %id, %why, "a vote ends without an outcome");
            }
        }
        open.ending.send_replace(Some(ending));
        drop(desk);
        self.counted.notify_one();
    }

    fn arm(&self, time: Timestamp, id: ProposalId) {
        let mut desk = self.desk();
        if !desk.open.contains_key(&id) {
            return;
        }
        desk.alarms.insert((time, id));
        let rings_in_time = desk.rings_at.is_some_and(|rings_at| rings_at <= time);
        drop(desk);
        if !rings_in_time {
            self.alarm.notify_one();
        }
    }

    /// When the next alarm is due. Whoever asks rings it then.
    pub(super) fn next_alarm(&self) -> Option<Timestamp> {
        let mut desk = self.desk();
        desk.rings_at = desk.alarms.first().map(|(time, _)| *time);
        desk.rings_at
    }

    /// Ticks every vote whose alarm has rung.
    pub(super) fn ring(&self) {
        let now = self.time.now();
        loop {
            let mut desk = self.desk();
            let Some((_, id)) = desk.alarms.first().filter(|(time, _)| *time <= now).cloned() else { return };
            desk.alarms.pop_first();
            drop(desk);
            let _ = self.give(&id, Input::Tick);
        }
    }

    /// Ends everything that is open without an outcome, and takes in nothing more.
    pub(super) fn stop(&self, why: &RequestError) {
        let mut desk = self.desk();
        desk.stopped.get_or_insert_with(|| why.clone());
        desk.alarms.clear();
        let open = std::mem::take(&mut desk.open);
        drop(desk);
        // All get the same ending, so their order does not show.
        open.into_values().for_each(|open| drop(open.ending.send_replace(Some(Err(why.clone())))));
    }

    /// Looks at an open vote.
    pub(super) fn look_at<T>(&self, id: &ProposalId, look: impl FnOnce(&dyn Session) -> Option<T>) -> Option<T> {
        self.desk().open.get(id).and_then(|open| look(open.session.as_ref()))
    }

    /// What ballots on an open vote are bound to.
    pub(super) fn instance_of(&self, id: &ProposalId) -> Option<Digest> {
        self.desk().open.get(id)?.instance
    }

    pub(super) fn open_count(&self) -> usize {
        self.desk().open.len()
    }
}

fn record(entry: &Entry, now: Timestamp) -> NewRecord {
    NewRecord::new(entry.kind(), entry.time().unwrap_or(now), entry.to_json())
}

fn tell(outcome: &Outcome) {
    let Outcome { proposal, decision, basis, algorithm_used, .. } = outcome;
    let (voted, eligible) = (outcome.participants.len(), outcome.electorate.len());
    tracing::info!(%proposal, %decision, ?basis, algorithm = %algorithm_used, voted, eligible, why = outcome.why, "decided");
    // Silence that an early decision made unnecessary is no lack.
    if !outcome.silent.is_empty() && voted * 2 < eligible {
        tracing::warn!(%proposal, voted, eligible, "low participation");
    }
}
