//! A signature scheme for simulations: fast, and safe against nobody who knows how.

use moai_consensus::{Domain, Signature, Signer, Verifier, VoterKey};
use moai_core::{Digest, DigestBuilder};

/// Signs with a keyed hash; the key is no secret.
pub(crate) struct Named(pub(crate) VoterKey);

/// The name of an agent.
pub(crate) fn name(place: usize) -> String {
    format!("agent-{place:02}")
}

/// The key of the agent of a name.
pub(crate) fn key(name: &str) -> VoterKey {
    VoterKey::from_bytes(*DigestBuilder::new("test/key/1").text(name).finish().as_bytes())
}

pub(crate) struct Hashes;

impl Signer for Named {
    fn key(&self) -> VoterKey {
        self.0
    }

    fn sign(&self, domain: &Domain, bytes: &[u8]) -> Signature {
        keyed(&self.0, domain, bytes)
    }
}

impl Verifier for Hashes {
    fn verifies(&self, key: &VoterKey, domain: &Domain, bytes: &[u8], signature: &Signature) -> bool {
        keyed(key, domain, bytes) == *signature
    }
}

fn keyed(key: &VoterKey, domain: &Domain, bytes: &[u8]) -> Signature {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64 ^ bytes.len() as u64;
    let mut mix = |bytes: &[u8]| {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            state = (state ^ u64::from_le_bytes(word)).wrapping_mul(0xBF58_476D_1CE4_E5B9).rotate_left(29);
        }
    };
    let digest = |digest: &Digest| *digest.as_bytes();
    mix(key.as_bytes());
    mix(domain.kind().as_bytes());
    mix(&digest(&domain.instance()));
    mix(bytes);
    let mut all = [0; 64];
    for (place, word) in all.chunks_mut(8).enumerate() {
        state = (state ^ place as u64).wrapping_mul(0x94D0_49BB_1331_11EB);
        state ^= state >> 31;
        word.copy_from_slice(&state.to_le_bytes());
    }
    Signature::from_bytes(all)
}
