//! A coded symbol: the sum of the items that stand in it.

use std::fmt;

use super::ReconcileKey;
use super::item_id::ItemId;

/// One coded symbol: the ids of the items in it and their checks, each summed by exclusive or, and their number.
///
/// On the wire it is 20 bytes: 16, 3 and 1. Of the number only the lowest byte is sent: what is looked for is a difference
/// of one item, and no more is needed to see it.
///
/// ```
/// use moai_sync::reconcile::Symbol;
///
/// assert_eq!(Symbol::BYTES, 20);
/// assert!(Symbol::default().is_empty());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Symbol {
    ids: u128,
    /// Three bytes.
    checks: u32,
    count: u8,
}

/// Whose an item is that only one side has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Ours,
    Theirs,
}

impl Symbol {
    /// How many bytes a symbol has on the wire.
    pub const BYTES: usize = 20;

    /// Whether nothing is in it, as far as can be seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The symbol as it is sent.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let parts =
            self.ids.to_be_bytes().into_iter().chain(self.checks.to_be_bytes().into_iter().skip(1)).chain([self.count]);
        bytes.iter_mut().zip(parts).for_each(|(byte, part)| *byte = part);
        bytes
    }

    /// The symbol that was sent.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let number = |part: &[u8]| part.iter().fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
        let (ids, rest) = bytes.split_at(16);
        let (checks, count) = rest.split_at(3);
        Self {
            ids: number(ids),
            checks: u32::try_from(number(checks)).unwrap_or_default(),
            count: u8::try_from(number(count)).unwrap_or_default(),
        }
    }

    /// Puts an item in; what is put in twice without being taken out leaves only its number.
    pub(super) const fn put(&mut self, id: ItemId, seed: u64) {
        self.turn(id, seed);
        self.count = self.count.wrapping_add(1);
    }

    /// Takes an item out.
    pub(super) const fn take(&mut self, id: ItemId, seed: u64) {
        self.turn(id, seed);
        self.count = self.count.wrapping_sub(1);
    }

    const fn turn(&mut self, id: ItemId, seed: u64) {
        self.ids ^= id.bits();
        self.checks ^= check(seed);
    }

    /// What is in this one and not in `ours`.
    pub(super) const fn without(self, ours: Self) -> Self {
        Self { ids: self.ids ^ ours.ids, checks: self.checks ^ ours.checks, count: self.count.wrapping_sub(ours.count) }
    }

    /// The one item in a difference, with its seed, if there is one and no more.
    pub(super) fn single(&self, key: ReconcileKey) -> Option<(ItemId, u64, Side)> {
        let side = match self.count {
            1 => Side::Theirs,
            u8::MAX => Side::Ours,
            _ => return None,
        };
        let id = ItemId::from_bits(self.ids);
        let seed = id.seed(key);
        (check(seed) == self.checks).then_some((id, seed, side))
    }

    /// The number in a difference, between −128 and 127.
    pub(super) const fn surplus(&self) -> i8 {
        self.count.cast_signed()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the lowest three bytes are the check")]
const fn check(seed: u64) -> u32 {
    seed as u32 & 0x00ff_ffff
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Symbol({:032x} {:06x} {})", self.ids, self.checks, self.count)
    }
}
