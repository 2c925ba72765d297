//! What became of a gate, in a file, for scripts.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use moai_flow::{Head, ProposalId};
use serde::Serialize;

use crate::failure::Failure;

/// What became of a gate.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Status {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) gate: Option<String>,
    /// `open`, then `approved`, or why not. As long as there is no `exit`, it goes on.
    pub(super) decision: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) why: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) exit: Option<u8>,
    /// Whether the command was started: written before it is.
    pub(super) ran: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) signal: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) head: Option<Head>,
}

impl Status {
    /// How far a gate has come.
    pub(super) fn at(gate: &ProposalId, decision: &str) -> Self {
        Self { gate: Some(gate.to_string()), decision: decision.into(), ..Self::default() }
    }
}

/// The file, if one is wanted.
#[derive(Debug, Clone)]
pub(super) struct StatusFile(pub(super) Option<PathBuf>);

impl StatusFile {
    /// That nothing is lost by it: what lies there is a file of this kind or any other, and not one of the records, nor of these.
    ///
    /// # Errors
    ///
    /// What it would be put in the place of.
    pub(super) fn check<'a>(&self, home: &Path, needed: impl IntoIterator<Item = &'a Path>) -> Result<(), Failure> {
        let Some(path) = &self.0 else { return Ok(()) };
        let refused = |what: &str| {
            let why = format!("--status-file {}: {what}; nothing was done", path.display());
            Err(Failure::usage("gate.status", why).and_then("name a path where nothing lies, or an older status file"))
        };
        let folder = path.parent().and_then(|folder| fs::canonicalize(folder).ok());
        let is_record = |folder: &PathBuf| fs::canonicalize(home).is_ok_and(|home| folder.starts_with(home));
        if folder.as_ref().is_some_and(is_record) {
            return refused("the records lie there");
        }
        let Ok(its) = fs::symlink_metadata(path) else { return Ok(()) };
        if !its.is_file() {
            return refused("it is there, and no regular file");
        }
        let is_same =
            |other: &Path| fs::metadata(other).is_ok_and(|other| (other.dev(), other.ino()) == (its.dev(), its.ino()));
        match needed.into_iter().find(|needed| is_same(needed)) {
            Some(needed) => refused(&format!("it is {}, which this gate needs", needed.display())),
            None => Ok(()),
        }
    }

    /// Whether nothing lies there, or what became of an earlier gate.
    pub(super) fn may_be_replaced(&self) -> bool {
        let Some(path) = &self.0 else { return false };
        let Ok(its) = fs::symlink_metadata(path) else { return true };
        let is_status = |text: String| {
            let read: Option<serde_json::Value> = serde_json::from_str(&text).ok();
            read.is_some_and(|status| status.get("decision").is_some() && status.get("ran").is_some())
        };
        its.is_file() && its.len() < 1 << 20 && fs::read_to_string(path).is_ok_and(is_status)
    }

    /// Puts it there, as a whole.
    ///
    /// # Errors
    ///
    /// When it cannot be written; what stood there stands there still.
    pub(super) fn write(&self, status: &Status) -> Result<(), Failure> {
        let Some(path) = &self.0 else { return Ok(()) };
        let text = serde_json::to_string(status).map_err(|why| Failure::failed("gate.status", why))?;
        replace(path, &format!("{text}\n")).map_err(|why| {
            Failure::failed("gate.status", format!("{} cannot be written: {why}", path.display()))
                .and_then("--status-file takes a path in a folder that is there and may be written")
        })
    }
}

fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let mut beside = path.file_name().unwrap_or_default().to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(beside);
    // What somebody has put there is not written through.
    let _ = fs::remove_file(&beside);
    let written = File::create_new(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    });
    if written.is_err() {
        // It may not be there.
        let _ = fs::remove_file(&beside);
    }
    written
}
