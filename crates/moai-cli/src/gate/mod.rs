//! `moai gate`.

use clap::Args;

use crate::cli::Common;
use crate::exit::Exit;
use crate::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct GateArgs {}

#[derive(Debug, Args)]
pub(crate) struct KeepArgs {}

pub(crate) fn run(_common: &Common, _args: GateArgs) -> Result<Exit, Failure> {
    Err(Failure::failed("cli.absent", "`moai gate` is not there yet; nothing was done"))
}

pub(crate) fn keep(_args: KeepArgs) -> Result<Exit, Failure> {
    Err(Failure::failed("cli.absent", "`moai gate` is not there yet; nothing was done"))
}
