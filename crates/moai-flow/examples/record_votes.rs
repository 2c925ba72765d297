//! Votes on record: agents answer with a reason, one is recorded by hand, and what does not count is told why.
//!
//! ```console
//! $ cargo run --example record_votes
//! ```

use std::sync::Arc;

use moai_flow::consensus::{
    Answer, Ask, Ballot, Choice, ConsensusManager, Entry, ManagerOptions, Request, Taken, VoteError, voter_fn,
};
use moai_flow::store::MemoryJournal;
use moai_flow::swarm::{Agent, SwarmCoordinator};
use moai_flow::{Coded, Journal, Topology, Value, agent_id, algorithm_name, proposal_id, swarm_id, value};

/// How an agent answers a `consensus_request`.
fn handle_consensus_request(request: &Request) -> Answer {
    match request.proposal.content().get("version").and_then(Value::as_text) {
        Some(version) if version.starts_with("v2.") => Answer::new(Choice::For).because("deployment_approved"),
        _ => Answer::new(Choice::Against).because("unknown_version"),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
    let journal = Arc::new(MemoryJournal::new());
    let options = ManagerOptions::default().with_journal(journal.clone());
    let manager = ConsensusManager::with(swarm.clone(), options).await?;

    let mut agents = Vec::new();
    for id in [agent_id!("agent-001"), agent_id!("agent-002")] {
        agents.push(Agent::builder(id).votes(voter_fn(handle_consensus_request)).join(swarm.clone()).await?);
    }
    // These two have no voter of their own: people at a console vote for them.
    for id in [agent_id!("console-1"), agent_id!("console-2")] {
        agents.push(Agent::builder(id).join(swarm.clone()).await?);
    }

    let deploy = value!({"proposal_id": "deploy-v2.0", "action": "deploy", "version": "v2.0"});
    let mut ticket = manager.open(deploy, Ask::by(algorithm_name!("unanimous"))).await?;
    let proposal = ticket.proposal().clone();
    // A ballot is bound to the question as it is asked, so it is drawn up while the question is open.
    let ballot = |voter, choice| manager.ballot(&proposal, voter, choice).ok_or("the question is not open");
    let first = ballot(agent_id!("console-1"), Choice::For)?.because("reviewed by hand");
    let other = ballot(agent_id!("console-1"), Choice::Against)?;
    let foreign = ballot(agent_id!("agent-x"), Choice::For)?;
    let last = ballot(agent_id!("console-2"), Choice::For)?.because("the window is free");
    let late = ballot(agent_id!("agent-002"), Choice::Against)?;

    let counted = manager.record_vote(first.clone()).await?;
    let again = manager.record_vote(first).await?; // sent twice, say: it counts once
    println!("counted: {:?}, and again: {:?}", counted.taken, again.taken);
    assert_eq!((counted.taken, again.taken), (Taken::Counted, Taken::Again));

    let refused = |answer: Result<_, VoteError>| answer.err().ok_or("it should not count");
    let duplicate = refused(manager.record_vote(other).await)?;
    let foreign = refused(manager.record_vote(foreign).await)?;

    manager.record_vote(last).await?;
    let outcome = ticket.outcome().await?;
    println!("{} is {}: {} of {} for it", proposal, outcome.decision, outcome.votes_for, outcome.electorate.len());
    let late = refused(manager.record_vote(late).await)?;
    let nowhere = Ballot::new(agent_id!("agent-001"), proposal_id!("deploy-v9"), outcome.instance, Choice::For);
    let unknown = refused(manager.record_vote(nowhere).await)?;
    for error in [&duplicate, &foreign, &late, &unknown] {
        println!("{}: {error}", error.code());
    }

    // The journal has each ballot with its reason, in the order in which they were counted.
    let mut reasons = Vec::new();
    for record in journal.read(1, 100).await? {
        if let Some(Entry::Ballot(ballot)) = Entry::from_payload(&record.kind, &record.payload)? {
            println!("{} voted {}: {}", ballot.voter, ballot.choice, ballot.reason);
            reasons.push(ballot.reason.clone());
        }
    }

    assert!(outcome.is_approved());
    assert_eq!((outcome.votes_for, reasons.len()), (4, 4)); // the duplicate did not count
    assert_eq!(reasons.iter().filter(|reason| *reason == "deployment_approved").count(), 2);
    assert!(matches!(&duplicate, VoteError::Conflicting(evidence) if *evidence.voter() == agent_id!("console-1")));
    assert!(matches!(&foreign, VoteError::NotEligible { voter, .. } if *voter == agent_id!("agent-x")));
    assert!(matches!(&late, VoteError::Closed { outcome, .. } if outcome.is_approved()));
    assert!(matches!(&unknown, VoteError::UnknownProposal { .. }));

    manager.shutdown().await;
    Agent::leave_all(agents).await?;
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
    Ok(())
}
