//! A hash for names that strangers may choose: short, fast, and under a key of its own for each map.

#[expect(clippy::disallowed_types, reason = "the key of a table in memory: nothing is decided by its order")]
use std::hash::RandomState;
use std::hash::{BuildHasher, Hasher};

/// The prime 2^61 - 1.
const PRIME: u64 = (1 << 61) - 1;

/// How many bytes of a name make one number: seven, which stay below the prime.
const STEP: usize = 7;

/// The key of one map. A name is read as a polynomial over a prime field, and its hash is what that is at a secret point: of
/// any two names, whoever chose them, fewer than ten of the 2^61 points make them equal.
#[derive(Clone, Copy)]
pub(super) struct NameHash {
    point: u64,
    spread: u64,
}

impl Default for NameHash {
    #[expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "as above")]
    fn default() -> Self {
        let chance = RandomState::new();
        Self { point: chance.hash_one(0) % (PRIME - 2) + 2, spread: chance.hash_one(1) | 1 }
    }
}

impl BuildHasher for NameHash {
    type Hasher = NameHasher;

    #[inline]
    fn build_hasher(&self) -> NameHasher {
        NameHasher { key: *self, at: 0 }
    }
}

/// Takes in one name. No name holds a zero byte, so shorter ones differ from longer ones.
pub(super) struct NameHasher {
    key: NameHash,
    at: u64,
}

/// The low and the high half.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "each half is taken on its own")]
const fn halves(product: u128) -> (u64, u64) {
    (product as u64, (product >> 64) as u64)
}

impl NameHasher {
    #[inline]
    fn step(&mut self, number: u64) {
        let (low, high) = halves(u128::from(self.at + number) * u128::from(self.key.point));
        // 2^61 is one there. The factors are below 2^62 and 2^61, so both parts are below 2^62.
        let sum = (low & PRIME) + (high << 3 | low >> 61);
        self.at = (sum & PRIME) + (sum >> 61);
    }
}

impl Hasher for NameHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let (Some(eight), Some(further)) = (rest.first_chunk::<8>(), rest.get(STEP..)) {
            self.step(u64::from_le_bytes(*eight) & ((1 << 56) - 1));
            rest = further;
        }
        // One to seven are left, or none of nothing.
        let number = match bytes.last_chunk::<8>() {
            Some(eight) => u64::from_le_bytes(*eight) >> (8 * (8 - rest.len())),
            None => rest.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)),
        };
        self.step(number);
    }

    /// What marks the end of a text: each map has whole names for keys, so it says nothing.
    #[inline]
    fn write_u8(&mut self, _: u8) {}

    #[inline]
    fn finish(&self) -> u64 {
        // Numbered names lie on a line, and a line must not fall on few places: the end of MurmurHash3 (Appleby) spreads
        // whatever differs, and two that differ stay so.
        let mut at = self.at ^ self.key.spread;
        at = (at ^ (at >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        at = (at ^ (at >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        at ^ (at >> 33)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn names() -> Vec<String> {
        let letters = (1..=64).map(|length| "a".repeat(length));
        let numbered = (0..10_000).map(|number| format!("agent-{number}"));
        // Those that would be equal, were eight bytes one number of the field.
        let pairs = ["-......c", "m......a", "b-......c", "bm......a"].map(str::to_owned);
        letters.chain(numbered).chain(pairs).collect()
    }

    #[test]
    fn different_names_fall_together() {
        let (key, names) = (NameHash::default(), names());
        let hashes: HashSet<u64> = names.iter().map(|name| key.hash_one(name)).collect();
        assert_eq!(hashes.len(), names.len());
    }

    #[test]
    fn numbered_names_crowd_into_few_places() {
        for _ in 0..200 {
            let key = NameHash::default();
            for shift in [0, 57] {
                let mut places = [0; 128];
                (0..12_800).for_each(|number| {
                    let place = key.hash_one(format!("agent-{number:05}")) >> shift & 127;
                    places[usize::try_from(place).unwrap()] += 1;
                });
                // A hundred are expected; ten times the deviation are none by chance.
                assert!(places.iter().all(|count| *count < 200), "{places:?}");
            }
        }
    }

    #[test]
    fn two_maps_share_their_key() {
        let (one, other) = (NameHash::default(), NameHash::default());
        assert_ne!(one.hash_one("agent-1"), other.hash_one("agent-1"));
        assert_eq!(one.hash_one("agent-1"), one.hash_one("agent-1"));
    }
}
