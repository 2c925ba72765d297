//! Two of three approve a dangerous action, and a person may say no: from the question to the state, on disk, verified.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use moai_consensus::audit::Audit;
use moai_consensus::{Ask, Basis, Choice, ConsensusManager, Decision, Elector, Electorate, ManagerOptions};
use moai_core::{
    Batch, Clock, Coded, Coordinator, Journal, LocalCoordinator, MemoryProvider, Role, StateKey, SystemClock, agent_id,
    namespace, swarm_id, value,
};
use moai_store::{MemoryJournal, MemoryStore, SqliteJournal, SqliteStore};
use moai_swarm::audit::{AuditedMemory, Report, tell, verify};
use moai_swarm::{NewTask, TaskAllocator, TaskOptions};

/// Two of three, and Anna may stop it.
fn owners() -> Electorate {
    let electors = [agent_id!("anna"), agent_id!("ben"), agent_id!("carla")].map(Elector::new);
    let [anna, ben, carla] = electors;
    Electorate::new([anna.with_veto(), ben, carla]).unwrap()
}

async fn story(memory: Arc<dyn MemoryProvider>, journal: Arc<dyn Journal>) -> Report {
    let swarm = Arc::new(LocalCoordinator::new(swarm_id!("production")));
    let mut mailboxes = Vec::new();
    for id in [agent_id!("anna"), agent_id!("ben"), agent_id!("carla")] {
        mailboxes.push(swarm.join(id, Role::Member).await.unwrap());
    }
    let options = ManagerOptions::default().with_journal(journal.clone());
    let manager = ConsensusManager::with(swarm.clone(), options).await.unwrap();
    let audited = AuditedMemory::new(memory.clone(), journal.clone());
    let ask = || Ask::new().among(owners()).within(Duration::from_secs(60)).proposed_by(agent_id!("deployer"));
    let say = async |proposal: &moai_core::ProposalId, voter, choice, why: &str| {
        let ballot = manager.ballot(proposal, voter, choice).unwrap().because(why);
        manager.record_vote(ballot).await.unwrap();
    };

    let mut drop_old = manager.open(value!({"proposal_id": "drop-old", "sql": "drop table old"}), ask()).await.unwrap();
    say(drop_old.proposal(), agent_id!("carla"), Choice::Against, "I still need it").await;
    say(drop_old.proposal(), agent_id!("ben"), Choice::For, "it is empty").await;
    say(drop_old.proposal(), agent_id!("anna"), Choice::For, "I have looked").await;
    assert!(drop_old.outcome().await.unwrap().is_approved());
    let done = Batch::new().put(namespace!("actions"), StateKey::new("drop-old").unwrap(), "done");
    audited.commit(swarm.swarm_id(), done).await.unwrap();

    let mut drop_all = manager.open(value!({"proposal_id": "drop-all", "sql": "drop schema"}), ask()).await.unwrap();
    say(drop_all.proposal(), agent_id!("ben"), Choice::For, "quicker").await;
    manager.veto(drop_all.proposal().clone(), agent_id!("anna"), "not on a Friday").await.unwrap();
    let outcome = drop_all.outcome().await.unwrap();
    assert_eq!((outcome.decision, outcome.basis), (Decision::Rejected, Basis::Vetoed));
    manager.shutdown().await;

    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let tasks = TaskAllocator::recover(TaskOptions::default(), journal.clone(), clock).await.unwrap();
    tasks.submit(NewTask::new("clean up")).await.unwrap();

    let mut told = String::new();
    tell(journal.as_ref(), Audit::new(), |line| told = format!("{told}{line}\n")).await.unwrap();
    for part in [
        r#"drop-old: deployer asks 3 by quorum until "#,
        r#"; a veto have anna"#,
        r#"drop-old: carla is against it: "I still need it""#,
        r#"drop-old: approved by the votes: "#,
        r#"    in dissent: carla is against it: "I still need it""#,
        r#"drop-all: anna vetoes it: "not on a Friday""#,
        r#"drop-all: rejected by a veto: "#,
        r#"actions/"drop-old" gets 4 bytes"#,
    ] {
        assert!(told.contains(part), "{part:?} is not in\n{told}");
    }
    verify(journal.as_ref(), Audit::new(), Some(memory.as_ref())).await.unwrap()
}

fn holds(report: &Report) {
    assert!(report.is_complete() && report.is_compared);
    assert_eq!((report.votes.recomputed, report.votes.vetoes, report.commits, report.keys), (2, 1, 1, 1));
    assert!(report.tasks > 0);
}

#[tokio::test]
async fn the_trail_of_a_dangerous_action_does_not_hold_in_memory() {
    holds(&story(Arc::new(MemoryStore::new().unwrap()), Arc::new(MemoryJournal::new())).await);
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn the_trail_of_a_dangerous_action_does_not_hold_on_disk_and_after_a_restart() {
    let folder = Folder(std::env::temp_dir().join(format!("moai-audit-{}", std::process::id())));
    std::fs::create_dir_all(&folder.0).unwrap();
    let (store, journal) = (folder.0.join("state.db"), folder.0.join("journal.db"));
    let pinned = {
        let (memory, trail) = (SqliteStore::open(&store).unwrap(), SqliteJournal::open(&journal).unwrap());
        let report = story(Arc::new(memory), Arc::new(trail)).await;
        holds(&report);
        report.head()
    };
    let (memory, trail) = (SqliteStore::open(&store).unwrap(), SqliteJournal::open(&journal).unwrap());
    let report = verify(&trail, Audit::new().through(pinned), Some(&memory)).await.unwrap();
    assert_eq!(report.head(), pinned);
    // A journal that was cut no longer goes through the head that was written down.
    let records = trail.read(1, 1_000).await.unwrap();
    let cut = MemoryJournal::new();
    let new = |record: &moai_core::Record| {
        moai_core::NewRecord::new(record.kind.clone(), record.time, record.payload.clone())
    };
    cut.append(records[..records.len() - 1].iter().map(new).collect()).await.unwrap();
    let flawed = verify(&cut, Audit::new().through(pinned), None).await.unwrap_err();
    assert_eq!(flawed.code(), "journal.missing");
}
