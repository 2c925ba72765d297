//! What is handed in to a vote: ballots, failures, evidence, vetoes.

use std::sync::Arc;

use moai_core::{AgentId, ProposalId};

use super::ConsensusManager;
use super::effects::Answer;
use crate::{Ballot, Choice, Evidence, Input, Receipt, VoteError};

impl ConsensusManager {
    /// Records a ballot. With a journal it is durable when this returns.
    ///
    /// May be called from anywhere, also while the question is still being carried. A future that is dropped leaves the
    /// ballot handed in, or not: hand it in again, the same one counts once.
    ///
    /// # Errors
    ///
    /// Why it does not count.
    pub async fn record_vote(&self, ballot: Ballot) -> Result<Receipt, VoteError> {
        let (proposal, voter) = (ballot.proposal.clone(), ballot.voter.clone());
        if let Err(why) = ballot.check(&self.shared.options.limits) {
            return Err(VoteError::Malformed { proposal, voter, why: Box::new(why) });
        }
        self.hand_in(proposal, voter, Input::Ballot(Arc::new(ballot))).await
    }

    /// A ballot on an open proposal, bound to it as it is asked: for voters who were not sent the question. None when it
    /// is not open.
    ///
    /// ```text
    /// let ballot = manager.ballot(&proposal_id, agent_id, Choice::For).ok_or("closed")?.because("reviewed");
    /// manager.record_vote(ballot).await?;
    /// ```
    #[must_use]
    pub fn ballot(&self, proposal: &ProposalId, voter: AgentId, choice: Choice) -> Option<Ballot> {
        let instance = self.shared.desk().get(proposal)?.instance?;
        let round = self.shared.round_of(proposal);
        Some(Ballot::new(voter, proposal.clone(), instance, choice).in_round(round))
    }

    /// Records that a voter answered with what is no ballot.
    ///
    /// # Errors
    ///
    /// Why that does not count.
    pub async fn record_failure(
        &self,
        proposal: ProposalId,
        voter: AgentId,
        cause: impl Into<String> + Send,
    ) -> Result<Receipt, VoteError> {
        let round = self.shared.round_of(&proposal);
        let input = Input::Failed { voter: voter.clone(), round, cause: cause.into() };
        self.hand_in(proposal, voter, input).await
    }

    /// Hands in evidence against a voter, from wherever it came. Where the voter has a key it is checked: a proof takes the
    /// voter out of a vote that bears liars. Where it has none, nothing is proven, and nobody is taken out.
    ///
    /// # Errors
    ///
    /// Why it does not count: [`BadEvidence`](VoteError::BadEvidence) where it proves nothing.
    pub async fn record_evidence(&self, evidence: Evidence) -> Result<Receipt, VoteError> {
        let (proposal, voter) = (evidence.first.proposal.clone(), evidence.voter().clone());
        for ballot in [&evidence.first, &evidence.second] {
            if let Err(why) = ballot.check(&self.shared.options.limits) {
                return Err(VoteError::Malformed { proposal, voter, why: Box::new(why) });
            }
        }
        self.hand_in(proposal, voter, Input::Evidence(Arc::new(evidence))).await
    }

    /// Stops an open proposal, whatever the rule, in the name of somebody with a veto.
    ///
    /// # Errors
    ///
    /// Why that does not count.
    pub async fn veto(
        &self,
        proposal: ProposalId,
        by: AgentId,
        reason: impl Into<String> + Send,
    ) -> Result<Receipt, VoteError> {
        let input = Input::Veto { by: by.clone(), reason: reason.into() };
        self.hand_in(proposal, by, input).await
    }

    async fn hand_in(&self, proposal: ProposalId, voter: AgentId, input: Input) -> Result<Receipt, VoteError> {
        self.shared.room_for(&proposal).await;
        match self.shared.hand_in(&proposal, &voter, input)? {
            Answer::Now(answer) => answer,
            Answer::Later(answer) => answer.await.unwrap_or_else(|_| Err(self.shared.not_taken(proposal, voter))),
            Answer::None => Err(self.shared.not_taken(proposal, voter)),
        }
    }
}
