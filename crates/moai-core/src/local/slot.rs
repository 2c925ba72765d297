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
    pub(super) joined: u64,
    capacity: usize,
    inner: Mutex<Inner>,
}

struct Inner {
    queue: VecDeque<Envelope>,
    receiver: Option<Waker>,
    open: bool,
    state: AgentState,
}

/// What became of an envelope: whom to wake, or why it was refused. Both are dropped, and the waker is called, while nothing is
/// held: it may run anything.
pub(super) type Pushed = Result<Option<Waker>, (CoordinatorError, Envelope)>;

/// Wakes whoever waits for what was put in.
#[inline]
pub(super) fn wake(pushed: Pushed) -> Result<(), CoordinatorError> {
    match pushed {
        Ok(None) => Ok(()),
        Ok(Some(receiver)) => {
            receiver.wake();
            Ok(())
        }
        Err((why, _)) => Err(why),
    }
}

impl Slot {
    pub(super) fn new(id: AgentId, role: Role, capacity: usize, joined: u64) -> Self {
        let inner = Inner { queue: VecDeque::new(), receiver: None, open: true, state: AgentState::Active };
        Self { id, role, joined, capacity, inner: Mutex::new(inner) }
    }

    /// Nothing can panic while the lock is held, and no foreign code runs, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an envelope behind the others, or gives it back. Nothing foreign runs.
    #[inline]
    pub(super) fn push(&self, envelope: Envelope) -> Pushed {
        let mut inner = self.lock();
        if !inner.open {
            return Err((CoordinatorError::UnknownRecipient { id: self.id.clone() }, envelope));
        }
        if inner.queue.len() >= self.capacity {
            let why = CoordinatorError::MailboxFull { id: self.id.clone(), capacity: self.capacity };
            return Err((why, envelope));
        }
        inner.queue.push_back(envelope);
        Ok(inner.receiver.take())
    }

    /// With which epoch a member joined.
    pub(super) fn as_joined(&self) -> Option<u64> {
        (self.role == Role::Member).then_some(self.joined)
    }

    /// Takes the participant out: what waits may still be taken, nothing more comes.
    pub(super) fn close(&self) {
        let receiver = {
            let mut inner = self.lock();
            inner.open = false;
            inner.receiver.take()
        };
        if let Some(receiver) = receiver {
            receiver.wake();
        }
    }

    /// Takes one message; ready with `None` once the participant is out and nothing waits.
    pub(super) fn poll_one(&self, cx: &Context<'_>) -> Poll<Option<Envelope>> {
        self.poll(cx, |queue| queue.pop_front())
    }

    /// Takes up to `limit` messages; ready with 0 once the participant is out and nothing waits.
    pub(super) fn poll_many(&self, cx: &Context<'_>, into: &mut Vec<Envelope>, limit: usize) -> Poll<usize> {
        let take = |queue: &mut VecDeque<Envelope>| {
            let taken = queue.len().min(limit);
            into.extend(queue.drain(..taken));
            (taken > 0 || limit == 0).then_some(taken)
        };
        self.poll(cx, take).map(Option::unwrap_or_default)
    }

    /// Takes what `take` finds, or waits for a sender.
    ///
    /// A waker is foreign code: it is cloned and dropped while the lock is free, or it could come back for the lock.
    fn poll<T>(&self, cx: &Context<'_>, mut take: impl FnMut(&mut VecDeque<Envelope>) -> Option<T>) -> Poll<Option<T>> {
        let mut ours = None;
        loop {
            let mut inner = self.lock();
            if let Some(taken) = take(&mut inner.queue) {
                inner.give_memory_back();
                return Poll::Ready(Some(taken));
            }
            if !inner.open {
                return Poll::Ready(None);
            }
            if inner.receiver.as_ref().is_some_and(|receiver| receiver.will_wake(cx.waker())) {
                return Poll::Pending;
            }
            if let Some(ours) = ours.take() {
                let theirs = inner.receiver.replace(ours);
                drop(inner);
                drop(theirs);
                return Poll::Pending;
            }
            drop(inner);
            ours = Some(cx.waker().clone());
        }
    }

    pub(super) fn set_state(&self, state: AgentState) {
        self.lock().state = state;
    }

    pub(super) fn as_member(&self) -> Member {
        Member::new(self.id.clone(), self.lock().state, self.joined)
    }
}

impl Inner {
    /// A burst must not hold memory for ever: ten thousand mailboxes have had one at some time.
    fn give_memory_back(&mut self) {
        if self.queue.is_empty() && self.queue.capacity() > KEPT_CAPACITY {
            self.queue.shrink_to(KEPT_CAPACITY / 4);
        }
    }
}
