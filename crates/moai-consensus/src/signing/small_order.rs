//! Keys of small order: nobody owns them, and under ZIP 215 they sign anything.

use crate::VoterKey;

/// The points of small order without their sign bit, in every spelling that ZIP 215 takes. There are eight such points;
/// they have seven such spellings, because 0 and 1 can also be written as p and p + 1.
const SPELLINGS: [[u8; 32]; 7] = [
    ends(0, 0, 0),
    ends(1, 0, 0),
    ends(0xec, 0xff, 0x7f),
    ends(0xed, 0xff, 0x7f),
    ends(0xee, 0xff, 0x7f),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];

const fn ends(first: u8, between: u8, last: u8) -> [u8; 32] {
    let mut all = [between; 32];
    let [start, .., end] = &mut all;
    *start = first;
    *end = last;
    all
}

impl VoterKey {
    /// Whether it is a point of small order on the curve of Ed25519. Nobody has drawn such a key: **anybody can sign anything
    /// for it**, so no vote takes it.
    ///
    /// ```
    /// use moai_consensus::VoterKey;
    /// use moai_core::{Digest, value};
    ///
    /// assert!(VoterKey::from_bytes([0; 32]).is_of_small_order());
    /// assert!(!VoterKey::from_bytes(*value!("a key").digest().as_bytes()).is_of_small_order());
    /// ```
    #[must_use]
    pub fn is_of_small_order(&self) -> bool {
        let mut bytes = *self.as_bytes();
        let [.., last] = &mut bytes;
        *last &= 0x7f;
        SPELLINGS.contains(&bytes)
    }
}
