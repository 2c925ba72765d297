//! Who votes gives one word for one question.

use std::collections::BTreeMap;

use moai_consensus::Ballot;
use moai_core::{AgentId, Digest, ProposalId};

use crate::Violation;

/// **An honest voter gives one word for one question**: whatever crashed in between, what it says later is what it said
/// first, but for the number of the round.
///
/// ```
/// use moai_consensus::{Ballot, Choice};
/// use moai_core::{Digest, ProposalId, agent_id};
/// use moai_sim::invariant::OneWord;
///
/// let (voter, question) = (agent_id!("agent-1"), ProposalId::new("deploy")?);
/// let say = |choice| Ballot::new(voter.clone(), question.clone(), Digest::from_bytes([1; 32]), choice);
/// let mut word = OneWord::default();
/// assert!(word.hear(&say(Choice::For)).is_ok());
/// assert!(word.hear(&say(Choice::For).in_round(2)).is_ok());
/// assert!(word.hear(&say(Choice::Against)).is_err());
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct OneWord {
    first: BTreeMap<(AgentId, ProposalId, Digest), Ballot>,
}

impl OneWord {
    /// Hears what an honest voter says.
    ///
    /// # Errors
    ///
    /// When it has said something else before.
    pub fn hear(&mut self, ballot: &Ballot) -> Result<(), Violation> {
        let said = ballot.clone().in_round(1);
        let question = (said.voter.clone(), said.proposal.clone(), said.instance);
        let first = self.first.entry(question).or_insert_with(|| said.clone());
        if *first == said {
            return Ok(());
        }
        let what = format!(
            "{} said {} on {} ({}), and then {} ({})",
            said.voter, first.choice, said.proposal, first.reason, said.choice, said.reason
        );
        Err(Violation::new("one word for one question", what))
    }
}
