//! The id that an entry has in one exchange.

use moai_core::Digest;

use super::ReconcileKey;
use super::sip::sip;

/// 128 bits that stand for an entry in one exchange: the first eight bytes of its digest, by which its owner finds it, and
/// eight of a keyed hash of the whole digest, which nobody can foresee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ItemId(u128);

impl ItemId {
    pub(super) fn of(print: &Digest, key: ReconcileKey) -> Self {
        let (words, _) = print.as_bytes().as_chunks::<8>();
        let mut all = [0; 4];
        for (word, bytes) in all.iter_mut().zip(words) {
            *word = u64::from_le_bytes(*bytes);
        }
        let [first, ..] = all;
        Self(u128::from(first.swap_bytes()) << 64 | u128::from(sip(key.words(), all)))
    }

    pub(super) const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    pub(super) const fn bits(self) -> u128 {
        self.0
    }

    /// A keyed hash of the id alone: whoever decodes an id checks it by this, and learns which symbols it stands in.
    pub(super) fn seed(self, key: ReconcileKey) -> u64 {
        let [b0, b1, b2, b3, b4, b5, b6, b7, rest @ ..] = self.0.to_be_bytes();
        sip(key.words(), [u64::from_le_bytes([b0, b1, b2, b3, b4, b5, b6, b7]), u64::from_le_bytes(rest)])
    }

    /// Where the digests of such an id lie.
    pub(super) fn digests(self) -> (Digest, Digest) {
        let [b0, b1, b2, b3, b4, b5, b6, b7, ..] = self.0.to_be_bytes();
        between(&[b0, b1, b2, b3, b4, b5, b6, b7])
    }

    /// What is enough for its owner to find it.
    pub(super) fn reference(self) -> Reference {
        let [b0, b1, .., b14, b15] = self.0.to_be_bytes();
        Reference([b0, b1, b14, b15])
    }
}

/// Two bytes of a digest and the last two of its keyed hash. With 1,000,000 entries one in 4,300 references means a second
/// entry too, which is then sent for nothing; longer ones would cost more. No entry has two references.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reference([u8; Self::BYTES]);

impl Reference {
    pub(super) const BYTES: usize = 4;

    pub(super) const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    pub(super) const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// Where the digests that it may mean lie.
    pub(super) fn digests(self) -> (Digest, Digest) {
        let [prefix @ .., _, _] = self.0;
        between(&prefix)
    }
}

/// The least and the greatest digest that begin so.
fn between(prefix: &[u8]) -> (Digest, Digest) {
    let filled = |rest: u8| {
        let mut bytes = [rest; 32];
        bytes.iter_mut().zip(prefix).for_each(|(byte, first)| *byte = *first);
        Digest::from_bytes(bytes)
    };
    (filled(0), filled(u8::MAX))
}
