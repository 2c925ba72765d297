//! What proves an outcome to others.
//!
//! ```text
//!   a manager                                    anybody, anywhere, later
//!   opening, signed ballots, proofs ──▶ bytes ──▶ with the terms: proposal, electorate and its keys, rule
//!                                                 1 is it about these?   2 does every signature verify?
//!                                                 3 what follows from the ballots, whatever else was said?
//! ```

mod bytes;
mod flaw;
mod following;
mod gathering;
mod proven;
mod verifying;

use std::sync::Arc;

use moai_core::Digest;
use serde::{Deserialize, Serialize};

use crate::{Ballot, Decision, Electorate, Evidence, Proposal};

pub use flaw::CertificateFlaw;
pub use proven::Proven;

/// What proves an outcome to others: the signed ballots that it follows from, and the proofs against those who were taken
/// out. It verifies alone: without a network, and whoever managed the vote.
///
/// **It holds nothing but what can be checked.** When something happened, who was silent, that somebody stopped a vote or
/// took a question back is the word of whoever managed it, and stands in the [`Outcome`](crate::Outcome).
///
/// A manager makes one of each vote in whose electorate somebody has a key. Whoever checks it brings the
/// [`Terms`](crate::Terms) of the vote, and takes them from nobody who managed it.
///
/// ```
/// # #[cfg(all(feature = "manager", feature = "signing"))] {
/// use std::sync::Arc;
/// use moai_consensus::{
///     Ask, Certificate, Choice, ConsensusManager, Decision, Ed25519, Elector, Electorate, Proven, Signer, SigningKey, Terms,
///     Threshold,
/// };
/// use moai_core::{Coordinator, Limits, LocalCoordinator, Role, agent_id, swarm_id};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let (alice, key) = (agent_id!("alice"), SigningKey::from_bytes([7; 32]));
/// let electorate = Electorate::new([Elector::new(alice.clone()).with_key(key.key())])?;
/// let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
/// let _alice = swarm.join(alice.clone(), Role::Member).await?;
/// let manager = ConsensusManager::new(swarm).await?;
/// let mut ticket = manager.open("deploy", Ask::new().among(electorate.clone())).await?;
/// let ballot = manager.ballot(ticket.proposal(), alice, Choice::For).ok_or("it has ended")?;
/// manager.record_vote(ballot.sign(&key)).await?;
/// ticket.outcome().await?;
/// let certificate = ticket.certificate().ok_or("nobody has a key")?;
/// let (proposal, sent) = (certificate.proposal().digest(), certificate.to_bytes());
///
/// // Somebody else, who knows what it was about, and the keys.
/// let terms = Terms::new(proposal, electorate, Threshold::MAJORITY);
/// let read = Certificate::from_bytes(&sent, &Limits::default())?;
/// assert_eq!(read.verify(&terms, &Ed25519)?, Proven::Decision(Decision::Approved));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Certificate {
    proposal: Proposal,
    electorate: Electorate,
    instance: Digest,
    decision: Decision,
    /// Sorted by voter and round.
    ballots: Vec<Arc<Ballot>>,
    /// Sorted by voter.
    evidence: Vec<Arc<Evidence>>,
}

/// As it is written.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Certificate", deny_unknown_fields)]
struct Written {
    proposal: Proposal,
    electorate: Electorate,
    instance: Digest,
    decision: Decision,
    ballots: Vec<Ballot>,
    evidence: Vec<Evidence>,
}

impl Certificate {
    /// What was voted on.
    #[must_use]
    pub const fn proposal(&self) -> &Proposal {
        &self.proposal
    }

    /// Who could vote.
    #[must_use]
    pub const fn electorate(&self) -> &Electorate {
        &self.electorate
    }

    /// What is said to have been decided. Whether that is proven, [`verify`](Self::verify) says.
    #[must_use]
    pub const fn decision(&self) -> Decision {
        self.decision
    }

    /// The signed ballots, sorted by voter and round.
    pub fn ballots(&self) -> impl ExactSizeIterator<Item = &Ballot> {
        self.ballots.iter().map(AsRef::as_ref)
    }

    /// How many bytes it takes, roughly.
    #[cfg(feature = "manager")]
    pub(crate) fn size(&self) -> usize {
        const AROUND: usize = 512;
        let evidence = self.evidence.iter().flat_map(|evidence| [&evidence.first, &evidence.second]);
        self.ballots().chain(evidence).map(|ballot| AROUND + ballot.own_len()).sum::<usize>() + AROUND
    }

    /// The proofs against those whose ballots count for no side, sorted by voter.
    pub fn evidence(&self) -> impl ExactSizeIterator<Item = &Evidence> {
        self.evidence.iter().map(AsRef::as_ref)
    }
}

impl From<Written> for Certificate {
    fn from(written: Written) -> Self {
        let Written { proposal, electorate, instance, decision, ballots, evidence } = written;
        let (ballots, evidence) = (ballots.into_iter().map(Arc::new), evidence.into_iter().map(Arc::new));
        Self { proposal, electorate, instance, decision, ballots: ballots.collect(), evidence: evidence.collect() }
    }
}

impl From<Certificate> for Written {
    fn from(certificate: Certificate) -> Self {
        let Certificate { proposal, electorate, instance, decision, ballots, evidence } = certificate;
        let ballots = ballots.into_iter().map(Arc::unwrap_or_clone).collect();
        let evidence = evidence.into_iter().map(Arc::unwrap_or_clone).collect();
        Self { proposal, electorate, instance, decision, ballots, evidence }
    }
}
