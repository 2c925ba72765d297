//! `moai completions`.

use clap::Args;

use crate::cli::Common;
use crate::exit::Exit;
use crate::failure::Failure;

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {}

pub(crate) fn run(_common: &Common, _args: CompletionsArgs) -> Result<Exit, Failure> {
    Err(Failure::failed("cli.absent", "`moai completions` is not there yet; nothing was done"))
}
