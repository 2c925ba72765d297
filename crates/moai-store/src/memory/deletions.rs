//! Which deletion of a range was the last to cover a key.

use std::collections::{BTreeMap, BTreeSet};

use moai_core::{KeyRange, StateKey, Version};

use super::edge::Edge;

/// For each key, whether it was ever there or not, the last deletion of a range that covers it.
///
/// ```text
///  v3 clears b..y      ├─────────── 3 ───────────┤
///  v7 clears f..k      ├── 3 ──┤─ 7 ─┤─── 3 ─────┤
///  forget v3                   ├─ 7 ─┤
/// ```
///
/// Stretches do not overlap: a later deletion takes the place of what it covers. Each adds two stretches at the most, so
/// that noting, finding and forgetting one cost O(log n) amortised.
#[derive(Debug, Default)]
pub(super) struct Deletions {
    /// Where a stretch begins → where it ends, and the version that deleted it last.
    stretches: BTreeMap<Edge, (Edge, Version)>,
    /// The stretches of each version: forgetting one must not search for them.
    begins: BTreeSet<(Version, Edge)>,
}

impl Deletions {
    /// Notes that `version` deleted a range. It is greater than all before it.
    pub(super) fn note(&mut self, range: &KeyRange, version: Version) {
        let (from, to) = Edge::of(range);
        // From the last to the first that reaches into the range; what sticks out on either side stays.
        while let Some((first, &(ref last, its_version))) = self.stretches.range(..&to).next_back()
            && *last > from
        {
            let (first, last) = (first.clone(), last.clone());
            self.remove(&first, its_version);
            if last > to {
                self.insert(to.clone(), last, its_version);
            }
            if first < from {
                self.insert(first, from.clone(), its_version);
            }
        }
        self.insert(from, to, version);
    }

    /// The last version that deleted a range with this key in it.
    pub(super) fn over(&self, key: &StateKey) -> Option<Version> {
        if self.stretches.is_empty() {
            return None;
        }
        let before = Edge::Before(key.clone());
        let (_, (last, version)) = self.stretches.range(..=&before).next_back()?;
        (*last > before).then_some(*version)
    }

    /// Forgets what `version` deleted.
    pub(super) fn forget(&mut self, version: Version) {
        while let Some((its_version, first)) = self.begins.range((version, Edge::Start)..).next()
            && *its_version == version
        {
            let first = first.clone();
            self.remove(&first, version);
        }
    }

    fn insert(&mut self, from: Edge, to: Edge, version: Version) {
        self.begins.insert((version, from.clone()));
        self.stretches.insert(from, (to, version));
    }

    fn remove(&mut self, first: &Edge, version: Version) {
        self.stretches.remove(first);
        self.begins.remove(&(version, first.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u64) -> StateKey {
        StateKey::new(format!("key-{number:03}")).unwrap()
    }

    fn version(number: u64) -> Version {
        Version::new(number).unwrap()
    }

    #[test]
    fn nested_ranges_leave_more_than_they_are_worth() {
        let mut deletions = Deletions::default();
        let nested = |number| KeyRange { from: Some(key(number)), to: Some(key(900 - number)) };
        (1..=400).for_each(|number| deletions.note(&nested(number), version(number)));
        assert_eq!(deletions.stretches.len(), 2 * 400 - 1);
        assert_eq!(deletions.begins.len(), 2 * 400 - 1);
        assert_eq!(deletions.over(&key(0)), None);
        assert_eq!(deletions.over(&key(7)), Some(version(7)));
        assert_eq!(deletions.over(&key(893)), Some(version(6)));
        assert_eq!(deletions.over(&key(450)), Some(version(400)));

        (1..=400).rev().for_each(|number| {
            deletions.forget(version(number));
            assert_eq!(deletions.over(&key(450)), None);
        });
        assert!(deletions.stretches.is_empty() && deletions.begins.is_empty());
    }

    #[test]
    fn a_later_range_leaves_something_of_an_earlier_one_that_it_covers() {
        let mut deletions = Deletions::default();
        (1..=9).for_each(|number| {
            deletions.note(&KeyRange { from: Some(key(number)), to: Some(key(number + 1)) }, version(number));
        });
        deletions.note(&KeyRange { from: None, to: Some(key(9)) }, version(10));
        assert_eq!(deletions.stretches.len(), 2);
        assert_eq!(deletions.over(&key(9)), Some(version(9)));
        deletions.note(&KeyRange::ALL, version(11));
        assert_eq!(deletions.stretches.len(), 1);
        assert_eq!(deletions.over(&key(999)), Some(version(11)));
    }
}
