//! What an honest voter signs is what it thought of what it was shown.

use std::collections::{BTreeMap, BTreeSet};

use moai_consensus::{Ballot, Request};
use moai_core::{AgentId, Digest};

use crate::Violation;

/// **An honest voter signs for what it was shown, and for nothing else**: whatever a question names, a ballot is bound to the
/// proposal, the electorate and the rule that the voter has seen, and is of a round that a vote under that rule has.
///
/// ```
/// use moai_consensus::{Choice, Draft, Electorate, Opening, Request, Ruling};
/// use moai_core::{Digest, Limits, Timestamp, agent_id, algorithm_name, value};
/// use moai_sim::invariant::ShownAndSigned;
///
/// let proposal = Draft::from(value!("deploy")).identify(agent_id!("lead"), [0; 16], &Limits::default())?;
/// let (electorate, now) = (Electorate::of([agent_id!("a")])?, Timestamp::UNIX_EPOCH);
/// let opening = Opening::new(proposal, electorate, algorithm_name!("quorum"), now, now);
/// let request = Request::of(&opening, Ruling::new("a rule"), 1);
///
/// let mut shown = ShownAndSigned::default();
/// shown.show(&agent_id!("a"), &request, "it is tested");
/// let ballot = request.ballot(agent_id!("a"), Choice::For).because("it is tested");
/// assert!(shown.sign(&ballot).is_ok());
/// assert!(shown.sign(&ballot.clone().in_round(2)).is_err());
/// let mut elsewhere = ballot;
/// elsewhere.instance = Digest::from_bytes([7; 32]);
/// assert!(shown.sign(&elsewhere).is_err());
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ShownAndSigned {
    /// What a voter thought of what it was shown, and how many rounds there are.
    thought: BTreeMap<(AgentId, Digest), (BTreeSet<String>, u32)>,
}

impl ShownAndSigned {
    /// An honest voter is shown this, and thinks so.
    pub fn show(&mut self, voter: &AgentId, request: &Request, reason: &str) {
        let shown = request.proposal.instance_under(request.electorate, request.rule.digest());
        let place = self.thought.entry((voter.clone(), shown)).or_default();
        place.0.insert(reason.to_owned());
        place.1 = request.rule.rounds();
    }

    /// An honest voter has signed this.
    ///
    /// # Errors
    ///
    /// When it was not shown what that is bound to, or thought otherwise, or there is no such round.
    pub fn sign(&self, ballot: &Ballot) -> Result<(), Violation> {
        let Ballot { voter, proposal, round, reason, .. } = ballot;
        let what = match self.thought.get(&(voter.clone(), ballot.instance)) {
            None => format!("{voter} signed for something under {proposal} that it was never shown"),
            Some((thoughts, _)) if !thoughts.contains(reason) => {
                format!("{voter} signed on {proposal} what it thought of something else: {reason}")
            }
            Some((_, rounds)) if *round == 0 || round > rounds => {
                format!("{voter} signed on {proposal} for round {round} of {rounds}")
            }
            Some(_) => return Ok(()),
        };
        Err(Violation::new("a voter signs for what it was shown", what))
    }
}
