//! A vote that runs again over what was recorded.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use moai_core::{AgentId, Digest, ProposalId, Timestamp};

use super::Flaw;
use super::difference::Difference;
use crate::{Algorithm, Ballot, Entry, Input, Opening, Output, Receipt, Session, Taken, VoteError};

/// A vote that runs again. **It must write what was recorded**: what an input brought about stands behind it, and nothing
/// else stands between.
pub(super) struct Replay {
    proposal: ProposalId,
    session: Box<dyn Session>,
    pub(super) instance: Option<Digest>,
    /// What it has written that was not read yet.
    due: VecDeque<Entry>,
    begun: bool,
}

/// What the session says to whoever handed something in.
type Answer = Option<Result<Receipt, VoteError>>;

/// Why a replay does not go on.
pub(super) enum Stop {
    /// Something else was recorded.
    Flaw(Flaw),
    /// The algorithm panicked, so nothing can be said.
    Panicked,
}

impl From<Flaw> for Stop {
    fn from(flaw: Flaw) -> Self {
        Self::Flaw(flaw)
    }
}

impl Replay {
    /// Opens the vote anew and begins it, as its manager did.
    pub(super) fn start(algorithm: &dyn Algorithm, opening: &Opening, payload: &[u8]) -> Result<Self, Stop> {
        let mut replay = Self::open(algorithm, opening)?;
        replay.begun = true;
        replay.due = replay.feed(opening.opened_at, Input::Start)?.0;
        match replay.due.pop_front() {
            Some(opened @ Entry::Opened(_)) => match difference(&opened, payload) {
                None => Ok(replay),
                Some(Difference { field, recomputed, .. }) => {
                    let why = format!("its `{field}` is then {recomputed}");
                    Err(Flaw::Opening { proposal: replay.proposal, why }.into())
                }
            },
            _ => Err(Flaw::Opening { proposal: replay.proposal, why: "it writes down no opening".into() }.into()),
        }
    }

    /// Opens it and does not begin it: for a question that was put to nobody.
    pub(super) fn open(algorithm: &dyn Algorithm, opening: &Opening) -> Result<Self, Stop> {
        let proposal = opening.proposal.id().clone();
        let session = caught(|| algorithm.open(opening.clone()))?;
        let session = session.map_err(|why| Flaw::Opening { proposal: proposal.clone(), why: why.to_string() })?;
        let instance = caught(|| session.instance())?;
        Ok(Self { proposal, session, instance, due: VecDeque::new(), begun: false })
    }

    /// Whether everything that it has written was recorded.
    pub(super) fn is_at_rest(&self) -> Result<(), Flaw> {
        match self.due.front() {
            None => Ok(()),
            Some(due) => Err(Flaw::Due { proposal: self.proposal.clone(), due: due.kind() }),
        }
    }

    /// Takes what was recorded next.
    pub(super) fn take(&mut self, time: Timestamp, entry: &Entry, payload: &[u8]) -> Result<(), Stop> {
        if let Some(due) = self.due.pop_front() {
            return self.same(&due, entry, payload);
        }
        let input = match entry {
            Entry::Late(ballot) => return self.late(time, ballot),
            Entry::Ballot(ballot) => Input::Ballot(ballot.clone()),
            Entry::Invalid { round, invalid, .. } => {
                Input::Failed { voter: invalid.voter.clone(), round: *round, cause: invalid.cause.clone() }
            }
            Entry::Evidence(evidence) => Input::Evidence(evidence.clone()),
            Entry::Vetoed { by, reason, .. } => Input::Veto { by: by.clone(), reason: reason.clone() },
            Entry::Cancelled { why, .. } => Input::Cancel { reason: why.clone() },
            Entry::Broken { why, .. } => Input::Broken { why: why.clone() },
            // What nobody's word brought about came with the time.
            Entry::Decided(_) => Input::Tick,
            Entry::Opened(_) | Entry::Ended { .. } => return Ok(()),
        };
        if !self.begun && !matches!(input, Input::Broken { .. }) {
            return Err(Flaw::Refused { proposal: self.proposal.clone(), why: "nobody may vote".into() }.into());
        }
        let (mut written, answer) = self.feed(time, input)?;
        if !self.begun {
            // The opening was read already.
            written.pop_front();
            self.begun = true;
        }
        let Some(first) = written.pop_front() else { return Err(self.refused(entry, answer).into()) };
        if let (Entry::Ballot(ballot), Entry::Evidence(_)) = (entry, &first) {
            // It contradicts one that stands, and then the contradiction is recorded alone.
            return Err(Flaw::Twice { proposal: self.proposal.clone(), voter: ballot.voter.clone() }.into());
        }
        self.due = written;
        self.same(&first, entry, payload)
    }

    /// A ballot that came too late. It was recorded once for each life of its manager, and must not count.
    fn late(&mut self, time: Timestamp, ballot: &Arc<Ballot>) -> Result<(), Stop> {
        let (written, _) = self.feed(time, Input::Ballot(ballot.clone()))?;
        let (proposal, voter) = (self.proposal.clone(), ballot.voter.clone());
        match written.into_iter().find(|entry| !matches!(entry, Entry::Late(_))) {
            None => Ok(()),
            Some(Entry::Ballot(_)) => Err(Flaw::NotLate { proposal, voter }.into()),
            Some(due) => Err(Flaw::Due { proposal, due: due.kind() }.into()),
        }
    }

    fn same(&self, due: &Entry, entry: &Entry, payload: &[u8]) -> Result<(), Stop> {
        let proposal = self.proposal.clone();
        if due.kind() != entry.kind() {
            return Err(Flaw::Due { proposal, due: due.kind() }.into());
        }
        match difference(due, payload) {
            None => Ok(()),
            Some(Difference { field, recorded, recomputed }) => {
                Err(Flaw::Recomputed { proposal, field, recorded, recomputed }.into())
            }
        }
    }

    /// Why nothing came of what was recorded.
    fn refused(&self, entry: &Entry, answer: Answer) -> Flaw {
        let proposal = self.proposal.clone();
        let twice = |voter: &AgentId| Flaw::Twice { proposal: proposal.clone(), voter: voter.clone() };
        match (entry, answer) {
            (Entry::Decided(_), _) => Flaw::Undecided { proposal },
            (Entry::Ballot(ballot), Some(Ok(Receipt { taken: Taken::Again, .. }))) => twice(&ballot.voter),
            (Entry::Evidence(evidence), Some(Ok(_))) => twice(evidence.voter()),
            (Entry::Invalid { invalid, .. }, Some(Ok(_))) => twice(&invalid.voter),
            (_, Some(Err(VoteError::Spent { voter, .. }))) => twice(&voter),
            (_, Some(Err(VoteError::Conflicting(evidence)))) => twice(evidence.voter()),
            (_, Some(Err(why))) => Flaw::Refused { proposal, why: why.to_string() },
            (_, _) => Flaw::Refused { proposal, why: "nothing comes of it".into() },
        }
    }

    fn feed(&mut self, time: Timestamp, input: Input) -> Result<(VecDeque<Entry>, Answer), Stop> {
        let outputs = caught(|| self.session.handle(time, input))?;
        let (mut written, mut answer) = (VecDeque::new(), None);
        for output in outputs {
            match output {
                Output::Persist(entry) => written.push_back(entry),
                Output::Answer(said) => answer = Some(said),
                Output::Send(request) => {
                    self.instance.get_or_insert(request.instance);
                }
                _ => {}
            }
        }
        Ok((written, answer))
    }
}

fn difference(computed: &Entry, payload: &[u8]) -> Option<Difference> {
    // What was read can be written.
    Difference::between(payload, &computed.to_payload().unwrap_or_default())
}

/// What anybody's code makes of something.
fn caught<T>(run: impl FnOnce() -> T) -> Result<T, Stop> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|_| Stop::Panicked)
}
