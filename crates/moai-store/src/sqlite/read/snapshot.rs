//! Everything that a swarm holds, page by page.

use moai_core::{Entry, SnapshotPage, SnapshotPlace, StateKey, StoreError, SwarmId, Version};
use rusqlite::params;

use super::shadow::Shadow;
use crate::room::Room;
use crate::sqlite::reader::Reader;
use crate::sqlite::rows::{Names, entry, key, text};
use crate::sqlite::swarm_row::SwarmRow;

const SNAPSHOT: &str = "SELECT namespace, key, version, batch_end, value, crc FROM entries \
    WHERE swarm = ?1 AND (namespace, key) > (?2, ?3) ORDER BY namespace, key";

pub(in crate::sqlite) fn snapshot(
    reader: &Reader,
    swarm: &SwarmId,
    place: Option<SnapshotPlace>,
    limit: usize,
) -> Result<SnapshotPage, StoreError> {
    let mut room = Room::new(&reader.limits, limit)?;
    reader.read_at_once(|connection| {
        let row = SwarmRow::load(connection, swarm)?;
        let (last, horizon) = row.map_or((Version::ZERO, Version::ZERO), |row| (row.last, row.horizon));
        let as_of = reader.cursor(last);
        let (start, after) = match place {
            Some(SnapshotPlace { start, .. }) if start.epoch != reader.epoch => {
                return Err(StoreError::TooOld { since: start, oldest: reader.cursor(horizon) }.into());
            }
            Some(SnapshotPlace { start, after, .. }) => (start, Some(after)),
            None => (as_of, None),
        };
        let mut entries: Vec<Entry> = Vec::new();
        let Some(SwarmRow { id, .. }) = row else {
            return Ok(SnapshotPage::new(after, entries, as_of, start, false));
        };
        let (mut shadow, mut names) = (Shadow::over(connection, id)?, Names::default());
        let place = after.as_ref().map_or(("", ""), |(namespace, key)| (namespace.as_str(), StateKey::as_str(key)));
        let mut statement = connection.prepare_cached(SNAPSHOT)?;
        let mut rows = statement.query(params![id, place.0, place.1])?;
        while let Some(row) = rows.next()? {
            let (space, name) = (text(row, 0)?, text(row, 1)?);
            let stored = entry(row, 2, id, space, name)?;
            let Some(value) = stored.value else { continue };
            if shadow.hides(space, name, stored.version)? {
                continue;
            }
            if room.is_full() {
                return Ok(SnapshotPage::new(after, entries, as_of, start, true));
            }
            let entry = Entry::new(names.name(space)?, key(name)?, value, stored.version);
            room.take(entry.bytes());
            entries.push(entry);
        }
        Ok(SnapshotPage::new(after, entries, as_of, start, false))
    })
}
