//! `moai init`.

use std::fs::{self, OpenOptions};
use std::io::{Error, ErrorKind, Write as _};

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
    let made = OpenOptions::new().write(true).create_new(true).open(CONFIG);
    let wrong = |why: Error| match why.kind() {
        ErrorKind::AlreadyExists => {
            Failure::usage("init.exists", format!("{CONFIG} is there already; nothing was done"))
                .and_then("add gates to it; or go to another folder, or take it away first")
        }
        _ => Failure::failed("init.write", format!("{CONFIG} cannot be written: {why}; nothing was done"))
            .and_then("go to a folder where you may write, and where there is room"),
    };
    let mut file = made.map_err(wrong)?;
    if let Err(why) = file.write_all(TEMPLATE.as_bytes()).and_then(|()| file.sync_all()) {
        // Half of one would be read as a whole.
        let _ = fs::remove_file(CONFIG);
        return Err(wrong(why));
    }
    let output = Output::new(common);
    if output.is_json() {
        output.json(&serde_json::json!({"written": CONFIG}))?;
    }
    output.line(format!("{CONFIG} is written. Its gate is asked with: moai gate deploy"));
    Ok(Exit::Done)
}
