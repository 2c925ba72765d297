//! Reading: connections that calls borrow, and what all of them share.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use moai_core::{Cursor, Epoch, Limits, StoreError, SwarmId, Version};
use rusqlite::{Connection, Transaction};

use super::swarm_row::SwarmRow;
use super::trouble::Trouble;

/// How many swarms' numbers are remembered.
const KNOWN: usize = 10_000;

/// What reads share: connections, and whether reading is still allowed.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) path: PathBuf,
    pub(super) epoch: Epoch,
    pub(super) limits: Limits,
    /// How a write failed, once one has.
    poison: OnceLock<String>,
    free: Mutex<Vec<Connection>>,
    returned: Condvar,
    /// The numbers of swarms that somebody has written to: they never change.
    ids: RwLock<BTreeMap<SwarmId, i64>>,
}

impl Reader {
    pub(super) fn new(path: PathBuf, epoch: Epoch, limits: Limits, connections: Vec<Connection>) -> Self {
        Self {
            path,
            epoch,
            limits,
            poison: OnceLock::new(),
            free: Mutex::new(connections),
            returned: Condvar::new(),
            ids: RwLock::default(),
        }
    }

    /// Refuses everything from here on, because a write failed and nobody knows what is stored.
    pub(super) fn poison(&self, why: &str) {
        let _ = self.poison.set(why.to_owned());
    }

    /// Whether anything may still be asked.
    pub(super) fn admit(&self) -> Result<(), StoreError> {
        match self.poison.get() {
            Some(why) => Err(StoreError::Poisoned { why: why.clone() }),
            None => Ok(()),
        }
    }

    /// Reads with a connection of one's own, once there is one.
    pub(super) fn read<T>(&self, read: impl FnOnce(&mut Connection) -> Result<T, Trouble>) -> Result<T, StoreError> {
        self.admit()?;
        let mut lent = Lent { reader: self, connection: Some(self.take()) };
        let connection = lent.connection.as_mut();
        let read = connection.map_or_else(|| Err(Trouble::Refused(self.closed())), read);
        drop(lent);
        read.map_err(|trouble| trouble.told(&self.path))
    }

    /// Reads several times in one unchanging state of the file.
    pub(super) fn read_at_once<T>(
        &self,
        read: impl FnOnce(&Transaction<'_>) -> Result<T, Trouble>,
    ) -> Result<T, StoreError> {
        self.read(|connection| read(&connection.transaction()?))
    }

    /// The number of a swarm, if anybody has written to it.
    pub(super) fn id(&self, connection: &Connection, swarm: &SwarmId) -> Result<Option<i64>, Trouble> {
        let known = self.ids.read().unwrap_or_else(PoisonError::into_inner).get(swarm).copied();
        if known.is_some() {
            return Ok(known);
        }
        let Some(row) = SwarmRow::load(connection, swarm)? else { return Ok(None) };
        let mut ids = self.ids.write().unwrap_or_else(PoisonError::into_inner);
        if ids.len() >= KNOWN {
            ids.clear();
        }
        ids.insert(swarm.clone(), row.id);
        Ok(Some(row.id))
    }

    /// A place in this life of the store.
    pub(super) fn cursor(&self, version: Version) -> Cursor {
        Cursor { epoch: self.epoch, version }
    }

    /// Closes every connection. Nobody reads any more.
    pub(super) fn close(&self) {
        self.lock().clear();
    }

    fn closed(&self) -> StoreError {
        StoreError::Unavailable { why: format!("{} is closed", self.path.display()) }
    }

    fn take(&self) -> Connection {
        let mut free = self.lock();
        loop {
            match free.pop() {
                Some(connection) => return connection,
                None => free = self.returned.wait(free).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    /// No lock is held over anything that can panic, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that goes back when its reader is done.
struct Lent<'a> {
    reader: &'a Reader,
    connection: Option<Connection>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.reader.lock().push(connection);
            self.reader.returned.notify_one();
        }
    }
}
