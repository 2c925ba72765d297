//! What can be said to `moai gate`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::failure::Failure;
use crate::home::CONFIG;
use crate::output::harmless;

/// Put a command to voters, and run it if they approve it
///
/// Programs vote by their exit code: 0 is for it, 77 abstains, anything else is against it; a signal, 126 and 127 are no vote.
/// People vote at the terminal, or with `moai vote` from another one.
///
/// What is approved is exactly this: the arguments, the working directory, the bytes of the program, those of each --file, and
/// the values of each --env. Voters and command see a sealed copy of each file. WHAT IS NOT NAMED IS NOT PROTECTED: a script
/// that is an argument of a shell, what a program loads, and what lies behind a symbolic link that is not named can change
/// between vote and run.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct GateArgs {
    /// A gate of moai.toml
    #[arg(value_name = "NAME")]
    pub(super) name: Option<String>,
    /// When it passes: 2of3, all, any, majority, 60%, 2of(lint,tests), weight>=2.5, weight>60%, groups>=2, no-veto; `and`,
    /// `or`, `not` and parentheses between them [default: majority]
    #[arg(long, value_name = "RULE")]
    pub(super) rule: Option<String>,
    /// Who votes: `human`, `key:HEX` for a person who signs, else a line for the shell. For `human` whoever is the same user
    /// can speak, other than the gate's own voters; where that is too many, take `key:HEX` (see `moai key`)
    #[arg(long = "voter", value_name = "NAME=WHAT")]
    pub(super) voters: Vec<String>,
    /// How much a voter weighs, if not 1
    #[arg(long = "weight", value_name = "NAME=NUMBER")]
    pub(super) weights: Vec<String>,
    /// To which group a voter belongs, such as a family of models
    #[arg(long = "group", value_name = "NAME=GROUP")]
    pub(super) groups: Vec<String>,
    /// Who has a veto [default: all people]
    #[arg(long = "veto-by", value_name = "NAME")]
    pub(super) veto_by: Vec<String>,
    /// A file to seal; `{NAME}` in an argument, or `{file}` without a name, becomes the path of the sealed copy
    #[arg(long = "file", value_name = "[NAME=]PATH")]
    pub(super) files: Vec<OsString>,
    /// A variable whose value is bound
    #[arg(long = "env", value_name = "NAME")]
    pub(super) env: Vec<String>,
    /// How long the approved command waits for a veto: 30s, 10m, 2h, 3d
    #[arg(long, value_name = "DURATION")]
    pub(super) veto: Option<String>,
    /// How long it is open [default: 10m]
    #[arg(long, value_name = "DURATION")]
    pub(super) timeout: Option<String>,
    /// Where to write what became of it, as JSON
    #[arg(long, value_name = "PATH")]
    pub(super) status_file: Option<PathBuf>,
    /// Which voter sits at this terminal
    #[arg(long = "as", value_name = "NAME")]
    pub(super) whoami: Option<String>,
    /// Whether the program runs from a sealed copy, or where it lies [default: where it lies if only root can change it]
    #[arg(long, value_name = "HOW")]
    pub(super) program: Option<Placing>,
    /// The command
    #[arg(last = true, value_name = "COMMAND")]
    pub(super) command: Vec<OsString>,
}

impl GateArgs {
    /// A failure, with where to mend it if that stands in `moai.toml`.
    pub(crate) fn say_where(&self, failure: Failure) -> Failure {
        match &self.name {
            Some(name) if failure.code == "gate.no_program" && failure.next.is_empty() => {
                let place = format!("`command` of [gate.{}] in {CONFIG}", harmless(name));
                failure.and_then(format!("what is to run stands in {place}: write your own there"))
            }
            _ => failure,
        }
    }
}

/// Its lines are no longer than 80 characters, so that a terminal breaks none of them.
const EXAMPLES: &str = "\
Examples:
  moai gate --rule all --voter check=true --voter anna=human -- echo deployed
  moai gate --rule 2of3 --voter lint='cargo clippy' --voter tests='cargo test' \\
      --voter anna=human -- ./deploy.sh
  moai gate --voter anna=human --file plan=plan.json --veto 30s \\
      -- terraform apply {plan}
  moai gate deploy -- --dry-run

Voters and command get MOAI_GATE, and MOAI_FILE_<NAME> for each file; voters
also MOAI_VOTER, MOAI_COMMAND and MOAI_CONTENT, the whole of what is approved as
JSON. A program that runs from its sealed copy finds its own place in
MOAI_PROGRAM.

Exit codes:
  0    the command ran, and ended with 0
  2    the command line or moai.toml cannot be meant; nothing was done
  120  rejected
  121  vetoed
  122  timed out
  123  approval cannot be reached any more: voters have failed
  124  a voter has signed two things, or something was exchanged
  125  moai itself failed
  126  the command cannot be run
  127  there is no such command
  else what the approved command ended with (128 + n: signal n)
Where the command ends with one of these itself, --status-file tells them apart.";

/// Where the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Placing {
    /// From a sealed copy: nothing can change it
    Copy,
    /// Where it lies: it is hashed again just before it runs, and could be changed between that and its start
    InPlace,
}
