//! `moai sim`.

use clap::Args;

use crate::cli::Common;
use crate::exit::Exit;
use crate::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct SimArgs {}

pub(crate) fn run(_common: &Common, _args: SimArgs) -> Result<Exit, Failure> {
    Err(Failure::failed("cli.absent", "`moai sim` is not there yet; nothing was done"))
}
