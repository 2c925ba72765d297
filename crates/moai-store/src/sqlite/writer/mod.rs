//! Writing: one thread that makes all changes, many commits at a time.
//!
//! ```text
//!  commit ─┐                 ┌ savepoint: commit 1 ─ answer 1 ┐
//!  commit ─┼─▶ one group ─▶ BEGIN  savepoint: commit 2 ─ refused  COMMIT, one sync ─▶ the answers
//!  append ─┘                 └ savepoint: append 3 ─ answer 3 ┘
//! ```
//!
//! What comes in while the disk works is the next group.

mod append;
mod apply;
mod compact;
mod group;
mod work;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::wal::CheckpointMode;

use super::connection::Syncing;
use super::lock::Lock;
use super::reader::Reader;
use super::trouble::{Kind, kind};
use compact::Compaction;

pub(super) use work::{Job, Made, Work};

/// How many jobs share a sync at the most.
const GROUP_JOBS: usize = 1_024;

/// After so many bytes a group takes no further job.
const GROUP_BYTES: usize = 8 << 20;

/// How many pages the log holds before they are brought into the file.
const LOG_PAGES: i32 = 1_000;

/// The one who writes.
pub(super) struct Writer {
    connection: Connection,
    reader: Arc<Reader>,
    /// Held as long as this thread lives.
    lock: Lock,
    syncing: Syncing,
    /// What has ever been acknowledged: all sequences added up.
    total: u128,
    compactions: VecDeque<Compaction>,
}

impl Writer {
    pub(super) fn new(connection: Connection, reader: Arc<Reader>, lock: Lock, total: u128) -> Self {
        Self { connection, reader, lock, syncing: Syncing::Full, total, compactions: VecDeque::new() }
    }

    /// Does what comes in until nobody can send any more, then leaves a file without a log.
    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        loop {
            let first = if self.compactions.is_empty() { jobs.recv().ok() } else { jobs.try_recv().ok() };
            match first {
                Some(first) => {
                    let group = gather(first, jobs);
                    self.group(group);
                }
                None if self.compactions.is_empty() => break,
                None => {}
            }
            self.compact_a_little();
            self.checkpoint_when_due();
        }
        self.close();
    }

    /// Leaves one file and no log, if all is well; what remains in a log is as safe there.
    fn close(self) {
        let Self { connection, reader, lock, .. } = self;
        if reader.admit().is_ok() && connection.wal_checkpoint_v2(None::<&str>, CheckpointMode::TRUNCATE).is_ok() {
            // Closing it then takes the empty log away.
            let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false);
        }
        drop(connection);
        drop(lock);
    }

    /// Waits for the disk at each commit, or not.
    fn sync(&mut self, syncing: Syncing) -> rusqlite::Result<()> {
        if self.syncing != syncing {
            syncing.set(&self.connection)?;
            self.syncing = syncing;
        }
        Ok(())
    }

    /// Brings the log into the file, so that it does not grow for ever.
    fn checkpoint_when_due(&mut self) {
        if self.reader.admit().is_err() {
            return;
        }
        let done = self.connection.wal_checkpoint_v2(None::<&str>, CheckpointMode::NOOP).and_then(|(log, done)| {
            if log - done < LOG_PAGES {
                return Ok(());
            }
            self.connection.wal_checkpoint_v2(None::<&str>, CheckpointMode::PASSIVE).map(drop)
        });
        if let Err(error) = done
            && must_poison(&error)
        {
            self.reader.poison(&format!("bringing the log into the file: {error}"));
        }
    }
}

/// Whether a failure leaves open what is on the disk. Without room the log just stays; a person with a query makes it wait.
fn must_poison(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
    kind(error) != Kind::Full && !matches!(error.sqlite_error_code(), Some(DatabaseBusy | DatabaseLocked))
}

/// The first job, and what else is waiting.
fn gather(first: Job, jobs: &Receiver<Job>) -> Vec<Job> {
    let mut bytes = first.bytes();
    let mut group = vec![first];
    while group.len() < GROUP_JOBS
        && bytes < GROUP_BYTES
        && let Ok(job) = jobs.try_recv()
    {
        bytes = bytes.saturating_add(job.bytes());
        group.push(job);
    }
    group
}
