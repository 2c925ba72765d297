//! What becomes of a message.

use super::Mix;
use crate::{Seeds, Seen};

/// What the links remember.
pub(super) struct Network {
    luck: Seeds,
    members: usize,
    /// For each pair, when the last message that was sent arrives.
    last: Vec<i64>,
}

/// When a message arrives: not at all, once, or twice.
pub(super) type Arrivals = [Option<i64>; 2];

impl Network {
    pub(super) fn new(luck: Seeds, members: usize) -> Self {
        Self { luck, members, last: vec![i64::MIN; members * members] }
    }

    /// When a message that is sent now arrives.
    pub(super) fn carry(&mut self, now: i64, from: u32, to: u32, mix: &Mix, seen: &mut Seen) -> Arrivals {
        if now >= mix.heals_at {
            return [Some(self.delay(now, mix.delta)), None];
        }
        if mix.cuts.iter().any(|cut| cut.severs(now, from, to)) {
            seen.fault("cut off");
            return [None, None];
        }
        if mix.lost > 0 && self.luck.below(1_000) < mix.lost {
            seen.fault("lost");
            return [None, None];
        }
        let first = self.arrival(now, from, to, mix, seen);
        if mix.twice > 0 && self.luck.below(1_000) < mix.twice {
            seen.fault("repeated");
            let second = self.arrival(now, from, to, mix, seen);
            return [Some(first), Some(second)];
        }
        [Some(first), None]
    }

    fn arrival(&mut self, now: i64, from: u32, to: u32, mix: &Mix, seen: &mut Seen) -> i64 {
        let time = self.delay(now, mix.longest);
        if let Some(last) = self.last.get_mut(from as usize * self.members + to as usize) {
            if time < *last {
                seen.fault("reordered");
            } else {
                *last = time;
                if time - now > mix.delta {
                    seen.fault("late");
                }
            }
        }
        time
    }

    fn delay(&mut self, now: i64, longest: i64) -> i64 {
        let delay = 1 + self.luck.below(longest.unsigned_abs().max(1));
        now.saturating_add(i64::try_from(delay).unwrap_or(i64::MAX))
    }
}
