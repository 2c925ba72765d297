//! Connections to the file.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

/// How long another program may hold the file, a person with a query say, before we give up.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many statements a connection keeps prepared: more than there are.
const STATEMENTS: usize = 64;

/// Who waits for the disk, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syncing {
    /// Each commit waits until the disk has it.
    Full,
    /// Only checkpoints do.
    Normal,
}

impl Syncing {
    pub(super) fn set(self, connection: &Connection) -> rusqlite::Result<()> {
        connection.execute_batch(match self {
            Self::Full => "PRAGMA synchronous = FULL",
            Self::Normal => "PRAGMA synchronous = NORMAL",
        })
    }
}

/// Connects to a file that is there.
///
/// **Closing a connection leaves the file as it is**: the log is brought in only by a checkpoint that somebody asks for.
/// A file that we refuse to open must stay untouched, and so must one in which a write failed.
pub(super) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    // Else a bound that changes makes the engine prepare its statement anew each time, to plan by statistics that we lack.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // The last two are for systems where an ordinary sync does not reach the disk.
    connection.execute_batch(
        "PRAGMA wal_autocheckpoint = 0; PRAGMA cell_size_check = ON; PRAGMA fullfsync = ON; \
         PRAGMA checkpoint_fullfsync = ON",
    )?;
    Syncing::Full.set(&connection)?;
    Ok(connection)
}

/// Connects for reading alone.
pub(super) fn connect_to_read(path: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(path)?;
    connection.execute_batch("PRAGMA query_only = ON")?;
    Ok(connection)
}
