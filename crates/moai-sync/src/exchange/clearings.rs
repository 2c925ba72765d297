//! What a replica has heard of being cleared, also under keys that it never held.

use std::collections::BTreeMap;

use moai_core::{KeyRange, StateKey, Version};

/// So many keys are remembered at least, those that were cleared last.
const MOST: usize = 10_000;

/// So many ranges: each state of a peer is held against all of them.
const MOST_RANGES: usize = 1_000;

/// In which version keys and ranges were cleared last. What comes from a peer and had not seen that is held against it.
#[derive(Default)]
pub(crate) struct Clearings {
    keys: BTreeMap<StateKey, Version>,
    ranges: Vec<(KeyRange, Version)>,
}

impl Clearings {
    /// A key was cleared in this version.
    pub(crate) fn note(&mut self, key: &StateKey, version: Version) {
        if version == Version::ZERO {
            return;
        }
        match self.keys.get_mut(key) {
            Some(known) => *known = version.max(*known),
            None => drop(self.keys.insert(key.clone(), version)),
        }
        // Twice as many may stand there, so that looking for the oldest is worth it.
        if self.keys.len() > 2 * MOST {
            let mut versions: Vec<Version> = self.keys.values().copied().collect();
            versions.sort_unstable();
            let least = versions.get(MOST).copied().unwrap_or_default();
            self.keys.retain(|_, version| *version > least);
        }
    }

    /// All keys of a range were cleared in this version.
    pub(crate) fn note_range(&mut self, range: &KeyRange, version: Version) {
        let known = self.ranges.iter().filter(|(known, _)| known == range || *known == KeyRange::ALL);
        if known.map(|(_, known)| *known).max() >= Some(version) {
            return;
        }
        if *range == KeyRange::ALL {
            self.keys.retain(|_, known| *known > version);
            self.ranges.retain(|(_, known)| *known > version);
        }
        self.ranges.retain(|(known, _)| known != range);
        self.ranges.push((range.clone(), version));
        if self.ranges.len() > MOST_RANGES {
            self.ranges.remove(0);
        }
    }

    /// In which version a key was cleared last; zero when it never was, as far as is remembered.
    pub(crate) fn of(&self, key: &StateKey) -> Version {
        let in_ranges = self.ranges.iter().filter(|(range, _)| range.contains(key)).map(|(_, version)| *version);
        in_ranges.chain(self.keys.get(key).copied()).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> StateKey {
        StateKey::new(format!("key-{number}")).unwrap()
    }

    fn version(number: usize) -> Version {
        Version::new(number as u64).unwrap()
    }

    #[test]
    fn what_was_cleared_last_is_forgotten_or_memory_grows_without_end() {
        let mut clearings = Clearings::default();
        for number in 1..=50_000 {
            clearings.note(&key(number), version(number));
        }
        assert!(clearings.keys.len() <= 2 * MOST);
        assert!((40_001..=50_000).all(|number| clearings.of(&key(number)) == version(number)));
        assert_eq!(clearings.of(&key(1)), Version::ZERO);
        // An older one does not take the place of a newer one, and one range of everything that of all before it.
        clearings.note(&key(50_000), version(3));
        assert_eq!(clearings.of(&key(50_000)), version(50_000));
        clearings.note_range(&KeyRange::prefix(&key(1)), version(60_000));
        clearings.note_range(&KeyRange::ALL, version(60_001));
        assert_eq!((clearings.keys.len(), clearings.ranges.len()), (0, 1));
        assert_eq!(clearings.of(&key(7)), version(60_001));
        // Told late, and told again.
        clearings.note_range(&KeyRange::ALL, version(5));
        clearings.note_range(&KeyRange::prefix(&key(1)), version(60_001));
        assert_eq!((clearings.of(&key(7)), clearings.ranges.len()), (version(60_001), 1));
        for number in 0..2_000 {
            clearings.note_range(&KeyRange::prefix(&key(number)), version(70_000 + number));
        }
        assert_eq!(clearings.ranges.len(), MOST_RANGES);
        assert_eq!(clearings.of(&key(1_999)), version(71_999));
    }
}
