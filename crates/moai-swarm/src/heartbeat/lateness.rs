//! How late the monitor itself is, and what that changes.

use std::time::Duration;

/// A round that comes after so many intervals is late.
const LATE: f64 = 1.5;
/// The most that a bound stretches while the monitor itself is late.
const MOST_STRETCH: f64 = 8.0;
/// So many late rounds in a row judge nobody. A monitor that is always late would never judge anybody otherwise.
const MOST_HELD: u32 = 8;

#[derive(Debug)]
pub(super) struct Lateness {
    interval: Duration,
    round: Duration,
    /// Nobody is judged before: a late round gives everybody an interval to be heard.
    hold: Duration,
    /// How many late rounds in a row have judged nobody.
    held: u32,
    stretch: f64,
}

impl Lateness {
    pub(super) const fn new(interval: Duration) -> Self {
        Self { interval, round: Duration::ZERO, hold: Duration::ZERO, held: 0, stretch: 1.0 }
    }

    /// Takes a round at a moment, and says whether anybody is judged in it.
    pub(super) fn round(&mut self, now: Duration) -> bool {
        let since = now.saturating_sub(self.round);
        // What is called between two rounds looks at who is due, and says nothing of whether the monitor is late.
        if since >= self.interval {
            let late = since.as_secs_f64() / self.interval.as_secs_f64();
            self.round = now;
            if late > LATE {
                self.stretch = self.stretch.max(late.min(MOST_STRETCH));
                // After a long pause nobody is judged in any case.
                if self.held < MOST_HELD || late > MOST_STRETCH {
                    self.held = self.held.saturating_add(1);
                    self.hold = now + self.interval;
                } else {
                    self.held = 0;
                }
            } else {
                self.held = 0;
                self.stretch = (self.stretch - 1.0).max(1.0);
            }
        }
        now >= self.hold
    }

    /// When a round is due, given when somebody may first be worse.
    pub(super) fn next(&self, deadline: Option<Duration>) -> Duration {
        let round = self.round + self.interval;
        deadline.map_or(round, |at| round.min(at.max(self.hold)))
    }

    /// When to look at somebody again who may be worse at `due`. While bounds are stretched they shrink with each round:
    /// then it is looked at in each.
    pub(super) fn again(&self, due: Duration, now: Duration) -> Duration {
        if self.stretch > 1.0 {
            let next = self.round + self.interval;
            return due.min(next.max(now + Duration::from_nanos(1)));
        }
        due
    }

    pub(super) const fn stretch(&self) -> f64 {
        self.stretch
    }
}
