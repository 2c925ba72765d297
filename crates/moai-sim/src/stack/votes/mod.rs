//! Votes: a manager and voters that crash, some of whom lie, over a network that loses.

mod asking;
mod liar;
mod notes;
mod plan;
mod voter;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moai_core::{LocalCoordinator, swarm_id};

use super::{Ground, Life, SimClock, SimNetwork, in_virtual_time, process, watch};
use crate::invariant::closed_is_closed;
use crate::{Ended, Scenario, Seeds, Violation};
use asking::Asking;
use notes::Notes;
use voter::Voting;

pub use plan::{Manner, Question, VotesPlan};

/// Votes through a `ConsensusManager` with a journal and voters with journals of their own, several at a time and by several
/// algorithms.
///
/// - A voter's word is written down before it is given, and is one word for one question, over all crashes.
/// - What the manager acknowledges and tells is durable, and stays.
/// - Outcomes are what a count by hand gives, of ballots that were given.
/// - Nobody honest is accused.
/// - Every question ends.
///
/// ```
/// use moai_sim::Campaign;
/// use moai_sim::stack::Votes;
///
/// let report = Campaign::new(&Votes).seeds(0..5).run();
/// assert!(report.failures.is_empty(), "{:#?}", report.failures);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Votes;

impl Scenario for Votes {
    type Plan = VotesPlan;

    fn name(&self) -> &'static str {
        "votes"
    }

    fn plan(&self, seed: u64) -> VotesPlan {
        VotesPlan::draw(seed)
    }

    fn run(&self, plan: &VotesPlan) -> Ended {
        in_virtual_time(plan.seed, plan.chaos.clone(), async |ground| world(plan, &ground).await)
    }

    fn smaller(&self, plan: &VotesPlan) -> Vec<VotesPlan> {
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
            "a ballot was acknowledged",
            "a question went on after a crash",
            "an outcome was told after a crash",
            "approved",
            "rejected",
            "timed out",
        ]
    }
}

/// How long a question may take after its deadline, once nothing goes wrong any more.
const GRACE: Duration = Duration::from_secs(3);

async fn world(plan: &VotesPlan, ground: &Ground) {
    let mut seeds = Seeds::new(plan.seed ^ 0x7665_7465);
    let network = SimNetwork::new(ground.clone(), Arc::new(LocalCoordinator::new(swarm_id!("votes"))));
    let notes = Arc::new(Notes::new(plan, ground));
    let seen = Arc::clone(&notes);
    network.watch(move |_, envelope| seen.witness(envelope));

    let mut processes = tokio::task::JoinSet::new();
    for (number, manner) in plan.voters.iter().copied().enumerate() {
        let Some(id) = plan::voter(number) else { continue };
        let clock = SimClock::new(ground, &mut seeds);
        let (notes, network) = (Arc::clone(&notes), network.clone());
        let voting = Arc::new(Voting { id, manner, notes, network, clock, asked: Arc::default() });
        let lives = process(ground, seeds.fork(), plan.chaos.crashes_of(number + 1), move |life| {
            Arc::clone(&voting).live(life)
        });
        let ground = ground.clone();
        processes.spawn(async move { watch(&ground, "a voter", lives).await });
    }
    let clock = SimClock::new(ground, &mut seeds);
    let asking = Arc::new(Asking { notes: Arc::clone(&notes), network, clock });
    let (manager, lives) = (Arc::clone(&asking), AtomicU64::new(0));
    let lives = process(ground, seeds.fork(), plan.chaos.crashes_of(0), move |life| {
        Arc::clone(&manager).live(life, lives.fetch_add(1, Ordering::SeqCst))
    });
    let stop = lives.abort_handle();
    let watched = ground.clone();
    processes.spawn(async move { watch(&watched, "the manager", lives).await });

    let longest = plan.questions.iter().map(|question| question.asked + question.within).max().unwrap_or(0);
    let limit = ground.heals() + Duration::from_millis(longest) + GRACE;
    tokio::select! {
        biased;
        () = notes.all_ended() => {}
        () = ground.until(limit) => {
            let open = (0..plan.questions.len()).filter_map(plan::question).filter(|id| !notes.has_ended(id));
            let what = format!("{:?} are open long after their deadlines", open.collect::<Vec<_>>());
            return ground.broke(Violation::new("every question ends", what));
        }
    }
    ground.until(ground.heals()).await;
    processes.abort_all();
    stop.abort();
    afterwards(&asking).await;
}

/// Whoever comes later finds what was told, and nothing that is open.
async fn afterwards(asking: &Asking) {
    asking.notes.ground.check(closed_is_closed(&asking.notes.disk.records()));
    // The name of the manager that was stopped is free only with its life.
    let swarm = Arc::new(LocalCoordinator::new(swarm_id!("votes")));
    let network = SimNetwork::new(asking.notes.ground.clone(), swarm);
    let later = Asking { notes: Arc::clone(&asking.notes), network, clock: asking.clock.clone() };
    let Some((manager, open)) = later.begin(&Life::new(), u64::MAX).await else {
        return asking.notes.ground.broke(Violation::new("a record can be read", "the manager does not begin"));
    };
    for id in (0..asking.notes.plan.questions.len()).filter_map(plan::question) {
        asking.notes.remembered(&id, manager.outcome(&id).as_ref());
    }
    if !open.is_empty() || manager.open_count() > 0 {
        let what = format!("{} are open after all have ended", manager.open_count());
        asking.notes.ground.broke(Violation::new("every question ends", what));
    }
}
