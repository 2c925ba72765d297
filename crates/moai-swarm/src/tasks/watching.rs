//! Who waits until nothing is open any more, and when it has to look again.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

#[derive(Debug, Default)]
pub(super) struct Watching {
    bell: Arc<Notify>,
    /// All who watch look again by themselves until then; without end, if never.
    until: Option<Duration>,
}

impl Watching {
    pub(super) fn bell(&self) -> Arc<Notify> {
        self.bell.clone()
    }

    /// Whoever looked sleeps until the next thing comes back by time; so do, at the most, the others.
    pub(super) fn sleeps_until(&mut self, next: Option<Duration>) {
        self.until = next;
    }

    /// Rings where nothing is open any more, or where something comes back before anybody looks.
    pub(super) fn settle(&self, is_empty: bool, next: Option<Duration>) {
        let is_earlier = next.is_some_and(|next| self.until.is_none_or(|until| next < until));
        if is_empty || is_earlier {
            self.ring();
        }
    }

    pub(super) fn ring(&self) {
        self.bell.notify_waiters();
    }
}
