//! A key in a file that only its owner can read.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::signature::read_hex;
use super::signing_key::wipe;
use crate::{KeyError, Signer, SigningKey};

/// The digits and the end of the line.
const LENGTH: usize = 2 * 32 + 1;

impl SigningKey {
    /// Reads a key from its file: 64 hexadecimal digits and the end of a line.
    ///
    /// # Errors
    ///
    /// `key.exposed` when, on Unix, others can read or change the file; `key.malformed` for what is no key; `key.io`.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|error| KeyError::io(path, &error))?;
        check_owner_only(path, &file)?;
        let mut text = Vec::with_capacity(LENGTH + 1);
        let read = file.take(LENGTH as u64 + 1).read_to_end(&mut text);
        let key = read.map_err(|error| KeyError::io(path, &error)).and_then(|_| {
            let malformed = |why: String| KeyError::Malformed { path: path.to_owned(), why };
            let line = std::str::from_utf8(&text).map_err(|_| malformed("it is no text".into()))?;
            let mut secret = read_hex::<32>("key", line.strip_suffix('\n').unwrap_or(line))
                .map_err(|_| malformed("64 lower-case hexadecimal digits are due".into()))?;
            let key = Self::from_bytes(secret);
            wipe(&mut secret);
            Ok(key)
        });
        wipe(&mut text);
        key
    }

    /// Writes the key into a new file that, on Unix, only its owner can read. It is there whole or not at all.
    ///
    /// # Errors
    ///
    /// `key.exists` when there is something of that name: it stays as it is; `key.io`; `key.not_durable`.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), KeyError> {
        let path = path.as_ref();
        if path.symlink_metadata().is_ok() {
            return Err(KeyError::Exists(path.to_owned()));
        }
        let beside = self.beside(path);
        // What is there is left from a crash while this same key was written.
        let _ = fs::remove_file(&beside);
        let written = self.write(&beside).map_err(|error| KeyError::io(path, &error)).and_then(|()| {
            // Unlike a renamed file, a second name never takes the place of what is there.
            fs::hard_link(&beside, path).map_err(|error| match error.kind() {
                ErrorKind::AlreadyExists => KeyError::Exists(path.to_owned()),
                _ => KeyError::io(path, &error),
            })
        });
        let _ = fs::remove_file(&beside);
        written?;
        sync_folder(path).map_err(|error| KeyError::NotDurable { path: path.to_owned(), why: error.to_string() })
    }

    /// The name under which the file is written, beside its own: no other key has it.
    fn beside(&self, path: &Path) -> PathBuf {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.new", self.key()));
        path.with_file_name(name)
    }

    fn write(&self, path: &Path) -> std::io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        let mut line = [b'\n'; LENGTH];
        for (digits, byte) in line.chunks_exact_mut(2).zip(self.secret()) {
            for (digit, value) in digits.iter_mut().zip([byte >> 4, byte & 15]) {
                *digit = if value < 10 { b'0' + value } else { b'a' + value - 10 };
            }
        }
        let written = file.write_all(&line).and_then(|()| file.sync_all());
        wipe(&mut line);
        written
    }
}

/// Makes the name durable.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(unix)]
fn check_owner_only(path: &Path, file: &File) -> Result<(), KeyError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata().map_err(|error| KeyError::io(path, &error))?.permissions().mode() & 0o777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(KeyError::Exposed { path: path.to_owned(), mode }) }
}

#[cfg(not(unix))]
fn check_owner_only(_path: &Path, _file: &File) -> Result<(), KeyError> {
    Ok(())
}
