//! Rounds at regular times, and by how much they matter.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use moai_core::{InvalidInput, StateKey};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{StateSynchronizer, SyncError, SyncReport};

/// Rounds at regular times. **Dropping it stops them**, behind the one that is under way; [`shutdown`](Self::shutdown) waits for that.
///
/// No round begins before the last has ended. Each pause is up to a tenth longer, by chance, so that many synchronizers do
/// not ask at the same moment.
#[must_use = "dropping it stops the rounds"]
pub struct Periodic {
    stop: watch::Sender<bool>,
    last: watch::Receiver<Option<Arc<Round>>>,
    task: Option<JoinHandle<()>>,
}

/// One round of them: its number, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Round {
    /// Its number; the first is 1.
    pub number: u64,
    /// What came of it.
    pub reports: Result<Vec<SyncReport>, SyncError>,
}

impl Periodic {
    /// Waits for the next round to end, and tells what came of it; nothing when there will be no more. Of rounds that end
    /// between two calls the last is told.
    pub async fn next(&mut self) -> Option<Arc<Round>> {
        self.last.changed().await.ok()?;
        self.last.borrow_and_update().clone()
    }

    /// Begins no more rounds, and waits until the one that is under way has ended.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        if let Some(task) = self.task.take() {
            // A task that was aborted with its runtime has ended as well.
            let _ = task.await;
        }
    }
}

/// How much a key matters: how long its answers are waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Priority {
    /// Thirty seconds: it must come about.
    Critical,
    /// Ten seconds.
    High,
    /// Five seconds.
    Medium,
}

impl Priority {
    /// How long answers are waited for.
    #[must_use]
    pub const fn timeout(self) -> Duration {
        match self {
            Self::Critical => Duration::from_secs(30),
            Self::High => Duration::from_secs(10),
            Self::Medium => Duration::from_secs(5),
        }
    }
}

impl StateSynchronizer {
    /// Synchronizes these keys at once, and then again and again with this pause between two rounds.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use std::time::Duration;
    /// # use moai_core::{LocalCoordinator, StateKey, swarm_id};
    /// # use moai_store::MemoryStore;
    /// # use moai_sync::{ConflictResolver, StateSynchronizer};
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// # let (swarm, memory) = (Arc::new(LocalCoordinator::new(swarm_id!("swarm-001"))), Arc::new(MemoryStore::new()?));
    /// let synchronizer = StateSynchronizer::new(swarm, memory, ConflictResolver::crdt()).await?;
    /// let critical = [StateKey::new("task_queue")?, StateKey::new("agent_registry")?];
    /// let mut rounds = synchronizer.periodically(&critical, Duration::from_secs(60))?;
    /// let first = rounds.next().await.ok_or("it has stopped")?;
    /// assert_eq!(first.number, 1);
    /// rounds.shutdown().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// `OutOfRange` for a pause of nothing or of more than a month, [`Runtime`](SyncError::Runtime) outside of a tokio runtime.
    pub fn periodically(&self, keys: &[StateKey], pause: Duration) -> Result<Periodic, SyncError> {
        /// A month.
        const LONGEST: Duration = Duration::from_secs(31 * 24 * 3_600);
        if pause.is_zero() || pause > LONGEST {
            let (low, high, got) = ("1ns".into(), format!("{LONGEST:?}"), format!("{pause:?}"));
            return Err(InvalidInput::OutOfRange { field: "pause", low, high, got }.into());
        }
        let runtime =
            tokio::runtime::Handle::try_current().map_err(|error| SyncError::Runtime { why: error.to_string() })?;
        let (stop, mut stopped) = watch::channel(false);
        let (tell, last) = watch::channel(None);
        let (synchronizer, keys) = (self.clone(), keys.to_vec());
        let task = runtime.spawn(async move {
            for number in 1.. {
                let options = &synchronizer.shared.options;
                let reports = synchronizer.synchronize_many(&keys, options.timeout).await.map(|(reports, _)| reports);
                let is_over = matches!(reports, Err(SyncError::Stopped));
                tell.send_replace(Some(Arc::new(Round { number, reports })));
                if is_over {
                    break;
                }
                let mut chance = [0; 1];
                // Without chance the pause is what was asked for.
                let _ = options.chance.fill(&mut chance);
                let pause = pause + pause * u32::from(chance[0]) / 2_560;
                tokio::select! {
                    biased;
                    _ = stopped.wait_for(|stopped| *stopped) => break,
                    () = tokio::time::sleep(pause) => {}
                }
            }
        });
        Ok(Periodic { stop, last, task: Some(task) })
    }

    /// Synchronizes keys by how much they matter, side by side: none waits for one that matters less, or more. Returns what
    /// came of each level.
    pub async fn synchronize_by_priority(
        &self,
        keys: impl IntoIterator<Item = (StateKey, Priority)>,
    ) -> BTreeMap<Priority, Result<Vec<SyncReport>, SyncError>> {
        let mut levels: BTreeMap<Priority, Vec<StateKey>> = BTreeMap::new();
        keys.into_iter().for_each(|(key, priority)| levels.entry(priority).or_default().push(key));
        let level = async |priority: Priority| {
            let keys = levels.get(&priority)?;
            let done = self.synchronize_in_lane(keys, priority.timeout(), priority).await;
            Some((priority, done.map(|(reports, _)| reports)))
        };
        let (critical, high, medium) =
            tokio::join!(level(Priority::Critical), level(Priority::High), level(Priority::Medium));
        [critical, high, medium].into_iter().flatten().collect()
    }
}

impl std::fmt::Debug for Periodic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Periodic").finish_non_exhaustive()
    }
}
