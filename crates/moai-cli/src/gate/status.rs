//! What became of a gate, in a file, for scripts.

use std::fs::{self, File};
use std::io::Write as _;
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
