//! The entries of a range.

use moai_core::{Entry, KeyRange, Listing, Namespace, StateKey, StoreError, SwarmId};
use rusqlite::params;

use super::shadow::Shadow;
use crate::room::Room;
use crate::sqlite::reader::Reader;
use crate::sqlite::rows::{end, entry, key, sides, text};
use crate::sqlite::swarm_row::SwarmRow;

const LIST: &str = "SELECT key, version, batch_end, value, crc FROM entries \
    WHERE swarm = ?1 AND namespace = ?2 AND key >= ?3 AND key < ?4 ORDER BY key";

pub(in crate::sqlite) fn list(
    reader: &Reader,
    swarm: &SwarmId,
    namespace: &Namespace,
    range: &KeyRange,
    after: Option<&StateKey>,
    limit: usize,
) -> Result<Listing, StoreError> {
    let mut room = Room::new(&reader.limits, limit)?;
    reader.read_at_once(|connection| {
        let mut entries: Vec<Entry> = Vec::new();
        let Some(SwarmRow { id, .. }) = SwarmRow::load(connection, swarm)? else {
            return Ok(Listing::new(entries, None));
        };
        let mut shadow = Shadow::over(connection, id)?;
        let (from, to) = sides(range);
        let space = namespace.as_str();
        // The first text behind a key is the key with a zero byte. One bound, so that the engine begins there.
        let behind = after.map(|after| format!("{after}\0")).unwrap_or_default();
        let from = from.max(behind.as_str());
        let mut statement = connection.prepare_cached(LIST)?;
        let mut rows = statement.query(params![id, space, from, end(to)])?;
        while let Some(row) = rows.next()? {
            let name = text(row, 0)?;
            let stored = entry(row, 1, id, space, name)?;
            let Some(value) = stored.value else { continue };
            if shadow.hides(space, name, stored.version)? {
                continue;
            }
            if room.is_full() {
                let next = entries.last().map(|entry| entry.key.clone());
                return Ok(Listing::new(entries, next));
            }
            let entry = Entry::new(namespace.clone(), key(name)?, value, stored.version);
            room.take(entry.bytes());
            entries.push(entry);
        }
        Ok(Listing::new(entries, None))
    })
}
