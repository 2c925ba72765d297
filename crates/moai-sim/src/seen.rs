//! What happened in a world, counted.

use std::collections::BTreeMap;

/// What happened, counted by name: faults, and points that a campaign must have reached.
///
/// A campaign in which nothing went wrong proves nothing: that is why faults are counted where they are injected.
///
/// ```
/// use moai_sim::Seen;
///
/// let mut seen = Seen::default();
/// seen.fault("lost");
/// seen.reach("a leader was replaced");
/// assert_eq!((seen.faults(), seen.times("lost"), seen.times("a leader was replaced")), (1, 1, 1));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    faults: BTreeMap<&'static str, u64>,
    reached: BTreeMap<&'static str, u64>,
}

impl Seen {
    /// A fault was injected.
    pub fn fault(&mut self, name: &'static str) {
        *self.faults.entry(name).or_default() += 1;
    }

    /// A point was reached.
    pub fn reach(&mut self, name: &'static str) {
        self.reach_often(name, 1);
    }

    /// A point was reached so often.
    pub fn reach_often(&mut self, name: &'static str, times: u64) {
        if times > 0 {
            *self.reached.entry(name).or_default() += times;
        }
    }

    /// Adds what was seen elsewhere.
    pub fn add(&mut self, other: &Self) {
        for (name, times) in &other.faults {
            *self.faults.entry(name).or_default() += times;
        }
        for (name, times) in &other.reached {
            self.reach_often(name, *times);
        }
    }

    /// How many faults were injected, of all kinds.
    #[must_use]
    pub fn faults(&self) -> u64 {
        self.faults.values().sum()
    }

    /// How often something of this name happened.
    #[must_use]
    pub fn times(&self, name: &str) -> u64 {
        let both = [&self.faults, &self.reached];
        both.into_iter().filter_map(|counts| counts.get(name)).sum()
    }

    /// Every fault by name.
    pub fn each_fault(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.faults.iter().map(|(name, times)| (*name, *times))
    }

    /// Every point by name.
    pub fn each_point(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.reached.iter().map(|(name, times)| (*name, *times))
    }
}
