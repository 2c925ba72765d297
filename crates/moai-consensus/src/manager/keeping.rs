//! Statistics that outlive the process.

use std::sync::Arc;

use moai_core::{Batch, MemoryProvider, Namespace, StateKey, StoreError, namespace};
use tokio::sync::watch;

use super::Statistics;
use super::recording::grace_is_over;
use super::shared::Shared;

const NAMESPACE: Namespace = namespace!("consensus");

/// The key under which a manager's statistics stand.
fn key(shared: &Shared) -> Result<StateKey, StoreError> {
    Ok(StateKey::new(format!("statistics/{}", shared.options.id))?)
}

/// What an earlier life has counted; nothing where there is none, or none that can be read.
pub(super) async fn load(shared: &Shared, memory: &dyn MemoryProvider) -> Result<Option<Statistics>, StoreError> {
    let kept = memory.get(shared.coordinator.swarm_id(), &NAMESPACE, &key(shared)?).await?;
    Ok(kept.and_then(|entry| match serde_json::from_slice(&entry.value) {
        Ok(statistics) => Some(statistics),
        Err(why) => {
            tracing::warn!(cause = %why, "the statistics of an earlier life cannot be read: counting begins anew");
            None
        }
    }))
}

/// Keeps what was counted: at the most once in so long for all that was decided meanwhile, and once more at the end, for
/// which there is the grace.
pub(super) async fn keep(shared: Arc<Shared>, memory: Arc<dyn MemoryProvider>, mut stopped: watch::Receiver<bool>) {
    loop {
        let mut ends = tokio::select! {
            biased;
            () = shared.counted.notified() => false,
            _ = stopped.wait_for(|stopped| *stopped) => true,
        };
        let statistics = shared.desk().statistics.clone();
        tokio::select! {
            biased;
            put = put(&shared, memory.as_ref(), &statistics) => if let Err(why) = put {
                // Votes go on without: statistics decide nothing. The next keeping holds all of it.
                tracing::warn!(cause = %why, "the statistics are not kept");
            },
            () = grace_is_over(&shared, &mut stopped) => {
                tracing::warn!("the memory hangs, and the manager stops without it");
                ends = true;
            }
        }
        if ends {
            break;
        }
        let _ = tokio::time::timeout(shared.options.keep_every, stopped.wait_for(|stopped| *stopped)).await;
    }
}

async fn put(shared: &Shared, memory: &dyn MemoryProvider, statistics: &Statistics) -> Result<(), StoreError> {
    // Nothing in them can fail to be written: their maps have text as keys.
    let bytes = serde_json::to_vec(statistics).unwrap_or_default();
    let batch = Batch::new().put(NAMESPACE, key(shared)?, bytes);
    memory.commit(shared.coordinator.swarm_id(), batch).await.map(drop)
}
