//! Between an agent's work and its heartbeat: evidence goes in, the epoch of the lease comes out.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use moai_core::InvalidInput;

use super::LeaseEpoch;
use super::monitor::EVIDENCE_BYTES;

/// Where an agent's work leaves evidence of progress, for the next beat to carry, and reads the epoch of its lease. The
/// last evidence counts.
///
/// ```
/// use moai_swarm::heartbeat::Progress;
///
/// let progress = Progress::default();
/// assert!(progress.show("page 3 of 10").is_ok());
/// assert!(progress.show("").is_err()); // nothing is no evidence
/// ```
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    evidence: Option<String>,
    epoch: Option<LeaseEpoch>,
}

impl Progress {
    /// Leaves evidence.
    ///
    /// # Errors
    ///
    /// `Empty`, and `TooLong` for more than 256 bytes.
    pub fn show(&self, evidence: impl Into<String>) -> Result<(), InvalidInput> {
        let evidence = evidence.into();
        if evidence.is_empty() {
            return Err(InvalidInput::Empty { field: "evidence" });
        }
        if evidence.len() > EVIDENCE_BYTES {
            let (limit, got) = (EVIDENCE_BYTES as u64, evidence.len() as u64);
            return Err(InvalidInput::TooLong { field: "evidence", limit, got });
        }
        self.lock().evidence = Some(evidence);
        Ok(())
    }

    /// The epoch of the lease, once the monitor has told it: what results go under. Read it when work begins: a result
    /// of work that was taken away meanwhile is then refused.
    ///
    /// ```
    /// use std::{future::poll_fn, sync::Arc, time::Duration};
    /// use moai_core::{Coordinator, Handler, LocalCoordinator, Role, agent_id, swarm_id};
    /// use moai_swarm::heartbeat::{HeartbeatHandler, HeartbeatMonitor, HeartbeatOptions};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    /// let (me, name) = (agent_id!("agent-1"), HeartbeatMonitor::service_name());
    /// let mut mailbox = swarm.join(me.clone(), Role::Member).await?;
    /// let monitor = HeartbeatMonitor::new(swarm.clone(), HeartbeatOptions::default()).await?;
    /// let mut handler = HeartbeatHandler::new(swarm_id!("swarm-001"), me.clone(), name, Duration::from_secs(1));
    /// let progress = handler.progress(); // the work keeps this, the agent's loop the handler
    /// assert_eq!(progress.epoch(), None);
    ///
    /// for beat in poll_fn(|context| handler.poll_unasked(context)).await {
    ///     swarm.send(&beat.to, beat.envelope).await?;
    /// }
    /// let lease = mailbox.recv().await.expect("the monitor answers");
    /// let _ = handler.handle(&lease);
    /// let epoch = progress.epoch().expect("the monitor has told it");
    /// assert!(monitor.check(&me, epoch).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn epoch(&self) -> Option<LeaseEpoch> {
        self.lock().epoch
    }

    /// Notes the epoch, and says whether it is another one.
    pub(super) fn learn(&self, epoch: LeaseEpoch) -> bool {
        self.lock().epoch.replace(epoch) != Some(epoch)
    }

    /// What the next beat says. Evidence counts under an epoch alone: it waits until there is one.
    pub(super) fn take(&self) -> (Option<LeaseEpoch>, Option<String>) {
        let mut inner = self.lock();
        let evidence = if inner.epoch.is_some() { inner.evidence.take() } else { None };
        (inner.epoch, evidence)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
