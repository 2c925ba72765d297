//! The files that were named, as they were before the vote.

use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::binding::BoundFile;
use super::sealed::{NotSealed, ROOM, Sealed};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::os_text::{OsText, quoted};

/// The files that were named, sealed.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    files: Vec<(String, PathBuf, Sealed)>,
    /// How much room is left.
    pub(super) left: u64,
}

impl Snapshot {
    /// Reads each file once, and seals it.
    ///
    /// # Errors
    ///
    /// What cannot be read, is no file, or is too large.
    pub(super) fn take(named: &[(String, PathBuf)], folder: &Path) -> Result<Self, Failure> {
        let (mut files, mut left) = (Vec::new(), ROOM);
        for (name, path) in named {
            let wrong = |why: &str| {
                let what = format!("the file {name} ({}) cannot be sealed: {why}", OsText::of(path));
                let failure = Failure::usage("gate.file", format!("{what}; nothing was done"));
                if name == "file" && path.as_os_str().as_bytes().contains(&b'=') {
                    return failure.and_then("what stands before `=` is a name where it is of a-z, 0-9 and _ only");
                }
                failure
            };
            let mut source = open(path).map_err(|why| wrong(&why))?;
            let sealed = Sealed::copy(&mut source, false, left, folder, name).map_err(|why| match why {
                NotSealed::Io(error) => wrong(&error.to_string()),
                NotSealed::TooMuch => wrong("all files of a gate are 1 GiB at the most, together"),
            })?;
            left = left.saturating_sub(sealed.size);
            files.push((name.clone(), path.clone(), sealed));
        }
        Ok(Self { files, left })
    }

    pub(super) fn bound(&self) -> Vec<BoundFile> {
        let bound = |(name, path, sealed): &(String, PathBuf, Sealed)| BoundFile {
            name: name.clone(),
            path: OsText::of(path),
            digest: sealed.digest.clone(),
            size: sealed.size,
        };
        self.files.iter().map(bound).collect()
    }

    /// An argument with the paths of sealed copies in it.
    pub(super) fn fill(&self, argument: &OsStr) -> OsString {
        self.filled(argument, |path| path.as_os_str().to_owned())
    }

    /// The same for a line that a shell reads.
    pub(super) fn fill_line(&self, line: &str) -> OsString {
        self.filled(OsStr::new(line), |path| quoted(path.as_os_str()))
    }

    fn filled(&self, text: &OsStr, path: impl Fn(&Path) -> OsString) -> OsString {
        let (mut rest, mut filled) = (text.as_bytes(), Vec::new());
        'rest: while let Some((first, behind)) = rest.split_first() {
            for (name, _, sealed) in &self.files {
                if let Some(behind) = rest.strip_prefix(format!("{{{name}}}").as_bytes()) {
                    filled.extend_from_slice(path(&sealed.path).as_bytes());
                    rest = behind;
                    continue 'rest;
                }
            }
            filled.push(*first);
            rest = behind;
        }
        OsString::from_vec(filled)
    }

    /// The variables that tell where the copies are.
    pub(super) fn variables(&self) -> impl Iterator<Item = (String, &Path)> {
        self.files.iter().map(|(name, _, sealed)| (variable(name), sealed.path.as_path()))
    }

    /// That all of it is as it was.
    ///
    /// # Errors
    ///
    /// What is not: somebody changed it.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let changed = self.files.iter().find(|(_, _, sealed)| !sealed.is_whole().unwrap_or(false));
        match changed {
            None => Ok(()),
            Some((name, ..)) => {
                let what = format!("the copy of the file {name} is not what was approved; the command was not run");
                Err(Failure::failed("gate.exchanged", what).with(Exit::Fraud))
            }
        }
    }
}

/// How the variables begin that tell where copies are.
pub(super) const FILES: &str = "MOAI_FILE_";

/// The variable that tells where the copy of a file is.
pub(super) fn variable(name: &str) -> String {
    format!("{FILES}{}", name.to_uppercase())
}

/// Opens what is a regular file, and waits for nobody.
fn open(path: &Path) -> Result<File, String> {
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(|why| why.to_string())?;
    let kind = file.metadata().map_err(|why| why.to_string())?.file_type();
    let is = match kind {
        _ if kind.is_file() => return Ok(file),
        _ if kind.is_dir() => "a directory",
        _ if kind.is_fifo() => "a pipe",
        _ if kind.is_socket() => "a socket",
        _ => "a device",
    };
    Err(format!("it is {is}, and only regular files can be sealed"))
}
