//! What comes of an input: at once, or once it is recorded.
//!
//! Whoever waits is woken, alarms are set and answers are given at once; questions are put, and voters released, by a task of
//! its own, in order.

use std::sync::Arc;

use moai_core::{AgentId, JournalError, NewRecord, ProposalId, Timestamp};
use tokio::sync::oneshot;

use super::RequestError;
use super::shared::Shared;
use crate::{Entry, Outcome, Output, Receipt, Request, VoteError};

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
    /// Lets outputs wait for the record if there is one; else they may take effect at once. Under the session's lock, so
    /// that the record has the order in which things happened.
    pub(super) fn queue(
        &self,
        now: Timestamp,
        id: ProposalId,
        outputs: Vec<Output>,
        waits: bool,
    ) -> (Answer, Option<Effects>) {
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
                    self.end(&id, None, Ok(outcome.clone()));
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
        let ending = match why {
            // It was refused, and no more: the journal is as good as before.
            JournalError::Input(input) => RequestError::Input(input.clone()),
            why => RequestError::Journal(why.clone()),
        };
        self.end(&effects.id, None, Err(ending));
        let voter = effects.outputs.iter().find_map(|output| match output {
            Output::Persist(Entry::Ballot(ballot)) => Some(ballot.voter.clone()),
            _ => None,
        });
        if let (Some(voter), Some(answer)) = (voter, effects.answer) {
            let (proposal, why) = (effects.id, Box::new(why.clone()));
            let _ = answer.send(Err(VoteError::NotRecorded { proposal, voter, why }));
        }
    }
}

fn record(entry: &Entry, now: Timestamp) -> NewRecord {
    NewRecord::new(entry.kind(), entry.time().unwrap_or(now), entry.to_json())
}
