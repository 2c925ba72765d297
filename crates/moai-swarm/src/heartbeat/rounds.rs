//! The monitor's one task: it hears, looks in its rounds, and tells.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use moai_core::{Coordinator, Envelope, Mailbox};
use tokio::sync::broadcast::{self, error::TryRecvError};
use tokio::sync::watch;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until, timeout};

use super::errand::{Errand, answer};
use super::service::Callback;
use super::watch::Watch;
use super::{HealthEvent, Input};

pub(super) struct Rounds {
    pub(super) watch: Arc<Watch>,
    pub(super) coordinator: Arc<dyn Coordinator>,
    pub(super) mailbox: Box<dyn Mailbox>,
    pub(super) callbacks: Vec<Callback>,
    pub(super) called: broadcast::Receiver<HealthEvent>,
    pub(super) errand: Errand,
}

impl Rounds {
    /// Runs until it is stopped, or the mailbox closes.
    pub(super) async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => {}
            () = self.work() => {}
        }
        self.watch.publish_all();
    }

    async fn work(&mut self) {
        let mut batch = Vec::new();
        loop {
            let next = self.watch.began + self.watch.lock().monitor.next();
            // What waits in the mailbox is heard before anybody is judged.
            let is_due = tokio::select! {
                biased;
                () = self.errand.done() => false,
                count = self.mailbox.recv_many(&mut batch, 1_024) => {
                    if count == 0 {
                        break;
                    }
                    self.hear(&mut batch).await;
                    // Where the mailbox never runs dry others have their turn all the same, stopping too.
                    yield_now().await;
                    // A flood puts a round off by less than what makes it late, and not for ever.
                    next + self.watch.patience() <= Instant::now()
                }
                () = self.watch.changed.notified() => false,
                () = sleep_until(next) => true,
            };
            if is_due {
                self.round().await;
            }
            self.watch.publish();
            self.call();
            if self.watch.has_errand() {
                self.errand.begin(&self.watch, &self.coordinator);
            }
        }
    }

    async fn hear(&mut self, batch: &mut Vec<Envelope>) {
        for envelope in batch.drain(..) {
            answer(&self.watch, self.coordinator.as_ref(), &envelope, Watch::receive).await;
        }
    }

    async fn round(&mut self) {
        self.watch.begin_round();
        // Who has left is not judged, where the coordinator says so in time. A round does not wait for longer.
        if self.errand.begin(&self.watch, &self.coordinator) {
            let _ = timeout(self.watch.patience(), self.errand.done()).await;
        }
        // Nobody is refused a round.
        let _ = self.watch.tell(Input::Tick);
    }

    fn call(&mut self) {
        loop {
            match self.called.try_recv() {
                Ok(event) => {
                    for callback in &self.callbacks {
                        if catch_unwind(AssertUnwindSafe(|| callback(&event))).is_err() {
                            tracing::error!(agent = %event.agent, "a callback panicked");
                        }
                    }
                }
                Err(TryRecvError::Lagged(missed)) => tracing::warn!(missed, "callbacks missed events"),
                Err(_) => return,
            }
        }
    }
}
