//! Where the records are kept.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, Metadata};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The file that names a project's gates.
pub(crate) const CONFIG: &str = "moai.toml";

/// The folder beside it.
const FOLDER: &str = ".moai";

/// Whether a file or folder is this user's or root's, with whatever it is a link to and the folder that it lies in; or of whoever
/// has the folder where somebody works: to go there is to trust that user, as `make` does. In a folder where everybody may
/// write nothing is, unless somebody works there.
pub(crate) fn is_trusted(path: &Path, here: &Path) -> bool {
    let me = rustix::process::geteuid().as_raw();
    let host = fs::metadata(here).map(|its| its.uid()).ok();
    let is_known = |its: &Metadata| its.uid() == me || its.uid() == 0 || Some(its.uid()) == host;
    let Some(folder) = path.parent() else { return false };
    let lies_well = fs::metadata(folder).is_ok_and(|its| is_known(&its) && (its.mode() & 0o002 == 0 || folder == here));
    lies_well && [fs::metadata(path), fs::symlink_metadata(path)].iter().all(|its| its.as_ref().is_ok_and(is_known))
}

/// The folder in which everything is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Home {
    folder: PathBuf,
}

impl Home {
    /// What was said on the command line; else what `MOAI_STORE` says; else `.moai` beside the nearest `moai.toml`, or the
    /// nearest `.moai`, in this folder or above it; else the user's own.
    ///
    /// # Errors
    ///
    /// When there is no such place.
    pub(crate) fn find(said: Option<&Path>) -> Result<Self, Failure> {
        let given = said.map(Path::to_path_buf).or_else(|| env::var_os("MOAI_STORE").map(PathBuf::from));
        let here = env::current_dir().map_err(|why| {
            Failure::failed("home.here", format!("the working directory cannot be read: {why}; nothing was done"))
        })?;
        if let Some(folder) = given.filter(|folder| !folder.as_os_str().is_empty()) {
            return Ok(Self { folder: here.join(folder) });
        }
        // What another user has put above this folder is not looked at.
        let holds = |above: &&Path| {
            let (config, folder) = (above.join(CONFIG), above.join(FOLDER));
            let is_there = fs::symlink_metadata(&folder).is_ok();
            let is_ours = folder.is_dir() && is_trusted(&folder, &here);
            is_ours || (!is_there && config.is_file() && is_trusted(&config, &here))
        };
        let project = here.ancestors().find(holds);
        if let Some(project) = project {
            return Ok(Self { folder: project.join(FOLDER) });
        }
        let state = env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let own = state.or_else(|| env::home_dir().map(|home| home.join(".local/state")));
        let own = own.ok_or_else(|| {
            Failure::usage("home.nowhere", "no place for the records is known; nothing was done")
                .and_then("name one: --store FOLDER, or MOAI_STORE")
        })?;
        Ok(Self { folder: own.join("moai") })
    }

    /// The same, made if it is not there, for this user alone.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub(crate) fn made(self) -> Result<Self, Failure> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(self.gates());
        made.map_err(|why| {
            let what = format!("{} cannot be made: {why}; nothing was done", self.folder.display());
            Failure::failed("home.made", what).and_then("name another place: --store FOLDER, or MOAI_STORE")
        })?;
        let ignored = self.folder.join(".gitignore");
        if self.folder.file_name() == Some(OsStr::new(FOLDER)) {
            // Records belong to who has them, and not into what is shared; without this line they are as good.
            let _ = File::create_new(ignored).and_then(|mut file| file.write_all(b"*\n"));
        }
        Ok(self)
    }

    /// The folder itself.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The journal of everything that was asked, said, decided and run.
    pub(crate) fn journal(&self) -> PathBuf {
        self.folder.join("journal.db")
    }

    /// Where gates that are open have their folders.
    pub(crate) fn gates(&self) -> PathBuf {
        self.folder.join("gates")
    }
}
