//! When something that was not answered is said again.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Sleep;

/// How long an answer is waited for: at first, and at the most, twice as long each time.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(64);

/// Waits for an answer, and says when that is over.
#[derive(Debug, Default)]
pub(super) struct Retry {
    tries: u32,
    waits: bool,
    /// Set up when it is first looked at, for that is within a runtime.
    timer: Option<Pin<Box<Sleep>>>,
}

impl Retry {
    /// Something was said: an answer is waited for from here on.
    pub(super) fn begin(&mut self) {
        (self.waits, self.timer) = (true, None);
    }

    /// It was answered.
    pub(super) fn end(&mut self) {
        *self = Self::default();
    }

    /// No answer is waited for just now.
    pub(super) fn pause(&mut self) {
        (self.waits, self.timer) = (false, None);
    }

    /// Whether an answer is waited for.
    pub(super) fn waits(&self) -> bool {
        self.waits
    }

    /// Whether nobody has looked since it began to wait.
    pub(super) fn is_unseen(&self) -> bool {
        self.waits && self.timer.is_none()
    }

    /// Ready when it is to be said again.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if !self.waits {
            return Poll::Pending;
        }
        let pause = FIRST_PAUSE.saturating_mul(1 << self.tries.min(10)).min(LONGEST_PAUSE);
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
        std::task::ready!(timer.as_mut().poll(context));
        self.tries = self.tries.saturating_add(1);
        (self.waits, self.timer) = (false, None);
        Poll::Ready(())
    }
}

/// A timer cannot be cloned: it begins anew.
impl Clone for Retry {
    fn clone(&self) -> Self {
        Self { tries: self.tries, waits: self.waits, timer: None }
    }
}
