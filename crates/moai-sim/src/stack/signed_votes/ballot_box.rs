//! What is voted on in a world of signed votes, by whom and how: whoever checks it knows that beforehand.

use std::sync::Arc;

use moai_consensus::{
    Algorithm, ByzantineConsensus, Draft, Elector, Electorate, Opening, Proposal, QuorumAlgorithm, Request, Ruling,
    Signer, Terms, Threshold, Unanimous, UnanimousAlgorithm,
};
use moai_core::{AgentId, AlgorithmName, InvalidInput, Limits, Timestamp, agent_id, algorithm_name, value};

use super::plan::{SignedVotesPlan, voter};
use crate::invariant::Counted;
use crate::one_shot::Keys;

/// What is voted on, by whom and how.
pub(super) struct BallotBox {
    pub(super) keys: Keys,
    pub(super) electorate: Electorate,
    /// Each question, by what it is decided, and the terms on which certificates are checked.
    pub(super) questions: Vec<(Proposal, Counted, Terms)>,
    bearing: ByzantineConsensus,
}

pub(super) const BYZANTINE: AlgorithmName = algorithm_name!("byzantine");

/// Whose questions these are, whoever puts them.
pub(super) const OWNER: AgentId = agent_id!("owner");

impl BallotBox {
    pub(super) fn of(plan: &SignedVotesPlan) -> Result<Self, InvalidInput> {
        let keys = Keys::hashed(u32::try_from(plan.voters.len()).unwrap_or(u32::MAX));
        let elector = |(number, place)| {
            let key = keys.signer(place)?.key();
            Some(Elector::new(voter(number)?).with_key(key))
        };
        let electorate = Electorate::new((0..plan.voters.len()).zip(0..).filter_map(elector))?;
        let bearing = ByzantineConsensus::new(1, 3)?;
        let mut questions = Vec::new();
        for (number, (counted, ..)) in (0_u64..).zip(&plan.questions) {
            let proposal = content(number)?;
            let (digest, among) = (proposal.digest(), electorate.clone());
            let terms = match counted {
                Counted::Everybody => Terms::new(digest, among, Unanimous),
                Counted::MoreThan(..) => Terms::new(digest, among, Threshold::MAJORITY),
                Counted::Confirmed { .. } => {
                    let too_few = |_| InvalidInput::Empty { field: "electorate" };
                    Terms::byzantine(digest, among, &bearing).map_err(too_few)?
                }
            };
            questions.push((proposal, *counted, terms));
        }
        Ok(Self { keys, electorate, questions, bearing })
    }

    pub(super) fn signer(&self, number: usize) -> Option<Arc<dyn Signer>> {
        self.keys.signer(u32::try_from(number).ok()?).cloned()
    }

    pub(super) fn bearing(&self) -> ByzantineConsensus {
        self.bearing.clone()
    }

    pub(super) fn algorithm(&self, counted: Counted) -> (AlgorithmName, Box<dyn Algorithm>) {
        match counted {
            Counted::Everybody => (algorithm_name!("unanimous"), Box::new(UnanimousAlgorithm)),
            Counted::MoreThan(..) => (algorithm_name!("quorum"), Box::new(QuorumAlgorithm::new())),
            Counted::Confirmed { .. } => (BYZANTINE, Box::new(self.bearing())),
        }
    }

    pub(super) fn ruling(&self, counted: Counted) -> Ruling {
        match counted {
            Counted::Everybody => Ruling::of(&Unanimous),
            Counted::MoreThan(..) => Ruling::of(&Threshold::MAJORITY),
            Counted::Confirmed { .. } => self.bearing.ruling(),
        }
    }

    /// A vote on this as anybody could open it.
    pub(super) fn opening(&self, proposal: Proposal, counted: Counted, until: Timestamp) -> Opening {
        let opening = Opening::new(proposal, self.electorate.clone(), self.algorithm(counted).0, BEGINS, until);
        opening.verified_by(Arc::clone(self.keys.verifier()))
    }

    /// The question of a round, as whoever is honest would put it.
    pub(super) fn request(&self, proposal: Proposal, counted: Counted, round: u32, until: Timestamp) -> Request {
        Request::of(&self.opening(proposal, counted, until), self.ruling(counted), round)
    }
}

const BEGINS: Timestamp = Timestamp::UNIX_EPOCH;

/// What the question of a number is about.
pub(super) fn content(number: u64) -> Result<Proposal, InvalidInput> {
    let content = value!({"proposal_id": format!("question-{number}"), "number": number});
    Draft::from(content).identify(OWNER, [0; 16], &Limits::default())
}

/// Another content under the name of a question.
pub(super) fn twin(number: u64) -> Result<Proposal, InvalidInput> {
    let content = value!({"proposal_id": format!("question-{number}"), "number": number, "twin": true});
    Draft::from(content).identify(OWNER, [0; 16], &Limits::default())
}
