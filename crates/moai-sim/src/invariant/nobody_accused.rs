//! What an honest voter signed proves no lie.

use std::collections::BTreeMap;

use moai_consensus::{Ballot, Verifier, VoterKey};
use moai_core::{AgentId, Digest};

use crate::Violation;

/// **Nothing that an honest voter ever signed can be held against it**: of all its ballots on a proposal, whoever collected them,
/// no two say different things in one round, or choose differently in two. It asks nobody what evidence is.
///
/// ```
/// use moai_consensus::{Ballot, Choice, Signer};
/// use moai_core::{agent_id, proposal_id, value};
/// use moai_sim::invariant::NobodyAccused;
/// use moai_sim::one_shot::Keys;
///
/// let keys = Keys::hashed(1);
/// let signer = keys.signer(0).unwrap().as_ref();
/// let say = |choice| Ballot::new(agent_id!("a"), proposal_id!("p"), value!(0).digest(), choice).sign(signer);
/// let mut all = NobodyAccused::default();
/// assert!(all.hear(&say(Choice::For), &signer.key(), keys.verifier().as_ref()).is_ok());
/// assert!(all.hear(&say(Choice::For), &signer.key(), keys.verifier().as_ref()).is_ok());
/// assert!(all.hear(&say(Choice::Against), &signer.key(), keys.verifier().as_ref()).is_err());
/// ```
#[derive(Debug, Clone, Default)]
pub struct NobodyAccused {
    signed: BTreeMap<(AgentId, Digest), Vec<Ballot>>,
}

impl NobodyAccused {
    /// An honest voter has signed this, and somebody keeps it.
    ///
    /// # Errors
    ///
    /// When it is no word of that voter's, or contradicts what it signed before.
    pub fn hear(&mut self, ballot: &Ballot, key: &VoterKey, verifier: &dyn Verifier) -> Result<(), Violation> {
        let broken = |what: String| Err(Violation::new("nobody honest is accused", what));
        if let Err(flaw) = ballot.verify(key, verifier) {
            return broken(format!("{} gave a ballot that is not its word: {flaw}", ballot.voter));
        }
        let kept = self.signed.entry((ballot.voter.clone(), ballot.instance)).or_default();
        if kept.contains(ballot) {
            return Ok(());
        }
        let contradicts = |before: &&Ballot| {
            before.proposal == ballot.proposal && (before.round == ballot.round || before.choice != ballot.choice)
        };
        if let Some(before) = kept.iter().find(contradicts) {
            return broken(format!(
                "{} signed {} ({}) and {} ({}) on {}",
                ballot.voter, before.choice, before.reason, ballot.choice, ballot.reason, ballot.proposal
            ));
        }
        kept.push(ballot.clone());
        Ok(())
    }
}
