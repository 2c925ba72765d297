//! When a follower that hears nothing says again where it stands.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use moai_core::Chance;
use tokio::time::{Instant, Sleep};

/// Waits while nothing is heard.
#[derive(Debug)]
pub(super) struct Renewal {
    heard: Instant,
    /// What is waited this time.
    pause: Duration,
    /// Set up when it is first looked at, for that is within a runtime.
    timer: Option<Pin<Box<Sleep>>>,
}

impl Renewal {
    /// Something was heard. The timer stays: when it rings it is seen that there is more to wait for.
    pub(super) fn hear(&mut self) {
        self.heard = Instant::now();
    }

    /// Ready when nothing was heard for about so long: those who began together do not go on together.
    pub(super) fn poll(&mut self, every: Duration, chance: &dyn Chance, context: &mut Context<'_>) -> Poll<()> {
        let timer = match &mut self.timer {
            Some(timer) => timer,
            none => {
                self.pause = around(every, chance);
                none.insert(Box::pin(tokio::time::sleep_until(self.heard + self.pause)))
            }
        };
        loop {
            std::task::ready!(timer.as_mut().poll(context));
            let due = self.heard + self.pause;
            if timer.deadline() >= due {
                self.timer = None;
                return Poll::Ready(());
            }
            timer.as_mut().reset(due);
        }
    }
}

impl Default for Renewal {
    fn default() -> Self {
        Self { heard: Instant::now(), pause: Duration::ZERO, timer: None }
    }
}

/// A timer cannot be cloned: it begins anew.
impl Clone for Renewal {
    fn clone(&self) -> Self {
        Self { timer: None, ..*self }
    }
}

/// Between three and five quarters of it. Without chance it is as it is.
fn around(every: Duration, chance: &dyn Chance) -> Duration {
    let quarter = every / 4;
    let part = |drawn: u64| quarter * 3 + quarter * u32::try_from(drawn % 2_001).unwrap_or(0) / 1_000;
    chance.draw().map_or(every, part)
}
