//! `moai init`.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};

use clap::Args;

use crate::cli::Common;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::CONFIG;
use crate::output::Output;

/// Write a moai.toml with comments into this folder
#[derive(Debug, Args)]
pub(crate) struct InitArgs {}

/// What is written.
pub(crate) const TEMPLATE: &str = include_str!("init.toml");

/// Writes it, where there is none.
pub(crate) fn run(common: &Common, _args: InitArgs) -> Result<Exit, Failure> {
    let written = OpenOptions::new().write(true).create_new(true).open(CONFIG);
    let written = written.and_then(|mut file| file.write_all(TEMPLATE.as_bytes()));
    written.map_err(|why| match why.kind() {
        ErrorKind::AlreadyExists => {
            Failure::usage("init.exists", format!("{CONFIG} is there already; nothing was done"))
        }
        _ => Failure::failed("init.write", format!("{CONFIG} cannot be written: {why}")),
    })?;
    let output = Output::new(common);
    if output.is_json() {
        output.json(&serde_json::json!({"written": CONFIG}))?;
    }
    output.line(format!("{CONFIG} is written. Its gate is asked with: moai gate deploy"));
    Ok(Exit::Done)
}
