//! What a new synchronizer tells of a file that was left behind.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use moai_core::{LocalCoordinator, StateKey, Version, swarm_id};
use moai_store::SqliteStore;
use moai_sync::{ConflictResolver, StateChange, StateSynchronizer, StateVersion};

use crate::ledger::Ledger;

/// Opens the file, and says what is lost or wrong. The ledger knows what is there then.
pub(crate) fn check(path: &Path, ledger: &mut Ledger) -> Result<(), String> {
    let store = SqliteStore::open(path).map_err(text)?;
    store.blocking().verify().map_err(text)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
        let synchronizer =
            StateSynchronizer::new(swarm, Arc::new(store), ConflictResolver::crdt()).await.map_err(text)?;
        let found = look(&synchronizer, ledger).await;
        synchronizer.shutdown().await;
        found
    })
}

async fn look(synchronizer: &StateSynchronizer, ledger: &mut Ledger) -> Result<(), String> {
    let all = told(synchronizer, Version::ZERO).await?;
    let since = Version::new(ledger.cursor).map_err(text)?;
    let news = told(synchronizer, since).await?;
    for (name, known) in &mut ledger.keys {
        let key = StateKey::new(name.as_str()).map_err(text)?;
        let state = synchronizer.get_state(&key).await.map_err(text)?;
        let change = all.get(name).ok_or_else(|| format!("{name} was written, and nothing is told of it"))?;
        let version = match (&state, change) {
            (Some(state), StateChange::Put(told)) if **told == *state => state.version,
            (None, StateChange::Cleared { version, .. }) => *version,
            _ => return Err(format!("{name} holds {state:?}, and {change:?} is told")),
        };
        if version > since && news.get(name) != Some(change) {
            return Err(format!("from {since} on {:?} is told of {name}, and it is {change:?}", news.get(name)));
        }
        let value = state.as_ref().map(value).transpose()?;
        // What was never acknowledged may be there or not.
        known.now(name, version.get(), value)?;
    }
    // A key that nobody has heard of yet is known from here on.
    for (name, change) in all.iter().filter(|(name, _)| !ledger.keys.contains_key(*name)).collect::<Vec<_>>() {
        let known = ledger.keys.entry(name.clone()).or_default();
        if let StateChange::Put(state) = change {
            known.now(name, state.version.get(), Some(value(state)?))?;
        }
    }
    Ok(())
}

/// The last change of each key since a version, each page behind the one before.
async fn told(synchronizer: &StateSynchronizer, since: Version) -> Result<BTreeMap<String, StateChange>, String> {
    let (mut told, mut last) = (BTreeMap::new(), since);
    loop {
        let delta = synchronizer.delta_sync(last).await.map_err(text)?;
        for change in delta.changes {
            if change.version() <= last {
                return Err(format!("behind {last} this is told: {change:?}"));
            }
            last = change.version();
            let key = match &change {
                StateChange::Put(state) => &state.state_key,
                StateChange::Cleared { state_key, .. } => state_key,
                _ => return Err(format!("nobody did this: {change:?}")),
            };
            told.insert(key.as_str().to_owned(), change);
        }
        last = delta.next.version;
        if !delta.more {
            return Ok(told);
        }
    }
}

fn value(state: &StateVersion) -> Result<serde_json::Value, String> {
    serde_json::to_value(&state.value).map_err(text)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
