//! One batch, within a transaction.

use moai_core::{
    Batch, Change, Committed, Expected, KeyRange, Namespace, Precondition, StateKey, StoreError, SwarmId, Version,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::group::Step;
use super::work::Made;
use crate::sqlite::read::find;
use crate::sqlite::reader::Reader;
use crate::sqlite::rows::{Stretch, end, entry_crc, number, range_crc, sides, stretch, stretch_crc};
use crate::sqlite::swarm_row::SwarmRow;
use crate::sqlite::trouble::Trouble;

/// Makes the changes of a batch that was held against the limits.
pub(super) fn commit(
    connection: &Connection,
    reader: &Reader,
    swarm: &SwarmId,
    batch: &Batch,
) -> Result<Step, Trouble> {
    let mut row = SwarmRow::load_or_new(connection, swarm)?;
    for precondition in &batch.preconditions {
        require(connection, &row, precondition)?;
    }
    let before = row.last.max(batch.floor);
    let more = batch.changes.len() as u64;
    let plus = |steps| before.plus(steps).map_err(|_| StoreError::SequenceExhausted { last: before, more });
    let committed = Committed::new(reader.epoch, plus(1)?, plus(more)?);

    let gain = committed.last.get().saturating_sub(row.last.get());
    row.last = committed.last;
    let mut changes = Changes { connection, row: &mut row, batch_end: number(committed.last) };
    for (version, change) in committed.versions().zip(&batch.changes) {
        match change {
            Change::Put { namespace, key, value } => changes.set(namespace, key, version, Some(value))?,
            Change::Delete { namespace, key } => changes.set(namespace, key, version, None)?,
            Change::DeleteRange { namespace, range } => changes.clear(namespace, range, version)?,
        }
    }
    row.store(connection, swarm)?;
    Ok(Step { made: Made::Committed(committed), gain })
}

fn require(connection: &Connection, row: &SwarmRow, precondition: &Precondition) -> Result<(), Trouble> {
    let Precondition { namespace, key, expected, .. } = precondition;
    let found = find(connection, row.id, row.horizon, namespace, key)?.expected();
    if expected.holds(found) {
        return Ok(());
    }
    let (namespace, key, expected): (Namespace, StateKey, Expected) = (namespace.clone(), key.clone(), *expected);
    Err(StoreError::Conflict { namespace, key, expected, found: Some(found) }.into())
}

/// The changes of one batch.
struct Changes<'a> {
    connection: &'a Connection,
    row: &'a mut SwarmRow,
    batch_end: i64,
}

impl Changes<'_> {
    /// A key gets a value, or a tombstone.
    fn set(
        &mut self,
        namespace: &Namespace,
        key: &StateKey,
        version: Version,
        value: Option<&[u8]>,
    ) -> Result<(), Trouble> {
        let (swarm, space, name, version) = (self.row.id, namespace.as_str(), key.as_str(), number(version));
        let sql = "SELECT id, version, crc FROM entries WHERE swarm = ?1 AND namespace = ?2 AND key = ?3";
        let mut old = self.connection.prepare_cached(sql)?;
        let old: Option<(i64, i64, i64)> =
            old.query_row(params![swarm, space, name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
        let crc = entry_crc(swarm, space, name, (version, self.batch_end), value);
        if let Some((id, old_version, old_crc)) = old {
            let sql = "UPDATE entries SET version = ?2, batch_end = ?3, value = ?4, crc = ?5 WHERE id = ?1";
            let mut update = self.connection.prepare_cached(sql)?;
            update.execute(params![id, version, self.batch_end, value, crc])?;
            self.row.take(old_version, old_crc);
        } else {
            let sql = "INSERT INTO entries (swarm, namespace, key, version, batch_end, value, crc) \
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            let mut insert = self.connection.prepare_cached(sql)?;
            insert.execute(params![swarm, space, name, version, self.batch_end, value, crc])?;
        }
        self.row.add(version, crc);
        Ok(())
    }

    /// A range goes: one row that says so, whatever lies in it. The same range deleted again replaces its row.
    fn clear(&mut self, namespace: &Namespace, range: &KeyRange, version: Version) -> Result<(), Trouble> {
        let (swarm, space, (first, behind)) = (self.row.id, namespace.as_str(), sides(range));
        let sql = "DELETE FROM ranges WHERE swarm = ?1 AND namespace = ?2 AND first = ?3 AND behind = ?4 \
                   RETURNING version, crc";
        let mut old = self.connection.prepare_cached(sql)?;
        let mut old = old.query(params![swarm, space, first, behind])?;
        while let Some(row) = old.next()? {
            self.row.take(row.get(0)?, row.get(1)?);
        }
        let number = number(version);
        let crc = range_crc(swarm, space, (first, behind), (number, self.batch_end));
        let sql = "INSERT INTO ranges (swarm, namespace, first, behind, version, batch_end, crc) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let mut insert = self.connection.prepare_cached(sql)?;
        insert.execute(params![swarm, space, first, behind, number, self.batch_end, crc])?;
        self.row.add(number, crc);
        self.overlay(space, first, behind, number)
    }

    /// Lays a stretch over those that are there; what sticks out of one on either side stays. Each deletion adds two
    /// stretches at the most.
    fn overlay(&mut self, space: &str, first: &str, behind: &str, version: i64) -> Result<(), Trouble> {
        while let Some(under) = self.last_under(space, first, behind)? {
            let its_version = number(under.version);
            let sql = "DELETE FROM stretches WHERE swarm = ?1 AND namespace = ?2 AND first = ?3 RETURNING crc";
            let mut delete = self.connection.prepare_cached(sql)?;
            let crc = delete.query_row(params![self.row.id, space, under.first], |row| row.get(0))?;
            self.row.take(its_version, crc);
            let sticks_out = !behind.is_empty() && (under.behind.is_empty() || behind < under.behind.as_str());
            if sticks_out {
                self.lay(space, behind, &under.behind, its_version)?;
            }
            if under.first.as_str() < first {
                self.lay(space, &under.first, first, its_version)?;
            }
        }
        self.lay(space, first, behind, version)
    }

    /// The last stretch that reaches into `first..behind`.
    fn last_under(&self, space: &str, first: &str, behind: &str) -> Result<Option<Stretch>, Trouble> {
        let sql = "SELECT first, behind, version, crc FROM stretches WHERE swarm = ?1 AND namespace = ?2 \
                   AND first < ?3 ORDER BY first DESC LIMIT 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![self.row.id, space, end(behind)])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let under = stretch(row, 0, self.row.id, space)?;
        Ok(under.filter(|under| under.behind.is_empty() || first < under.behind.as_str()))
    }

    fn lay(&mut self, space: &str, first: &str, behind: &str, version: i64) -> Result<(), Trouble> {
        let crc = stretch_crc(self.row.id, space, first, behind, version);
        let sql =
            "INSERT INTO stretches (swarm, namespace, first, behind, version, crc) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let mut insert = self.connection.prepare_cached(sql)?;
        insert.execute(params![self.row.id, space, first, behind, version, crc])?;
        self.row.add(version, crc);
        Ok(())
    }
}
