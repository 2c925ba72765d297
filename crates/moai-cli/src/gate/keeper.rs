//! Watches over a voter's processes, in a process of its own.
//!
//! ```text
//!   moai ──── socket ──── keeper ──── sh -c LINE ──── whatever that starts
//! ```
//!
//! The keeper has a session of its own, so that nothing below it has a terminal, and adopts every orphan below it. When the
//! voter has ended, or the socket closes because moai wants it to or is gone, all of that is ended. Then it tells how the voter
//! ended.

use std::collections::BTreeSet;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream as StdStream;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::process::Command;

use super::args::KeepArgs;
use super::process_tree;
use crate::exit::Exit;
use crate::failure::Failure;

/// Starts the voter, and returns when nothing of it is left.
pub(crate) fn keep(args: KeepArgs) -> Result<Exit, Failure> {
    let failed = |why: std::io::Error| Failure::failed("keeper", format!("a voter cannot be watched over: {why}"));
    // It is the leader of a group already where somebody calls it by hand; then it stays in that session.
    let _ = rustix::process::setsid();
    process_tree::adopt(true);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let ended = runtime.block_on(watch(args)).map_err(failed)?;
    Ok(ended)
}

async fn watch(args: KeepArgs) -> std::io::Result<Exit> {
    let socket = StdStream::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    socket.set_nonblocking(true)?;
    let mut socket = UnixStream::from_std(socket)?;
    let mut command = args.command.into_iter();
    let Some(program) = command.next() else { return Ok(Exit::Usage) };
    let mut voter = Command::new(program).args(command).stdin(Stdio::null()).spawn()?;
    let mut byte = [0];
    let ended = tokio::select! {
        biased;
        // Nothing is ever sent: it is closed.
        _ = socket.read(&mut byte) => None,
        ended = voter.wait() => Some(ended?),
    };
    let left = process_tree::end_all(&BTreeSet::new());
    let word = ended.map_or_else(|| "stopped".to_owned(), written);
    let word = if left.is_empty() { word } else { format!("{word} left {}", left.len()) };
    // Whoever wanted it to stop may be gone.
    let _ = socket.write_all(word.as_bytes()).await;
    Ok(match ended.map(|ended| (ended.code(), ended.signal())) {
        Some((Some(code), _)) => Exit::Command(u8::try_from(code).unwrap_or(u8::MAX)),
        Some((None, Some(signal))) => Exit::Interrupted(u8::try_from(signal).unwrap_or_default()),
        _ => Exit::Failed,
    })
}

fn written(ended: ExitStatus) -> String {
    match (ended.code(), ended.signal()) {
        (Some(code), _) => format!("code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "stopped".into(),
    }
}
