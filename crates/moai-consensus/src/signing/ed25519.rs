//! Checking Ed25519 signatures, one by one and many at once, with the same answer.

use ed25519_zebra::batch::{Item, Verifier as Batch};
use ed25519_zebra::{Signature as Inner, VerificationKeyBytes};
use moai_core::{Digest, DigestBuilder};

use super::transcript::Transcript;
use crate::{Claim, Domain, Signature, Verifier, VoterKey};

/// Ed25519 as [ZIP 215](https://zips.z.cash/zip-0215) checks it: a signature that passes alone passes in every batch, and
/// the other way round. RFC 8032 leaves that open.
///
/// Of a batch that fails each signature is checked by itself, so that the others are not blamed. Of a large one parts are
/// checked together first, as long as hardly any of them fails: it costs at the most about twice what single checks do, however
/// many are bad.
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

/// Up to so many are checked one by one: together they would cost as much.
const FEW: usize = 8;

/// Of more than so many that do not all verify, parts are checked together, to find the bad ones; of fewer each by itself.
const MANY: usize = 128;

/// How many make a part.
const PART: usize = 32;

impl Verifier for Ed25519 {
    fn verifies(&self, key: &VoterKey, domain: &Domain, bytes: &[u8], signature: &Signature) -> bool {
        item(key, &domain.message(bytes), signature).verify_single().is_ok()
    }

    fn all_verify(&self, batch: &[Claim<'_>]) -> bool {
        let all = items(batch);
        if all.len() > FEW { pass(&all) } else { all.iter().all(|(item, _)| item.clone().verify_single().is_ok()) }
    }

    fn failing(&self, batch: &[Claim<'_>]) -> Vec<usize> {
        let all = items(batch);
        let (mut failing, mut bad_parts) = (Vec::new(), 0);
        if all.len() > FEW && pass(&all) {
            return failing;
        }
        for (number, part) in all.chunks(PART).enumerate() {
            if all.len() > MANY && bad_parts < 2 {
                if pass(part) {
                    continue;
                }
                bad_parts += 1;
            }
            let alone = part.iter().enumerate().filter(|(_, (item, _))| item.clone().verify_single().is_err());
            failing.extend(alone.map(|(place, _)| number * PART + place));
        }
        failing
    }
}

fn items(batch: &[Claim<'_>]) -> Vec<(Item, Digest)> {
    let messages = batch.iter().map(|claim| (claim, claim.domain.message(claim.bytes)));
    let items = messages.map(|(claim, message)| {
        let all = DigestBuilder::new("moai/batch-item/1").bytes(claim.key.as_bytes()).digest(&message);
        (item(claim.key, &message, claim.signature), all.bytes(claim.signature.as_bytes()).finish())
    });
    items.collect()
}

fn item(key: &VoterKey, message: &Digest, signature: &Signature) -> Item {
    let (key, signature) = (VerificationKeyBytes::from(*key.as_bytes()), Inner::from_bytes(signature.as_bytes()));
    Item::from((key, signature, message.as_bytes()))
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
