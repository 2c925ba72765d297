//! Who signs how.

use std::fmt;
use std::sync::Arc;

use moai_consensus::{Signer, Verifier, VoterKey};
use moai_core::DigestBuilder;

use super::keyed_hash::{KeyedHash, KeyedHashes};

/// A key for each place, and whoever checks what they sign.
#[derive(Clone)]
pub struct Keys {
    signers: Vec<Arc<dyn Signer>>,
    verifier: Arc<dyn Verifier>,
}

impl Keys {
    /// Keys of a fast keyed hash: nobody in a world takes the key of another, so it stands in for signatures.
    #[must_use]
    pub fn hashed(members: u32) -> Self {
        let key = |place: u32| {
            VoterKey::from_bytes(*DigestBuilder::new("moai-sim/key/1").u64(place.into()).finish().as_bytes())
        };
        let signers = (0..members).map(|place| Arc::new(KeyedHash(key(place))) as Arc<dyn Signer>).collect();
        Self { signers, verifier: Arc::new(KeyedHashes) }
    }

    /// Keys of Ed25519.
    #[cfg(feature = "signing")]
    #[must_use]
    pub fn ed25519(members: u32) -> Self {
        let secret = |place: u32| *DigestBuilder::new("moai-sim/secret/1").u64(place.into()).finish().as_bytes();
        let key = |place| Arc::new(moai_consensus::SigningKey::from_bytes(secret(place))) as Arc<dyn Signer>;
        Self { signers: (0..members).map(key).collect(), verifier: Arc::new(moai_consensus::Ed25519) }
    }

    /// Who signs for a place.
    #[must_use]
    pub fn signer(&self, place: u32) -> Option<&Arc<dyn Signer>> {
        self.signers.get(place as usize)
    }

    /// Whoever checks.
    #[must_use]
    pub const fn verifier(&self) -> &Arc<dyn Verifier> {
        &self.verifier
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("members", &self.signers.len()).finish_non_exhaustive()
    }
}
