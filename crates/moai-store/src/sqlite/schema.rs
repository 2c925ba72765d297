//! The tables: the first format of the file.

use rusqlite::Connection;

use super::trouble::Trouble;

/// `moai` in ASCII: it stands in the header of every file of ours.
pub(super) const APPLICATION: u32 = 0x6D6F_6169;

/// The number of this format.
pub(super) const FORMAT: u32 = 1;

/// Every table and index by name.
///
/// ```text
///  swarms     one row each: how far its sequence is, its horizon, how many rows it has and their hash
///  entries    one row for each key: a value, or NULL where it was deleted
///  ranges     one row for each deleted range, as readers of changes are told
///  stretches  the same ranges cut up, so that no two overlap: which deletion was the last to cover a key
///  journal    the head of the journal, in its one row
///  records    the records of the journal
///  store      the epoch, in its one row
/// ```
///
/// `first` and `behind` bound keys; an empty text is an open side, for no key is empty.
const SCHEMA: &[(&str, &str)] = &[
    ("store", "CREATE TABLE store (id INTEGER PRIMARY KEY, epoch BLOB NOT NULL, crc INTEGER NOT NULL) STRICT"),
    (
        "swarms",
        "CREATE TABLE swarms (id INTEGER PRIMARY KEY, name TEXT NOT NULL, last INTEGER NOT NULL, \
         horizon INTEGER NOT NULL, swept INTEGER NOT NULL, rows INTEGER NOT NULL, hash INTEGER NOT NULL, \
         crc INTEGER NOT NULL) STRICT",
    ),
    ("swarms_by_name", "CREATE UNIQUE INDEX swarms_by_name ON swarms (name)"),
    (
        "entries",
        "CREATE TABLE entries (id INTEGER PRIMARY KEY, swarm INTEGER NOT NULL, namespace TEXT NOT NULL, \
         key TEXT NOT NULL, version INTEGER NOT NULL, batch_end INTEGER NOT NULL, value BLOB, \
         crc INTEGER NOT NULL) STRICT",
    ),
    ("entries_by_key", "CREATE UNIQUE INDEX entries_by_key ON entries (swarm, namespace, key)"),
    ("entries_by_version", "CREATE UNIQUE INDEX entries_by_version ON entries (swarm, version)"),
    (
        "ranges",
        "CREATE TABLE ranges (id INTEGER PRIMARY KEY, swarm INTEGER NOT NULL, namespace TEXT NOT NULL, \
         first TEXT NOT NULL, behind TEXT NOT NULL, version INTEGER NOT NULL, batch_end INTEGER NOT NULL, \
         crc INTEGER NOT NULL) STRICT",
    ),
    ("ranges_by_bounds", "CREATE UNIQUE INDEX ranges_by_bounds ON ranges (swarm, namespace, first, behind)"),
    ("ranges_by_version", "CREATE UNIQUE INDEX ranges_by_version ON ranges (swarm, version)"),
    (
        "stretches",
        "CREATE TABLE stretches (id INTEGER PRIMARY KEY, swarm INTEGER NOT NULL, namespace TEXT NOT NULL, \
         first TEXT NOT NULL, behind TEXT NOT NULL, version INTEGER NOT NULL, crc INTEGER NOT NULL) STRICT",
    ),
    ("stretches_by_first", "CREATE UNIQUE INDEX stretches_by_first ON stretches (swarm, namespace, first)"),
    ("stretches_by_version", "CREATE INDEX stretches_by_version ON stretches (swarm, version)"),
    (
        "journal",
        "CREATE TABLE journal (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, digest BLOB NOT NULL, \
         crc INTEGER NOT NULL) STRICT",
    ),
    (
        "records",
        "CREATE TABLE records (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, time INTEGER NOT NULL, \
         payload BLOB NOT NULL, previous BLOB NOT NULL, digest BLOB NOT NULL, crc INTEGER NOT NULL) STRICT",
    ),
];

/// Makes the tables of a new file, and says in its header whose it is.
pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    for (_, statement) in SCHEMA {
        connection.execute_batch(statement)?;
    }
    connection.execute_batch(&format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {FORMAT}"))
}

/// Demands that the file has these tables, and no others.
pub(super) fn check(connection: &Connection) -> Result<(), Trouble> {
    let mut found = 0;
    let mut statement = connection.prepare("SELECT name, sql FROM sqlite_schema")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (name, sql) = (row.get_ref(0)?.as_str().unwrap_or_default(), row.get_ref(1)?.as_str().unwrap_or_default());
        if !SCHEMA.contains(&(name, sql)) {
            return Err(Trouble::damaged(format!("the table or index {name:?}")));
        }
        found += 1;
    }
    if found == SCHEMA.len() { Ok(()) } else { Err(Trouble::damaged("the list of tables".to_owned())) }
}
