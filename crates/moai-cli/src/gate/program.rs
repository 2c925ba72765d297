//! The program that is to run: found once, hashed, and held so that it stays what it is.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::args::Placing;
use super::binding::BoundProgram;
use super::sealed::{NotSealed, Sealed, digest_of};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::os_text::OsText;

/// The program that is to run.
#[derive(Debug)]
pub(super) struct Program {
    /// Where it lies, links followed.
    path: PathBuf,
    digest: String,
    size: u64,
    sealed: Option<Sealed>,
}

impl Program {
    /// Finds what was typed, as a shell would, and seals it unless it lies where only root can change it.
    ///
    /// # Errors
    ///
    /// When it is not there, or cannot be run.
    pub(super) fn find(typed: &OsStr, placing: Option<Placing>, left: u64, folder: &Path) -> Result<Self, Failure> {
        let shown = OsText::of(typed);
        let cannot = |why: &dyn std::fmt::Display| {
            let what = format!("{shown} cannot be run: {why}; nothing was done");
            Failure::usage("gate.program", what).with(Exit::NotRunnable)
        };
        let found = locate(typed).ok_or_else(|| {
            Failure::usage("gate.no_program", format!("there is no program {shown}; nothing was done"))
                .with(Exit::NotFound)
        })?;
        let path = fs::canonicalize(&found).map_err(|why| cannot(&why))?;
        if !path.is_file() {
            return Err(cannot(&"it is no regular file"));
        }
        access(&path, Access::EXEC_OK).map_err(|why| cannot(&why))?;
        let mut file = File::open(&path).map_err(|why| cannot(&why))?;
        let in_place = placing.map_or_else(|| is_out_of_reach(&path), |placing| placing == Placing::InPlace);
        if in_place {
            let (digest, size) = digest_of(&mut file).map_err(|why| cannot(&why))?;
            return Ok(Self { path, digest, size, sealed: None });
        }
        let sealed = Sealed::copy(&mut file, true, left, folder, "program").map_err(|why| match why {
            NotSealed::Io(error) => cannot(&error),
            NotSealed::TooMuch => {
                cannot(&"its copy is too large: 1 GiB is the most").and_then("take --program in-place")
            }
        })?;
        Ok(Self { path, digest: sealed.digest.clone(), size: sealed.size, sealed: Some(sealed) })
    }

    pub(super) fn bound(&self) -> BoundProgram {
        let how = if self.sealed.is_some() { "copy" } else { "in-place" };
        BoundProgram { path: OsText::of(&self.path), digest: self.digest.clone(), size: self.size, how: how.into() }
    }

    /// What is to be started.
    pub(super) fn starts(&self) -> &Path {
        self.sealed.as_ref().map_or(&self.path, |sealed| &sealed.path)
    }

    /// Where it lies.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// That it is what it was.
    ///
    /// # Errors
    ///
    /// When it is not, or cannot be read any more.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let same = match &self.sealed {
            Some(sealed) => sealed.is_whole(),
            None => File::open(&self.path).and_then(|mut file| Ok(digest_of(&mut file)?.0 == self.digest)),
        };
        let path = OsText::of(&self.path);
        let why = match same {
            Ok(true) => return Ok(()),
            Ok(false) => format!("{path} is not the program that was approved; the command was not run"),
            Err(why) => format!("{path} cannot be read any more: {why}; the command was not run"),
        };
        Err(Failure::failed("gate.exchanged", why).with(Exit::Fraud))
    }
}

/// What a shell would run.
pub(super) fn locate(typed: &OsStr) -> Option<PathBuf> {
    if typed.as_bytes().contains(&b'/') {
        return Some(PathBuf::from(typed)).filter(|path| path.exists());
    }
    let folders = env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/local/bin:/usr/bin:/bin"));
    let all: Vec<PathBuf> =
        env::split_paths(&folders).map(|folder| folder.join(typed)).filter(|path| path.is_file()).collect();
    let runs = all.iter().find(|path| access(path.as_path(), Access::EXEC_OK).is_ok());
    runs.or(all.first()).cloned()
}

/// Where a system keeps its own programs.
const SYSTEM: [&str; 7] = ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/opt", "/nix/store"];

/// Whether nobody but root can change it, in any folder above. For root itself, whose voters are root as well, only what
/// belongs to the system counts.
fn is_out_of_reach(path: &Path) -> bool {
    let is_roots = |path: &Path| fs::symlink_metadata(path).is_ok_and(|its| its.uid() == 0 && its.mode() & 0o022 == 0);
    let is_systems = || SYSTEM.iter().any(|folder| path.starts_with(folder));
    path.ancestors().all(is_roots) && (!rustix::process::geteuid().is_root() || is_systems())
}
