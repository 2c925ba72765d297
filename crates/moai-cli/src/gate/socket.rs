//! Where people vote from another terminal.
//!
//! One line of JSON goes in, one comes back. Who calls must be the same user, or have signed what it brings, and be no process
//! below the gate: a voter's program does not vote for a person.

use std::fs::{self, DirBuilder};
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::os::unix::net::UnixStream as StdStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{env, io};

use moai_flow::consensus::{Reply, Request};
use moai_flow::{Digest, Limits};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::binding::hex;
use super::kinship::{Kinship, kinship};
use super::people::{People, Stands, Word};
use crate::exit::Exit;
use crate::failure::Failure;

/// How long a line may be.
const LINE: u64 = 4 << 20;

/// What is asked of a gate.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Call {
    /// What it is about.
    Look,
    /// A person says something, to what it looked at.
    Speak { name: String, word: Word, because: String, instance: Digest },
    /// A person has signed something: a ballot as it travels, in hexadecimal digits.
    Take { ballot: String, veto: bool },
}

/// What a gate answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reaction {
    Look(Box<Seen>),
    Taken,
    Refused(String),
}

/// What a gate is about.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) gate: String,
    /// Who may speak at this moment.
    pub(crate) may: Vec<String>,
    /// Who has spoken.
    pub(crate) spoke: Vec<String>,
    /// Whether it is approved already, and somebody can still stop it.
    pub(crate) held: bool,
    /// How all voters stand.
    #[serde(default)]
    pub(crate) standings: Vec<Stands>,
    /// The question as it goes to voters, in hexadecimal digits.
    pub(crate) request: String,
    /// What is approved, or is to be, as JSON.
    pub(crate) content: String,
}

/// The socket of an open gate.
pub(super) struct Socket {
    path: PathBuf,
    /// Which file it is: another one may be put in its place.
    file: Option<(u64, u64)>,
    task: JoinHandle<()>,
}

impl Socket {
    /// Opens it in the folder of the gate; or, where its path is too long for a socket, elsewhere, and says so there.
    ///
    /// # Errors
    ///
    /// When there is no place for it.
    pub(super) fn open(folder: &Path, people: People) -> Result<Self, Failure> {
        let wrong = |why: io::Error| {
            Failure::failed("gate.socket", format!("nobody can vote from another terminal: {why}; nothing was run"))
        };
        let path = place(folder, people.gate.as_str()).map_err(wrong)?;
        let listener = UnixListener::bind(&path).map_err(wrong)?;
        let task = Handle::current().spawn(listen(listener, people));
        Ok(Self { file: file_at(&path), path, task })
    }

    /// That people reach this gate by it, and nobody else.
    ///
    /// # Errors
    ///
    /// When something else lies in its place.
    pub(super) fn check(&self, is_needed: bool) -> Result<(), Failure> {
        let path = self.path.display();
        let what = match file_at(&self.path) {
            now @ Some(_) if now == self.file => return Ok(()),
            // Where nobody has anything to say any more it may be gone: with a session, for one.
            None if !is_needed => return Ok(()),
            None => format!("{path}, by which people vote, is gone; nothing was run"),
            Some(_) => {
                format!("somebody has put something else in the place of {path}, by which people vote; nothing was run")
            }
        };
        Err(Failure::failed("gate.exchanged", what).with(Exit::Fraud))
    }
}

/// Which file lies there.
fn file_at(path: &Path) -> Option<(u64, u64)> {
    fs::symlink_metadata(path).ok().map(|its| (its.dev(), its.ino()))
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.task.abort();
        // It may be gone already.
        let _ = fs::remove_file(&self.path);
    }
}

/// The longest path that every system takes for a socket.
const LONGEST: usize = 100;
/// Says where the socket is, where it is not here.
const WHERE: &str = "where";

fn place(folder: &Path, gate: &str) -> io::Result<PathBuf> {
    let here = folder.join("socket");
    if here.as_os_str().len() <= LONGEST {
        return Ok(here);
    }
    let run = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute() && path.is_dir());
    let user = rustix::process::geteuid().as_raw();
    let run = match run.filter(|run| run.as_os_str().len() + 32 <= LONGEST) {
        Some(run) => run,
        None => {
            let own = PathBuf::from(format!("/tmp/moai-{user}"));
            match DirBuilder::new().mode(0o700).create(&own) {
                Err(why) if why.kind() != io::ErrorKind::AlreadyExists => return Err(why),
                _ => {}
            }
            let its = fs::symlink_metadata(&own)?;
            if !its.is_dir() || its.uid() != user || its.mode() & 0o077 != 0 {
                return Err(io::Error::other(format!("{} is not this user's alone", own.display())));
            }
            own
        }
    };
    let path = run.join(elsewhere(gate));
    fs::write(folder.join(WHERE), path.as_os_str().as_encoded_bytes())?;
    Ok(path)
}

/// What the socket of a gate is called where it does not lie in its folder.
fn elsewhere(gate: &str) -> String {
    format!("moai-{gate}.sock")
}

/// Where the socket of this gate is.
pub(crate) fn find(folder: &Path) -> PathBuf {
    use std::os::unix::ffi::OsStringExt as _;
    let elsewhere = read_where(&folder.join(WHERE)).map(|bytes| PathBuf::from(std::ffi::OsString::from_vec(bytes)));
    elsewhere.unwrap_or_else(|| folder.join("socket"))
}

/// What stands there; a voter can have put anything there, and nothing is waited for.
fn read_where(path: &Path) -> Option<Vec<u8>> {
    let at_once = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = fs::OpenOptions::new().read(true).custom_flags(at_once).open(path).ok()?;
    let is_file = file.metadata().is_ok_and(|its| its.is_file());
    let (mut bytes, mut file) = (Vec::new(), file.take(4_096));
    (is_file && file.read_to_end(&mut bytes).is_ok()).then_some(bytes)
}

/// Takes away the socket of a gate that died, where it lies elsewhere.
pub(super) fn clear(folder: &Path) {
    let path = find(folder);
    let gate = folder.file_name().unwrap_or_default().to_string_lossy();
    let is_its_own = path.file_name().is_some_and(|name| *name == *elsewhere(&gate));
    if !path.starts_with(folder)
        && is_its_own
        && fs::symlink_metadata(&path).is_ok_and(|its| its.file_type().is_socket())
    {
        // Who takes it away before has done what is to be done.
        let _ = fs::remove_file(&path);
    }
}

/// So many are served at once; and of those who may not speak, so many.
const CALLERS: usize = 128;
const STRANGERS: usize = 16;
/// What one of these may send.
const STRANGERS_LINE: u64 = 64 << 10;
/// Whoever says nothing for so long makes room for others.
const IDLE: Duration = Duration::from_secs(60);

/// When it is tried again.
const MOMENT: Duration = Duration::from_millis(50);

async fn listen(listener: UnixListener, people: People) {
    let strangers = Arc::new(Semaphore::new(STRANGERS));
    // Whoever is served goes when this does.
    let mut served = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            biased;
            Some(_) = served.join_next() => {}
            caller = listener.accept(), if served.len() < CALLERS => {
                let (caller, _) = match caller {
                    Ok(caller) => caller,
                    // One that is gone already.
                    Err(why) if why.kind() == io::ErrorKind::ConnectionAborted => continue,
                    // No handle is left, and nothing tells when there is one again.
                    Err(_) => {
                        tokio::time::sleep(MOMENT).await;
                        continue;
                    }
                };
                let stranger = stranger(&caller).map(|stranger| (stranger, strangers.clone().try_acquire_owned()));
                let people = people.clone();
                served.spawn(async move {
                    let served = match &stranger {
                        None => serve(caller, None, &people).await,
                        Some((stranger, Ok(_place))) => serve(caller, Some(stranger), &people).await,
                        Some((_, Err(_))) => {
                            people.refuse(String::new(), CROWDED);
                            answer(&mut { caller }, &Reaction::Refused(CROWDED.into())).await
                        }
                    };
                    // Who went away meanwhile needs no answer.
                    let _ = served;
                });
            }
        }
    }
}

const CROWDED: &str = "too many processes of the gate itself call at once";

async fn answer(caller: &mut (impl AsyncWrite + Unpin), reaction: &Reaction) -> io::Result<()> {
    let mut answer = serde_json::to_vec(reaction)?;
    answer.push(b'\n');
    timeout(IDLE, caller.write_all(&answer)).await?
}

/// Serves one who calls. Whoever may not speak is told so once.
async fn serve(caller: UnixStream, stranger: Option<&Stranger>, people: &People) -> io::Result<()> {
    let (reading, mut writing) = caller.into_split();
    let most = if stranger.is_some() { STRANGERS_LINE } else { LINE };
    let mut lines = BufReader::new(reading.take(most)).lines();
    while let Ok(line) = timeout(IDLE, lines.next_line()).await {
        let Some(line) = line? else { break };
        let call = serde_json::from_str::<Call>(&line);
        let ends = stranger.is_some() && !matches!(call, Ok(Call::Look));
        let reaction = match (stranger, call) {
            (_, Ok(Call::Look)) => look(people).await,
            (Some(Stranger::OtherUser(_)) | None, Ok(Call::Take { ballot, veto })) => take(people, &ballot, veto).await,
            (Some(stranger), Ok(call)) => refuse(people, &call, stranger.why()),
            (_, Err(why)) => Reaction::Refused(format!("this is no call: {why}")),
            (None, Ok(Call::Speak { name, word, because, instance })) => people
                .speak(&name, word, &because, Some(instance))
                .await
                .map_or_else(Reaction::Refused, |()| Reaction::Taken),
        };
        answer(&mut writing, &reaction).await?;
        if ends {
            break;
        }
    }
    Ok(())
}

/// Who may not speak for a person, and why.
enum Stranger {
    /// It is another user's process, and no voter's: a signature speaks for itself.
    OtherUser(String),
    /// Anything else.
    Other(String),
}

impl Stranger {
    fn why(&self) -> &str {
        let (Self::OtherUser(why) | Self::Other(why)) = self;
        why
    }
}

/// Why a caller may say nothing; nothing for whoever may.
fn stranger(caller: &UnixStream) -> Option<Stranger> {
    let other = |why: &str| Some(Stranger::Other(why.to_owned()));
    let Ok(who) = caller.peer_cred() else { return other("the system does not tell who it is") };
    let (user, me) = (rustix::process::geteuid().as_raw(), rustix::process::getpid().as_raw_nonzero().get());
    let another = (who.uid() != user)
        .then(|| Stranger::OtherUser(format!("it is another user's process (user {}); it takes a key", who.uid())));
    // What is outside of the container in which this process runs has no number here, and nothing that runs below this process
    // gets there.
    if who.pid() == Some(0) {
        return another;
    }
    let handle = match Caller::of(caller) {
        Ok(handle) => handle,
        Err(why) => return Some(Stranger::Other(why)),
    };
    let Some(pid) = who.pid() else { return other("the system does not tell which process it is") };
    let kin = kinship(pid, me);
    // Its number is another process's if it ended meanwhile.
    if !handle.lives() {
        return other("who called has ended");
    }
    let why = match kin {
        Kinship::Apart => return another,
        Kinship::Elsewhere => {
            format!("it is a process of another gate, started by a voter or a command (process {pid})")
        }
        Kinship::Below => format!("it is a process of the gate itself, started by a voter (process {pid})"),
        Kinship::Unknown(why) => format!("whether it is a process of the gate itself cannot be told: {why}"),
    };
    Some(Stranger::Other(why))
}

/// A process that calls, held so that nobody else gets its number unseen.
struct Caller(Option<OwnedFd>);

impl Caller {
    /// Who is at the other end; nothing is held where the system cannot (Linux before 6.5, and others).
    ///
    /// # Errors
    ///
    /// When it has gone.
    fn of(caller: &UnixStream) -> Result<Self, String> {
        #[cfg(target_os = "linux")]
        {
            use nix::errno::Errno;
            use nix::sys::socket::{getsockopt, sockopt::PeerPidfd};

            match getsockopt(caller, PeerPidfd) {
                Ok(handle) => Ok(Self(Some(handle))),
                Err(Errno::ENOPROTOOPT) => Ok(Self(None)),
                Err(why) => Err(format!("who called has ended, or cannot be told: {why}")),
            }
        }
        #[cfg(not(target_os = "linux"))]
        {
            let _ = caller;
            Ok(Self(None))
        }
    }

    /// Whether it has not ended, as far as that can be told.
    fn lives(&self) -> bool {
        let Some(handle) = &self.0 else { return true };
        // It can be read when the process has ended.
        let mut asked = [PollFd::new(handle, PollFlags::IN)];
        poll(&mut asked, Some(&Timespec::default())).is_ok_and(|ended| ended == 0)
    }
}

/// Whether a voter has put something of its own in the place by which people reach a gate, and answers there.
pub(crate) fn is_a_voters(gate: &StdStream) -> bool {
    #[cfg(target_os = "linux")]
    {
        use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};

        getsockopt(gate, PeerCredentials).is_ok_and(|who| super::kinship::is_a_voters(who.pid()))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = gate;
        false
    }
}

fn refuse(people: &People, call: &Call, why: &str) -> Reaction {
    let voter = match call {
        Call::Speak { name, .. } => name.clone(),
        Call::Take { .. } | Call::Look => String::new(),
    };
    // What is written down is no place for long texts.
    let voter: String = voter.chars().take(64).collect();
    people.refuse(voter, why);
    Reaction::Refused(format!("who calls may not vote: {why}"))
}

async fn look(people: &People) -> Reaction {
    let Some(stage) = people.asked().await else { return Reaction::Refused("nothing is asked any more".into()) };
    let Some(request) = stage.request.as_ref().map(Request::to_bytes) else {
        return Reaction::Refused("it is not asked yet".into());
    };
    let may = stage.electorate.ids().filter(|id| people.speaker(&stage, id.as_str()).is_ok());
    Reaction::Look(Box::new(Seen {
        gate: people.gate.to_string(),
        may: may.map(ToString::to_string).collect(),
        spoke: stage.spoke.iter().map(ToString::to_string).collect(),
        held: stage.held,
        standings: people.standings(),
        request: hex(&request),
        content: people.content.to_string(),
    }))
}

async fn take(people: &People, ballot: &str, veto: bool) -> Reaction {
    let read = unhex(ballot).and_then(|bytes| Reply::from_bytes(&bytes, &Limits::default()).ok());
    match read {
        Some(Reply::Ballot(ballot)) => {
            people.take(ballot, veto).await.map_or_else(Reaction::Refused, |()| Reaction::Taken)
        }
        _ => Reaction::Refused("this is no ballot".into()),
    }
}

/// Reads hexadecimal digits.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let byte = |[high, low]: &[u8; 2]| Some(digit(*high)? << 4 | digit(*low)?);
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}
