//! The key of an exchange.

use std::fmt;

/// What the ids of one exchange are hashed under: 16 bytes that the asker draws by chance.
///
/// Whoever cannot foresee the key cannot prepare entries whose ids collide or crowd together. A new key for each exchange
/// is safest; a key that is kept for some time spares both sides the building of new symbols.
///
/// ```
/// use moai_sync::reconcile::ReconcileKey;
///
/// let key = ReconcileKey::from_bytes([7; 16]);
/// assert_eq!(key.as_bytes(), &[7; 16]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ReconcileKey([u8; 16]);

impl ReconcileKey {
    /// A key of bytes that were drawn by chance.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The two words that the keyed hash takes.
    pub(super) const fn words(self) -> [u64; 2] {
        let both = u128::from_le_bytes(self.0);
        [low(both), low(both >> 64)]
    }
}

/// The lower half.
#[expect(clippy::cast_possible_truncation, reason = "the upper half is meant to go")]
const fn low(both: u128) -> u64 {
    both as u64
}

/// A log that shows the key would give it to whoever may read the log.
impl fmt::Debug for ReconcileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReconcileKey").finish_non_exhaustive()
    }
}
