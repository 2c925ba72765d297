//! Who said what in one vote, and the outcome that comes of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use moai_core::{AgentId, Digest, Map, Timestamp};

use crate::{
    Ballot, Basis, Choice, Decision, Dissent, Evidence, Invalid, Opening, Outcome, Ratio, Standing, Tally, VoteError,
    Weights,
};

/// Who said what in one vote. It checks whether a ballot may be counted, keeps it, and draws up the outcome.
pub(crate) struct Ledger {
    pub(crate) opening: Arc<Opening>,
    pub(crate) instance: Digest,
    pub(crate) tally: Tally,
    /// The ballot of each voter that counts.
    ballots: Vec<Option<Arc<Ballot>>>,
    invalid: BTreeMap<usize, String>,
    pub(crate) evidence: Vec<Arc<Evidence>>,
    rule: String,
    threshold: Option<Ratio>,
    /// The place behind the last voter who was looked up: answers often come in the order of the questions.
    next: usize,
}

/// How a vote ended.
pub(crate) struct End {
    pub(crate) decision: Decision,
    pub(crate) basis: Basis,
    pub(crate) why: String,
    /// Whether a vote decided it, or it was the deadline or somebody.
    pub(crate) by_vote: bool,
    pub(crate) exact: bool,
    pub(crate) metadata: Map,
    /// For, against and abstained in the end, where that is not how the ballots were.
    pub(crate) counts: Option<[u64; 3]>,
}

impl Ledger {
    pub(crate) fn new(opening: Arc<Opening>, instance: Digest, rule: String, threshold: Option<Ratio>) -> Self {
        let tally = Tally::new(opening.electorate.clone());
        let ballots = vec![None; opening.electorate.len()];
        let (invalid, evidence) = (BTreeMap::new(), Vec::new());
        Self { opening, instance, tally, ballots, invalid, evidence, rule, threshold, next: 0 }
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

    /// The place of a ballot's voter.
    ///
    /// # Errors
    ///
    /// For a stranger, a ballot that is bound to something else, and a voter whose answer was no ballot before.
    pub(crate) fn admit(&mut self, ballot: &Ballot) -> Result<usize, VoteError> {
        let place = self.place_of(&ballot.voter)?;
        let (proposal, voter) = (|| self.opening.proposal.id().clone(), || ballot.voter.clone());
        if ballot.instance != self.instance {
            return Err(VoteError::WrongElectorate { proposal: proposal(), voter: voter() });
        }
        match self.invalid.get(&place) {
            Some(cause) => Err(VoteError::Spent { proposal: proposal(), voter: voter(), cause: cause.clone() }),
            None => Ok(place),
        }
    }

    /// The ballot of the voter at a place.
    pub(crate) fn ballot(&self, place: usize) -> Option<&Arc<Ballot>> {
        self.ballots.get(place)?.as_ref()
    }

    /// Counts a ballot in place of whatever its voter said before.
    pub(crate) fn count(&mut self, place: usize, ballot: Arc<Ballot>) {
        self.tally.record(place, ballot.choice.into());
        if let Some(kept) = self.ballots.get_mut(place) {
            *kept = Some(ballot);
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

    fn standing(&self, wanted: Standing) -> Vec<AgentId> {
        let all = self.opening.electorate.ids().zip(self.tally.standings());
        all.filter(|(_, standing)| **standing == wanted).map(|(id, _)| id.clone()).collect()
    }

    /// What comes of it.
    pub(crate) fn outcome(&self, now: Timestamp, end: End) -> Outcome {
        let End { decision, basis, why, by_vote, exact, metadata, counts } = end;
        let tally = &self.tally;
        let (votes_for, against, abstain) =
            (tally.count(Standing::For), tally.count(Standing::Against), tally.count(Standing::Abstain));
        let in_the_end = counts.unwrap_or([votes_for.heads, against.heads, abstain.heads]);
        let electorate = &self.opening.electorate;
        let counted = || electorate.ids().zip(tally.standings()).zip(&self.ballots);
        let has_voted = |standing: Standing| !standing.is_lost() && standing != Standing::Outstanding;
        let participants = counted().filter(|((_, standing), _)| has_voted(**standing)).map(|((id, _), _)| id.clone());
        let dissent = counted().filter_map(|((_, standing), ballot)| {
            let ballot = ballot.as_ref().filter(|ballot| has_voted(*standing) && dissents(ballot.choice, decision))?;
            let Ballot { voter, choice, reason, confidence, .. } = ballot.as_ref();
            Some(Dissent { voter: voter.clone(), choice: *choice, reason: reason.clone(), confidence: *confidence })
        });
        let outstanding = self.outstanding();
        // Whoever could still have answered in time is not silent.
        let (saved, silent) =
            if now < self.opening.deadline { (outstanding.len() as u64, Vec::new()) } else { (0, outstanding) };
        let invalid = self.invalid.iter().filter_map(|(place, cause)| {
            Some(Invalid { voter: electorate.get(*place)?.id.clone(), cause: cause.clone() })
        });
        Outcome {
            proposal: self.opening.proposal.id().clone(),
            decision,
            basis,
            why,
            votes_for: in_the_end[0],
            votes_against: in_the_end[1],
            votes_abstain: in_the_end[2],
            threshold: self.threshold.map(Ratio::to_f64),
            threshold_exact: self.threshold,
            participants: participants.collect(),
            algorithm_used: self.opening.algorithm.clone(),
            opened_at: self.opening.opened_at,
            decided_at: now,
            rule: self.rule.clone(),
            exact,
            decided_at_vote: by_vote.then(|| self.answered()),
            votes_saved: saved,
            silent,
            invalid: invalid.collect(),
            dissent: dissent.collect(),
            evidence: self.evidence.iter().map(|evidence| Evidence::clone(evidence)).collect(),
            weights: Weights::of(votes_for, against, abstain, electorate),
            electorate: electorate.clone(),
            instance: self.instance,
            metadata,
        }
    }
}

/// Whether somebody who chose so did not get what was decided. When nothing was, nobody who took a side did.
fn dissents(choice: Choice, decision: Decision) -> bool {
    match choice {
        Choice::For => decision != Decision::Approved,
        Choice::Against => decision != Decision::Rejected,
        Choice::Abstain => false,
    }
}
