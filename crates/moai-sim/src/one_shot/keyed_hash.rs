//! A signature scheme for worlds: fast, and safe against nobody who knows how.

use moai_consensus::{Domain, Signature, Signer, Verifier, VoterKey};

/// Signs with a keyed hash, under a key that is no secret: liars in a world sign with their own only.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeyedHash(pub(super) VoterKey);

/// Verifies what [`KeyedHash`] signs.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeyedHashes;

impl Signer for KeyedHash {
    fn key(&self) -> VoterKey {
        self.0
    }

    fn sign(&self, domain: &Domain, bytes: &[u8]) -> Signature {
        keyed(&self.0, domain, bytes)
    }
}

impl Verifier for KeyedHashes {
    fn verifies(&self, key: &VoterKey, domain: &Domain, bytes: &[u8], signature: &Signature) -> bool {
        keyed(key, domain, bytes) == *signature
    }
}

fn keyed(key: &VoterKey, domain: &Domain, bytes: &[u8]) -> Signature {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64 ^ bytes.len() as u64;
    let mut mix = |bytes: &[u8]| {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            for (to, from) in word.iter_mut().zip(chunk) {
                *to = *from;
            }
            state = (state ^ u64::from_le_bytes(word)).wrapping_mul(0xBF58_476D_1CE4_E5B9).rotate_left(29);
        }
    };
    mix(key.as_bytes());
    mix(domain.kind().as_bytes());
    mix(domain.instance().as_bytes());
    mix(bytes);
    let mut all = [0; 64];
    for (place, word) in (0_u64..).zip(all.chunks_mut(8)) {
        state = (state ^ place).wrapping_mul(0x94D0_49BB_1331_11EB);
        state ^= state >> 31;
        for (to, from) in word.iter_mut().zip(state.to_le_bytes()) {
            *to = from;
        }
    }
    Signature::from_bytes(all)
}
