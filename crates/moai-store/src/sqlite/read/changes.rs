//! What happened behind a cursor: one range of an index, whatever else is stored.

use moai_core::{Changes, Cursor, Entry, Happened, StoreError, SwarmId, Version};
use rusqlite::{Row, Rows, params};

use super::shadow::Shadow;
use crate::room::Room;
use crate::sqlite::reader::Reader;
use crate::sqlite::rows::{Cleared, Names, cleared, entry, key, number, text};
use crate::sqlite::swarm_row::SwarmRow;
use crate::sqlite::trouble::Trouble;

const ENTRIES: &str = "SELECT namespace, key, version, batch_end, value, crc FROM entries \
    WHERE swarm = ?1 AND version > ?2 ORDER BY version";

const RANGES: &str = "SELECT namespace, first, behind, version, batch_end, crc FROM ranges \
    WHERE swarm = ?1 AND version > ?2 ORDER BY version";

pub(in crate::sqlite) fn changes(
    reader: &Reader,
    swarm: &SwarmId,
    since: Option<Cursor>,
    limit: usize,
) -> Result<Changes, StoreError> {
    let mut room = Room::new(&reader.limits, limit)?;
    reader.read_at_once(|connection| {
        let row = SwarmRow::load(connection, swarm)?;
        let (last, horizon) = row.map_or((Version::ZERO, Version::ZERO), |row| (row.last, row.horizon));
        let since = stand(reader, since, last, horizon)?;
        let page = |happened, version: Version, more| Ok(Changes::new(happened, reader.cursor(version), more));
        let mut happened = Vec::new();
        let Some(SwarmRow { id, .. }) = row.filter(|row| row.last > since) else {
            return page(happened, last, false);
        };

        let (mut shadow, mut names) = (Shadow::over(connection, id)?, Names::default());
        let (mut entries, mut ranges) = (connection.prepare_cached(ENTRIES)?, connection.prepare_cached(RANGES)?);
        let mut entries = entries.query(params![id, number(since)])?;
        let mut ranges = ranges.query(params![id, number(since)])?;
        let mut entry = next_entry(&mut entries, id, &mut shadow, &mut names)?;
        let mut range = next_range(&mut ranges, id)?;
        let mut batch_end = since;
        loop {
            // The two streams in the order of their versions.
            let is_entry = match (&entry, &range) {
                (Some((one, _)), Some((other, _))) => one.version() < other.version(),
                (one, _) => one.is_some(),
            };
            let Some((one, its_batch_end)) = (if is_entry { entry.take() } else { range.take() }) else { break };
            if room.is_full() && one.version() > batch_end {
                return page(happened, batch_end, true);
            }
            room.take(one.bytes());
            happened.push(one);
            batch_end = its_batch_end;
            if is_entry {
                entry = next_entry(&mut entries, id, &mut shadow, &mut names)?;
            } else {
                range = next_range(&mut ranges, id)?;
            }
        }
        page(happened, last, false)
    })
}

/// Where a reader stands, if it can read on from there.
fn stand(reader: &Reader, since: Option<Cursor>, last: Version, horizon: Version) -> Result<Version, StoreError> {
    let since = since.unwrap_or(reader.cursor(Version::ZERO));
    if since.epoch != reader.epoch || since.version < horizon {
        return Err(StoreError::TooOld { since, oldest: reader.cursor(horizon) });
    }
    if since.version > last {
        return Err(StoreError::CursorAhead { since, last: reader.cursor(last) });
    }
    Ok(since.version)
}

type Told = Option<(Happened, Version)>;

/// The next entry that is to be told, and the end of its batch: a value that went with a range is not told.
fn next_entry(rows: &mut Rows<'_>, swarm: i64, shadow: &mut Shadow<'_>, names: &mut Names) -> Result<Told, Trouble> {
    while let Some(row) = rows.next()? {
        if let Some(told) = tell(row, swarm, shadow, names)? {
            return Ok(Some(told));
        }
    }
    Ok(None)
}

fn tell(row: &Row<'_>, swarm: i64, shadow: &mut Shadow<'_>, names: &mut Names) -> Result<Told, Trouble> {
    let (space, text) = (text(row, 0)?, text(row, 1)?);
    let stored = entry(row, 2, swarm, space, text)?;
    let (version, batch_end) = (stored.version, stored.batch_end);
    let happened = match stored.value {
        Some(_) if shadow.hides(space, text, version)? => return Ok(None),
        Some(value) => Happened::Put(Entry::new(names.name(space)?, key(text)?, value, version)),
        None => Happened::Deleted { namespace: names.name(space)?, key: key(text)?, version },
    };
    Ok(Some((happened, batch_end)))
}

fn next_range(rows: &mut Rows<'_>, swarm: i64) -> Result<Told, Trouble> {
    let Some(row) = rows.next()? else { return Ok(None) };
    let Cleared { namespace, range, version, batch_end } = cleared(row, swarm)?;
    Ok(Some((Happened::RangeDeleted { namespace, range, version }, batch_end)))
}
