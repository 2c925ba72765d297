//! An open gate, from its opening to its end.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use moai_flow::consensus::{ConsensusManager, ManagerOptions, Tally};
use moai_flow::swarm::SwarmCoordinator;
use moai_flow::{AgentId, Clock as _, Digest, Head, ProposalId, SystemClock, Timestamp, Topology, swarm_id};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use super::binding::Binding;
use super::end::{End, Kind};
use super::endings;
use super::gate_folder::GateFolder;
use super::gate_record::{Ended, Finished, GateRecord, Left, Started};
use super::people::Happened;
use super::plan::Plan;
use super::process_tree;
use super::program::Program;
use super::program_voter::Running;
use super::progress::Progress;
use super::running_command::{self, Ran};
use super::signals::Signals;
use super::snapshot::Snapshot;
use super::status::{Status, StatusFile};
use super::terms::{SLACK, good_for, micros};
use super::voter::MANAGER;
use super::witness::{Told, Witness};
use crate::cli::Common;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::os_text::{OsText, command_line};
use crate::shared_journal::SharedJournal;

/// An open gate.
pub(super) struct OpenGate {
    pub(super) plan: Plan,
    pub(super) snapshot: Snapshot,
    pub(super) program: Program,
    pub(super) folder: GateFolder,
    pub(super) binding: Binding,
    pub(super) swarm: Arc<SwarmCoordinator>,
    pub(super) manager: ConsensusManager,
    pub(super) journal: Witness,
    pub(super) told: UnboundedReceiver<Told>,
    pub(super) tell: UnboundedSender<Happened>,
    pub(super) happened: UnboundedReceiver<Happened>,
    /// How many wanted to speak who may not.
    pub(super) refused: Arc<AtomicU64>,
    pub(super) running: Running,
    pub(super) progress: Progress,
    pub(super) status: StatusFile,
    /// How the voters stand, as it is on the record.
    pub(super) tally: Tally,
    /// Whether its question is on the record.
    pub(super) opened: bool,
    /// The numbers of the records that decided.
    pub(super) decided: BTreeMap<ProposalId, u64>,
    expires_at: Timestamp,
    /// When it was opened.
    began: Timestamp,
    /// Processes that were below this one before it was a gate: they are somebody else's.
    foreign: BTreeMap<i32, u64>,
    /// Processes of voters that cannot be ended, of which people know.
    left: endings::Left,
}

/// What approved it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Approval {
    pub(super) content: Digest,
    pub(super) decision: u64,
    pub(super) hold: Option<u64>,
}

/// How long a journal that hangs holds up the end.
pub(super) const GRACE: Duration = Duration::from_secs(2);

impl OpenGate {
    /// Puts it to the voters, runs the command if they approve it, and tells how it ended.
    ///
    /// # Errors
    ///
    /// What went wrong; it has been told in the status file, and as far as possible on the record.
    pub(super) async fn run(
        common: &Common,
        plan: Plan,
        snapshot: Snapshot,
        program: Program,
        folder: GateFolder,
        journal: SharedJournal,
        status: StatusFile,
    ) -> Result<Exit, Failure> {
        let failed = |why: io::Error| Failure::failed("gate.signals", format!("{why}; nothing was run"));
        let mut signals = Signals::watch().map_err(failed)?;
        let mut gate = Self::open(common, plan, snapshot, program, folder, journal, status).await?;
        for stray in gate.plan.strays() {
            gate.progress.note("gate.placeholder", &stray);
        }
        for original in gate.plan.looks_at_originals().into_iter().chain(gate.plan.unused()) {
            gate.progress.note("gate.original", &original);
        }
        let approved = tokio::select! {
            biased;
            signal = signals.next() => Err(interrupted(signal)),
            approved = gate.decide() => approved,
        };
        // With the deciding everything went that it had begun; here it is waited for.
        gate.stop_voters().await;
        gate.progress.ask(None);
        gate.manager.shutdown().await;
        gate.hear_the_rest();
        gate.count_refused().await;
        match approved.and_then(|approval| gate.ready().map(|()| approval)) {
            Ok(approval) => gate.execute(approval, &mut signals).await,
            Err(end) => gate.finish(end).await,
        }
    }

    async fn open(
        common: &Common,
        plan: Plan,
        snapshot: Snapshot,
        program: Program,
        folder: GateFolder,
        journal: SharedJournal,
        status: StatusFile,
    ) -> Result<Self, Failure> {
        let me = rustix::process::getpid().as_raw_nonzero().get();
        let foreign = process_tree::below_with_age(me).map_err(|why| {
            Failure::failed("gate.processes", format!("processes cannot be looked at: {why}; nothing was run"))
                .and_then("a gate needs /proc, and a few open files more (ulimit -n)")
        })?;
        process_tree::adopt(true);
        let cwd = std::env::current_dir().map_err(|why| Failure::failed("gate.cwd", why))?;
        let began = SystemClock.now();
        let until = began.unix_micros().saturating_add(micros(good_for(plan.timeout, plan.veto)));
        let expires_at = Timestamp::from_unix_micros(until).map_err(|why| Failure::of(&why))?;
        let binding = Binding::of(&plan, &cwd, &program, &snapshot, expires_at);
        let ((tell_told, told), (tell, happened)) = (unbounded_channel(), unbounded_channel());
        let journal = Witness::new(journal, tell_told);
        let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("gate"), Topology::Star));
        let options = ManagerOptions::default()
            .with_id(AgentId::new(MANAGER).map_err(|why| Failure::of(&why))?)
            .with_longest_timeout(Duration::MAX)
            .with_grace(GRACE)
            .with_journal(Arc::new(journal.clone()));
        let manager = ConsensusManager::with(swarm.clone(), options).await.map_err(|why| Failure::of(&why))?;
        let progress = Progress::new(common, &folder.id, &plan);
        let tally = Tally::new(plan.electorate.clone());
        let (running, decided) = (Running::default(), BTreeMap::new());
        Ok(Self {
            plan,
            snapshot,
            program,
            folder,
            binding,
            swarm,
            manager,
            journal,
            told,
            tell,
            happened,
            refused: Arc::default(),
            running,
            progress,
            status,
            tally,
            opened: false,
            decided,
            expires_at,
            began,
            foreign,
            left: endings::Left::default(),
        })
    }

    /// The command, for people.
    pub(super) fn command(&self) -> String {
        self.binding.command()
    }

    /// Waits until nothing runs that a voter has started.
    pub(super) async fn stop_voters(&mut self) {
        self.running.all_gone().await;
        // What was left behind where somebody ended a keeper.
        let left = endings::end_all(&process_tree::still(&self.foreign));
        let processes: Vec<i32> = left.others.difference(&self.left.others).copied().collect();
        let why = left.unknown.clone().filter(|_| left.unknown != self.left.unknown);
        if !processes.is_empty() || why.is_some() {
            let left = Left { gate: self.folder.id.clone(), processes, why: why.unwrap_or_default() };
            self.progress.say("gate.left_running", &left.words());
            let left = GateRecord::Left(left);
            // A journal that hangs holds up nobody.
            let _ = timeout(GRACE, left.append(&self.journal)).await;
        }
        self.left = left;
    }

    /// That what is about to run is what was approved, and in time.
    fn ready(&self) -> Result<(), End> {
        let now = SystemClock.now();
        if now > self.expires_at {
            let why = format!("the approval was good until {}, and that has passed", self.expires_at);
            return Err(End::new(Kind::TimedOut, why));
        }
        if now.unix_micros() < self.began.unix_micros().saturating_sub(micros(SLACK)) {
            let why = format!("the clock says {now}, and the gate was opened at {}: it has been put back", self.began);
            return Err(End::new(Kind::TimedOut, why));
        }
        if !self.folder.is_held() {
            let what =
                "somebody has taken away the lock of this gate, so that it passes for dead; the command was not run";
            return Err(Failure::failed("gate.exchanged", what).with(Exit::Fraud).into());
        }
        let here = std::env::current_dir().map(OsText::of).ok();
        if here.as_ref() != Some(&self.binding.cwd) {
            let what = format!("the working directory is not {} any more; the command was not run", self.binding.cwd);
            return Err(Failure::failed("gate.exchanged", what).with(Exit::Fraud).into());
        }
        self.snapshot.check()?;
        Ok(self.program.check()?)
    }

    /// Runs the command, once.
    async fn execute(mut self, approval: Approval, signals: &mut Signals) -> Result<Exit, Failure> {
        process_tree::adopt(false);
        let (gate, command) = (self.folder.id.clone(), self.command());
        let Approval { content, decision, hold } = approval;
        let started = Started { gate: gate.clone(), proposal: gate.clone(), content, decision, hold };
        if let Some(signal) = signals.pending().await {
            return self.finish(interrupted(signal)).await;
        }
        // Durable before anything runs. From here on it counts as started.
        let recorded = {
            let started = GateRecord::Started(started);
            let mut append = std::pin::pin!(started.append(&self.journal));
            tokio::select! {
                biased;
                recorded = &mut append => recorded.map(|_| None),
                signal = signals.next() => match timeout(GRACE, append).await {
                    Ok(recorded) => recorded.map(|_| Some(signal)),
                    Err(_) => Err(Failure::failed("gate.record", "the journal does not answer; nothing was run")),
                },
            }
        };
        match recorded {
            // It is not known whether it is on the record: the next gate finds out.
            Err(failure) => return self.close(failure.into(), None).await,
            Ok(signal) => {
                // The record may have had to wait for its turn: it is looked at once more what is about to run.
                let ready =
                    signal.or(signals.pending().await).map_or_else(|| self.ready(), |signal| Err(interrupted(signal)));
                if let Err(end) = ready {
                    let not_started = Finished { gate, code: None, signal: None, why: end.why.clone() };
                    let head = GateRecord::Finished(not_started).append(&self.journal).await.ok();
                    return self.close(end, head).await;
                }
            }
        }
        self.tell_status(&Status { ran: true, ..Status::at(&gate, "approved") });
        self.progress.started(&command);
        let ran = running_command::run(&self.plan.argv, &self.program, &self.snapshot, gate.as_str(), signals).await;
        let (code, signal, why) = match &ran {
            Ok(Ran::Code(code)) => (Some(*code), None, String::new()),
            Ok(Ran::Signal(signal)) => (None, Some(*signal), String::new()),
            Ok(Ran::Unknown) => (None, None, format!("{command} was started; how it ended is not known")),
            // "Exec format error": a script that does not say what runs it.
            Err(why) if why.raw_os_error() == Some(8) => {
                (None, None, format!("{command} could not be started: {why}; a script begins with #! and what runs it"))
            }
            Err(why) => (None, None, format!("{command} could not be started: {why}")),
        };
        let exit = match (&ran, code, signal) {
            (Err(why), ..) if why.kind() == io::ErrorKind::NotFound => Exit::NotFound,
            (Err(_), ..) => Exit::NotRunnable,
            (Ok(Ran::Unknown), ..) => Exit::Failed,
            (_, Some(code), _) => Exit::Command(u8::try_from(code).unwrap_or(u8::MAX)),
            (.., signal) => Exit::Interrupted(u8::try_from(signal.unwrap_or_default()).unwrap_or_default()),
        };
        let head = match &ran {
            Ok(Ran::Unknown) => Err(Failure::failed("gate.record", "it is not known")),
            _ => {
                let finished = Finished { gate: gate.clone(), code, signal, why: why.clone() };
                GateRecord::Finished(finished).append(&self.journal).await
            }
        };
        let ended = Status {
            why: why.clone(),
            exit: Some(exit.number()),
            ran: ran.is_ok(),
            code,
            signal,
            head: head.as_ref().ok().copied(),
            ..Status::at(&gate, "approved")
        };
        self.tell_status(&ended);
        self.progress.ended("approved", &why, exit.number(), ended.head);
        match head {
            Ok(_) => self.folder.remove(),
            // Its folder stays, so that the next gate says that its end is not known.
            Err(failure) => {
                let what = format!("the end of the command is not on the record: {failure}");
                self.progress.say("gate.record", &what);
            }
        }
        Ok(exit)
    }

    /// Ends it without the command.
    async fn finish(self, end: End) -> Result<Exit, Failure> {
        let (gate, exit) = (self.folder.id.clone(), end.exit());
        if !self.opened || self.folder.may_be_buried() {
            // What was never asked has no end either. Should the question have been written after all, the next gate finds
            // that in the folder that stays.
            return self.close(end, None).await;
        }
        let said = end.why.chars().take(4_096).collect();
        let ended = Ended { gate: gate.clone(), why: end.word().into(), exit: exit.number(), said };
        let record = GateRecord::Ended(ended);
        let head = timeout(GRACE, record.append(&self.journal)).await;
        self.close(end, head.ok().and_then(Result::ok)).await
    }

    /// Tells how it ended. Where that is not on the record its folder stays, so that the next gate says so.
    async fn close(mut self, end: End, head: Option<Head>) -> Result<Exit, Failure> {
        let (gate, exit) = (self.folder.id.clone(), end.exit());
        let ended = Status { why: end.why.clone(), exit: Some(exit.number()), head, ..Status::at(&gate, end.word()) };
        self.tell_status(&ended);
        self.progress.ended(end.word(), &end.why, exit.number(), head);
        if head.is_some() {
            self.folder.remove();
        } else if self.opened {
            let what = format!("the end of gate {gate} is not on the record; nothing was run");
            self.progress.say("gate.record", &what);
        }
        match end.kind {
            Kind::Failed(failure) => Err(*failure),
            _ => Ok(exit),
        }
    }

    fn tell_status(&mut self, status: &Status) {
        if let Err(why) = self.status.write(status) {
            self.progress.say(&why.code, &why.what);
        }
    }

    /// The variables that every voter gets.
    pub(super) fn variables(&self, voter: &AgentId, content: &str) -> Vec<(String, OsString)> {
        let mut variables = vec![
            ("MOAI_GATE".to_owned(), OsString::from(self.folder.id.as_str())),
            ("MOAI_VOTER".to_owned(), OsString::from(voter.as_str())),
        ];
        variables.push(("MOAI_COMMAND".to_owned(), command_line(&self.plan.argv)));
        variables.push(("MOAI_CONTENT".to_owned(), OsString::from(content)));
        variables.extend(self.snapshot.variables().map(|(name, path)| (name, path.as_os_str().to_owned())));
        variables
    }
}

fn interrupted(signal: u8) -> End {
    End::new(Kind::Interrupted(signal), format!("signal {signal}; nothing was run"))
}
