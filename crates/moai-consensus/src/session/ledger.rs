//! Who said what in one vote.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use moai_core::planted::planted;
use moai_core::{AgentId, Digest, ProposalId};

use super::{Entry, Output};
use crate::{
    Ballot, BallotFlaw, Certificate, Choice, Evidence, Opening, Outcome, Ratio, Request, Ruling, Standing, Tally,
    VoteError,
};

/// Who said what in one vote. It checks whether a ballot may be counted, and keeps it.
pub(crate) struct Ledger {
    pub(crate) opening: Arc<Opening>,
    ruling: Ruling,
    pub(crate) instance: Digest,
    pub(crate) tally: Tally,
    /// The ballot of each voter that counts.
    pub(super) ballots: Vec<Option<Arc<Ballot>>>,
    pub(super) invalid: BTreeMap<usize, String>,
    /// How often each has changed its mind.
    changes: BTreeMap<usize, u32>,
    /// Whose ballot came too late, and was written down.
    noted: BTreeSet<usize>,
    /// Every signed ballot that was counted, of every round.
    pub(super) signed: Vec<Arc<Ballot>>,
    /// In the order in which it came, and where that of each voter stands.
    pub(super) evidence: Vec<Arc<Evidence>>,
    pub(super) evidence_of: BTreeMap<AgentId, Vec<usize>>,
    pub(super) rule: String,
    pub(super) threshold: Option<Ratio>,
    /// What was decided, once it is.
    pub(super) outcome: Option<Arc<Outcome>>,
    /// What proves that, once it is decided.
    pub(super) certificate: Option<Arc<Certificate>>,
    /// The place behind the last voter who was looked up: answers often come in the order of the questions.
    next: usize,
}

impl Ledger {
    pub(crate) fn new(opening: Arc<Opening>, ruling: Ruling, rule: String, threshold: Option<Ratio>) -> Self {
        let instance = opening.proposal.instance_under(opening.electorate.digest(), ruling.digest());
        let tally = Tally::new(opening.electorate.clone());
        let ballots = vec![None; opening.electorate.len()];
        Self {
            opening,
            ruling,
            instance,
            tally,
            ballots,
            invalid: BTreeMap::new(),
            changes: BTreeMap::new(),
            noted: BTreeSet::new(),
            signed: Vec::new(),
            evidence: Vec::new(),
            evidence_of: BTreeMap::new(),
            rule,
            threshold,
            outcome: None,
            certificate: None,
            next: 0,
        }
    }

    /// Which proposal it is about.
    pub(crate) fn id(&self) -> ProposalId {
        self.opening.proposal.id().clone()
    }

    /// The question of a round.
    pub(super) fn asks(&self, round: u32) -> Request {
        Request::bound(&self.opening, self.ruling.clone(), self.instance, round)
    }

    /// The place of a voter who may say something.
    ///
    /// # Errors
    ///
    /// For a stranger.
    pub(crate) fn place_of(&mut self, voter: &AgentId) -> Result<usize, VoteError> {
        let electorate = &self.opening.electorate;
        let guess = electorate.get(self.next).filter(|elector| elector.id == *voter).map(|_| self.next);
        let Some(place) = guess.or_else(|| electorate.index_of(voter)) else {
            let proposal = self.opening.proposal.id().clone();
            return Err(VoteError::NotEligible { proposal, voter: voter.clone() });
        };
        self.next = place + 1;
        Ok(place)
    }

    /// The place of a ballot's voter, and the ballot as it may be kept.
    ///
    /// **Of a voter that has a key only its own word gets in**, whoever carried it here; what was checked on the way is not
    /// checked again. Of one that has none nothing can be checked, so a signature is not kept.
    ///
    /// # Errors
    ///
    /// For a stranger, a ballot that is bound to something else or is not its voter's, and a voter whose answer was no
    /// ballot before.
    pub(crate) fn admit(&mut self, mut ballot: Arc<Ballot>) -> Result<(usize, Arc<Ballot>), VoteError> {
        let place = self.place_of(&ballot.voter)?;
        let (proposal, voter) = (|| self.opening.proposal.id().clone(), |ballot: &Ballot| ballot.voter.clone());
        let ours = ballot.instance == self.instance && ballot.proposal == *self.opening.proposal.id();
        if !ours && !planted("a_ballot_of_another_vote_counts") {
            return Err(VoteError::WrongElectorate { proposal: proposal(), voter: voter(&ballot) });
        }
        match self.opening.electorate.get(place).and_then(|elector| elector.key) {
            None if ballot.is_signed() => ballot = Arc::new(Arc::unwrap_or_clone(ballot).unsigned()),
            None => {}
            Some(key) => {
                let checked = match self.opening.verifier() {
                    Some(verifier) => Arc::make_mut(&mut ballot).check_signature(&key, verifier),
                    // No vote is opened like this.
                    None => Err(BallotFlaw::BadSignature),
                };
                checked.map_err(|flaw| VoteError::flawed(proposal(), voter(&ballot), flaw))?;
            }
        }
        match self.invalid.get(&place) {
            Some(cause) => Err(VoteError::Spent { proposal: proposal(), voter: voter(&ballot), cause: cause.clone() }),
            None => Ok((place, ballot)),
        }
    }

    /// The ballot of the voter at a place.
    pub(crate) fn ballot(&self, place: usize) -> Option<&Arc<Ballot>> {
        self.ballots.get(place)?.as_ref()
    }

    /// Counts a ballot in place of whatever its voter said before.
    pub(crate) fn count(&mut self, place: usize, ballot: Arc<Ballot>) {
        self.tally.record(place, ballot.choice.into());
        if ballot.is_signed() {
            self.signed.push(ballot.clone());
        }
        if let Some(kept) = self.ballots.get_mut(place) {
            *kept = Some(ballot);
        }
    }

    /// Lets the voter at a place change its mind once more.
    ///
    /// # Errors
    ///
    /// When it has done so too often: each change is written down, and nobody may fill the record.
    pub(crate) fn change(&mut self, place: usize, voter: &AgentId) -> Result<(), VoteError> {
        let changes = self.changes.entry(place).or_insert(0);
        if *changes >= Opening::MOST_CHANGES {
            let (proposal, limit) = (self.id(), Opening::MOST_CHANGES);
            return Err(VoteError::TooManyChanges { proposal, voter: voter.clone(), limit });
        }
        *changes += 1;
        Ok(())
    }

    /// Writes down the first ballot of the voter at a place that comes too late.
    pub(crate) fn note(&mut self, place: usize, ballot: Arc<Ballot>, out: &mut Vec<Output>) {
        if self.noted.insert(place) {
            out.push(Output::Persist(Entry::Late(ballot)));
        }
    }

    /// Writes down that the voter at a place did not answer with a ballot.
    pub(crate) fn spend(&mut self, place: usize, cause: String) {
        self.tally.record(place, Standing::Invalid);
        self.invalid.insert(place, cause);
    }

    /// What each voter said that counts, in the electorate's order.
    pub(crate) fn choices(&self) -> Vec<Option<Choice>> {
        let said = self.ballots.iter().zip(self.tally.standings());
        said.map(|(ballot, standing)| ballot.as_ref().filter(|_| !standing.is_lost()).map(|ballot| ballot.choice))
            .collect()
    }

    /// How many have answered.
    pub(crate) fn answered(&self) -> u64 {
        self.tally.cast().heads + self.tally.count(Standing::Invalid).heads
    }

    /// Who has not answered.
    pub(crate) fn outstanding(&self) -> Vec<AgentId> {
        self.standing(Standing::Outstanding)
    }

    pub(super) fn standing(&self, wanted: Standing) -> Vec<AgentId> {
        let all = self.opening.electorate.ids().zip(self.tally.standings());
        all.filter(|(_, standing)| **standing == wanted).map(|(id, _)| id.clone()).collect()
    }
}
