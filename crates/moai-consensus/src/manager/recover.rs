//! Going on after a crash, from what was recorded.

use std::collections::BTreeMap;
use std::sync::Arc;

use moai_core::{Aftermath, Coded, InvalidInput, Journal, JournalError, ProposalId, Record, Timestamp};

use super::guarded::opened;
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

/// What was recorded of an open vote.
struct Recorded {
    opening: Arc<Opening>,
    /// Each with the time at which it was recorded: what closed with the time is closed the same way again.
    inputs: Vec<(Timestamp, Input)>,
}

impl ConsensusManager {
    /// Goes on with what the journal holds: what was decided is honoured, what is within its deadline is open again with
    /// the ballots that were recorded, and the question is put again; voters repeat their word. What has passed its
    /// deadline ends by it.
    ///
    /// Call it once, after the algorithms are registered and before anything is asked. It reads the whole journal, and
    /// holds what is open and as many outcomes as are remembered.
    ///
    /// # Errors
    ///
    /// When the journal does not tell.
    pub async fn recover(&self) -> Result<Recovered, RecoverError> {
        let mut votes: BTreeMap<ProposalId, Recorded> = BTreeMap::new();
        let mut decided = 0;
        let journal = self.shared.options.journal.clone().ok_or(RecoverError::NoJournal)?;
        each_record(journal.as_ref(), |record| {
            if let Some(entry) = Entry::read(&record.kind, &record.payload)?
                && let Some((opening, outcome)) = take(&mut votes, record.time, entry)
            {
                decided += 1;
                let ended = Ended::new(Ok(outcome), opening.deadline);
                self.shared.desk().history.push(opening.proposal.id().clone(), ended);
            }
            Ok(())
        })
        .await?;
        let mut recovered = Recovered { open: Vec::new(), decided, lost: Vec::new() };
        for (id, vote) in votes {
            match self.reopen(&vote.opening, vote.inputs) {
                Ok(ticket) => recovered.open.push(ticket),
                Err(why) => recovered.lost.push((id, why)),
            }
        }
        Ok(recovered)
    }

    fn reopen(&self, opening: &Opening, inputs: Vec<(Timestamp, Input)>) -> Result<Ticket, RequestError> {
        let session = opened(self.algorithm(&opening.algorithm)?.as_ref(), opening.clone())?;
        let id = session.proposal().clone();
        let ending = self.shared.resume(session, opening, inputs)?;
        Ok(Ticket { id, ending, seen: None, manager: self.clone(), cancel_on_drop: false })
    }
}

/// Takes in one entry, and gives what it decides.
fn take(
    votes: &mut BTreeMap<ProposalId, Recorded>,
    time: Timestamp,
    entry: Entry,
) -> Option<(Arc<Opening>, Arc<Outcome>)> {
    let id = entry.proposal().clone();
    let input = match entry {
        Entry::Opened(opening) => {
            // A name may be used again once its vote has ended, be it without an outcome.
            votes.insert(id, Recorded { opening, inputs: Vec::new() });
            return None;
        }
        Entry::Ballot(ballot) => Input::Ballot(ballot),
        Entry::Invalid { round, invalid: Invalid { voter, cause }, .. } => Input::Failed { voter, round, cause },
        Entry::Evidence(evidence) => Input::Evidence(evidence),
        Entry::Decided(outcome) => return votes.remove(&id).map(|vote| (vote.opening, outcome)),
        Entry::Late(_) => return None,
    };
    if let Some(vote) = votes.get_mut(&id) {
        vote.inputs.push((time, input));
    }
    None
}

/// How many records are read at once.
const PAGE: usize = 1_000;

/// Reads a journal from its beginning.
///
/// # Errors
///
/// When it cannot be read, or `take` finds that a record is none.
pub(crate) async fn each_record(
    journal: &dyn Journal,
    mut take: impl FnMut(&Record) -> Result<(), InvalidInput>,
) -> Result<(), RecoverError> {
    let mut from = 1;
    loop {
        let page = journal.read(from, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        from = last.seq + 1;
        for record in &page {
            take(record).map_err(|why| RecoverError::BadRecord { seq: record.seq, why })?;
        }
    }
}
