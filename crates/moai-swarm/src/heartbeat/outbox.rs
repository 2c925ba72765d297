//! Events that wait until the coordinator knows what they tell.

use std::collections::VecDeque;
use std::time::Duration;

use super::HealthEvent;

/// They leave in their order: one that waits holds up those behind it.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    held: VecDeque<Held>,
    pushed: u64,
}

#[derive(Debug)]
struct Held {
    event: HealthEvent,
    since: Duration,
    /// The coordinator has been told, did not take it, or has nothing to be told.
    is_known: bool,
}

impl Outbox {
    pub(super) fn push(&mut self, event: HealthEvent, since: Duration, is_known: bool) {
        self.pushed = self.pushed.saturating_add(1);
        self.held.push_back(Held { event, since, is_known });
    }

    /// Where it ends now: what is pushed from here on is not before it.
    pub(super) const fn mark(&self) -> u64 {
        self.pushed
    }

    /// What was pushed before a mark is known.
    pub(super) fn know(&mut self, mark: u64) {
        let behind = usize::try_from(self.pushed.saturating_sub(mark)).unwrap_or(usize::MAX);
        let before = self.held.len().saturating_sub(behind);
        self.held.iter_mut().take(before).for_each(|held| held.is_known = true);
    }

    /// The next one that may go: also one that has waited for longer than that.
    pub(super) fn pop(&mut self, now: Duration, longest: Duration) -> Option<HealthEvent> {
        let may_go = |held: &Held| held.is_known || now.saturating_sub(held.since) >= longest;
        if self.held.front().is_some_and(may_go) { self.held.pop_front().map(|held| held.event) } else { None }
    }
}
