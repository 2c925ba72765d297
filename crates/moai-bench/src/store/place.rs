//! Where the files lie: on the disk that holds the build, for a disk in memory would not have to be waited for.

use std::fs;
use std::path::{Path, PathBuf};

use moai_core::{Batch, Durability, Namespace, StateKey, SwarmId, namespace, swarm_id};
use moai_store::BlockingSqliteStore;

use crate::inputs::keys;

/// How long a value is.
pub(super) const VALUE: usize = 200;

/// An empty folder, which goes at the end.
pub(super) struct Place(PathBuf);

impl Place {
    pub(super) fn new(name: &str) -> Self {
        let builds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/bench-files");
        let path = builds.join(format!("{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(super) fn swarm() -> SwarmId {
    swarm_id!("swarm-001")
}

pub(super) fn space() -> Namespace {
    namespace!("state")
}

pub(super) fn state_keys(how_many: usize) -> Vec<StateKey> {
    keys(0, how_many).into_iter().filter_map(|key| StateKey::new(key).ok()).collect()
}

/// Puts a value under each key, many at a time, without waiting for the disk.
pub(super) fn fill(store: &BlockingSqliteStore, keys: &[StateKey]) {
    for keys in keys.chunks(10_000) {
        let put = |batch: Batch, key: &StateKey| batch.put(space(), key.clone(), vec![7; VALUE]);
        let batch = keys.iter().fold(Batch::new(), put).durability(Durability::Eventual);
        store.commit(&swarm(), batch).expect("a commit");
    }
}
