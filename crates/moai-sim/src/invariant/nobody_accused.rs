//! What an honest voter signed proves no lie.

use std::collections::BTreeMap;

use moai_consensus::{Ballot, Evidence, Verifier, VoterKey};
use moai_core::{AgentId, Digest};

use crate::Violation;

/// **Nothing that an honest voter ever signed can be held against it**: of all its ballots together, whoever collected them, no
/// two are evidence that verifies by its key.
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
        let proof = kept.iter().filter_map(|before| Evidence::of(before, ballot));
        if let Some(proof) = proof.filter(|proof| proof.verify_by(key, verifier).is_ok()).last() {
            let (first, second) = (&proof.first, &proof.second);
            return broken(format!(
                "{} signed {} ({}) and {} ({}) on {}",
                ballot.voter, first.choice, first.reason, second.choice, second.reason, ballot.proposal
            ));
        }
        kept.push(ballot.clone());
        Ok(())
    }
}
