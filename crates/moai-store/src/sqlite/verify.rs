//! Reading everything, to find what no single read would.

use moai_core::StoreError;
use rusqlite::{Connection, Rows};

use super::checksum::weight;
use super::read;
use super::reader::Reader;
use super::rows::{cleared, entry, number, stretch, text};
use super::swarm_row::SwarmRow;
use super::trouble::Trouble;

/// What was found whole: how much of each there is.
///
/// ```
/// use moai_core::{Batch, StateKey, namespace, swarm_id};
/// use moai_store::SqliteStore;
///
/// # let folder = std::env::temp_dir().join(format!("moai-doc-verify-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// let store = SqliteStore::open(folder.join("swarm.db"))?;
/// let batch = Batch::new().put(namespace!("synchronized_state"), StateKey::new("task_count")?, "80");
/// store.blocking().commit(&swarm_id!("swarm-001"), batch)?;
///
/// let verified = store.blocking().verify()?;
/// assert_eq!((verified.swarms, verified.rows, verified.records), (1, 1, 0));
/// # drop(store);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Verified {
    /// Swarms that somebody has written to.
    pub swarms: u64,
    /// Rows of all swarms: values, tombstones and deleted ranges with their parts.
    pub rows: u64,
    /// Records of the journal, each tied to the one before it.
    pub records: u64,
}

/// How many complaints of the engine are told.
const COMPLAINTS: usize = 3;

/// Reads every row of one state of the file.
pub(super) fn verify(reader: &Reader) -> Result<Verified, StoreError> {
    reader.read_at_once(|connection| {
        check_integrity(connection)?;
        let mut verified = Verified::default();
        SwarmRow::for_all(connection, |name, row| {
            verified.swarms += 1;
            let (rows, hash) = add_up(connection, row.id)?;
            if (rows, hash) != (row.rows, row.hash) {
                return Err(Trouble::Corrupted(format!(
                    "the swarm {name} has {rows} rows where {} were written, or other ones",
                    row.rows
                )));
            }
            verified.rows += rows.unsigned_abs();
            Ok(())
        })?;
        check_strangers(connection)?;
        verified.records = read::check_records(connection)?;
        Ok(verified)
    })
}

/// What the engine says of its own pages.
fn check_integrity(connection: &Connection) -> Result<(), Trouble> {
    let mut statement = connection.prepare("PRAGMA integrity_check")?;
    let complaints = statement.query_map([], |row| row.get(0))?.take(COMPLAINTS);
    let complaints: Vec<String> = complaints.collect::<Result<_, _>>()?;
    if complaints == ["ok"] {
        return Ok(());
    }
    Err(Trouble::Corrupted(format!("the integrity check found: {}", complaints.join("; "))))
}

/// Reads every row of a swarm; how many there are, and their hash.
fn add_up(connection: &Connection, swarm: i64) -> Result<(i64, i64), Trouble> {
    let mut sum = Sum::default();
    let sql = "SELECT namespace, key, version, batch_end, value, crc FROM entries WHERE swarm = ?1";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([swarm])?;
    while let Some(row) = rows.next()? {
        let stored = entry(row, 2, swarm, text(row, 0)?, text(row, 1)?)?;
        sum.add(number(stored.version), row.get(5)?);
    }
    let sql = "SELECT namespace, first, behind, version, batch_end, crc FROM ranges WHERE swarm = ?1";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([swarm])?;
    while let Some(row) = rows.next()? {
        sum.add(number(cleared(row, swarm)?.version), row.get(5)?);
    }
    let sql = "SELECT namespace, first, behind, version, crc FROM stretches WHERE swarm = ?1";
    let mut statement = connection.prepare(sql)?;
    add_stretches(&mut statement.query([swarm])?, swarm, &mut sum)?;
    Ok((sum.rows, sum.hash))
}

fn add_stretches(rows: &mut Rows<'_>, swarm: i64, sum: &mut Sum) -> Result<(), Trouble> {
    while let Some(row) = rows.next()? {
        if let Some(stretch) = stretch(row, 1, swarm, text(row, 0)?)? {
            sum.add(number(stretch.version), row.get(4)?);
        }
    }
    Ok(())
}

#[derive(Default)]
struct Sum {
    rows: i64,
    hash: i64,
}

impl Sum {
    fn add(&mut self, version: i64, crc: i64) {
        self.rows = self.rows.wrapping_add(1);
        self.hash = self.hash.wrapping_add(weight(version, crc));
    }
}

/// Rows of swarms that are not there: the row of a swarm is lost.
fn check_strangers(connection: &Connection) -> Result<(), Trouble> {
    for table in ["entries", "ranges", "stretches"] {
        let sql = format!("SELECT count(*) FROM {table} WHERE swarm NOT IN (SELECT id FROM swarms)");
        let strangers: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
        if strangers > 0 {
            return Err(Trouble::Corrupted(format!("a swarm is missing that has {table}")));
        }
    }
    Ok(())
}
