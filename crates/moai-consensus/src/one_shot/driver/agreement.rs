//! An agreement that an agent takes part in, as its owner sees it.

use std::sync::{Arc, Mutex, PoisonError};

use moai_core::Digest;
use tokio::sync::watch;

use super::super::{Agreed, Proof, Setting};
use super::AgreementError;
use super::inbox::Inbox;

/// How an agreement stands: nothing as long as it is open.
pub(super) type Ending = Option<Result<Arc<Agreed>, AgreementError>>;

/// What there is to see of an agreement.
pub(super) struct Seen {
    pub(super) ending: watch::Sender<Ending>,
    proofs: Mutex<Vec<Arc<Proof>>>,
}

impl Seen {
    pub(super) fn new() -> Self {
        Self { ending: watch::Sender::new(None), proofs: Mutex::new(Vec::new()) }
    }

    pub(super) fn accuse(&self, proof: Arc<Proof>) {
        self.proofs.lock().unwrap_or_else(PoisonError::into_inner).push(proof);
    }

    pub(super) fn is_over(&self) -> bool {
        self.ending.borrow().is_some()
    }

    /// The first ending stands, whatever becomes of the agent; only that more lie than may takes an outcome back.
    pub(super) fn end(&self, ending: Result<Arc<Agreed>, AgreementError>) {
        let breach = matches!(ending, Err(AgreementError::FaultBoundExceeded(_)));
        self.ending.send_if_modified(|known| {
            let stands = known.as_ref().is_some_and(|known| known.is_err() || !breach);
            if !stands {
                *known = Some(ending);
            }
            !stands
        });
    }
}

/// An agreement that an agent takes part in. **Dropping it ends nothing**: the others count on the agent, and it goes on
/// answering them, before the outcome and after it, until it is told to [`end`](Self::end).
#[derive(Clone)]
pub struct Agreement {
    pub(super) setting: Setting,
    pub(super) seen: Arc<Seen>,
    pub(super) inbox: Arc<Inbox>,
}

impl Agreement {
    /// Waits for the outcome. May be called again, and dropped half way. Once it is given it stands, except that a later call
    /// says so when it turns out that more lie than may.
    ///
    /// # Errors
    ///
    /// [`Journal`](AgreementError::Journal) when the agent could not write down what it was about to say,
    /// [`Panicked`](AgreementError::Panicked), [`FaultBoundExceeded`](AgreementError::FaultBoundExceeded), and
    /// [`Ended`](AgreementError::Ended) when it has stopped before there was an outcome.
    pub async fn outcome(&self) -> Result<Arc<Agreed>, AgreementError> {
        match self.seen.ending.subscribe().wait_for(Option::is_some).await {
            Ok(ended) => ended.clone().unwrap_or(Err(AgreementError::Ended)),
            Err(_) => Err(AgreementError::Ended),
        }
    }

    /// The outcome, if there is one by now.
    ///
    /// # Errors
    ///
    /// As [`outcome`](Self::outcome).
    pub fn look(&self) -> Result<Option<Arc<Agreed>>, AgreementError> {
        self.seen.ending.borrow().clone().transpose()
    }

    /// The lies that are proven so far: each kind once of each liar.
    #[must_use]
    pub fn evidence(&self) -> Vec<Arc<Proof>> {
        self.seen.proofs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What it is about.
    #[must_use]
    pub const fn setting(&self) -> &Setting {
        &self.setting
    }

    /// What tells it from others.
    #[must_use]
    pub fn instance(&self) -> Digest {
        self.setting.instance()
    }

    /// Stops taking part: nobody is answered any more. What was said stands in the journal, and
    /// [`agree`](super::Agreements::agree) goes on from there.
    pub fn end(&self) {
        self.inbox.end();
    }
}

impl std::fmt::Debug for Agreement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts = f.debug_struct("Agreement");
        parts.field("instance", &self.instance()).field("ending", &*self.seen.ending.borrow()).finish_non_exhaustive()
    }
}
