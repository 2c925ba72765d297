//! The first bytes of the file, which say whose it is: read before the engine may touch it.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::Path;

use super::open_error::OpenError;
use super::schema::{APPLICATION, FORMAT};

/// How every SQLite file begins.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// How many bytes its header has.
const LENGTH: u64 = 100;

/// Demands that the file is ours, in a format that we know, and may be written.
///
/// What is looked at here was written before the file got its name, and never changes.
pub(super) fn check(path: &Path) -> Result<(), OpenError> {
    let unavailable = |why: String| OpenError::Unavailable { path: path.to_owned(), why };
    let opened = OpenOptions::new().read(true).write(true).open(path);
    let file = opened.map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => OpenError::Permission { path: path.to_owned() },
        _ => unavailable(error.to_string()),
    })?;
    let header = read(&file).map_err(|error| unavailable(error.to_string()))?;

    let foreign = |why: &str| Err(OpenError::Foreign { path: path.to_owned(), why: why.to_owned() });
    if header.is_empty() {
        return foreign("it is empty");
    }
    if !header.starts_with(MAGIC) {
        return foreign("it does not begin as a SQLite file does");
    }
    let number = |at: usize| header.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
    if number(68) != Some(APPLICATION) {
        return foreign("it is the SQLite file of another program");
    }
    let modes = header.get(18..20);
    match number(60) {
        Some(FORMAT) if modes == Some(&[2, 2]) => Ok(()),
        Some(FORMAT) => Err(OpenError::Corrupted {
            path: path.to_owned(),
            why: "its header does not say that it has a log; restore it from a backup".to_owned(),
        }),
        Some(found) if found > FORMAT => Err(OpenError::Newer { path: path.to_owned(), found, known: FORMAT }),
        found => Err(OpenError::UnknownFormat { path: path.to_owned(), found: found.unwrap_or_default() }),
    }
}

fn read(file: &File) -> std::io::Result<Vec<u8>> {
    let mut header = Vec::new();
    file.take(LENGTH).read_to_end(&mut header)?;
    Ok(header)
}
