//! The secret half of a key pair.

use std::fmt;
use std::hint::black_box;

use moai_core::Chance;

use crate::{Domain, KeyError, Signature, Signer, VoterKey};

/// The secret with which a voter signs: Ed25519. It is never shown: not in `Debug`, not in an error, and it has no serde.
///
/// It is overwritten when it is dropped. [`load`](Self::load) and [`save`](Self::save) keep it in a file that only its
/// owner can read.
///
/// ```
/// use moai_consensus::{Elector, Signer, SigningKey};
/// use moai_core::{SystemChance, agent_id};
///
/// let key = SigningKey::generate(&SystemChance)?;
/// let elector = Elector::new(agent_id!("agent-1")).with_key(key.key());
/// assert_eq!(format!("{key:?}"), format!("SigningKey {{ key: {:?}, .. }}", key.key()));
/// # let _ = elector;
/// # Ok::<(), moai_consensus::KeyError>(())
/// ```
pub struct SigningKey(ed25519_zebra::SigningKey);

impl SigningKey {
    /// The key that comes out of 32 secret bytes.
    #[must_use]
    pub fn from_bytes(secret: [u8; 32]) -> Self {
        Self(secret.into())
    }

    /// A new key. The chance must be one that nobody can guess: the system's.
    ///
    /// # Errors
    ///
    /// `key.no_chance` when there is none to be had.
    pub fn generate(chance: &dyn Chance) -> Result<Self, KeyError> {
        let mut secret = [0; 32];
        chance.fill(&mut secret)?;
        let key = Self::from_bytes(secret);
        wipe(&mut secret);
        Ok(key)
    }

    /// The secret bytes, for the file.
    pub(super) fn secret(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl Signer for SigningKey {
    fn key(&self) -> VoterKey {
        VoterKey::from_bytes(self.0.verification_key().into())
    }

    fn sign(&self, domain: &Domain, bytes: &[u8]) -> Signature {
        Signature::from_bytes(self.0.sign(domain.message(bytes).as_bytes()).to_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("key", &self.key()).finish_non_exhaustive()
    }
}

impl Drop for SigningKey {
    fn drop(&mut self) {
        // The package's own wiping is a trait of a package below it. Another key in its place does the same.
        self.0 = [0; 32].into();
        black_box(&self.0);
    }
}

/// Overwrites secret bytes, and keeps the compiler from leaving that out.
pub(super) fn wipe(secret: &mut [u8]) {
    secret.fill(0);
    black_box(secret);
}
