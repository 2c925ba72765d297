//! Everything that happened in a world, as one number.

use std::fmt;

/// Everything that happened in a world, in its order, as one number: two histories that differ nearly always differ in it.
/// It is fast, the same on every machine, and safe against nobody who wants them to collide.
///
/// ```
/// use moai_sim::History;
///
/// let (mut one, mut other) = (History::default(), History::default());
/// one.note(7, b"sent");
/// other.note(7, b"lost");
/// assert_ne!(one, other);
/// assert_eq!(one.to_string().len(), 32);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct History(u64, u64);

impl History {
    /// Something happened at this time.
    pub fn note(&mut self, time: i64, what: &[u8]) {
        self.word(time.cast_unsigned());
        self.word(what.len() as u64);
        for chunk in what.chunks(8) {
            let mut word = [0; 8];
            for (byte, from) in word.iter_mut().zip(chunk) {
                *byte = *from;
            }
            self.word(u64::from_le_bytes(word));
        }
    }

    /// A number belongs to what happened.
    pub const fn word(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0xBF58_476D_1CE4_E5B9).rotate_left(29).wrapping_add(self.1);
        self.1 = (self.1 ^ word.rotate_left(32)).wrapping_mul(0x94D0_49BB_1331_11EB).rotate_left(31) ^ self.0;
    }

    /// Half as many bits.
    pub(crate) const fn fold(&self) -> u64 {
        self.0 ^ self.1.rotate_left(32)
    }

    /// Another history follows.
    pub const fn follow(&mut self, other: Self) {
        self.word(other.0);
        self.word(other.1);
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.0, self.1)
    }
}
