//! Going on after a crash, from what was recorded.

use std::collections::BTreeMap;
use std::sync::Arc;

use moai_core::{Aftermath, Coded, InvalidInput, JournalError, ProposalId, Timestamp};

use super::history::Ended;
use super::{ConsensusManager, RequestError, Ticket};
use crate::{Entry, Input, Invalid, Opening, Outcome};

/// What a journal held.
#[derive(Debug)]
#[non_exhaustive]
pub struct Recovered {
    /// What is open again, with the ballots that were recorded; sorted by name. What had passed its deadline is decided
    /// by it at once.
    pub open: Vec<Ticket>,
    /// How many had been decided: that stands, and is remembered.
    pub decided: usize,
    /// What could not be opened again, and why: its algorithm is not registered any more, say.
    pub lost: Vec<(ProposalId, RequestError)>,
}

/// Why nothing could be recovered. Nothing is open.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RecoverError {
    /// The manager has no journal.
    #[error("the manager has no journal to recover from; nothing changed")]
    NoJournal,
    /// The journal could not be read.
    #[error("{0}")]
    Journal(#[from] JournalError),
    /// A record of a vote is none.
    #[error("record {seq} of the journal: {why}")]
    BadRecord {
        /// Its number.
        seq: u64,
        /// What does not fit.
        why: InvalidInput,
    },
}

impl RecoverError {
    /// Every code of this error's own; what the journal says has its own codes.
    pub const CODES: &'static [&'static str] = &["consensus.no_journal", "consensus.bad_record"];
}

impl Coded for RecoverError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoJournal => "consensus.no_journal",
            Self::Journal(inner) => inner.code(),
            Self::BadRecord { .. } => "consensus.bad_record",
        }
    }

    fn aftermath(&self) -> Aftermath {
        match self {
            Self::Journal(inner) => inner.aftermath(),
            Self::NoJournal | Self::BadRecord { .. } => Aftermath::NothingChanged,
        }
    }
}

/// What was recorded of one vote.
struct Recorded {
    opening: Arc<Opening>,
    /// Each with the time at which it was recorded: what closed with the time is closed the same way again.
    inputs: Vec<(Timestamp, Input)>,
    outcome: Option<Arc<Outcome>>,
}

/// How many records are read at once.
const PAGE: usize = 1_000;

impl ConsensusManager {
    /// Goes on with what the journal holds: what was decided is honoured, what is within its deadline is open again with
    /// the ballots that were recorded, and the question is put again; voters repeat their word. What has passed its
    /// deadline ends by it.
    ///
    /// Call it once, after the algorithms are registered and before anything is asked.
    ///
    /// # Errors
    ///
    /// When the journal does not tell.
    pub async fn recover(&self) -> Result<Recovered, RecoverError> {
        let mut votes: BTreeMap<ProposalId, Recorded> = BTreeMap::new();
        let journal = self.shared.options.journal.clone().ok_or(RecoverError::NoJournal)?;
        let mut from = 1;
        loop {
            let page = journal.read(from, PAGE).await?;
            let Some(last) = page.last() else { break };
            from = last.seq + 1;
            for record in &page {
                let read = Entry::read(&record.kind, &record.payload);
                let read = read.map_err(|why| RecoverError::BadRecord { seq: record.seq, why })?;
                read.into_iter().for_each(|entry| take(&mut votes, record.time, entry));
            }
        }
        let mut recovered = Recovered { open: Vec::new(), decided: 0, lost: Vec::new() };
        for (id, vote) in votes {
            match vote.outcome {
                Some(outcome) => {
                    let ended = Ended { outcome, deadline: vote.opening.deadline };
                    self.shared.desk().history.push(ended);
                    recovered.decided += 1;
                }
                None => match self.reopen(&vote.opening, vote.inputs) {
                    Ok(ticket) => recovered.open.push(ticket),
                    Err(why) => recovered.lost.push((id, why)),
                },
            }
        }
        Ok(recovered)
    }

    fn reopen(&self, opening: &Opening, inputs: Vec<(Timestamp, Input)>) -> Result<Ticket, RequestError> {
        let session = self.algorithm(&opening.algorithm)?.open(opening.clone())?;
        let id = session.proposal().clone();
        let ending = self.shared.resume(session, opening, inputs)?;
        Ok(Ticket { id, ending, manager: self.clone(), cancel_on_drop: false })
    }
}

fn take(votes: &mut BTreeMap<ProposalId, Recorded>, time: Timestamp, entry: Entry) {
    let id = entry.proposal().clone();
    match entry {
        Entry::Opened(opening) => {
            // A name may be used again once its vote has ended; a question that was put again goes on.
            let known = votes.get(&id).is_some_and(|vote| vote.opening == opening && vote.outcome.is_none());
            if !known {
                votes.insert(id, Recorded { opening, inputs: Vec::new(), outcome: None });
            }
        }
        Entry::Ballot(ballot) => give(votes, &id, time, Input::Ballot(ballot)),
        Entry::Invalid { round, invalid: Invalid { voter, cause }, .. } => {
            give(votes, &id, time, Input::Failed { voter, round, cause });
        }
        Entry::Evidence(evidence) => give(votes, &id, time, Input::Evidence(evidence)),
        Entry::Decided(outcome) => {
            if let Some(vote) = votes.get_mut(&id) {
                vote.outcome = Some(outcome);
            }
        }
        Entry::Late(_) => {}
    }
}

fn give(votes: &mut BTreeMap<ProposalId, Recorded>, id: &ProposalId, time: Timestamp, input: Input) {
    if let Some(vote) = votes.get_mut(id) {
        vote.inputs.push((time, input));
    }
}
