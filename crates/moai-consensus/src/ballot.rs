//! What a voter said about one proposal.

use moai_core::{AgentId, Digest, InvalidInput, Limits, Map, ProposalId};
use serde::{Deserialize, Serialize};

use crate::codec::Writer;
use crate::seal::{Seal, of_ballots};
use crate::{BallotFlaw, Choice, Ratio, Signature, Signer, Verifier, VoterKey};

/// What a voter said about one proposal, in one round.
///
/// It is bound to the proposal, the electorate and the rule by the digest `instance`, so that it counts nowhere else. One
/// that is [signed](Self::sign) keeps the bytes that were signed, and proves to anyone who said it; the same ballot with
/// anything else in it is not signed.
///
/// ```
/// use moai_consensus::{Ballot, Choice};
/// use moai_core::{agent_id, proposal_id, value};
///
/// let instance = value!("stands for proposal, electorate and rule").digest();
/// let ballot = Ballot::new(agent_id!("agent-1"), proposal_id!("deploy-v2.0"), instance, Choice::Against)
///     .because("the migration has no way back")
///     .confident("0.9".parse()?);
/// assert_eq!(ballot.reason, "the migration has no way back");
/// # Ok::<(), moai_core::InvalidInput>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Ballot {
    /// Who said it.
    pub voter: AgentId,
    /// About which proposal.
    pub proposal: ProposalId,
    /// What it is bound to.
    pub instance: Digest,
    /// In which round; the first is 1.
    pub round: u32,
    /// What was said.
    pub choice: Choice,
    /// Why; empty when nothing was said about that.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// How sure the voter is, from 0 to 1. It decides nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Ratio>,
    /// Whatever else the voter wanted to say.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub metadata: Map,
    /// The signature, with the bytes that it is over.
    #[serde(default, rename = "signed", skip_serializing_if = "Option::is_none")]
    pub(crate) seal: Option<Box<Seal>>,
}

impl Ballot {
    /// A ballot of the first round, without a reason.
    #[must_use]
    pub fn new(voter: AgentId, proposal: ProposalId, instance: Digest, choice: Choice) -> Self {
        Self {
            voter,
            proposal,
            instance,
            round: 1,
            choice,
            reason: String::new(),
            confidence: None,
            metadata: Map::new(),
            seal: None,
        }
    }

    /// The same ballot, with a reason.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self.unsigned()
    }

    /// The same ballot, as sure as this: from 0 to 1.
    #[must_use]
    pub fn confident(mut self, confidence: Ratio) -> Self {
        self.confidence = Some(confidence);
        self.unsigned()
    }

    /// The same ballot with more to say.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Map) -> Self {
        self.metadata = metadata;
        self.unsigned()
    }

    /// The same ballot in another round.
    #[must_use]
    pub fn in_round(mut self, round: u32) -> Self {
        self.round = round;
        self.unsigned()
    }

    /// The bytes that a signature is over: the ballot as it is sent unsigned.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let sure = self.confidence.map_or((0, 0), |sure| (sure.numerator(), sure.denominator()));
        // Tag, four lengths, digest, round, and a fraction: 69 bytes. Metadata is rare.
        let names = self.voter.as_str().len() + self.proposal.as_str().len();
        let written = Writer::new(69 + names + self.reason.len())
            .byte(self.choice as u8)
            .text(self.voter.as_str())
            .text(self.proposal.as_str())
            .digest(&self.instance)
            .u32(self.round)
            .text(&self.reason)
            .u64(sure.0)
            .u64(sure.1);
        if self.metadata.is_empty() {
            return written.bytes(&[]).finish();
        }
        written.value(&moai_core::Value::from(self.metadata.clone())).finish()
    }

    /// The same ballot, signed as it is.
    ///
    /// **Whoever signs holds to it**: two signed ballots that [contradict](crate::Evidence) each other are a proof against
    /// their voter, whoever holds both.
    ///
    /// ```
    /// # #[cfg(feature = "signing")] {
    /// use moai_consensus::{Ballot, BallotFlaw, Choice, Ed25519, Signer, SigningKey};
    /// use moai_core::{agent_id, proposal_id, value};
    ///
    /// let key = SigningKey::from_bytes([7; 32]);
    /// let instance = value!("stands for proposal, electorate and rule").digest();
    /// let ballot = Ballot::new(agent_id!("agent-1"), proposal_id!("deploy-v2.0"), instance, Choice::For).sign(&key);
    /// assert_eq!(ballot.verify(&key.key(), &Ed25519), Ok(()));
    ///
    /// let mut other = ballot.clone();
    /// other.choice = Choice::Against;
    /// assert_eq!(other.verify(&key.key(), &Ed25519), Err(BallotFlaw::OtherBytes));
    /// # }
    /// ```
    #[must_use]
    pub fn sign(mut self, signer: &dyn Signer) -> Self {
        self.seal = Some(Box::new(Seal::by(signer, &of_ballots(self.instance), self.to_bytes())));
        self
    }

    /// The same ballot without a signature.
    #[must_use]
    pub fn unsigned(mut self) -> Self {
        self.seal = None;
        self
    }

    /// Whether it carries a signature. Whether that is its voter's, [`verify`](Self::verify) says.
    #[must_use]
    pub const fn is_signed(&self) -> bool {
        self.seal.is_some()
    }

    /// The bytes that were signed, as they were sent, and the signature.
    #[must_use]
    pub fn signed(&self) -> Option<(&[u8], &Signature)> {
        self.seal.as_ref().map(|seal| (seal.bytes(), seal.signature()))
    }

    /// Whether both say the same, be they signed or not.
    #[must_use]
    pub fn says_as(&self, other: &Self) -> bool {
        let Self { voter, proposal, instance, round, choice, reason, confidence, metadata, seal: _ } = self;
        (voter, instance, round, choice) == (&other.voter, &other.instance, &other.round, &other.choice)
            && (proposal, reason) == (&other.proposal, &other.reason)
            && (confidence, metadata) == (&other.confidence, &other.metadata)
    }

    /// Whether the owner of this key has signed what it says, for the vote that it is bound to. It needs nothing else.
    ///
    /// # Errors
    ///
    /// Why that is not proven.
    pub fn verify(&self, key: &VoterKey, verifier: &dyn Verifier) -> Result<(), BallotFlaw> {
        let verifies = self.whole()?.verifies(key, &of_ballots(self.instance), verifier);
        if verifies { Ok(()) } else { Err(BallotFlaw::BadSignature) }
    }

    /// The signature over what it says; whose it is, is not looked at.
    ///
    /// # Errors
    ///
    /// When there is none, or it is over something else.
    pub(crate) fn whole(&self) -> Result<&Seal, BallotFlaw> {
        let seal = self.seal.as_deref().ok_or(BallotFlaw::Unsigned)?;
        if seal.bytes() == self.to_bytes() { Ok(seal) } else { Err(BallotFlaw::OtherBytes) }
    }

    /// As [`verify`](Self::verify), and remembers it: what was checked before is not checked again.
    ///
    /// # Errors
    ///
    /// Why it is not proven.
    pub(crate) fn check_signature(&mut self, key: &VoterKey, verifier: &dyn Verifier) -> Result<(), BallotFlaw> {
        if !self.whole()?.is_checked(key) {
            self.verify(key, verifier)?;
            self.seal.iter_mut().for_each(|seal| seal.check(*key));
        }
        Ok(())
    }

    /// Holds it against the limits.
    ///
    /// # Errors
    ///
    /// `TooLong` for the reason, the metadata, or the whole as it is sent; `TooDeep` for the metadata; `OutOfRange` for a round of 0 or a confidence above 1.
    pub fn check(&self, limits: &Limits) -> Result<(), InvalidInput> {
        let too_long = |field, limit: usize, got: usize| {
            if got > limit {
                return Err(InvalidInput::TooLong { field, limit: limit as u64, got: got as u64 });
            }
            Ok(())
        };
        too_long("reason", limits.reason_bytes, self.reason.len())?;
        let metadata = self.metadata_len(limits)?;
        too_long("metadata", limits.ballot_bytes, metadata)?;
        too_long("ballot", limits.ballot_bytes, self.sent_len(metadata))?;
        let out_of_range = |field, low: &str, high: &str, got: String| {
            Err(InvalidInput::OutOfRange { field, low: low.into(), high: high.into(), got })
        };
        if self.round == 0 {
            return out_of_range("round", "1", "4294967295", 0.to_string());
        }
        match self.confidence {
            Some(sure) if !sure.is_share() => out_of_range("confidence", "0", "1", sure.to_string()),
            _ => Ok(()),
        }
    }

    /// The bytes of the metadata in canonical form, where it is not nested too deep.
    fn metadata_len(&self, limits: &Limits) -> Result<usize, InvalidInput> {
        if self.metadata.is_empty() {
            return Ok(0);
        }
        let metadata = moai_core::Value::from(self.metadata.clone());
        metadata.check(&Limits { value_bytes: usize::MAX, ..limits.clone() })?;
        // It is written down as JSON.
        metadata.check_json()?;
        Ok(metadata.canonical_len())
    }

    /// The bytes of what its voter wrote into it.
    pub(crate) fn own_len(&self) -> usize {
        let metadata = moai_core::Value::from(self.metadata.clone());
        let metadata = if self.metadata.is_empty() { 0 } else { metadata.canonical_len() };
        // In a record two digits stand for each signed byte.
        let signed = self.seal.as_ref().map_or(0, |seal| 2 * seal.bytes().len());
        self.reason.len() + metadata + signed
    }

    /// The bytes of the whole as it is sent, with metadata of so many.
    fn sent_len(&self, metadata: usize) -> usize {
        // Version and tag, four lengths, digest, round, and the confidence.
        const FIXED: usize = 2 + 4 * 4 + 32 + 4 + 16;
        FIXED + self.voter.as_str().len() + self.proposal.as_str().len() + self.reason.len() + metadata
    }
}
