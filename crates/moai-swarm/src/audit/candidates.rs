//! Where a store may stand after commits whose outcome is not known.

use std::collections::BTreeMap;

/// Where a store may stand, and which of the unknown commits came through then.
///
/// Each either came through or not. Two ways that lead to one number cannot be told apart: then nothing is said of either.
pub(super) struct Candidates(BTreeMap<u64, Option<Vec<u64>>>);

impl Candidates {
    /// So many places are kept in mind. Behind a hundred crashes in a row nothing is inferred.
    const MOST: usize = 4_096;

    /// It stands here for certain.
    pub(super) fn at(last: u64) -> Self {
        Self(BTreeMap::from([(last, Some(Vec::new()))]))
    }

    /// A commit of so many changes, above a floor, may have come through.
    pub(super) fn perhaps(&mut self, intended: u64, floor: u64, changes: u64) {
        if self.0.len() > Self::MOST {
            return;
        }
        for (last, landed) in self.0.clone() {
            let then = last.max(floor).saturating_add(changes);
            let with = landed.map(|landed| [landed, vec![intended]].concat());
            self.0.entry(then).and_modify(|landed| *landed = None).or_insert(with);
        }
    }

    /// Which commits came through when a commit above this floor began with this number; nothing when it cannot have.
    pub(super) fn before(&self, first: u64, floor: u64) -> Option<Option<&[u64]>> {
        let mut fit = self.0.iter().filter(|(last, _)| last.saturating_add(1).max(floor.saturating_add(1)) == first);
        let (_, landed) = fit.next()?;
        // With a high floor several places lead to the same number.
        Some(if fit.next().is_some() { None } else { landed.as_deref() })
    }

    /// Which commits came through when the store stands here; nothing when it cannot.
    pub(super) fn here(&self, last: u64) -> Option<Option<&[u64]>> {
        self.0.get(&last).map(Option::as_deref)
    }
}
