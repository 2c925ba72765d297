//! Opening the file, step by step. A file that is refused stays as it was.

use std::path::{Path, PathBuf};

use moai_core::{Chance, Epoch, StoreError, Version};
use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, OptionalExtension};

use super::connection::{connect, connect_to_read};
use super::create::{create, epoch_crc};
use super::lock::Lock;
use super::open_error::OpenError;
use super::swarm_row::SwarmRow;
use super::trouble::Trouble;
use super::{beside, header, read, schema};

/// How many connections read, and how many threads.
const READERS: usize = 4;

/// What an open file consists of.
pub(super) struct Opened {
    pub(super) path: PathBuf,
    pub(super) epoch: Epoch,
    pub(super) total: u128,
    pub(super) lock: Lock,
    pub(super) writing: Connection,
    pub(super) reading: Vec<Connection>,
}

/// Opens the file at `path`, and makes it when there is none.
pub(super) fn open(path: &Path, chance: &dyn Chance) -> Result<Opened, OpenError> {
    let unavailable = |why: String| OpenError::Unavailable { path: path.to_owned(), why };
    // The program may change its folder; the file stays where it is. And a file with two names has one lock.
    let path = std::path::absolute(path).map_err(|error| unavailable(error.to_string()))?;
    let path = path.canonicalize().ok().filter(|_| cfg!(unix)).unwrap_or(path);
    let mut lock = Lock::take(&path)?;
    let is_new = !path.try_exists().map_err(|error| unavailable(error.to_string()))?;
    // A log without its file, or a journal of another mode: SQLite would take it for a part of the file.
    let strays: &[&str] = if is_new { &["-wal", "-journal"] } else { &["-journal"] };
    for stray in strays.iter().map(|end| beside(&path, end)) {
        // An empty one holds nothing that could be taken for ours.
        if stray.metadata().is_ok_and(|stray| stray.len() > 0) {
            return Err(OpenError::Stray { path, stray });
        }
    }
    if is_new {
        create(&path, chance)?;
    }
    header::check(&path)?;
    let (writing, epoch, total) = recover(&path, &mut lock).map_err(|trouble| refused(trouble, &path))?;
    let reading = (0..READERS).map(|_| connect_to_read(&path)).collect::<Result<Vec<_>, _>>();
    let reading = reading.map_err(|error| refused(error.into(), &path))?;
    Ok(Opened { path, epoch, total, lock, writing, reading })
}

/// Looks at all that every call relies on, and brings the log into the file.
fn recover(path: &Path, lock: &mut Lock) -> Result<(Connection, Epoch, u128), Trouble> {
    let connection = connect(path)?;
    schema::check(&connection)?;
    let epoch = epoch(&connection)?;
    let total = total(&connection)?;
    if let Some(seen) = lock.seen(epoch).filter(|seen| *seen > total) {
        let lost = seen.saturating_sub(total);
        return Err(Trouble::Corrupted(format!(
            "{lost} changes that were acknowledged are missing at its end (if it was put back from a backup, delete {})",
            Lock::place(path).display()
        )));
    }
    // A write that failed may have left a log that the system shows and the disk has never got. Copied into the file
    // and synced there, what it holds is safe, and nothing is ever appended to it.
    connection.wal_checkpoint_v2(None::<&str>, CheckpointMode::TRUNCATE)?;
    lock.witness(epoch, total);
    Ok((connection, epoch, total))
}

fn epoch(connection: &Connection) -> Result<Epoch, Trouble> {
    let sql = "SELECT epoch, crc FROM store WHERE id = 1";
    let row: Option<([u8; 8], i64)> = connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    row.map(|(bytes, crc)| (Epoch::from_bytes(bytes), crc))
        .filter(|(epoch, crc)| epoch_crc(*epoch) == *crc)
        .map(|(epoch, _)| epoch)
        .ok_or_else(|| Trouble::damaged("the epoch".to_owned()))
}

/// All sequences, and the journal's, added up.
fn total(connection: &Connection) -> Result<u128, Trouble> {
    let mut total = u128::from(read::head(connection)?.seq);
    SwarmRow::for_all(connection, |_, row| {
        total = total.saturating_add(u128::from(Version::get(row.last)));
        Ok(())
    })?;
    Ok(total)
}

fn refused(trouble: Trouble, path: &Path) -> OpenError {
    let path = path.to_owned();
    match trouble.told(&path) {
        StoreError::Corrupted { why, .. } => OpenError::Corrupted { path, why },
        other => OpenError::Unavailable { path, why: other.to_string() },
    }
}
