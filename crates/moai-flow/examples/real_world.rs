//! Three decisions of an ordinary week: a feature flag by quorum, a migration by weight, an emergency rollback by all, and
//! what happens when somebody does not answer.
//!
//! ```console
//! $ cargo run --example real_world
//! ```

use std::sync::Arc;
use std::time::Duration;

use moai_flow::consensus::{
    Answer, Ask, Basis, Choice, ConsensusManager, Decision, OnDeadline, Ratio, Request, WeightedAlgorithm, voter_fn,
};
use moai_flow::swarm::{Agent, SwarmCoordinator};
use moai_flow::{AgentId, Topology, Value, agent_id, algorithm_name, swarm_id, value};

/// What an agent thinks of a proposal. Juniors do not like downtime; nobody likes a way without return.
fn review(id: &AgentId, request: &Request) -> Answer {
    let content = request.proposal.content();
    let text = |field| content.get(field).and_then(Value::as_text).unwrap_or_default();
    let at_most = |field, most| content.get(field).and_then(Value::as_i64).is_some_and(|number| number <= most);
    let (is_good, about) = match text("type") {
        "feature_flag" => (at_most("rollout_percentage", 10), "the size of the step"),
        "database_migration" if id.as_str().starts_with("agent-junior") => {
            (at_most("estimated_downtime_seconds", 60), "the downtime")
        }
        "database_migration" => (content.get("rollback_available") == Some(&value!(true)), "the way back"),
        "emergency_rollback" => (text("severity") == "critical", "the severity"),
        _ => return Answer::new(Choice::Abstain).because("not my business"),
    };
    Answer::new(if is_good { Choice::For } else { Choice::Against }).because(about)
}

#[tokio::main(flavor = "current_thread", start_paused = true)] // time passes at once, so that nobody waits for a timeout
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
    let manager = ConsensusManager::new(swarm.clone()).await?;
    let [backend, frontend] = [agent_id!("expert-backend-001"), agent_id!("expert-frontend-001")];
    let experts = WeightedAlgorithm::new().with_threshold(0.7)?; // who is not named weighs 1
    let experts = experts.weigh(backend.clone(), 3.0)?.weigh(frontend.clone(), 2.0)?;
    manager.register_algorithm(algorithm_name!("expert_weighted"), experts)?;

    let mut agents = Vec::new();
    for id in [backend, frontend, agent_id!("agent-junior-001"), agent_id!("agent-junior-002")] {
        let me = id.clone();
        let voter = voter_fn(move |request: &Request| review(&me, request));
        agents.push(Agent::builder(id).votes(voter).join(swarm.clone()).await?);
    }

    // 1. A feature flag: more than half of the agents.
    let flag = value!({"type": "feature_flag", "feature": "new_checkout_flow", "rollout_percentage": 10});
    let feature = manager.request_consensus(flag, Ask::new()).await?;
    println!("Feature {} by {} agents", feature.decision, feature.votes_for);

    // 2. A migration: more than 70 % of the weight. Two experts weigh 5, two juniors 2.
    let migration = value!({
        "type": "database_migration", "migration_name": "add_user_preferences",
        "estimated_downtime_seconds": 120, "rollback_available": true,
    });
    let ask = Ask::by(algorithm_name!("expert_weighted")).within(Duration::from_secs(60));
    let migration = manager.request_consensus(migration, ask).await?;
    let weighted = migration.metadata.get("weighted_approval").and_then(Value::as_f64).ok_or("it is weighted")?;
    println!("Migration {} (weighted: {:.1}%)", migration.decision, weighted * 100.0);

    // 3. An emergency: all of them, within ten seconds.
    let rollback = || value!({"type": "emergency_rollback", "severity": "critical", "target_version": "v1.9.5"});
    let in_ten_seconds = || Ask::by(algorithm_name!("unanimous")).within(Duration::from_secs(10));
    let all = manager.request_consensus(rollback(), in_ten_seconds()).await?;
    if all.is_approved() {
        println!("EMERGENCY ROLLBACK APPROVED - Executing immediately");
    }

    // Somebody is disconnected: a member that never answers. A timeout approves nothing by itself...
    agents.push(Agent::builder(agent_id!("on-call-001")).join(swarm.clone()).await?);
    let timeout = manager.request_consensus(rollback(), in_ten_seconds()).await?;
    println!("Consensus {}: {}/{} voted", timeout.decision, timeout.participants.len(), timeout.electorate.len());
    // ... unless whoever asks says so beforehand. Then one voice against it still stops it.
    let asked_for = || in_ten_seconds().on_deadline(OnDeadline::Approve);
    let automatic = manager.request_consensus(rollback(), asked_for()).await?;
    if automatic.is_approved() && automatic.basis == Basis::Deadline {
        println!("TIMEOUT - Proceeding with automatic rollback, as was asked for");
    }
    let mild = value!({"type": "emergency_rollback", "severity": "low", "target_version": "v1.9.5"});
    let stopped = manager.request_consensus(mild, asked_for()).await?;
    println!("Rollback {}: {}", stopped.decision, stopped.why);

    // Four more are disconnected: of nine agents four take part.
    for id in [agent_id!("remote-1"), agent_id!("remote-2"), agent_id!("remote-3"), agent_id!("remote-4")] {
        agents.push(Agent::builder(id).join(swarm.clone()).await?);
    }
    let flag = || value!({"type": "feature_flag", "feature": "dark_mode", "rollout_percentage": 5});
    let few = manager.request_consensus(flag(), Ask::new().within(Duration::from_secs(5))).await?;
    if few.participation() < Ratio::HALF {
        println!("WARNING: Low participation ({:.1}%)", few.participation().to_f64() * 100.0);
    }
    // "Those who voted decide" is a policy as well, and has to be asked for.
    let ask = Ask::new().within(Duration::from_secs(5)).on_deadline(OnDeadline::DecideByCast);
    let cast = manager.request_consensus(flag(), ask).await?;
    println!("Despite the timeout {} {}", cast.decision, cast.why);

    assert_eq!((feature.decision, feature.votes_for), (Decision::Approved, 3)); // the third of four decides
    assert_eq!((migration.decision, format!("{:.1}%", weighted * 100.0)), (Decision::Approved, "71.4%".into()));
    assert_eq!((all.decision, all.votes_for, all.basis), (Decision::Approved, 4, Basis::Votes));
    assert!(all.duration() < Duration::from_secs(10));
    assert_eq!((timeout.decision, timeout.duration()), (Decision::Timeout, Duration::from_secs(10)));
    assert_eq!((automatic.decision, automatic.basis), (Decision::Approved, Basis::Deadline));
    assert_eq!((stopped.decision, stopped.basis), (Decision::Rejected, Basis::Votes));
    assert_eq!((few.decision, few.participation(), few.silent.len()), (Decision::Timeout, Ratio::new(4, 9)?, 5));
    assert_eq!((cast.decision, cast.basis), (Decision::Approved, Basis::Deadline));

    manager.shutdown().await;
    Agent::leave_all(agents).await?;
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
    Ok(())
}
