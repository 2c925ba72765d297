//! What is sent, and goes on beside everything else when it does not end at once.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use moai_core::{AgentId, CoordinatorError, CorrelationId, Envelope};
use tokio::time::{Instant, timeout};

use super::Live;
use super::follower::Place;

/// How long a coordinator that does not say what became of a message is waited for.
const SENDING: Duration = Duration::from_secs(1);

/// How much more than one message to each follower goes on at the most.
const MORE: usize = 1_000;

/// What has ended.
pub(super) enum Done {
    /// A message to an agent, and whether it was sent, unless that is not known. A follower stands there then.
    Sent { agent: AgentId, stream: CorrelationId, place: Option<Place>, sent: Option<Result<(), CoordinatorError>> },
    /// Whoever wrote something is answered.
    Answered,
}

impl Live {
    /// Sends a message: to a follower, behind which it stands there, or one that takes no credit.
    pub(super) async fn send(&mut self, agent: AgentId, envelope: Envelope, place: Option<Place>) {
        let coordinator = self.shared.coordinator.clone();
        self.beside(async move {
            let stream = envelope.correlation();
            let sent = timeout(SENDING, coordinator.send(&agent, envelope)).await.ok();
            Done::Sent { agent, stream, place, sent }
        })
        .await;
    }

    /// Does something, beside everything else if it does not end at once.
    pub(super) async fn beside(&mut self, doing: impl Future<Output = Done> + Send + 'static) {
        let mut doing = Box::pin(doing);
        match poll_fn(|context| Poll::Ready(doing.as_mut().poll(context))).await {
            Poll::Ready(done) => self.note(done),
            Poll::Pending if self.beside.len() < self.followers.len().saturating_add(MORE) => {
                self.beside.spawn(doing);
            }
            Poll::Pending => {
                // Nothing ends any more: this is waited for, so that no more comes.
                let done = doing.await;
                self.note(done);
            }
        }
    }

    /// Something has ended.
    pub(super) fn note(&mut self, done: Done) {
        let Done::Sent { agent, stream, place, sent } = done else { return };
        let is_sent = match sent {
            Some(Ok(())) => true,
            Some(Err(CoordinatorError::UnknownRecipient { .. })) => return self.let_go(&agent),
            Some(Err(cause)) => {
                tracing::debug!(%agent, %cause, "an agent cannot be told");
                false
            }
            None => {
                tracing::debug!(%agent, "it is not known in time whether an agent is told");
                false
            }
        };
        let follower = self.followers.get_mut(&agent).filter(|follower| follower.stream == stream);
        let (Some(follower), Some(place)) = (follower, place) else { return };
        let due = follower.due();
        follower.is_being_sent = false;
        if is_sent {
            follower.sent(place, Instant::now());
            self.ready.insert(agent.clone());
        } else {
            follower.put_off(Instant::now());
        }
        self.note_due(&agent, Some(due));
    }
}
