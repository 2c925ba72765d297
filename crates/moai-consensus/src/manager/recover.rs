//! Going on after a crash, from what was recorded.

use std::collections::BTreeMap;
use std::sync::Arc;

use moai_core::planted::planted;
use moai_core::{
    Aftermath, Coded, CorrelationId, Digest, InvalidInput, Journal, JournalError, Member, ProposalId, Record, Timestamp,
};

use super::audience::Audience;
use super::guarded::opened;
use super::history::{Ended, History};
use super::shared::Beginning;
use super::{Ask, ConsensusManager, RequestError, Ticket};
use crate::{Electorate, Entry, Input, Invalid, Opening, Outcome};

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
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecoverError {
    /// The manager has no journal.
    #[error("the manager has no journal to recover from; nothing changed")]
    NoJournal,
    /// The journal could not be read.
    #[error(transparent)]
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
        let journal = self.shared.options.journal.clone().ok_or(RecoverError::NoJournal)?;
        let mut read = Read::new(self.shared.options.history);
        each_record(journal.as_ref(), |record| {
            if let Some(entry) = Entry::from_payload(&record.kind, &record.payload)? {
                read.take(record.time, entry);
            }
            Ok(())
        })
        .await?;
        let Read { votes, history, decided, .. } = read;
        self.shared.desk().history = history;
        let members = self.members(Ask::TIMEOUT).await.ok().and_then(Result::ok);
        let mut recovered = Recovered { open: Vec::new(), decided, lost: Vec::new() };
        for (id, vote) in votes {
            match self.reopen(&id, vote, members.as_deref()) {
                Ok(ticket) => recovered.open.push(ticket),
                Err(why) => recovered.lost.push((id, why)),
            }
        }
        Ok(recovered)
    }

    fn reopen(&self, id: &ProposalId, vote: Recorded, members: Option<&[Member]>) -> Result<Ticket, RequestError> {
        let Recorded { mut opening, mut inputs } = vote;
        Arc::make_mut(&mut opening).scheme = self.shared.options.scheme.clone();
        self.shared.check_recorded(&opening.electorate, inputs.iter_mut().map(|(_, input)| input));
        let audience = members.map_or(Audience::unknown(), |members| Audience::of(members, &opening.electorate));
        let session = opened(self.algorithm(&opening.algorithm)?.as_ref(), Opening::clone(&opening))?;
        let options = &self.shared.options;
        let wall = options.clock.now().unix_micros();
        let beginning = Beginning {
            session,
            voters: opening.electorate.clone(),
            algorithm: opening.algorithm.clone(),
            deadline: opening.deadline,
            ahead: wall.saturating_sub(self.shared.time.now().unix_micros()),
            audience,
            correlation: CorrelationId::draw(options.chance.as_ref())?,
        };
        let (session, ending) = self.shared.resume(id.clone(), beginning, opening.opened_at, inputs)?;
        Ok(Ticket::new(&session, ending, self.clone(), false))
    }
}

/// What has been read of a journal.
struct Read {
    /// What is open.
    votes: BTreeMap<ProposalId, Recorded>,
    history: History,
    decided: usize,
    /// Votes of one swarm mostly share a picture of it.
    electorates: BTreeMap<Digest, Electorate>,
}

impl Read {
    fn new(history: usize) -> Self {
        let (votes, electorates) = (BTreeMap::new(), BTreeMap::new());
        Self { votes, history: History::new(history), decided: 0, electorates }
    }

    fn share(&mut self, electorate: &mut Electorate) {
        *electorate = self.electorates.entry(electorate.digest()).or_insert_with(|| electorate.clone()).clone();
    }

    fn take(&mut self, time: Timestamp, entry: Entry) {
        let id = entry.proposal().clone();
        let input = match entry {
            Entry::Opened(mut opening) => {
                self.share(&mut Arc::make_mut(&mut opening).electorate);
                // A name may be used again once its vote has ended.
                self.votes.insert(id, Recorded { opening, inputs: Vec::new() });
                return;
            }
            Entry::Decided(mut outcome) => {
                self.decided += 1;
                if planted("forgetting_what_was_decided") {
                    return drop(self.votes.remove(&id));
                }
                self.share(&mut Arc::make_mut(&mut outcome).electorate);
                return self.end(id, Ok(outcome));
            }
            Entry::Ended { proposal, why } => return self.end(id, Err(RequestError::Abandoned { proposal, why })),
            Entry::Ballot(_) if planted("forgetting_ballots_over_a_crash") => return,
            Entry::Ballot(ballot) => Input::Ballot(ballot),
            Entry::Invalid { round, invalid: Invalid { voter, cause }, .. } => Input::Failed { voter, round, cause },
            Entry::Evidence(evidence) => Input::Evidence(evidence),
            Entry::Vetoed { by, reason, .. } => Input::Veto { by, reason },
            Entry::Cancelled { why, .. } => Input::Cancel { reason: why },
            Entry::Broken { why, .. } => Input::Broken { why },
            Entry::Late(_) => return,
        };
        if let Some(vote) = self.votes.get_mut(&id) {
            vote.inputs.push((time, input));
        }
    }

    fn end(&mut self, id: ProposalId, ending: Result<Arc<Outcome>, RequestError>) {
        if let Some(Recorded { opening, .. }) = self.votes.remove(&id) {
            self.history.push(id, Ended::new(ending, opening.deadline, 0, None));
        }
    }
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
