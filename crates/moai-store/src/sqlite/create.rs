//! The first file: made under another name, and there at once.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

use moai_core::{Chance, Epoch};
use rusqlite::{Connection, params};

use super::beside;
use super::checksum::{Table, checksum};
use super::open_error::OpenError;
use super::schema;

/// What SQLite puts beside a file.
const COMPANIONS: [&str; 3] = ["-wal", "-journal", "-shm"];

/// Makes a new file at `path`, whose lock is held. A crash leaves no file of this name, or all of it.
pub(super) fn create(path: &Path, chance: &dyn Chance) -> Result<(), OpenError> {
    let epoch = Epoch::draw(chance)?;
    let draft = beside(path, "-new");
    let failed = |why: String| OpenError::Unavailable { path: path.to_owned(), why };
    clear(&draft).map_err(|error| failed(error.to_string()))?;
    write(&draft, epoch).map_err(|error| failed(error.to_string()))?;
    publish(&draft, path).map_err(|error| failed(error.to_string()))
}

/// Takes away what a crash has left of an earlier draft.
fn clear(draft: &Path) -> io::Result<()> {
    let companions = COMPANIONS.iter().map(|end| beside(draft, end));
    for path in companions.chain([draft.to_owned()]) {
        match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Nothing here needs to survive a crash: who comes next begins again.
fn write(draft: &Path, epoch: Epoch) -> rusqlite::Result<()> {
    let connection = Connection::open(draft)?;
    connection.execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; BEGIN")?;
    schema::create(&connection)?;
    let sql = "INSERT INTO store (id, epoch, crc) VALUES (1, ?1, ?2)";
    connection.execute(sql, params![&epoch.to_bytes()[..], epoch_crc(epoch)])?;
    connection.execute_batch("COMMIT; PRAGMA journal_mode = WAL")?;
    connection.close().map_err(|(_, error)| error)
}

pub(super) fn epoch_crc(epoch: Epoch) -> i64 {
    checksum(Table::Store, &[], &[&epoch.to_bytes()])
}

fn publish(draft: &Path, path: &Path) -> io::Result<()> {
    // Opened for writing: some systems sync nothing else.
    File::options().write(true).open(draft)?.sync_all()?;
    fs::rename(draft, path)?;
    match path.parent() {
        // Elsewhere a folder cannot be opened, and renaming is as durable as it gets.
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}
