//! `moai demo`: a story that explains itself, told by the protocol code itself.
//!
//! ```text
//!   scenes ─▶ the library, in a time of its own ─▶ journal ─▶ teller ─▶ beats ─▶ plain lines, JSON, or the live view
//! ```
//!
//! One thread plays the story. Its clock stands still while a line is shown, so the story goes on as fast as it is watched.

#[cfg(test)]
mod audience;
mod beat;
mod fact;
mod live;
mod pace;
mod picture;
mod plain;
mod playing;
mod scenes;
mod stage;
mod stand_still;
mod story;
mod teller;
mod troupe;
mod watching;
mod witnessed;
mod wrapped;
mod writer;

use clap::Args;

use crate::cli::Common;
use crate::exit::Exit;
use crate::failure::Failure;

pub(crate) use writer::{WRITE, write};

/// What to try when it is over.
const NEXT: &str = "\
Next, ask a swarm of your own before a command runs:
  moai gate --rule 2of3 --voter lint='cargo clippy' --voter tests='cargo test' \\
      --voter review=human -- ./deploy.sh";

/// What `--help` says beside the options.
const ABOUT: &str = "\
Agents vote, one of them lies, the network is cut, a process is killed, a person says no, and somebody who was not there \
verifies all of it. Everything that is shown is computed by the library, in a time of its own, with a journal in a temporary \
folder. What can be checked is checked where it is shown; if something is not so, the demo says NOT SO and ends with 1.

On a terminal it takes about 40 seconds: space pauses, n goes to the next scene, q quits.";

#[derive(Debug, Args)]
#[command(after_help = ABOUT)]
pub(crate) struct DemoArgs {
    /// Lines of text, without pauses
    #[arg(long)]
    fast: bool,
    /// The same number tells the same story, to the letter
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,
    /// Lines of text, as for a log; always so, and without pauses, where the output is no terminal
    #[arg(long)]
    plain: bool,
}

pub(crate) fn run(common: &Common, args: DemoArgs) -> Result<Exit, Failure> {
    watching::watch(common, &args)
}
