//! The file beside the store: a lock, and a witness of what was acknowledged.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use moai_core::Epoch;

use super::beside;
use super::open_error::OpenError;

const MAGIC: &[u8; 8] = b"moaiseen";

/// Magic, epoch, total, checksum.
const LENGTH: usize = 8 + 8 + 16 + 4;

/// The lock of a store, held as long as this lives.
///
/// **Its file also witnesses how much was acknowledged**: all sequences added up, written behind each sync and never
/// synced itself, so that it is never ahead of what the disk had. A store that is opened with less than its witness has
/// lost something, by a disk that lied, a log that was cut or damaged, or a file that was put back: SQLite alone would
/// take that for the end of its log and say nothing.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Lock {
    /// Where the lock of a store lies.
    pub(super) fn place(path: &Path) -> PathBuf {
        beside(path, "-lock")
    }

    /// Takes the lock of the store at `path`, or says who may not.
    pub(super) fn take(path: &Path) -> Result<Self, OpenError> {
        let lock = Self::place(path);
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&lock);
        let file = opened.map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => OpenError::NoFolder { path: path.to_owned() },
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => OpenError::Permission { path: lock.clone() },
            _ => OpenError::Unavailable { path: lock.clone(), why: error.to_string() },
        })?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file }),
            Err(TryLockError::WouldBlock) => Err(OpenError::Locked { path: path.to_owned(), lock }),
            Err(TryLockError::Error(error)) => Err(OpenError::Unavailable { path: lock, why: error.to_string() }),
        }
    }

    /// How much was acknowledged in this life of the store, if that is known.
    pub(super) fn seen(&mut self, epoch: Epoch) -> Option<u128> {
        let mut bytes = [0; LENGTH];
        self.file.seek(SeekFrom::Start(0)).ok()?;
        self.file.read_exact(&mut bytes).ok()?;
        let total = u128::from_le_bytes(bytes.get(16..32)?.try_into().ok()?);
        // A witness of another life, or one that was damaged, says nothing.
        (bytes == written(epoch, total)).then_some(total)
    }

    /// Writes down how much was acknowledged. A witness that cannot be written stays behind, which is harmless.
    pub(super) fn witness(&mut self, epoch: Epoch, total: u128) {
        let _ = self.file.seek(SeekFrom::Start(0)).and_then(|_| self.file.write_all(&written(epoch, total)));
    }
}

/// A process that begins just now holds for a moment whatever is open here, until it becomes another program: the lock is let go
/// of by its name, and not only by its handle.
impl Drop for Lock {
    fn drop(&mut self) {
        // Where it cannot be, closing the handle does it.
        let _ = self.file.unlock();
    }
}

fn written(epoch: Epoch, total: u128) -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    let parts = MAGIC.iter().copied().chain(epoch.to_bytes()).chain(total.to_le_bytes());
    bytes.iter_mut().zip(parts).for_each(|(byte, part)| *byte = part);
    let crc = bytes.split_last_chunk::<4>().map_or(0, |(front, _)| crc32c::crc32c(front));
    if let Some(end) = bytes.last_chunk_mut() {
        *end = crc.to_le_bytes();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_has_just_begun_keeps_the_lock() {
        let path = std::env::temp_dir().join(format!("moai-lock-{}.db", std::process::id()));
        let lock = Lock::take(&path).unwrap();
        let inherited = lock.file.try_clone().unwrap();
        assert!(matches!(Lock::take(&path), Err(OpenError::Locked { .. })));
        drop(lock);
        drop(Lock::take(&path).unwrap());
        drop(inherited);
        std::fs::remove_file(Lock::place(&path)).unwrap();
    }
}
