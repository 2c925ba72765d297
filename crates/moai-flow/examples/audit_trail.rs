//! Two of three must approve what is dangerous, a person may stop it, and anyone can verify afterwards who let it happen.
//!
//! ```console
//! $ cargo run --example audit_trail
//! ```

use std::sync::Arc;

use moai_flow::consensus::audit::Audit;
use moai_flow::consensus::{Ask, Choice, ConsensusManager, Elector, Electorate, ManagerOptions, Ticket};
use moai_flow::store::{MemoryJournal, MemoryStore};
use moai_flow::swarm::audit::{AuditedMemory, tell, verify};
use moai_flow::swarm::{Agent, SwarmCoordinator};
use moai_flow::{
    AgentId, Batch, Coded, Coordinator, Head, Journal, MemoryProvider, NewRecord, Record, StateKey, Topology, agent_id,
    namespace, swarm_id, value,
};

/// A person says what they think, and why.
async fn say(
    manager: &ConsensusManager,
    ticket: &Ticket,
    voter: AgentId,
    choice: Choice,
    why: &str,
) -> Result<(), Box<dyn std::error::Error>> {
    let ballot = manager.ballot(ticket.proposal(), voter, choice).ok_or("it is not open")?.because(why);
    manager.record_vote(ballot).await?;
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("production"), Topology::Mesh));
    let (anna, ben, carla) = (agent_id!("anna"), agent_id!("ben"), agent_id!("carla"));
    let mut people = Vec::new();
    for id in [&anna, &ben, &carla] {
        people.push(Agent::builder(id.clone()).join(swarm.clone()).await?);
    }

    // One journal for votes and state.
    let (store, journal) = (Arc::new(MemoryStore::new()?), Arc::new(MemoryJournal::new()));
    let manager =
        ConsensusManager::with(swarm.clone(), ManagerOptions::default().with_journal(journal.clone())).await?;
    let memory = AuditedMemory::new(store.clone(), journal.clone());

    // More than half of three are two; and Anna may say no, whatever the others say.
    let owners = Electorate::new([
        Elector::new(anna.clone()).with_veto(),
        Elector::new(ben.clone()),
        Elector::new(carla.clone()),
    ])?;
    let ask = || Ask::new().among(owners.clone()).proposed_by(agent_id!("deployer"));

    let mut purge = manager.open(value!({"proposal_id": "purge-logs", "older_than_days": 90}), ask()).await?;
    say(&manager, &purge, carla.clone(), Choice::Against, "I am still reading them").await?;
    say(&manager, &purge, ben.clone(), Choice::For, "the disk is full").await?;
    say(&manager, &purge, anna.clone(), Choice::For, "there is a backup").await?;
    assert!(purge.outcome().await?.is_approved());
    let done = Batch::new().put(namespace!("actions"), StateKey::new("purge-logs")?, "done");
    memory.commit(swarm.swarm_id(), done).await?;

    let mut drop_all = manager.open(value!({"proposal_id": "drop-all", "sql": "drop schema"}), ask()).await?;
    say(&manager, &drop_all, ben.clone(), Choice::For, "quicker").await?;
    manager.veto(drop_all.proposal().clone(), anna, "not on a Friday").await?;
    assert!(!drop_all.outcome().await?.is_approved());

    // Whoever was not there reads and verifies it. The head is written down elsewhere.
    tell(journal.as_ref(), Audit::new(), |line| println!("{line}")).await?;
    let report = verify(journal.as_ref(), Audit::new(), Some(store.as_ref())).await?;
    assert!(report.is_complete());
    assert_eq!((report.votes.recomputed, report.votes.vetoes, report.commits), (2, 1, 1));
    println!("\n{} records hold, the head is {}", report.votes.records(), report.head());

    // A forger turns the decision behind the veto, and computes every digest anew.
    let (forged, mut turned, mut head) = (MemoryJournal::new(), 0, Head::EMPTY);
    for record in journal.read(1, 100).await? {
        let mut payload = record.payload.clone();
        if record.kind.as_str() == "consensus_decided" && record.payload.starts_with(br#"{"proposal":"drop-all""#) {
            turned = record.seq;
            payload = String::from_utf8(payload.to_vec())?
                .replace(r#""decision":"rejected""#, r#""decision":"approved""#)
                .into();
        }
        let record = Record::after(head, NewRecord::new(record.kind, record.time, payload)).ok_or("it is full")?;
        head = forged.append(vec![NewRecord::new(record.kind, record.time, record.payload)]).await?;
    }
    let refused = verify(&forged, Audit::new(), None).await.err().ok_or("the forgery holds")?;
    println!("{}: {refused}", refused.code());
    assert_eq!(refused.code(), "audit.recomputed");
    assert!(refused.to_string().starts_with(&format!("record {turned} ")));

    // Cut behind the approval, the journal still holds by itself, and not against the head that was written down.
    let cut = MemoryJournal::new();
    let first = journal.read(1, 7).await?;
    cut.append(first.into_iter().map(|record| NewRecord::new(record.kind, record.time, record.payload)).collect())
        .await?;
    assert!(verify(&cut, Audit::new(), None).await.is_ok());
    let refused = verify(&cut, Audit::new().through(report.head()), None).await.err().ok_or("the cut holds")?;
    assert_eq!(refused.code(), "journal.missing");

    Agent::leave_all(people).await?;
    Ok(())
}
