//! A place between keys.

use std::cmp::Ordering;
use std::ops::Bound;

use moai_core::{KeyRange, StateKey};

/// A place between two neighbouring keys, or at an end of all keys.
///
/// Two edges bound a stretch of keys. Unlike the bounds of a `KeyRange`, an edge can lie right behind a key: a stretch
/// can be cut in two around one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Edge {
    /// Before every key.
    Start,
    /// Right before a key.
    Before(StateKey),
    /// Right behind a key.
    Behind(StateKey),
    /// Behind every key.
    End,
}

impl Edge {
    /// The two edges of a range.
    pub(super) fn of(range: &KeyRange) -> (Self, Self) {
        let KeyRange { from, to } = range.clone();
        (from.map_or(Self::Start, Self::Before), to.map_or(Self::End, Self::Before))
    }

    /// The keys between two edges, as a map wants them; `None` when no key fits in between (a map would panic).
    pub(super) fn stretch<'a>(from: &'a Self, to: &'a Self) -> Option<(Bound<&'a StateKey>, Bound<&'a StateKey>)> {
        if from >= to {
            return None;
        }
        let lower = match from {
            Self::Before(key) => Bound::Included(key),
            Self::Behind(key) => Bound::Excluded(key),
            Self::Start | Self::End => Bound::Unbounded,
        };
        let upper = match to {
            Self::Before(key) => Bound::Excluded(key),
            Self::Behind(key) => Bound::Included(key),
            Self::Start | Self::End => Bound::Unbounded,
        };
        Some((lower, upper))
    }

    /// What edges are ordered by.
    fn place(&self) -> (u8, Option<&StateKey>, bool) {
        match self {
            Self::Start => (0, None, false),
            Self::Before(key) => (1, Some(key), false),
            Self::Behind(key) => (1, Some(key), true),
            Self::End => (2, None, false),
        }
    }
}

impl PartialOrd for Edge {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Edge {
    fn cmp(&self, other: &Self) -> Ordering {
        self.place().cmp(&other.place())
    }
}
