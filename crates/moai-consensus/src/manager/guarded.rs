//! A session under its own lock, and what keeps its rule from locking itself out.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use moai_core::{ProposalId, Timestamp};
use tokio::sync::Notify;

use super::RequestError;
use crate::{Input, Opening, Output, Session};

/// A session under its own lock.
///
/// **A rule is anybody's code, and may look back at the manager while it judges.** So a thread knows that it is inside of
/// a session: there it waits for no session's lock, and hands in nothing.
pub(super) struct Guarded {
    /// Which proposal it is about.
    pub(super) id: ProposalId,
    session: Mutex<Box<dyn Session>>,
    /// Whether it is on the desk no more.
    ended: AtomicBool,
    /// Whether anybody watches how it stands.
    watched: AtomicBool,
    moved: Notify,
}

impl Guarded {
    pub(super) fn new(id: ProposalId, session: Box<dyn Session>) -> Self {
        let (ended, watched) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { id, session: Mutex::new(session), ended, watched, moved: Notify::new() }
    }

    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::SeqCst);
        self.ring();
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }

    /// A session that panicked has ended its vote, and is asked nothing more: a poisoned lock is as good as any.
    pub(super) fn lock(&self) -> MutexGuard<'_, Box<dyn Session>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the session; nothing from inside of one that is at work.
    pub(super) fn look_at<T>(&self, look: impl FnOnce(&dyn Session) -> Option<T>) -> Option<T> {
        if !is_inside() {
            return look(self.lock().as_ref());
        }
        match self.session.try_lock() {
            Ok(guard) => look(guard.as_ref()),
            Err(TryLockError::Poisoned(guard)) => look(guard.into_inner().as_ref()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Rings when the session has taken something in. From now on: whoever waits looks again after asking for this.
    pub(super) fn moved(&self) -> &Notify {
        self.watched.store(true, Ordering::SeqCst);
        &self.moved
    }

    /// Tells whoever watches.
    pub(super) fn ring(&self) {
        if self.watched.load(Ordering::SeqCst) {
            self.moved.notify_waiters();
        }
    }
}

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is inside of a session.
pub(super) fn is_inside() -> bool {
    INSIDE.get()
}

/// What an algorithm or a session makes of something. It may be anybody's code.
///
/// # Errors
///
/// When it panics.
pub(super) fn caught<T>(proposal: &ProposalId, run: impl FnOnce() -> T) -> Result<T, RequestError> {
    /// Also when it unwinds.
    struct Leave(bool);
    impl Drop for Leave {
        fn drop(&mut self) {
            INSIDE.set(self.0);
        }
    }
    let made = catch_unwind(AssertUnwindSafe(|| {
        let _leave = Leave(INSIDE.replace(true));
        run()
    }));
    made.map_err(|_| RequestError::Panicked { proposal: proposal.clone() })
}

/// What a session makes of an input.
///
/// # Errors
///
/// When it panics.
pub(super) fn handled(
    session: &mut dyn Session,
    proposal: &ProposalId,
    now: Timestamp,
    input: Input,
) -> Result<Vec<Output>, RequestError> {
    caught(proposal, || session.handle(now, input))
}

/// The session that an algorithm opens.
///
/// # Errors
///
/// When it does not, or panics.
pub(super) fn opened(algorithm: &dyn crate::Algorithm, opening: Opening) -> Result<Box<dyn Session>, RequestError> {
    let proposal = opening.proposal.clone();
    Ok(caught(proposal.id(), || algorithm.open(opening))??)
}
