//! What there is under one key.

use moai_core::{Entry, Held, Namespace, StateKey, StoreError, SwarmId, Version};
use rusqlite::{Connection, params};

use crate::sqlite::reader::Reader;
use crate::sqlite::rows::{entry, stretch};
use crate::sqlite::swarm_row::SwarmRow;
use crate::sqlite::trouble::Trouble;

/// The entry of a key, and the stretch that begins last before it: one statement, so that both are of one moment.
const LOOK: &str = "SELECT e.version, e.batch_end, e.value, e.crc, s.first, s.behind, s.version, s.crc \
    FROM (SELECT 1) LEFT JOIN entries AS e ON e.swarm = ?1 AND e.namespace = ?2 AND e.key = ?3 \
    LEFT JOIN stretches AS s ON s.id = (SELECT id FROM stretches \
        WHERE swarm = ?1 AND namespace = ?2 AND first <= ?3 ORDER BY first DESC LIMIT 1)";

/// What there is under a key. A value takes one statement; only what is gone takes a look at the horizon.
pub(in crate::sqlite) fn look(
    reader: &Reader,
    swarm: &SwarmId,
    namespace: &Namespace,
    key: &StateKey,
) -> Result<Held, StoreError> {
    let held = reader.read(|connection| {
        let Some(id) = reader.id(connection, swarm)? else { return Ok(Held::Nothing) };
        find(connection, id, Version::ZERO, namespace, key)
    })?;
    if !matches!(held, Held::Deleted(_)) {
        return Ok(held);
    }
    reader.read_at_once(|connection| {
        let Some(row) = SwarmRow::load(connection, swarm)? else { return Ok(Held::Nothing) };
        find(connection, row.id, row.horizon, namespace, key)
    })
}

/// What there is under a key, where deletions up to `horizon` are forgotten.
pub(in crate::sqlite) fn find(
    connection: &Connection,
    swarm: i64,
    horizon: Version,
    namespace: &Namespace,
    key: &StateKey,
) -> Result<Held, Trouble> {
    let (space, name) = (namespace.as_str(), key.as_str());
    let mut statement = connection.prepare_cached(LOOK)?;
    let mut rows = statement.query(params![swarm, space, name])?;
    let Some(row) = rows.next()? else { return Ok(Held::Nothing) };
    let cleared = stretch(row, 4, swarm, space)?.filter(|stretch| stretch.covers(name)).map(|stretch| stretch.version);
    let stored = match row.get_ref(0)? {
        rusqlite::types::ValueRef::Null => None,
        _ => Some(entry(row, 0, swarm, space, name)?),
    };
    let deleted = match stored {
        Some(stored) => match stored.value {
            Some(value) if cleared.is_none_or(|cleared| cleared < stored.version) => {
                return Ok(Held::Value(Entry::new(namespace.clone(), key.clone(), value, stored.version)));
            }
            Some(_) => cleared,
            None => cleared.max(Some(stored.version)),
        },
        None => cleared,
    };
    Ok(deleted.filter(|version| *version > horizon).map_or(Held::Nothing, Held::Deleted))
}
