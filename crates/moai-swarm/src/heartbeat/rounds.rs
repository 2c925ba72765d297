//! The monitor's one task: it hears, looks in its rounds, and tells.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use moai_core::{Coordinator, Envelope, Mailbox};
use tokio::sync::broadcast::{self, error::TryRecvError};
use tokio::sync::watch;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until};

use super::service::Callback;
use super::watch::Watch;
use super::{HealthEvent, Input, wire};

pub(super) struct Rounds {
    pub(super) watch: Arc<Watch>,
    pub(super) coordinator: Arc<dyn Coordinator>,
    pub(super) mailbox: Box<dyn Mailbox>,
    pub(super) callbacks: Vec<Callback>,
    pub(super) called: broadcast::Receiver<HealthEvent>,
}

impl Rounds {
    /// Runs until it is stopped, or the mailbox closes.
    pub(super) async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        // Stopping drops the work half way: each call of a coordinator is then done, or not begun.
        tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => {}
            () = self.work() => {}
        }
    }

    async fn work(&mut self) {
        let mut batch = Vec::new();
        loop {
            let next = self.watch.began + self.watch.lock().monitor.next();
            // What waits in the mailbox is heard before anybody is judged.
            let is_due = tokio::select! {
                biased;
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
            self.call();
            self.tell_states().await;
        }
    }

    async fn hear(&mut self, batch: &mut Vec<Envelope>) {
        for envelope in batch.drain(..) {
            if let Some(epoch) = self.watch.receive(&envelope) {
                let me = self.mailbox.owner().clone();
                let answer = envelope.reply(me, wire::lease_kind(), wire::encode(Some(epoch), ""));
                // What is lost here the answer to the next beat makes up for.
                let _ = self.coordinator.send(envelope.from(), answer).await;
            }
        }
    }

    async fn round(&mut self) {
        match self.coordinator.view().await {
            Ok(view) => self.watch.take(&view),
            Err(error) => tracing::warn!(%error, "the members are not known"),
        }
        // Nobody is refused a round.
        let _ = self.watch.tell(Input::Tick);
        self.watch.lock().states.round();
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

    /// Tells the coordinator who has failed and who is back. What it does not take is tried again in the next round.
    async fn tell_states(&mut self) {
        let due = self.watch.lock().states.take();
        if due.is_empty() {
            return;
        }
        let view = match self.coordinator.view().await {
            Ok(view) => view,
            Err(error) => {
                tracing::warn!(%error, states = due.len(), "states were not told");
                let states = &mut self.watch.lock().states;
                due.into_iter().for_each(|(agent, turn)| states.refuse(agent, turn));
                return;
            }
        };
        for (agent, turn) in due {
            let Some(state) = self.watch.plan(&view, &agent, turn) else { continue };
            if let Err(error) = self.coordinator.set_state(&agent, state).await {
                tracing::warn!(%agent, %error, "a state was not told");
                self.watch.lock().states.refuse(agent, turn);
            }
        }
    }
}
