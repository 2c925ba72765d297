//! Bare SQLite: the same log, the same syncs, the same indexes, one row for each key. No checksums, no conditions, no
//! threads.

use std::path::Path;

use moai_core::StateKey;
use rusqlite::{Connection, params};

use super::place::VALUE;

pub(super) struct Bare {
    connection: Connection,
    version: i64,
}

impl Bare {
    pub(super) fn open(path: &Path) -> Self {
        let connection = Connection::open(path).expect("a file");
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                 CREATE TABLE entries (id INTEGER PRIMARY KEY, swarm INTEGER NOT NULL, namespace TEXT NOT NULL, \
                 key TEXT NOT NULL, version INTEGER NOT NULL, value BLOB) STRICT; \
                 CREATE UNIQUE INDEX by_key ON entries (swarm, namespace, key); \
                 CREATE UNIQUE INDEX by_version ON entries (swarm, version)",
            )
            .expect("tables");
        Self { connection, version: 0 }
    }

    /// One row, one commit.
    pub(super) fn put(&mut self, key: &StateKey) {
        self.version += 1;
        let sql = "INSERT INTO entries (swarm, namespace, key, version, value) VALUES (1, 'state', ?1, ?2, ?3) \
                   ON CONFLICT (swarm, namespace, key) DO UPDATE SET version = ?2, value = ?3";
        let mut put = self.connection.prepare_cached(sql).expect("a statement");
        put.execute(params![key.as_str(), self.version, &[7_u8; VALUE][..]]).expect("a row");
    }

    pub(super) fn fill(&mut self, keys: &[StateKey]) {
        self.connection.execute_batch("BEGIN").expect("a transaction");
        keys.iter().for_each(|key| self.put(key));
        self.connection.execute_batch("COMMIT").expect("a commit");
    }

    /// The version and the value.
    pub(super) fn get(&self, key: &StateKey) -> (i64, Vec<u8>) {
        let sql = "SELECT version, value FROM entries WHERE swarm = 1 AND namespace = 'state' AND key = ?1";
        let mut get = self.connection.prepare_cached(sql).expect("a statement");
        get.query_row([key.as_str()], |row| Ok((row.get(0)?, row.get(1)?))).expect("a row")
    }

    /// Every row behind a version, in pages.
    pub(super) fn changes(&self, page: usize) -> usize {
        let sql = "SELECT namespace, key, version, value FROM entries WHERE swarm = 1 AND version > ?1 \
                   ORDER BY version LIMIT ?2";
        let (mut since, mut read) = (0_i64, 0);
        loop {
            let mut changes = self.connection.prepare_cached(sql).expect("a statement");
            let rows = changes.query_map(params![since, page as i64], |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, String>(1)?,
                    row.get::<_, i64>(2)?,
                    row.get::<_, Vec<u8>>(3)?,
                ))
            });
            let rows: Vec<_> = rows.and_then(Iterator::collect).expect("rows");
            let Some(last) = rows.last() else { return read };
            (since, read) = (last.2, read + rows.len());
        }
    }
}
