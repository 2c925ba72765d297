//! Who does what: agents pull tasks, five ways to offer them, and nothing lost when an agent fails.
//!
//! ```console
//! $ cargo run --example task_allocation
//! ```

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use moai_flow::swarm::heartbeat::{Health, HeartbeatMonitor, HeartbeatOptions};
use moai_flow::swarm::{Agent, NewTask, OfferPolicy, SwarmCoordinator, TaskAllocator, TaskOptions, Worker};
use moai_flow::{AgentId, Coded, Topology, agent_id, swarm_id};
use tokio::time::{Instant, timeout};

/// Offers tasks to these workers, lets each pull one and complete it, and tells who did what.
async fn offered(policy: OfferPolicy, workers: [Worker; 3], new: Vec<NewTask>) -> Result<Vec<String>, Box<dyn Error>> {
    let tasks = TaskAllocator::new(TaskOptions::default())?;
    let agents = [agent_id!("agent-1"), agent_id!("agent-2"), agent_id!("agent-3")];
    for (agent, worker) in agents.iter().zip(workers) {
        tasks.join(agent.clone(), worker).await;
    }
    let count = new.len();
    for task in new {
        tasks.submit(task).await?;
    }
    let (offered, mut done) = (tasks.offer(policy).await?, Vec::new());
    for agent in agents.iter().take(count) {
        let leased = tasks.pull(agent).await?;
        done.push(format!("{}: {}", agent, String::from_utf8_lossy(&leased.payload)));
        tasks.complete(leased.lease).await?;
    }
    println!("{policy:?}: {offered} offered; {}", done.join(", "));
    Ok(done)
}

/// An agent at work: it pulls, does and completes, until there has been nothing to do for a minute.
async fn work(tasks: &TaskAllocator, me: &AgentId) -> Result<Vec<u64>, Box<dyn Error>> {
    let mut done = Vec::new();
    while let Ok(leased) = timeout(Duration::from_secs(60), tasks.pull(me)).await {
        let lease = leased?.lease;
        tokio::task::yield_now().await; // here it would do something
        tasks.complete(lease).await?;
        done.push(lease.task);
    }
    Ok(done)
}

#[tokio::main(flavor = "current_thread", start_paused = true)] // time passes at once: half a minute takes no time here
async fn main() -> Result<(), Box<dyn Error>> {
    let anybody = || [Worker::new(), Worker::new(), Worker::new()];
    let three = || vec![NewTask::new("read"), NewTask::new("write"), NewTask::new("test")];
    let expected = ["agent-1: read", "agent-2: write", "agent-3: test"];
    assert_eq!(offered(OfferPolicy::RoundRobin, anybody(), three()).await?, expected);
    assert_eq!(offered(OfferPolicy::LeastLoaded, anybody(), three()).await?, expected);

    // What all can do goes to those who can do nothing else.
    let sees = [Worker::new().capable_of("vision"), Worker::new(), Worker::new()];
    let new = vec![NewTask::new("read"), NewTask::new("look").needing("vision"), NewTask::new("write")];
    let expected = ["agent-1: look", "agent-2: read", "agent-3: write"];
    assert_eq!(offered(OfferPolicy::Capability, sees, new).await?, expected);

    // The most urgent first, and each to an agent that has room.
    let new = vec![NewTask::new("tidy").priority(1), NewTask::new("fix").priority(250), NewTask::new("test")];
    let expected = ["agent-1: fix", "agent-2: test", "agent-3: tidy"];
    assert_eq!(offered(OfferPolicy::Priority, anybody(), new).await?, expected);

    // Where the data is.
    let near = ["here", "there", "elsewhere"].map(|place| Worker::new().at(place));
    let new =
        vec![NewTask::new("sum").at("elsewhere"), NewTask::new("sort").at("there"), NewTask::new("scan").at("here")];
    let expected = ["agent-1: scan", "agent-2: sort", "agent-3: sum"];
    assert_eq!(offered(OfferPolicy::Locality, near, new).await?, expected);

    // Two agents live, the third hangs: it takes tasks, and neither does them nor beats.
    let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
    let monitor = HeartbeatMonitor::start(swarm.clone(), HeartbeatOptions::default().with_states(true)).await?;
    let (mut events, begun) = (monitor.events(), Instant::now());
    // Leases last for ten minutes, so that it is the heartbeat and not the lease that ends first.
    let tasks = TaskAllocator::new(TaskOptions { lease: Duration::from_secs(600), ..TaskOptions::default() })?;
    let [one, two, hangs] = [agent_id!("agent-1"), agent_id!("agent-2"), agent_id!("agent-3")];
    let beats = |id: &AgentId| Agent::builder(id.clone()).beats(Duration::from_secs(1)).join(swarm.clone());
    let mut agents = vec![beats(&one).await?, beats(&two).await?];
    agents.push(Agent::builder(hangs.clone()).join(swarm.clone()).await?);

    // Nine tasks are offered to the one that is there alone; it begins one. The others find nothing else, and steal.
    tasks.join(hangs.clone(), Worker::new()).await;
    for number in 1..=9 {
        tasks.submit(NewTask::new(format!("part {number}"))).await?;
    }
    assert_eq!(tasks.offer(OfferPolicy::RoundRobin).await?, 9);
    let held = tasks.pull(&hangs).await?;
    tasks.join(one.clone(), Worker::new()).await;
    tasks.join(two.clone(), Worker::new()).await;

    // Whoever watches tells the allocator who has failed.
    let watch = async {
        while let Some(event) = events.next().await? {
            if event.to == Health::Failed {
                let before = tasks.statistics().await?;
                println!(
                    "{} has failed after {:?}: {} done, {} held",
                    event.agent,
                    begun.elapsed(),
                    before.completed,
                    before.leased
                );
                tasks.agent_failed(&event.agent).await?;
                return Ok((event.agent, before.completed));
            }
        }
        Err("the monitor has stopped".into())
    };
    let (by_one, by_two, (failed, stolen)) = tokio::try_join!(work(&tasks, &one), work(&tasks, &two), watch)?;
    println!("agent-1 did {by_one:?}, agent-2 did {by_two:?}");
    let late = tasks.complete(held.lease).await.err().ok_or("an old lease should not hold")?;
    println!("{}: {late}", late.code());
    let end = tasks.statistics().await?;

    let mut done = [by_one, by_two].concat();
    done.sort_unstable();
    assert_eq!((failed, stolen), (hangs, 8)); // all that it had not begun was done by others before
    assert_eq!(done, (1..=9).collect::<Vec<_>>()); // each once, and none is lost
    assert_eq!((end.completed, end.ready + end.resting + end.offered + end.leased, end.dead), (9, 0, 0));
    assert_eq!(late.code(), "task.stale_lease");

    monitor.stop().await;
    for left in Agent::leave_all(agents, Duration::from_secs(10)).await {
        left?;
    }
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
    Ok(())
}
