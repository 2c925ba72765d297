//! A rule of your own: everybody must be for it. It decides at the earliest vote at which it is certain, and in time.
//!
//! ```console
//! $ cargo run --example custom_rule
//! ```

use std::sync::Arc;
use std::time::Duration;

use moai_flow::consensus::{
    Answer, Ask, Basis, Choice, ConsensusManager, Decision, FinalTally, QuorumAlgorithm, Request, Rule, RuleAlgorithm,
    Why, voter_fn,
};
use moai_flow::swarm::{Agent, SwarmCoordinator};
use moai_flow::{Topology, Value, agent_id, algorithm_name, swarm_id, value};

/// The rule, whole.
struct Everyone;

impl Rule for Everyone {
    fn holds(&self, tally: &FinalTally<'_>) -> Result<(), Why> {
        let everyone = tally.in_favour() == tally.members();
        everyone.then_some(()).ok_or(Why::Other("somebody is not for it"))
    }
    fn words(&self) -> String {
        "everyone is for it".into()
    }
}

/// Each agent looks after one thing, and agrees where the proposal says that it is done.
fn looks_after(thing: &'static str) -> impl Fn(&Request) -> Answer {
    move |request| match request.proposal.content().get(thing).and_then(Value::as_bool) {
        Some(true) => Answer::new(Choice::For).because(format!("{thing}: done")),
        _ => Answer::new(Choice::Against).because(format!("{thing}: not done")),
    }
}

#[tokio::main(flavor = "current_thread", start_paused = true)] // time passes at once, so that nobody waits for a timeout
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
    let manager = ConsensusManager::new(swarm.clone()).await?;
    manager.replace_algorithm(algorithm_name!("unanimous"), RuleAlgorithm::new(Everyone)); // in place of the built-in one
    manager.register_algorithm(algorithm_name!("strict_quorum"), QuorumAlgorithm::with_threshold(0.7)?)?;

    let mut agents = Vec::new();
    for (id, thing) in [
        (agent_id!("agent-1"), "traffic_moved"),
        (agent_id!("agent-2"), "data_saved"),
        (agent_id!("agent-3"), "people_told"),
    ] {
        agents.push(Agent::builder(id).votes(voter_fn(looks_after(thing))).join(swarm.clone()).await?);
    }
    let ready =
        || value!({"action": "emergency_shutdown", "traffic_moved": true, "data_saved": true, "people_told": true});
    let hasty = || value!({"action": "emergency_shutdown", "traffic_moved": true, "data_saved": true});
    let unanimous = || Ask::by(algorithm_name!("unanimous")).within(Duration::from_secs(5));

    let all = manager.request_consensus(ready(), unanimous()).await?;
    println!("{}: {} of {} for it, by {}", all.decision, all.votes_for, all.electorate.len(), all.algorithm_used);
    assert_eq!((all.decision, all.votes_for, all.basis), (Decision::Approved, 3, Basis::Votes));

    let one_against = manager.request_consensus(hasty(), unanimous()).await?;
    println!("{}: {}", one_against.decision, one_against.why);
    assert_eq!((one_against.decision, one_against.votes_against), (Decision::Rejected, 1));

    // Built-in rules stand beside it: more than half are enough for one, more than 70 % are needed for the other.
    let deploy = value!({"action": "deploy", "version": "v2.0", "traffic_moved": true, "data_saved": true});
    let quorum = manager.request_consensus(deploy, Ask::new()).await?;
    println!("Deployment {}! ({}/{} votes)", quorum.decision, quorum.votes_for, quorum.electorate.len());
    let strict = manager.request_consensus(hasty(), Ask::by(algorithm_name!("strict_quorum"))).await?;
    println!("{}: {} by {}", strict.decision, strict.why, strict.algorithm_used);
    assert_eq!((quorum.decision, strict.decision), (Decision::Approved, Decision::Rejected));

    // An agent that never answers: the rule is not met in time, and silence is not consent.
    agents.push(Agent::builder(agent_id!("agent-4")).join(swarm.clone()).await?);
    let silent = manager.request_consensus(ready(), unanimous()).await?;
    println!(
        "{}: {} of {} for it after {:?}",
        silent.decision,
        silent.votes_for,
        silent.electorate.len(),
        silent.duration()
    );
    assert_eq!((silent.decision, silent.votes_for, silent.silent.len()), (Decision::Timeout, 3, 1));

    let source = include_str!("custom_rule.rs").lines();
    let rule = source.skip_while(|line| *line != "struct Everyone;").take_while(|line| !line.starts_with("///"));
    let lines = rule.filter(|line| !line.is_empty()).count();
    println!("the rule has {lines} lines");
    assert!(lines <= 15);

    manager.shutdown().await;
    Agent::leave_all(agents).await?;
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
    Ok(())
}
