//! What happened behind a cursor: one range of an index, whatever else is stored.

use moai_core::{Changes, Cursor, Entry, Happened, StoreError, SwarmId, Version};
use rusqlite::{Connection, Row, Rows, params};

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

/// A page takes memory for so many changes at first.
const AT_FIRST: usize = 16_384;

pub(in crate::sqlite) fn changes(
    reader: &Reader,
    swarm: &SwarmId,
    since: Option<Cursor>,
    limit: usize,
) -> Result<Changes, StoreError> {
    let room = Room::new(&reader.limits, limit)?;
    reader.read_at_once(|connection| {
        let row = SwarmRow::load(connection, swarm)?;
        let (last, horizon) = row.map_or((Version::ZERO, Version::ZERO), |row| (row.last, row.horizon));
        let since = stand(reader, since, last, horizon)?;
        let Some(row) = row.filter(|row| row.last > since) else {
            return Ok(Changes::new(Vec::new(), reader.cursor(last), false));
        };
        let due = usize::try_from(row.last.get() - since.get()).unwrap_or(usize::MAX);
        let happened = Vec::with_capacity(room.items().min(due).min(AT_FIRST));
        let mut page = Page { room, batch_end: since, happened };
        let whole = page.fill(connection, row.id, since)?;
        let next = if whole { last } else { page.batch_end };
        Ok(Changes::new(page.happened, reader.cursor(next), !whole))
    })
}

/// A page that is being filled.
struct Page {
    room: Room,
    /// Where the last batch ends of which it holds something.
    batch_end: Version,
    happened: Vec<Happened>,
}

impl Page {
    /// Takes what happened behind a version; whether that was all.
    fn fill(&mut self, connection: &Connection, swarm: i64, since: Version) -> Result<bool, Trouble> {
        let (mut shadow, mut names) = (Shadow::over(connection, swarm)?, Names::default());
        let (mut entries, mut ranges) = (connection.prepare_cached(ENTRIES)?, connection.prepare_cached(RANGES)?);
        let mut entries = entries.query(params![swarm, number(since)])?;
        let mut ranges = ranges.query(params![swarm, number(since)])?;
        let mut range = next_range(&mut ranges, swarm)?;
        while let Some(row) = entries.next()? {
            let Some((one, batch_end)) = tell(row, swarm, &mut shadow, &mut names)? else { continue };
            while let Some((before, its_batch_end)) = range.take_if(|(range, _)| range.version() < one.version()) {
                if !self.take(before, its_batch_end) {
                    return Ok(false);
                }
                range = next_range(&mut ranges, swarm)?;
            }
            if !self.take(one, batch_end) {
                return Ok(false);
            }
        }
        while let Some((last, its_batch_end)) = range.take() {
            if !self.take(last, its_batch_end) {
                return Ok(false);
            }
            range = next_range(&mut ranges, swarm)?;
        }
        Ok(true)
    }

    /// Takes one change, unless the page is full and the change begins a batch.
    fn take(&mut self, one: Happened, batch_end: Version) -> bool {
        if self.room.is_full() && one.version() > self.batch_end {
            return false;
        }
        self.room.take(one.bytes());
        self.happened.push(one);
        self.batch_end = batch_end;
        true
    }
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

/// An entry as it is told, and the end of its batch: a value that went with a range is not told.
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
