//! Two ballots that contradict each other.

use moai_core::{AgentId, InvalidInput, Limits};
use serde::{Deserialize, Serialize};

use crate::codec::{Reader, Writer};
use crate::{Ballot, EvidenceFlaw, Reply, Terms, Verifier, VoterKey};

/// Two whole ballots of one voter that contradict each other.
///
/// **Of unsigned ballots it proves nothing to others**: whoever carried them could have made one up. It shows what was
/// received here. Of signed ones it proves to anyone who knows the voter's key that the voter said both, and
/// [`verify`](Self::verify) needs nothing else. Dissent is no contradiction, and neither is silence.
///
/// ```
/// # #[cfg(feature = "signing")] {
/// use moai_consensus::{Ballot, Choice, Ed25519, Evidence, Signer, SigningKey};
/// use moai_core::{Limits, agent_id, proposal_id, value};
///
/// let key = SigningKey::from_bytes([7; 32]);
/// let said = |choice| Ballot::new(agent_id!("a"), proposal_id!("p"), value!(0).digest(), choice).sign(&key);
/// let evidence = Evidence::of(&said(Choice::For), &said(Choice::Against)).ok_or("they do not contradict each other")?;
/// let sent = evidence.to_bytes();
///
/// // Anybody, anywhere.
/// let read = Evidence::from_bytes(&sent, &Limits::default())?;
/// assert!(read.is_proof());
/// assert_eq!(read.verify_by(&key.key(), &Ed25519), Ok(()));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Evidence {
    /// How they contradict each other.
    pub kind: Contradiction,
    /// The one that was received first.
    pub first: Ballot,
    /// The one that was received later.
    pub second: Ballot,
}

/// How two ballots contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Contradiction {
    /// They say different things in one round.
    DoubleBallot,
    /// They choose differently in two rounds of a vote in which nobody may change their mind.
    ChangeOfMind,
}

impl Evidence {
    /// What two ballots of one voter, on one proposal, show together; nothing, if both can stand.
    ///
    /// ```
    /// use moai_consensus::{Ballot, Choice, Contradiction, Evidence};
    /// use moai_core::{agent_id, proposal_id, value};
    ///
    /// let of = |choice| Ballot::new(agent_id!("a"), proposal_id!("p"), value!(0).digest(), choice);
    /// let shown = Evidence::of(&of(Choice::For), &of(Choice::Against)).map(|evidence| evidence.kind);
    /// assert_eq!(shown, Some(Contradiction::DoubleBallot));
    /// assert_eq!(Evidence::of(&of(Choice::For), &of(Choice::For)), None);
    /// ```
    #[must_use]
    pub fn of(first: &Ballot, second: &Ballot) -> Option<Self> {
        let question = |it: &Ballot| (it.voter.clone(), it.proposal.clone(), it.instance);
        let same_question = question(first) == question(second);
        let kind = match first.round == second.round {
            true if !first.says_as(second) => Contradiction::DoubleBallot,
            false if first.choice != second.choice => Contradiction::ChangeOfMind,
            _ => return None,
        };
        same_question.then(|| Self { kind, first: first.clone(), second: second.clone() })
    }

    /// Whose ballots they are.
    #[must_use]
    pub fn voter(&self) -> &AgentId {
        &self.first.voter
    }

    /// Whether it proves to anyone that the voter said both: both ballots are signed, as they stand, and contradict each
    /// other. Whether the signatures are the voter's, [`verify`](Self::verify) says.
    #[must_use]
    pub fn is_proof(&self) -> bool {
        self.shows().is_ok()
    }

    /// Whether the owner of this key said both: for whoever knows nothing of the vote. The owner of a key signs at most one
    /// ballot for a round of a vote, and one choice in all of them.
    ///
    /// # Errors
    ///
    /// Why it proves nothing.
    pub fn verify_by(&self, key: &VoterKey, verifier: &dyn Verifier) -> Result<(), EvidenceFlaw> {
        self.shows()?;
        let each = |ballot: &Ballot| ballot.verify(key, verifier).map_err(EvidenceFlaw::Ballot);
        each(&self.first).and_then(|()| each(&self.second))
    }

    /// Whether a voter of this vote said both, and who.
    ///
    /// # Errors
    ///
    /// Why it proves nothing.
    pub fn verify(&self, terms: &Terms, verifier: &dyn Verifier) -> Result<&AgentId, EvidenceFlaw> {
        if self.first.instance != terms.instance() {
            return Err(EvidenceFlaw::OtherVote);
        }
        let key = terms.electorate().own_key(self.voter()).ok_or(EvidenceFlaw::NoKey)?;
        self.verify_by(key, verifier).map(|()| self.voter())
    }

    /// Whether it is what it says, and both ballots are signed as they stand.
    pub(crate) fn shows(&self) -> Result<(), EvidenceFlaw> {
        let shown = Self::of(&self.first, &self.second).is_some_and(|shown| shown.kind == self.kind);
        if !shown {
            return Err(EvidenceFlaw::NoContradiction);
        }
        let whole = |ballot: &Ballot| ballot.whole().map(drop).map_err(EvidenceFlaw::Ballot);
        whole(&self.first).and_then(|()| whole(&self.second))
    }

    /// Whether the owner of this key signed both; remembers it, and what was checked before is not checked again.
    pub(crate) fn check_signatures(&mut self, key: &VoterKey, verifier: &dyn Verifier) -> Result<(), EvidenceFlaw> {
        let Self { first, second, .. } = self;
        let checked = first.check_signature(key, verifier).and_then(|()| second.check_signature(key, verifier));
        checked.map_err(EvidenceFlaw::Ballot)
    }

    /// The same without signatures, which makes it no proof.
    pub(crate) fn unsigned(self) -> Self {
        Self { kind: self.kind, first: self.first.unsigned(), second: self.second.unsigned() }
    }

    /// The bytes to keep, or to show to others.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let kind = match self.kind {
            Contradiction::DoubleBallot => 1,
            Contradiction::ChangeOfMind => 2,
        };
        let ballot = |ballot: &Ballot| Reply::Ballot(ballot.clone()).to_bytes();
        Writer::new(512).byte(kind).bytes(&ballot(&self.first)).bytes(&ballot(&self.second)).finish()
    }

    /// Reads the bytes of evidence. Nothing is verified by that.
    ///
    /// # Errors
    ///
    /// What cannot be read.
    pub fn from_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, InvalidInput> {
        let mut from = Reader::new("evidence", bytes, limits)?;
        let kind = match from.byte()? {
            1 => Contradiction::DoubleBallot,
            2 => Contradiction::ChangeOfMind,
            other => return Err(from.malformed(format!("contradiction {other} is not known"))),
        };
        let mut ballot = || match Reply::from_bytes(from.bytes("ballot", bytes.len())?, limits)? {
            Reply::Ballot(ballot) => Ok(ballot),
            Reply::Failed { .. } => Err(from.malformed("what stands in it is no ballot")),
        };
        let (first, second) = (ballot()?, ballot()?);
        from.end()?;
        Ok(Self { kind, first, second })
    }
}
