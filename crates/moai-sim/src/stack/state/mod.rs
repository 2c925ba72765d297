//! States: agents that write, push and follow, and a synchronizer over a memory, all of which crash.

mod hub;
mod notes;
mod plan;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moai_core::{AgentId, LocalCoordinator, swarm_id};

use super::{Ground, Life, MemoryDisk, SimClock, SimNetwork, in_virtual_time, process, watch};
use crate::{Ended, Scenario, Seeds, Violation};
use hub::Hub;
use notes::Notes;
use writer::Writer;

pub use plan::{Deed, Kind, StatesPlan};

/// States through a `StateSynchronizer` over a memory, and `Replica`s that push and follow: sets, counters and registers are
/// written, cleared, read by cursor and forgotten.
///
/// - All come to hold the same once nothing goes wrong any more.
/// - No write is lost that was seen stored, or whose agent lives.
/// - What was cleared stays away.
/// - Versions only grow, and none is used twice.
/// - Who reads by cursor ends with exactly what is there.
///
/// ```
/// use moai_sim::Campaign;
/// use moai_sim::stack::States;
///
/// let report = Campaign::new(&States).seeds(0..5).run();
/// assert!(report.failures.is_empty(), "{:#?}", report.failures);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct States;

impl Scenario for States {
    type Plan = StatesPlan;

    fn name(&self) -> &'static str {
        "states"
    }

    fn plan(&self, seed: u64) -> StatesPlan {
        StatesPlan::draw(seed)
    }

    fn run(&self, plan: &StatesPlan) -> Ended {
        in_virtual_time(plan.seed, plan.chaos.clone(), async |ground| world(plan, &ground).await)
    }

    fn smaller(&self, plan: &StatesPlan) -> Vec<StatesPlan> {
        plan.smaller()
    }

    fn points(&self) -> &'static [&'static str] {
        &[
            "a message was lost",
            "a message came twice",
            "a message was overtaken",
            "a message was cut",
            "a message was cut one way",
            "a process crashed",
            "a crash before a write",
            "a crash behind a write",
            "a write was refused",
            "a write hung",
            "a write failed",
            "a write failed and was written",
            "a state was written",
            "a round stored something",
            "something was cleared",
            "deletions were forgotten",
            "a reader was too far behind",
        ]
    }
}

/// How long it may take until all hold the same, once nothing goes wrong any more: what was not answered is pushed again after
/// a minute at the most.
const GRACE: Duration = Duration::from_secs(300);

/// When the last synchronizer begins, once nothing goes wrong any more.
const AGAIN: Duration = Duration::from_millis(50);

/// How often it is looked whether they do.
const LOOKS: Duration = Duration::from_millis(250);

async fn world(plan: &StatesPlan, ground: &Ground) {
    let mut seeds = Seeds::new(plan.seed ^ 0x0073_7461_7465);
    let network = SimNetwork::new(ground.clone(), Arc::new(LocalCoordinator::new(swarm_id!("states"))));
    let Ok(disk) = MemoryDisk::new(plan.seed) else { return };
    let notes = Arc::new(Notes::new(plan, ground, disk));
    let mut processes = tokio::task::JoinSet::new();
    for number in 0..plan.agents {
        let Ok(id) = AgentId::new(format!("agent-{number}")) else { continue };
        let (clock, lives) = (SimClock::new(ground, &mut seeds), AtomicU64::new(0));
        let writer = Arc::new(Writer { number, id, notes: Arc::clone(&notes), network: network.clone(), clock });
        let lives = process(ground, seeds.fork(), plan.chaos.crashes_of(number + 1), move |life| {
            Arc::clone(&writer).live(life, lives.fetch_add(1, Ordering::SeqCst))
        });
        let ground = ground.clone();
        processes.spawn(async move { watch(&ground, "an agent", lives).await });
    }
    let clock = SimClock::new(ground, &mut seeds);
    let hub = Arc::new(Hub { notes: Arc::clone(&notes), network, clock });
    let (its, lives) = (Arc::clone(&hub), AtomicU64::new(0));
    // Whoever was not told that a synchronizer has begun, for the word was lost, is told when the next one begins.
    let mut crashes = plan.chaos.crashes_of(0);
    crashes.push(ground.heals() + AGAIN);
    let lives = process(ground, seeds.fork(), crashes, move |life| {
        Arc::clone(&its).live(life, lives.fetch_add(1, Ordering::SeqCst))
    });
    let watched = ground.clone();
    processes.spawn(async move { watch(&watched, "the hub", lives).await });
    ground.until(ground.heals()).await;
    if let Err(violation) = settles(ground, &hub).await {
        ground.broke(violation);
    }
}

/// Waits until all hold the same, and compares it with what was written.
async fn settles(ground: &Ground, hub: &Hub) -> Result<(), Violation> {
    let silent = |why: String| Violation::new("a memory can be read", why);
    // Somebody who looks on: its swarm is another one, so that it changes nothing.
    let aside = SimNetwork::new(ground.clone(), Arc::new(LocalCoordinator::new(swarm_id!("states"))));
    let looks = Hub { notes: Arc::clone(&hub.notes), network: aside, clock: hub.clock.clone() };
    let limit = ground.now() + GRACE;
    loop {
        tokio::time::sleep(LOOKS).await;
        let begun = looks.begin(&Life::new(), u64::MAX).await.ok_or_else(|| silent("nobody can begin".to_owned()))?;
        let (synchronizer, _) = begun;
        let stored = looks.stored(&synchronizer).await.map_err(|why| silent(why.to_string()))?;
        let agree = hub.notes.agree(&stored);
        if agree.is_ok() {
            looks.read(&synchronizer).await.map_err(|why| silent(why.to_string()))?;
            return hub.notes.ends_with(&stored);
        }
        synchronizer.shutdown().await;
        if ground.now() >= limit {
            return agree;
        }
    }
}
