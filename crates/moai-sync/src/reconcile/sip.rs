//! SipHash-2-4 over whole words: the keyed hash behind every id.
//!
//! Source: Aumasson and Bernstein, *SipHash: a fast short-input PRF*, 2012. Only numbers are computed, so every platform
//! gives the same.

/// The hash of `words`, each read as eight little-endian bytes, under a key of two words.
pub(super) fn sip<const N: usize>([k0, k1]: [u64; 2], words: [u64; N]) -> u64 {
    let mut state = [
        k0 ^ 0x736f_6d65_7073_6575,
        k1 ^ 0x646f_7261_6e64_6f6d,
        k0 ^ 0x6c79_6765_6e65_7261,
        k1 ^ 0x7465_6462_7974_6573,
    ];
    let mut length = 0_u64;
    for word in words {
        state = absorb(state, word);
        length = length.wrapping_add(8);
    }
    // The last word holds what is left of the bytes, which is nothing, and their number.
    let [v0, v1, v2, v3] = absorb(state, length << 56);
    let [v0, v1, v2, v3] = round(round(round(round([v0, v1, v2 ^ 0xff, v3]))));
    v0 ^ v1 ^ v2 ^ v3
}

fn absorb([v0, v1, v2, v3]: [u64; 4], word: u64) -> [u64; 4] {
    let [v0, v1, v2, v3] = round(round([v0, v1, v2, v3 ^ word]));
    [v0 ^ word, v1, v2, v3]
}

fn round([mut v0, mut v1, mut v2, mut v3]: [u64; 4]) -> [u64; 4] {
    v0 = v0.wrapping_add(v1);
    v2 = v2.wrapping_add(v3);
    v1 = v1.rotate_left(13) ^ v0;
    v3 = v3.rotate_left(16) ^ v2;
    v0 = v0.rotate_left(32);
    v2 = v2.wrapping_add(v1);
    v0 = v0.wrapping_add(v3);
    v1 = v1.rotate_left(17) ^ v2;
    v3 = v3.rotate_left(21) ^ v0;
    v2 = v2.rotate_left(32);
    [v0, v1, v2, v3]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key 00 01 … 0f and the messages 00 01 … of 0, 8, 16 and 32 bytes, from a second implementation that was held
    /// against the vector in the paper.
    #[test]
    fn another_implementation_of_siphash_would_give_other_ids() {
        let key = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908];
        let [one, two] = key;
        let (three, four) = (0x1716_1514_1312_1110, 0x1f1e_1d1c_1b1a_1918);
        assert_eq!(sip(key, []), 0x726f_db47_dd0e_0e31);
        assert_eq!(sip(key, [one]), 0x93f5_f579_9a93_2462);
        assert_eq!(sip(key, [one, two]), 0x3f2a_cc7f_57c2_9bdb);
        assert_eq!(sip(key, [one, two, three, four]), 0x7127_512f_72f2_7cce);
    }
}
