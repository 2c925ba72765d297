//! Signed votes: an honest manager and a lying one, voters that sign, some of them everything, over a network that loses.

mod asking;
mod ballot_box;
mod deceit;
mod lying;
mod notes;
mod plan;
mod voter;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moai_core::{LocalCoordinator, swarm_id};
use tokio::task::JoinSet;

use super::{Ground, SimClock, SimNetwork, in_virtual_time, process, watch};
use crate::{Ended, Scenario, Seeds, Violation};
use asking::Asking;
use deceit::Deceiver;
use notes::Notes;
use voter::Voting;

pub use plan::{Deceit, SignedVoter, SignedVotesPlan};

/// Votes whose voters sign, under a manager that keeps to the rules and beside one that does not: it shows one thing and asks for
/// a ballot on another, puts old questions again, asks different voters different things, and keeps ballots back. Honest voters
/// hold hardly a word in memory, have journals, and crash.
///
/// - What an honest voter signs is what it thought of what it was shown.
/// - Nothing that an honest voter ever signed can be held against it.
/// - What is approved proves itself to whoever knows the terms.
/// - A certificate never verifies for what its ballots do not carry, and no two contradict each other unless more lied than
///   the vote bears.
/// - Every question ends.
///
/// ```
/// use moai_sim::Campaign;
/// use moai_sim::stack::SignedVotes;
///
/// let report = Campaign::new(&SignedVotes).seeds(0..5).run();
/// assert!(report.failures.is_empty(), "{:#?}", report.failures);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct SignedVotes;

impl Scenario for SignedVotes {
    type Plan = SignedVotesPlan;

    fn name(&self) -> &'static str {
        "votes-signed"
    }

    fn plan(&self, seed: u64) -> SignedVotesPlan {
        SignedVotesPlan::draw(seed)
    }

    fn run(&self, plan: &SignedVotesPlan) -> Ended {
        in_virtual_time(plan.seed, plan.chaos.clone(), async |ground| world(plan, &ground).await)
    }

    fn smaller(&self, plan: &SignedVotesPlan) -> Vec<SignedVotesPlan> {
        plan.smaller()
    }

    fn points(&self) -> &'static [&'static str] {
        &[
            "a message was lost",
            "a message came twice",
            "a message was late",
            "a write was refused",
            "a write failed and was written",
            "a crash before a write",
            "a crash behind a write",
            "a process crashed",
            "a voter lied",
            "a question asked for a ballot on something else",
            "an old question was put again",
            "some were asked something else",
            "ballots were kept back",
            "a certificate proved a decision",
            "approved",
            "rejected",
            "timeout",
        ]
    }
}

/// How long a question may take after its deadline, once nothing goes wrong any more.
const GRACE: Duration = Duration::from_secs(3);

async fn world(plan: &SignedVotesPlan, ground: &Ground) {
    let mut seeds = Seeds::new(plan.seed ^ 0x7369_676e);
    let network = SimNetwork::new(ground.clone(), Arc::new(LocalCoordinator::new(swarm_id!("votes"))));
    let notes = match Notes::new(plan, ground) {
        Ok(notes) => Arc::new(notes),
        Err(why) => return ground.broke(Violation::new("a world can be made", why.to_string())),
    };
    let seen = Arc::clone(&notes);
    network.watch(move |_, envelope| seen.witness(envelope));

    let mut processes = JoinSet::new();
    let mut keep = |name: &'static str, lives| {
        let ground = ground.clone();
        processes.spawn(async move { watch(&ground, name, lives).await });
    };
    for (number, manner) in plan.voters.iter().copied().enumerate() {
        let Some(id) = plan::voter(number) else { continue };
        let clock = SimClock::new(ground, &mut seeds);
        let (notes, network) = (Arc::clone(&notes), network.clone());
        let voting = Arc::new(Voting { number, id, manner, notes, network, clock, asked: AtomicU64::new(0) });
        let crashes = plan.chaos.crashes_of(number + 2);
        keep("a voter", process(ground, seeds.fork(), crashes, move |life| Arc::clone(&voting).live(life)));
    }
    let clock = SimClock::new(ground, &mut seeds);
    let asking = Arc::new(Asking { notes: Arc::clone(&notes), network: network.clone(), clock });
    let lives = AtomicU64::new(0);
    let asks = move |life| Arc::clone(&asking).live(life, lives.fetch_add(1, Ordering::SeqCst));
    keep("the manager", process(ground, seeds.fork(), plan.chaos.crashes_of(0), asks));
    let clock = SimClock::new(ground, &mut seeds);
    let deceiver = Arc::new(Deceiver { notes: Arc::clone(&notes), network, clock });
    let lives = AtomicU64::new(0);
    let deceives = move |life| Arc::clone(&deceiver).live(life, lives.fetch_add(1, Ordering::SeqCst));
    keep("the deceiver", process(ground, seeds.fork(), plan.chaos.crashes_of(1), deceives));

    let longest = plan.questions.iter().map(|(_, asked, within)| asked + within).max().unwrap_or(0);
    let limit = ground.heals() + Duration::from_millis(longest) + GRACE;
    tokio::select! {
        biased;
        () = notes.all_ended() => {}
        () = ground.until(limit) => {
            let open: Vec<_> = (0..plan.questions.len()).filter(|number| !notes.has_ended(*number)).collect();
            let what = format!("questions {open:?} are open long after their deadlines");
            return ground.broke(Violation::new("every question ends", what));
        }
    }
    // The deceiver goes on for a while: whoever answers then must still know what it said.
    ground.until(ground.heals() + Duration::from_secs(2)).await;
}
