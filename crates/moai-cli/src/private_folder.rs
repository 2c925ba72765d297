//! A folder for what is temporary, for this user alone.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::{env, process};

use moai_flow::{Chance as _, SystemChance};

use crate::failure::Failure;

/// A folder for what is temporary, for this user alone; it goes when this does.
#[derive(Debug)]
pub(crate) struct PrivateFolder(PathBuf);

impl PrivateFolder {
    /// A new one, with this word in its name.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub(crate) fn new(word: &str) -> Result<Self, Failure> {
        let drawn = SystemChance.draw().map_err(|why| Failure::of(&why))?;
        let path = env::temp_dir().join(format!("moai-{word}-{}-{drawn:016x}", process::id()));
        DirBuilder::new().mode(0o700).create(&path).map_err(|why| {
            let what = format!("{} cannot be made: {why}; nothing was done", path.display());
            Failure::failed(&format!("{word}.folder"), what)
                .and_then("name another place for what is temporary: TMPDIR")
        })?;
        Ok(Self(path))
    }

    /// A file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        // What is left is this user's, and harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}
