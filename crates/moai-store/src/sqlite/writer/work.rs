//! What there is to write, and what comes of it.

use moai_core::{Batch, Change, Committed, Durability, Head, NewRecord, Standing, StoreError, SwarmId, Version};

use crate::sqlite::reply::Reply;

/// Something to write, and where the answer goes.
pub(in crate::sqlite) struct Job {
    pub(in crate::sqlite) work: Work,
    pub(in crate::sqlite) reply: Reply<Result<Made, StoreError>>,
}

/// Something to write, which was held against the limits.
#[derive(Debug)]
pub(in crate::sqlite) enum Work {
    Commit(SwarmId, Batch),
    Compact(SwarmId, Version),
    Append(Vec<NewRecord>),
}

/// What has come of it.
#[derive(Debug, Clone, Copy)]
pub(in crate::sqlite) enum Made {
    Committed(Committed),
    Compacted(Standing),
    Appended(Head),
}

impl Job {
    /// Whether the disk must have it before the answer goes out.
    pub(super) fn is_durable(&self) -> bool {
        match &self.work {
            Work::Commit(_, batch) => batch.durability != Durability::Eventual,
            Work::Compact(..) | Work::Append(_) => true,
        }
    }

    /// How many bytes of values it brings.
    pub(super) fn bytes(&self) -> usize {
        match &self.work {
            Work::Commit(_, batch) => batch.changes.iter().map(value_bytes).sum(),
            Work::Compact(..) => 0,
            Work::Append(records) => records.iter().map(|record| record.payload.len()).sum(),
        }
    }
}

fn value_bytes(change: &Change) -> usize {
    match change {
        Change::Put { value, .. } => value.len(),
        Change::Delete { .. } | Change::DeleteRange { .. } => 0,
    }
}
