//! The command, once it is approved.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::unix::process::ExitStatusExt as _;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Command;

use super::groups;
use super::plan::withhold_inherited;
use super::program::Program;
use super::signals::{INTERRUPT, QUIT, Signals};
use super::snapshot::Snapshot;
use crate::shared_journal::no_fork;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ran {
    Code(i32),
    Signal(i32),
    /// It was started; how it ended is not known.
    Unknown,
}

/// Whether what is typed at the terminal reaches this process and its command alike.
fn is_in_front() -> bool {
    File::open("/dev/tty").is_ok_and(groups::is_in_front)
}

/// Runs it, in this process's group, terminal and folder, and waits for it. What interrupts it, or has it quit, comes from the terminal to both;
/// other signals are passed on.
///
/// # Errors
///
/// When it cannot be started.
pub(super) async fn run(
    argv: &[OsString],
    program: &Program,
    snapshot: &Snapshot,
    gate: &str,
    signals: &mut Signals,
) -> io::Result<Ran> {
    let mut argv = argv.iter();
    let typed = argv.next().cloned().unwrap_or_default();
    let no_journal = no_fork();
    let mut command = Command::new(program.starts());
    withhold_inherited(&mut command);
    let mut child = command
        .arg0(typed)
        .args(argv.map(|argument| snapshot.fill(argument)))
        .envs(snapshot.variables())
        .env("MOAI_GATE", gate)
        .env("MOAI_PROGRAM", program.path())
        .spawn()?;
    drop(no_journal);
    let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
    let ended = loop {
        tokio::select! {
            biased;
            ended = child.wait() => match ended {
                Ok(ended) => break ended,
                Err(_) => return Ok(Ran::Unknown),
            },
            number = signals.next() => {
                let is_typed = (number == INTERRUPT || number == QUIT) && is_in_front();
                let signal = Signal::from_named_raw(number.into()).filter(|_| !is_typed);
                if let Some((pid, signal)) = pid.zip(signal) {
                    // It may have ended.
                    let _ = kill_process(pid, signal);
                }
            }
        }
    };
    Ok(ended.code().map_or_else(|| Ran::Signal(ended.signal().unwrap_or_default()), Ran::Code))
}
