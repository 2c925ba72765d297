//! Three agents vote on a deployment.

#![allow(clippy::disallowed_methods, reason = "agents are tasks of their own")]

use std::sync::Arc;

use moai_flow::consensus::{Answer, Ask, Choice, ConsensusManager, Request, VoterHandler, serve, voter_fn};
use moai_flow::{Coordinator, LocalCoordinator, Role, Value, agent_id, swarm_id, value};

/// What an agent thinks of a proposal: here a line of code, elsewhere a model.
fn review(request: &Request) -> Answer {
    match request.proposal.content().get("tested").and_then(Value::as_bool) {
        Some(true) => Answer::new(Choice::For).because("it is tested"),
        _ => Answer::new(Choice::Against).because("nobody has tested it"),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let swarm = Arc::new(LocalCoordinator::new(swarm_id!("swarm-001")));
    let manager = ConsensusManager::new(swarm.clone()).await?;
    for id in [agent_id!("agent-1"), agent_id!("agent-2"), agent_id!("agent-3")] {
        let mailbox = swarm.join(id.clone(), Role::Member).await?;
        let voter = VoterHandler::new(swarm_id!("swarm-001"), id, voter_fn(review));
        tokio::spawn(serve(mailbox, swarm.clone(), vec![Box::new(voter)]));
    }

    let deploy = value!({"action": "deploy", "version": "v2.0", "tested": true});
    let outcome = manager.request_consensus(deploy, Ask::new()).await?; // returns at the deciding vote
    println!("{}: {}", outcome.decision, outcome.why);
    assert_eq!((outcome.votes_for, outcome.votes_saved), (2, 1)); // the third was told that it can stop
    Ok(())
}
