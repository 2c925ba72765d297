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
use tokio::time::Instant;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Offers tasks to three workers, of whom the first so many are busy; lets each other one pull a task and complete it, and
/// tells who did what.
async fn offer(by: OfferPolicy, busy: usize, workers: [Worker; 3], new: Vec<NewTask>) -> Outcome<String> {
    let tasks = TaskAllocator::new(TaskOptions::default())?;
    let agents = [agent_id!("a"), agent_id!("b"), agent_id!("c")];
    for (agent, worker) in agents.iter().zip(workers) {
        tasks.join(agent.clone(), worker).await;
    }
    for agent in agents.iter().take(busy) {
        tasks.submit(NewTask::new("something long")).await?;
        tasks.pull(agent).await?;
    }
    for task in new {
        tasks.submit(task).await?;
    }
    let (offered, mut done) = (tasks.offer(by).await?, Vec::new());
    for agent in agents.iter().skip(busy) {
        let leased = tasks.try_pull(agent).await?.ok_or("there is one for each")?;
        done.push(format!("{agent}: {}", String::from_utf8_lossy(&leased.payload)));
        tasks.complete(leased.lease).await?;
    }
    let done = done.join(", ");
    println!("{by}: {offered} offered; {done}");
    Ok(done)
}

/// An agent at work: it pulls a number, squares it and hands it in, for as long as it is let.
async fn work(tasks: &TaskAllocator, me: &AgentId, squares: &mut Vec<u64>) -> Outcome<()> {
    loop {
        let leased = tasks.pull(me).await?;
        let number: u64 = std::str::from_utf8(&leased.payload)?.parse()?;
        tokio::task::yield_now().await; // so that the others get on meanwhile
        tasks.complete(leased.lease).await?;
        squares.push(number * number);
    }
}

#[tokio::main(flavor = "current_thread", start_paused = true)] // time passes at once: half a minute takes no time here
async fn main() -> Outcome<()> {
    let anybody = || [(); 3].map(|()| Worker::new());
    // One after the other.
    let new = vec![NewTask::new("read"), NewTask::new("write"), NewTask::new("test")];
    assert_eq!(offer(OfferPolicy::RoundRobin, 0, anybody(), new).await?, "a: read, b: write, c: test");
    // Whoever has the least to do: the first agent is busy.
    let new = vec![NewTask::new("read"), NewTask::new("write")];
    assert_eq!(offer(OfferPolicy::LeastLoaded, 1, anybody(), new).await?, "b: read, c: write");
    // What all can do goes to those who can do nothing else.
    let sees = [Worker::new().capable_of("vision"), Worker::new(), Worker::new()];
    let new = vec![NewTask::new("read"), NewTask::new("look").needing("vision"), NewTask::new("write")];
    assert_eq!(offer(OfferPolicy::Capability, 0, sees, new).await?, "a: look, b: read, c: write");
    // The most urgent, to those who have room.
    let new = vec![NewTask::new("tidy").priority(1), NewTask::new("fix").priority(250), NewTask::new("test")];
    assert_eq!(offer(OfferPolicy::Priority, 1, anybody(), new).await?, "b: fix, c: test");
    // Where the data is.
    let near = ["here", "there", "elsewhere"].map(|place| Worker::new().at(place));
    let new =
        vec![NewTask::new("sum").at("elsewhere"), NewTask::new("sort").at("there"), NewTask::new("map").at("here")];
    assert_eq!(offer(OfferPolicy::Locality, 0, near, new).await?, "a: map, b: sort, c: sum");

    // Two agents live, the third hangs: it takes tasks, and neither does them nor beats.
    let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("swarm-001"), Topology::Mesh));
    let monitor = Arc::new(HeartbeatMonitor::new(swarm.clone(), HeartbeatOptions::default()).await?);
    let (mut events, begun) = (monitor.events(), Instant::now());
    // Leases last for ten minutes, so that it is the heartbeat and not the lease that ends first.
    let tasks = TaskAllocator::new(TaskOptions::default().with_lease(Duration::from_secs(600)))?;
    let [one, two, hangs] = [agent_id!("agent-1"), agent_id!("agent-2"), agent_id!("agent-3")];
    let beats = |id: &AgentId| Agent::builder(id.clone()).beats(Duration::from_secs(1)).join(swarm.clone());
    let silent = Agent::builder(hangs.clone()).join(swarm.clone());
    let agents = [beats(&one).await?, beats(&two).await?, silent.await?];

    // Nine tasks are offered to the one that is there alone; it begins one. The others find nothing else, and steal.
    tasks.join(hangs.clone(), Worker::new()).await;
    for number in 1..=9 {
        tasks.submit(NewTask::new(number.to_string())).await?;
    }
    assert_eq!(tasks.offer(OfferPolicy::RoundRobin).await?, 9);
    let held = tasks.pull(&hangs).await?;
    tasks.join(one.clone(), Worker::new()).await;
    tasks.join(two.clone(), Worker::new()).await;

    // Whom the monitor gives up has its tasks taken back. The others work until there is nothing left to do.
    let mut taking_back = std::pin::pin!(tasks.take_back_from_failed(&monitor));
    let (mut by_one, mut by_two) = (Vec::new(), Vec::new());
    let working = async { tokio::try_join!(work(&tasks, &one, &mut by_one), work(&tasks, &two, &mut by_two)) };
    tokio::select! {
        biased;
        drained = tasks.drained() => drained?,
        ended = working => return ended.map(drop),
        ended = &mut taking_back => return Ok(ended?),
    }
    let took = begun.elapsed();
    println!("agent-1: {by_one:?}, agent-2: {by_two:?}, all after {took:?}");
    let mut failed = events.next().await?.ok_or("the monitor runs")?;
    while failed.to != Health::Failed {
        failed = events.next().await?.ok_or("the monitor runs")?;
    }
    println!("{} is {} after {:?} of silence", failed.agent, failed.to, failed.elapsed);
    let late = tasks.complete(held.lease).await.err().ok_or("an old lease should not hold")?;
    println!("{}: {late}", late.code());

    let mut squares = [by_one, by_two].concat();
    squares.sort_unstable();
    assert_eq!(failed.agent, hangs);
    assert!(took > Duration::from_secs(30)); // what it had begun came back when it had failed, all else was done long before
    assert_eq!(squares, [1, 4, 9, 16, 25, 36, 49, 64, 81]); // each once, and none is lost
    let end = tasks.statistics().await?;
    assert_eq!((end.completed, end.open(), end.dead), (9, 0, 0));
    assert_eq!(late.code(), "task.stale_lease");

    Arc::into_inner(monitor).ok_or("nobody else has it")?.shutdown().await;
    taking_back.await?; // it ends with the monitor
    Agent::leave_all(agents).await?;
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
    Ok(())
}
