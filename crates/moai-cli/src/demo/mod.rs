//! `moai demo`.

use clap::Args;

use crate::cli::Common;
use crate::exit::Exit;
use crate::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {}

pub(crate) fn run(_common: &Common, _args: DemoArgs) -> Result<Exit, Failure> {
    Err(Failure::failed("cli.absent", "`moai demo` is not there yet; nothing was done"))
}
