//! One participant's place: what waits for it, and who must be woken.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::{AgentId, AgentState, CoordinatorError, Envelope, Member, Role};

/// A drained queue that once held more than this gives its memory back.
const KEPT_CAPACITY: usize = 256;

/// The place of one participant, shared by its mailbox and its senders.
pub(super) struct Slot {
    pub(super) id: AgentId,
    pub(super) role: Role,
    capacity: usize,
    inner: Mutex<Inner>,
}

struct Inner {
    queue: VecDeque<Envelope>,
    receiver: Option<Waker>,
    joined: bool,
    state: AgentState,
}

impl Slot {
    pub(super) fn new(id: AgentId, role: Role, capacity: usize) -> Self {
        let inner = Inner { queue: VecDeque::new(), receiver: None, joined: true, state: AgentState::Active };
        Self { id, role, capacity, inner: Mutex::new(inner) }
    }

    /// Nothing can panic while the lock is held, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an envelope behind the others, and wakes the receiver once the lock is free: waking may run anything.
    pub(super) fn push(&self, envelope: Envelope) -> Result<(), CoordinatorError> {
        let receiver = {
            let mut inner = self.lock();
            if !inner.joined {
                return Err(CoordinatorError::UnknownRecipient { id: self.id.clone() });
            }
            if inner.queue.len() >= self.capacity {
                return Err(CoordinatorError::MailboxFull { id: self.id.clone(), capacity: self.capacity });
            }
            inner.queue.push_back(envelope);
            inner.receiver.take()
        };
        if let Some(receiver) = receiver {
            receiver.wake();
        }
        Ok(())
    }

    /// Takes the participant out: what waits may still be taken, nothing more comes.
    pub(super) fn close(&self) {
        let receiver = {
            let mut inner = self.lock();
            inner.joined = false;
            inner.receiver.take()
        };
        if let Some(receiver) = receiver {
            receiver.wake();
        }
    }

    /// Takes one message; ready with `None` once the participant is out and nothing waits.
    pub(super) fn poll_one(&self, cx: &mut Context<'_>) -> Poll<Option<Envelope>> {
        let mut inner = self.lock();
        match inner.queue.pop_front() {
            Some(envelope) => {
                inner.give_memory_back();
                Poll::Ready(Some(envelope))
            }
            None => inner.wait(cx).map(|()| None),
        }
    }

    /// Takes up to `limit` messages; ready with 0 once the participant is out and nothing waits.
    pub(super) fn poll_many(&self, cx: &mut Context<'_>, into: &mut Vec<Envelope>, limit: usize) -> Poll<usize> {
        let mut inner = self.lock();
        let taken = inner.queue.len().min(limit);
        if taken == 0 && limit > 0 {
            return inner.wait(cx).map(|()| 0);
        }
        into.extend(inner.queue.drain(..taken));
        inner.give_memory_back();
        Poll::Ready(taken)
    }

    pub(super) fn set_state(&self, state: AgentState) {
        self.lock().state = state;
    }

    pub(super) fn as_member(&self) -> Member {
        Member { id: self.id.clone(), state: self.lock().state }
    }
}

impl Inner {
    /// Waits for a sender, or says that none will come.
    fn wait(&mut self, cx: &Context<'_>) -> Poll<()> {
        if !self.joined {
            return Poll::Ready(());
        }
        match &mut self.receiver {
            Some(receiver) => receiver.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    /// A burst must not hold memory for ever: ten thousand mailboxes have had one at some time.
    fn give_memory_back(&mut self) {
        if self.queue.is_empty() && self.queue.capacity() > KEPT_CAPACITY {
            self.queue.shrink_to(KEPT_CAPACITY / 4);
        }
    }
}
