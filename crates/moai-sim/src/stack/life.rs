//! One life of a process: from its start to its crash.

use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use moai_core::{AgentId, Coordinator};
use tokio::sync::Notify;

/// One life of a process. **Once it has crashed nothing that it began has an effect any more**: whatever it still calls
/// through its handles never returns, be it a driver's task that goes on somewhere. Cloning gives another handle.
///
/// ```
/// use moai_sim::stack::Life;
///
/// let (one, other) = (Life::new(), Life::new());
/// one.crash();
/// assert!(one.is_over() && !other.is_over());
/// ```
#[derive(Clone, Default)]
pub struct Life {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    is_over: AtomicBool,
    is_poisoned: AtomicBool,
    rings: Notify,
    joined: Mutex<Vec<(Arc<dyn Coordinator>, AgentId)>>,
}

impl Life {
    /// A life that begins.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// It ends, whatever it was doing.
    pub fn crash(&self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        self.shared.rings.notify_one();
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.shared.is_over.load(Ordering::SeqCst)
    }

    /// A write of it failed: what it has stored is not known, and it must be started again.
    pub(super) fn poison(&self) {
        self.shared.is_poisoned.store(true, Ordering::SeqCst);
        self.shared.rings.notify_one();
    }

    pub(super) fn is_poisoned(&self) -> bool {
        self.shared.is_poisoned.load(Ordering::SeqCst)
    }

    /// Waits until it has ended, or has to be ended.
    pub(super) async fn ended(&self) {
        while !self.is_over() && !self.is_poisoned() {
            self.shared.rings.notified().await;
        }
    }

    /// Goes on while it lives; what is over never goes on.
    pub(super) async fn goes_on(&self) {
        if self.is_over() {
            pending::<()>().await;
        }
    }

    /// It stands in this swarm under this name until it is over.
    pub(super) fn has_joined(&self, swarm: Arc<dyn Coordinator>, name: AgentId) {
        self.shared.joined.lock().unwrap_or_else(PoisonError::into_inner).push((swarm, name));
    }

    /// Takes it out of wherever it has joined.
    pub(super) async fn bury(&self) {
        let joined = std::mem::take(&mut *self.shared.joined.lock().unwrap_or_else(PoisonError::into_inner));
        for (swarm, name) in joined {
            // It may have left before.
            let _ = swarm.leave(&name).await;
        }
    }
}

impl std::fmt::Debug for Life {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Life").field("is_over", &self.is_over()).finish_non_exhaustive()
    }
}
