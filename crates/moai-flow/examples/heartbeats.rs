//! Who is alive: agents beat, silence is told in steps, and who has failed is not asked again until it is back.
//!
//! ```console
//! $ cargo run --example heartbeats
//! ```

use std::sync::Arc;
use std::time::Duration;

use moai_flow::consensus::{Ask, Choice, ConsensusManager, Decision, voter_fn};
use moai_flow::swarm::heartbeat::{Health, HeartbeatMonitor, HeartbeatOptions};
use moai_flow::swarm::{Agent, SwarmCoordinator};
use moai_flow::{Topology, agent_id, algorithm_name, swarm_id, value};
use tokio::time::Instant;

#[tokio::main(flavor = "current_thread", start_paused = true)] // time passes at once: a minute takes no time here
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
    let manager = ConsensusManager::new(swarm.clone()).await?;
    // It expects a beat each second, gives up after thirty, and tells the swarm.
    let monitor = HeartbeatMonitor::new(swarm.clone(), HeartbeatOptions::default()).await?;
    let (mut events, begun) = (monitor.events(), Instant::now());

    let [steady, slow, dead] = [agent_id!("steady"), agent_id!("slow"), agent_id!("dead")];
    let votes = || voter_fn(|_| Choice::For);
    let agents = vec![
        Agent::builder(steady.clone()).votes(votes()).beats(Duration::from_secs(1)).join(swarm.clone()).await?,
        // It beats every forty seconds only: too seldom, though it votes at once when it is asked.
        Agent::builder(slow.clone()).votes(votes()).beats(Duration::from_secs(40)).join(swarm.clone()).await?,
        // It never beats, and answers nothing.
        Agent::builder(dead.clone()).join(swarm.clone()).await?,
    ];

    // A vote that is open while one of its voters fails.
    let ask = || Ask::by(algorithm_name!("unanimous")).within(Duration::from_secs(60));
    let mut open = manager.open(value!({"action": "deploy"}), ask()).await?;

    let (mut told, mut while_failed) = (Vec::new(), None);
    while told.last() != Some(&(slow.clone(), Health::Healthy)) {
        let event = events.next().await?.ok_or("the monitor has stopped")?;
        let (at, silent) = (begun.elapsed().as_secs_f64(), event.elapsed.as_secs_f64());
        println!("{at:>5.1} s: {} is {} after {silent:.1} s of silence", event.agent, event.to);
        told.push((event.agent, event.to));
        if told.last() == Some(&(slow.clone(), Health::Failed)) {
            while_failed = Some(manager.request_consensus(value!({"action": "scale"}), ask()).await?);
        }
    }
    let health: Vec<_> = monitor.health().into_iter().map(|one| (one.agent, one.health)).collect();

    let while_failed = while_failed.ok_or("nobody has failed")?;
    let electorate: Vec<_> = while_failed.electorate.ids().cloned().collect();
    println!("a question while two have failed: {} by {}", while_failed.decision, while_failed.votes_for);
    let back = manager.request_consensus(value!({"action": "scale again"}), ask()).await?;
    println!("a question when one is back: {} by {}", back.decision, back.votes_for);
    let open = open.outcome().await?;
    println!("the question that was open: {} of {} for it, {}", open.votes_for, open.electorate.len(), open.decision);

    let [degraded, mut critical, failed] = [Health::Degraded, Health::Critical, Health::Failed]
        .map(|health| [(dead.clone(), health), (slow.clone(), health)]);
    critical.reverse(); // who was heard at the beginning has a rhythm of its own, and is suspected by that
    assert_eq!(told, [&degraded[..], &critical, &failed, &[(slow.clone(), Health::Healthy)]].concat());
    let expected = [(dead.clone(), Health::Failed), (slow, Health::Healthy), (steady.clone(), Health::Healthy)];
    assert_eq!(health, expected);
    // Who has failed is not in the next electorate; who is back is.
    assert_eq!((while_failed.decision, electorate), (Decision::Approved, vec![steady]));
    assert_eq!((back.decision, back.votes_for), (Decision::Approved, 2));
    // The open one is as it was when the question was put: it waits for all three, to its end.
    assert_eq!((open.decision, open.electorate.len(), &open.silent), (Decision::Timeout, 3, &vec![dead]));
    assert_eq!(open.duration(), Duration::from_secs(60));

    monitor.shutdown().await;
    manager.shutdown().await;
    Agent::leave_all(agents).await?;
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
    Ok(())
}
