//! Ten agents vote in five rounds. Three of them change their vote on the way, and decide nothing by that.
//!
//! ```console
//! $ cargo run --example byzantine_vote
//! ```

use std::sync::Arc;

use moai_flow::consensus::{
    Answer, Ask, ByzantineConsensus, Choice, ConsensusManager, Outcome, Reply, Request, Voter, message_kinds, voter_fn,
};
use moai_flow::swarm::{Agent, SwarmCoordinator};
use moai_flow::{
    AgentId, Envelope, Handled, Handler, Limits, Outgoing, Topology, Value, algorithm_name, swarm_id, value,
};
use tokio::sync::watch;

const ROUNDS: u32 = 5;

/// An honest voter bears so much downtime. It is asked once, and its agent repeats its word in every round.
fn bears(most: u64) -> impl Voter + 'static {
    voter_fn(move |request: &Request| {
        match request.proposal.content().get("downtime_minutes").and_then(Value::as_u64) {
            Some(minutes) if minutes <= most => Answer::new(Choice::For),
            _ => Answer::new(Choice::Against).because(format!("more than {most} minutes are too long")),
        }
    })
}

/// Answers each round anew, as a voter never could: after all others in the last round, or with another word.
fn by_hand(id: AgentId, others: Option<watch::Receiver<u64>>, says: fn(u32) -> Choice) -> impl Handler {
    move |envelope: &Envelope| {
        let Ok(request) = Request::from_envelope(envelope, &Limits::default()) else { return Handled::NotMine };
        let ballot = Reply::Ballot(request.ballot(id.clone(), says(request.round))).to_bytes();
        let answer = Outgoing::reply(envelope, id.clone(), message_kinds::VOTE, ballot);
        match others.clone().filter(|_| request.round == ROUNDS) {
            None => Handled::Done(vec![answer]),
            Some(mut outstanding) => Handled::later(async move {
                let heard = outstanding.wait_for(|outstanding| *outstanding == 1).await;
                if heard.is_ok() { vec![answer] } else { Vec::new() }
            }),
        }
    }
}

/// Ten agents decide: the last three lie, or they are of another opinion.
async fn decide(byzantine: &ByzantineConsensus, lie: bool) -> Result<Arc<Outcome>, Box<dyn std::error::Error>> {
    let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
    let manager = ConsensusManager::new(swarm.clone()).await?;
    manager.register_algorithm(algorithm_name!("byzantine"), byzantine.clone())?;
    let (heard, outstanding) = watch::channel(0);
    let mut agents = Vec::new();
    for number in 1..=10 {
        let id = AgentId::new(format!("agent-{number}"))?;
        let agent = Agent::builder(id.clone());
        let agent = match number {
            // It goes last, so that all the others are heard.
            7 => agent.with_handler(by_hand(id, Some(outstanding.clone()), |_| Choice::For)),
            8..=10 if lie => agent.with_handler(by_hand(id, None, |round| match round {
                1 => Choice::For,
                _ => Choice::Against,
            })),
            8..=10 => agent.votes(bears(10)),
            _ => agent.votes(bears(60)),
        };
        agents.push(agent.join(swarm.clone()).await?);
    }
    let proposal = value!({
        "proposal_id": "infrastructure-upgrade", "action": "upgrade_database", "severity": "critical",
        "downtime_minutes": 30,
    });
    let mut ticket = manager.open(proposal, Ask::by(algorithm_name!("byzantine"))).await?;
    while let Some(progress) = ticket.progressed().await {
        heard.send_replace(progress.outstanding);
    }
    let outcome = ticket.outcome().await?;
    manager.shutdown().await;
    Agent::leave_all(agents).await?;
    Ok(outcome)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let told = |outcome: &Outcome, key: &str| outcome.metadata.get(key).cloned().unwrap_or(Value::Null);
    let byzantine = ByzantineConsensus::new(3, ROUNDS)?;
    let outcome = decide(&byzantine, true).await?;
    println!("=== Byzantine Consensus Result ===\nDecision: {}", outcome.decision);
    let report = [
        ("Fault tolerance: f=", "fault_tolerance"),
        ("Agreement threshold (2f+1): ", "agreement_threshold"),
        ("Total participants: ", "total_participants"),
        ("Honest participants: ", "honest_participants"),
        ("Malicious detected: ", "malicious_detected"),
        ("Malicious agents: ", "malicious_agents"),
        ("Malicious means: ", "malicious_means"),
        ("Byzantine safe: ", "byzantine_safe"),
    ]
    .map(|(what, key)| {
        println!("{what}{:?}", told(&outcome, key));
        told(&outcome, key)
    });
    println!("\nVote counts:\n  FOR: {}\n  AGAINST: {}", outcome.votes_for, outcome.votes_against);
    let blacklist: Vec<AgentId> = byzantine.detected_malicious().into_keys().collect();
    let healthy: Vec<_> = outcome.electorate.without(&blacklist).ids().map(ToString::to_string).collect();
    println!("\nHealthy agents for next proposal: {healthy:?}");

    // The same three, who are against it all along: that is an opinion, and no lie.
    let fresh = ByzantineConsensus::new(3, ROUNDS)?;
    let dissent = decide(&fresh, false).await?;
    println!("\n=== Dissent ===\nDecision: {}", dissent.decision);
    println!("  FOR: {}\n  AGAINST: {}", dissent.votes_for, dissent.votes_against);
    println!("Malicious agents: {:?}", told(&dissent, "malicious_agents"));
    println!("Dissenting: {:?}", told(&dissent, "dissenting"));

    let three = value!(["agent-8", "agent-9", "agent-10"]);
    assert_eq!((outcome.decision.as_str(), outcome.votes_for, outcome.votes_against), ("approved", 7, 0));
    let [f, threshold, all, honest, malicious] = [3, 7, 10, 7, 3].map(Value::from);
    let expected = [f, threshold, all, honest, malicious, three.clone(), value!("unstable"), value!(true)];
    assert_eq!((report, told(&outcome, "rounds_completed")), (expected, value!(ROUNDS)));
    assert_eq!((blacklist.len(), healthy), (3, (1..=7).map(|number| format!("agent-{number}")).collect()));
    assert_eq!((dissent.decision.as_str(), dissent.votes_for, dissent.votes_against), ("approved", 7, 3));
    assert_eq!((told(&dissent, "malicious_agents"), told(&dissent, "dissenting")), (value!([]), three));
    assert!(fresh.detected_malicious().is_empty() && dissent.evidence.is_empty());
    Ok(())
}
