//! `moai init`.

use clap::Args;

use crate::cli::Common;
use crate::exit::Exit;
use crate::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct InitArgs {}

pub(crate) fn run(_common: &Common, _args: InitArgs) -> Result<Exit, Failure> {
    Err(Failure::failed("cli.absent", "`moai init` is not there yet; nothing was done"))
}
