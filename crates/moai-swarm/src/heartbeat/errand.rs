//! What takes the coordinator's time: who is a member, whose first beat that answers, and who is told as failed or back. It goes on beside the rounds.

use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;

use moai_core::{Coordinator, Envelope};

use super::watch::Watch;
use super::{HeartbeatMonitor, LeaseEpoch, wire};

/// At most one errand at a time. Dropping it drops the work half way: each call of a coordinator is then done, or not
/// begun.
#[derive(Default)]
pub(super) struct Errand(Option<Pin<Box<dyn Future<Output = ()> + Send>>>);

impl Errand {
    /// Sets out, unless one is under way; says whether it did.
    pub(super) fn begin(&mut self, watch: &Arc<Watch>, coordinator: &Arc<dyn Coordinator>) -> bool {
        let is_free = self.0.is_none();
        if is_free {
            self.0 = Some(Box::pin(run(watch.clone(), coordinator.clone())));
        }
        is_free
    }

    /// Waits until it is done; for ever, where there is none. Dropping the future loses nothing.
    pub(super) async fn done(&mut self) {
        match &mut self.0 {
            Some(errand) => errand.await,
            None => pending().await,
        }
        self.0 = None;
    }
}

/// What the coordinator does not take is tried again in the next round.
async fn run(watch: Arc<Watch>, coordinator: Arc<dyn Coordinator>) {
    let strangers = watch.lock().strangers.take();
    let view = match coordinator.view().await {
        Ok(view) => view,
        Err(error) => {
            tracing::warn!(%error, "the members are not known, and no states are told");
            return watch.refuse(strangers);
        }
    };
    watch.take(&view);
    for beat in strangers.values() {
        answer(&watch, coordinator.as_ref(), beat, Watch::hear).await;
    }
    let (due, mark) = watch.due();
    for (agent, turn) in due {
        let Some(state) = watch.plan(&view, &agent, turn) else { continue };
        if let Err(error) = coordinator.set_state(&agent, state).await {
            tracing::warn!(%agent, %error, "a state was not told");
            watch.lock().states.refuse(agent, turn);
        }
    }
    watch.told(mark);
}

/// Takes a message in, and tells whoever beats its epoch where it does not know that.
pub(super) async fn answer(
    watch: &Watch,
    coordinator: &dyn Coordinator,
    envelope: &Envelope,
    takes: impl Fn(&Watch, &Envelope) -> Option<LeaseEpoch> + Send,
) {
    if let Some(epoch) = takes(watch, envelope) {
        let me = HeartbeatMonitor::service_name();
        let answer = envelope.reply(me, wire::lease_kind(), wire::encode(Some(epoch), ""));
        // What is lost here the answer to the next beat makes up for.
        let _ = coordinator.send(envelope.sender(), answer).await;
    }
}
