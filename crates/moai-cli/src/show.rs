//! `moai show`.

use clap::Args;

use crate::cli::Common;
use crate::exit::Exit;
use crate::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {}

pub(crate) fn run(_common: &Common, _args: ShowArgs) -> Result<Exit, Failure> {
    Err(Failure::failed("cli.absent", "`moai show` is not there yet; nothing was done"))
}
