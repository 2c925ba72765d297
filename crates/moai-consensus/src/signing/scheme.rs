//! The two sides of a signature scheme.

use crate::{Domain, Signature, VoterKey};

/// Signs in the name of one voter.
///
/// # What an implementation promises
///
/// The same domain and bytes give the same signature: an agent that was restarted answers with what it had said.
pub trait Signer: Send + Sync {
    /// The key by which its signatures are checked.
    fn key(&self) -> VoterKey;

    /// Signs bytes as they will be sent.
    fn sign(&self, domain: &Domain, bytes: &[u8]) -> Signature;
}

/// Checks signatures.
///
/// # What an implementation promises
///
/// A signature stands or falls alone: in a batch it is judged as by itself. Who disagrees about one signature can be
/// brought to disagree about an outcome.
///
/// A simulator puts a fast scheme in place of Ed25519:
///
/// ```
/// use moai_consensus::{Domain, Signature, Signer, Verifier, VoterKey};
/// use moai_core::{DigestBuilder, value};
///
/// struct Named(VoterKey); // Whoever knows the name can sign: for simulations only.
///
/// fn keyed(key: &VoterKey, domain: &Domain, bytes: &[u8]) -> Signature {
///     let hash = DigestBuilder::new("example/keyed/1").bytes(key.as_bytes()).digest(&domain.message(bytes)).finish();
///     let mut twice = [0; 64];
///     twice[..32].copy_from_slice(hash.as_bytes());
///     twice[32..].copy_from_slice(hash.as_bytes());
///     Signature::from_bytes(twice)
/// }
///
/// impl Signer for Named {
///     fn key(&self) -> VoterKey {
///         self.0
///     }
///     fn sign(&self, domain: &Domain, bytes: &[u8]) -> Signature {
///         keyed(&self.0, domain, bytes)
///     }
/// }
///
/// struct Hashes;
///
/// impl Verifier for Hashes {
///     fn verifies(&self, key: &VoterKey, domain: &Domain, bytes: &[u8], signature: &Signature) -> bool {
///         keyed(key, domain, bytes) == *signature
///     }
/// }
///
/// let (domain, signer) = (Domain::new("example/1", value!(0).digest()), Named(VoterKey::from_bytes(*value!("a").digest().as_bytes())));
/// let signature = signer.sign(&domain, b"yes");
/// assert!(Hashes.verifies(&signer.key(), &domain, b"yes", &signature));
/// assert!(!Hashes.verifies(&signer.key(), &domain, b"no", &signature));
/// ```
pub trait Verifier: Send + Sync {
    /// Whether the owner of the key has signed these bytes under this domain.
    fn verifies(&self, key: &VoterKey, domain: &Domain, bytes: &[u8], signature: &Signature) -> bool;

    /// Whether all in a batch verify. It may stop at the first that does not.
    fn all_verify(&self, batch: &[Claim<'_>]) -> bool {
        batch.iter().all(|claim| self.verifies(claim.key, &claim.domain, claim.bytes, claim.signature))
    }

    /// The places of those in a batch that do not verify, ascending; none when all do.
    fn failing(&self, batch: &[Claim<'_>]) -> Vec<usize> {
        let fails = |claim: &Claim<'_>| !self.verifies(claim.key, &claim.domain, claim.bytes, claim.signature);
        batch.iter().enumerate().filter(|(_, claim)| fails(claim)).map(|(place, _)| place).collect()
    }
}

/// That a key has signed bytes: it is to be checked.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// Whose signature it is said to be.
    pub key: &'a VoterKey,
    /// What the bytes are about.
    pub domain: Domain,
    /// The bytes as they were sent.
    pub bytes: &'a [u8],
    /// The signature.
    pub signature: &'a Signature,
}
