//! A folder of its own for each test, with a store, and everything that is started in it told apart from all else.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use moai_flow::consensus::audit::Audit;
use moai_flow::consensus::{Decision, Entry, RuleAlgorithm, Threshold, Unanimous};
use moai_flow::store::SqliteJournal;
use moai_flow::{AlgorithmName, Journal as _, Record};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

/// The program.
pub(crate) const MOAI: &str = env!("CARGO_BIN_EXE_moai");
/// Everything that is started in a world has it in its environment.
const MARK: &str = "MOAI_TEST_WORLD";
/// How long anything is waited for.
pub(crate) const LONGEST: Duration = Duration::from_secs(60);

/// A folder of its own, with a store.
pub(crate) struct World {
    folder: TempDir,
}

/// How a call of the program ended.
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        let signal = output.status.signal().map_or(0, |signal| 1_000 + signal);
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: output.status.code().unwrap_or(signal), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// A script that can be run.
    pub(crate) fn script(&self, name: &str, text: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.write(name, &format!("#!/bin/sh\n{text}\n"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// The program with these arguments.
    pub(crate) fn moai<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        self.command(MOAI, args)
    }

    /// Another program, as if it were called beside.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, program: &str, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.envs(self.variables()).env_remove("XDG_RUNTIME_DIR");
        command
    }

    pub(crate) fn variables(&self) -> [(&'static str, String); 3] {
        let mark = self.folder.path().display().to_string();
        [("MOAI_STORE", self.path("store").display().to_string()), (MARK, mark), ("MOAI", MOAI.into())]
    }

    /// A gate, to its end.
    pub(crate) fn gate<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Done {
        let args: Vec<_> = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
        let mut command = self.moai(["gate"]);
        let done: Done = command.args(args).output().unwrap().into();
        self.nothing_is_left();
        done
    }

    /// A gate that goes on.
    pub(crate) fn start<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Child {
        self.moai(["gate"]).args(args).spawn().unwrap()
    }

    /// Waits for a gate that was started.
    pub(crate) fn end(&self, child: Child) -> Done {
        let done = child.wait_with_output().unwrap().into();
        self.nothing_is_left();
        done
    }

    /// Another call of the program: `moai vote`, `moai key`.
    pub(crate) fn call<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Done {
        self.moai(args).output().unwrap().into()
    }

    /// Waits until the file is there.
    pub(crate) fn await_file(&self, name: &str) {
        until(&format!("{name} is there"), || self.path(name).exists());
    }

    /// Waits until an open gate can be voted on, and gives its name.
    pub(crate) fn await_gate(&self) -> String {
        let mut gate = String::new();
        until("a gate is open", || {
            let seen = self.call(["vote", "--json"]);
            let seen: Option<Value> = serde_json::from_str(&seen.out).ok();
            seen.is_some_and(|seen| {
                gate = seen["gate"].as_str().unwrap_or_default().to_owned();
                true
            })
        });
        gate
    }

    /// Where an open gate is called: elsewhere than in its folder where the path of that is too long for a socket.
    pub(crate) fn socket(&self, gate: &str) -> PathBuf {
        let folder = self.path(&format!("store/gates/{gate}"));
        let elsewhere = fs::read(folder.join("where")).map(|path| PathBuf::from(OsString::from_vec(path)));
        elsewhere.unwrap_or_else(|_| folder.join("socket"))
    }

    /// The processes of this world that are there, but for those that have ended and wait to be taken in.
    pub(crate) fn processes(&self) -> Vec<(i32, String)> {
        let mark = format!("{MARK}={}", self.folder.path().display());
        let is_here = |pid: &i32| {
            let has_ended = fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") Z "));
            let variables = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            !has_ended && variables.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
        };
        let all = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let line = |pid: i32| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            (pid, String::from_utf8_lossy(&line).replace('\0', " "))
        };
        all.filter(is_here).map(line).collect()
    }

    /// Nothing of it runs any more.
    pub(crate) fn nothing_is_left(&self) {
        let mut left = Vec::new();
        let gone = eventually(|| {
            left = self.processes();
            left.is_empty()
        });
        assert!(gone, "left behind: {left:?}");
    }

    pub(crate) fn records(&self) -> Vec<Record> {
        if self.path("store/journal.db").exists() { self.in_turn().1 } else { Vec::new() }
    }

    /// The records of a journal that is there, and the turn: as long as that is held nobody writes.
    pub(crate) fn in_turn(&self) -> (fs::File, Vec<Record>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        // Whoever reads waits for its turn, as everybody does.
        let turn =
            fs::File::options().write(true).create(true).truncate(false).open(self.path("store/journal.turn")).unwrap();
        turn.lock().unwrap();
        let records = runtime.block_on(async {
            let journal = SqliteJournal::open(self.path("store/journal.db")).unwrap();
            let (mut all, mut next) = (Vec::new(), 1);
            loop {
                let page = journal.read(next, 1_000).await.unwrap();
                let Some(last) = page.last() else { return all };
                next = last.seq + 1;
                all.extend(page);
            }
        });
        (turn, records)
    }

    /// Follows a gate until so many decisions are on the record and its start is not, and takes the turn: then it waits for
    /// that with its next record. Nothing where it was faster.
    pub(crate) fn take_turn_before_start(
        &self,
        gate: &mut Child,
        before: &[Record],
        decisions: usize,
    ) -> Option<fs::File> {
        let count =
            |records: &[Record], kind: &str| records.iter().filter(|record| record.kind.as_str() == kind).count();
        let due = count(before, "consensus_decided") + decisions;
        let turn = loop {
            let (turn, records) = self.in_turn();
            if count(&records, "gate_started") > count(before, "gate_started") {
                return None;
            }
            if count(&records, "consensus_decided") >= due {
                break turn;
            }
            drop(turn);
            // It has its turn as well.
            pass(Duration::from_millis(1));
            assert_eq!(gate.try_wait().unwrap(), None, "it ended without a decision");
        };
        until("it waits for its turn", || has_open(gate, "journal.turn"));
        Some(turn)
    }

    pub(crate) fn of_kind(&self, kind: &str) -> Vec<Value> {
        let records = self.records();
        let found = records.iter().filter(|record| record.kind.as_str() == kind);
        found.map(|record| serde_json::from_slice(&record.payload).unwrap()).collect()
    }

    pub(crate) fn ballots(&self) -> Vec<moai_flow::consensus::Ballot> {
        let read = |record: &Record| match Entry::from_payload(&record.kind, &record.payload).unwrap() {
            Some(Entry::Ballot(ballot)) => Some(ballot.as_ref().clone()),
            _ => None,
        };
        self.records().iter().filter_map(read).collect()
    }

    /// The journal verifies, every start in it stands behind the approval of just that, and no gate started twice.
    pub(crate) fn verify(&self) {
        self.nothing_is_left();
        let (records, mut started) = (self.records(), Vec::new());
        let mut audit = Audit::new();
        for text in ["majority", "all"] {
            let hex: String = Sha256::digest(text).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
            let name = AlgorithmName::new(format!("rule-{hex}")).unwrap();
            audit = match text {
                "majority" => audit.with_algorithm(name, RuleAlgorithm::new(Threshold::MAJORITY)),
                _ => audit.with_algorithm(name, RuleAlgorithm::new(Unanimous)),
            };
        }
        for record in &records {
            audit.take(record).unwrap();
            if record.kind.as_str() != "gate_started" {
                continue;
            }
            let payload: Value = serde_json::from_slice(&record.payload).unwrap();
            let gate = payload["gate"].as_str().unwrap().to_owned();
            let decided = |field: &str, proposal: &str| {
                let seq = payload[field].as_u64().unwrap();
                assert!(seq < record.seq);
                let decision = records.iter().find(|record| record.seq == seq).unwrap();
                match Entry::from_payload(&decision.kind, &decision.payload).unwrap() {
                    Some(Entry::Decided(outcome)) => {
                        assert_eq!((outcome.decision, outcome.proposal.as_str()), (Decision::Approved, proposal));
                    }
                    other => panic!("record {seq} decides nothing: {other:?}"),
                }
            };
            decided("decision", &gate);
            if !payload["hold"].is_null() {
                decided("hold", &format!("{gate}.hold"));
            }
            assert!(!started.contains(&gate), "{gate} started twice");
            started.push(gate);
        }
        audit.finish().unwrap();
        if !records.is_empty() {
            let verified = self.call(["verify"]);
            assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.verify();
            let gates = self.path("store/gates");
            let left: Vec<_> = fs::read_dir(gates).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
            let is_gate = |path: &PathBuf| !path.file_name().unwrap().as_encoded_bytes().starts_with(b".");
            let left: Vec<_> = left.into_iter().filter(is_gate).collect();
            assert!(left.iter().all(|path| is_dead(path)), "gates are left open: {left:?}");
        }
        for (pid, _) in self.processes() {
            let pid = rustix::process::Pid::from_raw(pid).unwrap();
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    }
}

fn is_dead(gate: &Path) -> bool {
    fs::File::open(gate.join("lock")).is_ok_and(|lock| lock.try_lock().is_ok())
}

/// What this process ignores, the programs that it starts ignore as well, and a test that sends it would wait for nothing.
pub(crate) fn heeds(signal: i32) {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap().trim();
    let ignored = u64::from_str_radix(ignored, 16).unwrap();
    let is_ignored = ignored & (1 << (signal - 1)) != 0;
    assert!(!is_ignored, "signal {signal} is ignored here, as behind `nohup … &`: this test must hear it");
}

pub(crate) const INTERRUPT: i32 = 2;
pub(crate) const KILL: i32 = 9;

/// Sends a signal that ends whoever does not ignore it.
pub(crate) fn kill(child: &Child, signal: i32) {
    // That one nobody ignores.
    if signal != KILL {
        heeds(signal);
    }
    send(child, signal);
}

/// Sends a signal, also to who ignores it.
pub(crate) fn send(child: &Child, signal: i32) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::from_named_raw(signal).unwrap()).unwrap();
}

/// Whether a process has a file of this name open.
fn has_open(child: &Child, name: &str) -> bool {
    let handles = fs::read_dir(format!("/proc/{}/fd", child.id())).into_iter().flatten().flatten();
    handles.filter_map(|handle| fs::read_link(handle.path()).ok()).any(|path| path.ends_with(name))
}

/// Waits until something outside of this process is so.
pub(crate) fn until(what: &str, is_so: impl FnMut() -> bool) {
    assert!(eventually(is_so), "in vain: {what}");
}

#[expect(clippy::disallowed_methods, reason = "other processes are looked at again and again, and tell nobody")]
pub(crate) fn eventually(mut is_so: impl FnMut() -> bool) -> bool {
    let begun = std::time::Instant::now();
    while begun.elapsed() < LONGEST {
        if is_so() {
            return true;
        }
        pass(Duration::from_millis(20));
    }
    false
}

/// Lets time pass, in which something outside of this process may get somewhere or not.
pub(crate) fn pass(time: Duration) {
    let (_nobody, nothing) = std::sync::mpsc::channel::<()>();
    let _ = nothing.recv_timeout(time);
}
