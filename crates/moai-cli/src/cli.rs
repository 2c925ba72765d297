//! The command line.

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{harmless, json_line, lost, put};
use crate::{completions, demo, export, gate, init, key, log, show, sim, verify, vote};

/// Ask a swarm before something dangerous runs, and prove afterwards who let it happen.
///
/// A gate puts a command to voters: programs vote by their exit code, people at the terminal. The command runs if the rule
/// approves exactly that command, and not otherwise. Everything is recorded in a journal that can be verified.
#[derive(Debug, Parser)]
#[command(name = "moai", version, arg_required_else_help = true, after_help = EXITS)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    command: Command,
}

const EXITS: &str = "\
Exit codes:
  0    done; of a gate: the command ran and ended with 0
  1    verify, log, show, export, sim: something does not hold
  2    the command line or moai.toml cannot be meant; a vote does not count
  120  rejected
  121  vetoed
  122  timed out
  123  approval cannot be reached any more
  124  somebody lied, or something was exchanged
  125  moai itself failed
  126  the command cannot be run
  127  there is no such command
  else what the approved command ended with (128 + n: signal n)

The records lie in --store, or $MOAI_STORE, or .moai beside the nearest
moai.toml, or the nearest .moai, or ~/.local/state/moai.";

/// What every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Common {
    /// The folder of the records
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) store: Option<PathBuf>,
    /// Answer as JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say only what went wrong, and what somebody is to do
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more: of a gate what it is bound to, of `log` why, of `verify` every record, of an error its name
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// See what it does: a story of liars, cuts and crashes, in about 40 seconds
    Demo(demo::DemoArgs),
    Gate(Box<gate::GateArgs>),
    Vote(vote::VoteArgs),
    Key(key::KeyArgs),
    Init(init::InitArgs),
    Log(log::LogArgs),
    Show(show::ShowArgs),
    Verify(verify::VerifyArgs),
    Export(export::ExportArgs),
    Sim(sim::SimArgs),
    /// Completions for a shell
    Completions(completions::CompletionsArgs),
}

/// Reads the command line, does what it says, and tells how it went.
pub(crate) fn run() -> ExitCode {
    // Not for people: completions and help know nothing of these.
    match env::args_os().nth(1) {
        Some(word) if word == gate::KEEP => return gate::keep(env::args_os().skip(2)).into(),
        Some(word) if word == demo::WRITE => return demo::write(env::args_os().skip(2)).into(),
        _ => {}
    }
    let Cli { common, command } = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(why) => return misread(&why),
    };
    match command.run(&common).and_then(|exit| lost().filter(|_| exit == Exit::Done).map_or(Ok(exit), Err)) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            let is_lost = failure.next.is_empty() && env::current_dir().is_err();
            let next = "this folder is not there any more, or out of reach: go to another one (cd), and try again";
            let failure = if is_lost { failure.and_then(next) } else { failure };
            tell(&common, &failure);
            failure.exit.into()
        }
    }
}

impl Command {
    fn run(self, common: &Common) -> Result<Exit, Failure> {
        match self {
            Self::Demo(args) => demo::run(common, args),
            Self::Gate(args) => gate::run(common, &args).map_err(|failure| args.say_where(failure)),
            Self::Vote(args) => vote::run(common, args),
            Self::Key(args) => key::run(common, args),
            Self::Init(args) => init::run(common, args),
            Self::Log(args) => log::run(common, args),
            Self::Show(args) => show::run(common, args),
            Self::Verify(args) => verify::run(common, args),
            Self::Export(args) => export::run(common, args),
            Self::Sim(args) => sim::run(common, args),
            Self::Completions(args) => completions::run(common, args),
        }
    }
}

/// Errors go where they do not mix with what a command prints.
pub(crate) fn tell(common: &Common, failure: &Failure) {
    match json_line(failure) {
        Ok(json) if common.json => put(&format!("{{\"error\":{json}}}\n")),
        _ if common.verbose => put(&format!("moai: {failure}\n  ({})\n", failure.code)),
        _ => put(&format!("moai: {failure}\n")),
    }
}

/// Help, and what stands on the command line and cannot be meant: a terminal takes no commands from that.
fn misread(why: &clap::Error) -> ExitCode {
    let plain = why.render().to_string();
    let lines: Vec<String> = plain.split('\n').map(harmless).collect();
    let shown = lines.join("\n");
    let is_help = matches!(why.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if wants_json() && !is_help {
        let what = format!("{}; nothing was done", shown.trim().strip_prefix("error: ").unwrap_or(&shown).trim());
        let failure = Failure::usage("cli.misread", what).and_then("moai --help, and moai COMMAND --help");
        put(&json_line(&failure).map_or_else(|_| shown, |json| format!("{{\"error\":{json}}}\n")));
    } else if is_help || shown == plain {
        // Where nobody can be told, it ends all the same.
        let _ = why.print();
    } else {
        put(&shown);
    }
    u8::try_from(why.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// Whether JSON was asked for on a command line that does not read: in front of what belongs to a command.
fn wants_json() -> bool {
    env::args_os().skip(1).take_while(|word| word != "--").any(|word| word == "--json")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn help(command: &str) -> String {
        let command = Cli::command().find_subcommand(command).unwrap().clone();
        command.term_width(100).render_long_help().to_string()
    }

    #[test]
    fn the_help_of_a_gate_needs_another_page() {
        let help = help("gate");
        for exit in ["0 ", "2 ", "120", "121", "122", "123", "124", "125", "126", "127", "else"] {
            assert_eq!(help.lines().filter(|line| line.starts_with(&format!("  {exit}"))).count(), 1, "{exit}: {help}");
        }
        // A line of a command that goes on says so, and so a shell takes what is copied.
        let (_, examples) = help.split_once("Examples:\n").unwrap();
        let (examples, _) = examples.split_once("\n\n").unwrap();
        for (line, next) in examples.lines().zip(examples.lines().skip(1)) {
            assert_eq!(line.ends_with('\\'), next.starts_with("      "), "{line}\n{next}");
        }
        assert!(examples.lines().all(|line| line.len() <= 80), "{examples}");
    }

    #[test]
    fn what_is_said_at_length_of_a_command_is_not_shown() {
        for (command, said) in [
            ("log", "ends at the first"),
            ("show", "who said what and why"),
            ("verify", "a copy that is taken away"),
            ("export", "verify it elsewhere"),
            ("sim", "One seed makes a world"),
            ("vote", "Usage: moai vote [GATE] [for|against|abstain|veto]"),
        ] {
            let help = help(command).split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(help.contains(said), "{command}: {help}");
        }
    }
}
