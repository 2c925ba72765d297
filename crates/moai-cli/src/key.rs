//! `moai key`.

use clap::Args;

use crate::cli::Common;
use crate::exit::Exit;
use crate::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct KeyArgs {}

pub(crate) fn run(_common: &Common, _args: KeyArgs) -> Result<Exit, Failure> {
    Err(Failure::failed("cli.absent", "`moai key` is not there yet; nothing was done"))
}
