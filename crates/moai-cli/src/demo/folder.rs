//! A folder of the show's own, which goes with it.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::{env, process};

use moai_flow::{Chance as _, SystemChance};

use crate::failure::Failure;

/// A folder of the show's own, for this user alone; it goes with the show.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// # Errors
    ///
    /// When it cannot be made.
    pub(super) fn new() -> Result<Self, Failure> {
        let drawn = SystemChance.draw().map_err(|why| Failure::of(&why))?;
        let path = env::temp_dir().join(format!("moai-demo-{}-{drawn:016x}", process::id()));
        DirBuilder::new().mode(0o700).create(&path).map_err(|why| {
            let what = format!("{} cannot be made: {why}; nothing was done", path.display());
            Failure::failed("demo.folder", what).and_then("name another place for what is temporary: TMPDIR")
        })?;
        Ok(Self(path))
    }

    /// A file in it.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left of a show harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}
