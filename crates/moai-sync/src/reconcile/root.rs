//! Whether two sets are equal, in 24 bytes.

use std::fmt;

use moai_core::{Digest, DigestBuilder};

/// The digest of a whole set: equal roots mean equal sets.
///
/// It needs no key, so it is kept from tick to tick, and whoever chooses the entries cannot make two sets look alike; see
/// `docs/decisions/0016-reconcile.md` for what that would cost.
///
/// ```
/// use moai_core::value;
/// use moai_sync::reconcile::ReconcileSet;
///
/// let (mut here, mut there) = (ReconcileSet::new(), ReconcileSet::new());
/// let open = value!("open").digest();
/// for task in ["task/1", "task/2"] {
///     here.insert(task, &open);
/// }
/// for task in ["task/2", "task/1"] {
///     there.insert(task, &open);
/// }
/// assert_eq!(here.root(), there.root());
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Root([u8; Self::BYTES]);

impl Root {
    /// How many bytes a root has.
    pub const BYTES: usize = 24;

    /// A root that was kept or sent as bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Root(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// The sum of the 2,048 bits that each entry stands for, in 32 lanes: what a root is the digest of.
///
/// Source: Bellare and Micciancio, *A New Paradigm for Collision-Free Hashing*, 1997 (AdHash). It is as wide because of
/// Wagner, *A Generalized Birthday Problem*, 2002: a sum of 192 bits falls to some 2^28 steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RootSum([u64; LANES]);

const LANES: usize = 32;

impl RootSum {
    pub(super) const EMPTY: Self = Self([0; LANES]);

    pub(super) fn insert(&mut self, print: &Digest) {
        self.each(print, u64::wrapping_add);
    }

    pub(super) fn remove(&mut self, print: &Digest) {
        self.each(print, u64::wrapping_sub);
    }

    fn each(&mut self, print: &Digest, change: fn(u64, u64) -> u64) {
        // Domain, 24 bytes of the digest and a number fill one block of SHA-256.
        let [begin @ .., _, _, _, _, _, _, _, _] = *print.as_bytes();
        let mut numbered = [0; 25];
        numbered.iter_mut().zip(begin).for_each(|(to, from)| *to = from);
        let (blocks, _) = self.0.as_chunks_mut::<4>();
        for (number, block) in (0..).zip(blocks) {
            if let Some(last) = numbered.last_mut() {
                *last = number;
            }
            let expanded = DigestBuilder::new("moai/root/1").bytes(&numbered).finish();
            let (words, _) = expanded.as_bytes().as_chunks::<8>();
            for (lane, word) in block.iter_mut().zip(words) {
                *lane = change(*lane, u64::from_be_bytes(*word));
            }
        }
    }

    pub(super) fn root(&self) -> Root {
        let mut bytes = Vec::with_capacity(LANES * 8);
        self.0.iter().for_each(|lane| bytes.extend(lane.to_be_bytes()));
        let [root @ .., _, _, _, _, _, _, _, _] =
            *DigestBuilder::new("moai/reconcile-root/1").bytes(&bytes).finish().as_bytes();
        Root(root)
    }
}
