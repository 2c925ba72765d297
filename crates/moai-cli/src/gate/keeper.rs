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
use std::ffi::OsString;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream as StdStream;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

use super::{endings, kinship, process_tree};
use crate::exit::Exit;
use crate::output::put;

/// How the program calls itself to watch over a voter's processes: not for people.
pub(crate) const KEEP: &str = "__keep";

/// Starts the voter that is named by these words, and returns when nothing of it is left.
pub(crate) fn keep(words: impl Iterator<Item = OsString>) -> Exit {
    kept(words).unwrap_or_else(|why| {
        put(&format!("moai: a voter cannot be watched over: {why}\n"));
        Exit::Failed
    })
}

fn kept(words: impl Iterator<Item = OsString>) -> std::io::Result<Exit> {
    // It is the leader of a group already where somebody calls it by hand; then it stays in that session.
    let _ = rustix::process::setsid();
    process_tree::adopt(true);
    kinship::be_known();
    withhold();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(watch(words))
}

/// What is open here tells how a voter ended: no other voter reaches into it.
fn withhold() {
    #[cfg(target_os = "linux")]
    {
        // It knows no reason to refuse.
        let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    }
}

async fn watch(mut words: impl Iterator<Item = OsString>) -> std::io::Result<Exit> {
    let socket = StdStream::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    socket.set_nonblocking(true)?;
    let mut socket = UnixStream::from_std(socket)?;
    let Some(program) = words.next() else { return Ok(Exit::Usage) };
    let mut children = signal(SignalKind::child())?;
    let mut voter = Command::new(program).args(words).stdin(Stdio::null()).spawn()?;
    let its = voter.id().and_then(|pid| i32::try_from(pid).ok());
    let mut byte = [0];
    let ended = loop {
        tokio::select! {
            biased;
            // Nothing is ever sent: it is closed.
            _ = socket.read(&mut byte) => break None,
            ended = voter.wait() => break Some(ended?),
            // A voter may take days, and leave an orphan each minute.
            Some(()) = children.recv() => endings::take_in_orphans(its),
        }
    };
    let left = endings::end_all(&BTreeSet::new());
    let word = ended.map_or_else(|| "stopped".to_owned(), written);
    let word = if left.others.is_empty() { word } else { format!("{word} left {}", left.others.len()) };
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
