//! `moai verify`.

use clap::Args;

use crate::cli::Common;
use crate::exit::Exit;
use crate::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {}

pub(crate) fn run(_common: &Common, _args: VerifyArgs) -> Result<Exit, Failure> {
    Err(Failure::failed("cli.absent", "`moai verify` is not there yet; nothing was done"))
}
