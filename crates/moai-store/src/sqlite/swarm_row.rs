//! The row of a swarm: how far it is, and what its other rows add up to.

use moai_core::{SwarmId, Version};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::checksum::{Table, checksum, weight};
use super::rows::{number, version};
use super::trouble::Trouble;

/// The row of a swarm. `rows` and `hash` are over all rows of its own in `entries`, `ranges` and `stretches`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SwarmRow {
    pub(super) id: i64,
    pub(super) last: Version,
    pub(super) horizon: Version,
    /// Up to here, what the horizon has passed is taken out.
    pub(super) swept: Version,
    pub(super) rows: i64,
    pub(super) hash: i64,
}

const BY_NAME: &str = "SELECT id, name, last, horizon, swept, rows, hash, crc FROM swarms WHERE name = ?1";

const ALL: &str = "SELECT id, name, last, horizon, swept, rows, hash, crc FROM swarms ORDER BY id";

impl SwarmRow {
    /// The row of this swarm, if anybody has written to it.
    pub(super) fn load(connection: &Connection, swarm: &SwarmId) -> Result<Option<Self>, Trouble> {
        let mut statement = connection.prepare_cached(BY_NAME)?;
        let mut rows = statement.query([swarm.as_str()])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let (name, row) = Self::read(row)?;
        if name == swarm.as_str() { Ok(Some(row)) } else { Err(Trouble::damaged(format!("the swarm {swarm}"))) }
    }

    /// The same, or a new row that nobody has written to yet.
    pub(super) fn load_or_new(connection: &Connection, swarm: &SwarmId) -> Result<Self, Trouble> {
        if let Some(row) = Self::load(connection, swarm)? {
            return Ok(row);
        }
        let sql = "SELECT coalesce(max(id), 0) + 1 FROM swarms";
        let id = connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?.unwrap_or(1);
        let zero = Version::ZERO;
        Ok(Self { id, last: zero, horizon: zero, swept: zero, rows: 0, hash: 0 })
    }

    /// Calls `each` with every swarm's name and row.
    pub(super) fn for_all(
        connection: &Connection,
        mut each: impl FnMut(&str, Self) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let mut statement = connection.prepare(ALL)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (name, row) = Self::read(row)?;
            each(&name, row)?;
        }
        Ok(())
    }

    fn read(row: &Row<'_>) -> Result<(String, Self), Trouble> {
        let name: String = row.get(1)?;
        let what = || format!("the swarm {name}");
        let (id, rows, hash): (i64, i64, i64) = (row.get(0)?, row.get(5)?, row.get(6)?);
        let (last, horizon, swept) =
            (version(row.get(2)?, what)?, version(row.get(3)?, what)?, version(row.get(4)?, what)?);
        let read = Self { id, last, horizon, swept, rows, hash };
        if read.crc(&name) != row.get::<_, i64>(7)? {
            return Err(Trouble::damaged(what()));
        }
        Ok((name, read))
    }

    /// Writes the row down.
    pub(super) fn store(&self, connection: &Connection, swarm: &SwarmId) -> Result<(), Trouble> {
        let Self { id, last, horizon, swept, rows, hash } = *self;
        let sql = "INSERT INTO swarms (id, name, last, horizon, swept, rows, hash, crc) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO UPDATE \
                   SET last = ?3, horizon = ?4, swept = ?5, rows = ?6, hash = ?7, crc = ?8";
        let (last, horizon, swept) = (number(last), number(horizon), number(swept));
        let crc = self.crc(swarm.as_str());
        connection.prepare_cached(sql)?.execute(params![id, swarm.as_str(), last, horizon, swept, rows, hash, crc])?;
        Ok(())
    }

    /// A row comes in.
    pub(super) fn add(&mut self, version: i64, crc: i64) {
        self.rows = self.rows.wrapping_add(1);
        self.hash = self.hash.wrapping_add(weight(version, crc));
    }

    /// A row goes.
    pub(super) fn take(&mut self, version: i64, crc: i64) {
        self.rows = self.rows.wrapping_sub(1);
        self.hash = self.hash.wrapping_sub(weight(version, crc));
    }

    fn crc(&self, name: &str) -> i64 {
        let (last, horizon, swept) = (number(self.last), number(self.horizon), number(self.swept));
        checksum(Table::Swarms, &[self.id, last, horizon, swept, self.rows, self.hash], &[name.as_bytes()])
    }
}
