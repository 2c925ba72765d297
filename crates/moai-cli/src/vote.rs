//! `moai vote`.

use clap::Args;

use crate::cli::Common;
use crate::exit::Exit;
use crate::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct VoteArgs {}

pub(crate) fn run(_common: &Common, _args: VoteArgs) -> Result<Exit, Failure> {
    Err(Failure::failed("cli.absent", "`moai vote` is not there yet; nothing was done"))
}
