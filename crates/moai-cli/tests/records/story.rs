//! A journal as gates write it, and as somebody would write it who lies.

use std::cell::Cell;
use std::path::Path;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use moai_flow::consensus::{
    Answer, Ask, Choice, ConsensusManager, Draft, Elector, Electorate, ManagerOptions, OnDeadline, Outcome,
    RuleAlgorithm, Threshold, Unanimous,
};
use moai_flow::store::SqliteJournal;
use moai_flow::swarm::{Agent, SwarmCoordinator};
use moai_flow::{
    AgentId, AlgorithmName, Clock, Digest, Journal, NewRecord, ProposalId, RecordKind, SystemClock, Timestamp,
    Topology, Value, agent_id, algorithm_name, swarm_id, value,
};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

/// Held to start a process, and shared by whoever has a journal open.
pub(crate) static FORKS: RwLock<()> = RwLock::new(());

/// What a gate asks. Of its voters, two are people.
fn content(id: &str, veto_s: Value) -> Value {
    good_until(id, veto_s, after_now(Duration::from_secs(30 + 60)))
}

/// The same, good for so long.
fn good_until(id: &str, veto_s: Value, expires_at: Timestamp) -> Value {
    let voter = |name: &str, what: &str| value!({"name": (name), "what": (what), "weight": "1", "veto": true});
    let voters = vec![voter("anna", "human"), voter("ben", "human"), voter("tests", "cargo test")];
    value!({
        "action": "run", "rule": "majority", "argv": ["rm -rf", "/", (id)], "cwd": "/", "files": [], "env": [],
        "program": {"path": "/bin/rm", "digest": "00", "size": 1, "how": "in-place"},
        "voters": (Value::from(voters)), "veto_s": (veto_s), "timeout_s": 30,
        "expires_at": (expires_at.to_string()),
    })
}

fn after_now(time: Duration) -> Timestamp {
    let micros = i64::try_from(time.as_micros()).unwrap();
    Timestamp::from_unix_micros(SystemClock.now().unix_micros() + micros).unwrap()
}

/// How it is put as it says.
pub(crate) fn due() -> Ask {
    Ask::by(rule("majority")).within(Duration::from_secs(30))
}

/// The name of a rule as it is written.
pub(crate) fn rule(text: &str) -> AlgorithmName {
    let hex: String = Sha256::digest(text).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    AlgorithmName::new(format!("rule-{hex}")).unwrap()
}

/// These, of whom everybody has a veto.
pub(crate) fn voters(names: &[&str]) -> Electorate {
    Electorate::new(names.iter().map(|name| Elector::new(AgentId::new(*name).unwrap()).with_veto())).unwrap()
}

/// A folder of records. Between two sentences nobody has it open.
pub(crate) struct Story {
    folder: TempDir,
    runtime: tokio::runtime::Runtime,
}

/// A gate that was opened.
pub(crate) struct Told {
    id: ProposalId,
    digest: Digest,
    /// The record that decided it, and the one that ended the time for a veto.
    decision: Cell<u64>,
    hold: Cell<Option<u64>>,
}

impl Told {
    pub(crate) fn digest(&self) -> Digest {
        self.digest
    }
}

impl Story {
    pub(crate) fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { folder: tempfile::tempdir().unwrap(), runtime }
    }

    pub(crate) fn store(&self) -> &Path {
        self.folder.path()
    }

    fn journal(&self) -> SqliteJournal {
        SqliteJournal::open(self.folder.path().join("journal.db")).unwrap()
    }

    /// Does something while no test starts a process: that would hold everything that is open here, the journal's lock too,
    /// until it is another program.
    fn work<T>(&self, work: impl Future<Output = T>) -> T {
        let _no_fork = FORKS.read().unwrap();
        self.runtime.block_on(work)
    }

    pub(crate) fn head(&self) -> String {
        self.work(async { self.journal().head().await.unwrap().to_string() })
    }

    pub(crate) fn records(&self) -> u64 {
        self.work(async { self.journal().head().await.unwrap().seq })
    }

    /// A vote of three, in which those say something who are named.
    fn vote(&self, id: &str, veto_s: Value, said: &[(&str, Choice, &str)]) -> (Told, Option<Arc<Outcome>>) {
        self.vote_under(id, content(id, veto_s), |voters| due().among(voters), said)
    }

    /// The same with this content, put in a way of which it is not known whether it fits.
    fn vote_under(
        &self,
        id: &str,
        content: Value,
        ask: impl FnOnce(Electorate) -> Ask,
        said: &[(&str, Choice, &str)],
    ) -> (Told, Option<Arc<Outcome>>) {
        let (digest, outcome) = self.work(async {
            let (manager, agents) = self.swarm().await;
            let digest = content.digest();
            let draft = Draft::new(content).named(ProposalId::new(id).unwrap());
            let mut ticket = manager.open(draft, ask(voters(&["anna", "ben", "tests"]))).await.unwrap();
            for (voter, choice, why) in said {
                let voter = AgentId::new(*voter).unwrap();
                let answer = Answer::new(*choice).because(*why);
                let mut ballot =
                    manager.ballot(ticket.proposal(), voter, answer.choice).unwrap().because(answer.reason);
                if *why == "the tests pass" {
                    ballot.metadata.insert("output", "3 passed");
                }
                manager.record_vote(ballot).await.unwrap();
            }
            let outcome = if said.len() < 2 { None } else { Some(ticket.outcome().await.unwrap()) };
            manager.shutdown().await;
            Agent::leave_all(agents).await.unwrap();
            (digest, outcome)
        });
        let (decision, hold) = (Cell::new(self.records()), Cell::new(None));
        (Told { id: ProposalId::new(id).unwrap(), digest, decision, hold }, outcome)
    }

    /// What was asked under other terms than those that stand in it: whatever it is, nobody else has decided.
    pub(crate) fn opened_under(&self, ask: impl FnOnce(Electorate) -> Ask) {
        self.vote_under("g-00000001", content("g-00000001", value!(0)), ask, &[]);
    }

    /// It would be good for an hour more than anybody waits.
    pub(crate) fn opened_for_long(&self) {
        let content = good_until("g-00000001", value!(0), after_now(Duration::from_secs(30 + 60 + 3_600)));
        self.vote_under("g-00000001", content, |voters| due().among(voters), &[]);
    }

    async fn swarm(&self) -> (ConsensusManager, Vec<Agent>) {
        let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("moai"), Topology::Mesh));
        let mut agents = Vec::new();
        for id in [agent_id!("anna"), agent_id!("ben"), agent_id!("tests")] {
            agents.push(Agent::builder(id).join(swarm.clone()).await.unwrap());
        }
        let options = ManagerOptions::default().with_journal(Arc::new(self.journal()));
        let manager = ConsensusManager::with(swarm, options).await.unwrap();
        manager.replace_algorithm(rule("majority"), RuleAlgorithm::new(Threshold::MAJORITY));
        manager.replace_algorithm(rule("any"), RuleAlgorithm::new(Unanimous));
        (manager, agents)
    }

    pub(crate) fn approved(&self, id: &str) -> Told {
        let said = [
            ("ben", Choice::Against, "not today"),
            ("tests", Choice::For, "the tests pass"),
            ("anna", Choice::For, ""),
        ];
        let (told, outcome) = self.vote(id, value!(0), &said);
        assert!(outcome.unwrap().is_approved());
        told
    }

    pub(crate) fn approved_with_veto_time(&self, id: &str, window: Value) -> Told {
        let (told, outcome) =
            self.vote(id, window, &[("tests", Choice::For, "the tests pass"), ("anna", Choice::For, "")]);
        assert!(outcome.unwrap().is_approved());
        told
    }

    pub(crate) fn rejected(&self, id: &str) -> Told {
        self.rejected_because(id, "no")
    }

    pub(crate) fn rejected_because(&self, id: &str, why: &str) -> Told {
        let (told, outcome) =
            self.vote(id, value!(0), &[("ben", Choice::Against, why), ("anna", Choice::Against, why)]);
        assert!(!outcome.unwrap().is_approved());
        told
    }

    pub(crate) fn opened(&self, id: &str) -> Told {
        self.vote(id, value!(0), &[("ben", Choice::For, "")]).0
    }

    /// Something that some other program asks, which is called as gates are.
    pub(crate) fn asked_of_a_library(&self, id: &str) {
        self.vote_under(
            id,
            value!({"action": "run", "what": "the dishwasher"}),
            |voters| Ask::new().among(voters),
            &[],
        );
    }

    /// Asks whether nobody stops it, of these, for so long, about this; and whether that was vetoed.
    pub(crate) fn hold(&self, gate: &Told, of: &[&str], window: Duration, about: Digest, is_vetoed: bool) {
        self.work(async {
            let (manager, agents) = self.swarm().await;
            let content = value!({"action": "hold", "gate": (gate.id.as_str()), "content": (about.to_string())});
            let draft = Draft::new(content).named(ProposalId::new(format!("{}.hold", gate.id)).unwrap());
            let ask = Ask::by(algorithm_name!("unanimous")).among(voters(of)).within(window);
            let mut ticket = manager.open(draft, ask.on_deadline(OnDeadline::Approve)).await.unwrap();
            if is_vetoed {
                manager.veto(ticket.proposal().clone(), agent_id!("anna"), "not on a Friday").await.unwrap();
            }
            assert_eq!(ticket.outcome().await.unwrap().is_approved(), !is_vetoed);
            manager.shutdown().await;
            Agent::leave_all(agents).await.unwrap();
        });
        gate.hold.set(Some(self.records()));
    }

    /// Nobody has used the time for a veto.
    pub(crate) fn held(&self, gate: &Told, window: Duration) {
        self.hold(gate, &["anna", "ben"], window, gate.digest, false);
    }

    pub(crate) fn vetoed(&self, gate: &Told, window: Duration) {
        self.hold(gate, &["anna", "ben"], window, gate.digest, true);
    }

    fn append(&self, kind: &str, time: Timestamp, payload: &serde_json::Value) {
        let record = NewRecord::new(RecordKind::new(kind).unwrap(), time, payload.to_string());
        self.work(async { self.journal().append(vec![record]).await.unwrap() });
    }

    /// Does something behind a new record, while the journal is still open.
    pub(crate) fn noted_and_then<T>(&self, then: impl FnOnce() -> T) -> T {
        self.work(async {
            let (journal, kind) = (self.journal(), RecordKind::new("note").unwrap());
            journal.append(vec![NewRecord::new(kind, SystemClock.now(), "{}")]).await.unwrap();
            then()
        })
    }

    fn start(&self, gate: &Told, content: Digest, time: Timestamp) {
        let payload = serde_json::json!({
            "gate": gate.id.as_str(), "proposal": gate.id.as_str(), "content": content.to_string(),
            "decision": gate.decision.get(), "hold": gate.hold.get(),
        });
        self.append("gate_started", time, &payload);
    }

    pub(crate) fn started(&self, gate: &Told, content: Digest) {
        self.start(gate, content, SystemClock.now());
    }

    pub(crate) fn started_by(&self, gate: &Told, decision: u64) {
        gate.decision.set(decision);
        self.start(gate, gate.digest, SystemClock.now());
    }

    /// A start that names its own decision, and says that it is of another vote.
    pub(crate) fn started_for(&self, gate: &Told, proposal: &str) {
        let payload = serde_json::json!({
            "gate": gate.id.as_str(), "proposal": proposal, "content": gate.digest.to_string(),
            "decision": gate.decision.get(), "hold": null,
        });
        self.append("gate_started", SystemClock.now(), &payload);
    }

    /// Its command could not be started.
    pub(crate) fn not_started(&self, gate: &Told, why: &str) {
        let payload = serde_json::json!({"gate": gate.id.as_str(), "why": why});
        self.append("gate_finished", SystemClock.now(), &payload);
    }

    /// Anna says one thing, and then another.
    pub(crate) fn contradicted(&self, id: &str) {
        self.work(async {
            let (manager, agents) = self.swarm().await;
            let draft = Draft::new(content(id, value!(0))).named(ProposalId::new(id).unwrap());
            let ticket = manager.open(draft, due().among(voters(&["anna", "ben", "tests"]))).await.unwrap();
            for choice in [Choice::For, Choice::Against] {
                let ballot = manager.ballot(ticket.proposal(), agent_id!("anna"), choice).unwrap();
                assert_eq!(manager.record_vote(ballot).await.is_ok(), choice == Choice::For);
            }
            manager.shutdown().await;
            Agent::leave_all(agents).await.unwrap();
        });
    }

    pub(crate) fn started_late(&self, gate: &Told) {
        self.start(gate, gate.digest, after_now(Duration::from_secs(91)));
    }

    /// By a clock that was put back.
    pub(crate) fn started_early(&self, gate: &Told) {
        let micros = SystemClock.now().unix_micros() - 3_600_000_000;
        self.start(gate, gate.digest, Timestamp::from_unix_micros(micros).unwrap());
    }

    pub(crate) fn finished(&self, gate: &Told, code: u8) {
        let payload = serde_json::json!({"gate": gate.id.as_str(), "code": code});
        self.append("gate_finished", SystemClock.now(), &payload);
    }

    pub(crate) fn ended(&self, gate: &Told, why: &str) {
        let payload = serde_json::json!({"gate": gate.id.as_str(), "why": why, "exit": 125});
        self.append("gate_ended", SystemClock.now(), &payload);
    }

    pub(crate) fn never_opened(&self, id: &str) {
        self.append("gate_ended", SystemClock.now(), &serde_json::json!({"gate": id, "why": "broken", "exit": 125}));
    }
}
