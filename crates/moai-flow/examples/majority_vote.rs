//! Three agents vote on a deployment. It is decided at the vote that makes it certain, and what comes later is kept.
//!
//! ```console
//! $ cargo run --example majority_vote
//! ```

use std::sync::Arc;
use std::time::Duration;

use moai_flow::consensus::{
    Answer, Ask, Choice, ConsensusManager, Entry, ManagerOptions, Outcome, VoteError, Voter, VoterError, voter_async_fn,
};
use moai_flow::store::MemoryJournal;
use moai_flow::swarm::{Agent, SwarmCoordinator};
use moai_flow::{Journal, Topology, Value, agent_id, swarm_id, value};
use tokio::sync::watch;

/// An agent that looks at one of the checks, once so many others have spoken.
fn reviewer(check: &'static str, comes_after: u64, answered: watch::Receiver<u64>) -> impl Voter + 'static {
    voter_async_fn(move |request| {
        let mut answered = answered.clone();
        async move {
            let heard = answered.wait_for(|answered| *answered >= comes_after).await;
            heard.map_err(|_| VoterError::failed("nobody tells me what the others say"))?;
            Ok(review(request.proposal.content(), check))
        }
    })
}

fn review(deployment: &Value, check: &str) -> Answer {
    match deployment.pointer(&format!("/checks/{check}")).and_then(Value::as_bool) {
        Some(true) => Answer::new(Choice::For).because(format!("{check}: done")),
        _ => Answer::new(Choice::Against).because(format!("{check}: not done")),
    }
}

fn show(outcome: &Outcome) {
    println!("Deployment {}!", outcome.decision);
    println!("Votes: {} for, {} against", outcome.votes_for, outcome.votes_against);
    println!("Participants: {:?}", outcome.participants.iter().map(|agent| agent.as_str()).collect::<Vec<_>>());
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
    let journal = Arc::new(MemoryJournal::new());
    let options = ManagerOptions::default().with_journal(journal.clone());
    let manager = ConsensusManager::with(swarm.clone(), options).await?;
    let (spoken, answered) = watch::channel(0);
    let mut agents = Vec::new();
    let reviews = [(agent_id!("agent-1"), "tests"), (agent_id!("agent-2"), "way back"), (agent_id!("agent-3"), "load")];
    for ((id, check), comes_after) in reviews.into_iter().zip(0..) {
        let voter = reviewer(check, comes_after, answered.clone());
        agents.push(Agent::builder(id).votes(voter).join(swarm.clone()).await?);
    }
    // Asks the swarm, and tells the agents how many of them have answered. The last one writes its ballot down at once.
    let decide = async |deployment: &Value| -> Result<_, Box<dyn std::error::Error>> {
        spoken.send_replace(0);
        let mut ticket = manager.open(deployment.clone(), Ask::new().within(Duration::from_secs(30))).await?;
        let choice = review(deployment, "load").choice;
        let written = manager.ballot(ticket.proposal(), agent_id!("agent-3"), choice).ok_or("it is open")?;
        while let Some(progress) = ticket.progressed().await {
            spoken.send_replace(progress.in_favour + progress.against);
        }
        Ok((ticket.outcome().await?, written))
    };
    let deployment = |version: &str, way_back: bool, load: bool| {
        value!({
            "proposal_id": (format!("deploy-{version}")), "action": "deploy", "version": version,
            "environment": "production", "checks": {"tests": true, "way back": way_back, "load": load},
        })
    };

    let (split, _) = decide(&deployment("v2.0", false, true)).await?;
    show(&split);
    // With a way back the third vote can change nothing, so nobody waits for it. It comes all the same.
    let (early, written) = decide(&deployment("v2.1", true, false)).await?;
    show(&early);
    let late = manager.record_vote(written).await;
    if let Err(why) = &late {
        println!("{why}");
    }
    manager.shutdown().await;
    let told_to_stop = agents.get(2).and_then(Agent::voter).ok_or("it votes")?.clone();
    Agent::leave_all(agents).await?;

    assert_eq!((split.decision.as_str(), split.votes_for, split.votes_against), ("approved", 2, 1));
    assert_eq!((split.participants.len(), split.decided_at_vote, split.votes_saved), (3, Some(3), 0));
    assert!(split.duration() < Duration::from_secs(30));
    assert_eq!((early.decision.as_str(), early.votes_for, early.votes_against), ("approved", 2, 0));
    assert_eq!((early.participants.len(), early.decided_at_vote, early.votes_saved), (2, Some(2), 1));
    assert_eq!((told_to_stop.counts().asked, told_to_stop.counts().stopped), (2, 1));
    assert!(matches!(late, Err(VoteError::Closed { .. })));
    let mut kept = Vec::new();
    for record in journal.read(1, 100).await? {
        if let Some(Entry::Late(ballot)) = Entry::from_payload(&record.kind, &record.payload)? {
            kept.push((ballot.voter.clone(), ballot.choice));
        }
    }
    assert_eq!(kept, [(agent_id!("agent-3"), Choice::Against)]);
    Ok(())
}
