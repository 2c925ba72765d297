//! Agreements without a coordinator: owners that crash, some of whom lie, over a network that loses.

mod liar;
mod notes;
mod owner;
mod plan;

use std::sync::Arc;
use std::time::Duration;

use moai_core::{LocalCoordinator, swarm_id};

use super::{Ground, SimClock, SimNetwork, in_virtual_time, process, watch};
use crate::{Ended, Scenario, Seeds, Violation};
use notes::Notes;
use owner::Owning;

pub use plan::{AgreementsPlan, Owner};

/// One-shot agreements through the public driver: each owner runs `Agreements` over a coordinator and a journal of its own.
///
/// - Nobody honest has another outcome than the others, and each outcome proves itself.
/// - A word is written down before it is given, and is the same bytes over all crashes.
/// - What is counted of whoever is honest is what it said, and nobody honest is accused.
/// - A lie that was shown is shown again after every crash.
/// - Everybody honest has every outcome, once nothing goes wrong any more.
///
/// ```
/// use moai_sim::Campaign;
/// use moai_sim::stack::Agreements;
///
/// let report = Campaign::new(&Agreements).seeds(0..5).run();
/// assert!(report.failures.is_empty(), "{:#?}", report.failures);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Agreements;

impl Scenario for Agreements {
    type Plan = AgreementsPlan;

    fn name(&self) -> &'static str {
        "agreements"
    }

    fn plan(&self, seed: u64) -> AgreementsPlan {
        AgreementsPlan::draw(seed)
    }

    fn run(&self, plan: &AgreementsPlan) -> Ended {
        in_virtual_time(plan.seed, plan.chaos.clone(), async |ground| world(plan, &ground).await)
    }

    fn smaller(&self, plan: &AgreementsPlan) -> Vec<AgreementsPlan> {
        plan.smaller()
    }

    fn points(&self) -> &'static [&'static str] {
        &[
            "a message was lost",
            "a message came twice",
            "a message was late",
            "a message was overtaken",
            "a message was cut",
            "a message was cut one way",
            "a write was refused",
            "a disk was full",
            "a write hung",
            "a write failed",
            "a write failed and was written",
            "a crash before a write",
            "a crash behind a write",
            "a process crashed",
            "a clock is wrong",
            "a lie was told",
            "a liar was caught",
            "an outcome was given again after a crash",
            "a lie was shown again after a crash",
            "approved",
            "rejected",
            "timeout",
        ]
    }
}

/// Far more than an agreement takes once the network is good, and a bound all the same.
const GRACE: Duration = Duration::from_secs(60);

async fn world(plan: &AgreementsPlan, ground: &Ground) {
    let mut seeds = Seeds::new(plan.seed ^ 0x6167_7265);
    let network = SimNetwork::new(ground.clone(), Arc::new(LocalCoordinator::new(swarm_id!("agreements"))));
    let notes = match Notes::new(plan, ground) {
        Ok(notes) => Arc::new(notes),
        Err(why) => return ground.broke(Violation::new("a plan fits", why)),
    };
    let seen = Arc::clone(&notes);
    network.watch(move |_, envelope| seen.witness(envelope));

    let mut processes = tokio::task::JoinSet::new();
    for place in 0..plan.owners.len() {
        let (Some(id), Ok(number)) = (plan::owner(place), u32::try_from(place)) else { continue };
        let clock = SimClock::new(ground, &mut seeds);
        let (notes, network) = (Arc::clone(&notes), network.clone());
        let owning = Arc::new(Owning { place: number, id, notes, network, clock, asked: Arc::default() });
        let lives =
            process(ground, seeds.fork(), plan.chaos.crashes_of(place), move |life| Arc::clone(&owning).live(life));
        let ground = ground.clone();
        processes.spawn(async move { watch(&ground, "an owner", lives).await });
    }
    let longest = plan.deadlines.iter().copied().max().unwrap_or(0);
    let limit = ground.heals().max(Duration::from_millis(longest)) + GRACE;
    tokio::select! {
        biased;
        () = notes.all_decided() => {}
        () = ground.until(limit) => {
            let what = format!("{:?} have no outcome long after all is well", notes.open());
            ground.broke(Violation::new("an end", what));
        }
    }
}
