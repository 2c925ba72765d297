//! What an agent has to send, in order for each recipient, and no recipient in the way of another.

use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use moai_core::{AgentId, Coordinator, CoordinatorError, Outgoing};
use tokio::time::{Instant, Sleep, sleep_until};

/// How long a recipient whose mailbox is full is left alone before it is tried again: at first, and at the most. Together
/// that is about a second.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(640);

/// How many messages wait for recipients whose mailboxes are full.
const MOST_HELD: usize = 1_024;

/// What became of messages.
pub(super) enum Sent {
    /// One was accepted.
    Accepted,
    /// These were not, and are given up.
    GivenUp(Vec<Outgoing>, CoordinatorError),
}

type Sending = Pin<Box<dyn Future<Output = (Outgoing, Result<(), CoordinatorError>)> + Send>>;

/// Messages that wait to be sent. Those to a recipient whose mailbox is full wait for it, in their order, and the others go
/// on.
#[derive(Default)]
pub(super) struct Outbox {
    next: VecDeque<Outgoing>,
    sending: Option<Sending>,
    full: BTreeMap<AgentId, Full>,
    /// When somebody whose mailbox was full is tried again.
    timer: Option<Pin<Box<Sleep>>>,
}

/// A recipient whose mailbox is full.
struct Full {
    waiting: VecDeque<Outgoing>,
    pause: Duration,
    again: Instant,
}

impl Outbox {
    pub(super) fn extend(&mut self, outgoing: impl IntoIterator<Item = Outgoing>) {
        self.next.extend(outgoing);
    }

    /// How many wait for nobody but the coordinator.
    pub(super) fn unhindered(&self) -> usize {
        self.next.len()
    }

    /// How many have not been sent.
    pub(super) fn len(&self) -> usize {
        self.next.len() + usize::from(self.sending.is_some()) + self.held()
    }

    fn held(&self) -> usize {
        self.full.values().map(|full| full.waiting.len()).sum()
    }

    /// Sends, and says what became of what. The future may be dropped: nothing is lost. While there is nothing, it waits.
    pub(super) async fn turn(&mut self, coordinator: &Arc<dyn Coordinator>) -> Sent {
        poll_fn(|context| self.poll(coordinator, context)).await
    }

    fn poll(&mut self, coordinator: &Arc<dyn Coordinator>, context: &mut Context<'_>) -> Poll<Sent> {
        loop {
            let sending = match &mut self.sending {
                Some(sending) => sending,
                None => match self.choose(context) {
                    Err(given_up) => return Poll::Ready(given_up),
                    Ok(None) => return Poll::Pending,
                    Ok(Some(outgoing)) => {
                        let coordinator = coordinator.clone();
                        self.sending.insert(Box::pin(async move {
                            let sent = coordinator.send(&outgoing.to, outgoing.envelope.clone()).await;
                            (outgoing, sent)
                        }))
                    }
                },
            };
            let (outgoing, sent) = std::task::ready!(sending.as_mut().poll(context));
            self.sending = None;
            match sent {
                Ok(()) => {
                    self.reached(&outgoing.to);
                    return Poll::Ready(Sent::Accepted);
                }
                // It may only be behind for a moment, and nobody asks again for what it does not take.
                Err(why @ CoordinatorError::MailboxFull { .. }) => {
                    if let Some(given_up) = self.hold(outgoing) {
                        return Poll::Ready(Sent::GivenUp(given_up, why));
                    }
                }
                Err(why) => {
                    // Whoever cannot be reached any more takes none of what waits for it either.
                    let waiting = self.full.remove(&outgoing.to).map(|full| full.waiting).unwrap_or_default();
                    let given_up = [outgoing].into_iter().chain(waiting).collect();
                    return Poll::Ready(Sent::GivenUp(given_up, why));
                }
            }
        }
    }

    /// What is to be sent now: to somebody who has been left alone for long enough, or else what comes next.
    fn choose(&mut self, context: &mut Context<'_>) -> Result<Option<Outgoing>, Sent> {
        while let Some(timer) = &mut self.timer {
            if timer.as_mut().poll(context).is_pending() {
                break;
            }
            let now = timer.deadline();
            let due = self.full.iter_mut().find(|(_, full)| full.again <= now);
            let outgoing = due.and_then(|(_, full)| {
                full.again += LONGEST_PAUSE;
                full.waiting.pop_front()
            });
            self.set_timer();
            if outgoing.is_some() {
                return Ok(outgoing);
            }
        }
        while let Some(outgoing) = self.next.pop_front() {
            if self.next.is_empty() {
                // Most agents have nothing to say most of the time, and there are many agents.
                self.next = VecDeque::new();
            }
            if !self.full.contains_key(&outgoing.to) {
                return Ok(Some(outgoing));
            }
            if self.held() >= MOST_HELD {
                let why = CoordinatorError::MailboxFull { id: outgoing.to.clone(), capacity: MOST_HELD };
                return Err(Sent::GivenUp(vec![outgoing], why));
            }
            self.full.entry(outgoing.to.clone()).and_modify(|full| full.waiting.push_back(outgoing));
        }
        Ok(None)
    }

    /// Whoever was full has taken one: what waits for it comes next, before all that was said later.
    fn reached(&mut self, recipient: &AgentId) {
        if self.full.is_empty() {
            return;
        }
        if let Some(full) = self.full.remove(recipient) {
            full.waiting.into_iter().rev().for_each(|outgoing| self.next.push_front(outgoing));
            self.set_timer();
        }
    }

    /// Leaves a recipient alone for a while. One that has been left alone for long enough is given up, with all that waits
    /// for it.
    fn hold(&mut self, outgoing: Outgoing) -> Option<Vec<Outgoing>> {
        let (to, now) = (outgoing.to.clone(), Instant::now());
        match self.full.get_mut(&to) {
            Some(full) if full.pause >= LONGEST_PAUSE => {
                let waiting = self.full.remove(&to).map(|full| full.waiting).unwrap_or_default();
                self.set_timer();
                return Some([outgoing].into_iter().chain(waiting).collect());
            }
            Some(full) => {
                full.pause *= 2;
                full.again = now + full.pause;
                full.waiting.push_front(outgoing);
            }
            None => {
                let (waiting, again) = (VecDeque::from([outgoing]), now + FIRST_PAUSE);
                self.full.insert(to, Full { waiting, pause: FIRST_PAUSE, again });
            }
        }
        self.set_timer();
        None
    }

    fn set_timer(&mut self) {
        let first = self.full.values().map(|full| full.again).min();
        self.timer = first.map(|again| Box::pin(sleep_until(again)));
    }
}
