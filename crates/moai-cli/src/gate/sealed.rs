//! Bytes that nobody can change any more.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::binding::hex;

/// How much one gate seals at the most, all together.
pub(super) const ROOM: u64 = 1 << 30;

/// A copy of a file, for voters and command.
///
/// Where the system can, it lies in memory, and the kernel refuses every change to it, whoever asks. Else it lies in a folder
/// of this user's alone, and is hashed again before it is used.
#[derive(Debug)]
pub(super) struct Sealed {
    /// Where it can be read as long as this lives.
    pub(super) path: PathBuf,
    pub(super) digest: String,
    pub(super) size: u64,
    /// Holds what lies in memory, and how it may be used.
    memory: Option<(File, u32)>,
}

/// Why something was not sealed.
#[derive(Debug)]
pub(super) enum NotSealed {
    /// It cannot be read, or there is no room.
    Io(io::Error),
    /// It is more than there is left.
    TooMuch,
}

impl From<io::Error> for NotSealed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Sealed {
    /// Reads a file once, to its end, and seals what was read: of `left` bytes at the most.
    ///
    /// # Errors
    ///
    /// Why not; nothing is left behind.
    pub(super) fn copy(source: &mut File, runs: bool, left: u64, folder: &Path, name: &str) -> Result<Self, NotSealed> {
        match in_memory(name, runs) {
            Some(memory) => Self::fill_memory(source, memory, left),
            None => Self::fill_folder(source, runs, left, folder, name),
        }
    }

    fn fill_memory(source: &mut File, mut memory: File, left: u64) -> Result<Self, NotSealed> {
        let (digest, size) = pour(source, &mut memory, left)?;
        seal(&memory)?;
        // Another handle, which cannot write: a file that is open for writing may not be run.
        let memory = File::open(format!("/proc/self/fd/{}", memory.as_raw_fd()))?;
        // Others read it here, so it is named by the number of this process.
        let path = format!("/proc/{}/fd/{}", std::process::id(), memory.as_raw_fd()).into();
        let mode = memory.metadata()?.permissions().mode();
        Ok(Self { path, digest, size, memory: Some((memory, mode)) })
    }

    fn fill_folder(source: &mut File, runs: bool, left: u64, folder: &Path, name: &str) -> Result<Self, NotSealed> {
        let folder = folder.join("files");
        fs::DirBuilder::from_mode(0o700).create(&folder)?;
        let path = folder.join(name);
        let mode = if runs { 0o500 } else { 0o400 };
        let mut copy = OpenOptions::new().write(true).create_new(true).mode(mode).open(&path)?;
        let (digest, size) = pour(source, &mut copy, left)?;
        copy.sync_all()?;
        Ok(Self { path, digest, size, memory: None })
    }

    /// Whether it holds what it held. No seal keeps how it may be used: where somebody has changed that, it is taken back.
    ///
    /// # Errors
    ///
    /// When it cannot be read any more.
    pub(super) fn is_whole(&self) -> io::Result<bool> {
        match &self.memory {
            Some((memory, mode)) => {
                if memory.metadata()?.permissions().mode() != *mode {
                    memory.set_permissions(fs::Permissions::from_mode(*mode))?;
                }
                Ok(true)
            }
            None => Ok(digest_of(&mut File::open(&self.path)?)?.0 == self.digest),
        }
    }
}

/// A builder of folders with this mode, which may be there already.
trait FromMode {
    fn from_mode(mode: u32) -> Self;
}

impl FromMode for fs::DirBuilder {
    fn from_mode(mode: u32) -> Self {
        let mut builder = Self::new();
        std::os::unix::fs::DirBuilderExt::mode(builder.recursive(true), mode);
        builder
    }
}

/// The digest of all that is in a file, and how much it is.
///
/// # Errors
///
/// When it cannot be read.
pub(super) fn digest_of(file: &mut File) -> io::Result<(String, u64)> {
    match pour(file, &mut io::sink(), u64::MAX) {
        Ok(poured) => Ok(poured),
        Err(NotSealed::Io(error)) => Err(error),
        Err(NotSealed::TooMuch) => Err(io::ErrorKind::FileTooLarge.into()),
    }
}

fn pour(source: &mut File, into: &mut impl io::Write, left: u64) -> Result<(String, u64), NotSealed> {
    source.rewind().or_else(|error| if error.kind() == io::ErrorKind::NotSeekable { Ok(()) } else { Err(error) })?;
    let (mut buffer, mut hash, mut size) = (vec![0; 1 << 16], Sha256::new(), 0_u64);
    loop {
        let read = match source.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let Some(part) = buffer.get(..read).filter(|part| !part.is_empty()) else { break };
        size = size.saturating_add(part.len() as u64);
        if size > left {
            return Err(NotSealed::TooMuch);
        }
        hash.update(part);
        into.write_all(part)?;
    }
    into.flush()?;
    Ok((hex(&hash.finalize()), size))
}

#[cfg(target_os = "linux")]
fn in_memory(name: &str, runs: bool) -> Option<File> {
    use rustix::fs::{MemfdFlags, memfd_create};

    if !Path::new("/proc/self/fd").is_dir() {
        return None;
    }
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let wanted = if runs { MemfdFlags::EXEC } else { MemfdFlags::NOEXEC_SEAL };
    // Older kernels know nothing about running.
    memfd_create(name, flags | wanted).or_else(|_| memfd_create(name, flags)).ok().map(File::from)
}

#[cfg(not(target_os = "linux"))]
fn in_memory(_name: &str, _runs: bool) -> Option<File> {
    None
}

#[cfg(target_os = "linux")]
fn seal(memory: &File) -> io::Result<()> {
    use rustix::fs::{SealFlags, fcntl_add_seals};

    fcntl_add_seals(memory, SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)
        .map_err(Into::into)
}

#[cfg(not(target_os = "linux"))]
fn seal(_memory: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn source(folder: &Path, bytes: &[u8]) -> File {
        let path = folder.join("source");
        fs::write(&path, bytes).unwrap();
        File::open(path).unwrap()
    }

    #[test]
    fn what_is_sealed_cannot_be_written_cut_or_grown() {
        let folder = tempfile::tempdir().unwrap();
        let sealed =
            Sealed::copy(&mut source(folder.path(), b"plan"), false, ROOM, folder.path(), "plan").ok().unwrap();
        if sealed.memory.is_none() {
            return eprintln!("skipped: there is no memory to seal here");
        }
        fs::write(folder.path().join("source"), b"other").unwrap();
        assert_eq!(fs::read(&sealed.path).unwrap(), b"plan");
        let written = OpenOptions::new().write(true).open(&sealed.path).and_then(|mut file| file.write_all(b"evil"));
        assert!(written.is_err());
        assert!(OpenOptions::new().write(true).truncate(true).open(&sealed.path).is_err());
        assert!(OpenOptions::new().append(true).open(&sealed.path).and_then(|mut file| file.write_all(b"x")).is_err());
        assert_eq!(fs::read(&sealed.path).unwrap(), b"plan");
    }

    #[test]
    fn without_such_memory_a_change_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let sealed =
            Sealed::fill_folder(&mut source(folder.path(), b"plan"), false, ROOM, folder.path(), "plan").ok().unwrap();
        assert!(sealed.is_whole().unwrap());
        fs::remove_file(&sealed.path).unwrap();
        fs::write(&sealed.path, b"plot").unwrap();
        assert!(!sealed.is_whole().unwrap());
    }

    #[test]
    fn more_than_there_is_room_for_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refused = Sealed::copy(&mut source(folder.path(), b"12345"), false, 4, folder.path(), "plan");
        assert!(matches!(refused, Err(NotSealed::TooMuch)));
    }
}
