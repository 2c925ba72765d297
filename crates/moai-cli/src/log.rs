//! `moai log`.

use clap::Args;

use crate::cli::Common;
use crate::exit::Exit;
use crate::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct LogArgs {}

pub(crate) fn run(_common: &Common, _args: LogArgs) -> Result<Exit, Failure> {
    Err(Failure::failed("cli.absent", "`moai log` is not there yet; nothing was done"))
}
