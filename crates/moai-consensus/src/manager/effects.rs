//! What comes of an input: at once, or once it is recorded.
//!
//! Whoever waits is woken, alarms are set and answers are given at once; questions are put, and voters released, by a task of
//! its own, in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use moai_core::planted::planted;
use moai_core::{AgentId, InvalidInput, JournalError, NewRecord, Timestamp};
use tokio::sync::{Notify, mpsc, oneshot};

use super::RequestError;
use super::guarded::Guarded;
use super::shared::Shared;
use crate::{Entry, Outcome, Output, Receipt, Request, VoteError};

/// What goes out to others.
pub(super) enum Sending {
    /// The question of a round.
    Question(Arc<Guarded>, Arc<Request>),
    /// Who need not answer any more.
    Release(Arc<Guarded>, Arc<Outcome>, Vec<AgentId>),
}

/// What must be durable before its effects show.
pub(super) struct Recording {
    /// As they are written; or why they cannot be.
    pub(super) records: Result<Vec<NewRecord>, InvalidInput>,
    pub(super) effects: Effects,
}

impl Recording {
    /// Whether the journal has refused something that comes before it: the record would not hold with it.
    pub(super) fn is_moot(&self) -> bool {
        self.effects.session.as_ref().is_some_and(|session| session.is_refused())
    }

    /// How many bytes wait with it, the memory around them included, roughly.
    pub(super) fn bytes(&self) -> usize {
        const AROUND: usize = 512;
        let records = self.records.iter().flatten();
        records.map(|record| AROUND + record.payload.len()).sum::<usize>() + AROUND
    }
}

/// Where recordings wait for the journal.
pub(super) struct Recorder {
    to_record: mpsc::UnboundedSender<Recording>,
    waiting: AtomicUsize,
    /// Rings when there is room again.
    room: Notify,
}

impl Recorder {
    /// How many bytes may wait before whoever brings more has to.
    const ROOM: usize = 32 << 20;

    pub(super) fn new(to_record: mpsc::UnboundedSender<Recording>) -> Self {
        Self { to_record, waiting: AtomicUsize::new(0), room: Notify::new() }
    }

    fn put(&self, recording: Recording) {
        self.waiting.fetch_add(recording.bytes(), Ordering::SeqCst);
        // Nobody records any more: the manager has stopped, and the answer says so by not coming.
        let _ = self.to_record.send(recording);
    }

    /// So many bytes have been recorded, or given up.
    pub(super) fn done(&self, bytes: usize) {
        let before = self.waiting.fetch_sub(bytes, Ordering::SeqCst);
        if before >= Self::ROOM && before - bytes < Self::ROOM {
            self.room.notify_waiters();
        }
    }

    /// Waits until more may be brought.
    pub(super) async fn room(&self) {
        loop {
            let mut room = std::pin::pin!(self.room.notified());
            // From here on nothing is missed.
            room.as_mut().enable();
            if self.waiting.load(Ordering::SeqCst) < Self::ROOM || self.to_record.is_closed() {
                return;
            }
            tokio::select! {
                biased;
                () = room => {}
                () = self.to_record.closed() => {}
            }
        }
    }
}

/// What is to be done once it may.
pub(super) struct Effects {
    /// The vote that they are of, if it is one that was open: another may have begun under its name.
    session: Option<Arc<Guarded>>,
    outputs: Vec<Output>,
    /// Why the vote ends without an outcome, if it does.
    end: Option<RequestError>,
    /// Who waits for the answer, if anybody does.
    answer: Option<(AgentId, oneshot::Sender<Result<Receipt, VoteError>>)>,
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
    /// Lets outputs wait for the record if there is one; else they may take effect at once, and are given back. Under the
    /// session's lock, so that the record has the order in which things happened.
    pub(super) fn queue(
        &self,
        now: Timestamp,
        session: &Arc<Guarded>,
        outputs: Vec<Output>,
        waits: Option<&AgentId>,
    ) -> (Answer, Vec<Output>) {
        let Some(recorder) = &self.recorder else { return (Answer::None, outputs) };
        let (answer, waiting) = match waits {
            Some(voter) => {
                let (answer, waiting) = oneshot::channel();
                (Some((voter.clone(), answer)), Answer::Later(waiting))
            }
            None => (None, Answer::None),
        };
        let records = outputs.iter().filter_map(|output| match output {
            Output::Persist(entry) => Some(record(entry, now)),
            _ => None,
        });
        let records = records.collect();
        if planted("telling_before_recording") {
            let effects = Effects { session: None, outputs: Vec::new(), end: None, answer: None };
            recorder.put(Recording { records, effects });
            return (Answer::None, outputs);
        }
        recorder.put(Recording {
            records,
            effects: Effects { session: Some(session.clone()), outputs, end: None, answer },
        });
        (waiting, Vec::new())
    }

    /// Lets the end of a vote without an outcome wait for the record if there is one; else it is given back.
    pub(super) fn queue_end(&self, session: &Arc<Guarded>, why: RequestError) -> Option<RequestError> {
        let Some(recorder) = &self.recorder else { return Some(why) };
        let entry = Entry::Ended { proposal: session.id.clone(), why: why.to_string() };
        let records = record(&entry, session.time(self.time.now())).map(|record| vec![record]);
        let effects = Effects { session: Some(session.clone()), outputs: Vec::new(), end: Some(why), answer: None };
        recorder.put(Recording { records, effects });
        None
    }

    /// Writes down what is not a part of an open vote.
    pub(super) fn note(&self, entry: &Entry, now: Timestamp) {
        if let Some(recorder) = &self.recorder {
            let records = record(entry, now).map(|record| vec![record]);
            let effects = Effects { session: None, outputs: Vec::new(), end: None, answer: None };
            recorder.put(Recording { records, effects });
        }
    }

    /// Waits until the record has caught up, if there is one and it is far behind.
    pub(super) async fn room(&self) {
        if let Some(recorder) = &self.recorder {
            recorder.room().await;
        }
    }

    /// Does what is due now that everything before it is durable, and tells who waits.
    pub(super) fn carry_out(&self, effects: Effects) {
        let Effects { session, outputs, end, answer } = effects;
        let said = session.and_then(|session| {
            let said = self.act(&session, outputs);
            // What was decided before stands.
            end.into_iter().for_each(|why| self.end(&session, Err(why)));
            said
        });
        if let (Some((_, answer)), Some(said)) = (answer, said) {
            // Whoever asked may have stopped waiting.
            let _ = answer.send(said);
        }
    }

    /// Does what is due now. Returns the answer to whoever brought it about.
    pub(super) fn act(&self, session: &Arc<Guarded>, outputs: Vec<Output>) -> Option<Result<Receipt, VoteError>> {
        let (mut said, mut decided) = (None, None);
        for output in outputs {
            match output {
                Output::Persist(_) => {}
                Output::Send(request) => {
                    let _ = self.to_send.send(Sending::Question(session.clone(), request));
                }
                Output::Arm(time) => self.arm(time, session),
                Output::Answer(answer) => {
                    answer.as_ref().err().into_iter().for_each(|refused| self.refuse(refused));
                    said = Some(answer);
                }
                Output::Evidence(evidence) => {
                    let (proposal, voter) = (&session.id, evidence.voter());
                    tracing::warn!(%proposal, %voter, kind = ?evidence.kind, "a voter contradicts itself");
                }
                Output::Decided(outcome) => {
                    self.end(session, Ok(outcome.clone()));
                    decided = Some(outcome);
                }
                Output::Release(ids) => {
                    if let Some(outcome) = &decided {
                        let _ = self.to_send.send(Sending::Release(session.clone(), outcome.clone(), ids));
                    }
                }
            }
        }
        said
    }

    /// What could not be made durable has no effect, and whoever waits is told.
    pub(super) fn give_up(&self, effects: Effects, why: &JournalError) {
        let ending = match why {
            // It was refused, and no more: the journal is as good as before.
            JournalError::Input(input) => RequestError::Input(input.clone()),
            why => RequestError::Journal(why.clone()),
        };
        let Effects { session: Some(session), end, answer, .. } = effects else { return };
        if let (JournalError::Input(_), Some(recorder)) = (why, &self.recorder) {
            // Nobody shall take it up again, and what waits behind it is not recorded.
            session.refuse();
            let entry = Entry::Ended { proposal: session.id.clone(), why: ending.to_string() };
            let records = record(&entry, session.time(self.time.now())).map(|record| vec![record]);
            let effects = Effects { session: None, outputs: Vec::new(), end: None, answer: None };
            recorder.put(Recording { records, effects });
        }
        self.end(&session, Err(end.unwrap_or(ending)));
        if let Some((voter, answer)) = answer {
            let (proposal, why) = (session.id.clone(), Box::new(why.clone()));
            // Whoever asked may have stopped waiting.
            let _ = answer.send(Err(VoteError::NotRecorded { proposal, voter, why }));
        }
    }
}

fn record(entry: &Entry, now: Timestamp) -> Result<NewRecord, InvalidInput> {
    Ok(NewRecord::new(entry.kind(), entry.time().unwrap_or(now), entry.to_payload()?))
}
