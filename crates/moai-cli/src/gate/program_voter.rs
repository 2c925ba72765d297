//! A voter that is a program.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdStream;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use moai_flow::consensus::{Answer, Choice, Request, Voter, VoterError};
use tokio::io::AsyncReadExt as _;
use tokio::net::UnixStream;
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::keeper::KEEP;
use super::output::Output;
use super::plan::withhold_inherited;
use crate::shared_journal::no_fork;

/// A voter that is a program: its exit code is its vote, and what it prints its reason.
pub(super) struct ProgramVoter {
    pub(super) line: OsString,
    pub(super) variables: Vec<(String, OsString)>,
    pub(super) running: Running,
}

/// The programs that run, so that all of them can be waited for.
#[derive(Debug, Clone, Default)]
pub(super) struct Running(Arc<Mutex<Vec<JoinHandle<()>>>>);

impl Running {
    fn add(&self, task: JoinHandle<()>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(task);
    }

    /// Waits until none is left. Each ends when it has voted, or when nobody waits for its vote any more.
    pub(super) async fn all_gone(&self) {
        loop {
            let next = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(task) = next else { return };
            // A task that panicked has gone as well.
            let _ = task.await;
        }
    }
}

/// How a program ended.
enum Ended {
    Code(i32),
    Signal(i32),
    /// Whoever watched over it was ended itself.
    Unknown,
}

#[async_trait]
impl Voter for ProgramVoter {
    async fn vote(&self, _request: &Request) -> Result<Answer, VoterError> {
        let (child, socket, output) =
            self.start().map_err(|why| VoterError::failed(format!("it cannot be started: {why}")))?;
        // Dropped with this future: then it is stopped.
        let (_wanted, not_wanted) = oneshot::channel::<()>();
        let (tell, told) = oneshot::channel();
        self.running.add(Handle::current().spawn(async move {
            let ended = watch(child, socket, output, not_wanted).await;
            // Nobody may wait for it any more.
            let _ = tell.send(ended);
        }));
        let (ended, output) = told.await.map_err(|_| VoterError::failed("it was not watched over"))?;
        answer(&ended, &output)
    }
}

impl ProgramVoter {
    fn start(&self) -> io::Result<(Child, UnixStream, pipe::Receiver)> {
        let (reader, writer) = io::pipe()?;
        let (ours, theirs) = StdStream::pair()?;
        ours.set_nonblocking(true)?;
        let _no_journal = no_fork();
        let mut command = Command::new(keeper()?);
        withhold_inherited(&mut command);
        let child = command
            .arg0("moai")
            .args([KEEP, "sh", "-c"])
            .arg(&self.line)
            .envs(self.variables.iter().cloned())
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .kill_on_drop(true)
            .spawn()?;
        Ok((child, UnixStream::from_std(ours)?, pipe::Receiver::from_owned_fd(reader.into())?))
    }
}

/// This program, also when another one has been put in its place meanwhile.
fn keeper() -> io::Result<PathBuf> {
    let running = PathBuf::from("/proc/self/exe");
    if running.exists() { Ok(running) } else { std::env::current_exe() }
}

/// What a pipe holds at the most.
const PIPE: u64 = 1 << 20;

/// How long a keeper may take to end everything.
const LONGEST: Duration = Duration::from_secs(10);

async fn watch(
    mut child: Child,
    mut socket: UnixStream,
    mut printed: pipe::Receiver,
    not_wanted: oneshot::Receiver<()>,
) -> (Ended, Output) {
    let (mut output, mut buffer) = (Output::default(), vec![0; 1 << 16]);
    let mut word = Vec::new();
    let mut not_wanted = Some(not_wanted);
    let mut prints = true;
    let stopped = loop {
        let unwanted = async {
            match &mut not_wanted {
                // Nothing is sent: it is dropped.
                Some(wanted) => drop(wanted.await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = unwanted => break true,
            read = socket.read_buf(&mut word) => if !matches!(read, Ok(1..)) { break false },
            read = printed.read(&mut buffer), if prints => match read {
                Ok(bytes @ 1..) => output.take(buffer.get(..bytes).unwrap_or_default()),
                _ => prints = false,
            },
        }
    };
    if stopped {
        not_wanted = None;
        // Half of it is closed; the keeper sees that, and ends what it keeps.
        let _ = tokio::io::AsyncWriteExt::shutdown(&mut socket).await;
    }
    drop(not_wanted);
    if tokio::time::timeout(LONGEST, child.wait()).await.is_err() {
        // What it kept becomes ours, and is ended with all the rest.
        let _ = child.kill().await;
    }
    drain(printed, &mut output);
    (ended(&word), output)
}

/// What still lies in the pipe. Who prints has gone, so that it is no more than a pipe holds.
fn drain(printed: pipe::Receiver, output: &mut Output) {
    let Ok(pipe) = printed.into_nonblocking_fd() else { return };
    let (mut pipe, mut buffer) = (File::from(pipe).take(PIPE), vec![0; 1 << 16]);
    while let Ok(bytes @ 1..) = pipe.read(&mut buffer) {
        output.take(buffer.get(..bytes).unwrap_or_default());
    }
}

fn ended(word: &[u8]) -> Ended {
    let word = String::from_utf8_lossy(word);
    let mut parts = word.split(' ');
    match (parts.next(), parts.next().and_then(|number| number.parse().ok())) {
        (Some("code"), Some(code)) => Ended::Code(code),
        (Some("signal"), Some(signal)) => Ended::Signal(signal),
        _ => Ended::Unknown,
    }
}

fn answer(ended: &Ended, output: &Output) -> Result<Answer, VoterError> {
    let line = output.last_line();
    let said = |what: &str| if line.is_empty() { what.to_owned() } else { format!("{what}: {line}") };
    let choice = match ended {
        Ended::Code(0) => return Ok(Answer::new(Choice::For).because(line).with_metadata(output.to_map())),
        Ended::Code(77) => Choice::Abstain,
        Ended::Code(126) => return Err(VoterError::failed(said("exit 126, it cannot be run"))),
        Ended::Code(127) => return Err(VoterError::failed(said("exit 127, there is no such program"))),
        Ended::Code(_) => Choice::Against,
        Ended::Signal(signal) => return Err(VoterError::failed(said(&format!("ended by signal {signal}")))),
        Ended::Unknown => return Err(VoterError::failed(said("what watched over it was ended"))),
    };
    let code = match ended {
        Ended::Code(code) => format!("exit {code}"),
        _ => String::new(),
    };
    Ok(Answer::new(choice).because(said(&code)).with_metadata(output.to_map()))
}
