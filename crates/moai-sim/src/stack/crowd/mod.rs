//! Agents that come and go, in shapes that change, under a monitor that crashes.

mod host;
mod plan;
mod visitor;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use moai_core::{AgentId, Topology, swarm_id};
use moai_swarm::SwarmCoordinator;
use tokio::sync::Notify;

use super::{Ground, SimClock, SimNetwork, in_virtual_time, process, watch};
use crate::{Ended, Scenario, Seeds, Violation};
use host::Host;
use visitor::Visitor;

pub use plan::{CrowdPlan, Going, Stay};

/// `Agent`s over a `SwarmCoordinator`, whose messages travel in shapes: they join, leave, crash and come back, beat for a
/// `HeartbeatMonitor`, vote, and share what they hold.
///
/// - Who has left is gone; who stays is there in the end, and is known to be well.
/// - Nobody votes twice, and in the end all decide and are heard.
/// - Leases only grow while one monitor watches.
///
/// ```
/// use moai_sim::Campaign;
/// use moai_sim::stack::Crowd;
///
/// let report = Campaign::new(&Crowd).seeds(0..3).run();
/// assert!(report.failures.is_empty(), "{:#?}", report.failures);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Crowd;

impl Scenario for Crowd {
    type Plan = CrowdPlan;

    fn name(&self) -> &'static str {
        "crowd"
    }

    fn plan(&self, seed: u64) -> CrowdPlan {
        CrowdPlan::draw(seed)
    }

    fn run(&self, plan: &CrowdPlan) -> Ended {
        in_virtual_time(plan.seed, plan.chaos.clone(), async |ground| world(plan, &ground).await)
    }

    fn smaller(&self, plan: &CrowdPlan) -> Vec<CrowdPlan> {
        plan.smaller()
    }

    fn points(&self) -> &'static [&'static str] {
        &[
            "a message was lost",
            "a message was cut",
            "a message was overtaken",
            "a process crashed",
            "an agent left in peace",
            "an agent left at once",
            "an agent came back",
            "an agent was found dead",
            "a vote was approved",
            "a vote was not approved",
        ]
    }
}

/// By when all must be well, once nothing goes wrong any more.
const GRACE: Duration = Duration::from_secs(200);

async fn world(plan: &CrowdPlan, ground: &Ground) {
    let mut seeds = Seeds::new(plan.seed ^ 0x0063_726f_7764);
    let swarm = Arc::new(SwarmCoordinator::new(swarm_id!("crowd"), Topology::Mesh));
    let network = SimNetwork::new(ground.clone(), swarm.clone());
    let (mut processes, mut visitors) = (tokio::task::JoinSet::new(), Vec::new());
    for (number, stay) in plan.stays.iter().copied().enumerate() {
        let Ok(id) = AgentId::new(format!("agent-{number}")) else { continue };
        let clock = SimClock::new(ground, &mut seeds);
        let (ground, network, has_gone) = (ground.clone(), network.clone(), AtomicBool::new(false));
        let visitor = Arc::new(Visitor { id, stay, ground, network, clock, has_gone });
        visitors.push(Arc::clone(&visitor));
        let ground = visitor.ground.clone();
        let lives = process(&ground, seeds.fork(), plan.chaos.crashes_of(number + 1), move |life| {
            Arc::clone(&visitor).live(life)
        });
        processes.spawn(async move { watch(&ground, "an agent", lives).await });
    }
    let clock = SimClock::new(ground, &mut seeds);
    let host =
        Arc::new(Host { seed: plan.seed, ground: ground.clone(), network, clock, visitors, is_well: Notify::new() });
    let (its, lives) = (Arc::clone(&host), AtomicU64::new(0));
    let lives = process(ground, seeds.fork(), plan.chaos.crashes_of(0), move |life| {
        Arc::clone(&its).live(life, lives.fetch_add(1, Ordering::SeqCst))
    });
    let watched = ground.clone();
    processes.spawn(async move { watch(&watched, "the host", lives).await });
    for (at, shape) in &plan.shapes {
        ground.until(Duration::from_millis(*at)).await;
        swarm.switch_topology(*shape);
    }
    let limit = ground.heals() + GRACE;
    tokio::select! {
        biased;
        () = host.is_well.notified() => {}
        () = ground.until(limit) => ground.broke(Violation::new("all is well in the end", "nobody has found so")),
    }
}
