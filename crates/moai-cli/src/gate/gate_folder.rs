//! The folder of an open gate.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use moai_flow::{Chance, ProposalId};

use crate::failure::Failure;
use crate::home::Home;

/// The folder of an open gate. Whoever runs the gate holds its lock; the kernel lets go of it when that process is gone.
#[derive(Debug)]
pub(super) struct GateFolder {
    pub(super) id: ProposalId,
    pub(super) path: PathBuf,
    lock: File,
}

const LOCK: &str = "lock";
/// How the folders begin that are about to be a gate's, and that were.
const NEW: &str = ".new-";
const OLD: &str = ".old-";

impl GateFolder {
    /// A new gate's. It appears under its name with its lock held.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub(super) fn make(home: &Home, chance: &dyn Chance) -> Result<Self, Failure> {
        let wrong = |why: io::Error| {
            let what = format!("the gate has no place in {}: {why}; nothing was done", home.gates().display());
            Failure::failed("gate.folder", what)
        };
        loop {
            let drawn = chance.draw().map_err(|why| Failure::of(&why))?;
            let id = ProposalId::new(format!("g-{:012x}", drawn >> 16)).map_err(|why| Failure::of(&why))?;
            let (new, path) = (home.gates().join(format!("{NEW}{id}")), home.gates().join(id.as_str()));
            match DirBuilder::new().mode(0o700).create(&new) {
                Err(why) if why.kind() == io::ErrorKind::AlreadyExists => continue,
                made => made.map_err(wrong)?,
            }
            let lock = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(new.join(LOCK));
            let lock = lock.and_then(|lock| lock.lock().map(|()| lock));
            let lock = match lock {
                // It was taken for one that was left behind.
                Err(why) if why.kind() == io::ErrorKind::NotFound => continue,
                lock => lock.map_err(wrong)?,
            };
            if path.exists() {
                fs::remove_dir_all(&new).map_err(wrong)?;
                continue;
            }
            match fs::rename(&new, &path) {
                Err(why) if why.kind() == io::ErrorKind::NotFound => continue,
                renamed => renamed.map_err(wrong)?,
            }
            return Ok(Self { id, path, lock });
        }
    }

    /// Those whose gates have died: nobody holds their lock. Whoever gets them here holds it.
    pub(super) fn died(home: &Home) -> Vec<Self> {
        let folders = fs::read_dir(home.gates()).into_iter().flatten().flatten();
        let mut died = Vec::new();
        for folder in folders.map(|folder| folder.path()) {
            let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            // What somebody was about to take away, or to make.
            if name.starts_with(OLD) || (name.starts_with(NEW) && is_free(&folder)) {
                let _ = fs::remove_dir_all(&folder);
            } else {
                died.extend(Self::seize(&folder));
            }
        }
        died.sort_by(|left, right| left.id.cmp(&right.id));
        died
    }

    fn seize(path: &Path) -> Option<Self> {
        let id = ProposalId::new(path.file_name()?.to_str()?).ok().filter(|id| id.as_str().starts_with("g-"))?;
        let lock = open_lock(&path.join(LOCK)).ok()?;
        match lock.try_lock() {
            // Somebody may have taken it away before.
            Ok(()) => path.join(LOCK).exists().then(|| Self { id, path: path.to_path_buf(), lock }),
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => None,
        }
    }

    /// Whether the lock that lies there is the one that is held, so that nobody takes this gate for dead.
    pub(super) fn is_held(&self) -> bool {
        let held = self.lock.metadata().map(|its| (its.dev(), its.ino()));
        let lies = fs::symlink_metadata(self.path.join(LOCK)).map(|its| (its.dev(), its.ino()));
        held.ok().is_some_and(|held| lies.is_ok_and(|lies| lies == held))
    }

    /// Whether another lock lies there, so that somebody may have taken this gate for dead, and written down its end.
    pub(super) fn may_be_buried(&self) -> bool {
        !self.is_held() && fs::symlink_metadata(self.path.join(LOCK)).is_ok()
    }

    /// Takes it away. It is renamed first: one that is taken away by halves is no gate any more.
    pub(super) fn remove(self) {
        let old = self.path.with_file_name(format!("{OLD}{}", self.id));
        // What cannot be taken away now is found again by the next gate.
        let _ = fs::rename(&self.path, &old).and_then(|()| fs::remove_dir_all(&old));
    }
}

/// Opens what may be anything: a voter can have put it there. Nothing is waited for.
fn open_lock(path: &Path) -> io::Result<File> {
    let at_once = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    let lock = OpenOptions::new().write(true).custom_flags(at_once).open(path)?;
    if lock.metadata()?.is_file() { Ok(lock) } else { Err(io::Error::other("it is no regular file")) }
}

/// Whether nobody holds its lock. Whoever makes it just now, and has none yet, begins again.
fn is_free(folder: &Path) -> bool {
    match open_lock(&folder.join(LOCK)) {
        Ok(lock) => lock.try_lock().is_ok(),
        Err(why) => why.kind() == io::ErrorKind::NotFound,
    }
}
