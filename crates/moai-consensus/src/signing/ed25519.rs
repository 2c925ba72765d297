//! Checking Ed25519 signatures, one by one and many at once, with the same answer.

use ed25519_zebra::batch::{Item, Verifier as Batch};
use ed25519_zebra::{Signature as Inner, VerificationKeyBytes};
use moai_core::{Digest, DigestBuilder};

use super::transcript::Transcript;
use crate::{Claim, Domain, Signature, Verifier, VoterKey};

/// Ed25519 as [ZIP 215](https://zips.z.cash/zip-0215) checks it: a signature that passes alone passes in every batch, and
/// the other way round. RFC 8032 leaves that open.
///
/// A batch that fails is halved until the failing ones are found; the others are not blamed.
///
/// ```
/// use moai_consensus::{Domain, Ed25519, Signer, SigningKey, Verifier};
/// use moai_core::value;
///
/// let key = SigningKey::from_bytes([7; 32]);
/// let domain = Domain::new("example/ballot/1", value!("stands for the vote").digest());
/// let signature = key.sign(&domain, b"for");
/// assert!(Ed25519.verifies(&key.key(), &domain, b"for", &signature));
/// assert!(!Ed25519.verifies(&key.key(), &domain, b"against", &signature));
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Ed25519;

impl Verifier for Ed25519 {
    fn verifies(&self, key: &VoterKey, domain: &Domain, bytes: &[u8], signature: &Signature) -> bool {
        item(key, &domain.message(bytes), signature).verify_single().is_ok()
    }

    fn failing(&self, batch: &[Claim<'_>]) -> Vec<usize> {
        let messages = batch.iter().map(|claim| (claim, claim.domain.message(claim.bytes)));
        let checked: Vec<(Item, Digest)> = messages
            .map(|(claim, message)| {
                let all = DigestBuilder::new("moai/batch-item/1").digest(&claim.key.0).digest(&message);
                (item(claim.key, &message, claim.signature), all.bytes(claim.signature.as_bytes()).finish())
            })
            .collect();
        let mut failing = Vec::new();
        bisect(&checked, 0, &mut failing);
        failing
    }
}

fn item(key: &VoterKey, message: &Digest, signature: &Signature) -> Item {
    let (key, signature) = (VerificationKeyBytes::from(*key.0.as_bytes()), Inner::from_bytes(signature.as_bytes()));
    Item::from((key, signature, message.as_bytes()))
}

/// Notes the places of those that fail; `from` is the place of the first.
fn bisect(items: &[(Item, Digest)], from: usize, failing: &mut Vec<usize>) {
    let passes = match items {
        [] => true,
        [(only, _)] => only.clone().verify_single().is_ok(),
        more => pass(more),
    };
    match items {
        [_] if !passes => failing.push(from),
        _ if !passes => {
            let (left, right) = items.split_at(items.len() / 2);
            bisect(left, from, failing);
            bisect(right, from + left.len(), failing);
        }
        _ => {}
    }
}

/// Whether all of them verify.
fn pass(items: &[(Item, Digest)]) -> bool {
    let mut batch = Batch::new();
    let mut seed = DigestBuilder::new("moai/batch/1").u64(items.len() as u64);
    for (item, digest) in items {
        batch.queue(item.clone());
        seed = seed.digest(digest);
    }
    batch.verify(Transcript::new(seed.finish())).is_ok()
}
