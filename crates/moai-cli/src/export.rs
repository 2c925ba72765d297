//! `moai export`.

use clap::Args;

use crate::cli::Common;
use crate::exit::Exit;
use crate::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {}

pub(crate) fn run(_common: &Common, _args: ExportArgs) -> Result<Exit, Failure> {
    Err(Failure::failed("cli.absent", "`moai export` is not there yet; nothing was done"))
}
