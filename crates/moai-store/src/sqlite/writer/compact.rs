//! Forgetting what the horizon has passed, a little at a time.
//!
//! The horizon moves first, in a row, and from then on readers do not see what it has passed. The rows themselves go
//! afterwards in small transactions, between which others write. A crash in between leaves rows that nobody sees, and the
//! next compaction takes them out.

use moai_core::{Standing, StoreError, SwarmId, Version};
use rusqlite::{Connection, ErrorCode, params};

use super::Writer;
use super::work::Made;
use crate::sqlite::connection::Syncing;
use crate::sqlite::reply::Reply;
use crate::sqlite::rows::{cleared, end, number, sides};
use crate::sqlite::swarm_row::SwarmRow;
use crate::sqlite::trouble::Trouble;

/// How many rows go in one transaction.
const ROWS_AT_ONCE: i64 = 1_024;

/// A compaction under way.
pub(super) struct Compaction {
    pub(super) swarm: SwarmId,
    pub(super) horizon: Version,
    pub(super) reply: Reply<Result<Made, StoreError>>,
}

impl Writer {
    /// Does a part of the first compaction, if there is one.
    pub(super) fn compact_a_little(&mut self) {
        let Some(compaction) = self.compactions.pop_front() else { return };
        let done = self.reader.admit().and_then(|()| self.compact(&compaction.swarm, compaction.horizon));
        match done {
            Ok(None) => self.compactions.push_front(compaction),
            Ok(Some(standing)) => compaction.reply.send(Ok(Made::Compacted(standing))),
            Err(error) => compaction.reply.send(Err(error)),
        }
    }

    /// One transaction; where things stand once there is nothing left to do.
    fn compact(&mut self, swarm: &SwarmId, horizon: Version) -> Result<Option<Standing>, StoreError> {
        let path = self.reader.path.clone();
        let told = |error: rusqlite::Error| Trouble::from(error).told(&path);
        self.sync(Syncing::Full).and_then(|()| self.connection.execute_batch("BEGIN IMMEDIATE")).map_err(told)?;
        let swept = sweep(&self.connection, swarm, horizon);
        let ended = match &swept {
            Ok(Swept { changed: true, .. }) => self.connection.execute_batch("COMMIT"),
            _ => self.roll_back(),
        };
        match ended {
            Ok(()) => {}
            Err(error) if matches!(error.sqlite_error_code(), Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy)) => {
                self.roll_back().map_err(|error| self.lost(&error))?;
                return Err(Trouble::from(error).told(&path));
            }
            Err(error) => return Err(self.lost(&error)),
        }
        let Swept { row, done, .. } = swept.map_err(|trouble| trouble.told(&path))?;
        let (last, oldest) = row.map_or((Version::ZERO, Version::ZERO), |row| (row.last, row.horizon));
        Ok(done.then(|| Standing::new(self.reader.cursor(last), self.reader.cursor(oldest))))
    }

    /// Nobody knows what is stored.
    fn lost(&self, error: &rusqlite::Error) -> StoreError {
        let why = error.to_string();
        self.reader.poison(&why);
        StoreError::Failed { why }
    }
}

/// What a transaction of a compaction did.
struct Swept {
    row: Option<SwarmRow>,
    changed: bool,
    /// Nothing is left to do.
    done: bool,
}

/// Moves the horizon, or takes out rows that it has passed.
fn sweep(connection: &Connection, swarm: &SwarmId, horizon: Version) -> Result<Swept, Trouble> {
    let Some(mut row) = SwarmRow::load(connection, swarm)? else {
        return Ok(Swept { row: None, changed: false, done: true });
    };
    let target = horizon.min(row.last);
    if row.horizon < target {
        row.horizon = target;
        row.store(connection, swarm)?;
        return Ok(Swept { row: Some(row), changed: true, done: false });
    }
    if row.swept == row.horizon {
        return Ok(Swept { row: Some(row), changed: false, done: true });
    }
    let mut room = take_tombstones(connection, &mut row)?;
    while room > 0 {
        room = take_range(connection, &mut row, room)?.min(room);
        if room > 0 && !has_range(connection, &row)? {
            row.swept = row.horizon;
            break;
        }
    }
    row.store(connection, swarm)?;
    Ok(Swept { row: Some(row), changed: true, done: row.swept == row.horizon })
}

/// Takes out tombstones of single keys; how many more rows this transaction may take.
fn take_tombstones(connection: &Connection, row: &mut SwarmRow) -> Result<i64, Trouble> {
    let sql = "DELETE FROM entries WHERE id IN (SELECT id FROM entries WHERE swarm = ?1 AND version > ?2 \
               AND version <= ?3 AND value IS NULL ORDER BY version LIMIT ?4) RETURNING version, crc";
    let (swept, horizon) = (number(row.swept), number(row.horizon));
    let mut delete = connection.prepare_cached(sql)?;
    let mut gone = delete.query(params![row.id, swept, horizon, ROWS_AT_ONCE])?;
    let mut room = ROWS_AT_ONCE;
    while let Some(one) = gone.next()? {
        row.take(one.get(0)?, one.get(1)?);
        room -= 1;
    }
    Ok(room)
}

fn has_range(connection: &Connection, row: &SwarmRow) -> Result<bool, Trouble> {
    let sql = "SELECT EXISTS (SELECT 1 FROM ranges WHERE swarm = ?1 AND version <= ?2)";
    Ok(connection.prepare_cached(sql)?.query_row(params![row.id, number(row.horizon)], |row| row.get(0))?)
}

/// Takes out values that the first deleted range covers, and then the range; what is left of the room.
fn take_range(connection: &Connection, row: &mut SwarmRow, room: i64) -> Result<i64, Trouble> {
    let sql = "SELECT namespace, first, behind, version, batch_end, crc FROM ranges \
               WHERE swarm = ?1 AND version <= ?2 ORDER BY version LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![row.id, number(row.horizon)])?;
    let Some(found) = rows.next()? else { return Ok(room) };
    let range_crc: i64 = found.get(5)?;
    let range = cleared(found, row.id)?;
    let (first, behind) = sides(&range.range);
    let version = number(range.version);

    let sql = "DELETE FROM entries WHERE id IN (SELECT id FROM entries WHERE swarm = ?1 AND namespace = ?2 \
               AND key >= ?3 AND key < ?4 AND version < ?5 LIMIT ?6) RETURNING version, crc";
    let mut left = room;
    let mut delete = connection.prepare_cached(sql)?;
    let mut gone = delete.query(params![row.id, range.namespace.as_str(), first, end(behind), version, room])?;
    while let Some(one) = gone.next()? {
        row.take(one.get(0)?, one.get(1)?);
        left -= 1;
    }
    if left == 0 {
        return Ok(0);
    }
    let sql = "DELETE FROM stretches WHERE swarm = ?1 AND version = ?2 RETURNING version, crc";
    let mut delete = connection.prepare_cached(sql)?;
    let mut gone = delete.query(params![row.id, version])?;
    while let Some(one) = gone.next()? {
        row.take(one.get(0)?, one.get(1)?);
    }
    connection
        .prepare_cached("DELETE FROM ranges WHERE swarm = ?1 AND version = ?2")?
        .execute(params![row.id, version])?;
    row.take(version, range_crc);
    Ok(left - 1)
}
