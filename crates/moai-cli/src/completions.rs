//! `moai completions`: what a shell needs to complete the command line.

use clap::{Args, CommandFactory as _};
use clap_complete::{Shell, generate};

use crate::cli::{Cli, Common};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

const PLACES: &str = "\
Where they are looked for:
  bash: moai completions bash > ~/.local/share/bash-completion/completions/moai
  zsh:  moai completions zsh > \"${fpath[1]}/_moai\"
  fish: moai completions fish > ~/.config/fish/completions/moai.fish";

/// Completions for a shell, to be kept where it looks for them.
#[derive(Debug, Args)]
#[command(after_help = PLACES)]
pub(crate) struct CompletionsArgs {
    /// Which shell
    shell: Shell,
}

pub(crate) fn run(common: &Common, args: CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    generate(args.shell, &mut Cli::command(), "moai", &mut script);
    // It is text for a shell, also where JSON is asked for.
    Output::new(&Common { json: false, ..common.clone() }).answer(String::from_utf8_lossy(&script).trim_end());
    Ok(Exit::Done)
}
