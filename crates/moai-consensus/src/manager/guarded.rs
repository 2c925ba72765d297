//! A session under its own lock, and what keeps its rule from locking itself out.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};

use moai_core::{CorrelationId, ProposalId, Timestamp};
use tokio::sync::Notify;

use super::RequestError;
use crate::{Algorithm, Certificate, Electorate, Input, Opening, Output, Session};

type Slot = Result<Box<dyn Session>, RequestError>;

struct Inside {
    /// Or why it is gone.
    session: Slot,
    /// When it last took something in: its time never goes back, so that the record closes the same rounds again.
    latest: Timestamp,
}

/// A session under its own lock.
///
/// **A rule is anybody's code, and may look back at the manager while it judges.** So a thread knows that it is inside of
/// a session: there it waits for no session's lock, and hands in nothing.
///
/// **A session that panicked is gone**, under the lock in which it did: what it would say is worth nothing.
pub(super) struct Guarded {
    /// Which proposal it is about.
    pub(super) id: ProposalId,
    /// Tells this vote from another under its name, and goes with its questions.
    pub(super) correlation: CorrelationId,
    /// Who may vote, with their keys.
    pub(super) voters: Electorate,
    /// What proves its outcome, once it is decided and if anything does.
    pub(super) certificate: Arc<OnceLock<Arc<Certificate>>>,
    /// How many microseconds its time is ahead of the manager's: the wall clock may have been set since the manager began.
    ahead: i64,
    session: Mutex<Inside>,
    /// Whether it is on the desk no more.
    ended: AtomicBool,
    /// Whether the journal refused something of it.
    refused: AtomicBool,
    /// Whether anybody watches how it stands.
    watched: AtomicBool,
    moved: Notify,
}

impl Guarded {
    pub(super) fn new(
        id: ProposalId,
        correlation: CorrelationId,
        voters: Electorate,
        ahead: i64,
        latest: Timestamp,
        session: Box<dyn Session>,
    ) -> Self {
        let (ended, refused, watched) = (AtomicBool::new(false), AtomicBool::new(false), AtomicBool::new(false));
        let session = Mutex::new(Inside { session: Ok(session), latest });
        let (certificate, moved) = (Arc::default(), Notify::new());
        Self { id, correlation, voters, certificate, ahead, session, ended, refused, watched, moved }
    }

    pub(super) const fn ahead(&self) -> i64 {
        self.ahead
    }

    /// The manager's time as this vote has it.
    pub(super) fn time(&self, manager: Timestamp) -> Timestamp {
        shifted(manager, self.ahead)
    }

    /// This vote's time as the manager has it.
    pub(super) fn manager_time(&self, its: Timestamp) -> Timestamp {
        shifted(its, self.ahead.saturating_neg())
    }

    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::SeqCst);
        self.ring();
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }

    pub(super) fn is_refused(&self) -> bool {
        self.refused.load(Ordering::SeqCst)
    }

    /// The journal refused something of it, so nothing behind that may be recorded.
    pub(super) fn refuse(&self) {
        self.refused.store(true, Ordering::SeqCst);
    }

    pub(super) fn lock(&self) -> Locked<'_> {
        Locked { id: &self.id, inside: self.session.lock().unwrap_or_else(PoisonError::into_inner) }
    }

    /// Looks at the session; nothing when it is gone, panics, or is at work and this is inside of one that is.
    pub(super) fn look_at<T>(&self, look: impl FnOnce(&dyn Session) -> Option<T>) -> Option<T> {
        let guard = match is_inside() {
            false => self.session.lock().unwrap_or_else(PoisonError::into_inner),
            true => match self.session.try_lock() {
                Ok(guard) => guard,
                Err(TryLockError::Poisoned(guard)) => guard.into_inner(),
                Err(TryLockError::WouldBlock) => return None,
            },
        };
        let session = guard.session.as_deref().ok()?;
        caught(&self.id, || look(session)).ok()?
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

/// A time so many microseconds later.
pub(super) fn shifted(time: Timestamp, by: i64) -> Timestamp {
    let far = if by < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_unix_micros(time.unix_micros().saturating_add(by)).unwrap_or(far)
}

/// A session that nobody else looks at meanwhile.
pub(super) struct Locked<'a> {
    id: &'a ProposalId,
    inside: MutexGuard<'a, Inside>,
}

impl Locked<'_> {
    /// The time, or that of the input before where it is behind that: somebody else came first.
    pub(super) fn time(&mut self, now: Timestamp) -> Timestamp {
        self.inside.latest = self.inside.latest.max(now);
        self.inside.latest
    }

    /// What the session makes of an input.
    ///
    /// # Errors
    ///
    /// When it panics, and so is gone from now on; or when it is gone, and nothing is to be done about it any more.
    pub(super) fn handle(&mut self, now: Timestamp, input: Input) -> Result<Vec<Output>, Gone> {
        let session = self.inside.session.as_mut().map_err(|why| Gone { why: why.clone(), is_news: false })?;
        handled(session.as_mut(), self.id, now, input).map_err(|why| self.give_up(why))
    }

    /// Whether it has decided; also when it is gone, and so decides nothing any more.
    pub(super) fn has_decided(&self) -> bool {
        let decided = |session: &dyn Session| session.outcome().is_some();
        self.inside.session.as_deref().map_or(true, |session| caught(self.id, || decided(session)).unwrap_or(false))
    }

    /// Lets it be gone, whatever its drop does.
    pub(super) fn give_up(&mut self, why: RequestError) -> Gone {
        let session = std::mem::replace(&mut self.inside.session, Err(why.clone()));
        let _ = caught(self.id, || drop(session));
        Gone { why, is_news: true }
    }
}

/// A session is gone.
pub(super) struct Gone {
    pub(super) why: RequestError,
    /// Whether nobody knows of it yet.
    pub(super) is_news: bool,
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
pub(super) fn opened(algorithm: &dyn Algorithm, opening: Opening) -> Result<Box<dyn Session>, RequestError> {
    // Also for an algorithm that does not ask.
    opening.check_keys()?;
    let proposal = opening.proposal.clone();
    Ok(caught(proposal.id(), || algorithm.open(opening))??)
}
